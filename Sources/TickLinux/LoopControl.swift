internal import CLinuxShims
internal import Synchronization
public import TickScheduling
public import TickTime

/// What other threads may ask of a running loop, and what they may see of it.
///
/// A loop belongs to one thread; this is the part of it that any thread may hold.
@safe public final class LoopControl: @unchecked Sendable {
    /// The part that the loop itself touches: through a pointer, for to count references to this
    /// object would cost the tick path an atomic operation or two.
    let shared: UnsafeMutablePointer<LoopShared>

    init() {
        unsafe shared = .allocate(capacity: 1)
        unsafe shared.initialize(to: LoopShared())
    }

    deinit {
        unsafe shared.deinitialize(count: 1)
        unsafe shared.deallocate()
    }

    /// Asks the loop to stop after the tick it is at. Any thread; returns at once.
    public func requestStop() {
        unsafe shim_store_release(shared.pointee.interrupt, 1)
        // The result is nothing to act on: with no sleeper there is no one to wake.
        _ = unsafe shim_futex_wake(shared.pointee.interrupt)
    }

    /// Whether a stop was asked for.
    public var isStopRequested: Bool { unsafe shared.pointee.isStopRequested() }

    /// A handler that has not returned yet.
    public struct RunningHandler: Hashable, Sendable {
        public let session: SessionID
        public let tick: Int64
        public let start: MonotonicInstant
    }

    /// The handler that runs now; `nil` between ticks. Any thread.
    public var runningHandler: RunningHandler? { unsafe shared.pointee.runningHandler }
}

/// What a loop shares with other threads: one word to interrupt it, and which handler runs.
@safe struct LoopShared: ~Copyable {
    /// Not 0 when the loop is to stop; the futex that a sleeping loop waits on.
    let interrupt: UnsafeMutablePointer<UInt32>

    /// When the running handler started (0: none runs), and for which tick.
    private let handlerStart = Atomic<Int64>(0)
    private let handlerSession = Atomic<Int32>(0)
    private let handlerTick = Atomic<Int64>(0)

    init() {
        unsafe interrupt = .allocate(capacity: 1)
        unsafe interrupt.initialize(to: 0)
    }

    deinit { unsafe interrupt.deallocate() }

    #if !DEBUG
        @_noAllocation @_noLocks
    #endif
    func isStopRequested() -> Bool { unsafe shim_load_relaxed(interrupt) != 0 }

    var runningHandler: LoopControl.RunningHandler? {
        let start = handlerStart.load(ordering: .acquiring)
        guard start != 0 else { return nil }
        let running = LoopControl.RunningHandler(
            session: SessionID(index: handlerSession.load(ordering: .relaxed)),
            tick: handlerTick.load(ordering: .relaxed), start: MonotonicInstant(nanoseconds: start))
        // Had the handler returned meanwhile, the parts might be of two ticks.
        atomicMemoryFence(ordering: .acquiring)
        return handlerStart.load(ordering: .relaxed) == start ? running : nil
    }

    #if !DEBUG
        @_noAllocation @_noLocks
    #endif
    func handlerStarted(_ tick: borrowing Tick) {
        // Who sees a part of this tick sees the last handler's return too, and drops what it read.
        atomicMemoryFence(ordering: .releasing)
        handlerSession.store(tick.session.index, ordering: .relaxed)
        handlerTick.store(tick.index, ordering: .relaxed)
        handlerStart.store(tick.start.nanoseconds, ordering: .releasing)
    }

    #if !DEBUG
        @_noAllocation @_noLocks
    #endif
    func handlerReturned() { handlerStart.store(0, ordering: .releasing) }
}
