public import TickTime

/// Why there is no sample, no agreement or no timestamp.
public enum ClusterClockError: Error, Hashable, Sendable, CustomStringConvertible {
    /// A sample of this node's own clock, which proves nothing.
    case selfSample
    /// A reply that came before its request, or whose hold is longer than the round trip.
    case nonMonotonicPing
    /// A reply to no request of this window.
    case stalePing
    /// Too few members share a point, even if their intervals are widened by half the tolerance.
    case noQuorumAgreement(agreeing: Int, needed: Int)
    /// The agreement is wider than the tolerance.
    case toleranceExceeded(width: Nanoseconds, tolerance: Nanoseconds)
    /// The agreement is too old to be used.
    case epochExpired(age: Nanoseconds)
    /// The last stamp or the floor is further ahead than clocks may differ. The remedy is to wait.
    case timestampAheadOfCluster(by: Nanoseconds)
    /// A disturbance of this host's clocks withdrew the agreement.
    case disrupted(DisruptionCause)
    /// The token is not of the highest view seen, or its time is over.
    case notPrimary
    /// The stamp would not be below the token's ceiling. The remedy is a token with a later one.
    case ceilingReached
    case invalidClusterConfiguration(ClusterConfigurationFault)

    /// The error's name in JSON and C.
    public var kind: String {
        switch self {
        case .selfSample: "self_sample"
        case .nonMonotonicPing: "non_monotonic_ping"
        case .stalePing: "stale_ping"
        case .noQuorumAgreement: "no_quorum_agreement"
        case .toleranceExceeded: "tolerance_exceeded"
        case .epochExpired: "epoch_expired"
        case .timestampAheadOfCluster: "timestamp_ahead_of_cluster"
        case .disrupted: "disrupted"
        case .notPrimary: "not_primary"
        case .ceilingReached: "ceiling_reached"
        case .invalidClusterConfiguration: "invalid_cluster_configuration"
        }
    }

    public var description: String {
        switch self {
        case .selfSample: "the sample is of this node's own clock"
        case .nonMonotonicPing: "the reply came before its request, or its hold is longer than the round trip"
        case .stalePing: "the reply answers no request of this window"
        case .noQuorumAgreement(let agreeing, let needed): "\(agreeing) of the \(needed) members needed agree"
        case .toleranceExceeded(let width, let tolerance):
            "agreed to within \(width.count) ns only, which exceeds the tolerance of \(tolerance.count) ns"
        case .epochExpired(let age): "the agreement is \(age.count) ns old"
        case .timestampAheadOfCluster(let by): "the last stamp, or the floor, lies \(by.count) ns ahead of the cluster"
        case .disrupted(let cause): "this host's clocks were disrupted: \(cause)"
        case .notPrimary: "the leadership token is not of the highest view seen, or its time is over"
        case .ceilingReached: "the stamp would not be below the ceiling of the leadership token"
        case .invalidClusterConfiguration(let fault): fault.description
        }
    }
}

/// A disturbance that withdraws an agreement. There are no bounds until a new window agrees.
public enum DisruptionCause: Hashable, Sendable, BitwiseCopyable, CustomStringConvertible {
    /// The host slept for longer than the remaining life of the epoch.
    case suspend(Nanoseconds)
    /// CLOCK_MONOTONIC ran faster or slower than the raw oscillator by more than the bound, in ppb.
    case slew(partsPerBillion: Int64)
    /// UTC counted a second twice, or left one out.
    case leapSecond

    public var description: String {
        switch self {
        case .suspend(let length): "suspended for \(length.count) ns"
        case .slew(let rate): "slewed by \(rate) ppb"
        case .leapSecond: "a leap second"
        }
    }
}
