// The time that a node publishes, for every thread of the process: ticks are stamped from it. Two values, each
// behind a latch of its own: the line of the best time, which needs one clock reading, and the cluster's
// snapshot, from which a primary stamps with two.
//
//     committed   the greatest stamp of a primary; only those enter it
//     shown       the greatest time that was given to anyone
//
// Both are one word each, raised by compare-and-exchange: what one thread was given, no other thread is given
// less than. A plan that goes back is followed at half the monotonic rate, and the last of the plan before may
// have been read a moment after the new one was made: `shown` covers that moment.
//
// Readers take no lock, allocate nothing, count no references, and wait for nobody.

public import ClusterClock
internal import Synchronization
public import TickTime

/// The time of a cluster's member, as any thread may read it.
@safe public final class ClusterTime: @unchecked Sendable {
    /// Through a pointer, so that the tick path counts no references to this object.
    let storage: UnsafeMutablePointer<ClusterTimeStorage>
    /// One thread at a time publishes a leadership.
    private let leadershipLock = Mutex(())

    /// - Parameters:
    ///   - best: the line of time in use.
    ///   - snapshot: of the cluster clock.
    public init(_ best: BestTimePlan, _ snapshot: ClusterSnapshot) {
        unsafe storage = .allocate(capacity: 1)
        unsafe storage.initialize(to: ClusterTimeStorage(best, snapshot))
    }

    deinit {
        unsafe storage.deinitialize(count: 1)
        unsafe storage.deallocate()
    }

    /// Publishes what holds from now on. One thread alone may call this.
    public func publish(_ best: BestTimePlan, _ snapshot: ClusterSnapshot) {
        unsafe storage.pointee.best.publish(best)
        unsafe storage.pointee.snapshot.publish(snapshot)
    }

    /// The best time now. It never falls, whichever thread asks.
    public var now: StampedTime { unsafe storage.pointee.bestNow() }

    /// The best time, computed for a reading of the host's clocks that is made for it, so that the instant it belongs
    /// to is known on each of them. The clocks are not read at once: it is the time at `reading.boot`, and the other
    /// readings are of within `reading.halfBracket` of that instant.
    package func nowWithReading() -> (best: StampedTime, reading: HostReading) {
        unsafe storage.pointee.bestWithReading()
    }

    /// The line of the best time, and the cluster's snapshot, as last published.
    public var best: BestTimePlan { unsafe storage.pointee.best.value }
    public var snapshot: ClusterSnapshot { unsafe storage.pointee.snapshot.value }

    /// From now on stamps are made as the primary of a view; `nil`: they are not any more.
    public func lead(_ leadership: Leadership?) {
        leadershipLock.withLock { _ in
            unsafe storage.pointee.leadership.publish(leadership)
            unsafe storage.pointee.isLeading.store(leadership != nil, ordering: .relaxed)
        }
    }

    /// The view that this process stamps in, if it was told of one.
    public var leadership: Leadership? { unsafe storage.pointee.leadership.value }

    /// A stamp, for a primary: committed, and never below one before it.
    ///
    /// - Throws: as `ClusterSnapshot.stamp`; `.notPrimary` without a leadership.
    #if !DEBUG
        @_noAllocation @_noLocks
    #endif
    public func stamp() throws(ClusterClockError) -> ClusterStamp { try unsafe storage.pointee.committed() }

    /// What a tick is stamped with: as the primary, where this process leads and its clock lets it, else from the
    /// best time there is. Never an error, and never below the one before; but who begins to lead leaves the times
    /// before, which were not the primary's.
    #if !DEBUG
        @_noAllocation @_noLocks
    #endif
    public func tickTimestamp() -> StampedTime { unsafe storage.pointee.tickTimestamp() }
}

@safe struct ClusterTimeStorage: ~Copyable {
    let best: PublishedStorage<BestTimePlan>
    let snapshot: PublishedStorage<ClusterSnapshot>
    let leadership: PublishedStorage<Leadership?>
    /// Whether there is a leadership: asked first, for most have none.
    let isLeading = Atomic<Bool>(false)
    private let committedTime = Atomic<Int64>(.min)
    private let shownTime = Atomic<Int64>(.min)

    init(_ best: BestTimePlan, _ snapshot: ClusterSnapshot) {
        self.best = PublishedStorage(best)
        self.snapshot = PublishedStorage(snapshot)
        leadership = PublishedStorage(nil)
    }

    deinit {
        best.deallocate()
        snapshot.deallocate()
        leadership.deallocate()
    }

