import TestSupport
import Testing
import TickTime

@testable import ClusterClock

@Suite("A stamp, from a snapshot")
struct ClusterStampTests {
    private static let origin = UTCInstant(nanoseconds: 0)

    /// Five hundred milliseconds after an agreement; every node's UTC is right unless the test changes it.
    private static func cluster(
        _ peers: [Nanoseconds?] = [.zero, .zero], errors: [Nanoseconds?]? = nil, own: Nanoseconds? = nil
    ) throws -> ClusterHarness {
        var cluster = try ClusterHarness(peers, errors: errors)
        if let own { cluster.clock.stateOwnError(StatedError(operatorError: own, read: cluster.host.reading.boot)) }
        cluster.run(.milliseconds(3_600))
        return cluster
    }

    private static func stamp(
        _ cluster: ClusterHarness, realtime: Nanoseconds = .zero, _ token: Leadership? = nil,
        after last: Nanoseconds? = nil
    ) throws(ClusterClockError) -> ClusterStamp {
        let reading = cluster.host.reading
        return try cluster.clock.snapshot.stamp(
            at: reading.boot, realtime: reading.realtime + realtime, token ?? cluster.token(),
            after: last.map { reading.realtime + $0 })
    }

    // MARK: - Authority and limits

    @Test("the authority over tokens is given out once, and a token below the highest seen view cannot stamp")
    func primaryOnly() throws {
        var cluster = try Self.cluster()
        let isGivenAgain: Bool
        if let _ = cluster.clock.takeLeadershipAuthority() { isGivenAgain = true } else { isGivenAgain = false }
        #expect(!isGivenAgain)
        let (old, new) = (cluster.token(view: 3), cluster.token(view: 4))
        _ = try cluster.clock.stamp(at: cluster.host.reading, old)
        _ = try cluster.clock.stamp(at: cluster.host.reading, new)
        #expect(throws: ClusterClockError.notPrimary) { try cluster.clock.stamp(at: cluster.host.reading, old) }
        cluster.clock.observe(view: 5)
        #expect(throws: ClusterClockError.notPrimary) { try cluster.clock.stamp(at: cluster.host.reading, new) }
        cluster.clock.observe(view: 2)
        #expect(throws: ClusterClockError.notPrimary) { try cluster.clock.stamp(at: cluster.host.reading, new) }
    }

