public import ClockView
public import TickTime

/// The state of the time, as a member of a cluster saw it.
public struct ClusterRecord: Hashable, Sendable {
    public var monotonic: MonotonicInstant
    /// The cluster clock's status, by its name.
    public var status: String
    /// The best time, its source, and how far it was held ahead of that source.
    public var time: UTCInstant
    public var quality: UTCSource
    public var isTraceable: Bool
    public var held: Nanoseconds
    public var earliest: UTCInstant?
    public var latest: UTCInstant?
    /// How many agreements there were.
    public var epoch: Int64
    /// How many members agreed in the last agreement, including this one.
    public var agreeing: Int64

    public init(
        monotonic: MonotonicInstant, status: String, time: UTCInstant, quality: UTCSource, isTraceable: Bool,
        held: Nanoseconds, earliest: UTCInstant?, latest: UTCInstant?, epoch: Int64, agreeing: Int64
    ) {
        self.monotonic = monotonic
        self.status = status
        self.time = time
        self.quality = quality
        self.isTraceable = isTraceable
        self.held = held
        self.earliest = earliest
        self.latest = latest
        self.epoch = epoch
        self.agreeing = agreeing
    }
}

extension ClusterRecord: JournalPayload {
    public static let tag = "OBS_CLUSTER_V0"

    public func write(to map: inout CBORMapWriter) {
        map.key("epoch", epoch)
        map.key("status", status)
        map.key("held_ns", held)
        map.key("mono_ns", monotonic)
        map.key("quality", quality.rawValue)
        map.key("agreeing", agreeing)
        map.key("traceable", isTraceable)
        map.key("time_utc_ns", time)
        map.key("latest_utc_ns", ifAny: latest?.nanoseconds)
        map.key("earliest_utc_ns", ifAny: earliest?.nanoseconds)
    }

    public init(from map: inout CBORMapReader) throws(CBORError) {
        epoch = try map.count("epoch")
        status = try map.text("status")
        held = try map.length("held_ns")
        monotonic = try map.monotonic("mono_ns")
        quality = try map.choice("quality") { UTCSource(rawValue: $0) }
        agreeing = try map.count("agreeing")
        isTraceable = try map.bool("traceable")
        time = try map.utc("time_utc_ns")
        latest = try map.utcIfAny("latest_utc_ns")
        earliest = try map.utcIfAny("earliest_utc_ns")
    }
}
