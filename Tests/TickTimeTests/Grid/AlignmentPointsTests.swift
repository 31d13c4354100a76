import TestSupport
import Testing
import TickTime

private struct AlignmentCase: Decodable, Sendable {
    let rate: String, tai: Int64, index: Int64, nextPoint: Int64

    private enum CodingKeys: String, CodingKey {
        case rate, index
        case tai = "tai_ns"
        case nextPoint = "next_point_tai_ns"
    }
}

private struct PointCase: Decodable {
    let rate: String, taiNs: Int64, index: Int64, nextPointTaiNs: Int64
}

@Suite("ST 2059-1 alignment points")
struct AlignmentPointsTests {
    @Test("the vectors")
    func vectors() throws {
        for given in try Vectors.cases("st2059_alignment", as: AlignmentCase.self) {
            let rate = try FrameRate(parsing: given.rate)
            let found = try rate.alignment(at: TAIInstant(nanoseconds: given.tai))
            #expect(found.index == given.index, "\(given)")
            #expect(found.nextPoint.nanoseconds == given.nextPoint, "\(given)")
        }
    }

    @Test("each printed point has its own index, and the nanosecond before it the index before: the cases")
    func printedPoints() throws {
        for given in try Cases.read("alignment_points", as: PointCase.self) {
            let found = try FrameRate(parsing: given.rate).alignment(at: TAIInstant(nanoseconds: given.taiNs))
            #expect(found.index == given.index && found.nextPoint.nanoseconds == given.nextPointTaiNs, "\(given)")
        }
    }

    @Test("the index is the largest whose point is not after the instant, at random rates and instants")
    func largestIndex() throws {
        var generator = SeededGenerator()
        print("alignment points: seed \(generator.seed)")
        for _ in 0..<20_000 {
            let denominator = UInt32.random(in: 1...2_000, using: &generator)
            let numerator = UInt32.random(in: 1...(denominator * 200), using: &generator)
            let rate = try FrameRate(numerator, over: denominator)
            let tai = Int64.random(in: -2_000_000_000_000_000_000...6_000_000_000_000_000_000, using: &generator)
            let found = try rate.alignment(at: TAIInstant(nanoseconds: tai))
            // point(i) ≤ t ⟺ i·10⁹·den/num < t + ½, in whole numbers.
            func isDue(_ index: Int64) -> Bool {
                Int128(index) * 2_000_000_000 * Int128(rate.denominator)
                    < (2 * Int128(tai) + 1) * Int128(rate.numerator)
            }
            #expect(isDue(found.index) && !isDue(found.index + 1), "seed \(generator.seed), \(rate), \(tai)")
            let point = try rate.alignmentPoint(found.index)
            #expect(try rate.alignment(at: point).index == found.index, "seed \(generator.seed), \(rate), \(tai)")
        }
    }

    @Test("the points around the SMPTE epoch, before it too, lie where counting by hand puts them")
    func aroundTheEpoch() throws {
        // Thirds of a second: −666 666 666.67, −333 333 333.33, 0, 333 333 333.33 ns.
        let thirds = try FrameRate(3)
        #expect(
            try (-2...1).map { try thirds.alignmentPoint($0).nanoseconds } == [
                -666_666_667, -333_333_333, 0, 333_333_333,
            ])
        // 1024 a second: point ±1 lies at ±976 562.5 ns, a half, which goes up.
        let binary = try FrameRate(1024)
        #expect(try binary.alignmentPoint(1).nanoseconds == 976_563)
        #expect(try binary.alignmentPoint(-1).nanoseconds == -976_562)
        for (nanoseconds, index, next) in [
            (-1, -1, 0), (0, 0, 40_000_000), (-40_000_000, -1, 0), (-40_000_001, -2, -40_000_000),
        ] {
            let found = try FrameRate.fps25.alignment(at: TAIInstant(nanoseconds: Int64(nanoseconds)))
            #expect(found.index == Int64(index) && found.nextPoint.nanoseconds == Int64(next), "\(nanoseconds) ns")
        }
    }

    @Test(
        "a point is the first not before its own instant, also where that was rounded down", arguments: FrameRate.listed
    )
    func ownInstant(rate: FrameRate) throws {
        var generator = SeededGenerator()
        var roundedDown = 0
        for _ in 0..<2_000 {
            let seconds = Int64.random(in: -3_000_000_000...6_000_000_000, using: &generator)
            let index =
                seconds / Int64(rate.denominator) * Int64(rate.numerator) + Int64.random(in: 0...99, using: &generator)
            let point = try rate.alignmentPoint(index)
            let context: Comment = "seed \(generator.seed), point \(index)"
            let atPoint = try rate.firstAlignmentPoint(notBefore: point)
            #expect(atPoint == (index, point), context)
            let after = try rate.firstAlignmentPoint(notBefore: point + Nanoseconds(1))
            #expect(try after == (index + 1, rate.alignmentPoint(index + 1)), context)
            #expect(try rate.firstAlignmentPoint(notBefore: point - Nanoseconds(1)) == (index, point), context)
            #expect(try rate.alignment(at: point).index == index, context)
            #expect(try rate.alignment(at: point - Nanoseconds(1)).index == index - 1, context)
            let exact = Int128(index) * 1_000_000_000 * Int128(rate.denominator)
            if Int128(point.nanoseconds) * Int128(rate.numerator) < exact { roundedDown += 1 }
        }
        // The case that this guards against did occur, at the rates that have it.
        let hasRoundedPoints = 1_000_000_000 * UInt64(rate.denominator) % UInt64(rate.numerator) != 0
        #expect((roundedDown > 0) == hasRoundedPoints, "seed \(generator.seed)")
    }

    @Test("points agree with tick offsets from the epoch", arguments: FrameRate.listed)
    func agreeWithOffsets(rate: FrameRate) throws {
        for index in stride(from: Int64(0), to: 2_000_000_000, by: 19_999_999) {
            #expect(try rate.alignmentPoint(index).nanoseconds == rate.offset(ofTick: index).count)
        }
    }

    @Test("a point outside the range of the clock is refused, the last within it is given", arguments: FrameRate.listed)
    func ends(rate: FrameRate) throws {
        let last = try rate.alignment(at: TAIInstant(nanoseconds: .max - 1_000_000_000)).index
        let refusal = try #require(throws: TickTimeError.self) { try rate.alignment(at: TAIInstant(nanoseconds: .max)) }
        guard case .alignmentPointOutOfRange(let index, rate) = refusal else {
            Issue.record("\(refusal)")
            return
        }
        #expect(index > last)
        #expect(try rate.alignmentPoint(index - 1).nanoseconds > 9_223_372_036_000_000_000 - 1_000_000_000)
        #expect(throws: refusal) { try rate.firstAlignmentPoint(notBefore: TAIInstant(nanoseconds: .max)) }
        let first = try rate.firstAlignmentPoint(notBefore: TAIInstant(nanoseconds: .min))
        #expect(throws: TickTimeError.alignmentPointOutOfRange(index: first.index - 1, rate: rate)) {
            try rate.alignmentPoint(first.index - 1)
        }
        for index in [Int64.min, .max] {
            #expect(throws: TickTimeError.alignmentPointOutOfRange(index: index, rate: rate)) {
                try rate.alignmentPoint(index)
            }
        }
    }
}
