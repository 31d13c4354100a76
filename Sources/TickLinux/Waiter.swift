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
    /// The last wait and the reading that ended it. The margin learns of it before the next wait, not
    /// between this one and its tick.
    private var ended = MonotonicInstant(nanoseconds: 0)
    private var endReading = MonotonicInstant(nanoseconds: -1)

    init(strategy: WaitStrategy, spinBudgetPercent: Int, control: LoopControl) {
        self.strategy = strategy
        margin = SpinMargin(budgetPercent: spinBudgetPercent)
        unsafe interrupt = control.shared.pointee.interrupt
    }

    /// The first part of a wait: sleeps for as much of it as the strategy does, then spins until
    /// shortly before the deadline.
    ///
    /// - Returns: the clock reading that ended it: `preparation` before the deadline, or at whatever
    ///   later reading the sleep ended; earlier only if a stop was asked for.
    #if !DEBUG
        @_noAllocation @_noLocks
    #endif
    mutating func approach(_ deadline: MonotonicInstant, from now: MonotonicInstant) -> MonotonicInstant {
        switch strategy {
        case .sleep:
            return sleep(until: deadline, from: now)
        case .spin:
            return spin(until: deadline - preparation, from: now)
        case .hybrid:
            if endReading >= ended { margin.reached(ended, at: endReading) }
            let asked = margin.sleepEnd(before: deadline, now: now)
            guard asked > now else { return spin(until: deadline - preparation, from: now) }
            let reading = sleep(until: asked, from: now)
            if reading >= asked { margin.slept(until: asked, woke: reading) }
            return spin(until: deadline - preparation, from: reading)
        }
    }

    /// How long before a deadline its tick is made ready: several times what that takes with cold
    /// caches, and short enough that the spin which follows leaves them warm.
    private var preparation: Nanoseconds { Nanoseconds(5_000) }

    /// Whether there is time before `deadline` to prepare for it, at the reading that `approach`
    /// returned.
    #if !DEBUG
        @_noAllocation @_noLocks
    #endif
    func hasTimeToPrepare(for deadline: MonotonicInstant, at now: MonotonicInstant) -> Bool {
        deadline.nanoseconds &- now.nanoseconds >= 2_500
    }

    /// The second part of a wait: spins what is left of it.
    ///
    /// - Returns: the clock reading that ended the wait: at or after `deadline`, or before it if a
    ///   stop was asked for.
    #if !DEBUG
        @_noAllocation @_noLocks
    #endif
    mutating func reach(_ deadline: MonotonicInstant, from now: MonotonicInstant) -> MonotonicInstant {
        let reading = spin(until: deadline, from: now)
        ended = deadline
        endReading = reading
        return reading
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
