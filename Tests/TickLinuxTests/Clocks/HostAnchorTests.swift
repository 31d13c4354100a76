import ClusterClock
import TestSupport
import Testing
import TickLinux
import TickTime

@Suite("Host anchor")
struct HostAnchorTests {
    /// UTC − monotonic from bracketed reads of our own: the ends of what it may be.
    private func difference() -> ClosedRange<Int64> {
        (0..<100).map { _ in
            let before = HostClock.monotonic().nanoseconds
            let utc = HostClock.utc().nanoseconds
            return utc - HostClock.monotonic().nanoseconds...utc - before
        }.min { $0.count < $1.count } ?? 0...0
    }

    @Test("both clocks of the anchor name one instant, within its uncertainty and that of another read")
    func anchor() throws {
        let before = HostClock.monotonic()
        let anchor = try HostAnchor.capture()
        let after = HostClock.monotonic()
        let reading = anchor.reading
        #expect(before <= reading.monotonic && reading.monotonic <= after)
        #expect(reading.uncertainty >= .zero && reading.uncertainty < after - before)

        let own = difference()
        let its = reading.utc.nanoseconds - reading.monotonic.nanoseconds
        // Rounding of either clock to whole nanoseconds may part intervals that touch.
        let slack = reading.uncertainty.count + 2
        #expect(own.lowerBound - slack <= its && its <= own.upperBound + slack)
    }

    @Test("TAI is ahead of UTC by what is in force since 2017, and the source is named")
    func taiOffset() throws {
        let offset = HostTAIOffset.current()
        #expect(offset == (try HostAnchor.capture()).taiOffset)
        // The kernel's own is what a time daemon set it to.
        if offset.source != .kernel { #expect(offset.seconds == 37) }
    }

    @Test("an expired list that knows a later leap second than the built-in table is used, and named as expired")
    func expiredList() throws {
        let list = Cases.path("leap-seconds-expired.list")
        let now = try UTCInstant(parsing: "2026-11-28T12:00:00Z")
        func offset(_ kernel: Int64, _ paths: [String]) -> TAIOffset {
            HostTAIOffset.offset(kernelSeconds: kernel, listPaths: paths, at: now)
        }
        #expect(offset(0, [list]) == TAIOffset(seconds: 38, source: .expiredLeapSecondsList))
        #expect(offset(0, ["/nonexistent/leap-seconds.list", list]).seconds == 38)
        #expect(offset(37, [list]) == TAIOffset(seconds: 37, source: .kernel))
        #expect(offset(0, []) == TAIOffset(seconds: 37, source: .builtIn))
        // A day before it expired.
        let before = HostTAIOffset.offset(
            kernelSeconds: 0, listPaths: [list], at: try UTCInstant(parsing: "2026-06-27T00:00:00Z"))
        #expect(before == TAIOffset(seconds: 38, source: .leapSecondsList))
    }

    @Test("UTC counts as synchronized when the kernel says so, and not otherwise")
    func source() throws {
        let isSynchronized = try KernelClock.read().bound.interval != nil
        #expect(try HostAnchor.capture().utcSource == (isSynchronized ? .ntp : .system))
    }
}
