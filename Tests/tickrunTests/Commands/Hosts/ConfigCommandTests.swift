import Foundation
import TestSupport
import Testing

@Suite("tickrun config")
struct ConfigCommandTests {
    private static func withFolder(_ body: (String) async throws -> Void) async throws {
        let folder = try TemporaryFolder()
        let keys = try await RunProcess.tickrun("key", "new", "--nodes", "a,b,c", "--folder", folder.path).run()
        #expect(keys.exitCode == 0)
        try await body(folder.path)
    }

    private static func write(_ name: String, _ text: String, in folder: String) throws -> String {
        let path = "\(folder)/\(name)"
        try Data(text.utf8).write(to: URL(filePath: path))
        return path
    }

    private static func cluster(_ more: String = "") -> String {
        """
        {"schema":"tickrun/cluster/1","cluster":"test","node":"a","keys":"a.keys.json"\(more),\
        "members":[{"name":"a","address":"127.0.0.1:7101"},{"name":"b","address":"127.0.0.1:7102"},\
        {"name":"c","address":"[::1]:7103"}]}
        """
    }

    @Test("files of every format are read by the format that they name")
    func valid() async throws {
        try await Self.withFolder { folder in
            let path = try Self.write(
                "a.json", Self.cluster(#","ntp":[{"server":"192.0.2.53"}],"stated_error_ns":5000000"#), in: folder)
            let result = try await RunProcess.tickrun(
                "config", "validate", "Fixtures/profiles/ntsc-59.94.json", path, "\(folder)/b.keys.json"
            ).run()
            #expect(result.exitCode == 0, "\(result.standardError)")
            #expect(result.standardOutput.contains("cluster test, node a of 3"))
            #expect(result.standardOutput.contains("stated within 5.00 ms"))
            #expect(result.standardOutput.contains("keys of b: 4 of id 1; it speaks with id 1"))
        }
    }

    @Test("each fault is named with its place; 65")
    func faults() async throws {
        try await Self.withFolder { folder in
            let wrong = try Self.write(
                "a.json", Self.cluster(#","consensus":{"min_peers":5,"max_peers":3},"ntp":[{}],"tolerence_ns":1"#),
                in: folder)
            let result = try await RunProcess.tickrun("config", "validate", wrong).run()
            #expect(result.exitCode == 65)
            for text in ["min", "ntp[0]", "server", "tolerance_ns"] { #expect(result.standardError.contains(text)) }
            let none = try Self.write("x.json", #"{"schema":"tickrun/profil/1"}"#, in: folder)
            let unknown = try await RunProcess.tickrun("config", "validate", none, "--json").run()
            #expect(unknown.exitCode == 65 && unknown.standardOutput.contains(#""valid":false"#))
            #expect(unknown.standardOutput.contains("tickrun/cluster/1"))
            let missing = try await RunProcess.tickrun("config", "validate", "\(folder)/none.json").run()
            #expect(missing.exitCode == 69)
        }
    }

    @Test("keys that other users may read give 77; keys of another node, or a member without keys, give 78")
    func keys() async throws {
        try await Self.withFolder { folder in
            let path = try Self.write("a.json", Self.cluster(), in: folder)
            try FileManager.default.setAttributes([.posixPermissions: 0o640], ofItemAtPath: "\(folder)/a.keys.json")
            let open = try await RunProcess.tickrun("config", "validate", path).run()
            #expect(open.exitCode == 77 && open.standardError.contains("chmod 600"))
            try FileManager.default.removeItem(atPath: "\(folder)/a.keys.json")
            try FileManager.default.copyItem(atPath: "\(folder)/b.keys.json", toPath: "\(folder)/a.keys.json")
            let other = try await RunProcess.tickrun("config", "validate", path).run()
            #expect(other.exitCode == 78 && other.standardError.contains("'b'"))
        }
    }

    @Test(
        "the schema of each format is JSON, and accepts what is valid", .requires(.jsonschema),
        arguments: ["profile", "cluster", "keys", "exception"])
    func schema(_ format: String) async throws {
        let result = try await RunProcess.tickrun("config", "schema", format).run()
        #expect(result.exitCode == 0)
        let object = try JSONSerialization.jsonObject(with: Data(result.standardOutput.utf8)) as? [String: Any]
        #expect(object?["$id"] as? String == "urn:tickrun:\(format == "exception" ? "sync-exception" : format):1")
        guard ["cluster", "exception"].contains(format) else { return }
        let script = """
            import json, sys
            from jsonschema import Draft202012Validator
            schema = json.loads(sys.argv[1])
            Draft202012Validator.check_schema(schema)
            validator = Draft202012Validator(schema)
            if sys.argv[2] == "cluster":
                good = json.load(open("Fixtures/cluster/a.json"))
                bad = dict(good, ntp=[{}])
            else:
                good = json.load(open("Fixtures/timesync/exception.json"))
                bad = dict(good, accepts={"assurance": "x", "title": "X"})
            print(len(list(validator.iter_errors(good))), len(list(validator.iter_errors(bad))))
            """
        var python = RunProcess("/usr/bin/env", ["python3", "-c", script, result.standardOutput, format])
        python.workingDirectory = Vectors.packageRoot.path
        let checked = try await python.run()
        #expect(checked.standardOutput == "0 1\n", "\(checked.standardError)")
    }

    @Test("a misspelled word gets the nearest valid one")
    func usage() async throws {
        let action = try await RunProcess.tickrun("config", "validat", "x").run()
        #expect(action.exitCode == 2 && action.standardError.contains("validate"))
        let format = try await RunProcess.tickrun("config", "schema", "clusters").run()
        #expect(format.exitCode == 2 && format.standardError.contains("cluster"))
        let lonely = try await RunProcess.tickrun("25", "--ticks", "1", "--view", "3").run()
        #expect(lonely.exitCode == 2 && lonely.standardError.contains("--cluster"))
    }
}
