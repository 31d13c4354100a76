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

    /// The first part of a wait: sleeps for as much of it as the strategy does.
    ///
    /// - Returns: the clock reading that ended it; earlier than `deadline` by the spin's margin, or
    ///   by more if a stop was asked for.
    #if !DEBUG
        @_noAllocation @_noLocks
    #endif
    mutating func approach(_ deadline: MonotonicInstant, from now: MonotonicInstant) -> MonotonicInstant {
        switch strategy {
        case .sleep:
            return sleep(until: deadline, from: now)
        case .spin:
            return now
        case .hybrid:
            if endReading >= ended { margin.reached(ended, at: endReading) }
            let asked = margin.sleepEnd(before: deadline, now: now)
            guard asked > now else { return now }
            let reading = sleep(until: asked, from: now)
            if reading >= asked { margin.slept(until: asked, woke: reading) }
            return reading
        }
    }

    /// Whether there is time before `deadline` to prepare for it, at the reading that `approach`
    /// returned: 10 µs, several times what it takes.
    #if !DEBUG
        @_noAllocation @_noLocks
    #endif
    func hasTimeToPrepare(for deadline: MonotonicInstant, at now: MonotonicInstant) -> Bool {
        deadline.nanoseconds &- now.nanoseconds >= 10_000
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
