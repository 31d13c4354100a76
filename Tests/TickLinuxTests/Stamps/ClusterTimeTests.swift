import ClusterClock
import Synchronization
import TestSupport
import Testing
import TickLinux
import TickScheduling
import TickTime

@Suite("The time that a node publishes")
struct ClusterTimeTests {
    private static let node = NodeID(rawValue: 1)

    /// A cluster of one, on this host's clocks: it leads itself, and needs no peers.
    private static func alone(statedError: Nanoseconds? = nil) throws -> (ClusterClock, ClusterTime) {
        let reading = HostClock.hostReading(taiOffset: 0)
        var clock = try ClusterClock(ClusterConfiguration(node: node, peers: []), at: reading)
        clock.stateOwnError(statedError.map { StatedError(operatorError: $0, read: reading.boot) })
        return (clock, ClusterTime(plan(.zero, at: reading), clock.snapshot))
    }

    /// System time, moved by `offset`.
    private static func plan(_ offset: Nanoseconds, at reading: HostReading) -> BestTimePlan {
        var best = BestAvailableTime()
        return best.choose(among: TimeSources(), at: reading.boot, realtime: reading.realtime + offset)
    }

    @Test("the best time is the plan's at this instant, with its quality")
    func best() throws {
        let (_, time) = try Self.alone()
        let before = HostClock.utc(), now = time.now, after = HostClock.utc()
        #expect(before - .milliseconds(1) <= now.time && now.time <= after + .milliseconds(1))
        #expect(now.quality == .system && !now.isTraceable && now.earliest == nil && now.epoch == nil)
    }

    @Test("a time with its reading is exactly the plan's at that reading, whatever was shown after it")
    func withReading() throws {
        let (_, time) = try Self.alone()
        var last = UTCInstant(nanoseconds: .min)
        for _ in 0..<1_000 {
            let before = HostClock.monotonic(), (best, reading) = time.nowWithReading(), after = HostClock.monotonic()
            #expect(before <= reading.monotonic && reading.monotonic <= after)
            let planned = time.best.time(at: reading.boot)
            #expect(best.time == planned.time && best.held == .zero && best.time >= last)
            last = best.time
            _ = time.now
        }
    }

    @Test("a time with its reading is not below what was committed")
    func withReadingAfterCommit() throws {
        var (clock, time) = try Self.alone(statedError: .milliseconds(3))
        guard let authority = clock.takeLeadershipAuthority() else { preconditionFailure("the first asks") }
        let floor = HostClock.utc() + .seconds(2)
        time.lead(authority.token(view: 1, floor: floor))
        _ = try time.stamp()
        let best = time.nowWithReading().best
        #expect(best.time >= floor && best.held > .seconds(1))
    }

    @Test("a plan that goes back takes no time back: it is held where it was")
    func neverFalls() throws {
        let (clock, time) = try Self.alone()
        let before = time.now
        // A plan that knows nothing of the one before: what a process-wide maximum is for.
        time.publish(Self.plan(.seconds(-7_200), at: HostClock.hostReading(taiOffset: 0)), clock.snapshot)
        let after = time.now, stamp = time.tickTimestamp()
        #expect(after.time >= before.time && stamp.time >= after.time)
        #expect(after.held > .seconds(7_199) && stamp.held > .seconds(7_199))
    }

    @Test("without a leadership a stamp is refused, and a tick bears the best time")
    func notPrimary() throws {
        let (_, time) = try Self.alone()
        #expect(throws: ClusterClockError.notPrimary) { try time.stamp() }
        let stamp = time.tickTimestamp()
        #expect(!stamp.isCommitted && stamp.quality == .system)
    }

    @Test("a primary's stamps are committed, none is below the floor, and resigning ends them")
    func primary() throws {
        var (clock, time) = try Self.alone(statedError: .milliseconds(3))
        guard let authority = clock.takeLeadershipAuthority() else { preconditionFailure("the first asks") }
        let floor = HostClock.utc() + .seconds(2)
        time.lead(authority.token(view: 4, floor: floor))
        let stamp = time.tickTimestamp()
        #expect(stamp.isCommitted && stamp.isTraceable && stamp.time == floor)
        #expect(stamp.held > .seconds(1) && stamp.quality == .ntp)
        #expect(try time.stamp().time >= floor)
        time.lead(nil)
        #expect(throws: ClusterClockError.notPrimary) { try time.stamp() }
        // What was committed is not taken back by what is shown after it.
        let after = time.tickTimestamp()
        #expect(!after.isCommitted && after.time >= floor)
    }

