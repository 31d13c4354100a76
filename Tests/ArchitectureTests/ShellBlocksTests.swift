import Foundation
import TestSupport
import Testing

@Suite("Shell commands in the documentation")
struct ShellBlocksTests {
    private static func shellBlocks() throws -> [DocumentedBlock] {
        try Documentation.blocks("sh").filter { !ShellBlock.belongsToTheCInterface($0.block.code) }
    }

    @Test("each command is run, or is listed with the reason why it is not", arguments: try shellBlocks())
    func known(documented: DocumentedBlock) {
        for command in ShellBlock(documented.block.code).commands {
            #expect(command.check != .none, "\(documented.place): no test checks '\(command.text)'")
            let missing = ShellBlock.missingFiles(in: command.text)
            #expect(missing.isEmpty, "\(documented.place): '\(command.text)' names \(missing), which do not exist")
        }
    }

    @Test(
        "each command works, ends with a verdict or the exit code that its comment names, and prints what is shown",
        .timeLimit(.minutes(10)), arguments: try shellBlocks())
    func runs(documented: DocumentedBlock) async throws {
        let block = ShellBlock(documented.block.code)
        let folder = try TemporaryFolder()
        try Self.copyFixtures(to: folder.url)
        var process = RunProcess("/bin/bash", ["-c", block.script])
        process.workingDirectory = folder.url.path
        process.environment = [
            "TICKRUN": try BuildFolder.url().appending(path: "tickrun").path, "XDG_RUNTIME_DIR": folder.url.path,
        ]
        process.timeout = 300
        let result = try await process.run()
        try #require(result.exitCode == 0 && !result.timedOut, "\(documented.place): \(result)")
        var last = ""
        for (index, command) in block.commands.enumerated() {
            guard case .run = command.check else { continue }
            let code = try Int32(folder.text("code.\(index)").trimmingCharacters(in: .whitespacesAndNewlines))
            let accepted = ShellBlock.acceptedExitCodes(command.text)
            let error = try folder.text("error.\(index)")
            #expect(
                code.map(accepted.contains) == true,
                """
                \(documented.place): '\(command.text)' ended with \(code ?? -1), not with one of \
                \(accepted.sorted()): \(error)
                """)
            last = try folder.text("output.\(index)")
        }
        guard let command = block.commands.last, ShellBlock.isReproducible(command.text) else { return }
        if let shown = try Self.outputShown(after: documented) {
            #expect(Self.lines(shown) == Self.lines(last), "\(documented.place): '\(command.text)' prints \(last)")
        }
    }

    /// The fixtures, with ports for a cluster that no other test uses at the same time.
    private static func copyFixtures(to folder: URL) throws {
        let copy = folder.appending(path: "Fixtures")
        try FileManager.default.copyItem(at: SourceTree.root.appending(path: "Fixtures"), to: copy)
        let port = Int.random(in: 2000...2900)
        for member in ["a", "b", "c"] {
            let file = copy.appending(path: "cluster/\(member).json")
            let text = try String(contentsOf: file, encoding: .utf8)
            try text.replacing("127.0.0.1:710", with: "127.0.0.1:\(port)")
                .write(to: file, atomically: true, encoding: .utf8)
        }
    }

    /// The block of text directly below a block of commands.
    private static func outputShown(after documented: DocumentedBlock) throws -> String? {
        let lines = documented.block.code.split(separator: "\n", omittingEmptySubsequences: false).count
        return try Documentation.blocks("text").first {
            $0.file == documented.file && $0.block.line == documented.block.line + lines + 3
        }?.block.code
    }

    private static func lines(_ text: String) -> [String] {
        text.split(separator: "\n").map { line in
            String(line.reversed().drop { $0.isWhitespace }.reversed())
        }
    }

    @Test("lines are joined, comments are skipped, and a command that no test knows is found")
    func parsing() {
        let block = ShellBlock("# first\ntickrun check \\\n    --json   # exit 69\nswift build\nrm -rf everything")
        #expect(block.commands.map(\.text) == ["tickrun check --json   # exit 69", "swift build", "rm -rf everything"])
        #expect(block.commands.map(\.check) == [.run("tickrun check --json   # exit 69"), .named, .none])
        #expect(ShellBlock.acceptedExitCodes(block.commands[0].text) == [0, 1, 69])
        #expect(ShellBlock.missingFiles(in: "Tests/Model/run Tests/none # Tests/neither") == ["Tests/none"])
    }
}
