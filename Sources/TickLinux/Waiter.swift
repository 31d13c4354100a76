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

    init(strategy: WaitStrategy, spinBudgetPercent: Int, control: LoopControl) {
        self.strategy = strategy
        margin = SpinMargin(budgetPercent: spinBudgetPercent)
        unsafe interrupt = control.shared.pointee.interrupt
    }

    /// Waits until `deadline`.
    ///
    /// - Returns: the clock reading that ended the wait: at or after `deadline`, or before it if a
    ///   stop was asked for.
    #if !DEBUG
        @_noAllocation @_noLocks
    #endif
    mutating func wait(until deadline: MonotonicInstant, from now: MonotonicInstant) -> MonotonicInstant {
        switch strategy {
        case .sleep:
            return sleep(until: deadline, from: now)
        case .spin:
            return spin(until: deadline, from: now)
        case .hybrid:
            let asked = margin.sleepEnd(before: deadline, now: now)
            var reading = now
            if asked > now {
                reading = sleep(until: asked, from: now)
                guard reading >= asked else { return reading }
                margin.slept(until: asked, woke: reading)
            }
            reading = spin(until: deadline, from: reading)
            if reading >= deadline { margin.reached(deadline, at: reading) }
            return reading
        }
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
