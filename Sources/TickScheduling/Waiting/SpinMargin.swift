public import TickTime

// How long before a deadline the loop stops sleeping and spins.
//
// A sleep ends late by an overshoot that depends on the host. The loop requests a wake-up earlier by a margin and
// spins for the rest. That removes every overshoot shorter than the margin, and costs max(0, margin − overshoot) of
// CPU per wait. So:
//
//     wanted  = 1.5 times the p99 of the last 256 overshoots; at least 20 µs, and at least
//               the initial margin while fewer are known
//     margin  = the greatest up to `wanted` whose cost, over those same overshoots, is within
//               `budgetPercent` of the average time from one wait's deadline to the next
//
// The factor is 1.5 because 1.2 % of the later sleeps exceed the third greatest of 256, and by a good part of it:
// each such sleep is a tick that starts late.
//
// The budget bounds the time spent spinning, not the margin itself, because the loop sleeps during the overshoot
// within the margin. A bound on the margin would give a loop of 1000 ticks a second only 20 µs, which does not help
// on a host that wakes 60 µs late. A bound on the cost gives it 70 µs, which meets its deadlines for the same 2 %.
//
// What can go wrong: spinning can make matters worse. On a busy host, or under a hypervisor, a thread that spins is
// preempted for whole time slices, where a thread that slept would have priority. Then the p99 of lateness *after*
// spinning is above the p99 of the bare overshoots. Or the budget may be too small: then most sleeps still end after
// the deadline. Both are checked over 512 waits, and either stops the spinning. A sleep then requests the deadline
// itself, the overshoots are still measured (they are then the lateness), and after a minute the loop tries spinning
// again.
//
// Everything is recomputed once in 16 waits, *before* the sleep, where a few microseconds do no harm.

/// The margin of one loop's hybrid waits, following the wake-up latency that the loop measures.
///
/// The caller passes every reading. Integers only; it allocates 12 KiB at creation and nothing later, and never
/// locks. For each wait the loop calls `sleepEnd(before:now:)`, then `slept(until:woke:)` if it slept, then
/// `reached(_:at:)`.
public struct SpinMargin: ~Copyable, Sendable {
    /// Why spinning was stopped.
    public enum StopReason: String, Hashable, Sendable, CaseIterable, BitwiseCopyable {
        /// The waits ended later (p99) than the bare sleeps did: the spinning thread is preempted.
        case spinLaterThanSleep = "spin_later_than_sleep"
        /// The margin that the budget allows is below the median overshoot.
        case budgetBelowOvershoot = "budget_below_overshoot"
    }

    /// One decision to stop spinning.
    public struct Stop: Hashable, Sendable, BitwiseCopyable {
        public let reason: StopReason
        /// When it was decided; spinning is tried again 60 s later.
        public let at: MonotonicInstant
    }

    /// The least margin, unless the budget allows less: 20 µs.
    public static var floor: Nanoseconds {
        @_noAllocation @_noLocks get { Nanoseconds(20_000) }
    }
    /// How long spinning stays stopped: 60 s.
    public static var pause: Nanoseconds {
        @_noAllocation @_noLocks get { Nanoseconds(60_000_000_000) }
    }

    /// How long before its deadline the next sleep is to end, while `isSpinning`.
    public private(set) var margin: Nanoseconds
    /// Whether waits end in a spin; `false` while stopped.
    public private(set) var isSpinning = true
    /// How often spinning was stopped.
    public private(set) var stops = 0
    /// The last decision to stop; kept after spinning has resumed.
    public private(set) var lastStop: Stop?
    /// How many waits have ended.
    public private(set) var waits: Int64 = 0
    /// The total time from the end of a sleep to its deadline, while spinning. Wall time: a preempted spin counts
    /// fully.
    public private(set) var spunTime = Nanoseconds.zero

    private let budgetPercent: Int64
    private let initialMargin: Nanoseconds
    private var overshoots = SpinMarginWindow()
    private var latenesses = SpinMarginWindow()
    private var intervals = SpinMarginWindow()
    private var previousDeadline: MonotonicInstant?
    private var spinBegan: MonotonicInstant?
    private var waitsUntilUpdate = 0

