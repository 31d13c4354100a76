import Testing
import TickTime

@testable import bench

// One after the other: a program started meanwhile would inherit the pipes of another test.
@Suite(.serialized) struct SubprocessTests {
    @Test("output and CPU time of a program are its own")
    func output() throws {
        let busy = "i=0; while [ $i -lt 200000 ]; do i=$((i+1)); done; echo $WORD $1"
        var command = Command(program: "sh", arguments: ["-c", busy, "sh", "there"])
        command.environment = ["WORD=hello"]
        let finished = try command.run()
        #expect(finished.output == "hello there\n")
        #expect(finished.cpu.count > 10_000_000, "200 000 turns of a shell's loop take more than 10 ms")
        #expect(finished.cpuPercent < 110, "one thread has one CPU, give or take a tick of its accounting")
    }

    @Test("a program that sleeps uses no CPU")
    func idle() throws {
        #expect(try Command(program: "sleep", arguments: ["0.3"]).run().cpuPercent < 20)
    }

    @Test("a failing program is reported with its status and its last words")
    func failure() {
        let error = #expect(throws: BenchError.self) {
            try Command(program: "sh", arguments: ["-c", "echo the reason >&2; exit 3"]).run()
        }
        #expect(error?.description == "sh failed (exit 3): the reason")
    }

    @Test("a right refused to a program is reported as such, not as its failure")
    func refusal() {
        let error = #expect(throws: BenchError.self) {
            try Command(program: "sh", arguments: ["-c", "echo run as root >&2; exit 77"]).run()
        }
        #expect(error?.exitCode == 77)
        #expect(error?.description == "the host refused what sh needs; run as root")
    }

    @Test("a program that is not installed is named with the package to install")
    func missing() {
        let error = #expect(throws: BenchError.self) {
            try Command(program: "no-such-cyclictest", arguments: [], package: "rt-tests").run()
        }
        #expect(error?.exitCode == 69)
        #expect(error?.description == "no-such-cyclictest is not installed; run: apt-get install rt-tests")
    }
}
