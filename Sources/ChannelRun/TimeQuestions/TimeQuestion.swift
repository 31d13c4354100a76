import ClusterLinux
import ClusterClock
import TickConfiguration
import TickLinux
import TickReports
import TickTime

/// What 'tickrun time' asks a node.
package enum TimeQuestion: String, CaseIterable {
    case status
    case sync
    case peers
    case drift
    case now
    case wait

    /// Why the answer is no; `nil` if it is yes.
    func fault(_ moment: NodeMoment, _ setup: ClusterSetup) -> String? {
        switch self {
        case .status, .sync, .now: Self.noAgreement(moment, setup) ?? Self.noBound(moment)
        case .wait: Self.noBound(moment)
        case .peers: Self.noMajority(moment, setup)
        case .drift: Self.noConsensus(moment, setup)
        }
    }

    private static func noAgreement(_ moment: NodeMoment, _ setup: ClusterSetup) -> String? {
        let remedy = "'tickrun time peers' shows which members answer"
        switch moment.status {
        case .alone, .synchronized, .agreedUntraceable, .statedErrorsContradict, .holding: return nil
        case .gathering: return "no majority of the cluster has agreed; \(remedy)"
        case .disrupted: return "a disturbance of this host's clocks withdrew the agreement; wait for the next one"
        case .expired:
            let age = moment.report.snapshot.epoch.map { moment.reading.boot -| $0.installed }
            let limit = setup.file.configuration.epochLength
            return "the last agreement is \(Quantity.length(age)) old and expired after \(Quantity.length(limit));"
                + " \(remedy)"
        }
    }

    private static func noBound(_ moment: NodeMoment) -> String? {
        if moment.best.isTraceable, moment.bound != nil { return nil }
        if moment.status == .statedErrorsContradict {
            return "true UTC is not bounded: the errors that the members state contradict each other;"
                + " correct \"stated_error_ns\" of the member that is wrong"
        }
        if let by = moment.report.sourcesContradictBy {
            return "true UTC is not bounded: \(NodeService.contradiction(by: by)); correct the source that is wrong"
        }
        return "true UTC is not bounded: neither a majority of the members nor PTP nor NTP states an error;"
            + " give \"stated_error_ns\", \"ptp\" or \"ntp\" in the cluster's files"
    }

    private static func noMajority(_ moment: NodeMoment, _ setup: ClusterSetup) -> String? {
        let configuration = setup.file.configuration
        guard moment.answering < configuration.majority else { return nil }
        return "\(moment.answering) of \(configuration.size) members answer, this one included, and a majority is"
            + " \(configuration.majority); start the others, or see whether their addresses can be reached"
    }

    private static func noConsensus(_ moment: NodeMoment, _ setup: ClusterSetup) -> String? {
        if moment.report.consensus != nil { return nil }
        return setup.consensus.isEnabled
            ? "no peer has stated its time; 'tickrun time sync' asks them now"
            : "the coarse consensus is off; set \"enabled\" in \(setup.path) or give --consensus on"
    }
}
