import TestSupport
import TickTime
import Testing

/// Offsets by the definition of rounding, found by bisection: the whole number k with −num < 2·(k·num − n·P) ≤ num,
/// where P = 10⁹ · den. No formula of the library takes part.
private func exactOffset(_ tick: Int64, _ rate: FrameRate) -> Int128 {
    let (numerator, exact) = (Int128(rate.numerator), Int128(tick) * Int128(rate.denominator) * 1_000_000_000)
    var (low, high) = (Int128(0), Int128(1) << 64)
    while low < high {
        let middle = (low + high) / 2
        if 2 * (middle * numerator - exact) > -numerator { high = middle } else { low = middle + 1 }
    }
    return low
}

@Suite("The phase of a grid")
struct GridPhaseTests {
    private struct PhaseCase: Decodable {
        let rate: String
        let tick: Int64
        let taiNs: Int64
        let ofTick: Int64
        let deadlineTaiNs: Int64
        let instantTaiNs: Int64
        let firstTickDue: Int64
    }

    static func rates() throws -> [FrameRate] {
        FrameRate.listed + [.fps5994, try FrameRate(1, over: 10), try FrameRate(1_000)]
    }

    private static let admitted = AdmittedRange.taiNanoseconds

    /// A random phase whose tick 0 lies within the admitted range.
    private static func phase(_ rate: FrameRate, _ random: inout SeededGenerator) throws -> GridPhase {
        let origin = Int64.random(in: 0...4_000_000_000_000_000_000, using: &random)
        // Up to a century of ticks after it.
        let tick = try #require(
            rate.lastTickDue(after: Nanoseconds(.random(in: 0...3_155_760_000_000_000_000, using: &random))))
        return try GridPhase(tick: tick, tai: TAIInstant(nanoseconds: origin + (try rate.offset(ofTick: tick)).count))
    }

    @Test("deadlines and first ticks due are those that another program computed")
    func computed() throws {
        let cases = try Cases.read("grid_phases", as: PhaseCase.self)
        for one in cases {
            let rate = try FrameRate(parsing: one.rate)
            let grid = try GridPhase(tick: one.tick, tai: TAIInstant(nanoseconds: one.taiNs))
            #expect(try grid.deadline(of: one.ofTick, at: rate).nanoseconds == one.deadlineTaiNs, "\(one)")
            let instant = TAIInstant(nanoseconds: one.instantTaiNs)
            #expect(try grid.firstTickDue(notBefore: instant, at: rate) == one.firstTickDue, "\(one)")
        }
        #expect(cases.count > 200)
    }

    @Test("a tick is due as long after the phase's tick as their exact offsets are apart, decades away as well")
    func deadlines() throws {
        var random = SeededGenerator()
        print("deadlines of a grid: seed \(random.seed)")
        let rates = try Self.rates()
        for run in 0..<4_000 {
            let rate = rates[run % rates.count]
            let grid = try Self.phase(rate, &random)
            #expect(try grid.deadline(of: grid.tick, at: rate) == grid.tai)
            let tick = try #require(
                rate.lastTickDue(after: Nanoseconds(.random(in: 0...3_155_760_000_000_000_000, using: &random))))
            let expected =
                Int128(grid.tai.nanoseconds) + exactOffset(tick, rate) - exactOffset(grid.tick, rate)
            let deadline = try grid.deadline(of: tick, at: rate)
            try #require(Int128(deadline.nanoseconds) == expected, "seed \(random.seed): \(rate), \(grid), \(tick)")
        }
    }

    @Test("any tick names the grid: a phase that was renewed has the same deadlines")
    func renewed() throws {
        var random = SeededGenerator()
        print("renewed phases: seed \(random.seed)")
        let rates = try Self.rates()
        for run in 0..<2_000 {
            let rate = rates[run % rates.count]
            let grid = try Self.phase(rate, &random)
            let ticks = [0, grid.tick / 3, grid.tick + 7, grid.tick + 1]
            for tick in ticks {
                let renewed = try GridPhase(tick: tick, tai: try grid.deadline(of: tick, at: rate))
                for other in ticks {
                    let (a, b) = (
                        try grid.deadline(of: other, at: rate), try renewed.deadline(of: other, at: rate)
                    )
                    try #require(a == b, "seed \(random.seed): \(rate), \(grid), \(tick), \(other)")
                }
            }
        }
    }

    @Test("the first tick due at or after an instant is due then, and the one before it is not")
    func firstTickDue() throws {
        var random = SeededGenerator()
        print("first ticks due: seed \(random.seed)")
        let rates = try Self.rates()
        for run in 0..<4_000 {
            let rate = rates[run % rates.count]
            let grid = try Self.phase(rate, &random)
            let near = try grid.deadline(of: max(0, grid.tick + .random(in: -1_000...1_000, using: &random)), at: rate)
            let instants = [
                near.nanoseconds - 1, near.nanoseconds, near.nanoseconds + 1,
                .random(in: 0...7_000_000_000_000_000_000, using: &random),
            ]
            for instant in instants {
                let first = try grid.firstTickDue(notBefore: TAIInstant(nanoseconds: instant), at: rate)
                func due(_ tick: Int64) -> Int128 {
                    Int128(grid.tai.nanoseconds) + exactOffset(tick, rate) - exactOffset(grid.tick, rate)
                }
                let context: Comment = "seed \(random.seed): \(rate), \(grid), \(instant), \(first)"
                try #require(due(first) >= Int128(instant), context)
                try #require(first == 0 || due(first - 1) < Int128(instant), context)
            }
        }
    }

    @Test("on this host's clock, and after tick 0, the first tick due is the inverse of the deadline")
    func firstTickOnAGrid() throws {
        var random = SeededGenerator()
        print("first ticks on a grid: seed \(random.seed)")
        let rates = try Self.rates()
        for run in 0..<2_000 {
            let rate = rates[run % rates.count]
            // Before the boot, and after it.
            let epoch = MonotonicInstant(
                nanoseconds: .random(in: -4_000_000_000_000_000_000...9_000_000_000, using: &random))
            let grid = TickGrid(rate: rate, epoch: epoch)
            let tick = try #require(rate.lastTickDue(after: Nanoseconds(.random(in: 0...(1 << 61), using: &random))))
            let deadline = try grid.deadline(of: tick)
            #expect(grid.firstTickDue(notBefore: deadline) == tick, "seed \(random.seed)")
            #expect(grid.firstTickDue(notBefore: deadline + Nanoseconds(1)) == tick + 1, "seed \(random.seed)")
            #expect(rate.firstTickDue(notBefore: deadline - epoch) == tick, "seed \(random.seed)")
            #expect(grid.lastTickDue(at: deadline) == tick, "seed \(random.seed)")
        }
        #expect(FrameRate.fps25.firstTickDue(notBefore: Nanoseconds(.min)) == 0)
        #expect(
            TickGrid(rate: .fps25, epoch: .init(nanoseconds: 5)).firstTickDue(notBefore: .init(nanoseconds: .min)) == 0)
    }

    @Test("what no grid can have is refused, by its name")
    func ranges() throws {
        let tai = TAIInstant(nanoseconds: 1_794_000_000_000_000_000)
        #expect(throws: TickTimeError.negativeTick(-1)) { try GridPhase(tick: -1, tai: tai) }
        for bad in [-1, Self.admitted.upperBound + 1, .min, .max] {
            let error = TickTimeError.gridInstantOutOfRange(tick: 3, nanoseconds: bad)
            #expect(throws: error) { try GridPhase(tick: 3, tai: TAIInstant(nanoseconds: bad)) }
            #expect(error.description.contains("tick 3") && error.description.contains("1970-01-01 to 2200-01-01"))
        }
        for bad in [-1, 86_400_000_000_001, .max] as [Int64] {
            #expect(throws: TickTimeError.gridBoundOutOfRange(nanoseconds: bad)) {
                try GridPhase(tick: 0, tai: tai, bound: Nanoseconds(bad))
            }
        }
        // Tick 0 before 1970, and a tick after 2200; an offset beyond any clock.
        let late = try GridPhase(tick: 60 * 86_400 * 366 * 60, tai: tai)
        #expect(throws: TickTimeError.self) { try late.origin(at: .fps25) }
        let grid = try GridPhase(tick: 0, tai: tai)
        #expect(throws: TickTimeError.self) { try grid.deadline(of: 25 * 86_400 * 366 * 200, at: .fps25) }
        #expect(throws: TickTimeError.deadlineOutOfRange(tick: .max, rate: .fps25)) {
            try grid.deadline(of: .max, at: .fps25)
        }
        #expect(throws: TickTimeError.self) {
            try grid.firstTickDue(notBefore: TAIInstant(nanoseconds: .max), at: .fps25)
        }
        #expect(try grid.firstTickDue(notBefore: TAIInstant(nanoseconds: .min), at: .fps25) == 0)
    }
}
