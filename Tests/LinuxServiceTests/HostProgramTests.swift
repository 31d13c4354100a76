import Glibc
import Testing
import LinuxService
import TickLinux
import TickTime

@Suite("Programs of the host")
struct HostProgramTests {
    @Test("what a program prints on both streams, and its exit code, are taken")
    func outcome() throws {
        let outcome = try HostProgram.run(["/bin/sh", "-c", "printf out; printf err >&2; exit 3"])
        #expect(outcome.output == Array("out".utf8) && outcome.errors == Array("err".utf8))
        #expect(outcome.exitCode == 3)
    }

    @Test("more than a pipe holds is taken whole")
    func much() throws {
        let outcome = try HostProgram.run(["/bin/sh", "-c", "head -c 1000000 /dev/zero; head -c 300000 /dev/zero >&2"])
        #expect(outcome.output.count == 1_000_000 && outcome.errors.count == 300_000)
    }

    @Test("a program that a signal ends has no exit code")
    func signal() throws {
        #expect(try HostProgram.run(["/bin/sh", "-c", "kill -9 $$"]).exitCode == nil)
    }

    @Test("one that is not installed says so")
    func missing() {
        let error = #expect(throws: HostProgram.Failure.self) { try HostProgram.run(["no-such-program-here"]) }
        #expect(error?.isMissing == true && error?.description == "no-such-program-here is not installed")
    }

    @Test("one that does not end, with its streams open or closed, is ended when its time is up")
    func endless() {
        for script in ["exec sleep 60", "exec >&- 2>&-; exec sleep 60"] {
            let begin = HostClock.monotonic()
            #expect(throws: HostProgram.Failure.timeout(program: "/bin/sh", after: .milliseconds(300))) {
                try HostProgram.run(["/bin/sh", "-c", script], timeout: .milliseconds(300))
            }
            #expect(HostClock.monotonic() - begin < .seconds(20))
        }
    }

    @Test("one that prints without end is ended")
    func flood() {
        #expect(throws: HostProgram.Failure.tooMuch(program: "/bin/sh", limit: 100_000)) {
            try HostProgram.run(["/bin/sh", "-c", "exec cat /dev/zero"], limit: 100_000)
        }
    }

    @Test("it reads nothing, and finds no signal blocked")
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
