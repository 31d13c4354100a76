public import ClockView
public import TickTime

/// The state of the time, as a member of a cluster saw it.
public struct ClusterRecord: Hashable, Sendable {
    public var monotonic: MonotonicInstant
    /// The cluster clock's status, by its name.
    public var status: String
    /// The best time, without the number of its agreement, which the record states as `epoch`.
    public let best: StampedTime
    /// How many agreements there were.
    public var epoch: Int64
    /// How many members agreed in the last agreement, including this one.
    public var agreeing: Int64

    public init(
        monotonic: MonotonicInstant, status: String, best: StampedTime, epoch: Int64, agreeing: Int64
    ) {
        self.monotonic = monotonic
        self.status = status
        var bounds: (UTCInstant, UTCInstant)?
        if let earliest = best.earliest, let latest = best.latest { bounds = (earliest, latest) }
        self.best = StampedTime(
            best.time, quality: best.quality, isTraceable: best.isTraceable, bounds: bounds, held: best.held)
        self.epoch = epoch
        self.agreeing = agreeing
    }
}

extension ClusterRecord: JournalPayload {
    public static let tag = "OBS_CLUSTER_V0"

    public func write(to map: inout CBORMapWriter) {
        map.key("epoch", epoch)
        map.key("status", status)
        map.key("held_ns", best.held)
        map.key("mono_ns", monotonic)
        map.key("quality", best.quality.rawValue)
        map.key("agreeing", agreeing)
        map.key("traceable", best.isTraceable)
        map.key("time_utc_ns", best.time)
        map.key("latest_utc_ns", ifAny: best.latest?.nanoseconds)
        map.key("earliest_utc_ns", ifAny: best.earliest?.nanoseconds)
    }

    public init(from map: inout CBORMapReader) throws(CBORError) {
        epoch = try map.count("epoch")
        status = try map.text("status")
        let held = try map.length("held_ns")
        monotonic = try map.monotonic("mono_ns")
        let quality = try map.choice("quality") { UTCSource(rawValue: $0) }
        agreeing = try map.count("agreeing")
        let isTraceable = try map.bool("traceable")
        let time = try map.utc("time_utc_ns")
        let position = map.position
        let latest = try map.utcIfAny("latest_utc_ns")
        let bounds: (UTCInstant, UTCInstant)?
        switch (try map.utcIfAny("earliest_utc_ns"), latest) {
        case (nil, nil): bounds = nil
        case (let earliest?, let latest?) where earliest <= latest: bounds = (earliest, latest)
        default: throw CBORError(.outOfRange("latest_utc_ns"), at: position)
        }
        best = StampedTime(time, quality: quality, isTraceable: isTraceable, bounds: bounds, held: held)
    }
}
