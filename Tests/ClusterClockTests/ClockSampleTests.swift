import ClusterClock
import TestSupport
import Testing
import TickTime

private struct SampleCase: Decodable {
    let realtime: Int64, boot: Int64, driftBound: Int64, sent: Int64, received: Int64
    let hold: Int64, reply: Int64, used: Int64, interval: [Int64]

    private enum CodingKeys: String, CodingKey {
        case interval
        case realtime = "window_realtime_ns"
        case boot = "window_boot_ns"
        case driftBound = "rho_ppb"
        case sent = "m0"
        case received = "m2"
        case hold = "hold_ns"
        case reply = "t_reply_ns"
        case used = "used_at"
    }
}

@Suite("What one exchange shows")
struct ClockSampleTests {
    private static let window = WindowTime(
        realtime: UTCInstant(nanoseconds: 1_794_000_000_000_000_000), boot: BootInstant(nanoseconds: 5_000_000_000))

    private static func boot(_ milliseconds: Int64) -> BootInstant { window.boot + .milliseconds(milliseconds) }

    private static func exchange(
        sent: Int64, received: Int64, hold: Int64 = 0, ahead: Int64 = 0, error: Nanoseconds? = nil
    ) -> ClockExchange {
        ClockExchange(
            peer: NodeID(rawValue: 2), sent: boot(sent), received: boot(received), hold: .milliseconds(hold),
            peerUTC: window.ours(at: boot(received)) + .milliseconds(ahead), statedError: error)
    }

    @Test("the vectors: the interval at the instant of its use")
    func vectors() throws {
        for given in try Vectors.cases("samples", as: SampleCase.self) {
            let window = WindowTime(
                realtime: UTCInstant(nanoseconds: given.realtime), boot: BootInstant(nanoseconds: given.boot))
            let sample = try ClockSample(
                ClockExchange(
                    peer: NodeID(rawValue: 1), sent: BootInstant(nanoseconds: given.sent),
                    received: BootInstant(nanoseconds: given.received), hold: Nanoseconds(given.hold),
                    peerUTC: UTCInstant(nanoseconds: given.reply), statedError: nil), in: window)
            let used = sample.interval(
                at: BootInstant(nanoseconds: given.used),
                growing: DriftGrowth(clocks: 2, driftBound: given.driftBound))
            #expect(used == IntervalOracle.interval(given.interval[0], given.interval[1]), "\(given)")
        }
    }

    @Test("for every split of the round trip, the interval contains the peer's true offset; the midpoint may differ")
    func asymmetry() throws {
        for out in Int64(0)...100 {
            // The peer is 7 ms ahead; it replied `out` ms after we asked, and its reply took the rest.
            let utc = Self.window.ours(at: Self.boot(out)) + .milliseconds(7)
            let sample = try ClockSample(
                ClockExchange(
                    peer: NodeID(rawValue: 2), sent: Self.boot(0), received: Self.boot(100), peerUTC: utc,
                    statedError: nil), in: Self.window)
            let truth = IntervalOracle.interval(7_000_000, 7_000_000)
            #expect(sample.interval.contains(truth))
            let middle = (sample.interval.lower.count + sample.interval.upper.count) / 2
            #expect((middle == 7_000_000) == (out == 50))
        }
    }

    @Test("the peer's hold, from its own two readings, narrows the interval")
    func hold() throws {
        let four = ClockExchange(
            peer: NodeID(rawValue: 2), sent: Self.boot(0), received: Self.boot(10),
            peerReceived: MonotonicInstant(nanoseconds: 900_000_000),
            peerSent: MonotonicInstant(nanoseconds: 904_000_000), peerUTC: Self.window.ours(at: Self.boot(10)),
            statedError: nil)
        #expect(four.hold == .milliseconds(4))
        #expect(try ClockSample(four, in: Self.window).interval == IntervalOracle.interval(0, 6_000_000))
    }

    @Test("a reply before its request, a hold below 0 or beyond the round trip, a request before the window: refused")
    func refusals() throws {
        let cases: [(ClockExchange, ClusterClockError)] = [
            (Self.exchange(sent: 5, received: 4), .nonMonotonicPing),
            (Self.exchange(sent: 5, received: 6, hold: 2), .nonMonotonicPing),
            (Self.exchange(sent: 5, received: 6, hold: -1), .nonMonotonicPing),
            (Self.exchange(sent: -1, received: 6), .stalePing),
        ]
        for (exchange, error) in cases {
            #expect(throws: error) { try ClockSample(exchange, in: Self.window) }
        }
        #expect(throws: Never.self) { try ClockSample(Self.exchange(sent: 0, received: 1, hold: 1), in: Self.window) }
    }

    @Test("a peer in another century gives a distant interval, not a trap; an absurd stated error does not count")
    func nonsense() throws {
        for nanoseconds in [Int64.min, .max] {
            let sample = try ClockSample(
                ClockExchange(
                    peer: NodeID(rawValue: 2), sent: Self.boot(0), received: Self.boot(1),
                    peerUTC: UTCInstant(nanoseconds: nanoseconds), statedError: Nanoseconds(.max)), in: Self.window)
            #expect(sample.statedError == nil)
            let used = sample.interval(at: Self.boot(9_000), growing: DriftGrowth(clocks: 2, driftBound: 50_000))
            #expect(used.width < .seconds(1) && abs(used.lower.count) > 1 << 61)
        }
        let stated = try [Nanoseconds(-1), .zero, .seconds(1)].map { error -> Nanoseconds? in
            try ClockSample(Self.exchange(sent: 0, received: 1, error: error), in: Self.window).statedError
        }
        #expect(stated == [nil, .zero, .seconds(1)])
    }

    @Test("the kept part of a peer's exchange takes at most 100 bytes")
    func memory() { #expect(MemoryLayout<ClockSample?>.size <= 100) }
}

@Suite("The growth by drift")
struct DriftGrowthTests {
    @Test("it is the formula in 128 bits, for all bounds and ages")
    func formula() {
        var random = SeededGenerator()
        print("growth: seed \(random.seed)")
        for round in 0..<20_000 {
            let bound = round % 3 == 0 ? Int64.random(in: 0...100_000_000, using: &random) : Int64(round % 7) * 50_000
            let limit: Int64 = round % 2 == 0 ? 30_000_000_000 : 4_000_000_000_000_000_000
            let age = Int64.random(in: 0...limit, using: &random)
            for clocks in 1...2 {
                let rate = Int128(clocks) * Int128(bound)
                let product = rate * (1_000_000_000 + rate) * Int128(age)
                let unit: Int128 = 1_000_000_000_000_000_000
                let expected = (product + unit - 1) / unit + 1
                let grown = DriftGrowth(clocks: clocks, driftBound: bound)(Nanoseconds(age))
                #expect(Int128(grown.count) == expected, "seed \(random.seed): \(clocks), \(bound), \(age)")
            }
        }
    }

    @Test("no elapsed time adds one nanosecond, and so does a negative time")
    func zero() {
        let growth = DriftGrowth(clocks: 2, driftBound: 50_000)
        #expect(growth(.zero) == Nanoseconds(1) && growth(.seconds(-5)) == Nanoseconds(1))
        // 50 ppm of two clocks: 100 us a second, and 10 ns for that our own second may be long.
        #expect(growth(.seconds(1)) == Nanoseconds(100_011))
        #expect(DriftGrowth(clocks: 1, driftBound: 0)(.seconds(1_000)) == Nanoseconds(1))
    }
}
