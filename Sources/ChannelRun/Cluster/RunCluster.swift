package import ClusterClock
import ClusterLinux
import Synchronization
import TickConfiguration
import TickJournal
import LinuxService
package import TickLinux
import TickReports
import TickScheduling
public import TickTime
import TimeExchange

/// The member of a cluster that a run will contain.
public struct RunClusterPlan: Sendable {
    let setup: ClusterSetup
    let wait: Nanoseconds
    let leadership: (view: UInt64, floor: UTCInstant)?
    let leader: (any RunLeadership)?

    /// The member that a cluster's file describes (`tickrun/cluster/1`); its keys are read when the run begins.
    ///
    /// - Parameter wait: how long the run waits for the cluster's agreement; less than 0 counts as 0. Without an
    ///   agreement it begins all the same, with a warning.
    /// - Throws: `RunFailure`: 69 or 77 if the file cannot be read, 78 if it is wrong.
    public init(file path: String, wait: Nanoseconds = .seconds(10)) throws(RunFailure) {
        self.init(try ClusterSetup(path), wait: max(.zero, wait))
    }

    /// - Parameters:
    ///   - wait: for the cluster's agreement, 0 or more.
    ///   - leadership: the primary's view and floor, from the host's consensus.
    ///   - leader: decides during the run whether this node is the primary, instead of `leadership`.
    package init(
        _ setup: ClusterSetup, wait: Nanoseconds, leadership: (view: UInt64, floor: UTCInstant)? = nil,
        leader: (any RunLeadership)? = nil
    ) {
        self.setup = setup
        self.wait = wait
        self.leadership = leadership
        self.leader = leader
    }
}

/// Decides during a run whether its node is the primary of the cluster.
package protocol RunLeadership: Sendable {
    /// Called once, after the node has started. It publishes leaderships until `end`.
    func begin(_ time: ClusterTime, _ authority: consuming LeadershipAuthority) throws(RunFailure)
    /// Called once, before the node stops.
    func end()
}

/// The member of a cluster that runs within a run.
final class RunCluster: Sendable {
    let service: NodeService
    var time: ClusterTime { service.node.time }
    /// The node's findings since the drain thread last took them.
    private let found: FoundIncidents
    private let leader: (any RunLeadership)?

    /// Ends the leadership and the node.
    func stop() {
        leader?.end()
        service.stop()
    }

    private final class FoundIncidents: Sendable {
        let list = Mutex<[RunIncident]>([])
        let peers = Mutex(PeerWatch())
    }

    /// Starts the node.
    init(_ plan: RunClusterPlan) throws(RunFailure) {
        let found = FoundIncidents()
        service = try NodeService(plan.setup, isAskable: true) { notice, text in
            let now = HostClock.utc()
            let incident = RunIncident(notice.kind, begin: now, end: now, size: notice.size, text: text)
            found.list.withLock { $0.append(incident) }
        }
        self.found = found
        leader = plan.leader
        if let leader {
            guard let authority = service.node.takeLeadershipAuthority() else {
                preconditionFailure("a node gives its authority once, and this is the first time")
            }
            do throws(RunFailure) { try leader.begin(service.node.time, authority) } catch {
                service.stop()
                throw error
            }
            return
        }
        guard let (view, floor) = plan.leadership else { return }
        guard let authority = service.node.takeLeadershipAuthority() else {
            preconditionFailure("a node gives its authority once, and this is the first time")
        }
        time.lead(authority.token(view: view, floor: floor))
    }

