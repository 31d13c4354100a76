import TestSupport
import Testing
import TickTime

private struct DeadlineCase: Decodable, Sendable {
    let rate: String, tick: Int64, offset: Int64

    private enum CodingKeys: String, CodingKey {
        case rate, tick
        case offset = "offset_ns"
    }
}

private struct LastTickCase: Decodable, Sendable {
    let rate: String, elapsed: Int64, lastTickDue: Int64?

    private enum CodingKeys: String, CodingKey {
        case rate
        case elapsed = "elapsed_ns"
        case lastTickDue = "last_tick_due"
    }
}

/// Long division by hand, three decimals at a time: `tick · 10⁹ · den / num` as a quotient and a
/// remainder, without the 128-bit arithmetic that is under test.
private func longDivision(tick: Int64, rate: FrameRate) -> (quotient: Int64, remainder: UInt64) {
    // tick = wholes · num + rest, and `wholes` times num frames last exactly wholes · den seconds.
    let (wholes, rest) = tick.quotientAndRemainder(dividingBy: Int64(rate.numerator))
    let seconds = UInt64(rest) * UInt64(rate.denominator)
    var quotient = Int64(seconds / UInt64(rate.numerator))
    var remainder = seconds % UInt64(rate.numerator)
    for factor: UInt64 in [1_000, 1_000, 1_000] {
        remainder *= factor
        quotient = quotient * Int64(factor) + Int64(remainder / UInt64(rate.numerator))
        remainder %= UInt64(rate.numerator)
    }
    return (wholes * Int64(rate.denominator) * 1_000_000_000 + quotient, remainder)
}

/// Rounded to nearest, halves up.
private func expectedOffset(tick: Int64, rate: FrameRate) -> Int64 {
    let (quotient, remainder) = longDivision(tick: tick, rate: rate)
    return quotient + (2 * remainder >= UInt64(rate.numerator) ? 1 : 0)
}

@Suite("Tick arithmetic")
struct TickArithmeticTests {
    @Test("deadlines match the rational period: the vectors")
    func deadlineVectors() throws {
        let epoch = MonotonicInstant(nanoseconds: 1_234_567_891)
        for given in try Vectors.cases("deadlines", as: DeadlineCase.self) {
            let rate = try FrameRate(parsing: given.rate)
            #expect(try rate.offset(ofTick: given.tick).count == given.offset, "\(given)")
            guard given.offset < Int64.max - epoch.nanoseconds else { continue }
            let deadline = try TickGrid(rate: rate, epoch: epoch).deadline(of: given.tick)
            #expect(deadline - epoch == Nanoseconds(given.offset), "\(given)")
        }
    }

    @Test(
        "deadlines match the rational period: every tick, against counting remainders up", arguments: FrameRate.listed)
    func deadlinesMatchCounting(rate: FrameRate) throws {
        let period = UInt64(rate.denominator) * 1_000_000_000
        let numerator = UInt64(rate.numerator)
        var (whole, remainder) = (UInt64(0), UInt64(0))
        var mismatches: [Int64] = []
        for tick in Int64(0)..<250_000 {
            let expected = Int64(whole) + (2 * remainder >= numerator ? 1 : 0)
            if try rate.offset(ofTick: tick).count != expected { mismatches.append(tick) }
            whole += (remainder + period) / numerator
            remainder = (remainder + period) % numerator
        }
        #expect(mismatches.isEmpty, "ticks \(mismatches.prefix(5))")
    }

    @Test("the last tick due: the vectors")
    func lastTickDueVectors() throws {
        for given in try Vectors.cases("last_tick_due", as: LastTickCase.self) {
            let rate = try FrameRate(parsing: given.rate)
            #expect(rate.lastTickDue(after: Nanoseconds(given.elapsed)) == given.lastTickDue, "\(given)")
        }
    }

    @Test("no tick is due before the epoch, and tick 0 is due on it")
    func aroundTheEpoch() {
        let grid = TickGrid(rate: .fps5994, epoch: MonotonicInstant(nanoseconds: 5_000))
        #expect(grid.lastTickDue(at: MonotonicInstant(nanoseconds: 4_999)) == nil)
        #expect(grid.lastTickDue(at: MonotonicInstant(nanoseconds: .min)) == nil)
        #expect(grid.lastTickDue(at: grid.epoch) == 0)
        #expect(FrameRate.fps5994.lastTickDue(after: Nanoseconds(-1)) == nil)
    }

