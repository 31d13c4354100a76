// swift-format-ignore-file: AlwaysUseLowerCamelCase
// The names are those of the header.

public import CTickScheduler
internal import TickLinux
internal import TickTime

extension FrameRate {
    /// - Throws: TICK_ERROR_RATE.
    init(_ rate: tick_rate) throws(CallError) {
        do { try self.init(rate.numerator, over: rate.denominator) } catch { throw CallError(error) }
    }
}

extension tick_rate {
    init(_ rate: FrameRate) { self.init(numerator: rate.numerator, denominator: rate.denominator) }
}

/// The text that a caller passed.
///
/// - Throws: TICK_ERROR_NULL.
func text(_ pointer: UnsafePointer<CChar>?, _ name: String) throws(CallError) -> String {
    guard let pointer = unsafe pointer else { throw .null(name) }
    return unsafe String(cString: pointer)
}

/// Writes a result to the caller's memory.
///
/// - Throws: TICK_ERROR_NULL, before anything is computed.
func fill<Value>(
    _ pointer: UnsafeMutablePointer<Value>?, _ name: String, _ value: () throws(CallError) -> Value
) throws(CallError) {
    guard let pointer = unsafe pointer else { throw .null(name) }
    let result = try value()
    unsafe pointer.pointee = result
}

/// An arithmetic error, as a status.
func exact<Value>(_ body: () throws(TickTimeError) -> Value) throws(CallError) -> Value {
    do throws(TickTimeError) { return try body() } catch { throw CallError(error) }
}

@c @implementation
public func tick_rate_parse(_ text: UnsafePointer<CChar>!, _ rate: UnsafeMutablePointer<tick_rate>!) -> tick_status {
    call { () throws(CallError) in
        let spelling = try unsafe TickSchedulerC.text(text, "text")
        try unsafe fill(rate, "rate") { () throws(CallError) in
            do throws(FrameRateError) { return tick_rate(try FrameRate(parsing: spelling)) } catch {
                throw CallError(error)
            }
        }
    }
}

/// Computes a value from a rate, and writes it to the caller's memory.
private func compute(
    _ rate: tick_rate, _ pointer: UnsafeMutablePointer<Int64>?, _ name: String,
    _ body: (FrameRate) throws(CallError) -> Int64
) -> tick_status {
    call { () throws(CallError) in
        try unsafe fill(pointer, name) { () throws(CallError) in try body(try FrameRate(rate)) }
    }
}

@c @implementation
public func tick_rate_offset(
    _ rate: tick_rate, _ tick: Int64, _ offset_ns: UnsafeMutablePointer<Int64>!
) -> tick_status {
    unsafe compute(rate, offset_ns, "offset_ns") { (rate) throws(CallError) in
        try exact { () throws(TickTimeError) in try rate.offset(ofTick: tick).count }
    }
}

@c @implementation
public func tick_rate_last_due(
    _ rate: tick_rate, _ elapsed_ns: Int64, _ tick: UnsafeMutablePointer<Int64>!
) -> tick_status {
    unsafe compute(rate, tick, "tick") { (rate) throws(CallError) in
        guard let last = rate.lastTickDue(after: Nanoseconds(elapsed_ns)) else {
            throw CallError(TICK_ERROR_ARGUMENT, "no tick is due \(elapsed_ns) ns after tick 0; give 0 or more")
        }
        return last
    }
}

@c @implementation
public func tick_rate_first_due(
    _ rate: tick_rate, _ elapsed_ns: Int64, _ tick: UnsafeMutablePointer<Int64>!
) -> tick_status {
    unsafe compute(rate, tick, "tick") { (rate) throws(CallError) in
        rate.firstTickDue(notBefore: Nanoseconds(elapsed_ns))
    }
}

@c @implementation
public func tick_rate_fence(
    _ rate: tick_rate, _ end_utc_ns: Int64, _ epoch_utc_ns: Int64, _ tick: UnsafeMutablePointer<Int64>!
) -> tick_status {
    unsafe compute(rate, tick, "tick") { (rate) throws(CallError) in
        rate.fence(of: UTCInstant(nanoseconds: end_utc_ns), epoch: UTCInstant(nanoseconds: epoch_utc_ns))
    }
}

