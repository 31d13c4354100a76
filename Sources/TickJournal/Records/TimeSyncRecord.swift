public import ClockView
public import TickTime

/// The verdict of the check of the host's clock that allowed the run.
public struct TimeSyncRecord: Hashable, Sendable {
    public var status: SyncStatus
    /// The evidence of the verdict.
    public var method: String
    /// The id of the exception that the verdict uses.
    public var exception: String?
    public var note: String
    /// The origin of the verdict: `now`, or a file.
    public var source: String
    public var checked: UTCInstant

    public init(
        status: SyncStatus, method: String, exception: String?, note: String, source: String, checked: UTCInstant
    ) {
        self.status = status
        self.method = method
        self.exception = exception
        self.note = note
        self.source = source
        self.checked = checked
    }
}

extension TimeSyncRecord: JournalPayload {
    public static let tag = "OBS_TIME_SYNC_V0"

    // Keys ordered by length, then bytewise: the order of deterministic CBOR.
    public func write(to map: inout CBORMapWriter) {
        map.key("note", note)
        map.key("method", method)
        map.key("source", source)
        map.key("status", status.rawValue)
        if let exception { map.key("exception", exception) }
        map.key("checked_utc_ns", checked)
    }

    public init(from map: inout CBORMapReader) throws(CBORError) {
        note = try map.text("note")
        method = try map.text("method")
        source = try map.text("source")
        status = try map.choice("status") { SyncStatus(rawValue: $0) }
        exception = try map.textIfAny("exception")
        checked = try map.utc("checked_utc_ns")
    }
}
