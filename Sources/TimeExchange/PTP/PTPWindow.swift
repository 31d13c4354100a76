// The exchanges with a PTP parent over a short time, and the bounds on its clock that they share:
//
//     parent − local  ∈  [ max over syncs (t1 + c − t2 − grow(2, age)),  min over delays (t4 − c − t3 + grow(2, age)) ]
//
// Only exchanges with the parent itself count. A change of the parent or of the grandmaster ends all that was measured:
// ptp4l reports the old offset under the new identity for a while. So does a set clock, which the caller reports.

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

    /// The local clock was set: no exchange before that says anything of it.
    public mutating func clockWasSet() { entries.removeAll() }

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
