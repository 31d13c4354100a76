import Foundation
import TestSupport
import Testing

@Suite("Examples of the README")
struct ReadmeExampleTests {
    static let library = ["TickTime", "TickScheduling", "TickLinux"]
    /// What the library's targets need, and its users need not import.
    static let linked = [
        "MessageDigest", "ClusterClock", "ClockView", "TickJournal", "TimeExchange", "CFatalSignals",
    ]

    private static func isPackageSnippet(_ block: MarkdownBlock) -> Bool {
        block.code.contains("// swift-tools-version") || block.code.contains(".package(")
            || block.code.contains(".product(")
    }

    private func swiftBlocks() throws -> [MarkdownBlock] {
        MarkdownBlock.all(in: try SourceTree.text("README.md")).filter { $0.language == "swift" }
    }

    /// Compiles `code` against this build's library, as a program of its own would be.
    private func compileProgram(_ code: String, in folder: URL) async throws -> RunProcess.Result {
        let source = folder.appending(path: "main.swift")
        try code.write(to: source, atomically: true, encoding: .utf8)
        let build = try BuildFolder.url()
        let headers = ["CLinuxShims", "CFatalSignals"].flatMap { target in
            [
                "-Xcc", "-I\(SourceTree.root.appending(path: "Sources/\(target)/include").path)",
                "-Xcc", "-fmodule-map-file=\(build.appending(path: "\(target).build/module.modulemap").path)",
            ]
        }
        let objects = try (Self.library + Self.linked).flatMap { try BuildFolder.objects(of: $0) }
        return try await compile(
            in: folder,
            [
                "-swift-version", "6", "-module-name", "Example", source.path, "-o", "example",
                "-I", build.appending(path: "Modules").path,
            ] + headers + objects)
    }

    @Test("a complete program compiles against the library, runs, and ends by itself", .timeLimit(.minutes(5)))
    func programs() async throws {
        let programs = try swiftBlocks().filter { !Self.isPackageSnippet($0) }
        #expect(
            programs.contains { block in Self.library.allSatisfy { block.code.contains("import \($0)") } },
            "README.md shows no program that imports \(Self.library.joined(separator: ", "))")
        for program in programs {
            let folder = try TemporaryFolder()
            let compiled = try await compileProgram(program.code, in: folder.url)
            try #require(
                compiled.exitCode == 0,
                "the example at README.md:\(program.line) does not compile:\n\(compiled.standardError)")
            let run = try await RunProcess(folder.url.appending(path: "example").path, []).run()
            #expect(!run.timedOut, "the example at README.md:\(program.line) did not end within 30 s")
            #expect(
                run.exitCode == 0,
                """
                the example at README.md:\(program.line) ended with exit code \(run.exitCode ?? -1), \
                signal \(run.signal ?? 0): \(run.standardError)
                """)
        }
    }

    @Test("a program that misuses the library is refused, in the compiler's words", .timeLimit(.minutes(5)))
    func brokenProgram() async throws {
        let folder = try TemporaryFolder()
        let code = "import TickTime\nlet rate = FrameRate.fps25\nprint(rate.noSuchMember)\n"
        let compiled = try await compileProgram(code, in: folder.url)
        #expect(compiled.exitCode != 0)
        #expect(compiled.standardError.contains("noSuchMember"))
    }

    @Test("a package snippet names products that the package has")
    func packageSnippets() throws {
        let offered = Self.names(after: ".library(name: ", in: try SourceTree.text("Package.swift"))
        #expect(
            offered == [
                "TickScheduler", "ClockView", "ClusterClock", "ClusterNode", "PlotPages", "TickReports", "ChannelRun",
                "tickscheduler", "tickscheduler-static",
            ])
        let snippets = try swiftBlocks().filter(Self.isPackageSnippet)
        #expect(!snippets.isEmpty, "README.md does not show how to depend on the package")
        let wanted = snippets.flatMap { Self.names(after: ".product(name: ", in: $0.code) }
        #expect(wanted.contains("TickScheduler"), "README.md does not name the product TickScheduler")
        for name in wanted {
            #expect(offered.contains(name), "README.md depends on \(name), which Package.swift does not offer")
        }
    }

    /// The string literals that follow `opening` directly.
    private static func names(after opening: String, in text: String) -> [String] {
        text.components(separatedBy: opening + "\"").dropFirst()
            .map { rest in String(rest.prefix { $0 != "\"" }) }
    }

    @Test("blocks are found by their fences, with their language and line")
    func blocks() {
        let text = """
            # Title
            ```swift
            let a = 1

            ```
            Words with ```swift in them.
            ~~~~ sh extra
            ```
            ~~~~
            ````
            ```swift
            ````
              ```swift
              let b = 2
            """
        #expect(
            MarkdownBlock.all(in: text) == [
                MarkdownBlock(language: "swift", line: 3, code: "let a = 1\n"),
                MarkdownBlock(language: "sh", line: 8, code: "```"),
                MarkdownBlock(language: "", line: 11, code: "```swift"),
                MarkdownBlock(language: "swift", line: 14, code: "  let b = 2"),
            ])
    }
}
