import TestSupport
import Testing
import TickTime

/// The checks of the live stations, against evidence that is made to be wrong.
@Suite("The evidence of stations")
struct StationEvidenceTests {
    private static let period = Int64(40_000_000)

    /// Host a has ticks 0 to 9, and host b, whose grid is 1 ms later, ticks 20 to 29.
    private static var evidence: StationEvidence {
        let ticks = Array(Int64(0)..<10) + Array(20..<30)
        return StationEvidence(
            onAir: ticks.map { tick in
                let (host, number, late) = tick < 10 ? ("a", 1, Int64(0)) : ("b", 2, 1_000_000)
                let deadline = tick * period + late
                return .init(
                    host: host, start: number, tick: tick, fencingNumber: Int64(number), startNs: deadline + 100,
                    deadlineNs: deadline)
            })
    }

    @Test("a gap and a phase jump are measured in true time")
    func measures() throws {
        let evidence = Self.evidence, gaps = evidence.gaps
        #expect(gaps.map(\.length) == [11 * Self.period + 1_000_000])
        #expect(gaps.first?.before.host == "a" && gaps.first?.after.host == "b")
        #expect(try evidence.phaseJumps(at: FrameRate(25)) == [1_000_000])
        var sink = FencingSink()
        for frame in evidence.frames { sink.take(frame) }
        #expect(sink.taken == 20 && sink.refused.isEmpty)
    }

    @Test("a tick of an earlier owner that is on air later is found, by the device and by its instant")
    func late() {
        let last = 29 * Self.period + 1_000_000
        let late = StationEvidence.OnAir(
            host: "a", start: 1, tick: 40, fencingNumber: 1, startNs: last + Self.period, deadlineNs: last)
        let doctored = StationEvidence(onAir: Self.evidence.onAir + [late])
        var sink = FencingSink()
        for frame in doctored.frames { sink.take(frame) }
        #expect(sink.refused.map(\.why) == [.lowerNumber])
        #expect(doctored.ticks(of: "a", after: last, before: .max).map(\.tick) == [40])
        #expect(Self.evidence.ticks(of: "a", after: last, before: .max).isEmpty)
    }

    @Test("a stamp below an earlier one, and a primary that stamps beside another, are found")
    func stamps() {
        func stamp(_ start: Int, _ at: Int64, _ utc: Int64) -> StationStamp {
            StationStamp(start: start, startNs: at, utcNs: utc)
        }
        let good = [stamp(1, 1, 10), stamp(1, 2, 10), stamp(2, 5, 10), stamp(2, 6, 12)]
        #expect(StationStamp.falls(good).isEmpty && StationStamp.changes(good).count == 1)
        #expect(StationStamp.falls(good + [stamp(3, 9, 11)]).count == 1)
        // Two views, and three changes: they overlap.
        #expect(StationStamp.changes([stamp(1, 1, 1), stamp(2, 2, 2), stamp(1, 3, 3), stamp(2, 4, 4)]).count == 3)
    }

    @Test("a spread names the least, the median and the greatest, and the limit of a gap is that of the documentation")
    func spreads() {
        #expect(StationSpread([]).description == "none" && StationSpread([]).greatest == 0)
        #expect(
            StationSpread([3_000_000_000, 1_000_000_000, 2_500_000_000]).description
                == "3 of them, least 1.000 s, median 2.500 s, greatest 3.000 s")
        #expect(StationLimits.gap(period: Self.period) == 5_240_300_016)
    }
}
