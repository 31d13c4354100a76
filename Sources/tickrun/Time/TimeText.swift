import ChannelRun
import ClusterClock
import TickReports
import TickTime

// An answer about the time, for people.

extension TimeAnswer {
    var statusLines: [String] {
        let local = Self.text(milliseconds: localTimeMs)
        var lines = ["Local       \(local)"]
        let age = consensusAgeMs.map { "  (\($0 / 1_000) s ago)" } ?? ""
        lines.append(
            "Consensus   " + (consensusTimeMs.map { Self.text(milliseconds: $0) } ?? "none") + age)
        lines.append("Drift       \(driftText)")
        lines.append("Sources     \(sources) of \(peers.count) peers")
        lines.append("Confidence  " + (confidence.map { "\(Int(($0 * 100).rounded())) %\(trust($0))" } ?? "none"))
        if let ptp { lines.append("PTP         \(ptp.text)") }
        lines.append("NTP         \(ntpText)")
        for server in ntp { lines.append("            \(server.text)") }
        if let sourcesContradictByNs {
            let by = Quantity.length(Nanoseconds(sourcesContradictByNs))
            lines.append("            PTP and NTP exclude each other by \(by): neither counts")
        }
        lines.append("Cluster     \(clusterText)")
        lines.append("Time        \(timeText)")
        return lines
    }

    /// `2026-11-21T13:27:47.894Z`.
    private static func text(milliseconds: Int64) -> String {
        (UTCInstant(nanoseconds: 0) +| Nanoseconds(1_000_000).saturatingTimes(milliseconds)).iso8601.dropLast(7) + "Z"
    }

    private func trust(_ confidence: Double) -> String {
        confidence < minConfidence ? ", below the \(Int((minConfidence * 100).rounded())) % from which it is used" : ""
    }

    /// `+15s (local ahead)`.
    var driftText: String {
        guard let driftNs else { return "unknown: no peer has stated its time" }
        guard driftNs != 0 else { return "0 (local agrees)" }
        return "\(Self.compact(driftNs)) (local \(driftNs > 0 ? "ahead" : "behind"))"
    }

    /// At most three decimals, without zeros at the end: `+15s`, `-1.5ms`.
    static func compact(_ nanoseconds: Int64) -> String {
        let count = nanoseconds.magnitude
        let (unit, size): (String, UInt64) =
            count >= 1_000_000_000 ? ("s", 1_000_000_000) : count >= 1_000_000 ? ("ms", 1_000_000) : ("µs", 1_000)
        let thousandths = count / (size / 1_000) + (count % (size / 1_000) >= size / 2_000 ? 1 : 0)
        var text = "\(thousandths / 1_000)"
        if thousandths % 1_000 != 0 {
            var decimals = String(thousandths % 1_000 + 1_000).dropFirst()
            while decimals.last == "0" { decimals.removeLast() }
            text += ".\(decimals)"
        }
        return (nanoseconds < 0 ? "-" : "+") + text + unit
    }

    private var ntpText: String {
        guard ntpSynced else { return ntp.isEmpty ? "not synchronized, as the kernel states" : "not synchronized" }
        return "synchronized within \(Quantity.length(ntpWithinNs.map { Nanoseconds($0) }))"
    }

    /// The status of the cluster in words.
    var statusText: String { ClusterStatus(rawValue: status)?.words ?? status }

    private var clusterText: String {
        var text = "\(statusText), \(agreeing) of \(members) agree"
        if epoch > 0 { text += ", epoch \(epoch)" }
        if let lastFailure { text += "; last: \(lastFailure)" }
        return text
    }

    /// The best time and its quality.
    var timeText: String {
        let time = UTCInstant(nanoseconds: timeUtcNs)
        var text = "\(time.iso8601)  quality \(quality)"
        if let earliestUtcNs, let latestUtcNs {
            let (before, after) = (
                time -| UTCInstant(nanoseconds: earliestUtcNs), UTCInstant(nanoseconds: latestUtcNs) -| time
            )
            text += "  \(traceable ? "UTC" : "cluster") within -\(Quantity.length(before)) +\(Quantity.length(after))"
        }
        if !traceable { text += "  untraceable" }
        // A smaller difference is the time between two readings of a clock.
        if heldNs >= 1_000 { text += "  held by \(Quantity.length(Nanoseconds(heldNs)))" }
        return text
    }

    /// The same, with the instant that it belongs to.
    var nowText: String {
        let (seconds, rest) = monotonicNs.quotientAndRemainder(dividingBy: 1_000_000_000)
        return "\(timeText)  at CLOCK_MONOTONIC \(seconds).\(String(1_000_000_000 + rest).dropFirst()) s"
    }
}

extension TimeAnswer.PTP {
    fileprivate var text: String {
        var parts: [String] = []
        if failure == nil, let aheadLeastNs, let aheadMostNs {
            let most = max(Nanoseconds(aheadLeastNs).magnitude, Nanoseconds(aheadMostNs).magnitude)
            parts.append("UTC within \(Quantity.length(most)) of this host's")
        }
        if let grandmaster, let portState {
            let number = grandmasterClass.map { " of class \($0)" } ?? ""
            parts.append("\(portState), grandmaster \(grandmaster)\(number)")
        }
        if let domain { parts.append("domain \(domain)") }
        if let failure { parts.append("bounds nothing: \(failure)") }
        return parts.joined(separator: ", ")
    }
}

extension TimeAnswer.Server {
    fileprivate var text: String {
        let offset = offsetNs.map { "\(server): offset \(Quantity.length(Nanoseconds($0)))" }
        let bound = boundNs.map { " within \(Quantity.length(Nanoseconds($0)))" } ?? ""
        guard let failure else { return offset.map { $0 + bound } ?? "\(server): not asked yet" }
        return offset.map { "\($0)\(bound); now: \(failure)" } ?? failure
    }
}
