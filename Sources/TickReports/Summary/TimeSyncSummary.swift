public import TickJournal
internal import TickTime

extension RunSummary {
    /// The clock check that allowed the run, as the journal records it.
    public typealias TimeSync = TimeSyncRecord
}

extension RunSummary.TimeSync {
    var lines: [String] {
        let origin = source == "now" ? "" : ", from \(source)"
        return [
            "  synchronization \(status.rawValue) by \(method), checked \(checked.iso8601)\(origin)",
            "                  \(note)",
        ]
    }
}

extension JSONText {
    mutating func timeSync(_ check: RunSummary.TimeSync) {
        object("time_sync") { json in
            json.member("status", check.status.rawValue)
            json.member("method", check.method)
            json.member("exception", check.exception)
            json.member("note", check.note)
            json.member("source", check.source)
            json.member("checked_utc_ns", check.checked.nanoseconds)
        }
    }
}
