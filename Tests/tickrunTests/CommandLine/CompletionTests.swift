import Foundation
import TestSupport
import Testing

@Suite("Completion, manual pages and the version")
struct CompletionTests {
    /// What bash offers for the last of `words`, through the function that the script registers.
    private static func bash(_ words: [String]) async throws -> [String] {
        let script = """
            source <("$TICKRUN" completion bash)
            COMP_WORDS=("$@") COMP_CWORD=$(($# - 1))
            _tickrun
            printf '%s\\n' "${COMPREPLY[@]}"
            """
        var process = RunProcess("/usr/bin/env", ["bash", "-c", script, "bash"] + words)
        process.environment["TICKRUN"] = RunProcess.tickrun().executable
        process.workingDirectory = Vectors.packageRoot.path
        let result = try await process.run()
        try #require(result.exitCode == 0, "\(result.standardError)")
        return result.lines
    }

    @Test(
        "bash completes commands, options, values and files",
        arguments: [
            (["tickrun", "comp"], ["completion"]),
            (["tickrun", "run", "--lock"], ["--lock-memory"]),
            (["tickrun", "25", "--lock"], ["--lock-memory"]),
            (["tickrun", "run", "--wait", "h"], ["hybrid"]),
            (["tickrun", "run", "--wait", "=", "h"], ["hybrid"]),
            (["tickrun", "run", "--wait", "="], ["sleep", "hybrid", "spin"]),
            (["tickrun", "time", "n"], ["now"]),
            // The earlier name --config still works and is not offered.
            (["tickrun", "time", "--clu"], ["--cluster"]), (["tickrun", "check", "--conf"], []),
            (["tickrun", "help", "dead"], ["deadlines"]),
            (["tickrun", "completion", ""], ["bash", "zsh", "fish", "--help"]),
            (["tickrun", "replay", "Fixtures/journals/pa"], ["Fixtures/journals/pal.journal"]),
            (["tickrun", "manual", "--output", "Fixtures/jour"], ["Fixtures/journals", "Fixtures/journals-hostile"]),
            (["tickrun", "deadlines", "23"], ["23.976"]),
            (["tickrun", "run", "--duration", ""], []),
        ])
    func bashCompletes(words: [String], offered: [String]) async throws {
        #expect(try await Self.bash(words).filter { !$0.isEmpty }.sorted() == offered.sorted())
    }

    @Test("every option of every command is completed by bash", arguments: ["run", "check", "time", "manifest"])
    func everyOption(command: String) async throws {
        let help = try await RunProcess.tickrun("help", command).run().lines
        let options = help.filter { $0.hasPrefix("  --") }.compactMap { line in
            line.split(whereSeparator: { " [".contains($0) }).first.map(String.init)
        }
        #expect(options.count > 5)
        let offered = try await Self.bash(["tickrun", command, "--"])
        #expect(Set(options).isSubset(of: offered), "\(Set(options).subtracting(offered)) are not offered")
    }

    @Test(
        "fish completes commands, options and values", .requires(.fish),
        arguments: [
            ("tickrun comp", "completion"), ("tickrun run --lock", "--lock-memory"),
            ("tickrun 25 --lock", "--lock-memory"),
            ("tickrun run --wait h", "hybrid"), ("tickrun run --wait=h", "--wait=hybrid"), ("tickrun time n", "now"),
        ])
    func fishCompletes(line: String, offered: String) async throws {
        let script = "$TICKRUN completion fish | source; complete -C \"\(line)\""
        var process = RunProcess("/usr/bin/env", ["fish", "--no-config", "-c", script])
        process.environment["TICKRUN"] = RunProcess.tickrun().executable
        let result = try await process.run()
        #expect(result.exitCode == 0, "\(result.standardError)")
        #expect(result.lines.map { String($0.prefix { $0 != "\t" }) } == [offered])
    }