@c @implementation
public func tick_rate_media_timestamp(
    _ rate: tick_rate, _ tick: Int64, _ clock_rate_hz: UInt32, _ timestamp: UnsafeMutablePointer<Int64>!
) -> tick_status {
    unsafe compute(rate, timestamp, "timestamp") { (rate) throws(CallError) in
        try exact { () throws(TickTimeError) in try rate.mediaTimestamp(ofTick: tick, clockRate: clock_rate_hz) }
    }
}

@c @implementation
public func tick_rate_media_timestamp_sampled(
    _ rate: tick_rate, _ tick: Int64, _ clock_rate_hz: UInt32, _ timestamp: UnsafeMutablePointer<Int64>!
) -> tick_status {
    unsafe compute(rate, timestamp, "timestamp") { (rate) throws(CallError) in
        try exact { () throws(TickTimeError) in
            try rate.mediaTimestamp(ofTick: tick, clockRate: clock_rate_hz, rounding: .sampled)
        }
    }
}

/// The labels of a rate that a caller passed.
///
/// - Throws: TICK_ERROR_RATE.
private func timecodeFormat(_ rate: tick_rate) throws(CallError) -> TimecodeFormat {
    let rate = try FrameRate(rate)
    do throws(TimecodeError) { return try TimecodeFormat(rate: rate) } catch {
        throw CallError(TICK_ERROR_RATE, "\(error)")
    }
}

/// Writes a label to the caller's memory.
///
/// - Throws: TICK_ERROR_RANGE if the label does not fit.
private func write(_ timecode: Timecode, _ label: UnsafeMutablePointer<CChar>, _ rate: FrameRate) throws(CallError) {
    let bytes = Array(timecode.description.utf8)
    guard bytes.count < Int(TICK_TIMECODE_SIZE) else {
        throw CallError(TICK_ERROR_RANGE, "the timecode at \(rate) has \(bytes.count) bytes, which do not fit")
    }
    for (place, byte) in (bytes + [0]).enumerated() { unsafe label[place] = CChar(bitPattern: byte) }
}

@c @implementation
public func tick_rate_timecode(
    _ rate: tick_rate, _ frame: Int64, _ label: UnsafeMutablePointer<CChar>!
) -> tick_status {
    call { () throws(CallError) in
        guard let label = unsafe label else { throw .null("label") }
        let format = try timecodeFormat(rate)
        guard frame >= 0 else {
            throw CallError(TICK_ERROR_ARGUMENT, "frame \(frame) is negative; frames are counted from 0")
        }
        try unsafe write(format.label(ofFrame: frame), label, format.rate)
    }
}

@c @implementation
public func tick_rate_house_timecode(
    _ rate: tick_rate, _ epoch_utc_ns: Int64, _ tick: Int64, _ utc_offset_min: Int32, _ daily_jam_s: Int32,
    _ label: UnsafeMutablePointer<CChar>!
) -> tick_status {
    call { () throws(CallError) in
        guard let label = unsafe label else { throw .null("label") }
        let format = try timecodeFormat(rate)
        guard tick >= 0 else {
            throw CallError(TICK_ERROR_ARGUMENT, "tick \(tick) is negative; ticks are counted from 0")
        }
        let epoch = try admittedInstant(epoch_utc_ns, "epoch_utc_ns")
        guard (-840...840).contains(utc_offset_min) else {
            throw CallError(TICK_ERROR_ARGUMENT, "utc_offset_min is \(utc_offset_min); give -840 ... 840 minutes")
        }
        guard (0..<86_400).contains(daily_jam_s) else {
            throw CallError(TICK_ERROR_ARGUMENT, "daily_jam_s is \(daily_jam_s); give 0 ... 86399 seconds")
        }
        let house = HouseTime(
            format: format, offset: UTCOffset(minutes: Int(utc_offset_min)),
            dailyJam: TimeOfDay(secondsSinceMidnight: Int(daily_jam_s)))
        try unsafe write(house.label(ofTick: tick, epoch: epoch), label, format.rate)
    }
}

@c @implementation
public func tick_now_mono_ns() -> Int64 { HostClock.monotonic().nanoseconds }