    @Test("deadline and last tick due are exact inverses, and deadlines strictly rise, at any rate")
    func inverses() throws {
        var generator = SeededGenerator()
        for _ in 0..<20_000 {
            let rate = try randomRate(using: &generator)
            let last = try #require(rate.lastTickDue(after: Nanoseconds(.max)))
            let tick = Int64.random(in: 1...max(1, last), using: &generator)
            guard let offset = try? rate.offset(ofTick: tick) else { continue }
            let context: Comment = "seed \(generator.seed), rate \(rate.rational), tick \(tick)"
            #expect(offset.count == expectedOffset(tick: tick, rate: rate), context)
            #expect(rate.lastTickDue(after: offset) == tick, context)
            #expect(rate.lastTickDue(after: offset - Nanoseconds(1)) == tick - 1, context)
            #expect(try rate.offset(ofTick: tick - 1) < offset, context)
        }
    }

    @Test("no drift over 100 years at any listed rate", arguments: FrameRate.listed)
    func noDrift(rate: FrameRate) throws {
        var generator = SeededGenerator()
        let century: Int64 = 36_525 * 86_400
        // num frames last den seconds exactly, however often.
        for _ in 0..<2_000 {
            let times = Int64.random(in: 0...(century / Int64(rate.denominator)), using: &generator)
            let offset = try rate.offset(ofTick: times * Int64(rate.numerator))
            #expect(offset == .seconds(times * Int64(rate.denominator)), "seed \(generator.seed), \(times) times")
        }
        let framesInACentury = century / Int64(rate.denominator) * Int64(rate.numerator)
        for _ in 0..<2_000 {
            let tick = Int64.random(in: 0...framesInACentury, using: &generator)
            let offset = try rate.offset(ofTick: tick).count
            #expect(offset == expectedOffset(tick: tick, rate: rate), "seed \(generator.seed), tick \(tick)")
        }
    }

    @Test(
        "past the range of the clock a deadline is refused, and the last in range is exact", arguments: FrameRate.listed
    )
    func endOfRange(rate: FrameRate) throws {
        let last = try #require(rate.lastTickDue(after: Nanoseconds(.max)))
        #expect(try rate.offset(ofTick: last).count == expectedOffset(tick: last, rate: rate))
        for tick in [last + 1, .max] {
            #expect(throws: TickTimeError.deadlineOutOfRange(tick: tick, rate: rate)) { try rate.offset(ofTick: tick) }
        }
        let grid = TickGrid(rate: rate, epoch: MonotonicInstant(nanoseconds: 1_000_000_000_000))
        #expect(throws: TickTimeError.deadlineOutOfRange(tick: last, rate: rate)) { try grid.deadline(of: last) }
        #expect(throws: TickTimeError.negativeTick(-1)) { try grid.deadline(of: -1) }
        #expect(throws: TickTimeError.negativeTick(.min)) { try rate.offset(ofTick: .min) }
    }

    @Test("the extreme rates are exact and stay in range")
    func extremeRates() throws {
        let fastest = try FrameRate(1_000_000)
        #expect(try fastest.offset(ofTick: 9_223_372_036_854_775).count == 9_223_372_036_854_775_000)
        #expect(fastest.lastTickDue(after: Nanoseconds(.max)) == 9_223_372_036_854_775)
        let slowest = try FrameRate(1, over: .max)
        #expect(try slowest.offset(ofTick: 2) == .seconds(2 * 4_294_967_295))
        #expect(slowest.lastTickDue(after: Nanoseconds(.max)) == 2)
        #expect(throws: TickTimeError.deadlineOutOfRange(tick: 3, rate: slowest)) { try slowest.offset(ofTick: 3) }
        let odd = try FrameRate(.max, over: 4_294_967_294)
        #expect(try odd.offset(ofTick: 4_294_967_295) == .seconds(4_294_967_294))
    }

    @Test("a clock read more than 292 years after the epoch is taken as 292 years after")
    func clampedElapsedTime() {
        let grid = TickGrid(rate: .fps25, epoch: MonotonicInstant(nanoseconds: .min))
        let atTheEnd = FrameRate.fps25.lastTickDue(after: Nanoseconds(.max))
        #expect(grid.lastTickDue(at: MonotonicInstant(nanoseconds: .max)) == atTheEnd)
    }

    /// Parts over the whole range of 32 bits, each magnitude as likely as another.
    private func randomRate(using generator: inout SeededGenerator) throws -> FrameRate {
        while true {
            let (numerator, denominator) = (randomPart(using: &generator), randomPart(using: &generator))
            if let rate = try? FrameRate(numerator, over: denominator) { return rate }
        }
    }

    private func randomPart(using generator: inout SeededGenerator) -> UInt32 {
        UInt32.random(in: 1...UInt32.max, using: &generator) >> UInt32.random(in: 0...31, using: &generator)
    }
}
