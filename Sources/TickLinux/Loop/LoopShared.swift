internal import CLinuxShims
internal import Synchronization
internal import TickScheduling
internal import TickTime

/// What a loop shares with other threads: one word to interrupt it, whose thread it is, whether it has
/// ended, and which handler runs.
@safe struct LoopShared: ~Copyable {
    /// Bits of the interrupt word.
    static var stopBit: UInt32 { 1 }
    static var commandBit: UInt32 { 2 }

    /// Not 0 when the loop is to do something else than to wait; the futex that it sleeps on.
    let interrupt: UnsafeMutablePointer<UInt32>
    /// Set last, when the loop will look at no further command.
    private let ended = Atomic<Bool>(false)
    /// The loop's thread; 0 before it has begun.
    private let thread = Atomic<UInt64>(0)

    /// When the running handler started (0: none runs), and for which tick.
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
        // The result is nothing to act on: with no sleeper there is no one to wake.
        _ = unsafe shim_futex_wake(interrupt)
    }

    var hasEnded: Bool { ended.load(ordering: .acquiring) }

    func end() { ended.store(true, ordering: .releasing) }

    /// Says that the calling thread is the loop's.
    func adoptThread() { thread.store(shim_thread_id(), ordering: .relaxed) }

    var isOnLoopThread: Bool { thread.load(ordering: .relaxed) == shim_thread_id() }

    var runningHandler: RunningHandler? {
        let start = handlerStart.load(ordering: .acquiring)
        guard start != 0 else { return nil }
        let running = RunningHandler(
            session: SessionID(index: handlerSession.load(ordering: .relaxed)),
            tick: handlerTick.load(ordering: .relaxed), start: MonotonicInstant(nanoseconds: start))
        // Had the handler returned meanwhile, the parts might be of two ticks.
        atomicMemoryFence(ordering: .acquiring)
        return handlerStart.load(ordering: .relaxed) == start ? running : nil
    }

    func handlerStarted(_ tick: borrowing Tick) {
        // Who sees a part of this tick sees the last handler's return too, and drops what it read.
        atomicMemoryFence(ordering: .releasing)
        handlerSession.store(tick.session.index, ordering: .relaxed)
        handlerTick.store(tick.index, ordering: .relaxed)
        handlerStart.store(tick.start.nanoseconds, ordering: .releasing)
    }

    func handlerReturned() { handlerStart.store(0, ordering: .releasing) }
}
