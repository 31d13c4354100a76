import Foundation
import TestSupport
import Testing

@Suite("Overflow rules")
struct OverflowRulesTests {
    @Test(
        "a source that handles values from outside calls no operator on instants or lengths that traps", .requires(.nm))
    func objectFiles() async throws {
        var looked = 0
        for (target, file) in OverflowRules.sources {
            let name = (file as NSString).lastPathComponent
            let object = try BuildFolder.objects(of: target).first { $0.hasSuffix("/\(name).o") }
            let path = try #require(object, "\(file) has no object file; run `swift build`")
            let found = try await symbols(of: path).filter { OverflowRules.traps($0) }
            looked += 1
            #expect(
                found.isEmpty,
                "\(file) uses an operator that traps on values from outside (\(found)); write +| or -|")
        }
        #expect(looked > 60)
    }

    @Test("a source does not add, subtract or multiply their plain integers, except in 128 bits")
    func text() throws {
        for (_, file) in OverflowRules.sources {
            for (line, text) in try OverflowRules.rawArithmetic(in: SourceTree.text(file)) {
                Issue.record("\(file):\(line): \(text); use +| and -|, or Int128")
            }
        }
    }

    @Test("every source that imports a module of peers' values is checked")
    func complete() throws {
        let known = Set(OverflowRules.sources.map(\.file))
        for target in SourceTree.names(in: "Sources") where OverflowRules.exempt[target] == nil {
            for file in SourceTree.files(under: "Sources/\(target)", endingIn: ".swift") where !known.contains(file) {
                let imported = Set(ImportStatement.all(in: try SourceTree.text(file)).map(\.module))
                let outside = imported.intersection(OverflowRules.modules).sorted()
                #expect(outside.isEmpty, "\(file) imports \(outside); add it to OverflowRules.files")
            }
        }
    }

    @Test(
        "each way to trap is caught, and nothing else", .requires(.nm),
        arguments: [
            ("func f(_ a: Nanoseconds, _ b: Nanoseconds) -> Nanoseconds { a + b }", true),
            ("func f(_ a: Nanoseconds, _ b: Nanoseconds) -> Nanoseconds { a - b }", true),
            ("func f(_ a: Nanoseconds) -> Nanoseconds { -a }", true),
            ("func f(_ a: UTCInstant, _ b: UTCInstant) -> Nanoseconds { a - b }", true),
            ("func f(_ a: BootInstant, _ b: Nanoseconds) -> BootInstant { a + b }", true),
            ("func f(_ a: BootInstant, _ b: Nanoseconds) -> BootInstant { a - b }", true),
            ("func f(_ a: [Nanoseconds]) -> Nanoseconds { a.reduce(.zero, +) }", true),
            ("func f(_ a: Nanoseconds, _ b: Nanoseconds) -> Nanoseconds { a +| b -| a }", false),
            ("func f(_ a: UTCInstant, _ b: Nanoseconds) -> Nanoseconds { (a +| b) -| a }", false),
            ("func f(_ a: UTCInstant, _ b: UTCInstant) -> Bool { a < b && a != b }", false),
            ("func f(_ a: Int64, _ b: Int64) -> Int64 { a + b }", false),
        ])
    func control(source: String, traps: Bool) async throws {
        let folder = try TemporaryFolder()
        let file = try folder.write("import TickTime\npublic \(source)\n", to: "Control.swift")
        let modules = try BuildFolder.url().appending(path: "Modules").path
        let compiled = try await compile(
            in: folder.url, ["-Onone", "-c", "-parse-as-library", "-module-name", "Control", "-I", modules, file])
        try #require(compiled.exitCode == 0, "\(compiled.standardError)")
        let found = try await symbols(of: String(file.dropLast("swift".count)) + "o")
        #expect(found.contains { OverflowRules.traps($0) } == traps, "\(found.sorted())")
    }

    @Test(
        "arithmetic on plain integers of instants is found in the text",
        arguments: [
            ("let a = b.nanoseconds + 1", true), ("let a = 1 - b.c.nanoseconds", true),
            ("let a = Nanoseconds(b - c)", true), ("let a = Nanoseconds(4 * b.count)", true),
            ("let a = UTCInstant(nanoseconds: ms * 1_000_000)", true), ("let a = b +| .milliseconds(age)", true),
            ("let a = Int128(b.nanoseconds) - 1", false), ("let a = b +| .milliseconds(20)", false),
            ("let a = Nanoseconds(b) -| Nanoseconds(c)", false), ("// a.nanoseconds + 1", false),
        ])
    func textControl(line: String, isFound: Bool) throws {
        #expect(try OverflowRules.rawArithmetic(in: line).isEmpty != isFound)
    }

    private func symbols(of object: String) async throws -> Set<String> {
        let result = try await RunProcess("/usr/bin/env", ["nm", object]).run()
        try #require(result.exitCode == 0, "nm did not read \(object): \(result.standardError)")
        return Set(result.lines.compactMap { $0.split(separator: " ").last.map(String.init) })
    }
}
