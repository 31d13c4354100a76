import ClusterClock
import ClusterLinux
import TickTime
import TimeExchange

extension TimeAnswer {
    /// The ptp4l that the node follows.
    package struct PTP: Codable {
        /// Its management socket.
        package let socket: String
        /// Without a status the members down to `path_delay_ns` are absent.
        package let domain: Int64?
        package let portState: String?
        package let interface: String?
        /// What stamps the exchanges: `software` or `hardware`.
        package let timestamps: String?
        package let grandmaster: String?
        package let grandmasterClass: Int64?
        /// The code of IEEE 1588, table 5.
        package let grandmasterAccuracy: Int64?
        package let stepsRemoved: Int64?
        package let utcOffsetS: Int64?
        /// The exchanges with the parent that count.
        package let exchanges: Int64?
        package let pathDelayNs: Int64?
        /// UTC − the host's UTC: the middle of the bound, or ptp4l's estimate without a bound.
        package let offsetNs: Int64?
        /// How far UTC is ahead of the host's UTC: present if it was computed, evidence or not.
        package let aheadLeastNs: Int64?
        package let aheadMostNs: Int64?
        package let provenance: String?
        package let ageMs: Int64?
        /// Why UTC is not bounded.
        package let failure: String?
        /// How many times the grandmaster changed since the node began.
        package let grandmasterChanges: Int64

        init(_ report: PTPReport, changes: Int64, at now: BootInstant) {
            let measured = report.measurement, status = measured?.status
            socket = report.source.socket
            domain = measured.map { Int64($0.domain) }
            portState = status?.port.state.name
            interface = status?.interface
            timestamps = status?.stamping?.name
            grandmaster = status.map { "\($0.parent.grandmaster)" }
            grandmasterClass = status.map { Int64($0.parent.quality.clockClass) }
            grandmasterAccuracy = status.map { Int64($0.parent.quality.accuracy) }
            stepsRemoved = status.map { Int64($0.current.stepsRemoved) }
            utcOffsetS = status.map { Int64($0.timeProperties.utcOffset) }
            exchanges = measured.map { Int64($0.exchanges) }
            pathDelayNs = status.map { $0.current.pathDelay >> 16 }
            offsetNs = measured?.bound.offset.count
            aheadLeastNs = measured?.bound.claim?.lower.count
            aheadMostNs = measured?.bound.claim?.upper.count
            provenance = measured?.bound.provenance.name
            ageMs = report.taken.map { (now -| $0).count / 1_000_000 }
            failure = report.fault
            grandmasterChanges = changes
        }

        /// How far UTC is ahead of the host's UTC, evidence or not.
        var claim: OffsetInterval? {
            guard let least = aheadLeastNs, let most = aheadMostNs, least <= most else { return nil }
            return OffsetInterval(Nanoseconds(least), Nanoseconds(most))
        }

        /// The bound on UTC, if it is evidence, aged to the answer.
        var bound: SourcedBound? {
            guard failure == nil, provenance == BoundProvenance.referenced.name, let offsetNs, let claim else {
                return nil
            }
            return SourcedBound(ptpOffset: Nanoseconds(offsetNs), claim: claim, doubt: nil)
                .aged(by: Nanoseconds(1_000_000).saturatingTimes(max(0, ageMs ?? 0)))
        }

        /// The first number that is out of range, with its key; `nil` if all are in range.
        var valueFault: String? {
            TimeAnswer.fault([
                ("domain", domain, 0...255), ("grandmaster_class", grandmasterClass, 0...255),
                ("grandmaster_accuracy", grandmasterAccuracy, 0...255),
                ("steps_removed", stepsRemoved, 0...65_535), ("utc_offset_s", utcOffsetS, -32_768...32_767),
                ("exchanges", exchanges, 0...65_535),
                ("offset_ns", offsetNs, TimeAnswer.offsets), ("ahead_least_ns", aheadLeastNs, TimeAnswer.offsets),
                ("ahead_most_ns", aheadMostNs, TimeAnswer.offsets), ("age_ms", ageMs, TimeAnswer.lengths),
            ])
        }
    }
}
