import ChannelRun
import MessageDigest
import TickConfiguration
import ClusterLinux
import TickLinux
import TickReports
import TimeExchange

/// Makes the keys of a cluster.
enum KeyCommand: Command {
    static let name = "key"
    static let summary = "make the keys of a cluster's members"
    static let operands = "new"
    static let discussion = """
        Writes one file for each node, NODE.keys.json, which only its owner may read. The file has
        one key to send to each other node and one to receive from it, and no key of any other
        pair. Copy each file to its node, and nowhere else: with a node's file, anybody can speak
        as that node.

        If one of the files exists, the command writes nothing. To replace keys in use, make keys
        with another --id, copy both sets to every node, and then let each node use the new id.

        With --json, one object a file: node, file, keys.
        """
    static let options: [CommandOption] = [
        CommandOption("--nodes", .required("A,B,…"), "the names of all members, 2 to 15"),
        CommandOption("--id", .required("N"), "the id of these keys, 0 to 255 (default 1)"),
        CommandOption("--folder", .required("FOLDER"), "where the files are written (default: here)"),
        .json,
    ]
    static let examples = ["tickrun key new --nodes a,b,c --folder /tmp"]

    static func run(_ arguments: Arguments) throws(RunFailure) -> ExitCode {
        guard arguments.operands.first == "new" else {
            let found = arguments.operands.first.map { "'\($0)' is not allowed; " } ?? ""
            throw arguments.failure("\(found)write: tickrun key new --nodes A,B")
        }
        try arguments.refuseOperands(after: 1)
        guard let list = arguments.text("--nodes") else { throw arguments.failure("--nodes A,B,… is missing") }
        let names = list.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
        guard (2...15).contains(names.count), Set(names).count == names.count, names.allSatisfy(isName) else {
            throw arguments.failure("--nodes \(list): give 2 to 15 distinct names of letters, digits, '.', '_' and '-'")
        }
        let id = UInt8(try arguments.integer("--id", in: 0...255) ?? 1)
        let folder = arguments.text("--folder") ?? "."

        var secrets: [String: String] = [:]
        for from in names {
            for to in names where to != from {
                let bytes = HostRandom.bytes(PeerKeys.secretLength)
                secrets["\(from) \(to)"] = SHA256Digest(bytes.span).hex
            }
        }
        var written: [String] = []
        do throws(SystemError) {
            for name in names {
                let path = "\(folder)/\(name).keys.json"
                let rows = names.filter { $0 != name }.flatMap { [(name, $0), ($0, name)] }
                try SystemFile.createPrivate(path, text(name, id, rows, secrets).utf8 + [0x0A])
                written.append(path)
            }
        } catch {
            // All of them, or none: half of a cluster's keys are useless.
            for path in written { try? SystemFile.remove(path) }
            if error.isThere {
                throw RunFailure.usage(
                    "\(error.subject) exists; remove it, or name another --folder. No key was written")
            }
            let remedy = OutputFile.remedy(after: error, else: "name a folder that exists and can be written")
            throw RunFailure(error, "--folder \(folder): no key was written: \(error); \(remedy)")
        }
        try Output.writing { output throws(RunFailure) in
            for (name, path) in zip(names, written) {
                let count = 2 * (names.count - 1)
                guard arguments.wantsJSON else {
                    try output.line("\(path): \(count) keys of \(name), id \(id)")
                    continue
                }
                var json = JSONText()
                json.object { json in
                    json.member("schema", "tickrun/key/1")
                    json.member("node", name)
                    json.member("file", path)
                    json.member("keys", count)
                }
                try output.line(json)
            }
        }
        return .good
    }

    private static func isName(_ text: String) -> Bool {
        guard let first = text.utf8.first, text.utf8.count <= 63 else { return false }
        func isLetterOrDigit(_ byte: UInt8) -> Bool {
            (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte & 0xDF)
        }
        return isLetterOrDigit(first)
            && text.utf8.allSatisfy { isLetterOrDigit($0) || [0x2E, 0x5F, 0x2D].contains($0) }
    }

    private static func text(
        _ name: String, _ id: UInt8, _ rows: [(from: String, to: String)], _ secrets: [String: String]
    ) -> JSONText {
        var json = JSONText()
        json.object { json in
            json.member("schema", NodeKeyFile.schemaName)
            json.member("node", name)
            json.member("use", id)
            json.array("rows") { json in
                for row in rows {
                    json.object { json in
                        json.member("id", id)
                        json.member("from", row.from)
                        json.member("to", row.to)
                        json.member("secret", secrets["\(row.from) \(row.to)"])
                    }
                }
            }
        }
        return json
    }
}
