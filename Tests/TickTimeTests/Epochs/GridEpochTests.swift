import TestSupport
import TickTime
import Testing

@Suite("The epoch of a session on a given grid")
struct GridEpochTests {
    private static let tai37 = TAIOffset(seconds: 37, source: .kernel)

    private static func reading(utc: Int64, monotonic: Int64 = 5_000_000_000) -> AnchorReading {
        AnchorReading(
            monotonic: MonotonicInstant(nanoseconds: monotonic), utc: UTCInstant(nanoseconds: utc),
            uncertainty: Nanoseconds(40))
    }

    @Test("it is tick 0 of the grid on both clocks, however long before the boot, and no tick is off by a nanosecond")
    func oneInstant() throws {
        var random = SeededGenerator()
        print("epochs on a grid: seed \(random.seed)")
        let rates = try GridPhaseTests.rates()
        for run in 0..<3_000 {
            let rate = rates[run % rates.count]
            let origin = Int64.random(in: 0...2_000_000_000_000_000_000, using: &random)
            let tick = try #require(
                rate.lastTickDue(after: Nanoseconds(.random(in: 0...1_500_000_000_000_000_000, using: &random))))
            let own = try rate.offset(ofTick: tick)
            let grid = try GridPhase(tick: tick, tai: TAIInstant(nanoseconds: origin + own.count))
            let now = Int64.random(in: 1_000_000_000_000_000_000...4_000_000_000_000_000_000, using: &random)
            let monotonic = Int64.random(in: 0...1_000_000_000_000_000, using: &random)
            let correction = Int64.random(in: -900_000_000...900_000_000, using: &random)
            let epoch = try SessionEpoch.plan(
                reading: Self.reading(utc: now, monotonic: monotonic), grid: grid, rate: rate, utcSource: .cluster,
                utcCorrection: Nanoseconds(correction), taiOffset: Self.tai37)
            let context: Comment = "seed \(random.seed): \(rate), \(grid), \(now)"
            // The monotonic reading of the phase's instant, from the distance of the two on the schedule's UTC.
            let ahead = Int128(grid.tai.nanoseconds) - 37_000_000_000 - Int128(now) - Int128(correction)
            let mine = Int128(monotonic) + ahead
            try #require(Int128(epoch.monotonic.nanoseconds) == mine - Int128(own.count), context)
            try #require(epoch.utc.nanoseconds == origin - 37_000_000_000, context)
            try #require(epoch.utc - epoch.hostUTC == Nanoseconds(correction), context)
            // deadline(n) = the phase's instant + (offset(n) − offset(n0)), for a tick about now.
            let steps = TickGrid(rate: rate, epoch: epoch.monotonic)
            let n = steps.firstTickDue(notBefore: MonotonicInstant(nanoseconds: monotonic))
            let deadline = mine + Int128(try rate.offset(ofTick: n).count) - Int128(own.count)
            try #require(Int128(try steps.deadline(of: n).nanoseconds) == deadline, context)
        }
    }

    @Test("it has the reading's uncertainty, the source of UTC, and no alignment")
    func facts() throws {
        let grid = try GridPhase(tick: 0, tai: TAIInstant(nanoseconds: 1_600_000_000_123_456_789))
        let epoch = try SessionEpoch.plan(
            reading: Self.reading(utc: 1_794_000_000_000_000_000), grid: grid, rate: .fps25, utcSource: .ntp,
            taiOffset: Self.tai37)
        #expect(epoch.uncertainty == Nanoseconds(40) && epoch.utcSource == .ntp && epoch.taiOffset == Self.tai37)
        #expect(epoch.alignment == .none && epoch.alignmentIndex == nil && !epoch.isExactInMilliseconds)
        #expect(epoch.utc.nanoseconds == 1_599_999_963_123_456_789 && epoch.hostUTC == epoch.utc)
        #expect(epoch.monotonic.nanoseconds == 5_000_000_000 - (1_794_000_000_000_000_000 - epoch.utc.nanoseconds))
    }

    @Test("the grid of ST 2059-1, whose tick 0 lies 37 s before 1970 by the UTC of today, ticks on its points")
    func smpte() throws {
        let grid = try GridPhase(tick: 0, tai: TAIInstant(nanoseconds: 0))
        let epoch = try SessionEpoch.plan(
            reading: Self.reading(utc: 1_794_000_000_000_000_000), grid: grid, rate: .fps5994, utcSource: .system,
            taiOffset: Self.tai37)
        #expect(epoch.utc.nanoseconds == -37_000_000_000)
        let now = TAIInstant(nanoseconds: 1_794_000_037_000_000_000)
        let point = try FrameRate.fps5994.firstAlignmentPoint(notBefore: now)
        #expect(try grid.firstTickDue(notBefore: now, at: .fps5994) == point.index)
        #expect(try grid.deadline(of: point.index, at: .fps5994) == point.point)
    }

    @Test("an origin outside 1970-01-01 to 2200-01-01 is refused, and so is one beyond the range of a clock")
    func ranges() throws {
        let early = try GridPhase(tick: 1_000_000, tai: TAIInstant(nanoseconds: 1_000))
        #expect(throws: TickTimeError.gridInstantOutOfRange(tick: 0, nanoseconds: 1_000 - 40_000_000_000_000)) {
            try SessionEpoch.plan(
                reading: Self.reading(utc: 0), grid: early, rate: .fps25, utcSource: .system, taiOffset: Self.tai37)
        }
        let grid = try GridPhase(tick: 0, tai: TAIInstant(nanoseconds: AdmittedRange.utcNanoseconds.upperBound))
        let late = Self.reading(utc: 0, monotonic: .max - 1_000)
        #expect(throws: TickTimeError.self) {
            try SessionEpoch.plan(
                reading: late, grid: grid, rate: .fps25, utcSource: .system, taiOffset: Self.tai37)
        }
        // A TAI − UTC that no clock has.
        #expect(throws: TickTimeError.self) {
            try SessionEpoch.plan(
                reading: Self.reading(utc: 0), grid: try GridPhase(tick: 0, tai: TAIInstant(nanoseconds: 5)),
                rate: .fps25,
                utcSource: .system, taiOffset: TAIOffset(seconds: 100_000, source: .kernel))
        }
    }

    @Test("TAI of an earlier instant lacks the leap seconds since, and has whatever the host's offset has beyond them")
    func leapSeconds() {
        let now = UTCInstant(nanoseconds: 1_794_000_000_000_000_000)
        // 2010-01-01: 34 s; 2016-12-31T23:59:59.999999999: 36 s; 2017-01-01: 37 s.
        for (utc, seconds) in [
            (1_262_304_000_000_000_000, 34), (1_483_228_799_999_999_999, 36), (1_483_228_800_000_000_000, 37),
            (1_900_000_000_000_000_000, 37),
        ] as [(Int64, Int64)] {
            let utc = UTCInstant(nanoseconds: utc)
            #expect(Self.tai37.seconds(at: utc, now: now, by: .builtIn) == seconds)
            // A kernel that knows of one more.
            let later = TAIOffset(seconds: 38, source: .kernel)
            #expect(later.seconds(at: utc, now: now, by: .builtIn) == seconds + 1)
        }
    }
}