    @Test("a view that was superseded stamps no more")
    func superseded() throws {
        var (clock, time) = try Self.alone()
        guard let authority = clock.takeLeadershipAuthority() else { preconditionFailure("the first asks") }
        time.lead(authority.token(view: 4, floor: UTCInstant(nanoseconds: 0)))
        _ = try time.stamp()
        clock.observe(view: 5)
        time.publish(time.best, clock.snapshot)
        #expect(throws: ClusterClockError.notPrimary) { try time.stamp() }
        #expect(!time.tickTimestamp().isCommitted)
    }

    private final class Shared: Sendable {
        let time: ClusterTime
        let isOver = Atomic<Bool>(false)
        let greatest = Atomic<Int64>(.min)
        let falls = Atomic<Int>(0)
        init(_ time: ClusterTime) { self.time = time }
    }

    @Test(
        "readers on other threads, at full speed, never see time fall, while plans go back and forth",
        .timeLimit(.minutes(2)))
    func readers() throws {
        let (clock, time) = try Self.alone()
        let shared = Shared(time), snapshot = clock.snapshot
        onThreads(4) { place in
            if place == 0 {
                for turn in 0..<20_000 {
                    let reading = HostClock.hostReading(taiOffset: 0)
                    shared.time.publish(Self.plan(.milliseconds(Int64(turn % 7) - 3), at: reading), snapshot)
                }
                return shared.isOver.store(true, ordering: .relaxed)
            }
            while !shared.isOver.load(ordering: .relaxed) {
                // Whatever another thread had been given before this asked is a floor to it.
                let floor = shared.greatest.load(ordering: .acquiring)
                let given = shared.time.tickTimestamp().time.nanoseconds
                if given < floor { shared.falls.wrappingAdd(1, ordering: .relaxed) }
                shared.greatest.max(given, ordering: .acquiringAndReleasing)
            }
        }
        #expect(shared.falls.load(ordering: .relaxed) == 0)
        #expect(shared.greatest.load(ordering: .relaxed) > .min)
    }

    @Test("the anchor of a session is the best time's where that is not the host's, and says whose it is")
    func anchor() throws {
        let reading = HostClock.hostReading(taiOffset: 0)
        var best = BestAvailableTime()
        var sources = TimeSources()
        sources.consensus = (.seconds(-15), 0.9)
        let plan = best.choose(among: sources, at: reading.boot, realtime: reading.realtime)
        let clock = try ClusterClock(ClusterConfiguration(node: Self.node, peers: []), at: reading)
        let anchor = try HostAnchor.capture(ClusterTime(plan, clock.snapshot))
        #expect(anchor.utcSource == .consensus)
        #expect((anchor.utcCorrection + .seconds(15)).magnitude < .milliseconds(1))
        // The host's own reading stays what divergence is measured from.
        #expect((HostClock.utc() - anchor.reading.utc).magnitude < .seconds(1))
        let host = try HostAnchor.capture()
        #expect(host.utcCorrection == .zero && (host.utcSource == .system || host.utcSource == .ntp))
    }

    @Test("a loop with a cluster's time stamps every tick, and anchors its sessions to it")
    func loop() throws {
        let reading = HostClock.hostReading(taiOffset: 0)
        var best = BestAvailableTime()
        var sources = TimeSources()
        sources.consensus = (.seconds(100), 0.9)
        let plan = best.choose(among: sources, at: reading.boot, realtime: reading.realtime)
        let clock = try ClusterClock(ClusterConfiguration(node: Self.node, peers: []), at: reading)
        let time = ClusterTime(plan, clock.snapshot)
        var loop = TickLoop(TickLoopOptions(time: time))
        try loop.add(SessionRequest(SessionPlan(rate: FrameRate(100, over: 1), tickCount: 10)))
        let epoch = try loop.begin()[0].epoch
        #expect(epoch.utcSource == .consensus && epoch.utc - epoch.hostUTC > .seconds(99))
        var last: UTCInstant?
        while let tick = loop.next() {
            let stamp = try #require(tick.timestamp)
            #expect(stamp.quality == .consensus && stamp.time >= last ?? stamp.time)
            // The stamp is read right after the start, on the line that the epoch is on.
            #expect((stamp.time - tick.deadlineUTC - tick.startLateness).magnitude < .seconds(1))
            last = stamp.time
        }
        #expect(last != nil)
    }
}
