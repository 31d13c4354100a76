import ClusterClock
import Testing
import TickTime
import TimeExchange

@Suite("The age of a datagram by the kernel's stamp")
struct ReceiveStampTests {
    /// A reading some time after another, with UTC set by `step` in between.
    private static func reading(_ microseconds: Int64, step: Nanoseconds = .zero, half: Int64 = 30) -> HostReading {
        let length = Nanoseconds.microseconds(microseconds)
        return HostReading(
            boot: BootInstant(nanoseconds: 5_000_000_000) + length,
            monotonic: MonotonicInstant(nanoseconds: 4_000_000_000) + length, raw: length,
            realtime: utc + length + step, halfBracket: Nanoseconds(half))
    }

    private static let utc = UTCInstant(nanoseconds: 1_795_000_000_000_000_000)

    private static func age(_ stamp: UTCInstant?, at now: HostReading) -> Nanoseconds {
        ReceiveStamp.age(of: stamp, at: now, sinceEmpty: reading(0))
    }

    @Test("it came when the stamp says, minus the uncertainty of the clock reading")
    func believed() {
        #expect(Self.age(Self.utc + .microseconds(200), at: Self.reading(300)) == Nanoseconds(99_970))
        #expect(Self.age(Self.utc + .microseconds(300), at: Self.reading(300)) == .zero)
        // Directly after the socket was empty, and not earlier.
        #expect(Self.age(Self.utc, at: Self.reading(300)) == Nanoseconds(299_970))
    }

    @Test("without a stamp, or with one from before the socket was empty or from the future, it came just now")
    func unbelieved() {
        #expect(Self.age(nil, at: Self.reading(300)) == .zero)
        #expect(Self.age(Self.utc - Nanoseconds(1), at: Self.reading(300)) == .zero)
        #expect(Self.age(Self.utc + .microseconds(301), at: Self.reading(300)) == .zero)
    }

    @Test(
        "a clock that was set meanwhile, however little beyond the readings' brackets, makes it just now",
        arguments: [Nanoseconds(63), Nanoseconds(-63), .milliseconds(-5), .seconds(7_200), .seconds(-7_200)])
    func stepped(_ step: Nanoseconds) {
        #expect(Self.age(Self.utc + .microseconds(200), at: Self.reading(300, step: step)) == .zero)
        #expect(Self.age(Self.utc + .microseconds(200) + step, at: Self.reading(300, step: step)) == .zero)
    }

    @Test("instants at the ends of their range do not trap")
    func extremes() {
        for stamp in [Int64.min, .max, 0] {
            #expect(Self.age(UTCInstant(nanoseconds: stamp), at: Self.reading(300)) == .zero)
        }
    }
}
