import TestSupport
import Testing
import TickTime

@Suite("Planning the epoch")
struct EpochPlanTests {
    private static let tai37 = TAIOffset(seconds: 37, source: .builtIn)

    private func reading(utc: Int64, monotonic: Int64 = 5_000_000_000) -> AnchorReading {
        AnchorReading(
            monotonic: MonotonicInstant(nanoseconds: monotonic), utc: UTCInstant(nanoseconds: utc),
            uncertainty: Nanoseconds(40))
    }

    private func plan(
        utc: Int64, rate: FrameRate = .fps5994, alignment: Alignment, correction: Int64 = 0,
        taiOffset: TAIOffset? = tai37
    ) throws(TickTimeError) -> SessionEpoch {
        try SessionEpoch.plan(
            reading: reading(utc: utc), rate: rate, alignment: alignment, utcSource: .system,
            utcCorrection: Nanoseconds(correction), taiOffset: taiOffset)
    }

    @Test(
        "the epoch is the first whole millisecond or second at least 20 ms ahead",
        arguments: [
            (.none, 1_000_000_000, 1_020_000_000), (.none, 1_000_000_001, 1_021_000_000),
            (.none, 1_000_999_999, 1_021_000_000), (.none, -1, 20_000_000), (.none, -20_000_001, 0),
            (.second, 1_980_000_000, 2_000_000_000), (.second, 1_980_000_001, 3_000_000_000),
            (.second, -20_000_000, 0), (.second, -20_000_001, 0), (.second, -1_020_000_001, -1_000_000_000),
        ] as [(Alignment, Int64, Int64)])
    func wholeUnits(alignment: Alignment, utc: Int64, expected: Int64) throws {
        let epoch = try plan(utc: utc, alignment: alignment)
        #expect(epoch.utc.nanoseconds == expected)
        #expect(epoch.isExactInMilliseconds && epoch.alignmentIndex == nil)
        #expect(epoch.alignment == alignment && epoch.taiOffset == Self.tai37)
        #expect(epoch.uncertainty == Nanoseconds(40) && epoch.utcSource == .system)
    }

    @Test("all anchors name one instant, and it is near", arguments: Alignment.allCases)
    func oneInstant(alignment: Alignment) throws {
        var generator = SeededGenerator()
        for _ in 0..<1_000 {
            let rate = try #require(FrameRate.listed.randomElement(using: &generator))
            let utc = Int64.random(in: 0...4_000_000_000_000_000_000, using: &generator)
            let correction = Int64.random(in: -900_000_000...900_000_000, using: &generator)
            let epoch = try plan(utc: utc, rate: rate, alignment: alignment, correction: correction)
            let lead = epoch.monotonic - MonotonicInstant(nanoseconds: 5_000_000_000)
            let context: Comment = "seed \(generator.seed), \(rate), UTC \(utc), correction \(correction)"
            #expect(epoch.hostUTC.nanoseconds == utc + lead.count, context)
            #expect(epoch.utc - epoch.hostUTC == Nanoseconds(correction), context)
            let unit = [
                .none: .milliseconds(1), .second: .seconds(1), .st2059: try rate.offset(ofTick: 1) + Nanoseconds(1),
            ][alignment, default: Nanoseconds.zero]
            #expect(lead >= .milliseconds(20) && lead < .milliseconds(20) + unit, context)
        }
    }

    @Test("an ST 2059-1 epoch lies on the point that its index names, and ticks go on from there")
    func alignmentIndex() throws {
        var generator = SeededGenerator()
        for rate in FrameRate.listed {
            let utc = Int64.random(in: 0...4_000_000_000_000_000_000, using: &generator)
            let epoch = try plan(utc: utc, rate: rate, alignment: .st2059)
            let index = try #require(epoch.alignmentIndex)
            let tai = TAIInstant(nanoseconds: epoch.utc.nanoseconds + 37_000_000_000)
            #expect(try rate.alignmentPoint(index) == tai, "seed \(generator.seed), \(rate)")
            // Two hosts, started at different times, agree on every frame's instant to a nanosecond.
            let later = try plan(utc: utc + 12_345_678_901, rate: rate, alignment: .st2059)
            let behind = try #require(later.alignmentIndex) - index
            let expected = epoch.utc + (try rate.offset(ofTick: behind))
            #expect((later.utc - expected).magnitude <= Nanoseconds(1), "seed \(generator.seed), \(rate)")
        }
    }

