// A time of day for hosts that have nothing better. The node asks each peer for its local time, drops the answers
// that are far from the others, and averages the rest.
//
//     offset(p)  = its time + RTT/2 − ours                 at the instant at which its reply came
//     outlier    : |offset − median| > threshold · σ       σ of the population, of all that answered
//     consensus  = ours + mean of the offsets that are left
//     drift      = ours − consensus                        positive: we are ahead
//     confidence = b(n) · max(0, 1 − σ/60 s) · 2^(−max(0, age − 10 min)/10 min)      n, σ: of those left
//
// This is no agreement in the sense of the cluster clock. It gives no bound, two liars among three members decide
// it, and uneven network delay shifts it. It only shows which clock is an hour wrong.
//
// Outliers are found with squared whole numbers: |2x − 2m|² n² 10⁶ > 4 t² Σ(xᵢ − xⱼ)², t in thousandths.

public import TickTime

/// The settings of the coarse consensus.
public struct ConsensusConfiguration: Hashable, Sendable {
    public var isEnabled = true
    /// How often the node asks the peers.
    public var interval = Nanoseconds.seconds(60)
    /// In thousandths of a standard deviation: 2000 is 2.0.
    public var outlierThreshold: Int64 = 2_000
    /// With fewer peers after the outliers are dropped, there is no consensus.
    public var minPeers = 1
    public var peerTimeout = Nanoseconds.seconds(2)
    /// The most peers that count. With more, those with the lowest ids count.
    public var maxPeers = 10
    /// Below this confidence, system time is used.
    public var minConfidence = 0.5
    /// A greater drift causes a warning.
    public var maxDrift = Nanoseconds.seconds(3_600)

    public init() {}

    /// The first setting that is out of range, with the remedy; `nil` if all are valid.
    public var fault: String? {
        if interval < .seconds(1) || interval > .seconds(86_400) { return "interval: give 1 s to 24 h" }
        if !(100...10_000).contains(outlierThreshold) { return "outlierThreshold: give 0.1 to 10" }
        if !(1...10).contains(maxPeers) { return "maxPeers: give 1 to 10" }
        if minPeers < 1 || minPeers > maxPeers { return "minPeers: give 1 to maxPeers (\(maxPeers))" }
        if peerTimeout < .milliseconds(10) || peerTimeout > .seconds(60) { return "peerTimeout: give 10 ms to 60 s" }
        if peerTimeout > interval { return "peerTimeout: give no more than the interval" }
        if !(0...1).contains(minConfidence) { return "minConfidence: give 0 to 1" }
        if maxDrift <= .zero { return "maxDrift: give more than 0" }
        return nil
    }
}

/// The coarse consensus of the peers' clocks.
public struct CoarseConsensus: Hashable, Sendable {
    /// One peer's clock.
    public struct Member: Hashable, Sendable {
        public let peer: NodeID
        /// Its time − ours.
        public let offset: Nanoseconds
        /// Whether the clock is too far from the others.
        public let isOutlier: Bool
    }

    /// By id.
    public let members: [Member]
    /// Consensus − our time.
    public let offset: Nanoseconds
    /// The standard deviation of the remaining peers (of the population), rounded down.
    public let deviation: Nanoseconds
    /// When the consensus was made.
    public let made: BootInstant

    /// Our time − consensus; positive, we are ahead.
    public var drift: Nanoseconds { Nanoseconds.zero -| offset }
    public var included: Int { members.count { !$0.isOutlier } }

