import ClusterClock
package import ClusterLinux
import TickLinux
import TickTime
package import TimeExchange
import TimeSyncAudit

extension SyncCollection {
    /// Asks a ptp4l on this host, and takes the exchanges of a second with its parent.
    ///
    /// - Parameter stated: the errors that only the operator knows.
    package mutating func addPTP(_ source: PTPSource, stated: PTPStatedErrors) {
        do {
            let measured = try PTPClient.measure(source, stated: stated)
            add(.ptpExchange, source.socket, measured.bound, measured.rawEvidence)
        } catch {
            add(.ptpExchange, source.socket, fault: "\(error)", hasAnswered: error.hasAnswered)
        }
    }
}

extension SyncCollection {
    /// Takes what a node on this host says of the ptp4l that it follows.
    mutating func add(_ ptp: TimeAnswer.PTP, from source: String) {
        var raw = ["socket": ptp.socket, "grandmaster_changes": "\(ptp.grandmasterChanges)"]
        raw["port_state"] = ptp.portState
        raw["grandmaster"] = ptp.grandmaster
        raw["grandmaster_class"] = ptp.grandmasterClass.map { "\($0)" }
        let why = ptp.failure ?? "the node states no bound"
        if let bound = ptp.bound {
            add(.ptpExchange, source, bound, raw)
        } else if let offset = ptp.offsetNs, let provenance = ptp.provenance {
            add(
                SyncEvidence(
                    node: host, method: .ptpExchange, source: source, offset: Nanoseconds(offset), claim: ptp.claim,
                    provenance: provenance, why: why, taken: HostClock.utc(), raw: raw))
        } else {
            add(.ptpExchange, source, fault: why, hasAnswered: false, raw)
        }
    }
}

extension PTPMeasurement {
    /// What ptp4l said, as the result of a check lists it.
    fileprivate var rawEvidence: [String: String] {
        let parent = status.parent, time = status.timeProperties
        var raw = [
            "domain": "\(domain)", "port": "\(status.port.port)", "port_state": status.port.state.name,
            "parent": "\(parent.port)", "grandmaster": "\(parent.grandmaster)",
            "grandmaster_class": "\(parent.quality.clockClass)",
            "grandmaster_accuracy": "0x\(String(parent.quality.accuracy, radix: 16))",
            "steps_removed": "\(status.current.stepsRemoved)",
            "ptp_timescale": "\(time.isPTPTimescale)", "time_traceable": "\(time.isTimeTraceable)",
            "utc_offset_s": "\(time.utcOffset)", "utc_offset_valid": "\(time.isUTCOffsetValid)",
            "ptp4l_offset_ns": "\(status.timeStatus.offset)",
            "path_delay_ns": "\(status.current.pathDelay >> 16)", "exchanges": "\(exchanges)",
            "parent_changes": "\(changes)", "clock_steps": "\(clockSteps)",
        ]
        raw["interface"] = status.interface
        raw["timestamps"] = status.stamping?.name
        return raw
    }
}
