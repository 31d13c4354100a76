import ChannelRun
import ClusterClock
import TickReports
import TickTime

// The peers of an answer as a table, for people: what 'chronyc sources' shows of NTP servers.

extension TimeAnswer {
    /// A header, and a line for each peer.
    var peerLines: [String] {
        let rows =
            [["S", "NAME", "REACH", "LAST", "OFFSET", "ERROR", "RTT", "VERDICT", "CONSENSUS"]] + peers.map(\.row)
        let widths = rows[0].indices.map { column in rows.map { $0[column].count }.max() ?? 0 }
        return rows.map { row in
            let cells = row.indices.map { column in
                if column == row.count - 1 { return row[column] }
                return row[column].padded(to: widths[column], isNumber: (2...6).contains(column))
            }
            return cells.joined(separator: "  ")
        }
    }
}

extension TimeAnswer.Peer {
    fileprivate var row: [String] {
        let offset = offsetNs.map { "\($0 < 0 ? "" : "+")\(Quantity.length(Nanoseconds($0)))" } ?? "-"
        let error = errorNs.map { "± \(Quantity.length(Nanoseconds($0)))" } ?? "-"
        return [
            PeerState(rawValue: state)?.mark ?? " ", name, String(reach, radix: 8),
            Quantity.length(lastHeardMs.map { Nanoseconds(1_000_000).saturatingTimes($0) }), offset, error,
            Quantity.length(roundTripNs.map { Nanoseconds($0) }), judgement,
            included ? "included" : "no: \(reason ?? "unknown")",
        ]
    }

    private var judgement: String {
        if falseByNs > 0 { return "\(verdict) by \(Quantity.length(Nanoseconds(falseByNs)))" }
        return state == PeerState.unjudged.rawValue ? "not judged yet" : verdict
    }
}
