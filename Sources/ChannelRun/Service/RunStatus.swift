import ClusterClock
import TickLinux
import TickReports
import TickScheduling
import TickTime

// One line about a run's state, for `systemctl status tickrun@NAME`.

struct RunStatus {
    /// Sessions that are named in the status; the others are counted.
    private static let namedSessions = 4

    private let run: RunAccumulator
    private let cluster: RunCluster?

    init(_ run: RunAccumulator, _ cluster: RunCluster?) {
        self.run = run
        self.cluster = cluster
    }

    /// `main 00:01:02;04, 3 late, 0 stalled, 0 skipped, time ntp`.
    var text: String {
        let running = run.sessions.filter { !$0.isRemoved }
        var parts = running.prefix(Self.namedSessions).map { session in
            guard let last = session.statistics.last else { return "\(session.name) waits for its epoch" }
            let label = session.timecode.map { $0.label(ofTick: last.index).description }
            return "\(session.name) \(label ?? "tick \(last.index)")"
        }
        if running.count > Self.namedSessions { parts.append("\(running.count - Self.namedSessions) more sessions") }
        let statistics = run.sessions.map(\.statistics)
        parts.append("\(statistics.reduce(0) { $0 + $1.lateCount }) late")
        parts.append("\(statistics.reduce(0) { $0 + $1.count(of: .stall) }) stalled")
        parts.append("\(statistics.reduce(0) { $0 + $1.skipped }) skipped")
        parts.append("time \(timeQuality)")
        return parts.joined(separator: ", ")
    }

    /// The source of the time: the cluster, or the kernel.
    private var timeQuality: String {
        guard let best = cluster?.time.now else {
            return (try? KernelClock.read())?.utcError == nil ? "system, not synchronized" : "ntp"
        }
        return best.quality.rawValue + (best.isTraceable ? "" : ", untraceable")
    }
}
