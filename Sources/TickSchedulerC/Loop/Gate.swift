// swift-format-ignore-file: AlwaysUseLowerCamelCase
// The names are those of the header.

// A session's on-air gate. Its handle and the sessions that have it keep it alive, so that it may be destroyed before
// them.

public import CTickScheduler
internal import TickLinux
internal import TickScheduling
internal import TickTime

extension OnAirGate {
    /// The gate of a session's options, if there is one.
    ///
    /// - Throws: TICK_ERROR_HANDLE.
    static func read(_ options: tick_session_options) throws(CallError) -> OnAirGate? {
        guard let handle = unsafe options.gate else { return nil }
        return try unsafe object(handle, .gate, as: OnAirGate.self)
    }
}

extension tick_air_right {
    fileprivate static var defaults: tick_air_right {
        var right = tick_air_right()
        right.struct_size = UInt32(MemoryLayout<tick_air_right>.size)
        right.end_tick = -1
        right.end_boot_ns = .max
        return right
    }
}

extension AirRight {
    /// - Throws: TICK_ERROR_NULL, TICK_ERROR_STRUCT_SIZE, TICK_ERROR_ARGUMENT.
    fileprivate init(_ pointer: UnsafePointer<tick_air_right>?) throws(CallError) {
        let right = try unsafe tick_air_right.read(pointer, over: .defaults)
        guard right.first_tick >= 0, right.end_tick >= -1 else {
            throw CallError(
                TICK_ERROR_ARGUMENT,
                "first_tick is \(right.first_tick), end_tick \(right.end_tick); give 0 or more, or -1 for no end")
        }
        guard Self.fencingNumbers.contains(right.fencing_number) else {
            throw CallError(TICK_ERROR_ARGUMENT, "fencing_number is \(right.fencing_number); give 1 ... 2^53")
        }
        self.init(
            firstTick: right.first_tick, endTick: right.end_tick >= 0 ? right.end_tick : nil,
            endInstant: right.end_boot_ns < .max ? BootInstant(nanoseconds: right.end_boot_ns) : nil,
            tickCeiling: right.tick_ceiling, validUntil: BootInstant(nanoseconds: right.valid_until_boot_ns),
            fencingNumber: right.fencing_number, isolation: try Isolation(right.isolation))
    }
}

extension AirRight.Isolation {
    fileprivate init(_ isolation: tick_isolation) throws(CallError) {
        switch isolation {
        case TICK_ISOLATION_STOP: self = .stop
        case TICK_ISOLATION_CONTINUE: self = .continue
        default: throw CallError(TICK_ERROR_ARGUMENT, "isolation is \(isolation.rawValue); give a tick_isolation")
        }
    }
}

@c @implementation
public func tick_now_boot_ns() -> Int64 { HostClock.boot().nanoseconds }

@c @implementation
public func tick_air_right_init(_ right: UnsafeMutablePointer<tick_air_right>!, _ struct_size: Int) -> tick_status {
    call { () throws(CallError) in
        try unsafe tick_air_right.initialize(right, struct_size, to: .defaults)
    }
}

@c @implementation
public func tick_gate_create(_ gate: UnsafeMutablePointer<OpaquePointer?>!) -> tick_status {
    call { () throws(CallError) in
        try unsafe fill(gate, "gate") { () throws(CallError) in try unsafe open(OnAirGate(), .gate) }
    }
}

@c @implementation
public func tick_gate_publish(_ gate: OpaquePointer!, _ right: UnsafePointer<tick_air_right>!) -> tick_status {
    call { () throws(CallError) in
        let gate = try unsafe object(gate, .gate, as: OnAirGate.self)
        let right = try unsafe AirRight(right)
        do { try gate.publish(right) } catch { throw CallError(TICK_ERROR_ARGUMENT, "\(error)") }
    }
}

@c @implementation
public func tick_gate_clear(_ gate: OpaquePointer!) -> tick_status {
    call { () throws(CallError) in try unsafe object(gate, .gate, as: OnAirGate.self).clear() }
}

@c @implementation
public func tick_gate_destroy(_ gate: OpaquePointer!) -> tick_status {
    call { () throws(CallError) in try unsafe close(gate, .gate, as: OnAirGate.self).clear() }
}
