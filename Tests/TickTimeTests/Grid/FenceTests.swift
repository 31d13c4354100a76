import TestSupport
import Testing
import TickTime

private struct FenceCase: Decodable, Sendable {
    let rate: String, milliseconds: Int64, fence: Int64

    private enum CodingKeys: String, CodingKey {
        case rate
        case milliseconds = "block_end_minus_epoch_ms"
        case fence = "fence_tick"
    }
}

@Suite("Fences")
struct FenceTests {
    /// Epochs of all kinds: on the origin, in the present, before 1970, on no whole millisecond.
    private static let epochs: [Int64] = [0, 1_794_000_000_000_000_000, -86_400_000_000_000, 1_794_000_000_123_456_789]

    @Test("the vectors, from any epoch", arguments: epochs)
    func vectors(epochNanoseconds: Int64) throws {
        let epoch = UTCInstant(nanoseconds: epochNanoseconds)
        for given in try Vectors.cases("fences", as: FenceCase.self) {
            let rate = try FrameRate(parsing: given.rate)
            let end = epoch + .milliseconds(given.milliseconds)
            #expect(rate.fence(of: end, epoch: epoch) == given.fence, "\(given)")
        }
    }

    @Test("a fence is the first tick that is not before the block's end, to the nanosecond")
    func firstTickNotBefore() throws {
        var generator = SeededGenerator()
        let epoch = UTCInstant(nanoseconds: 1_794_000_000_000_000_000)
        for _ in 0..<5_000 {
            let rate = try #require(FrameRate.listed.randomElement(using: &generator))
            let length = Int64.random(in: 1...400_000_000_000_000_000, using: &generator)
            let fence = rate.fence(of: epoch + Nanoseconds(length), epoch: epoch)
            // Exact instants, unrounded: tick n is not before the end when n·10⁹·den ≥ length·num.
            let period = UInt64(rate.denominator) * 1_000_000_000
            let end = UInt64(length).multipliedFullWidth(by: UInt64(rate.numerator))
            let at = UInt64(fence).multipliedFullWidth(by: period)
            let before = UInt64(fence - 1).multipliedFullWidth(by: period)
            #expect((at.high, at.low) >= (end.high, end.low), "seed \(generator.seed), \(rate), \(length) ns")
            #expect((before.high, before.low) < (end.high, end.low), "seed \(generator.seed), \(rate), \(length) ns")
        }
    }

    @Test("UTC authority is unchanged for fence math: no monotonic clock takes part, nor a later step of UTC")
    func utcAuthority() {
        let utc = UTCInstant(nanoseconds: 1_794_000_000_000_000_000)
        let end = utc + .seconds(30)
        // Two sessions of one UTC epoch, whose hosts' monotonic clocks and wall clocks say otherwise.
        let sessions = [(1_000, 0), (77_000_000_000_000, -7_200_000_000_000)].map { (monotonic: Int64, step: Int64) in
            SessionEpoch(
                utc: utc, utcSource: .system, hostUTC: utc + Nanoseconds(step),
                monotonic: MonotonicInstant(nanoseconds: monotonic), uncertainty: Nanoseconds(100))
        }
        for session in sessions {
            #expect(FrameRate.fps5994.fence(of: end, epoch: session.utc) == 1799)
            #expect(FrameRate.fps2997.fence(of: end, epoch: session.utc) == 900)
        }
    }

    @Test("a whole tick's instant is its own fence, and one nanosecond more is the next")
    func exactInstants() {
        let epoch = UTCInstant(nanoseconds: 0)
        #expect(FrameRate.fps25.fence(of: epoch + .milliseconds(40), epoch: epoch) == 1)
        #expect(FrameRate.fps25.fence(of: epoch + Nanoseconds(40_000_001), epoch: epoch) == 2)
        #expect(FrameRate.fps25.fence(of: epoch + Nanoseconds(1), epoch: epoch) == 1)
    }

    @Test("the two ends of UTC are 584 years apart and have a fence at every rate")
    func wholeRange() throws {
        let (first, last) = (UTCInstant(nanoseconds: .min), UTCInstant(nanoseconds: .max))
        #expect(try FrameRate(1_000_000).fence(of: last, epoch: first) == 18_446_744_073_709_552)
        #expect(FrameRate.fps25.fence(of: first, epoch: last) == 0)
    }
}
