// What a run observed on its host: the kernel's clock state, steps of the clocks, their rate, handlers that did not
// return, and lost records.

public import TickScheduling
public import TickTime

/// The kernel's report on its own clock.
public struct KernelClockRecord: Hashable, Sendable {
    public var monotonic = MonotonicInstant(nanoseconds: 0)
    public var isSynchronized = false
    public var maximumError = Nanoseconds.zero
    public var estimatedError = Nanoseconds.zero
    public var taiOffsetSeconds: Int64 = 0
    public var pendingLeapSecond: Int64 = 0
    public var frequencyPartsPerBillion: Int64 = 0

    public init() {}
}

extension KernelClockRecord: FieldRecord, JournalPayload {
    public static let tag = "OBS_KERNEL_CLOCK_V0"

    static let fields: [PayloadField<Self>] = [
        .monotonic("mono_ns", \.monotonic),
        .length("max_error_ns", \.maximumError),
        .bool("synchronized", \.isSynchronized),
        .integer("tai_offset_s", \.taiOffsetSeconds, in: PayloadRange.kernelNumber),
        .integer("frequency_ppb", \.frequencyPartsPerBillion, in: PayloadRange.partsPerBillion),
        .length("estimated_error_ns", \.estimatedError),
        .integer("pending_leap_second", \.pendingLeapSecond, in: -1...1),
    ]
}

/// A step of CLOCK_REALTIME against the monotonic clock, found by their divergence.
public struct ClockJumpRecord: Hashable, Sendable {
    public var size = Nanoseconds.zero
    public var bound = Nanoseconds.zero
    /// The reading that showed it.
    public var monotonic = MonotonicInstant(nanoseconds: 0)
    public var utc = UTCInstant(nanoseconds: 0)

    init() {}

    public init(_ jump: ClockJump) {
        size = jump.size
        bound = jump.bound
        monotonic = jump.monotonic
        utc = jump.utc
    }
}

extension ClockJumpRecord: FieldRecord {
    static let fields: [PayloadField<Self>] = [
        .utc("utc_ns", \.utc),
        .monotonic("mono_ns", \.monotonic),
        .difference("size_ns", \.size),
        .length("bound_ns", \.bound),
    ]
}

/// CLOCK_MONOTONIC ran off the raw oscillator's rate for an interval.
public struct MonotonicRateRecord: Hashable, Sendable {
    public var partsPerBillion: Int64 = 0
    public var bound: Int64 = 0
    public var length = Nanoseconds.zero
    public var end = MonotonicInstant(nanoseconds: 0)

    init() {}

    public init(_ interval: MonotonicRate.Interval) {
        partsPerBillion = interval.partsPerBillion
        bound = interval.bound
        length = interval.length
        end = interval.end
    }
}

extension MonotonicRateRecord: FieldRecord, JournalPayload {
    public static let tag = "OBS_MONOTONIC_RATE_V0"

    static let fields: [PayloadField<Self>] = [
        .integer("rate_ppb", \.partsPerBillion, in: PayloadRange.partsPerBillion),
        .count("bound_ppb", \.bound),
        .length("length_ns", \.length),
        .monotonic("end_mono_ns", \.end),
    ]
}

/// A handler that did not return for a long time, or that returned at last.
public struct HandlerHangRecord: Hashable, Sendable {
    public var session: Int32 = 0
    public var tick: Int64 = 0
    public var start = MonotonicInstant(nanoseconds: 0)
    public var lasted = Nanoseconds.zero
    public var hasReturned = false

    init() {}

    public init(session: Int32, tick: Int64, start: MonotonicInstant, lasted: Nanoseconds, hasReturned: Bool) {
        self.session = session
        self.tick = tick
        self.start = start
        self.lasted = lasted
        self.hasReturned = hasReturned
    }
}

extension HandlerHangRecord: FieldRecord, JournalPayload {
    public static let tag = "OBS_HANDLER_HANG_V0"

    static let fields: [PayloadField<Self>] = [
        .count("tick", \.tick),
        .session(\.session),
        .isTrue("returned", \.hasReturned),
        .monotonic("start_ns", \.start),
        .length("lasted_ns", \.lasted),
    ]
}
