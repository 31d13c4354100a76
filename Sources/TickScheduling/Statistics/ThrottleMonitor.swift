// Whether a CPU quota stopped the loop, and which late ticks came at the same time. The kernel's counts are read
// about once a second; consecutive intervals in which they rose are joined to spells.
//
// A quota stops all threads of its group, including the loop's: a late tick within a spell is evidence, not proof.
// Threads of SCHED_FIFO are not stopped.

public import TickTime

/// The effect of CPU quotas on a process: counts that only rise.
public struct CPUThrottling: Hashable, Sendable {
    /// Periods of the quota in which the group had something to run.
    public var periods: Int64
    /// Those of them in which it was stopped.
    public var throttledPeriods: Int64
    /// For how long, summed over all CPUs.
    public var time: Nanoseconds

    public init(periods: Int64, throttledPeriods: Int64, time: Nanoseconds) {
        self.periods = periods
        self.throttledPeriods = throttledPeriods
        self.time = time
    }

    /// Nothing.
    public static let none = CPUThrottling(periods: 0, throttledPeriods: 0, time: .zero)

    /// What was added since `earlier`; counts that fell (another group) add nothing.
    public func since(_ earlier: CPUThrottling) -> CPUThrottling {
        CPUThrottling(
            periods: max(0, periods - earlier.periods),
            throttledPeriods: max(0, throttledPeriods - earlier.throttledPeriods),
            time: max(.zero, time - earlier.time))
    }

    mutating func add(_ other: CPUThrottling) {
        periods = periods.addingClamped(other.periods)
        throttledPeriods = throttledPeriods.addingClamped(other.throttledPeriods)
        time = Nanoseconds(time.count.addingClamped(other.time.count))
    }
}

/// Relates the readings of CPU quotas to the ticks of a run. The caller passes every reading.
public struct ThrottleMonitor: Sendable {
    /// An interval of the run in which a quota stopped the process.
    public struct Spell: Hashable, Sendable {
        /// Between the readings around it.
        public let begin: MonotonicInstant
        public internal(set) var end: MonotonicInstant
        public internal(set) var throttling: CPUThrottling
        /// Ticks whose records came within it, and those of them that were not on time.
        public internal(set) var ticks: Int64
        public internal(set) var lateTicks: Int64
    }

    /// How many spells are kept; further ones are counted.
    public static let spellLimit = 1_000

    /// Of the whole run; `nil` if no quota was ever read.
    public private(set) var total: CPUThrottling?
    /// Late ticks that fell into spells.
    public private(set) var lateTicks: Int64 = 0
    /// Those that have ended, in their order.
    public private(set) var spells: [Spell] = []
    public private(set) var furtherSpells = 0
    /// The spell that continues.
    public private(set) var current: Spell?

    private var last: (throttling: CPUThrottling, at: MonotonicInstant)?
    /// Since the last reading.
    private var ticks: (delivered: Int64, late: Int64) = (0, 0)

    public init() {}

    /// A tick was delivered.
    public mutating func add(_ tick: borrowing Tick) {
        ticks.delivered += 1
        if tick.lateness != .onTime { ticks.late += 1 }
    }

    /// The counts were read.
    ///
    /// - Parameter throttling: counts since the group was made; `nil` if no group has a quota.
    public mutating func observe(_ throttling: CPUThrottling?, at now: MonotonicInstant) {
        defer { ticks = (0, 0) }
        guard let throttling else { return finish() }
        guard let last else {
            self.last = (throttling, now)
            total = total ?? CPUThrottling.none
            return
        }
        self.last = (throttling, now)
        let since = throttling.since(last.throttling)
        total?.add(since)
        guard since.throttledPeriods > 0 || since.time > .zero else { return endCurrent() }
        lateTicks += ticks.late
        guard var spell = current else {
            current = Spell(
                begin: last.at, end: now, throttling: since, ticks: ticks.delivered, lateTicks: ticks.late)
            return
        }
        spell.end = now
        spell.throttling.add(since)
        spell.ticks += ticks.delivered
        spell.lateTicks += ticks.late
        current = spell
    }

    /// The run has ended, or the quota was removed.
    public mutating func finish() {
        endCurrent()
        last = nil
    }

    private mutating func endCurrent() {
        guard let ended = current else { return }
        current = nil
        guard spells.count < Self.spellLimit else {
            furtherSpells += 1
            return
        }
        spells.append(ended)
    }
}
