// swift-format-ignore-file: AlwaysUseLowerCamelCase
// The names are those of the header.

public import CTickScheduler
internal import TickLinux
internal import TickScheduling
internal import TickTime

private func loop(_ handle: OpaquePointer?) throws(CallError) -> Loop {
    try unsafe object(handle, .loop, as: Loop.self)
}

@c @implementation
public func tick_loop_create(
    _ options: UnsafePointer<tick_loop_options>!, _ loop: UnsafeMutablePointer<OpaquePointer?>!
) -> tick_status {
    call { () throws(CallError) in
        try unsafe fill(loop, "loop") { () throws(CallError) in
            try unsafe open(Loop(try unsafe LoopOptions(options)), .loop)
        }
    }
}

@c @implementation
public func tick_loop_destroy(_ loop: OpaquePointer!) -> tick_status {
    call { () throws(CallError) in
        try unsafe TickSchedulerC.loop(loop).requireEndable()
        try unsafe close(loop, .loop, as: Loop.self).end()
    }
}

@c @implementation
public func tick_loop_add(
    _ loop: OpaquePointer!, _ options: UnsafePointer<tick_session_options>!, _ session: UnsafeMutablePointer<Int32>!
) -> tick_status {
    call { () throws(CallError) in
        let number = try unsafe TickSchedulerC.loop(loop).add(try unsafe SessionRequest(options))
        if let session = unsafe session { unsafe session.pointee = number }
    }
}

@c @implementation
public func tick_loop_start(_ loop: OpaquePointer!) -> tick_status {
    call { () throws(CallError) in try unsafe TickSchedulerC.loop(loop).start() }
}

@c @implementation
public func tick_loop_wait(_ loop: OpaquePointer!) -> tick_status {
    call { () throws(CallError) in try unsafe TickSchedulerC.loop(loop).wait() }
}

@c @implementation
public func tick_loop_begin(_ loop: OpaquePointer!) -> tick_status {
    call { () throws(CallError) in try unsafe TickSchedulerC.loop(loop).beginHere() }
}

@c @implementation
public func tick_loop_stop(_ loop: OpaquePointer!) -> tick_status {
    call { () throws(CallError) in try unsafe TickSchedulerC.loop(loop).stop() }
}

@c @implementation
public func tick_loop_remove(
    _ loop: OpaquePointer!, _ session: Int32, _ reason: UnsafeMutablePointer<tick_end_reason>!
) -> tick_status {
    call { () throws(CallError) in
        let ended = try unsafe TickSchedulerC.loop(loop).remove(session).c
        if let reason = unsafe reason { unsafe reason.pointee = ended }
    }
}

@c @implementation
public func tick_loop_request_removal(_ loop: OpaquePointer!, _ session: Int32) -> tick_status {
    call { () throws(CallError) in try unsafe TickSchedulerC.loop(loop).requestRemoval(of: session) }
}

@c @implementation
public func tick_loop_succeed(
    _ loop: OpaquePointer!, _ predecessor: Int32, _ utc_ns: Int64, _ options: UnsafePointer<tick_session_options>!,
    _ seam: UnsafeMutablePointer<tick_seam>!
) -> tick_status {
    call { () throws(CallError) in
        // A change whose result cannot be written is not made.
        try unsafe tick_seam.requireRoom(at: seam)
        let request: SessionRequest? =
            if let options = unsafe options { try unsafe SessionRequest(options) } else { nil }
        let made = try unsafe TickSchedulerC.loop(loop).succeed(
            predecessor, atOrAfter: try admittedInstant(utc_ns, "utc_ns"), by: request)
        try unsafe tick_seam.write(tick_seam(made), to: seam)
    }
}

@c @implementation
public func tick_loop_append(
    _ loop: OpaquePointer!, _ session: Int32, _ block: UnsafePointer<tick_block>!,
    _ placed: UnsafeMutablePointer<tick_placed_block>!
) -> tick_status {
    call { () throws(CallError) in
        guard let block = unsafe block else { throw .null("block") }
        if let placed = unsafe placed { try unsafe tick_placed_block.requireRoom(at: placed) }
        let made = try unsafe TickSchedulerC.loop(loop).append(try Block(block.pointee), to: session)
        if let placed = unsafe placed { try unsafe tick_placed_block.write(tick_placed_block(made), to: placed) }
    }
}

@c @implementation
public func tick_loop_epoch(
    _ loop: OpaquePointer!, _ session: Int32, _ epoch: UnsafeMutablePointer<tick_epoch>!
) -> tick_status {
    call { () throws(CallError) in
        try unsafe tick_epoch.write(tick_epoch(try unsafe TickSchedulerC.loop(loop).epoch(of: session)), to: epoch)
    }
}

@c @implementation
public func tick_loop_end_reason(
    _ loop: OpaquePointer!, _ session: Int32, _ reason: UnsafeMutablePointer<tick_end_reason>!
) -> tick_status {
    call { () throws(CallError) in
        try unsafe fill(reason, "reason") { () throws(CallError) in
            try unsafe TickSchedulerC.loop(loop).endReason(of: session)?.c ?? TICK_RUNS
        }
    }
}

@c @implementation
public func tick_loop_statistics(
    _ loop: OpaquePointer!, _ session: Int32, _ statistics: UnsafeMutablePointer<tick_statistics>!
) -> tick_status {
    call { () throws(CallError) in
        try unsafe tick_statistics.write(try unsafe TickSchedulerC.loop(loop).statistics(of: session), to: statistics)
    }
}

@c @implementation
public func tick_loop_percentile(
    _ loop: OpaquePointer!, _ session: Int32, _ histogram: tick_histogram, _ percentile: Double,
    _ value_ns: UnsafeMutablePointer<Int64>!
) -> tick_status {
    call { () throws(CallError) in
        try unsafe fill(value_ns, "value_ns") { () throws(CallError) in
            try unsafe TickSchedulerC.loop(loop).percentile(percentile, of: histogram, session).count
        }
    }
}

@c @implementation
public func tick_loop_buckets(
    _ loop: OpaquePointer!, _ session: Int32, _ histogram: tick_histogram, _ visit: tick_bucket_visitor!,
    _ user_data: UnsafeMutableRawPointer!
) -> tick_status {
    call { () throws(CallError) in
        guard let visit = unsafe visit else { throw .null("visit") }
        try unsafe TickSchedulerC.loop(loop).forEachBucket(of: histogram, session) { lowest, highest, count in
            unsafe visit(user_data, lowest.count, highest.count, count)
        }
    }
}
