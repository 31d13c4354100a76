public import ClockView
public import TickTime

/// An incident that no other record of a journal shows, such as a lost peer. Incidents that follow from ticks and
/// clocks are not recorded twice.
public struct IncidentRecord: Hashable, Sendable {
    /// Its kind, under the name that reports use.
    public var kind: String
    public var begin: UTCInstant
    /// `nil` while it continued.
    public var end: UTCInstant?
    /// Its size: a distance or a duration.
    public var size: Nanoseconds?
    /// A description in words.
    public var text: String

    public init(kind: String, begin: UTCInstant, end: UTCInstant?, size: Nanoseconds?, text: String) {
        self.kind = kind
        self.begin = begin
        self.end = end
        self.size = size
        self.text = text
    }
}

extension IncidentRecord: JournalPayload {
    public static let tag = "OBS_INCIDENT_V0"

    // Keys ordered by length, then bytewise: the order of deterministic CBOR.
    public func write(to map: inout CBORMapWriter) {
        map.key("kind", kind)
        map.key("text", text)
        map.key("utc_ns", begin)
        map.key("size_ns", ifAny: size?.count)
        map.key("end_utc_ns", ifAny: end?.nanoseconds)
    }

    public init(from map: inout CBORMapReader) throws(CBORError) {
        kind = try map.text("kind")
        text = try map.text("text")
        begin = try map.utc("utc_ns")
        size = try map.differenceIfAny("size_ns")
        end = try map.utcIfAny("end_utc_ns")
    }
}
