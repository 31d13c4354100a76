// The state of an agent as metrics. The station's part is the one that 'tickrun agent --json' prints.

package import ChannelRun
package import Stations
import TickLinux
package import TickReports
import TickScheduling
import TickTime

extension Agent {
    /// The host's state now, without what its loops measured.
    ///
    /// - Parameter isOver: whether the agent has ended: it then has nothing on air, even if its last state says
    ///   otherwise.
    package func state(isOver: Bool = false) -> StationMetrics {
        let report = member.report, measured = measured, counts = counts, now = HostClock.boot()
        return StationMetrics(
            station: station, host: host, holdsTenure: report.tenureState == .held, generation: report.generation,
            validFor: report.tenureState == .held ? report.validUntil.map { $0 -| now } : nil,
            isPrimary: report.right != nil && !isOver,
            view: report.right?.view ?? report.records?.primary?.record.view,
            roles: ChannelPart.Role.allCases.map(\.name),
            channels: report.decisions.map { decision in
                // For a channel that a program ticks, only the last tick on air is known.
                let own = measured[decision.channel], last = counts[decision.channel]?.lastOnAir
                return StationMetrics.Channel(
                    name: decision.channel, role: decision.role.name,
                    air: isOver ? .offAir : decision.air(after: last, at: now),
                    statistics: own?.statistics, isTicking: own?.isTicking == true && !isOver,
                    lastTickOnAir: last)
            },
            loops: [],
            store: StationMetrics.Store(
                requests: StoreTally.Kind.allCases.flatMap { kind in
                    StoreTally.Outcome.allCases.map { (kind.rawValue, $0.rawValue, report.store.count(kind, $0)) }
                },
                answerAge: report.store.lastAnswer.map { now -| $0 }, isFailing: report.lastFailure != nil))
    }

    /// Passes the host's state to the next writing of the metrics.
    package func offer(_ file: RunMetricsFile, _ program: RunProgram, isOver: Bool = false) {
        let moment = node.moment
        var metrics = state(isOver: isOver)
        metrics.loops = loopMetrics
        file.offer(
            metrics.text(
                file: file.name, version: program.version, cluster: moment.map { node.metrics(at: $0) },
                best: moment?.timestamp, isOver: isOver, written: HostClock.utc()))
    }
}

extension ChannelPart.Role {
    package var name: String {
        switch self {
        case .bystander: "bystander"
        case .standby: "standby"
        case .arming: "arming"
        case .taking: "taking"
        case .owner: "owner"
        }
    }
}
