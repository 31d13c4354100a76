import ClusterClock
import TestSupport
import Testing
import TickTime

@Suite("How far peers are ahead of this host's UTC")
struct PeerIntervalsTests {
    private static let peer = NodeID(rawValue: 2)

    private static func reading(_ milliseconds: Int64, utc: Int64, bracket: Int64 = 0) -> HostReading {
        HostReading(
            boot: BootInstant(nanoseconds: milliseconds * 1_000_000),
            monotonic: MonotonicInstant(nanoseconds: milliseconds * 1_000_000), raw: .milliseconds(milliseconds),
            realtime: UTCInstant(nanoseconds: utc), halfBracket: Nanoseconds(bracket))
    }

    private static func reply(hold: Int64, utc: Int64) -> PeerReply {
        PeerReply(
            peer: peer, nonce: 1, bootID: 1, hold: Nanoseconds(hold), utc: UTCInstant(nanoseconds: utc))
    }

    @Test("random exchanges with a peer whose offset is known: the interval contains it, also much later")
    func truth() {
        var generator = SeededGenerator()
        print("seed \(generator.seed)")
        for _ in 0..<2_000 {
            var intervals = PeerIntervals(driftBound: 50_000)
            let offset = Int64.random(in: -1_000_000_000...1_000_000_000, using: &generator)
            var now = Int64(1_000)
            let utc: (Int64) -> Int64 = { 1_794_000_000_000_000_000 + $0 * 1_000_000 }
            var last = OffsetInterval(Nanoseconds(offset), Nanoseconds(offset))
            for _ in 0..<5 {
                now += Int64.random(in: 500...60_000, using: &generator)
                let out = Int64.random(in: 1...40, using: &generator),
                    back = Int64.random(in: 1...40, using: &generator)
                let hold = Int64.random(in: 0...3, using: &generator)
                let age = Int64.random(in: 0...5, using: &generator)
                // The peer held the request, and then told its time; the reply came, and was read `age` later.
                let told = now + out + hold, arrived = told + back, read = arrived + age
                intervals.heard(
                    Self.reply(hold: hold * 1_000_000, utc: utc(told) + offset),
                    roundTrip: .milliseconds(arrived - now), Self.reading(read, utc: utc(read), bracket: 100),
                    age: .milliseconds(age))
                let later = BootInstant(
                    nanoseconds: (read + Int64.random(in: 0...1_000, using: &generator)) * 1_000_000)
                last = intervals.intervals(at: later)[Self.peer] ?? last
                #expect(
                    last.lower <= Nanoseconds(offset) && Nanoseconds(offset) <= last.upper, "seed \(generator.seed)")
                // What it leaves open is the way there and back, the reading, and a little drift.
                #expect(last.width <= .milliseconds(80 + 60), "seed \(generator.seed)")
                now = read
            }
        }
    }

    @Test("a narrower exchange is kept, a wider one only when the narrower has grown beyond it")
    func narrowest() {
        var intervals = PeerIntervals(driftBound: 50_000)
        func exchange(at milliseconds: Int64, roundTrip: Int64) {
            let utc = 1_794_000_000_000_000_000 + milliseconds * 1_000_000
            intervals.heard(
                Self.reply(hold: 0, utc: utc), roundTrip: .milliseconds(roundTrip),
                Self.reading(milliseconds, utc: utc), age: .zero)
        }
        func width(at milliseconds: Int64) -> Nanoseconds? {
            intervals.intervals(at: BootInstant(nanoseconds: milliseconds * 1_000_000))[Self.peer]?.width
        }
        exchange(at: 1_000, roundTrip: 2)
        exchange(at: 2_000, roundTrip: 30)
        #expect(width(at: 2_000).map { $0 < .milliseconds(3) } == true)
        // After 200 s two clocks may have parted by 20 ms, each way: 30 ms are less.
        exchange(at: 202_000, roundTrip: 30)
        #expect(width(at: 202_000).map { $0 >= .milliseconds(30) && $0 < .milliseconds(31) } == true)
    }

    @Test("after our UTC was set nothing is known until a peer answers again")
    func step() {
        var intervals = PeerIntervals(driftBound: 50_000)
        intervals.heard(
            Self.reply(hold: 0, utc: 5), roundTrip: .milliseconds(1), Self.reading(1_000, utc: 0), age: .zero)
        #expect(intervals.intervals(at: BootInstant(nanoseconds: 2_000_000_000)).count == 1)
        intervals.forget()
        #expect(intervals.intervals(at: BootInstant(nanoseconds: 2_000_000_000)).isEmpty)
    }

    @Test("after a peer's clock was set, its next reply counts, although earlier ones were narrower")
    func peerStep() {
        var intervals = PeerIntervals(driftBound: 50_000)
        let utc = Int64(1_794_000_000_000_000_000)
        for (milliseconds, roundTrip, ahead) in [(1_000, 2, 0), (1_500, 30, 2_000_000_000)] as [(Int64, Int64, Int64)] {
            intervals.heard(
                Self.reply(hold: 0, utc: utc + milliseconds * 1_000_000 + ahead), roundTrip: .milliseconds(roundTrip),
                Self.reading(milliseconds, utc: utc + milliseconds * 1_000_000), age: .zero)
        }
        let known = intervals.intervals(at: BootInstant(nanoseconds: 1_500_000_000))[Self.peer]
        #expect(known.map { $0.lower <= .seconds(2) && .seconds(2) <= $0.upper } == true, "\(known as Any)")
    }

    @Test("an impossible reply gives no interval")
    func impossible() {
        var intervals = PeerIntervals(driftBound: 50_000)
        intervals.heard(
            Self.reply(hold: 2_000_000, utc: 5), roundTrip: .milliseconds(1), Self.reading(1_000, utc: 0), age: .zero)
        #expect(intervals.intervals(at: BootInstant(nanoseconds: 2_000_000_000)).isEmpty)
    }
}
