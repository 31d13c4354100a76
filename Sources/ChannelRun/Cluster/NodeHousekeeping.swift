import ClusterClock
import TickConfiguration
package import ClusterLinux
import TickLinux
package import TickReports
import TickTime

/// What a node wants done once a second: its state kept, and a warning, once, of a host far from its peers.
package struct NodeHousekeeping {
    private static let interval = Nanoseconds.seconds(1)

    private let service: NodeService
    /// When what was kept last was made: what was restored is there already.
    private var kept: BootInstant?
    private var hasFailed = false
    private var hasWarned = false
    private var next: MonotonicInstant?

    package init(_ service: NodeService) {
        self.service = service
        kept = service.node.report?.consensus?.made
    }

    /// As `look`, but at most once a second; for a caller that calls more often.
    mutating func lookOnceASecond() -> [String] {
        let now = HostClock.monotonic()
        guard now >= next ?? now, let report = service.node.report else { return [] }
        next = now +| Self.interval
        return look(report)
    }

    /// - Returns: what is to be said.
    package mutating func look(_ report: ClusterNodeReport) -> [String] {
        [warning(report), keep()].compactMap(\.self)
    }

    /// That the file cannot be written, once.
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

/// Reports peers that were lost, and that are back.
package struct PeerWatch {
    private static let interval = Nanoseconds.seconds(1)

    /// `nil` before the first look.
    private var presence: PeerPresence?
    private var next: MonotonicInstant?

    package init() {}

    /// Looks at most once a second.
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
