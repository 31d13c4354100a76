public import ClockView
public import TickTime

/// An incident that no other record of a journal shows, such as a peer that was lost. What ticks and clocks show is
/// not recorded twice.
public struct IncidentRecord: Hashable, Sendable {
    /// Its kind, by the name that reports give it.
    public var kind: String
    public var begin: UTCInstant
    /// `nil` while it went on.
    public var end: UTCInstant?
    /// How far or how long.
    public var size: Nanoseconds?
    /// In words.
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

    // Keys by their length, then bytewise: the order of deterministic CBOR.
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
