public import TickTime

extension RunSummary {
    /// The check of the host's clock that let the run begin.
    public struct TimeSync: Hashable, Sendable {
        /// `PASS` or `PASS_WITH_EXCEPTION`.
        public var status: String
        /// What the verdict rests on, and the id of the exception, if one was used.
        public var method: String
        public var exception: String?
        public var note: String
        /// `now`, or the file that it was read from.
        public var source: String
        public var checked: UTCInstant

        public init(
            status: String, method: String, exception: String?, note: String, source: String, checked: UTCInstant
        ) {
            self.status = status
            self.method = method
            self.exception = exception
            self.note = note
            self.source = source
            self.checked = checked
        }
    }
}

extension RunSummary.TimeSync {
    var lines: [String] {
        let origin = source == "now" ? "" : ", from \(source)"
        return [
            "  synchronization \(status) by \(method), checked \(checked.iso8601)\(origin)",
            "                  \(note)",
        ]
    }
}

extension JSONText {
    mutating func timeSync(_ check: RunSummary.TimeSync) {
        object("time_sync") { json in
            json.member("status", check.status)
            json.member("method", check.method)
            json.member("exception", check.exception)
            json.member("note", check.note)
            json.member("source", check.source)
            json.member("checked_utc_ns", check.checked.nanoseconds)
        }
    }
}
