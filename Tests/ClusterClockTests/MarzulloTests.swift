import ClusterClock
import TestSupport
import Testing
import TickTime

private struct MarzulloCase: Decodable {
    let intervals: [[Int64]]
    let smallest: [Int64]
    let sourcesTrue: Int
    let sourcesFalse: Int
    let majority: Int
    let majorityHull: [Int64]?

    private enum CodingKeys: String, CodingKey {
        case intervals, smallest, majority
        case sourcesTrue = "sources_true"
        case sourcesFalse = "sources_false"
        case majorityHull = "majority_hull"
    }
}

@Suite("Marzullo's sweep")
struct MarzulloTests {
    @Test("the vectors: the smallest interval, how many hold it, and the hull of the majority's points")
    func vectors() throws {
        for given in try Vectors.cases("marzullo", as: MarzulloCase.self) {
            let intervals = given.intervals.map { IntervalOracle.interval($0[0], $0[1]) }
            let smallest = Marzullo.smallest(of: intervals.span)
            #expect(smallest.interval == IntervalOracle.interval(given.smallest[0], given.smallest[1]), "\(given)")
            #expect(smallest.sources == given.sourcesTrue, "\(given)")
            #expect(intervals.count - given.sourcesTrue == given.sourcesFalse)
            let hull = Marzullo.hull(ofPointsInside: given.majority, of: intervals.span)
            #expect(hull == given.majorityHull.map { IntervalOracle.interval($0[0], $0[1]) }, "\(given)")
        }
    }

    private func expectAsOracle(_ intervals: [OffsetInterval]) -> Bool {
        let smallest = Marzullo.smallest(of: intervals.span), oracle = IntervalOracle.smallest(intervals)
        guard smallest.interval == oracle?.interval, smallest.sources == oracle?.sources else { return false }
        return (1...intervals.count).allSatisfy { majority in
            Marzullo.hull(ofPointsInside: majority, of: intervals.span) == IntervalOracle.hull(majority, intervals)
        }
    }

    @Test("all triples on a grid of six points, against the oracle")
    func triples() {
        let all = allIntervals(upTo: 5)
        var wrong: [[OffsetInterval]] = []
        for a in all {
            for b in all { for c in all where !expectAsOracle([a, b, c]) { wrong.append([a, b, c]) } }
        }
        #expect(wrong.isEmpty, "\(wrong.count) of \(all.count * all.count * all.count), first \(wrong.first ?? [])")
    }

    @Test("all quadruples on a grid of four points, against the oracle")
    func quadruples() {
        let all = allIntervals(upTo: 3)
        var wrong = 0
        for a in all {
            for b in all { for c in all { for d in all where !expectAsOracle([a, b, c, d]) { wrong += 1 } } }
        }
        #expect(wrong == 0)
    }

    @Test("no intervals have nothing in common; one interval gives itself")
    func few() {
        let none: [OffsetInterval] = [], one = [IntervalOracle.interval(-3, 8)]
        let nothing = Marzullo.smallest(of: none.span)
        #expect(nothing.interval == .ours && nothing.sources == 0)
        #expect(Marzullo.hull(ofPointsInside: 1, of: none.span) == nil)
        let smallest = Marzullo.smallest(of: one.span)
        #expect(smallest.interval == one[0] && smallest.sources == 1)
        #expect(Marzullo.hull(ofPointsInside: 2, of: one.span) == nil)
    }
}
