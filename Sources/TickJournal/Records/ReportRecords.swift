// What a report needs beside the events: the host, the labels of ticks, the service levels, and the CPU time that the
// hypervisor took.

public import ClockView
public import TickScheduling
public import TickTime

/// The host of a run.
public struct RunHostRecord: Hashable, Sendable {
    public var host: String
    public var kernel: String
    public var preemption: String
    public var clockSource: String

    public init(host: String, kernel: String, preemption: String, clockSource: String) {
        self.host = host
        self.kernel = kernel
        self.preemption = preemption
        self.clockSource = clockSource
    }
}

extension RunHostRecord: JournalPayload {
    public static let tag = "OBS_RUN_HOST_V0"

    public func write(to map: inout CBORMapWriter) {
        map.key("host", host)
        map.key("kernel", kernel)
        map.key("preemption", preemption)
        map.key("clock_source", clockSource)
    }

    public init(from map: inout CBORMapReader) throws(CBORError) {
        host = try map.text("host")
        kernel = try map.text("kernel")
        preemption = try map.text("preemption")
        clockSource = try map.text("clock_source")
    }
}

/// A service level of a session.
public struct ServiceLevelRecord: Hashable, Sendable {
    public var session: Int32
    /// The key that profiles use for it.
    public var level: String
    /// The greatest accepted value.
    public var limit: Int64

    public init(session: Int32, level: String, limit: Int64) {
        self.session = session
        self.level = level
        self.limit = limit
    }
}

extension ServiceLevelRecord: JournalPayload {
    public static let tag = "OBS_SERVICE_LEVEL_V0"

    public func write(to map: inout CBORMapWriter) {
        map.key("level", level)
        map.key("limit", limit)
        map.key("session", Int64(session))
    }

    public init(from map: inout CBORMapReader) throws(CBORError) {
        level = try map.text("level")
        limit = try map.integer("limit", in: PayloadRange.duration)
        session = try map.session()
    }
}

/// The start of house time's count.
private enum HouseTimeReference: String {
    /// The last jam. New journals always have this.
    case jam
    /// The epoch, in older journals that do not state the start.
    case epoch
}

/// The labels of a session's ticks.
public struct SessionLabelsRecord: Hashable, Sendable {
    public var session: Int32
    public var isDropFrame: Bool
    /// The number of tick 0's label; `nil` for house time.
    public var startFrame: Int64?
    /// House time: the clock's offset from UTC, and when the labels are set again each day.
    public var utcOffsetMinutes: Int64?
    public var dailyJamSeconds: Int64?
    /// Whether house time counts from the last jam. In journals from before `house_time_from` it counts from the
    /// epoch's time of day until the first jam.
    package var countsFromJam = false

    public init(session: Int32, _ timecode: SessionTimecode) {
        self.session = session
        isDropFrame = timecode.format.isDropFrame
        switch timecode.start {
        case .label(let label): startFrame = try? timecode.format.frame(of: label)
        case .timeOfDay(let offset, let jam):
            countsFromJam = true
            utcOffsetMinutes = Int64(offset.minutes)
            dailyJamSeconds = jam.map { Int64($0.secondsSinceMidnight) }
        }
    }

    /// The labels; `nil` if they do not exist at the rate.
    public func timecode(rate: FrameRate, epoch: UTCInstant) -> SessionTimecode? {
        guard let format = try? TimecodeFormat(rate: rate, dropFrame: isDropFrame) else { return nil }
        if let startFrame {
            return try? SessionTimecode(format: format, start: .label(format.label(ofFrame: startFrame)), epoch: epoch)
        }
        guard let utcOffsetMinutes, (-840...840).contains(utcOffsetMinutes) else { return nil }
        let offset = UTCOffset(minutes: Int(utcOffsetMinutes))
        let jam = dailyJamSeconds.flatMap { seconds in
            (0..<86_400).contains(seconds) ? TimeOfDay(secondsSinceMidnight: Int(seconds)) : nil
        }
        guard countsFromJam else {
            return SessionTimecode(format: format, countedFromEpoch: epoch, offset: offset, dailyJam: jam)
        }
        return try? SessionTimecode(format: format, start: .timeOfDay(offset: offset, dailyJam: jam), epoch: epoch)
    }
}

extension SessionLabelsRecord: JournalPayload {
    public static let tag = "OBS_SESSION_LABELS_V0"

    public func write(to map: inout CBORMapWriter) {
        map.key("jam_s", ifAny: dailyJamSeconds)
        map.key("session", Int64(session))
        map.key("drop_frame", ifTrue: isDropFrame)
        map.key("start_frame", ifAny: startFrame)
        map.key("utc_offset_min", ifAny: utcOffsetMinutes)
        if countsFromJam { map.key("house_time_from", HouseTimeReference.jam.rawValue) }
    }

    public init(from map: inout CBORMapReader) throws(CBORError) {
        dailyJamSeconds = try map.integerIfAny("jam_s", in: 0...86_399)
        session = try map.session()
        isDropFrame = try map.isTrue("drop_frame")
        startFrame = try map.countIfAny("start_frame")
        utcOffsetMinutes = try map.integerIfAny("utc_offset_min", in: -840...840)
        let start = map.position
        let reference = try map.choice("house_time_from", default: HouseTimeReference.epoch) {
            HouseTimeReference(rawValue: $0)
        }
        countsFromJam = reference == .jam
        guard !countsFromJam || utcOffsetMinutes != nil else {
            throw CBORError(.outOfRange("house_time_from"), at: start)
        }
    }
}

/// CPU time that the hypervisor has taken from all CPUs since the boot.
public struct StolenTimeRecord: Hashable, Sendable {
    public var monotonic: MonotonicInstant
    public var stolen: Nanoseconds
    /// How long CPU quotas have stopped the process; `nil` without a quota.
    public var throttling: CPUThrottling?

    public init(monotonic: MonotonicInstant, stolen: Nanoseconds, throttling: CPUThrottling? = nil) {
        self.monotonic = monotonic
        self.stolen = stolen
        self.throttling = throttling
    }
}

extension StolenTimeRecord: JournalPayload {
    public static let tag = "OBS_STOLEN_TIME_V0"

    public func write(to map: inout CBORMapWriter) {
        map.key("mono_ns", monotonic)
        map.key("stolen_ns", stolen)
        map.key("quota_periods", ifAny: throttling?.periods)
        map.key("throttled_time_ns", ifAny: throttling?.time.count)
        map.key("throttled_period_count", ifAny: throttling?.throttledPeriods)
    }

    public init(from map: inout CBORMapReader) throws(CBORError) {
        monotonic = try map.monotonic("mono_ns")
        stolen = try map.duration("stolen_ns")
        let position = map.position
        let periods = try map.countIfAny("quota_periods")
        let time = try map.durationIfAny("throttled_time_ns")
        let throttled = try map.countIfAny("throttled_period_count")
        switch (periods, time, throttled) {
        case (nil, nil, nil): throttling = nil
        case (let periods?, let time?, let throttled?):
            throttling = CPUThrottling(periods: periods, throttledPeriods: throttled, time: time)
        default: throw CBORError(.outOfRange("quota_periods"), at: position)
        }
    }
}
