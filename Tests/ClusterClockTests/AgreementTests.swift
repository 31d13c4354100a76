import TestSupport
import Testing
import TickTime

@testable import ClusterClock

private struct AgreementCase: Decodable {
    let clusterSize: Int
    let tolerance: Int64
    let intervals: [[Int64]]
    let error: String?
    let allowance: Int64?
    let estimate: [Int64]?
    let sourcesAgreeing: Int?
    let agreedInterval: [Int64]?
    let skewInterval: [Int64]?

    private enum CodingKeys: String, CodingKey {
        case tolerance, intervals, error, allowance, estimate
        case clusterSize = "cluster_size"
        case sourcesAgreeing = "sources_agreeing"
        case agreedInterval = "agreed_interval"
        case skewInterval = "skew_interval"
    }
}

@Suite("The agreement of a majority")
struct AgreementTests {
    private static func interval(_ ends: [Int64]?) -> OffsetInterval? {
        ends.map { IntervalOracle.interval($0[0], $0[1]) }
    }

    @Test("the vectors: allowance, estimate, agreed interval, skew interval, and why there is none")
    func vectors() throws {
        for given in try Vectors.cases("agreement", as: AgreementCase.self) {
            let sources = given.intervals.map { IntervalOracle.interval($0[0], $0[1]) }
            let (majority, tolerance) = (given.clusterSize / 2 + 1, Nanoseconds(given.tolerance))
            var error: ClusterClockError?
            do throws(ClusterClockError) {
                _ = try Agreement(among: sources.span, clusterSize: given.clusterSize, tolerance: tolerance)
            } catch let thrown { error = thrown }
            switch error {
            case nil: #expect(given.error == nil, "\(given)")
            case .noQuorumAgreement(let agreeing, let needed):
                #expect(given.error == "noQuorumAgreement" && agreeing < needed && needed == majority, "\(given)")
            case .toleranceExceeded(let width, tolerance):
                #expect(given.error == "toleranceExceeded" && width > tolerance + Nanoseconds(1), "\(given)")
            default: Issue.record("\(given): \(String(describing: error))")
            }
            let found = try? Agreement.unjudged(sources.span, majority: majority, tolerance: tolerance)
            #expect(found?.allowance.count == given.allowance && found?.agreeing == given.sourcesAgreeing, "\(given)")
            #expect(found?.estimate == Self.interval(given.estimate), "\(given)")
            #expect(found?.agreedInterval == Self.interval(given.agreedInterval), "\(given)")
            #expect(found?.skewInterval == Self.interval(given.skewInterval), "\(given)")
        }
    }

    private static func isAsOracle(_ sources: [OffsetInterval], clusterSize: Int, tolerance: Int64) -> Bool {
        let found = try? Agreement.unjudged(
            sources.span, majority: clusterSize / 2 + 1, tolerance: Nanoseconds(tolerance))
        let oracle = IntervalOracle.agreement(sources, clusterSize: clusterSize, tolerance: tolerance)
        return found?.allowance.count == oracle?.allowance && found?.estimate == oracle?.estimate
            && found?.agreedInterval == oracle?.agreed && found?.skewInterval == oracle?.skew
    }

    @Test("all triples and quadruples on a small grid, in clusters of three to six, against the oracle")
    func exhaustive() {
        let all = allIntervals(upTo: 3)
        var wrong = 0
        for a in all {
            for b in all {
                for c in all {
                    for size in 3...5 where !Self.isAsOracle([a, b, c], clusterSize: size, tolerance: 4) { wrong += 1 }
                }
            }
        }
        let few = allIntervals(upTo: 2)
        for a in few {
            for b in few {
                for c in few {
                    for d in few {
                        for size in 4...6
                        where !Self.isAsOracle([a, b, c, d], clusterSize: size, tolerance: 3) { wrong += 1 }
                    }
                }
            }
        }
        #expect(wrong == 0)
    }

    @Test("random clusters of one to nine, against the oracle")
    func random() {
        var random = SeededGenerator()
        print("agreement: seed \(random.seed)")
        for _ in 0..<3_000 {
            let size = Int.random(in: 1...9, using: &random), heard = Int.random(in: 1...size, using: &random)
            let sources = (0..<heard).map { index -> OffsetInterval in
                guard index > 0 else { return .ours }
                let lower = Int64.random(in: -60...60, using: &random)
                return IntervalOracle.interval(lower, lower + Int64.random(in: 0...30, using: &random))
            }
            let tolerance = Int64.random(in: 1...60, using: &random)
            let isRight = Self.isAsOracle(sources, clusterSize: size, tolerance: tolerance)
            #expect(isRight, "seed \(random.seed): \(sources), size \(size), tolerance \(tolerance)")
        }
    }

    // MARK: - The verdict on each peer

    private static func milliseconds(_ offsets: [Double], delay: Double) -> [OffsetInterval] {
        offsets.enumerated().map { index, offset in
            guard index > 0 else { return .ours }
            let middle = Int64(offset * 1e6), half = Int64(delay * 1e6)
            return IntervalOracle.interval(middle - half, middle + half)
        }
    }

    private static func verdicts(_ sources: [OffsetInterval], _ agreement: Agreement) -> [PeerVerdict] {
        sources.map { PeerVerdict(of: $0, by: agreement, tolerance: .milliseconds(500)) }
    }

    @Test("three perfect clocks over delays of 1 ms agree to within 3 ms")
    func perfect() throws {
        let sources = Self.milliseconds([0, 0, 0], delay: 1)
        let agreement = try Agreement(among: sources.span, clusterSize: 3, tolerance: .milliseconds(500))
        #expect(agreement.allowance == .zero && agreement.estimate == .ours && agreement.agreeing == 3)
        #expect(agreement.skewInterval.width <= .milliseconds(3))
    }

    @Test("0, +20 and -15 ms over 0.3 ms agree with an allowance just under 7.5 ms, and the third is wide")
    func wide() throws {
        let sources = Self.milliseconds([0, 20, -15], delay: 0.3)
        let agreement = try Agreement(among: sources.span, clusterSize: 3, tolerance: .milliseconds(500))
        #expect(agreement.allowance == .microseconds(7_350))
        #expect(Self.verdicts(sources, agreement) == [.agreeing, .wide, .agreeing])
    }

    @Test("0, +400 and -200 ms agree on -100 ± 100 ms, and the second is false")
    func falseClock() throws {
        let sources = Self.milliseconds([0, 400, -200], delay: 0)
        let agreement = try Agreement(among: sources.span, clusterSize: 3, tolerance: .milliseconds(500))
        #expect(agreement.estimate == IntervalOracle.interval(-100_000_000, -100_000_000))
        #expect(agreement.agreedInterval == IntervalOracle.interval(-200_000_000, 0))
        #expect(Self.verdicts(sources, agreement) == [.agreeing, .falseticker, .agreeing])
    }

    @Test("0 and ±600 ms do not agree")
    func nothing() {
        let sources = Self.milliseconds([0, 600, -600], delay: 0)
        #expect(throws: ClusterClockError.noQuorumAgreement(agreeing: 1, needed: 2)) {
            try Agreement(among: sources.span, clusterSize: 3, tolerance: .milliseconds(500))
        }
    }

    @Test("half a cluster is no majority, also with an even number of members")
    func half() {
        let sources = Self.milliseconds([0, 0], delay: 1)
        for size in [4, 5] {
            #expect(throws: ClusterClockError.noQuorumAgreement(agreeing: 2, needed: 3)) {
                try Agreement(among: sources.span, clusterSize: size, tolerance: .milliseconds(500))
            }
        }
    }
}
