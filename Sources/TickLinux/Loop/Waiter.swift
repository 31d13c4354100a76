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
    /// The last wait and the reading that ended it, until the margin has learnt from it.
    private var ended = MonotonicInstant(nanoseconds: 0)
    private var endReading = MonotonicInstant(nanoseconds: -1)

    init(strategy: WaitStrategy, spinBudgetPercent: Int, control: LoopControl) {
        self.strategy = strategy
        margin = SpinMargin(budgetPercent: spinBudgetPercent)
        unsafe interrupt = control.shared.pointee.interrupt
    }

    /// One step of the wait for `deadline`. If the strategy spins, it waits to 20 µs before the deadline, and then to
    /// the deadline. Between the two steps the caller prepares the tick. It returns here by the same path as at the
    /// deadline, so that this code is in the caches.
    ///
    /// - Returns: the clock reading that ended the step; before its end only if a stop was asked for, or
    ///   a command came in time.
    mutating func step(toward deadline: MonotonicInstant, from now: MonotonicInstant) -> MonotonicInstant {
        learn()
        if strategy == .sleep { return sleep(until: deadline, from: now, for: deadline) }
        let preparation = deadline - Nanoseconds(Self.preparation)
        guard now < preparation else {
            let reading = spin(until: deadline, from: now)
            (ended, endReading) = (deadline, reading)
            return reading
        }
        guard strategy == .hybrid else { return approach(preparation, from: now, for: deadline) }
        let asked = margin.sleepEnd(before: deadline, now: now)
        guard asked > now else { return approach(preparation, from: now, for: deadline) }
        let woke = sleep(until: asked, from: now, for: deadline)
        guard woke >= asked else { return woke }
        margin.slept(until: asked, woke: woke)
        let reading = approach(preparation, from: woke, for: deadline)
        if reading >= deadline { (ended, endReading) = (deadline, reading) }
        return reading
    }

    /// Several times what it takes to prepare a tick with cold caches: with a stamp more than 5 µs. The margin is at
    /// least as long, unless the budget allows less, so this costs no more spinning.
    private static var preparation: Int64 { 20_000 }

    /// With less time than this, a preparation makes the tick no earlier.
    private static var leastPreparation: Int64 { 2_500 }

    /// Whether there is time to prepare the tick before `deadline`.
    func hasTimeToPrepare(for deadline: MonotonicInstant, at now: MonotonicInstant) -> Bool {
        strategy != .sleep && deadline.nanoseconds &- now.nanoseconds >= Self.leastPreparation
    }

    /// Passes the last wait to the margin. This runs before the next wait, not between a wait and its tick.
    private mutating func learn() {
        guard endReading >= ended else { return }
        if strategy == .hybrid { margin.reached(ended, at: endReading) }
        endReading = MonotonicInstant(nanoseconds: -1)
        ended = MonotonicInstant(nanoseconds: 0)
    }

    /// Waits for a stop or a command, at most one second.
    func waitForInterrupt() {
        _ = unsafe shim_futex_wait_until(interrupt, 0, HostClock.monotonic().nanoseconds &+ 1_000_000_000)
    }

    /// With less time than this before a deadline, commands wait until its tick has been delivered.
    static var commandMargin: Int64 { 100_000 }

    /// Whether the interrupt ends the wait for `deadline` at `reading`.
    private func isHeard(_ word: UInt32, at reading: MonotonicInstant, for deadline: MonotonicInstant) -> Bool {
        word & LoopShared.stopBit != 0
            || word != 0 && deadline.nanoseconds &- reading.nanoseconds > Self.commandMargin
    }

    /// Sleeps until an instant of CLOCK_MONOTONIC, or until a stop or a command. A signal with a handler does not end
    /// the sleep: it continues until its instant.
    private func sleep(
        until instant: MonotonicInstant, from now: MonotonicInstant, for deadline: MonotonicInstant
    ) -> MonotonicInstant {
        var reading = now
        while reading < instant {
            let word = unsafe shim_load_relaxed(interrupt)
            if isHeard(word, at: reading, for: deadline) { return reading }
            // A command that must wait is expected here, and does not wake the loop a second time.
            _ = unsafe shim_futex_wait_until(interrupt, word, instant.nanoseconds)
            reading = HostClock.monotonic()
        }
        return reading
    }

    /// Spins to the moment at which the tick is prepared.
    private func approach(
        _ instant: MonotonicInstant, from now: MonotonicInstant, for deadline: MonotonicInstant
    ) -> MonotonicInstant {
        var reading = now
        while reading < instant {
            if isHeard(unsafe shim_load_relaxed(interrupt), at: reading, for: deadline) { return reading }
            shim_pause()
            reading = HostClock.monotonic()
        }
        return reading
    }

    /// Spins to the deadline. Only a stop ends it earlier.
    private func spin(until instant: MonotonicInstant, from now: MonotonicInstant) -> MonotonicInstant {
        var reading = now
        while reading < instant {
            if unsafe shim_load_relaxed(interrupt) & LoopShared.stopBit != 0 { return reading }
            shim_pause()
            reading = HostClock.monotonic()
        }
        return reading
    }
}