    /// Waits until the cluster has agreed and, if the node follows a ptp4l, until UTC is bounded.
    ///
    /// - Returns: a warning if that did not happen in time, or else `nil`.
    /// - Throws: `RunFailure` on a signal.
    func waitForTime(atMost length: Nanoseconds, _ interrupts: borrowing RunInterrupts) throws(RunFailure) -> String? {
        let end = HostClock.monotonic() +| length
        var hasAgreed = false
        while true {
            switch service.node.report?.status {
            case .synchronized, .agreedUntraceable, .statedErrorsContradict, .alone: hasAgreed = true
            case .gathering, .holding, .expired, .disrupted, nil: hasAgreed = false
            }
            if hasAgreed, service.setup.ptp == nil || time.now.isTraceable { return nil }
            guard HostClock.monotonic() < end else { break }
            if interrupts.asksToEnd(within: .milliseconds(20)) {
                throw RunFailure.unavailable("\(interrupts.cause), before the first tick")
            }
        }
        let quality = time.now.quality
        if length == .zero {
            return "sessions are anchored to \(quality.rawValue) time: --cluster-wait 0s does not wait for an agreement"
        }
        let report = service.node.report
        if hasAgreed {
            let why = report?.ptp?.fault.map { ": \($0)" } ?? ""
            return
                "PTP has not bounded UTC within \(Quantity.length(length))\(why); sessions are anchored to \(quality.rawValue) time"
        }
        let why = report?.lastFailure.map { "; \($0)" } ?? ""
        return
            "the cluster has not agreed within \(Quantity.length(length)) (\(report?.status.words ?? "it has just begun")\(why)):"
            + " sessions are anchored to \(quality.rawValue) time"
    }

    /// Takes the findings.
    func takeIncidents() -> [RunIncident] {
        let changes = found.peers.withLock { $0.lookOnceASecond(service) }
        return changes
            + found.list.withLock { list in
                defer { list = [] }
                return list
            }
    }

    /// The state of the time, for the journal.
    var record: ClusterRecord? {
        guard let report = service.node.report else { return nil }
        let best = time.now
        return ClusterRecord(
            monotonic: HostClock.monotonic(), status: report.status.rawValue, best: best,
            epoch: report.snapshot.epochNumber, agreeing: Int64(report.snapshot.epoch?.agreement.agreeing ?? 0))
    }

    /// The state of the member, for metrics.
    var metrics: ClusterMetrics? { service.metrics }

    /// The state of the member, for the report. The caller counts the timestamps of ticks.
    func summary(_ tally: TimestampTally) -> RunSummary.Cluster? {
        guard let report = service.node.report else { return nil }
        let file = service.setup.file
        return RunSummary.Cluster(
            name: file.cluster, node: file.node, status: report.status.rawValue, quality: report.best.quality,
            isTraceable: report.best.isTraceable, bound: report.best.bound, agreements: report.snapshot.epochNumber,
            agreeing: Int(report.snapshot.epoch?.agreement.agreeing ?? 0), members: file.members.count,
            refusedDatagrams: report.counts.refused.values.reduce(0, +), timestamps: tally)
    }
}

extension ClusterNodeNotice {
    fileprivate var kind: RunIncident.Kind {
        switch self {
        case .clock(let notice): notice.kind
        case .ptp(.bounds): .ptpBounds
        case .ptp(.lost): .ptpLost
        case .ptp(.grandmaster): .ptpGrandmaster
        case .sourcesContradict: .sourcesContradict
        }
    }

    fileprivate var size: Nanoseconds? {
        switch self {
        case .clock(let notice): notice.size
        case .ptp: nil
        case .sourcesContradict(let by): by
        }
    }
}

extension ClusterNotice {
    fileprivate var kind: RunIncident.Kind {
        switch self {
        case .agreed: .clusterAgreed
        case .windowClosed, .notAgreed: .clusterNotAgreed
        case .stepped: .clusterUTCStep
        case .suspended: .clusterSuspend
        case .leapSecond: .clusterLeapSecond
        case .slewed: .clusterSlew
        case .inconsistent: .clusterPeerInconsistent
        case .rebooted: .clusterPeerRebooted
        case .peerDisrupted: .clusterPeerDisrupted
        }
    }

    fileprivate var size: Nanoseconds? {
        switch self {
        case .stepped(let size), .suspended(let size), .inconsistent(_, let size): size
        default: nil
        }
    }
}
