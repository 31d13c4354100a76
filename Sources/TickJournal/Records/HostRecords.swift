// What a run observed on its host: the kernel's clock state, steps of the clocks, their rate, handlers that did not
// return, and lost records.

public import ClockView
public import TickScheduling
public import TickTime

/// The kernel's report on its own clock.
public struct KernelClockRecord: Hashable, Sendable {
    public var monotonic: MonotonicInstant
    public var isSynchronized: Bool
    public var maximumError: Nanoseconds
    public var estimatedError: Nanoseconds
    public var taiOffsetSeconds: Int64
    public var pendingLeapSecond: Int64
    public var frequencyPartsPerBillion: Int64

    public init(
        monotonic: MonotonicInstant, isSynchronized: Bool, maximumError: Nanoseconds, estimatedError: Nanoseconds,
        taiOffsetSeconds: Int64, pendingLeapSecond: Int64, frequencyPartsPerBillion: Int64
    ) {
        self.monotonic = monotonic
        self.isSynchronized = isSynchronized
        self.maximumError = maximumError
        self.estimatedError = estimatedError
        self.taiOffsetSeconds = taiOffsetSeconds
        self.pendingLeapSecond = pendingLeapSecond
        self.frequencyPartsPerBillion = frequencyPartsPerBillion
    }
}

extension KernelClockRecord: JournalPayload {
    public static let tag = "OBS_KERNEL_CLOCK_V0"

    public func write(to map: inout CBORMapWriter) {
        map.key("mono_ns", monotonic)
        map.key("max_error_ns", maximumError)
        map.key("synchronized", isSynchronized)
        map.key("tai_offset_s", taiOffsetSeconds)
        map.key("frequency_ppb", frequencyPartsPerBillion)
        map.key("estimated_error_ns", estimatedError)
        map.key("pending_leap_second", pendingLeapSecond)
    }

    public init(from map: inout CBORMapReader) throws(CBORError) {
        monotonic = try map.monotonic("mono_ns")
        maximumError = try map.length("max_error_ns")
        isSynchronized = try map.bool("synchronized")
        taiOffsetSeconds = try map.integer("tai_offset_s", in: PayloadRange.kernelNumber)
        frequencyPartsPerBillion = try map.integer("frequency_ppb", in: PayloadRange.partsPerBillion)
        estimatedError = try map.length("estimated_error_ns")
        pendingLeapSecond = try map.integer("pending_leap_second", in: -1...1)
    }
}

/// A step of CLOCK_REALTIME against the monotonic clock, found by their divergence.
public struct ClockJumpRecord: Hashable, Sendable {
    public var size: Nanoseconds
    public var bound: Nanoseconds
    /// The reading that showed it.
    public var monotonic: MonotonicInstant
    public var utc: UTCInstant

    public init(_ jump: ClockJump) {
        size = jump.size
        bound = jump.bound
        monotonic = jump.monotonic
        utc = jump.utc
    }

    func write(to map: inout CBORMapWriter) {
        map.key("utc_ns", utc)
        map.key("mono_ns", monotonic)
        map.key("size_ns", size)
        map.key("bound_ns", bound)
    }

    init(from map: inout CBORMapReader) throws(CBORError) {
        utc = try map.utc("utc_ns")
        monotonic = try map.monotonic("mono_ns")
        size = try map.difference("size_ns")
        bound = try map.length("bound_ns")
    }
}

/// CLOCK_MONOTONIC ran off the raw oscillator's rate for an interval.
public struct MonotonicRateRecord: Hashable, Sendable {
    public var partsPerBillion: Int64
    public var bound: Int64
    public var length: Nanoseconds
    public var end: MonotonicInstant

    public init(_ interval: MonotonicRate.Interval) {
        partsPerBillion = interval.partsPerBillion
        bound = interval.bound
        length = interval.length
        end = interval.end
    }
}

extension MonotonicRateRecord: JournalPayload {
    public static let tag = "OBS_MONOTONIC_RATE_V0"

    public func write(to map: inout CBORMapWriter) {
        map.key("rate_ppb", partsPerBillion)
        map.key("bound_ppb", bound)
        map.key("length_ns", length)
        map.key("end_mono_ns", end)
    }

    public init(from map: inout CBORMapReader) throws(CBORError) {
        partsPerBillion = try map.integer("rate_ppb", in: PayloadRange.partsPerBillion)
        bound = try map.integer("bound_ppb", in: PayloadRange.count)
        length = try map.length("length_ns")
        end = try map.monotonic("end_mono_ns")
    }
}

/// A handler that did not return for a long time, or that returned at last.
public struct HandlerHangRecord: Hashable, Sendable {
    public var session: Int32
    public var tick: Int64
    public var start: MonotonicInstant
    public var lasted: Nanoseconds
    public var hasReturned: Bool

    public init(session: Int32, tick: Int64, start: MonotonicInstant, lasted: Nanoseconds, hasReturned: Bool) {
        self.session = session
        self.tick = tick
        self.start = start
        self.lasted = lasted
        self.hasReturned = hasReturned
    }
}

extension HandlerHangRecord: JournalPayload {
    public static let tag = "OBS_HANDLER_HANG_V0"

    public func write(to map: inout CBORMapWriter) {
        map.key("tick", tick)
        map.key("session", Int64(session))
        map.key("returned", ifTrue: hasReturned)
        map.key("start_ns", start)
        map.key("lasted_ns", lasted)
    }

    public init(from map: inout CBORMapReader) throws(CBORError) {
        tick = try map.count("tick")
        session = try map.session()
        hasReturned = try map.isTrue("returned")
        start = try map.monotonic("start_ns")
        lasted = try map.length("lasted_ns")
    }
}
