import ClusterClock
import TestSupport
import Testing
import TickTime

@Suite("The coarse consensus")
struct CoarseConsensusTests {
    private static let now = BootInstant(nanoseconds: 0)

    private static func consensus(
        _ seconds: [Double], _ change: (inout ConsensusConfiguration) -> Void = { _ in }
    ) -> CoarseConsensus? {
        var configuration = ConsensusConfiguration()
        change(&configuration)
        let offsets = seconds.enumerated().map {
            (peer: NodeID(rawValue: UInt64($0.offset)), offset: Nanoseconds(Int64($0.element * 1e9)))
        }
        return CoarseConsensus(of: offsets, configuration, at: now)
    }

    @Test("peers at 14:03:05, 14:03:09 and 14:15:00 give 14:03:07, the third an outlier")
    func example() throws {
        // Our clock says 14:03:22: fifteen seconds ahead.
        let consensus = try #require(Self.consensus([-17, -13, 698]))
        #expect(consensus.offset == .seconds(-15) && consensus.drift == .seconds(15))
        #expect(consensus.members.map(\.isOutlier) == [false, false, true])
        #expect(consensus.deviation == .seconds(2) && consensus.included == 2)
        #expect(abs(consensus.confidence(at: Self.now) - 0.75 * (1 - 2.0 / 60)) < 1e-12)
    }

    @Test("a peer exactly two deviations from the median is not an outlier, and one a nanosecond further is")
    func threshold() throws {
        // Of nine, eight at 0: the population's deviation of x and eight 0 is x·√8/9, twice that 0.63 x: out.
        #expect(try #require(Self.consensus([0, 0, 0, 0, 0, 0, 0, 0, 9])).included == 8)
        // Of x, −x, and zeros so that σ = x/2: 8 in all. Exactly two deviations.
        let exact = try #require(Self.consensus([4, -4, 0, 0, 0, 0, 0, 0]))
        #expect(exact.included == 8 && exact.deviation == .seconds(2))
        let further = try #require(Self.consensus([4.000_000_001, -4, 0, 0, 0, 0, 0, 0]))
        #expect(further.members.map(\.isOutlier) == [true] + Array(repeating: false, count: 7))
    }

    @Test(
        "random peers: outliers and mean as floating-point arithmetic has them, wherever it can tell",
        arguments: 1...200)
    func oracle(_ seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        let values = (0..<Int.random(in: 1...10, using: &random)).map { _ in
            Double(Int64.random(in: -9...9, using: &random) * Int64.random(in: 1...1_000, using: &random)) / 8
        }
        let consensus = try #require(Self.consensus(values))
        let sorted = values.sorted(), count = Double(values.count)
        let median = (sorted[(values.count - 1) / 2] + sorted[values.count / 2]) / 2
        let mean = values.reduce(0, +) / count
        let deviation = (values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / count).squareRoot()
        for (value, member) in zip(values, consensus.members) where abs(abs(value - median) - 2 * deviation) > 1e-6 {
            #expect(member.isOutlier == (abs(value - median) > 2 * deviation), "seed \(seed)")
        }
        let left = zip(values, consensus.members).filter { !$1.isOutlier }.map(\.0)
        let (found, wanted) = (Double(consensus.offset.count) / 1e9, left.reduce(0, +) / Double(left.count))
        #expect(abs(found - wanted) < 1e-6)
    }

    @Test("too few peers give no consensus; clocks that are centuries apart do not trap")
    func extremes() {
        #expect(Self.consensus([]) == nil)
        #expect(Self.consensus([1, 2]) { $0.minPeers = 3 } == nil)
        let peers = [Int64.max, .min, 0, .max, .min].enumerated().map {
            (peer: NodeID(rawValue: UInt64($0.offset)), offset: Nanoseconds($0.element))
        }
        let consensus = CoarseConsensus(of: peers, ConsensusConfiguration(), at: Self.now)
        #expect(consensus != nil)
    }

    @Test(
        "confidence: by how many, less by how far apart they are, halved every ten minutes after the first ten",
        arguments: [
            (1, 0, 0, 0.60), (2, 0, 0, 0.75), (3, 0, 0, 0.95), (9, 0, 0, 0.95), (3, 30, 0, 0.475), (3, 60, 0, 0),
            (3, 90, 0, 0), (3, 0, 600, 0.95), (3, 0, 1_200, 0.475), (3, 0, 1_800, 0.2375),
            (1, 0, 900, 0.424_264_068_711_928_5), (0, 0, 0, 0), (3, 0, 1_000_000_000, 0),
        ])
    func confidence(_ included: Int, _ seconds: Int64, _ age: Int64, _ expected: Double) {
        let found = CoarseConsensus.confidence(
            included: included, deviation: .seconds(seconds), age: .seconds(age))
        #expect(abs(found - expected) < 1e-12)
    }

    @Test("peers are asked every minute, less and less often while none answers, and every minute after an answer")
    func schedule() {
        var schedule = ConsensusSchedule(ConsensusConfiguration(), at: Self.now)
        var waits: [Int64] = []
        for answered in [3, 0, 0, 0, 0, 0, 0, 1] {
            let now = schedule.next
            schedule.asked(answered: answered, at: now)
            waits.append((schedule.next - now).count / 1_000_000_000)
        }
        #expect(waits == [60, 120, 240, 480, 960, 960, 960, 60])
    }

    @Test("a configuration out of range is named")
    func faults() {
        #expect(ConsensusConfiguration().fault == nil)
        let changes: [(String, (inout ConsensusConfiguration) -> Void)] = [
            ("interval", { $0.interval = .zero }), ("outlierThreshold", { $0.outlierThreshold = 0 }),
            ("maxPeers", { $0.maxPeers = 11 }), ("minPeers", { $0.minPeers = 0 }), ("minPeers", { $0.minPeers = 11 }),
            ("peerTimeout", { $0.peerTimeout = .zero }), ("minConfidence", { $0.minConfidence = 1.1 }),
            ("maxDrift", { $0.maxDrift = .zero }),
        ]
        for (name, change) in changes {
            var configuration = ConsensusConfiguration()
            change(&configuration)
            #expect(configuration.fault?.hasPrefix(name) == true)
        }
    }
}
