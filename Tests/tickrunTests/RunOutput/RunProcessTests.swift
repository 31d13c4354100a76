import TestSupport
import Testing

@Suite("Running a program in a test")
struct RunProcessTests {
    private func shell(_ script: String) -> RunProcess { RunProcess("/bin/sh", ["-c", script]) }

    @Test("the two streams and the exit code are kept apart")
    func streams() async throws {
        let result = try await shell("echo out; echo err >&2; exit 7").run()
        #expect(result.standardOutput == "out\n")
        #expect(result.standardError == "err\n")
        #expect(result.exitCode == 7)
        #expect(result.signal == nil)
    }

    @Test("a signal follows the line that it waits for, and the next one the line after")
    func signals() async throws {
        var process = shell(
            """
            trap 'echo caught' INT
            echo ready
            while :; do sleep 0.01; done
            """)
        process.signals = [.init(containing: "ready", send: 2), .init(containing: "caught", send: 9)]
        let result = try await process.run()
        #expect(result.lines == ["ready", "caught"])
        #expect(result.signal == 9)
        #expect(result.exitCode == nil)
        #expect(!result.timedOut)
    }

    @Test(
        "a program that does not end is killed, and so is one that closed its streams",
        arguments: [
            "echo begun; exec sleep 60", "echo begun; exec sleep 60 >&- 2>&-",
        ])
    func timeout(script: String) async throws {
        var process = shell(script)
        process.timeout = 0.3
        let result = try await process.run()
        #expect(result.timedOut)
        #expect(result.standardOutput == "begun\n")
        #expect(result.exitCode == nil)
    }

    @Test("the program finds the environment, the folder, the input and the terminal that it was given")
    func surroundings() async throws {
        var process = shell(
            "echo $ADDED; echo ${HOME-none}; pwd; cat; test -t 1 && echo terminal; test -t 2 || echo pipe")
        process.environment = ["ADDED": "yes", "HOME": nil]
        process.workingDirectory = "/usr"
        process.standardInput = .text("input\n")
        process.standardOutput = .terminal
        let result = try await process.run()
        #expect(result.lines == ["yes", "none", "/usr", "input", "terminal", "pipe"])
    }

    @Test("a program that is not there is an error that names it")
    func missing() async throws {
        let failure = await #expect(throws: RunProcess.Failure.self) {
            try await RunProcess("/no/such/program", []).run()
        }
        #expect(failure?.call.contains("/no/such/program") == true)
    }
}
