internal import CLinuxShims
internal import Glibc
internal import TickScheduling
internal import TickTime

/// Waits for deadlines by one of the three strategies. Never returns before the deadline unless
/// the loop is asked to stop.
@safe struct Waiter: ~Copyable {
    let strategy: WaitStrategy
    private(set) var margin: SpinMargin
    private let interrupt: UnsafeMutablePointer<UInt32>
    /// The last wait and the reading that ended it, until the margin has learnt of it.
    private var ended = MonotonicInstant(nanoseconds: 0)
    private var endReading = MonotonicInstant(nanoseconds: -1)

    init(strategy: WaitStrategy, spinBudgetPercent: Int, control: LoopControl) {
        self.strategy = strategy
        margin = SpinMargin(budgetPercent: spinBudgetPercent)
        unsafe interrupt = control.shared.pointee.interrupt
    }

    /// One step of the wait for `deadline`: to 5 µs before it, where the strategy spins, and then to
    /// the deadline. The caller makes the tick ready in between, and comes back by the same way that
    /// it will take at the deadline, which so is in the caches.
    ///
    /// - Returns: the clock reading that ended the step; before its end only if a stop was asked for.
    #if !DEBUG
        @_noAllocation @_noLocks
    #endif
    mutating func step(toward deadline: MonotonicInstant, from now: MonotonicInstant) -> MonotonicInstant {
        learn()
        if strategy == .sleep { return sleep(until: deadline, from: now) }
        let preparation = deadline - Nanoseconds(Self.preparation)
        guard now < preparation else {
            let reading = spin(until: deadline, from: now)
            (ended, endReading) = (deadline, reading)
            return reading
        }
        guard strategy == .hybrid else { return spin(until: preparation, from: now) }
        let asked = margin.sleepEnd(before: deadline, now: now)
        guard asked > now else { return spin(until: preparation, from: now) }
        let woke = sleep(until: asked, from: now)
        if woke >= asked { margin.slept(until: asked, woke: woke) }
        let reading = spin(until: preparation, from: woke)
        if reading >= deadline { (ended, endReading) = (deadline, reading) }
        return reading
    }

    /// Several times what making a tick ready takes with cold caches.
    private static var preparation: Int64 { 5_000 }

    /// Whether there is time before `deadline` to make its tick ready.
    #if !DEBUG
        @_noAllocation @_noLocks
    #endif
    func hasTimeToPrepare(for deadline: MonotonicInstant, at now: MonotonicInstant) -> Bool {
        strategy != .sleep && deadline.nanoseconds &- now.nanoseconds >= Self.preparation / 2
    }

    /// Tells the margin of the last wait: before the next one, not between that one and its tick.
    private mutating func learn() {
        guard endReading >= ended else { return }
        if strategy == .hybrid { margin.reached(ended, at: endReading) }
        endReading = MonotonicInstant(nanoseconds: -1)
        ended = MonotonicInstant(nanoseconds: 0)
    }

    /// An absolute sleep on CLOCK_MONOTONIC that `LoopControl.requestStop` ends. A signal that is
    /// handled meanwhile does not: the sleep goes on until its instant.
    #if !DEBUG
        @_noAllocation @_noLocks
    #endif
    private func sleep(until instant: MonotonicInstant, from now: MonotonicInstant) -> MonotonicInstant {
        var reading = now
        while reading < instant {
            if unsafe shim_load_relaxed(interrupt) != 0 { return reading }
            _ = unsafe shim_futex_wait_until(interrupt, 0, instant.nanoseconds)
            reading = HostClock.monotonic()
        }
        return reading
    }

    #if !DEBUG
        @_noAllocation @_noLocks
    #endif
    private func spin(until instant: MonotonicInstant, from now: MonotonicInstant) -> MonotonicInstant {
        var reading = now
        while reading < instant {
            if unsafe shim_load_relaxed(interrupt) != 0 { return reading }
            shim_pause()
            reading = HostClock.monotonic()
        }
        return reading
    }
}
