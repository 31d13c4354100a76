// The time that a node publishes for every thread of the process: ticks are stamped from it. It consists of two
// values, each behind its own latch. The line of the best time needs one clock reading. The cluster's snapshot, from
// which a primary stamps, needs two.
//
//     committed   the greatest stamp of a primary; only stamps enter it
//     shown       the greatest time that any reader received
//
// Each is one word, raised by compare-and-exchange, so no thread receives less than another thread has received. If a
// new plan goes back, the time follows it at half the monotonic rate. A reader may have read the old plan a moment
// after the new one was made; `shown` covers that moment.
//
// Readers take no lock, allocate nothing, count no references, and never wait.

public import ClusterClock
internal import Synchronization
public import TickTime

/// The time of a cluster's member, for any thread to read.
@safe public final class ClusterTime: @unchecked Sendable {
    /// Through a pointer, so that the tick path counts no references to this object.
    let storage: UnsafeMutablePointer<ClusterTimeStorage>
    /// One thread at a time publishes a leadership.
    private let leadershipLock = Mutex(())

    /// - Parameters:
    ///   - best: the line of time in use.
    ///   - snapshot: the cluster clock's snapshot.
    public init(_ best: BestTimePlan, _ snapshot: ClusterSnapshot) {
        unsafe storage = .allocate(capacity: 1)
        unsafe storage.initialize(to: ClusterTimeStorage(best, snapshot))
    }

    deinit {
        unsafe storage.deinitialize(count: 1)
        unsafe storage.deallocate()
    }

    /// Publishes new values. Only one thread may call this.
    public func publish(_ best: BestTimePlan, _ snapshot: ClusterSnapshot) {
        unsafe storage.pointee.best.publish(best)
        unsafe storage.pointee.snapshot.publish(snapshot)
    }

    /// The best time now. It never falls, on any thread.
    public var now: StampedTime { unsafe storage.pointee.bestNow() }

    /// The best time now, computed for a reading of all host clocks, so that its instant is known on each of them.
    /// The clocks are not read at once: this is the time at `reading.boot`, and the other readings are within
    /// `reading.halfBracket` of that instant.
    package func nowWithReading() -> (best: StampedTime, reading: HostReading) {
        unsafe storage.pointee.bestWithReading()
    }

    /// The line of the best time, and the cluster's snapshot, as published last.
    public var best: BestTimePlan { unsafe storage.pointee.best.value }
    public var snapshot: ClusterSnapshot { unsafe storage.pointee.snapshot.value }

    /// Starts stamping as the primary of a view; `nil` ends it.
    public func lead(_ leadership: Leadership?) {
        leadershipLock.withLock { _ in
            unsafe storage.pointee.leadership.publish(leadership)
            unsafe storage.pointee.isLeading.store(leadership != nil, ordering: .relaxed)
        }
    }

    /// The view in which this process stamps; `nil` without a leadership.
    public var leadership: Leadership? { unsafe storage.pointee.leadership.value }

    /// The greatest stamp that was committed; `nil` without one.
    package var greatestStamp: UTCInstant? { unsafe storage.pointee.greatestStamp }

    /// A stamp for a primary. It is committed, and never below an earlier one.
    ///
    /// - Throws: as `ClusterSnapshot.stamp`; `.notPrimary` without a leadership.
    #if !DEBUG
        @_noAllocation @_noLocks
    #endif
    public func stamp() throws(ClusterClockError) -> ClusterStamp { try unsafe storage.pointee.committed() }

    /// The stamp of a tick. If this process leads and its clock allows it, this is a primary's stamp; otherwise it is
    /// the best available time. It never throws, and is never below the previous one. The one exception is the start
    /// of a leadership, because the earlier times were not a primary's.
    #if !DEBUG
        @_noAllocation @_noLocks
    #endif
    public func tickTimestamp() -> StampedTime { unsafe storage.pointee.tickReading().timestamp }

    /// The stamp of a tick, and the reading of BOOTTIME that it is made from: an on-air gate takes the same reading.
    #if !DEBUG
        @_noAllocation @_noLocks
    #endif
    public func tickReading() -> (timestamp: StampedTime, boot: BootInstant) { unsafe storage.pointee.tickReading() }
}

@safe struct ClusterTimeStorage: ~Copyable {
    let best: PublishedStorage<BestTimePlan>
    let snapshot: PublishedStorage<ClusterSnapshot>
    let leadership: PublishedStorage<Leadership?>
    /// Whether there is a leadership. Checked first, because most processes have none.
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

    var greatestStamp: UTCInstant? {
        let greatest = committedTime.load(ordering: .relaxed)
        return greatest == .min ? nil : UTCInstant(nanoseconds: greatest)
    }

    /// The best time now, not below any earlier one.
    @inline(__always) func bestNow() -> StampedTime { bestReading().timestamp }

    /// The same, and the reading that it is made from.
    @inline(__always) private func bestReading() -> (timestamp: StampedTime, boot: BootInstant) {
        let (best, boot) = best.read(()) { plan, _ in
            let boot = HostClock.boot()
            return (plan.time(at: boot), boot)
        }
        // After a lost leadership, the time must not be below the last committed stamp either.
        let least = committedTime.load(ordering: .relaxed)
        return (best.held(atLeast: Self.raise(shownTime, to: max(best.time, UTCInstant(nanoseconds: least)))), boot)
    }

    /// Reads the published and committed values before the clocks, so that a delay in between makes neither wrong for
    /// the instant of the reading. Times that other threads show later do not count: they would hold this time at the
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
            // Asks again for the reason. A stamp from this second call is not committed.
            let last = committedTime.load(ordering: .relaxed)
            _ = try snapshot.value.stamp(
                at: HostClock.boot(), realtime: HostClock.utc(), leadership,
                after: last == .min ? nil : UTCInstant(nanoseconds: last))
        }
    }

    /// The parts of a stamp besides the snapshot.
    private struct Asked {
        let boot: BootInstant
        let utc: UTCInstant
        let leadership: Leadership
        /// The greatest committed stamp.
        let last: UTCInstant?
    }

    /// A stamp, with the part of its snapshot that goes into a tick's stamp.
    private struct Committed {
        let stamp: ClusterStamp
        let epochNumber: Int64
        let boot: BootInstant
    }

    /// - Returns: `nil` if the snapshot gives no stamp.
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
                return Committed(stamp: stamp, epochNumber: snapshot.epochNumber, boot: asked.boot)
            }
            guard let made else { return nil }
            let (exchanged, found) = committedTime.compareExchange(
                expected: last, desired: made.stamp.time.nanoseconds, ordering: .relaxed)
            if exchanged {
                precondition(
                    made.stamp.time.nanoseconds >= last && made.stamp.time >= leadership.floor, "a stamp never falls")
                return made
            }
            // Another thread committed meanwhile: this stamp must not be below that one.
            last = found
        }
    }

    @inline(__always) func tickReading() -> (timestamp: StampedTime, boot: BootInstant) {
        if isLeading.load(ordering: .relaxed), let stamp = primaryStamp() { return stamp }
        return bestReading()
    }

    /// A separate function, because most processes have no leadership and should not pay for it.
    @inline(never) private func primaryStamp() -> (timestamp: StampedTime, boot: BootInstant)? {
        guard let leadership = leadership.value, let made = committed(leadership) else { return nil }
        let timestamp = StampedTime(
            made.stamp.time, quality: made.stamp.source, isTraceable: made.stamp.isTraceable, isCommitted: true,
            bounds: (made.stamp.earliest, made.stamp.latest), held: made.stamp.held, epoch: made.epochNumber)
        return (timestamp, made.boot)
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