    @Test("ST 2059-1 without TAI − UTC is refused; the others do without")
    func missingOffset() throws {
        #expect(throws: TickTimeError.alignmentNeedsTAIOffset) {
            try plan(utc: 0, alignment: .st2059, taiOffset: nil)
        }
        #expect(TickTimeError.alignmentNeedsTAIOffset.description.contains("give the kernel's offset"))
        #expect(try plan(utc: 0, alignment: .none, taiOffset: nil).taiOffset == nil)
    }

    @Test("near the ends of the clocks' ranges a plan is refused, not wrapped", arguments: Alignment.allCases)
    func ends(alignment: Alignment) {
        #expect(throws: TickTimeError.self) { try plan(utc: .max, alignment: alignment) }
        #expect(throws: TickTimeError.self) { try plan(utc: .max - 20_000_000, alignment: alignment) }
        #expect(throws: TickTimeError.self) { try plan(utc: 1, alignment: alignment, correction: .max) }
        #expect(throws: TickTimeError.self) { try plan(utc: -2, alignment: alignment, correction: .min) }
        #expect(throws: Never.self) { try plan(utc: .min, alignment: alignment) }
        let late = AnchorReading(
            monotonic: MonotonicInstant(nanoseconds: .max - 1_000), utc: UTCInstant(nanoseconds: 0), uncertainty: .zero)
        #expect(throws: TickTimeError.instantOutOfRange(nanoseconds: .max - 1_000)) {
            try SessionEpoch.plan(
                reading: late, rate: .fps25, alignment: alignment, utcSource: .system, taiOffset: Self.tai37)
        }
    }

    @Test("an epoch says its milliseconds floored, and whether they are exact")
    func milliseconds() {
        for (nanoseconds, floored, exact) in [(1_999_999, 1, false), (2_000_000, 2, true), (-1, -1, false)] {
            let utc = UTCInstant(nanoseconds: Int64(nanoseconds))
            let epoch = SessionEpoch(
                utc: utc, utcSource: .system, hostUTC: utc, monotonic: MonotonicInstant(nanoseconds: 0),
                uncertainty: .zero)
            #expect(epoch.utcMilliseconds == Int64(floored) && epoch.isExactInMilliseconds == exact)
        }
    }
}

@Suite("An epoch that is not to lie before an instant")
struct LaterEpochTests {
    private static let reading = AnchorReading(
        monotonic: MonotonicInstant(nanoseconds: 7_000_000_000),
        utc: UTCInstant(nanoseconds: 1_794_000_000_000_300_000), uncertainty: Nanoseconds(40))

    @Test("it is the first allowed instant from there on, on both clocks; one too near is as if not given")
    func later() throws {
        for (alignment, expected) in [
            (Alignment.none, 1_794_000_090_251_000_000), (.second, 1_794_000_091_000_000_000),
        ] {
            let epoch = try SessionEpoch.plan(
                reading: Self.reading, rate: .fps25, alignment: alignment, utcSource: .system, taiOffset: nil,
                notBefore: UTCInstant(nanoseconds: 1_794_000_090_250_000_001))
            #expect(epoch.utc.nanoseconds == expected)
            #expect(epoch.monotonic - Self.reading.monotonic == epoch.utc - Self.reading.utc)
        }
        let near = try SessionEpoch.plan(
            reading: Self.reading, rate: .fps25, alignment: .none, utcSource: .system, taiOffset: nil,
            notBefore: UTCInstant(nanoseconds: 1_794_000_000_000_400_000))
        #expect(near.utc.nanoseconds == 1_794_000_000_021_000_000)
    }
}
