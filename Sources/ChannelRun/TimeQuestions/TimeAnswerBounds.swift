import TickTime

// An answer comes through a socket. The other process may be of another version, or may not be a node at all. Its
// numbers are checked before anything is computed from them.

extension TimeAnswer {
    /// UTC and its bounds: a year more on either side than a clock may show.
    private static let instants: ClosedRange<Int64> = {
        let (range, year) = (AdmittedRange.utcNanoseconds, Int64(366 * 86_400 * 1_000_000_000))
        return (range.lowerBound - year)...(range.upperBound + year)
    }()
    static let instantsMs = instants.lowerBound / 1_000_000...instants.upperBound / 1_000_000
    static let offsets = AdmittedRange.offsetNanoseconds
    static let lengths = 0...AdmittedRange.longestDuration.count

    /// The first number that is out of range, with its key; `nil` if all are in range.
    var valueFault: String? {
        let checks: [(String, Int64?, ClosedRange<Int64>)] = [
            ("local_time_ms", localTimeMs, Self.instantsMs), ("consensus_time_ms", consensusTimeMs, Self.instantsMs),
            ("drift_ms", driftMs, Self.offsets), ("drift_ns", driftNs, Self.offsets),
            ("consensus_age_ms", consensusAgeMs, -Self.lengths.upperBound...Self.lengths.upperBound),
            ("monotonic_ns", monotonicNs, Self.lengths), ("boottime_ns", boottimeNs, Self.lengths),
            ("sources", Int64(sources), AdmittedRange.count), ("ntp_within_ns", ntpWithinNs, Self.lengths),
            ("host_utc_ns", hostUtcNs, Self.instants), ("time_utc_ns", timeUtcNs, Self.instants),
            ("earliest_utc_ns", earliestUtcNs, Self.instants), ("latest_utc_ns", latestUtcNs, Self.instants),
            ("bound_ns", boundNs, Self.lengths), ("held_ns", heldNs, 0...Self.offsets.upperBound),
            ("epoch", epoch, AdmittedRange.count), ("agreeing", Int64(agreeing), AdmittedRange.count),
            ("members", Int64(members), AdmittedRange.count),
            ("sources_contradict_by_ns", sourcesContradictByNs, Self.lengths),
        ]
        if let fault = Self.fault(checks) { return fault }
        for (key, share) in [("confidence", confidence), ("min_confidence", minConfidence)] {
            if let share, !(0...1).contains(share) { return "\(key) is \(share)" }
        }
        for peer in peers { if let fault = peer.valueFault { return "peer '\(peer.name)': \(fault)" } }
        if let fault = ptp?.valueFault { return "ptp: \(fault)" }
        for server in ntp { if let fault = server.valueFault { return "NTP server '\(server.server)': \(fault)" } }
        return nil
    }

    static func fault(_ checks: [(String, Int64?, ClosedRange<Int64>)]) -> String? {
        for (key, value, range) in checks {
            if let value, !range.contains(value) { return "\(key) is \(value)" }
        }
        return nil
    }
}

extension TimeAnswer.Peer {
    fileprivate var valueFault: String? {
        TimeAnswer.fault([
            ("time_ms", timeMs, TimeAnswer.instantsMs), ("ahead_least_ns", aheadLeastNs, TimeAnswer.offsets),
            ("ahead_most_ns", aheadMostNs, TimeAnswer.offsets), ("false_by_ns", falseByNs, TimeAnswer.offsets),
            ("round_trip_ns", roundTripNs, TimeAnswer.lengths), ("reach", reach, 0...255),
            ("last_heard_ms", lastHeardMs, TimeAnswer.lengths), ("offset_ns", offsetNs, TimeAnswer.offsets),
            ("error_ns", errorNs, 0...TimeAnswer.offsets.upperBound),
        ])
    }
}

extension TimeAnswer.Server {
    fileprivate var valueFault: String? {
        TimeAnswer.fault([
            ("offset_ns", offsetNs, TimeAnswer.offsets), ("bound_ns", boundNs, TimeAnswer.lengths),
            ("age_ms", ageMs, TimeAnswer.lengths),
        ])
    }
}
