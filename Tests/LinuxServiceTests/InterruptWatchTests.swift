import Glibc
import TestSupport
import Testing
import LinuxService
import TickLinux
import TickTime

// Signals go to one thread, with pthread_kill(3), after that thread has blocked them: one sent to
// the process would end the test's other threads with it.

@Suite("Interrupt watch")
struct InterruptWatchTests {
    @Test(
        "a signal to the thread that watches is read, and does not end the process",
        arguments: [SIGINT, SIGTERM, SIGHUP])
    func signal(number: Int32) async throws {
        let read = try await onOwnThread {
            let watch = try InterruptWatch()
            pthread_kill(pthread_self(), number)
            return [watch.wait(for: .seconds(10)), watch.wait(for: .zero)]
        }
        #expect(read == [number, nil])
    }

    @Test("two different signals are read one after the other")
    func both() async throws {
        let read = try await onOwnThread {
            let watch = try InterruptWatch()
            pthread_kill(pthread_self(), SIGTERM)
            pthread_kill(pthread_self(), SIGINT)
            return Set([watch.wait(for: .seconds(10)), watch.wait(for: .seconds(10))])
        }
        #expect(read == [SIGINT, SIGTERM])
    }

    @Test("the thread that watches blocks the signals that end a run, and SIGUSR1 only if it is to be read")
    func mask() async throws {
        @Sendable func blocked() -> [Bool] {
            var set = sigset_t()
            unsafe pthread_sigmask(SIG_BLOCK, nil, &set)
            return [SIGINT, SIGTERM, SIGHUP, SIGUSR1, SIGUSR2].map { unsafe sigismember(&set, $0) == 1 }
        }
        for reads in [false, true] {
            let (before, after) = try await onOwnThread {
                // The queue that this thread was started from blocks nearly everything.
                var none = sigset_t()
                unsafe sigemptyset(&none)
                unsafe pthread_sigmask(SIG_SETMASK, &none, nil)
                let before = blocked()
                let watch = try InterruptWatch(readsReportRequests: reads)
                _ = watch.wait(for: .zero)
                return (before, blocked())
            }
            #expect(before == [false, false, false, false, false])
            #expect(after == [true, true, true, reads, false])
        }
    }

    @Test("a request for a report asks nobody to end")
    func reportRequest() async throws {
        let asked = try await onOwnThread {
            let watch = try InterruptWatch(readsReportRequests: true)
            pthread_kill(pthread_self(), SIGUSR1)
            let first = watch.asksToEnd(within: .seconds(10))
            pthread_kill(pthread_self(), SIGHUP)
            return [first, watch.asksToEnd(within: .seconds(10)), watch.asksToEnd(within: .zero)]
        }
        #expect(asked == [false, true, false])
    }

    @Test("without a signal the wait ends when its time is up")
    func timeUp() async throws {
        let (read, waited) = try await onOwnThread {
            let watch = try InterruptWatch()
            let start = HostClock.monotonic()
            let read = watch.wait(for: .milliseconds(20))
            return (read, HostClock.monotonic() - start)
        }
        #expect(read == nil)
        #expect(waited >= .milliseconds(20) && waited < .seconds(10))
    }
}
