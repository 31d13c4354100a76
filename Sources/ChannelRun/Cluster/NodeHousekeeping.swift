import ClusterClock
import TickConfiguration
package import ClusterLinux
import TickLinux
package import TickReports
import TickTime

/// A node's work once a second: saves its state, and warns once if the host's clock is far from its peers'.
package struct NodeHousekeeping {
    private static let interval = Nanoseconds.seconds(1)

    private let service: NodeService
    /// When the saved state was made; a restored state is saved already.
    private var kept: BootInstant?
    private var hasFailed = false
    private var hasWarned = false
    private var next: MonotonicInstant?

    package init(_ service: NodeService) {
        self.service = service
        kept = service.node.report?.consensus?.made
    }

    /// Calls `look` at most once a second, for a caller that runs more often.
    mutating func lookOnceASecond() -> [String] {
        let now = HostClock.monotonic()
        guard now >= next ?? now, let report = service.node.report else { return [] }
        next = now +| Self.interval
        return look(report)
    }

    /// - Returns: the messages to print.
    package mutating func look(_ report: ClusterNodeReport) -> [String] {
        [warning(report), keep()].compactMap(\.self)
    }

    /// The message that the file cannot be written, once.
    private mutating func keep() -> String? {
        do {
            try service.keepState(newerThan: &kept)
            return nil
        } catch {
            defer { hasFailed = true }
            return hasFailed ? nil : "the state is not kept: \(error)"
        }
    }

    private mutating func warning(_ report: ClusterNodeReport) -> String? {
        guard !hasWarned, let drift = report.consensus?.drift,
            drift.magnitude > service.setup.consensus.maxDrift
        else { return nil }
        hasWarned = true
        let side = drift > .zero ? "ahead" : "behind"
        return "this host's UTC is \(Quantity.length(drift.magnitude)) \(side) of its peers'; set it"
    }
}

/// Reports peers that are lost, and peers that are back.
package struct PeerWatch {
    private static let interval = Nanoseconds.seconds(1)

    /// `nil` before the first check.
    private var presence: PeerPresence?
    private var next: MonotonicInstant?

    package init() {}

    /// Checks at most once a second.
    package mutating func lookOnceASecond(_ service: NodeService) -> [RunIncident] {
        let now = HostClock.monotonic()
        guard now >= next ?? now, let report = service.node.report else { return [] }
        next = now +| Self.interval
        let utc = HostClock.utc()
        var presence = presence ?? PeerPresence(polledEvery: service.setup.file.configuration.pollInterval)
        defer { self.presence = presence }
        return presence.look(report.peers, at: HostClock.boot()).map { change in
            switch change {
            case .lost(let peer, let silence):
                RunIncident(
                    .peerLost, begin: utc, end: utc, monotonic: now, size: silence,
                    text: "peer \(service.setup.file.name(of: peer)) is lost: no answer for \(Quantity.length(silence))"
                )
            case .back(let peer, let silence):
                RunIncident(
                    .peerBack, begin: utc, end: utc, monotonic: now, size: silence,
                    text: "peer \(service.setup.file.name(of: peer)) is back after \(Quantity.length(silence))")
            }
        }
    }
}
