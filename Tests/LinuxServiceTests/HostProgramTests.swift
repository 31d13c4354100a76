import Glibc
import Testing
import LinuxService
import TickLinux
import TickTime

@Suite("Programs of the host")
struct HostProgramTests {
    @Test("the output of a program on both streams, and its exit code, are read")
    func outcome() throws {
        let outcome = try HostProgram.run(["/bin/sh", "-c", "printf out; printf err >&2; exit 3"])
        #expect(outcome.output == Array("out".utf8) && outcome.errors == Array("err".utf8))
        #expect(outcome.exitCode == 3)
    }

    @Test("output larger than a pipe is read completely")
    func much() throws {
        let outcome = try HostProgram.run(["/bin/sh", "-c", "head -c 1000000 /dev/zero; head -c 300000 /dev/zero >&2"])
        #expect(outcome.output.count == 1_000_000 && outcome.errors.count == 300_000)
    }

    @Test("a program that a signal ends has no exit code")
    func signal() throws {
        #expect(try HostProgram.run(["/bin/sh", "-c", "kill -9 $$"]).exitCode == nil)
    }

    @Test("a program that is not installed is reported as such")
    func missing() {
        let error = #expect(throws: HostProgram.Failure.self) { try HostProgram.run(["no-such-program-here"]) }
        #expect(error?.isMissing == true && error?.description == "no-such-program-here is not installed")
    }

    @Test("a program that does not end is killed after its time, with its streams open or closed")
    func endless() {
        for script in ["exec sleep 60", "exec >&- 2>&-; exec sleep 60"] {
            let begin = HostClock.monotonic()
            #expect(throws: HostProgram.Failure.timeout(program: "/bin/sh", after: .milliseconds(300))) {
                try HostProgram.run(["/bin/sh", "-c", script], timeout: .milliseconds(300))
            }
            #expect(HostClock.monotonic() - begin < .seconds(20))
        }
    }

    @Test("a program that prints without end is killed")
    func flood() {
        #expect(throws: HostProgram.Failure.tooMuch(program: "/bin/sh", limit: 100_000)) {
            try HostProgram.run(["/bin/sh", "-c", "exec cat /dev/zero"], limit: 100_000)
        }
    }

    @Test("a program has an empty input and no blocked signal")
    func clean() throws {
        var mask = sigset_t()
        unsafe sigemptyset(&mask)
        unsafe sigaddset(&mask, SIGTERM)
        var before = sigset_t()
        unsafe pthread_sigmask(SIG_BLOCK, &mask, &before)
        defer { unsafe pthread_sigmask(SIG_SETMASK, &before, nil) }
        let outcome = try HostProgram.run(["/bin/sh", "-c", "cat; grep SigBlk /proc/self/status"])
        #expect(String(decoding: outcome.output, as: UTF8.self) == "SigBlk:\t0000000000000000\n")
    }
}
