// What is known of a node's clock, and from where. Every piece of direct evidence bounds a difference of two
// clocks: UTC's and a node's, or those of two nodes.

package import ClusterClock
package import TickTime

/// Ways to measure a clock, the best first.
package enum SyncMethod: String, Hashable, Sendable, CaseIterable, Codable {
    /// Timestamps exchanged with the other nodes, authenticated.
    case peerExchange = "peer_exchange"
    /// Exchanges with the parent of a PTP clock (IEEE 1588), as ptp4l hands them over.
    case ptpExchange = "ptp_exchange"
    /// An exchange with an NTP server (RFC 5905).
    case ntpQuery = "ntp_query"
    /// What clockbound publishes about its host.
    case clockBound = "clockbound"
    /// What a running chronyd says of its host.
    case chronyTracking = "chronyc_tracking"
    /// The kernel's report on its own clock.
    case kernel = "kernel_adjtimex"

    /// The name of the method in a sentence.
    package var title: String {
        switch self {
        case .peerExchange: "peer exchange"
        case .ptpExchange: "PTP exchange"
        case .ntpQuery: "NTP query"
        case .clockBound: "ClockBound"
        case .chronyTracking: "chronyc tracking"
        case .kernel: "kernel clock state"
        }
    }
}

/// One piece of direct evidence.
///
/// A bound against UTC is made only from a `SourcedBound`, so only a referenced one is `measured`.
package struct SyncEvidence: Hashable, Sendable {
    /// The clock that the node's is measured against.
    package enum Reference: Hashable, Sendable {
        case utc
        case node(String)

        private static let nodePrefix = "node:"

        /// As results spell it: `utc`, or `node:` and the node's name.
        package var text: String {
            switch self {
            case .utc: "utc"
            case .node(let name): "\(Self.nodePrefix)\(name)"
            }
        }

        /// What `text` spells; `nil` for any other text.
        package init?(_ text: String) {
            if text == Self.utc.text {
                self = .utc
            } else if text.hasPrefix(Self.nodePrefix) {
                self = .node(String(text.dropFirst(Self.nodePrefix.count)))
            } else {
                return nil
            }
        }
    }

    package enum Finding: Hashable, Sendable {
        /// How far the reference is ahead of the node's clock; negative where it is behind.
        case measured(OffsetInterval)
        /// It answered, but its answer is not evidence about UTC.
        case unfounded(UnfoundedClaim)
        /// It was asked, but its answer measures nothing: why.
        case failed(String)
        /// It could not be asked: why. This is not a fault of the clock.
        case unknown(String)
    }

    /// A statement without a source that leads to UTC. It is shown, but does not count.
    package struct UnfoundedClaim: Hashable, Sendable {
        package var offset: Nanoseconds
        /// `nil` if no bound was computed.
        package var claim: OffsetInterval?
        /// A name of `BoundProvenance` other than `referenced`.
        package var provenance: String
        /// Why it is not evidence.
        package var why: String
    }

    /// Whose clock.
    package let node: String
    package let reference: Reference
    package let method: SyncMethod
    /// What was asked: a server, a file, a socket.
    package let source: String
    package private(set) var finding: Finding
    /// The time for which the statement holds: by the clock of the host that asked, or by the statement itself.
    package let taken: UTCInstant
    /// What was read, as it was read.
    package let raw: [String: String]

    /// What a source states about a node's clock against UTC.
    package init(
        node: String, method: SyncMethod, source: String, utc bound: SourcedBound, taken: UTCInstant,
        raw: [String: String] = [:]
    ) {
        let finding: Finding =
            if let interval = bound.interval {
                .measured(interval)
            } else {
                .unfounded(
                    UnfoundedClaim(
                        offset: bound.offset, claim: bound.claim, provenance: bound.provenance.name,
                        why: bound.provenance.fault ?? ""))
            }
        self.init(
            node: node, reference: .utc, method: method, source: source, finding: finding, taken: taken, raw: raw)
    }

    /// A statement about a node's clock against UTC that is no evidence.
    ///
    /// - Parameters:
    ///   - claim: `nil` if no bound was computed.
    ///   - provenance: a name of `BoundProvenance` other than `referenced`.
    ///   - why: why it is no evidence.
    package init(
        node: String, method: SyncMethod, source: String, offset: Nanoseconds, claim: OffsetInterval?,
        provenance: String, why: String, taken: UTCInstant, raw: [String: String] = [:]
    ) {
        self.init(
            node: node, reference: .utc, method: method, source: source,
            finding: .unfounded(UnfoundedClaim(offset: offset, claim: claim, provenance: provenance, why: why)),
            taken: taken, raw: raw)
    }

    /// How far another node's clock is ahead of a node's, by an exchange of the two.
    package init(
        node: String, other: String, ahead interval: OffsetInterval, method: SyncMethod = .peerExchange,
        source: String, taken: UTCInstant, raw: [String: String] = [:]
    ) {
        self.init(
            node: node, reference: .node(other), method: method, source: source, finding: .measured(interval),
            taken: taken, raw: raw)
    }

    /// A result without a measurement.
    ///
    /// - Parameters:
    ///   - why: what was wrong.
    ///   - hasAnswered: whether it could be asked at all.
    package init(
        node: String, reference: Reference = .utc, method: SyncMethod, source: String, fault why: String,
        hasAnswered: Bool, taken: UTCInstant, raw: [String: String] = [:]
    ) {
        self.init(
            node: node, reference: reference, method: method, source: source,
            finding: hasAnswered ? .failed(why) : .unknown(why), taken: taken, raw: raw)
    }

    /// As a result file holds it.
    init(
        node: String, reference: Reference, method: SyncMethod, source: String, finding: Finding, taken: UTCInstant,
        raw: [String: String]
    ) {
        self.node = node
        self.reference = reference
        self.method = method
        self.source = source
        self.finding = finding
        self.taken = taken
        self.raw = raw
    }

    package var interval: OffsetInterval? {
        if case .measured(let interval) = finding { return interval }
        return nil
    }

    /// Why this is not evidence; `nil` if it is.
    package var fault: String? {
        switch finding {
        case .measured: nil
        case .unfounded(let claim): claim.why
        case .failed(let why), .unknown(let why): why
        }
    }

    /// The same evidence at a later time: the clocks may have drifted since. A statement from the future does not
    /// count.
    ///
    /// - Parameter checked: when the finding held: when it was taken, or when a check carried it to its own time.
    package func aged(to now: UTCInstant, from checked: UTCInstant) -> SyncEvidence {
        guard case .measured(let interval) = finding else { return self }
        var aged = self
        let age = now -| checked
        if age < .zero -| SyncLimits.canon.pairwise {
            aged.finding = .failed(
                "it is from \(checked.iso8601), after the time of the check (\(now.iso8601)); measure again, or check --at a later time"
            )
            return aged
        }
        let growth = if case .utc = reference { Self.growthAgainstUTC } else { Self.growthOfTwo }
        aged.finding = .measured(interval.widened(by: growth(age.magnitude)))
        return aged
    }

    /// ρ = 50 ppm a clock, as everywhere.
    private static let growthOfTwo = DriftGrowth(clocks: 2, driftBound: 50_000)
    private static let growthAgainstUTC = DriftGrowth(clocks: 1, driftBound: 50_000)
}
