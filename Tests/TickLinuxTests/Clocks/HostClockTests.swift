import Foundation
import Glibc
import Testing
import TickLinux
import TickScheduling
import TickTime

@Suite("Host clocks")
struct HostClockTests {
    /// libc's own reading, as seconds and nanoseconds.
    private func libc(_ clock: clockid_t) -> Int64 {
        var time = timespec()
        unsafe clock_gettime(clock, &time)
        return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
    }

    @Test("each reading lies between two of libc's, on the clock of its name")
    func readings() {
        let clocks: [(clockid_t, () -> Int64)] = [
            (CLOCK_MONOTONIC, { HostClock.monotonic().nanoseconds }),
            (CLOCK_REALTIME, { HostClock.utc().nanoseconds }),
            (CLOCK_BOOTTIME, { HostClock.boot().nanoseconds }),
            (CLOCK_MONOTONIC_RAW, { HostClock.raw().nanoseconds }),
            (CLOCK_THREAD_CPUTIME_ID, { HostClock.threadCPU().count }),
            (CLOCK_PROCESS_CPUTIME_ID, { HostClock.processCPU().count }),
        ]
        for (clock, read) in clocks {
            let (before, reading, after) = (libc(clock), read(), libc(clock))
            #expect(before <= reading && reading <= after, "clock \(clock)")
        }
    }

    @Test("ten thousand readings of the monotonic clock never fall")
    func monotonic() {
        var last = HostClock.monotonic()
        for _ in 0..<10_000 {
            let next = HostClock.monotonic()
            #expect(next >= last)
            last = next
        }
    }

    @Test("BOOTTIME is the time since the host came up, as /proc/uptime shows it")
    func uptime() throws {
        func shown() throws -> Double {
            let text = try String(contentsOfFile: "/proc/uptime", encoding: .utf8)
            return try #require(text.split(separator: " ").first.flatMap { Double($0) })
        }
        let before = try shown()
        let boot = Double(HostClock.boot().nanoseconds) / 1e9
        // Shown in whole hundredths.
        #expect(try before <= boot + 0.01 && boot <= shown() + 0.02)
    }

    @Test("a spin lasts at least as long as asked, and a sleep ends no sooner than asked")
    func waits() {
        let start = HostClock.monotonic()
        HostClock.spin(for: .milliseconds(2))
        let spun = HostClock.monotonic()
        #expect(spun - start >= .milliseconds(2))
        HostClock.sleep(until: spun + .milliseconds(2))
        #expect(HostClock.monotonic() - spun >= .milliseconds(2))
        // An instant that has passed is no reason to wait.
        HostClock.sleep(until: start)
        #expect(HostClock.monotonic() - start < .seconds(10))
    }

    @Test("a reading of three clocks names one instant, within its uncertainty")
    func reading() {
        let before = (libc(CLOCK_MONOTONIC), libc(CLOCK_REALTIME), libc(CLOCK_BOOTTIME))
        let reading = HostClock.reading()
        let after = (libc(CLOCK_MONOTONIC), libc(CLOCK_REALTIME), libc(CLOCK_BOOTTIME))
        #expect(reading.uncertainty >= .zero)
        #expect(reading.uncertainty.count <= after.0 - before.0)
        #expect(before.0 <= reading.monotonic.nanoseconds && reading.monotonic.nanoseconds <= after.0)
        #expect(before.1 <= reading.utc.nanoseconds && reading.utc.nanoseconds <= after.1)
        #expect(before.2 <= reading.boot.nanoseconds && reading.boot.nanoseconds <= after.2)
    }
}
