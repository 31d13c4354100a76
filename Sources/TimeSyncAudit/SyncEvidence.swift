// What is known of a node's clock, and from where. Every piece of direct evidence bounds a difference of two
// clocks: UTC's and a node's, or those of two nodes.

public import ClusterClock
public import TickTime

/// Ways to measure a clock, the best first.
public enum SyncMethod: String, Hashable, Sendable, CaseIterable, Codable {
    /// Timestamps exchanged with the other nodes, authenticated.
    case peerExchange = "peer_exchange"
    /// An exchange with an NTP server (RFC 5905).
    case ntpQuery = "ntp_query"
    /// What a running chronyd says of its host.
    case chronyTracking = "chronyc_tracking"
    /// What the kernel says of its own clock.
    case kernel = "kernel_adjtimex"

    /// How the method is called in a sentence.
    public var title: String {
        switch self {
        case .peerExchange: "peer exchange"
        case .ntpQuery: "NTP query"
        case .chronyTracking: "chronyc tracking"
        case .kernel: "kernel clock state"
        }
    }
}

/// One piece of direct evidence.
public struct SyncEvidence: Hashable, Sendable {
    /// The clock that the node's is measured against.
    public enum Reference: Hashable, Sendable {
        case utc
        case node(String)
    }

    public enum Finding: Hashable, Sendable {
        /// How far the reference is ahead of the node's clock; negative where it is behind.
        case measured(OffsetInterval)
        /// It was asked, and what it answered measures nothing: why.
        case failed(String)
        /// It could not be asked: why. No fault of the clock's.
        case unknown(String)
    }

    /// Whose clock.
    public var node: String
    public var reference: Reference
    public var method: SyncMethod
    /// What was asked: a server, a file, a socket.
    public var source: String
    public var finding: Finding
    /// When, by the clock of the host that asked.
    public var taken: UTCInstant
    /// What was read, as it was read.
    public var raw: [String: String]

    public init(
        node: String, reference: Reference = .utc, method: SyncMethod, source: String, finding: Finding,
        taken: UTCInstant, raw: [String: String] = [:]
    ) {
        self.node = node
        self.reference = reference
        self.method = method
        self.source = source
        self.finding = finding
        self.taken = taken
        self.raw = raw
    }

    public var interval: OffsetInterval? {
        if case .measured(let interval) = finding { return interval }
        return nil
    }

    /// Why there is no interval; `nil` if there is one.
    public var fault: String? {
        switch finding {
        case .measured: nil
        case .failed(let why), .unknown(let why): why
        }
    }

    /// The same evidence at a later time: two clocks may have drifted apart since.
    public func aged(to now: UTCInstant) -> SyncEvidence {
        guard case .measured(let interval) = finding else { return self }
        var aged = self
        aged.finding = .measured(interval.widened(by: Self.growth((now -| taken).magnitude)))
        return aged
    }

    /// ρ = 50 ppm a clock, as everywhere.
    private static let growth = DriftGrowth(clocks: 2, driftBound: 50_000)
}

extension OffsetInterval {
    /// The farthest that the clocks may be apart.
    public var most: Nanoseconds { max(lower.magnitude, upper.magnitude) }

    /// The least that they are apart.
    public var least: Nanoseconds { distance(to: .ours) }

    /// The middle, rounded down.
    public var middle: Nanoseconds { Nanoseconds(Int64((Int128(lower.count) + Int128(upper.count)) >> 1)) }

    /// How far the ends are from the middle, rounded up.
    public var bound: Nanoseconds { max(upper -| middle, middle -| lower) }

    /// `middle ± bound`, its ends within ±2⁶² ns.
    public init(_ middle: Nanoseconds, bound: Nanoseconds) {
        func end(_ sign: Int128) -> Nanoseconds {
            let limit = Int128(1) << 62
            return Nanoseconds(Int64(min(limit, max(-limit, Int128(middle.count) + sign * Int128(bound.count)))))
        }
        self.init(end(-1), end(1))
    }
}