    /// - Parameters:
    ///   - offsets: of each peer that answered, its time + RTT/2 − ours; each peer once.
    ///   - now: BOOTTIME.
    /// - Returns: `nil` if fewer than `minPeers` remain.
    public init?(
        of offsets: [(peer: NodeID, offset: Nanoseconds)], _ configuration: ConsensusConfiguration, at now: BootInstant
    ) {
        guard !offsets.isEmpty else { return nil }
        let sorted = offsets.map { Int128($0.offset.count) }.sorted()
        let middle = sorted[sorted.count / 2]
        // Twice the median, which may lie between two values. All values are counted from near it and are limited
        // to 18 years: a value that is further away is taken as 18 years away.
        let reach: Int128 = 1 << 59
        func near(_ value: Int128) -> Int128 { min(max(value - middle, -reach), reach) }
        let below = sorted.count.isMultiple(of: 2) ? near(sorted[sorted.count / 2 - 1]) : 0
        let spread = Self.pairs(sorted.map(near))
        let threshold = UInt128(configuration.outlierThreshold) * UInt128(configuration.outlierThreshold) * 4
        let limit = spread.multipliedFullWidth(by: threshold)
        members = offsets.sorted { $0.peer < $1.peer }.map { peer, offset in
            let distance = (2 * near(Int128(offset.count)) - below).magnitude * UInt128(sorted.count) * 1_000
            let square = distance.multipliedFullWidth(by: distance)
            let isOutlier = square.high != limit.high ? square.high > limit.high : square.low > limit.low
            return Member(peer: peer, offset: offset, isOutlier: isOutlier)
        }
        let left = members.filter { !$0.isOutlier }.map { Int128($0.offset.count) }
        guard left.count >= configuration.minPeers else { return nil }
        let count = Int128(left.count)
        // To nearest, halves up.
        let doubled = 2 * left.reduce(0, +) + count
        let (quotient, remainder) = doubled.quotientAndRemainder(dividingBy: 2 * count)
        offset = Nanoseconds(Int64(clamping: remainder < 0 ? quotient - 1 : quotient))
        let variance = Self.pairs(left.map(near)) / UInt128(left.count * left.count)
        deviation = Nanoseconds(Int64(Double(variance).squareRoot()))
        made = now
    }

    /// The same peers' clocks against ours, after ours was set by `step`; positive is forward.
    public func after(step: Nanoseconds) -> CoarseConsensus {
        func moved(_ offset: Nanoseconds) -> Nanoseconds {
            let (moved, overflow) = offset.count.subtractingReportingOverflow(step.count)
            return overflow ? offset : Nanoseconds(moved)
        }
        return CoarseConsensus(
            members: members.map { Member(peer: $0.peer, offset: moved($0.offset), isOutlier: $0.isOutlier) },
            offset: moved(offset), deviation: deviation, made: made)
    }

    private init(members: [Member], offset: Nanoseconds, deviation: Nanoseconds, made: BootInstant) {
        (self.members, self.offset, self.deviation, self.made) = (members, offset, deviation, made)
    }

    /// The sum over all pairs of their differences squared: n² times the population's variance.
    private static func pairs(_ values: [Int128]) -> UInt128 {
        var sum: UInt128 = 0
        for (index, value) in values.enumerated() {
            for other in values[..<index] { sum += (value - other).magnitude * (value - other).magnitude }
        }
        return sum
    }

    /// The confidence at an instant, from 0 to 0.95.
    public func confidence(at now: BootInstant) -> Double {
        Self.confidence(included: included, deviation: deviation, age: now -| made)
    }

    /// - Parameter age: since the consensus was made.
    public static func confidence(included: Int, deviation: Nanoseconds, age: Nanoseconds) -> Double {
        let base = included >= 3 ? 0.95 : included == 2 ? 0.75 : included == 1 ? 0.60 : 0
        let agreement = max(0, 1 - Double(deviation.count) / 60e9)
        let tenMinutes = 600e9
        let halvings = max(0, Double(age.count) - tenMinutes) / tenMinutes
        return base * agreement * exp2(-halvings)
    }

    /// 2 to a power of at most 0. This target does not import Foundation, which has this function.
    private static func exp2(_ power: Double) -> Double {
        guard power > -1_000 else { return 0 }
        let whole = power.rounded(.up), fraction = power - whole
        // The series of e^(x ln 2) for |x| < 1: fifteen terms leave less than 2⁻⁵³.
        let x = fraction * 0.693_147_180_559_945_3
        var (term, sum) = (1.0, 1.0)
        for index in 1...15 {
            term *= x / Double(index)
            sum += term
        }
        return sum * Double(sign: .plus, exponent: Int(whole), significand: 1)
    }
}

/// Decides when to ask the peers: once an interval, and less and less often while no peer answers.
public struct ConsensusSchedule: Hashable, Sendable {
    /// The interval is doubled at most this many times.
    static let doublingsLimit: Int64 = 4

    private let interval: Nanoseconds
    private var failures: Int64 = 0
    public private(set) var next: BootInstant

    public init(_ configuration: ConsensusConfiguration, at now: BootInstant) {
        interval = configuration.interval
        next = now
    }

    /// Whether it is time to ask the peers.
    public mutating func hurry(at now: BootInstant) { next = now }

    /// Records that the peers were asked at `now`, and how many answered.
    public mutating func asked(answered: Int, at now: BootInstant) {
        failures = answered > 0 ? 0 : min(failures + 1, Self.doublingsLimit)
        next = now +| interval.saturatingTimes(1 << failures)
    }
}
