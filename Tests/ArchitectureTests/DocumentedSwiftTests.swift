import Foundation
import TestSupport
import Testing

@Suite("Swift in the documentation")
struct DocumentedSwiftTests {
    static let library = ["TickTime", "TickScheduling", "TickLinux"]
    /// Modules that the library's targets need, but that its users need not import.
    static let linked = [
        "MessageDigest", "ClusterClock", "ClockView", "TickJournal", "TimeExchange", "CFatalSignals",
    ]

    /// What the product ChannelRun needs beside those.
    static let channelRun = [
        "ChannelRun", "TickConfiguration", "TickReports", "PlotPages", "TimeSyncAudit", "ClusterLinux", "LinuxService",
    ]

    /// What the product StationClient needs beside those.
    static let stationClient = ["StationClient", "TickReports", "PlotPages"]

    private static func isPackageSnippet(_ documented: DocumentedBlock) -> Bool {
        let code = documented.block.code
        return code.contains("// swift-tools-version") || code.contains(".package(") || code.contains(".product(")
    }

    /// Compiles `code` against this build's library, as a separate program.
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
        var run = code.contains("import ChannelRun") ? Self.channelRun : []
        if code.contains("import StationClient") { run += Self.stationClient }
        let objects = try (Self.library + Self.linked + run).flatMap { try BuildFolder.objects(of: $0) }
        return try await compile(
            in: folder,
            [
                "-swift-version", "6", "-module-name", "Example", source.path, "-o", "example",
                "-I", build.appending(path: "Modules").path,
            ] + headers + objects)
    }

    @Test("README.md shows a program that imports the whole library")
    func readmeProgram() throws {
        let programs = try Documentation.blocks("swift").filter { $0.file == "README.md" && !Self.isPackageSnippet($0) }
        #expect(
            programs.contains { program in Self.library.allSatisfy { program.block.code.contains("import \($0)") } },
            "README.md shows no program that imports \(Self.library.joined(separator: ", "))")
    }

    @Test(
        "a complete program compiles against the library, runs, and ends by itself", .timeLimit(.minutes(5)),
        arguments: try Documentation.blocks("swift").filter { !isPackageSnippet($0) })
    func programs(program: DocumentedBlock) async throws {
        let folder = try TemporaryFolder()
        let compiled = try await compileProgram(program.block.code, in: folder.url)
        try #require(
            compiled.exitCode == 0, "the example at \(program.place) does not compile:\n\(compiled.standardError)")
        var process = RunProcess(folder.url.appending(path: "example").path, [])
        process.workingDirectory = folder.url.path
        let run = try await process.run()
        #expect(!run.timedOut, "the example at \(program.place) did not end within 30 s")
        #expect(
            run.exitCode == 0,
            """
            the example at \(program.place) ended with exit code \(run.exitCode ?? -1), \
            signal \(run.signal ?? 0): \(run.standardError)
            """)
    }

    @Test("a program that misuses the library does not compile", .timeLimit(.minutes(5)))
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
                "TickScheduler", "ClockView", "ClusterClock", "ClusterNode", "StationClient", "PlotPages",
                "TickReports",
                "ChannelRun", "tickscheduler", "tickscheduler-static",
            ])
        let snippets = try Documentation.blocks("swift").filter(Self.isPackageSnippet)
        #expect(snippets.contains { $0.file == "README.md" }, "README.md does not show how to depend on the package")
        for snippet in snippets {
            let wanted = Self.names(after: ".product(name: ", in: snippet.block.code)
            #expect(wanted.contains("TickScheduler"), "\(snippet.place) does not name the product TickScheduler")
            for name in wanted {
                #expect(offered.contains(name), "\(snippet.place) needs \(name), which Package.swift does not offer")
            }
        }
    }

    /// The string literals directly after `opening`.
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