    /// - Parameters:
    ///   - budgetPercent: the share of elapsed time that may be spent spinning, 1 ... 100.
    ///   - initialMargin: used until 16 overshoots are known, and the minimum until 256 are; within the budget as
    ///     soon as the interval of the waits is known; not negative.
    public init(budgetPercent: Int = 2, initialMargin: Nanoseconds = .microseconds(200)) {
        precondition((1...100).contains(budgetPercent), "spin_budget_percent must be 1 ... 100, not \(budgetPercent)")
        precondition(initialMargin >= .zero, "the initial spin margin must not be negative: \(initialMargin.count) ns")
        self.budgetPercent = Int64(budgetPercent)
        self.initialMargin = initialMargin
        self.margin = initialMargin
    }

    /// When the sleep before `deadline` is to end: `deadline − margin`, or the deadline itself while
    /// spinning is stopped. A result not after `now` means: do not sleep, spin.
    ///
    /// - Complexity: O(1), except for every 16th wait, which reads the last 512.
    @_noAllocation @_noLocks
    public mutating func sleepEnd(before deadline: MonotonicInstant, now: MonotonicInstant) -> MonotonicInstant {
        if !isSpinning, let lastStop {
            guard now - lastStop.at >= Self.pause else { return deadline }
            isSpinning = true
            latenesses.removeAll()
            waitsUntilUpdate = 0
        }
        if waitsUntilUpdate == 0 {
            update(at: now)
            guard isSpinning else { return deadline }
        }
        spinBegan = now
        return deadline - margin
    }

    /// Records a sleep that was requested to last until `asked`. A sleep that was interrupted earlier is ignored.
    @_noAllocation @_noLocks
    public mutating func slept(until asked: MonotonicInstant, woke: MonotonicInstant) {
        spinBegan = woke
        if woke >= asked { overshoots.append((woke - asked).count) }
    }

    /// Records that a wait for `deadline` ended at `instant`, whether it slept, spun or both. Do not call it for an
    /// overdue tick, because there was no wait.
    @_noAllocation @_noLocks
    public mutating func reached(_ deadline: MonotonicInstant, at instant: MonotonicInstant) {
        waits &+= 1
        if waitsUntilUpdate > 0 { waitsUntilUpdate -= 1 }
        if isSpinning {
            latenesses.append((instant - deadline).count)
            if let spinBegan, instant > spinBegan, spinBegan < deadline {
                spunTime = spunTime + (instant - spinBegan)
            }
        }
        spinBegan = nil
        if let previousDeadline { intervals.append((deadline - previousDeadline).count) }
        previousDeadline = deadline
    }

    /// Recomputes the margin, then judges whether spinning is worth it.
    @_noAllocation @_noLocks
    private mutating func update(at now: MonotonicInstant) {
        let recent = min(overshoots.count, 256)
        guard recent >= 16 else {
            let length = initialMargin.count
            margin = intervals.count > 0 ? Nanoseconds(min(length, allowance(forWaits: 1))) : initialMargin
            return
        }
        waitsUntilUpdate = 16

        let percentile = overshoots.percentile99(ofLast: recent)
        var length = max(percentile + percentile / 2, Self.floor.count)
        if recent < 256 { length = max(length, initialMargin.count) }
        if intervals.count > 0 {
            let budget = allowance(forWaits: recent)
            length = overshoots.affordableMargin(length, allowance: budget, ofLast: recent)
        }
        margin = Nanoseconds(length)

        let judged = latenesses.count
        guard judged == SpinMarginWindow.capacity else { return }
        if latenesses.percentile99(ofLast: judged) > overshoots.percentile99(ofLast: overshoots.count) {
            stop(.spinLaterThanSleep, at: now)
        } else if overshoots.medianExceeds(length, ofLast: recent) {
            stop(.budgetBelowOvershoot, at: now)
        }
    }

    /// The time that the budget allows for spinning in `waits` waits of the recent average interval.
    @_noAllocation @_noLocks
    private func allowance(forWaits waits: Int) -> Int64 {
        let recent = min(intervals.count, 256)
        let average = intervals.sum(ofLast: recent) / Int64(recent)
        return average * budgetPercent * Int64(waits) / 100
    }

    @_noAllocation @_noLocks
    private mutating func stop(_ reason: StopReason, at now: MonotonicInstant) {
        isSpinning = false
        stops += 1
        lastStop = Stop(reason: reason, at: now)
    }
}
