import Foundation
import TestSupport
import Testing

@Suite("tickrun key and tickrun node", .serialized)
struct NodeCommandTests {
    private static func withFolder<Value>(_ body: (String) async throws -> Value) async throws -> Value {
        try await TemporaryFolder.with(body)
    }

    /// A member's file, of three on ports from `port` on.
    private static func write(_ node: String, _ port: Int, in folder: String, _ more: String = "") throws -> String {
        let members = ["a", "b", "c"].enumerated().map { index, name in
            #"{"name":"\#(name)","address":"127.0.0.1:\#(port + index)"}"#
        }
        let json = """
            {"schema":"tickrun/cluster/1","cluster":"test","node":"\(node)","keys":"\(node).keys.json"\(more),\
            "poll_interval_ns":100000000,"members":[\(members.joined(separator: ","))]}
            """
        let path = "\(folder)/\(node).json"
        try Data(json.utf8).write(to: URL(filePath: path))
        return path
    }

    private struct Status: Decodable {
        struct Peer: Decodable {
            let name: String
            let verdict: String
        }
        let status: String
        let quality: String
        let traceable: Bool
        let peers: [Peer]
    }

    @Test("three processes with their keys agree, and name each other; a stated error makes them traceable")
    func agree() async throws {
        try await Self.withFolder { folder in
            let keys = try await RunProcess.tickrun("key", "new", "--nodes", "a,b,c", "--folder", folder).run()
            #expect(keys.exitCode == 0)
            let port = Int(LoopbackPorts.row(of: 3))
            let results = try await withThrowingTaskGroup(of: RunProcess.Result.self) { group in
                for node in ["a", "b", "c"] {
                    let path = try Self.write(node, port, in: folder, #","stated_error_ns":4000000"#)
                    group.addTask { try await RunProcess.tickrun("node", path, "--duration", "6s", "--json").run() }
                }
                return try await group.reduce(into: []) { $0.append($1) }
            }
            for result in results {
                #expect(result.exitCode == 0, "\(result.standardError)")
                // At any of its reports: the others may have ended before its last one.
                let reports = try result.lines.map { try JSONDecoder().decode(Status.self, from: Data($0.utf8)) }
                let agreed = reports.contains { report in
                    report.status == "synchronized" && report.quality == "cluster" && report.traceable
                        && report.peers.count == 2 && report.peers.allSatisfy { $0.verdict == "agreeing" }
                }
                #expect(agreed, "\(result.lines.last ?? "no report")")
            }
        }
    }

    @Test("a node without peers exits with 1, because no peer agreed with it")
    func alone() async throws {
        try await Self.withFolder { folder in
            _ = try await RunProcess.tickrun("key", "new", "--nodes", "a,b,c", "--folder", folder).run()
            let path = try Self.write("a", Int(LoopbackPorts.one()), in: folder)
            // The file is the operand, or the value of --cluster or of its earlier name.
            for words in [[path], ["--cluster", path], ["--config", path]] {
                let node = try await RunProcess.tickrun(["node"] + words + ["--duration", "1s"]).run()
                #expect(node.exitCode == 1 && node.standardOutput.contains("gathering"), "\(node.standardError)")
            }
        }
    }

    @Test("keys are private, each node's file holds only its own rows, and no file is overwritten")
    func keys() async throws {
        try await Self.withFolder { folder in
            let made = try await RunProcess.tickrun("key", "new", "--nodes", "a,b,c", "--folder", folder, "--json")
                .run()
            #expect(made.lines.count == 3)
            let path = "\(folder)/a.keys.json"
            let text = try String(contentsOfFile: path, encoding: .utf8)
            #expect(text.components(separatedBy: #""secret""#).count == 5)
            #expect(!text.contains(#""from":"b","to":"c""#) && text.contains(#""from":"b","to":"a""#))
            let mode = try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int
            #expect(mode == 0o600)
            let again = try await RunProcess.tickrun("key", "new", "--nodes", "d,a", "--folder", folder).run()
            #expect(again.exitCode == 2 && again.standardError.contains("a.keys.json"))
            // All files are written, or none.
            #expect(!FileManager.default.fileExists(atPath: "\(folder)/d.keys.json"))
            #expect(try String(contentsOfFile: path, encoding: .utf8) == text)
        }
    }

    @Test("keys that others may read, keys of another node, and a file with faults are refused")
    func refused() async throws {
        try await Self.withFolder { folder in
            _ = try await RunProcess.tickrun("key", "new", "--nodes", "a,b,c", "--folder", folder).run()
            let path = try Self.write("a", 20_000, in: folder)
            try FileManager.default.setAttributes([.posixPermissions: 0o640], ofItemAtPath: "\(folder)/a.keys.json")
            let open = try await RunProcess.tickrun("node", path, "--duration", "1s").run()
            #expect(open.exitCode == 77 && open.standardError.contains("chmod 600"))
            try FileManager.default.removeItem(atPath: "\(folder)/a.keys.json")
            try FileManager.default.copyItem(atPath: "\(folder)/b.keys.json", toPath: "\(folder)/a.keys.json")
            let other = try await RunProcess.tickrun("node", path, "--duration", "1s").run()
            #expect(other.exitCode == 78 && other.standardError.contains("holds the keys of 'b'"))
            let faulty = try Self.write("x", 20_000, in: folder, #","nod":1"#)
            let run = try await RunProcess.tickrun("node", faulty).run()
            #expect(run.exitCode == 65)
            #expect(
                run.standardError.contains("not one of the members") && run.standardError.contains("did you mean node?")
            )
        }
    }
}