    /// The best time now, not below any that was given before.
    @inline(__always) func bestNow() -> StampedTime {
        let best = best.read(()) { plan, _ in plan.time(at: HostClock.boot()) }
        // Should the host have lost its lead, what follows is not below what it committed either.
        let least = committedTime.load(ordering: .relaxed)
        return best.held(atLeast: Self.raise(shownTime, to: max(best.time, UTCInstant(nanoseconds: least))))
    }

    /// What was published and committed is read before the clocks, so a delay in between makes neither wrong for the
    /// instant of the reading. Times that other threads show after it do not count: they would hold this one at the
    /// time of another instant.
    func bestWithReading() -> (best: StampedTime, reading: HostReading) {
        let (plan, least) = (best.value, committedTime.load(ordering: .relaxed))
        let reading = HostClock.hostReading(taiOffset: 0)
        return (plan.time(at: reading.boot).held(atLeast: UTCInstant(nanoseconds: least)), reading)
    }

    func committed() throws(ClusterClockError) -> ClusterStamp {
        guard let leadership = leadership.value else { throw .notPrimary }
        while true {
            if let stamp = committed(leadership)?.stamp { return stamp }
            // Why not: asked again. What that gives is committed by nobody.
            let last = committedTime.load(ordering: .relaxed)
            _ = try snapshot.value.stamp(
                at: HostClock.boot(), realtime: HostClock.utc(), leadership,
                after: last == .min ? nil : UTCInstant(nanoseconds: last))
        }
    }

    /// What a stamp is made of, beside a snapshot.
    private struct Asked {
        let boot: BootInstant
        let utc: UTCInstant
        let leadership: Leadership
        /// The greatest that was committed.
        let last: UTCInstant?
    }

    /// A stamp, and what of its snapshot a tick's stamp tells.
    private struct Committed {
        let stamp: ClusterStamp
        let isAlone: Bool
        let epochNumber: Int64
    }

    /// - Returns: `nil` where the snapshot gives no stamp.
    @inline(__always) private func committed(_ leadership: Leadership) -> Committed? {
        let (boot, utc) = (HostClock.boot(), HostClock.utc())
        var last = committedTime.load(ordering: .relaxed)
        while true {
            let asked = Asked(
                boot: boot, utc: utc, leadership: leadership, last: last == .min ? nil : UTCInstant(nanoseconds: last))
            let made: Committed? = snapshot.read(asked) { snapshot, asked in
                guard
                    let stamp = snapshot.stampIfAny(
                        at: asked.boot, realtime: asked.utc, asked.leadership, after: asked.last)
                else { return nil }
                return Committed(stamp: stamp, isAlone: snapshot.isAlone, epochNumber: snapshot.epochNumber)
            }
            guard let made else { return nil }
            let (exchanged, found) = committedTime.compareExchange(
                expected: last, desired: made.stamp.time.nanoseconds, ordering: .relaxed)
            if exchanged {
                precondition(
                    made.stamp.time.nanoseconds >= last && made.stamp.time >= leadership.floor, "a stamp never falls")
                return made
            }
            // Another thread committed meanwhile: this stamp is not to be below that one.
            last = found
        }
    }

    @inline(__always) func tickTimestamp() -> StampedTime {
        if isLeading.load(ordering: .relaxed), let stamp = primaryStamp() { return stamp }
        return bestNow()
    }

    /// Apart, for most have no leadership, and need not bear what it takes.
    @inline(never) private func primaryStamp() -> StampedTime? {
        guard let leadership = leadership.value, let made = committed(leadership) else { return nil }
        let quality: UTCSource = !made.isAlone ? .cluster : made.stamp.isTraceable ? .ntp : .system
        return StampedTime(
            made.stamp.time, quality: quality, isTraceable: made.stamp.isTraceable, isCommitted: true,
            bounds: (made.stamp.earliest, made.stamp.latest), held: made.stamp.held, epoch: made.epochNumber)
    }

    /// Raises a maximum.
    ///
    /// - Returns: the greater of both.
    private static func raise(_ maximum: borrowing Atomic<Int64>, to time: UTCInstant) -> UTCInstant {
        var greatest = maximum.load(ordering: .relaxed)
        while greatest < time.nanoseconds {
            let (exchanged, found) = maximum.compareExchange(
                expected: greatest, desired: time.nanoseconds, ordering: .relaxed)
            if exchanged { return time }
            greatest = found
        }
        return UTCInstant(nanoseconds: greatest)
    }
}
