import ClusterClock
import Testing
import TickTime
import TimeExchange

@Suite("What NTP servers say of this host's UTC")
struct NTPSynchronizationTests {
    private static let now = BootInstant(nanoseconds: 1_000_000_000_000)

    private static func measured(
        _ offset: Nanoseconds, _ bound: Nanoseconds, ago: Nanoseconds = .zero
    ) -> NTPMeasurement { NTPMeasurement(offset: offset, bound: bound, received: now - ago) }

    private static func error(_ measurements: [NTPMeasurement], servers: Int? = nil) -> Int64? {
        NTPSynchronization.error(of: measurements, servers: servers ?? measurements.count, at: now)?.error.count
    }

    @Test("one server's error is its offset and its bound")
    func one() {
        // One nanosecond of growth stands for reading the clocks.
        #expect(Self.error([Self.measured(.milliseconds(3), .milliseconds(2))]) == 5_000_001)
        #expect(Self.error([Self.measured(.milliseconds(-3), .milliseconds(2))]) == 5_000_001)
        #expect(Self.error([]) == nil)
    }

    @Test("it grows with age, by what the clock may drift")
    func grows() throws {
        let old = try #require(Self.error([Self.measured(.zero, .milliseconds(1), ago: .seconds(100))]))
        // 50 ppm of 100 s are 5 ms.
        #expect((6_000_000...6_001_000).contains(old))
    }

    @Test("of three servers the one that is wrong is outvoted; two that differ settle nothing")
    func outvoted() {
        let right = Self.measured(.milliseconds(1), .milliseconds(2)), other = Self.measured(.zero, .milliseconds(2))
        let wrong = Self.measured(.seconds(40), .milliseconds(2))
        #expect(Self.error([right, wrong, other]) == 2_000_001)
        #expect(Self.error([right, wrong]) == nil)
        // A silent server counts against the others.
        #expect(Self.error([right], servers: 3) == nil)
        #expect(Self.error([right, other], servers: 3) == 2_000_001)
    }

    @Test("a host that is off by more than a second is not synchronized, however well that is known")
    func far() {
        #expect(Self.error([Self.measured(.milliseconds(990), .milliseconds(1))]) != nil)
        #expect(Self.error([Self.measured(.milliseconds(1_000), .milliseconds(1))]) == nil)
    }
}
