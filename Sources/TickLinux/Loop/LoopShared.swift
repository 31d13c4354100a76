internal import CLinuxShims
internal import Synchronization
internal import TickScheduling
internal import TickTime

/// The state that a loop shares with other threads: a word to interrupt it, the identity of its thread, whether it
/// has ended, and the running handler.
@safe struct LoopShared: ~Copyable {
    /// Bits of the interrupt word.
    static var stopBit: UInt32 { 1 }
    static var commandBit: UInt32 { 2 }

    /// Not 0 if the loop must do something other than wait. The loop sleeps on this futex.
    let interrupt: UnsafeMutablePointer<UInt32>
    /// Set last, when the loop takes no more commands.
    private let ended = Atomic<Bool>(false)
    /// The loop's thread; 0 before it has begun.
    private let thread = Atomic<UInt64>(0)

    /// When the running handler started (0 if none runs), and its tick.
    private let handlerStart = Atomic<Int64>(0)
    private let handlerSession = Atomic<Int32>(0)
    private let handlerTick = Atomic<Int64>(0)

    init() {
        unsafe interrupt = .allocate(capacity: 1)
        unsafe interrupt.initialize(to: 0)
    }

    deinit { unsafe interrupt.deallocate() }

    func isStopRequested() -> Bool { unsafe shim_load_relaxed(interrupt) & Self.stopBit != 0 }

    func hasCommands() -> Bool { unsafe shim_load_relaxed(interrupt) & Self.commandBit != 0 }

    /// Sets a bit of the interrupt word, and wakes the loop if it sleeps.
    func interrupt(with bit: UInt32) {
        unsafe shim_set_bits(interrupt, bit)
        // The result does not matter: without a sleeper there is no thread to wake.
        _ = unsafe shim_futex_wake(interrupt)
    }

    var hasEnded: Bool { ended.load(ordering: .acquiring) }

    func end() { ended.store(true, ordering: .releasing) }

    /// Records that the calling thread is the loop's.
    func adoptThread() { thread.store(shim_thread_id(), ordering: .relaxed) }

    var isOnLoopThread: Bool { thread.load(ordering: .relaxed) == shim_thread_id() }

    var runningHandler: RunningHandler? {
        let start = handlerStart.load(ordering: .acquiring)
        guard start != 0 else { return nil }
        let running = RunningHandler(
            session: SessionID(index: handlerSession.load(ordering: .relaxed)),
            tick: handlerTick.load(ordering: .relaxed), start: MonotonicInstant(nanoseconds: start))
        // If the handler returned meanwhile, the parts can belong to two ticks.
        atomicMemoryFence(ordering: .acquiring)
        return handlerStart.load(ordering: .relaxed) == start ? running : nil
    }

    func handlerStarted(_ tick: borrowing Tick) {
        // A reader that sees a part of this tick also sees the last handler's return, and drops its reading.
        atomicMemoryFence(ordering: .releasing)
        handlerSession.store(tick.session.index, ordering: .relaxed)
        handlerTick.store(tick.index, ordering: .relaxed)
        handlerStart.store(tick.start.nanoseconds, ordering: .releasing)
    }

    func handlerReturned() { handlerStart.store(0, ordering: .releasing) }
}
