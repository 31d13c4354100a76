// The exchanges with a PTP parent over a short time, and the bounds on its clock that they share:
//
//     parent − local  ∈  [ max over syncs (t1 + c − t2 − grow(2, age)),  min over delays (t4 − c − t3 + grow(2, age)) ]
//
// Only exchanges with the parent itself count. A change of the parent or of the grandmaster ends all that was measured:
// ptp4l reports the old offset under the new identity for a while. So does a step of the clock that stamps them.

public import ClusterClock
public import TickTime

/// The last exchanges with a PTP parent.
public struct PTPWindow: Sendable {
    /// How long an exchange counts.
    public let length: Nanoseconds
    /// After so long without a sync there is no bound.
    public let greatestSyncAge: Nanoseconds

    private struct Entry {
        let times: PTPExchangeTimes
        let taken: BootInstant
    }

    private var entries: [Entry] = []
    private var parent: PTPPortIdentity?
    private var grandmaster: PTPClockIdentity?
    /// When the parent or the grandmaster changed last.
    private var changed: BootInstant?
    /// Changes of the parent or of the grandmaster since the beginning: each is an incident.
    public private(set) var changes = 0
    /// The clock that stamps against CLOCK_MONOTONIC_RAW, when a comparison began.
    private var clock: (ahead: OffsetInterval, taken: BootInstant)?
    /// How many times that clock was set, or slewed faster than the growth allows.
    public private(set) var clockSteps = 0
    /// The exchanges of the parent that count.
    public var count: Int { entries.count { $0.times.source == parent } }

    /// More exchanges than come within a window at 128 a second each way.
    static let limit = 1_024
    /// Two clocks at 50 ppm each.
    private static let growth = DriftGrowth(clocks: 2, driftBound: 50_000)

    /// - Parameters:
    ///   - length: how long an exchange counts, at least 100 ms.
    ///   - greatestSyncAge: the age of the last sync from which on there is no bound.
    public init(length: Nanoseconds = .seconds(1), greatestSyncAge: Nanoseconds = .seconds(1)) {
        self.length = max(length, .milliseconds(100))
        self.greatestSyncAge = greatestSyncAge
    }

    /// Takes the times of an exchange.
    ///
    /// - Parameter now: BOOTTIME when they came.
    public mutating func add(_ times: PTPExchangeTimes, at now: BootInstant) {
        entries.removeAll { now -| $0.taken > length }
        if entries.count == Self.limit { entries.removeFirst() }
        entries.append(Entry(times: times, taken: now))
    }

    /// Takes what the clock says of its parent. A change ends what was measured before.
    public mutating func follow(_ parent: PTPDataSet.Parent, at now: BootInstant) {
        defer { (self.parent, grandmaster) = (parent.port, parent.grandmaster) }
        guard self.parent != nil, self.parent != parent.port || grandmaster != parent.grandmaster else { return }
        changed = now
        changes += 1
        // What the new parent said before it was known as such may stay, if the grandmaster is all that is new.
        entries.removeAll { $0.times.source != parent.port || self.parent == parent.port }
    }

    /// Takes a reading of the clock that stamps the exchanges against CLOCK_MONOTONIC_RAW, which nothing sets or slews.
    /// If the clock was set, or slewed faster than the exchanges' growth allows, no exchange before that counts.
    ///
    /// - Parameter ahead: how far that clock is ahead of CLOCK_MONOTONIC_RAW.
    public mutating func watch(clockAhead ahead: OffsetInterval, at now: BootInstant) {
        defer { clock = clock ?? (ahead, now) }
        guard let first = clock else { return }
        let growth = Self.growth(now -| first.taken)
        guard ahead.lower > first.ahead.upper +| growth || ahead.upper < first.ahead.lower -| growth else {
            // A window's length later the first reading allows more than the exchanges do.
            if now -| first.taken > length { clock = (ahead, now) }
            return
        }
        clock = (ahead, now)
        clockSteps += 1
        entries.removeAll()
    }

    /// How far the parent's clock is ahead of the local one.
    ///
    /// - Throws: `PTPDoubt`: `noSync`, `oldSync`, `newParent`, `noExchanges`, `contradiction`.
    public func interval(at now: BootInstant) throws(PTPDoubt) -> OffsetInterval {
        guard let parent else { throw .noSync }
        if let changed, now -| changed < length { throw .newParent }
        var (lower, upper): (Nanoseconds?, Nanoseconds?) = (nil, nil)
        var newest: BootInstant?
        for entry in entries where entry.times.source == parent {
            let age = now -| entry.taken
            if entry.times.kind == .sync { newest = max(newest ?? entry.taken, entry.taken) }
            guard age <= length else { continue }
            let bound = Nanoseconds(entry.times.bound), growth = Self.growth(age)
            switch entry.times.kind {
            case .sync: lower = max(lower ?? (bound -| growth), bound -| growth)
            case .delay: upper = min(upper ?? (bound +| growth), bound +| growth)
            }
        }
        guard let newest else { throw .noExchanges }
        if now -| newest > greatestSyncAge { throw .oldSync(now -| newest) }
        guard let lower, let upper else { throw .noExchanges }
        guard lower <= upper else { throw .contradiction }
        return OffsetInterval(lower, upper)
    }
}
