import Foundation
import TestSupport
import Testing

@testable import TickConfiguration

@Suite("The JSON Schema of profiles")
struct ProfileSchemaTests {
    /// Python's `jsonschema` as an independent reader of the schema: for each path, how many errors
    /// it finds.
    private static let validator = """
        import json, sys
        from jsonschema import Draft202012Validator
        request = json.load(sys.stdin)
        schema = json.loads(request["schema"])
        Draft202012Validator.check_schema(schema)
        validator = Draft202012Validator(schema)
        answer = {}
        for path in request["paths"]:
            with open(path, encoding="utf-8") as file:
                answer[path] = sum(1 for _ in validator.iter_errors(json.load(file)))
        json.dump(answer, sys.stdout)
        """

    private func errorCounts(of paths: [String]) throws -> [String: Int] {
        let (process, input, output, errors) = (Process(), Pipe(), Pipe(), Pipe())
        process.executableURL = URL(filePath: "/usr/bin/env")
        process.arguments = ["python3", "-c", Self.validator]
        (process.standardInput, process.standardOutput, process.standardError) = (input, output, errors)
        try process.run()
        let request: [String: Any] = ["schema": Profile.jsonSchema, "paths": paths]
        try input.fileHandleForWriting.write(contentsOf: JSONSerialization.data(withJSONObject: request))
        try input.fileHandleForWriting.close()
        let answer = try output.fileHandleForReading.readToEnd() ?? Data()
        let complaint = String(decoding: try errors.fileHandleForReading.readToEnd() ?? Data(), as: UTF8.self)
        process.waitUntilExit()
        try #require(process.terminationStatus == 0, "\(complaint)")
        return try JSONDecoder().decode([String: Int].self, from: answer)
    }

    @Test("it accepts every shipped profile", .requires(.jsonschema))
    func shipped() throws {
        let paths = try ProfileFixtures.names(in: ProfileFixtures.shipped)
            .map { ProfileFixtures.shipped.appending(path: "\($0).json").path }
        let counts = try errorCounts(of: paths)
        #expect(counts.count == paths.count)
        #expect(counts.filter { $0.value > 0 } == [:])
    }

    @Test("it refuses every broken profile whose fault a schema can find, and no other", .requires(.jsonschema))
    func broken() throws {
        let cases = BrokenProfile.all.filter { $0.fault != .syntax }
        let counts = try errorCounts(of: cases.map(\.path))
        for broken in cases {
            let count = try #require(counts[broken.path])
            #expect((count > 0) == (broken.fault == .structure), "\(broken.name): \(count) errors")
        }
    }

    /// The object schemas with named properties, by the path that the decoder gives their keys.
    private func properties() throws -> [(prefix: String, keys: [String])] {
        var found: [(prefix: String, keys: [String])] = []
        func visit(_ schema: [String: Any], prefix: String) {
            guard let properties = schema["properties"] as? [String: [String: Any]] else { return }
            found.append((prefix, properties.keys.sorted()))
            for (key, property) in properties {
                visit(property, prefix: "\(prefix)\(key).")
                if let items = property["items"] as? [String: Any] { visit(items, prefix: "\(prefix)\(key)[0].") }
            }
        }
        let schema = try JSONSerialization.jsonObject(with: Data(Profile.jsonSchema.utf8))
        visit(try #require(schema as? [String: Any]), prefix: "")
        return found.sorted { $0.prefix < $1.prefix }
    }

    /// A document that holds just `"key": value` in the object at `prefix`.
    private func refusal(of key: String, at prefix: String, value: String) throws -> FileError {
        var text = "{ \"\(key)\": \(value) }"
        for part in prefix.split(separator: ".").reversed() {
            text = part.hasSuffix("[0]") ? "{ \"\(part.dropLast(3))\": [\(text)] }" : "{ \"\(part)\": \(text) }"
        }
        return try #require(throws: FileError.self) { _ = try Profile(json: Array(text.utf8), file: "f") }
    }

    @Test("the decoder knows every key of the schema, and reads its value")
    func sameKeys() throws {
        let objects = try properties()
        #expect(
            objects.map(\.prefix) == [
                "", "blocks[0].", "realtime.", "service_levels.", "sessions[0].", "sessions[0].blocks[0].",
                "sessions[0].service_levels.",
            ])
        for (prefix, keys) in objects {
            for key in keys {
                // No key takes null, so a key that is read is complained of, and not as unknown.
                let error = try refusal(of: key, at: prefix, value: "null")
                let own = error.problems.filter { $0.path == prefix + key }
                #expect(own.count { $0.fault.hasSuffix("found null") } == 1, "\(prefix)\(key): \(error)")
            }
        }
    }

    @Test("the schema has every key that the decoder knows")
    func noOtherKeys() throws {
        for (prefix, keys) in try properties() {
            // The answer to a strange key lists the known ones.
            let error = try refusal(of: "zzzzzzzzzzzzzzzzzzzzzzzzzzzzzz", at: prefix, value: "0")
            let listed = try #require(
                error.problems.first { $0.fault == "unknown key" }?.remedy.split(separator: "the keys here are ").last)
            #expect(listed.split(separator: ", ").map { String($0) }.sorted() == keys, "\(prefix)")
        }
    }

    @Test("its default for each key is the decoder's")
    func defaults() throws {
        let schema = try JSONSerialization.jsonObject(with: Data(Profile.jsonSchema.utf8)) as? [String: Any]
        let properties = try #require(schema?["properties"] as? [String: [String: Any]])
        let stated = properties.compactMapValues { $0["default"] }
        #expect(
            Set(stated.keys) == [
                "policy", "align", "on_time_within_ns", "backlog_max_ns", "work_ns", "wait", "spin_budget_percent",
                "lead_ns", "at_plan_end",
            ])
        // What is said of the end of a plan needs one.
        let spelled = stated.filter { $0.key != "at_plan_end" }.mapValues {
            ($0 as? String).map { "\"\($0)\"" } ?? "\($0)"
        }
        #expect(try decode(spelled) == decode())
    }
}