    @Test("every stamp is below its token's ceiling, and none is given from the token's end on", arguments: [0, 2])
    func ceilingAndEnd(peers: Int) throws {
        var cluster = try ClusterHarness(Array(repeating: .zero, count: peers))
        cluster.run(.milliseconds(3_600))
        let reading = cluster.host.reading, snapshot = cluster.clock.snapshot
        func stamp(ceiling: Nanoseconds, end: Nanoseconds) throws(ClusterClockError) -> UTCInstant {
            let token = Leadership(
                view: 1, floor: Self.origin, ceiling: reading.realtime + ceiling, validUntil: reading.boot + end)
            return try snapshot.stamp(at: reading.boot, realtime: reading.realtime, token, after: nil).time
        }
        let now = try stamp(ceiling: .seconds(1), end: Nanoseconds(1))
        let above = now - reading.realtime + Nanoseconds(1)
        #expect(try stamp(ceiling: above, end: Nanoseconds(1)) == now)
        #expect(throws: ClusterClockError.ceilingReached) {
            try stamp(ceiling: above - Nanoseconds(1), end: Nanoseconds(1))
        }
        #expect(throws: ClusterClockError.notPrimary) { try stamp(ceiling: .seconds(1), end: .zero) }
    }

    @Test("a stamp is our UTC, clamped into the agreed interval")
    func clamped() throws {
        let cluster = try Self.cluster()
        let agreed = try #require(cluster.clock.snapshot.epoch).agreement.agreedInterval
        let now = cluster.host.reading.realtime
        for (off, expected) in [
            (Nanoseconds.zero, Nanoseconds.zero), (.seconds(-9), agreed.lower), (.seconds(9), agreed.upper),
        ] {
            #expect(try Self.stamp(cluster, realtime: off).time == now + expected)
        }
    }

    @Test("no stamp is below its token's floor, or the stamp before it; it is marked held")
    func held() throws {
        let cluster = try Self.cluster()
        let now = cluster.host.reading.realtime
        let plain = try Self.stamp(cluster)
        #expect(!plain.isHeld && plain.time == now)
        let floored = try Self.stamp(cluster, cluster.token(floor: now + .milliseconds(300)))
        #expect(floored.isHeld && floored.time == now + .milliseconds(300))
        let after = try Self.stamp(cluster, after: .milliseconds(400))
        #expect(after.isHeld && after.time == now + .milliseconds(400))
        let both = try Self.stamp(cluster, cluster.token(floor: now + .milliseconds(100)), after: .milliseconds(50))
        #expect(both.time == now + .milliseconds(100))
    }

    @Test("a last stamp or a floor further ahead than the tolerance is refused, with the distance")
    func ahead() throws {
        let cluster = try Self.cluster()
        let now = cluster.host.reading.realtime
        let limit = Nanoseconds.milliseconds(500), beyond = Nanoseconds.milliseconds(500) + Nanoseconds(1)
        #expect(try Self.stamp(cluster, after: limit).time == now + limit)
        #expect(throws: ClusterClockError.timestampAheadOfCluster(by: beyond)) {
            try Self.stamp(cluster, after: beyond)
        }
        #expect(throws: ClusterClockError.timestampAheadOfCluster(by: beyond)) {
            try Self.stamp(cluster, cluster.token(floor: now + beyond))
        }
    }

    @Test("stamps of one view rise whatever our UTC does")
    func monotonic() throws {
        var cluster = try Self.cluster()
        let token = cluster.token()
        var random = SeededGenerator()
        print("stamps: seed \(random.seed)")
        var last: UTCInstant?
        for _ in 0..<5_000 {
            cluster.host.now = cluster.host.now + Nanoseconds(Int64.random(in: 0...2_000_000, using: &random))
            var reading = cluster.host.reading
            reading.realtime = reading.realtime + Nanoseconds(Int64.random(in: -9_000_000...9_000_000, using: &random))
            let stamp = try cluster.clock.stamp(at: reading, token)
            #expect(stamp.time >= last ?? stamp.time, "seed \(random.seed)")
            last = stamp.time
        }
    }

    // MARK: - Against true UTC

    @Test("with a majority's stated errors true UTC is bounded; the bound grows by one clock's drift")
    func bound() throws {
        // Our own clock is right; a peer is 20 ms ahead and says 25, the other 5 ms behind and says 6.
        var cluster = try Self.cluster(
            [.milliseconds(20), .milliseconds(-5)], errors: [.milliseconds(25), .milliseconds(6)], own: .milliseconds(9)
        )
        #expect(cluster.clock.status == .synchronized)
        guard case .bounded(let bound) = try #require(cluster.clock.snapshot.epoch).utcBound else {
            Issue.record("three of three state an error")
            return
        }
        #expect(bound.liesTolerated == 1)
        // The points inside two of [-9, 9], [-5, 45], [-11, 1], each some 2 ms wider: from -5 to 9.
        #expect(bound.interval.lower > .milliseconds(-10) && bound.interval.lower < .milliseconds(-4))
        #expect(bound.interval.upper > .milliseconds(8) && bound.interval.upper < .milliseconds(12))
        let young = try Self.stamp(cluster)
        #expect(young.isTraceable && young.earliest < young.time && young.time < young.latest)
        let truth = TestHost.start + cluster.host.now
        #expect(young.earliest <= truth && truth <= young.latest)
        let snapshot = cluster.clock.snapshot
        cluster.host.now = cluster.host.now + .seconds(20)
        let old = try snapshot.stamp(
            at: cluster.host.reading.boot, realtime: cluster.host.reading.realtime, cluster.token(), after: nil)
        let growth = (old.latest - old.earliest) - (young.latest - young.earliest)
        #expect(growth >= .milliseconds(2) && growth < .microseconds(2_002))
        let bounds = try #require(snapshot.utcBounds(at: cluster.host.reading.boot))
        #expect(bounds.earliest == old.earliest && bounds.latest == old.latest)
    }

    @Test("fewer than a majority of stated errors give no bound; contradicting ones give none and are reported")
    func noBound() throws {
        let few = try Self.cluster(errors: [.milliseconds(1), nil])
        #expect(few.clock.status == .agreedUntraceable)
        let untraceable = try Self.stamp(few)
        #expect(!untraceable.isTraceable && few.clock.snapshot.utcBounds(at: few.host.reading.boot) == nil)
        let skew = try #require(few.clock.snapshot.epoch).agreement.skewInterval
        #expect(untraceable.latest - untraceable.earliest >= skew.width)
        // 0, +30 and -30 ms agree with an allowance, yet each claims a microsecond.
        let each = Nanoseconds.microseconds(1)
        let lying = try Self.cluster(
            [.milliseconds(30), .milliseconds(-30)], errors: [each, each], own: each)
        #expect(lying.clock.status == .statedErrorsContradict)
        #expect(try Self.stamp(lying).isTraceable == false)
    }

    @Test("if the agreed interval lies outside the bound on UTC, the stamp follows the agreement and is marked")
    func outside() throws {
        // Two of five agree with us at 0; the other two, 2 s ahead, and our wide selves bound UTC elsewhere.
        let cluster = try Self.cluster(
            [.zero, .zero, .seconds(2), .seconds(2)],
            errors: [nil, nil, .milliseconds(1), .milliseconds(1)], own: .seconds(3))
        let epoch = try #require(cluster.clock.snapshot.epoch)
        guard case .bounded(let bound) = epoch.utcBound else {
            Issue.record("three of five state an error")
            return
        }
        #expect(bound.interval.lower > .milliseconds(1_990) && bound.liesTolerated == 0)
        let stamp = try Self.stamp(cluster)
        #expect(stamp.isOutsideUTCBound && stamp.time == cluster.host.reading.realtime)
        #expect(stamp.earliest > stamp.time)
    }

    // MARK: - Alone

    @Test("a cluster of one stamps its system time, kept monotonic, with its own stated error")
    func alone() throws {
        var alone = try ClusterHarness([])
        #expect(alone.clock.status == .alone)
        let token = alone.token(floor: Self.origin)
        let first = try alone.clock.stamp(at: alone.host.reading, token)
        #expect(first.time == TestHost.start && !first.isTraceable && !first.isHeld)
        alone.host.offset = .seconds(-3_600)
        alone.clock.stateOwnError(StatedError(operatorError: .milliseconds(3), read: alone.host.reading.boot))
        let held = try alone.clock.stamp(at: alone.host.reading, token)
        #expect(held.time == first.time && held.isHeld && held.isTraceable)
        #expect(held.latest - held.earliest == .milliseconds(6) + Nanoseconds(2))
        alone.clock.observe(view: 2)
        #expect(throws: ClusterClockError.notPrimary) { try alone.clock.stamp(at: alone.host.reading, token) }
    }

    @Test("a cluster of one whose error PTP bounds stamps the time that PTP's middle corrects")
    func aloneByPTP() throws {
        var alone = try ClusterHarness([])
        let token = alone.token(floor: Self.origin)
        #expect(try alone.clock.stamp(at: alone.host.reading, token).source == .system)
        let bound = SourcedBound(
            ptpOffset: .zero, claim: OffsetInterval(Nanoseconds(-40_000), Nanoseconds(60_000)), doubt: nil)
        alone.clock.stateOwnError(StatedError(ptp: bound, read: alone.host.reading.boot))
        let realtime = alone.host.reading.realtime
        let stamp = try alone.clock.stamp(at: alone.host.reading, token)
        #expect(stamp.time == realtime + Nanoseconds(10_000) && stamp.isTraceable && !stamp.isHeld)
        #expect(stamp.earliest == realtime - Nanoseconds(40_001) && stamp.latest == realtime + Nanoseconds(60_001))
        #expect(stamp.source == .ptp)
    }
}
