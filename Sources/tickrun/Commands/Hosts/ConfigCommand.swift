import ChannelRun
import ClusterClock
import ClusterLinux
import TickConfiguration
import TickLinux
import TickReports
import TickTime
import TimeSyncAudit

/// Checks configuration files of every format.
enum ConfigCommand: Command {
    static let name = "config"
    static let summary = "check configuration files of every format"
    static let operands = "validate FILE… | schema profile|cluster|keys|exception|station"
    static let discussion = """
        'validate' reads each file in the format that its "schema" names, and prints what the file
        contains. If a file is wrong, it prints each fault with its place in the file and the
        remedy. For a cluster's file it also reads the keys that the file names: they must be
        private, and contain a key for every other member.

        'schema' prints the JSON Schema of a format, for editors.

        Exits with 65 if a file is wrong, 77 if one may not be read or its keys are not private,
        78 if keys do not fit their cluster, 69 if a file cannot be read, else 0; with several
        files, the highest of their codes.

        With --json, one object a file: file, valid, format, problems (each with path, line,
        column, fault, remedy).
        """
    static let options: [CommandOption] = [.json]
    static let examples = [
        "tickrun config validate Fixtures/profiles/ntsc-59.94.json",
        "tickrun config schema cluster",
    ]

    static func run(_ arguments: Arguments) throws(RunFailure) -> ExitCode {
        switch try arguments.word(0, of: Action.self) {
        case .schema:
            let format: ConfigurationFormat = try arguments.word(1)
            try arguments.refuseOperands(after: 2)
            try Output.print(format.jsonSchema)
            return .good
        case .validate:
            _ = try arguments.operand(1, called: "FILE")
            return try Output.writing { output throws(RunFailure) in
                var worst = ExitCode.good
                for file in arguments.operands.dropFirst() {
                    let code = try validate(file, arguments, &output)
                    if code.rawValue > worst.rawValue { worst = code }
                }
                return worst
            }
        }
    }

    private enum Action: String, CaseIterable {
        case validate
        case schema
    }

    private static let checkSchema = "tickrun/config-check/1"

    /// Why a file cannot be used.
    private enum Refusal: Error {
        /// Its content is wrong, at these places.
        case faults(FileError)
        /// It cannot be read, or a file that it names is wrong.
        case other(RunFailure)
    }

    private static func validate(
        _ path: String, _ arguments: Arguments, _ output: inout Output
    ) throws(RunFailure) -> ExitCode {
        let (format, text): (ConfigurationFormat, String)
        do { (format, text) = try explanation(of: path, arguments) } catch {
            switch error {
            case .faults(let error):
                try output.report(error, asJSON: arguments.wantsJSON, schema: checkSchema)
                return error.exitCode
            case .other(let failure):
                try report(failure, path, arguments, &output)
                return failure.exitCode
            }
        }
        guard arguments.wantsJSON else {
            try output.row("\(path): \(text)")
            return .good
        }
        var json = JSONText()
        json.object { json in
            json.member("schema", checkSchema)
            json.member("file", path)
            json.member("valid", true)
            json.member("format", format.schemaName)
            json.array("problems") { _ in }
        }
        try output.line(json)
        return .good
    }

    private static func report(
        _ failure: RunFailure, _ path: String, _ arguments: Arguments, _ output: inout Output
    ) throws(RunFailure) {
        guard arguments.wantsJSON else { return Commentary.say(failure.message) }
        var json = JSONText()
        json.object { json in
            json.member("schema", checkSchema)
            json.member("file", path)
            json.member("valid", false)
            json.array("problems") { json in json.object { $0.member("fault", failure.message) } }
        }
        try output.line(json)
    }

    /// The explanation of a file, and its kind.
    private static func explanation(
        of path: String, _ arguments: Arguments
    ) throws(Refusal) -> (ConfigurationFormat, String) {
        let bytes = try other { () throws(RunFailure) in try InputFile.read(path, namedBy: "FILE") }
        let format = try faults { () throws(FileError) in try ConfigurationFormat(ofDocument: bytes, file: path) }
        let text: String =
            switch format {
            case .profile:
                try faults { () throws(FileError) in "\(try Profile(json: bytes, file: path).explanation)" }
            case .cluster: try other { () throws(RunFailure) in try cluster(path, arguments) }
            case .keys:
                try keys(try faults { () throws(FileError) in try NodeKeyFile(json: bytes, file: path) }, path)
            case .exception:
                try faults { () throws(FileError) in try SyncException(json: bytes, file: path).explanation }
            case .station:
                try faults { () throws(FileError) in try StationFile(json: bytes, file: path).explanation }
            }
        return (format, text)
    }

    private static func faults<Made>(_ body: () throws(FileError) -> Made) throws(Refusal) -> Made {
        do { return try body() } catch { throw .faults(error) }
    }

    private static func other<Made>(_ body: () throws(RunFailure) -> Made) throws(Refusal) -> Made {
        do { return try body() } catch { throw .other(error) }
    }

    private static func cluster(_ path: String, _ arguments: Arguments) throws(RunFailure) -> String {
        let setup = try ClusterSetup(path, arguments, withoutOptions: true)
        _ = try setup.options()
        let file = setup.file
        let names = file.members.map { "\($0.name) \($0.address)" }.joined(separator: ", ")
        var text = "cluster \(file.cluster), node \(file.node) of \(file.members.count): \(names)\n"
        text +=
            "  a majority is \(file.configuration.majority); agreement within \(Quantity.length(file.configuration.tolerance))"
        text += ", peers asked every \(Quantity.length(file.configuration.pollInterval))\n"
        let stated = file.statedError.map { "stated within \(Quantity.length($0))" }
        let ptp = setup.ptp.map { "asked of the ptp4l at \($0.source.socket)" }
        let servers = file.ntpServers.isEmpty ? nil : "asked of \(file.ntpServers.joined(separator: ", "))"
        let asked = [ptp, servers].compactMap(\.self)
        text += "  this host's UTC is "
        text += stated ?? (asked.isEmpty ? "as the kernel says" : asked.joined(separator: ", and "))
        guard let keys = file.keys else { return text }
        text += "\n  the keys in \(setup.place(keys)) are private and contain a key for every other member"
        return text
    }

    private static func keys(_ file: NodeKeyFile, _ path: String) throws(Refusal) -> String {
        do { _ = try file.keys() } catch { throw .other(.configuration("\(path): \(error)")) }
        guard (try? SystemFile.isPrivate(path)) == true else {
            throw .other(.permission("\(path): other users may read these keys; run chmod 600"))
        }
        let ids = Set(file.rows.map(\.id)).sorted().map { "\($0)" }.joined(separator: ", ")
        return "keys of \(file.node): \(file.rows.count) of id \(ids); it speaks with id \(file.use)"
    }
}

extension SyncException {
    fileprivate var explanation: String {
        """
        exception \(id), granted by \(authority)
          holds for version \(version) in environment \(environment), from \(issued.iso8601) until \(expires.iso8601)
          accepts \(accepts.title) (\(accepts.name)), which claims \(Quantity.length(accepts.claimedBound))
        """
    }
}
