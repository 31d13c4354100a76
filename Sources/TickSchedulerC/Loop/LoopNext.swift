// swift-format-ignore-file: AlwaysUseLowerCamelCase
// The names are those of the header.

// The pulled wait, from the handle to the tick in the caller's struct, without a lock, an allocation or a
// reference count. Only errors and the end take the slow path.

internal import CLinuxShims
public import CTickScheduler
internal import TickLinux
internal import TickScheduling

/// The part of a loop that `tick_loop_next` uses.
@safe struct PulledLoop: ~Copyable {
    /// The thread that began it.
    var thread: UInt64 = 0
    var loop: UnsafeMutablePointer<ObservedLoop>?
    var hasEnded = false
}

@c @implementation
public func tick_loop_next(_ loop: OpaquePointer!, _ tick: UnsafeMutablePointer<tick_info>!) -> tick_status {
    guard let loop = unsafe loop, let tick = unsafe tick,
        let held = unsafe HandleTable.shared.object(loop.handle, .loop)
    else { return unsafe refuse(loop, tick) }
    let size = Int(unsafe UnsafeRawPointer(tick).load(as: UInt32.self))
    let record = unsafe Unmanaged<Loop>.fromOpaque(held)._withUnsafeGuaranteedRef { unsafe $0.record }
    guard let place = unsafe record.pointee.loop, unsafe record.pointee.thread == shim_thread_id(),
        size >= tick_info.firstSize
    else { return unsafe refuse(loop, tick) }
    guard unsafe pull(place, tick, size) else {
        unsafe Unmanaged<Loop>.fromOpaque(held).takeUnretainedValue().finishPulled()
        return TICK_ENDED
    }
    return TICK_OK
}

#if !DEBUG
    @_noAllocation @_noLocks
#endif
private func pull(
    _ loop: UnsafeMutablePointer<ObservedLoop>, _ place: UnsafeMutablePointer<tick_info>, _ size: Int
) -> Bool {
    guard let tick = unsafe loop.pointee.next() else { return false }
    var info = tick_info(tick)
    // A program compiled with this header has room for the whole struct.
    if size == MemoryLayout<tick_info>.size {
        unsafe place.pointee = info
        return true
    }
    info.struct_size = UInt32(truncatingIfNeeded: size)
    unsafe shim_copy_bytes(place, &info, min(size, MemoryLayout<tick_info>.size))
    return true
}

/// Names the reason why there is no tick.
@inline(never)
private func refuse(_ loop: OpaquePointer?, _ tick: UnsafeMutablePointer<tick_info>?) -> tick_status {
    var hasEnded = false
    let status = call { () throws(CallError) in
        let object = try unsafe object(loop, .loop, as: Loop.self)
        try unsafe tick_info.requireRoom(at: tick)
        hasEnded = unsafe object.record.pointee.hasEnded
        if hasEnded { return }
        guard unsafe object.record.pointee.loop != nil else {
            throw CallError(TICK_ERROR_STATE, "the loop is not pulled; call tick_loop_begin on this thread first")
        }
        throw Loop.otherThread
    }
    return hasEnded ? TICK_ENDED : status
}
