import ClusterClock
import TestSupport
import Testing
import TickTime

@testable import TimeExchange

@Suite("What NTP servers state about this host's UTC")
struct NTPSynchronizationTests {
    private static let now = BootInstant(nanoseconds: 1_000_000_000_000)
    private static let own = OwnReferences([0xC000_022C])
    private static let localClock = NTPReference(id: 0x7F7F_0101, stratum: 10)

    /// A server in its own network, which follows its own clock.
    private static func voter(
        _ number: UInt32, _ offset: Nanoseconds, _ bound: Nanoseconds, ago: Nanoseconds = .zero,
        reference: NTPReference? = nil, address: String? = nil
    ) -> NTPVoter {
        let reference = reference ?? NTPReference(id: 0xCB00_7100 + number, stratum: 2)
        let statement = SourcedBound(offset, bound: bound, reference: reference, own: own)
        return NTPVoter(
            server: "server \(number)", address: address ?? "198.51.100.\(number):123",
            measurement: NTPMeasurement(statement, reference: reference, received: now - ago))
    }

    private static func silent(_ number: UInt32) -> NTPVoter {
        NTPVoter(
            server: "silent \(number)", address: "198.51.100.\(number):123", measurement: nil, fault: "no answer")
    }

    private static func error(_ voters: [NTPVoter]) -> Int64? {
        NTPSynchronization.error(of: voters, at: now)?.error.count
    }

    @Test("one server's error is its offset and its bound")
    func one() {
        // The clock reading adds one nanosecond.
        #expect(Self.error([Self.voter(1, .milliseconds(3), .milliseconds(2))]) == 5_000_001)
        #expect(Self.error([Self.voter(1, .milliseconds(-3), .milliseconds(2))]) == 5_000_001)
        #expect(Self.error([]) == nil)
    }

    @Test("the error grows with age, by the clock's possible drift")
    func grows() throws {
        let old = try #require(Self.error([Self.voter(1, .zero, .milliseconds(1), ago: .seconds(100))]))
        // 50 ppm of 100 s are 5 ms.
        #expect((6_000_000...6_001_000).contains(old))
    }

    @Test("two of three servers outvote a wrong one; two servers that differ decide nothing")
    func outvoted() {
        let right = Self.voter(1, .milliseconds(1), .milliseconds(2)), other = Self.voter(2, .zero, .milliseconds(2))
        let wrong = Self.voter(3, .seconds(40), .milliseconds(2))
        #expect(Self.error([right, wrong, other]) == 2_000_001)
        #expect(Self.error([right, wrong]) == nil)
        // A silent server counts against the others.
        #expect(Self.error([right, Self.silent(4), Self.silent(5)]) == nil)
        #expect(Self.error([right, other, Self.silent(4)]) == 2_000_001)
    }

    @Test("a host that is off by more than a second is not synchronized, even with a small bound")
    func far() {
        #expect(Self.error([Self.voter(1, .milliseconds(990), .milliseconds(1))]) != nil)
        #expect(Self.error([Self.voter(1, .milliseconds(1_000), .milliseconds(1))]) == nil)
    }

    @Test("one server under two names is one vote, and no majority next to a dead server")
    func twoNames() {
        let first = Self.voter(1, .zero, .milliseconds(1))
        var second = Self.voter(2, .zero, .milliseconds(1), address: first.address)
        #expect(Self.error([first, second, Self.silent(3)]) == nil)
        // Other addresses with the same reference at the same stratum: one clock again.
        second = Self.voter(2, .zero, .milliseconds(2), reference: first.measurement?.reference)
        #expect(Self.error([first, second, Self.silent(3)]) == nil)
        let outcome = NTPSynchronization.outcome(of: [first, second, Self.silent(3)], at: Self.now)
        #expect(outcome == .noMajority(referenced: 1, clocks: 2))
        // Alone, it is a majority of one.
        #expect(Self.error([first, second]) == 1_000_001)
        // With another clock, two of three are a majority.
        #expect(Self.error([first, second, Self.voter(4, .zero, .milliseconds(2)), Self.silent(3)]) != nil)
    }

    @Test("two names of one dead server are one silent vote")
    func deadNames() {
        let dead = [Self.silent(3), Self.silent(3)]
        let good = [Self.voter(1, .zero, .milliseconds(1)), Self.voter(2, .zero, .milliseconds(1))]
        #expect(Self.error(good + dead) != nil)
    }

    @Test("names of one clock with intervals that exclude each other give no bound")
    func contradiction() {
        let first = Self.voter(1, .zero, .milliseconds(1))
        let second = Self.voter(2, .milliseconds(9), .milliseconds(1), reference: first.measurement?.reference)
        #expect(Self.error([first, second]) == nil)
    }

    @Test("a server that follows no UTC counts against the others; alone, it gives the reason")
    func unreferenced() {
        let free = Self.voter(9, .zero, .microseconds(4), reference: Self.localClock)
        #expect(Self.error([free]) == nil)
        guard case .unfounded(let statement) = NTPSynchronization.outcome(of: [free], at: Self.now) else {
            Issue.record("a free-running server alone is unfounded")
            return
        }
        #expect(statement.provenance == .unreferenced(Self.localClock, .localClock))
        let good = Self.voter(1, .zero, .milliseconds(1))
        #expect(Self.error([good, free]) == nil)
        #expect(Self.error([good, Self.voter(2, .zero, .milliseconds(1)), free]) == 1_000_001)
    }

    @Test("random servers under several names, free-running, dead or wrong, give no bound without a majority of clocks")
    func property() async {
        var generator = SeededGenerator()
        print("seed \(generator.seed)")
        var (bounded, refused) = (0, 0)
        for run in 0..<20_000 {
            if run % 100 == 0 { await Task.yield() }
            /// What each clock is: good, free-running or dead, and its true statement.
            let clocks = (0..<UInt32.random(in: 1...4, using: &generator)).map {
                ($0, Int.random(in: 0..<4, using: &generator))
            }
            var voters: [NTPVoter] = []
            for (number, kind) in clocks {
                let bound = Nanoseconds.microseconds(Int64.random(in: 10...5_000, using: &generator))
                // The true value is 0, and a good server's interval holds it.
                let offset = Nanoseconds(Int64.random(in: -bound.count...bound.count, using: &generator))
                for name in 0..<Int.random(in: 1...3, using: &generator) {
                    switch kind {
                    case 0, 1:
                        let isSameAddress = Bool.random(using: &generator)
                        let address = isSameAddress ? nil : "203.0.113.\(number * 8 + UInt32(name)):123"
                        voters.append(Self.voter(number, offset, bound, address: address))
                    case 2:
                        let free = NTPReference(id: 0x7F7F_0100 + number, stratum: 10)
                        voters.append(Self.voter(number, .seconds(3), .microseconds(2), reference: free))
                    default: voters.append(Self.silent(number))
                    }
                }
            }
            voters.shuffle(using: &generator)
            let good = clocks.count { $0.1 < 2 }
            let place = "run \(run) of seed \(generator.seed)"
            switch NTPSynchronization.outcome(of: voters, at: Self.now) {
            case .bounded(let bound):
                bounded += 1
                #expect(good * 2 > clocks.count, "\(place)")
                #expect(bound.interval?.contains(.ours) == true, "\(place)")
            default:
                refused += 1
                #expect(good * 2 <= clocks.count, "a true one is lost: \(place)")
            }
        }
        #expect(bounded > 1_000 && refused > 1_000)
    }
}