    @Test("zsh completes commands, options and values in a terminal", .requires(.zsh))
    func zshCompletes() async throws {
        let temporary = try TemporaryFolder()
        let folder = temporary.url
        let tickrun = RunProcess.tickrun().executable
        let completion = try await RunProcess.tickrun("completion", "zsh").run().standardOutput
        try completion.write(to: folder.appending(path: "_tickrun"), atomically: true, encoding: .utf8)
        try FileManager.default.createSymbolicLink(
            atPath: folder.appending(path: "tickrun").path, withDestinationPath: tickrun)
        // The line and its completion.
        let cases = [
            ("tickrun comp", "letion"), ("tickrun run --lock", "-memory"), ("tickrun run --wait h", "ybrid"),
            ("tickrun time sta", "tus"),
        ]
        // Each in a separate shell.
        let script = """
            zmodload zsh/zpty
            while [ $# -gt 0 ]; do
                zpty t zsh -f -i
                zpty -w t "PS1='A''T> '; fpath=($FOLDER \\$fpath); path=($FOLDER \\$path);" \\
                    "autoload -U compinit; compinit -u -D; print REA''DY"
                zpty -r t x '*READY*AT> *'
                zpty -n -w t "$1"$'\\t'
                text=
                for i in {1..100}; do
                    while zpty -r -t t y; do text+=$y; done
                    [[ $text == *"$2"* ]] && { print -r -- "completed $1"; break; }
                    sleep 0.1
                done
                zpty -d t
                shift 2
            done
            """
        let file = folder.appending(path: "try.zsh")
        try script.write(to: file, atomically: true, encoding: .utf8)
        var process = RunProcess(
            "/usr/bin/env", ["zsh", "-f", file.path] + cases.flatMap { [$0.0, $0.1] })
        process.environment = ["FOLDER": folder.path, "TERM": "xterm"]
        let result = try await process.run()
        for (line, _) in cases { #expect(result.lines.contains("completed \(line)"), "\(result.standardOutput)") }
    }

    @Test("mandoc has no warning about any page", .requires(.mandoc))
    func manualPages() async throws {
        let temporary = try TemporaryFolder()
        let folder = temporary.url
        #expect(try await RunProcess.tickrun("manual", "--output", folder.path).run().exitCode == 0)
        let pages = try FileManager.default.contentsOfDirectory(atPath: folder.path).map { "\(folder.path)/\($0)" }
        let result = try await RunProcess("/usr/bin/env", ["mandoc", "-T", "lint", "-W", "warning"] + pages).run()
        #expect(result.exitCode == 0, "\(result.standardOutput)")
    }

    @Test("an unknown shell is refused with the nearest name")
    func unknownShell() async throws {
        let result = try await RunProcess.tickrun("completion", "bsh").run()
        #expect(result.exitCode == 2 && result.standardError.contains("did you mean 'bash'?"))
    }

    @Test("--output writes a complete page for each command")
    func pages() async throws {
        let temporary = try TemporaryFolder()
        let folder = temporary.url
        let result = try await RunProcess.tickrun("manual", "--output", folder.path).run()
        #expect(result.exitCode == 0, "\(result.standardError)")
        let names = try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted()
        #expect(names.contains("tickrun.1") && names.contains("tickrun-run.1") && names.count > 18)
        for name in names {
            let page = try String(contentsOf: folder.appending(path: name), encoding: .utf8)
            #expect(page.contains(".SH NAME") && page.contains(".SH EXAMPLES"), "\(name)")
        }
        let nowhere = try await RunProcess.tickrun("manual", "--output", "\(folder.path)/none").run()
        #expect(nowhere.exitCode == 69 && nowhere.standardError.contains("--output"))
    }

    @Test("the version is one line, and one object with --json")
    func version() async throws {
        let text = try await RunProcess.tickrun("version").run()
        #expect(text.lines.count == 1 && text.lines[0].hasPrefix("tickrun "))
        #expect(try await RunProcess.tickrun("--version").run().standardOutput == text.standardOutput)
        let json = try await RunProcess.tickrun("version", "--json").run()
        let object = try #require(
            try JSONSerialization.jsonObject(with: Data(json.standardOutput.utf8)) as? [String: Any])
        #expect(object["schema"] as? String == "tickrun/version/1")
        #expect(text.lines[0] == "tickrun \(object["version"] as? String ?? "")")
    }

    @Test("--color always colours a pipe, never and NO_COLOR do not")
    func colour() async throws {
        var always = RunProcess.tickrun("host", "--color", "always")
        always.environment["NO_COLOR"] = "1"
        #expect(try await always.run().standardOutput.contains("\u{1B}["))
        for words in [["host"], ["host", "--color", "never"], ["host", "--color=auto"]] {
            #expect(try await !RunProcess.tickrun(words).run().standardOutput.contains("\u{1B}["))
        }
        let wrong = try await RunProcess.tickrun("host", "--color", "blue").run()
        #expect(wrong.exitCode == 2 && wrong.standardError.contains("auto, always, never"))
    }

    @Test("help names every option once, under its heading")
    func groups() async throws {
        let help = try await RunProcess.tickrun("help", "run").run().lines
        let headings = help.filter { $0.hasSuffix("options:") }
        #expect(headings.first == "options:" && headings.contains("real-time options:"))
        let options = help.filter { $0.hasPrefix("  --") }.compactMap { $0.split(separator: " ").first }
        #expect(Set(options).count == options.count && options.count > 30)
    }
}
