import TestSupport
import Testing
import TickTime

@testable import ClusterClock

@Suite("A cluster clock from window to stamp")
struct ClusterClockTests {
    // MARK: - Window and epoch

    @Test("nothing is agreed before 3 s; the first agreement after is installed, and a new window begins")
    func window() throws {
        var cluster = try ClusterHarness([.microseconds(500), .microseconds(-700)])
        cluster.run(.milliseconds(2_999))
        #expect(cluster.agreements.isEmpty && cluster.clock.status == .gathering)
        cluster.run(.milliseconds(10))
        #expect(cluster.agreements.count == 1 && cluster.clock.status == .agreedUntraceable)
        let began = cluster.clock.window.boot
        #expect(cluster.host.reading.boot - began < .milliseconds(20))
        #expect(cluster.clock.peers.allSatisfy { $0.verdict == .agreeing && $0.timesFalse == 0 })
        #expect(cluster.clock.peers.allSatisfy { $0.lastRoundTrip == .milliseconds(2) })
        cluster.run(.seconds(9))
        #expect(cluster.agreements.count == 3 || cluster.agreements.count == 4)
    }

    @Test("without a quorum the window starts again every 10 s, and there is no stamp; with one it recovers")
    func noQuorum() throws {
        var cluster = try ClusterHarness([nil, nil])
        cluster.run(.seconds(21))
        #expect(cluster.agreements.isEmpty && cluster.clock.status == .gathering)
        let closed = cluster.notices.filter { if case .windowClosed = $0 { true } else { false } }
        #expect(closed == Array(repeating: .windowClosed(.noQuorumAgreement(agreeing: 1, needed: 2)), count: 2))
        let token = cluster.token()
        #expect(throws: ClusterClockError.noQuorumAgreement(agreeing: 1, needed: 2)) {
            try cluster.clock.stamp(at: cluster.host.reading, token)
        }
        cluster.peers[1] = .zero
        cluster.run(.seconds(12))
        #expect(cluster.clock.status == .agreedUntraceable)
        #expect(cluster.clock.peers.map(\.verdict) == [.silent, .agreeing])
    }

    @Test("an epoch is used for exactly 30 s, held without a quorum, and refused later")
    func expiry() throws {
        var cluster = try ClusterHarness([.zero, .zero])
        cluster.run(.milliseconds(3_100))
        // The samples of this window still agree, once.
        cluster.peers = [nil, nil]
        cluster.run(.seconds(4))
        let installed = try #require(cluster.clock.snapshot.epoch).installed
        cluster.run(.seconds(11))
        #expect(cluster.clock.status == .holding)
        let token = cluster.token()
        let snapshot = cluster.clock.snapshot
        for (age, isUsed) in [(Nanoseconds.seconds(30), true), (.seconds(30) + Nanoseconds(1), false)] {
            let stamp = try? snapshot.stamp(at: installed + age, realtime: TestHost.start, token, after: nil)
            #expect((stamp != nil) == isUsed && (snapshot.status(at: installed + age) == .expired) == !isUsed)
        }
        cluster.run(.seconds(20))
        #expect(cluster.clock.status == .expired)
    }

    @Test("a sample that is used three seconds later is wider on each side by the drift of two clocks")
    func ageing() throws {
        var cluster = try ClusterHarness([.zero])
        cluster.poll()
        cluster.peers = [nil]
        cluster.run(.seconds(4))
        let agreement = try #require(cluster.agreements.first)
        let epoch = try #require(cluster.clock.snapshot.epoch)
        // 2 rho (1 + 2 rho) of its age, and 1 ns, and 2 ns; it was sent as the window began.
        let age = Int128((epoch.installed - BootInstant(nanoseconds: 60_000_000_000)).count)
        let growth = Int64((100_000 * 1_000_100_000 * age + 999_999_999_999_999_999) / 1_000_000_000_000_000_000) + 3
        #expect(age >= 3_000_000_000 && growth > 300_000)
        #expect(agreement.skewInterval == IntervalOracle.interval(-1_000_000 - growth, 1_000_000 + growth))
    }

    // MARK: - Peers

    @Test("a reply that waited to be read is as narrow as when it came, and never came before the request")
    func age() throws {
        func interval(readAfter wait: Nanoseconds, age: Nanoseconds) throws -> OffsetInterval {
            var host = TestHost()
            let peer = NodeID(rawValue: 2)
            var clock = try ClusterClock(
                ClusterConfiguration(node: NodeID(rawValue: 1), peers: [peer, NodeID(rawValue: 3)]), at: host.reading)
            host.now = .milliseconds(10)
            try clock.ping(peer, nonce: 1, at: host.reading.boot)
            let replied = host.reading.realtime + .milliseconds(1)
            host.now = .milliseconds(12) + wait
            _ = try clock.receive(
                PeerReply(peer: peer, nonce: 1, bootID: 1, hold: .zero, utc: replied), at: host.reading, age: age)
            let sample = try #require(clock.peers.first { $0.id == peer }?.sample)
            // It is used at one instant, at any time of reading.
            return sample.interval(
                at: BootInstant(nanoseconds: 61_000_000_000), growing: DriftGrowth(clocks: 2, driftBound: 50_000))
        }
        let prompt = try interval(readAfter: .zero, age: .zero)
        #expect(try interval(readAfter: .milliseconds(7), age: .milliseconds(7)) == prompt)
        #expect(try interval(readAfter: .milliseconds(7), age: .zero).width == prompt.width + .milliseconds(7))
        // An age beyond the round trip is one of no round trip at all, and none that is negative.
        #expect(try interval(readAfter: .zero, age: .seconds(5)).width < prompt.width)
    }

    @Test("a false peer is reported with its distance and its count in a row; the others agree without it")
    func falsePeer() throws {
        var cluster = try ClusterHarness([.seconds(1), .milliseconds(2), .zero, .zero])
        cluster.run(.seconds(14))
        let peer = cluster.clock.peers[0]
        #expect(peer.verdict == .falseticker && peer.timesFalse == UInt32(cluster.agreements.count))
        #expect(peer.falseBy > .milliseconds(990) && peer.falseBy < .milliseconds(1_001))
        cluster.peers[0] = .zero
        cluster.run(.seconds(4))
        #expect(cluster.clock.peers[0].verdict == .agreeing && cluster.clock.peers[0].timesFalse == 0)
    }

    @Test("a restarted peer loses its samples, and no other peer does")
    func reboot() throws {
        var cluster = try ClusterHarness([.zero, .zero])
        cluster.run(.seconds(2))
        cluster.bootIDs[0] = 99
        let kept = cluster.clock.peers[1].sample
        cluster.poll()
        #expect(cluster.notices.contains(.rebooted(ClusterHarness.id(0))))
        #expect(kept != nil && cluster.clock.peers[1].sample != nil)
        cluster.run(.seconds(2))
        #expect(cluster.agreements.count == 1)
    }

    @Test("a disrupted peer's time is not used until it reports no disruption")
    func disruptedPeer() throws {
        var cluster = try ClusterHarness([.zero, .zero], size: 3)
        cluster.disrupted = [0, 1]
        cluster.run(.seconds(9))
        #expect(cluster.agreements.isEmpty)
        #expect(cluster.notices.contains(.peerDisrupted(ClusterHarness.id(0))))
        cluster.disrupted = [0]
        cluster.run(.seconds(4))
        #expect(!cluster.agreements.isEmpty && cluster.clock.peers.map(\.verdict) == [.silent, .agreeing])
    }

    @Test("a reply is accepted once, for a request that was sent to that peer in this window")
    func replay() throws {
        var cluster = try ClusterHarness([.zero, .zero])
        let reading = cluster.host.reading
        try cluster.clock.ping(ClusterHarness.id(0), nonce: 7, at: reading.boot)
        var reply = PeerReply(
            peer: ClusterHarness.id(0), nonce: 7, bootID: 0, hold: .zero, utc: reading.realtime)
        #expect(throws: ClusterClockError.stalePing) {
            var other = reply
            other.peer = ClusterHarness.id(1)
            _ = try cluster.clock.receive(other, at: reading)
        }
        _ = try cluster.clock.receive(reply, at: reading)
        #expect(throws: ClusterClockError.stalePing) { _ = try cluster.clock.receive(reply, at: reading) }
        reply.nonce = 8
        #expect(throws: ClusterClockError.stalePing) { _ = try cluster.clock.receive(reply, at: reading) }
        reply.peer = ClusterHarness.node
        #expect(throws: ClusterClockError.selfSample) { _ = try cluster.clock.receive(reply, at: reading) }
        // Asked in one window, answered in the next.
        try cluster.clock.ping(ClusterHarness.id(0), nonce: 9, at: reading.boot)
        cluster.host.now = .seconds(10)
        _ = cluster.clock.advance(to: cluster.host.reading)
        let late = PeerReply(peer: ClusterHarness.id(0), nonce: 9, bootID: 0, hold: .zero, utc: reading.realtime)
        #expect(throws: ClusterClockError.stalePing) { _ = try cluster.clock.receive(late, at: cluster.host.reading) }
    }

    @Test(
        "of two samples that contradict each other the one that was asked later is kept, however late the other comes")
    func lateReply() throws {
        var cluster = try ClusterHarness([.zero, .zero])
        let peer = ClusterHarness.id(0)
        try cluster.clock.ping(peer, nonce: 1_001, at: cluster.host.reading.boot)
        let old = PeerReply(peer: peer, nonce: 1_001, bootID: 0, hold: .zero, utc: cluster.host.reading.realtime)
        cluster.host.now = .milliseconds(500)
        cluster.peers[0] = .seconds(5)
        cluster.poll()
        let kept = cluster.clock.peers[0].sample
        cluster.host.now = .milliseconds(600)
        let notices = try cluster.clock.receive(old, at: cluster.host.reading)
        #expect(kept != nil && cluster.clock.peers[0].sample == kept)
        #expect(notices.contains { if case .inconsistent(peer, _) = $0 { true } else { false } })
    }

    // MARK: - What happens to our own clocks

    @Test("an interrupt between two clocks of one reading is no step, no suspend and no slew")
    func interruptedReading() throws {
        var random = SeededGenerator()
        var cluster = try ClusterHarness([.zero, .zero])
        var now: Int64 = 1_000_000_000
        for number in 0..<5_000 {
            now += Int64.random(in: 1_000_000...50_000_000, using: &random)
            // Five clocks are read one after another; sometimes an interrupt comes between two of them.
            let interrupt = Int.random(in: 0..<8, using: &random)
            var times = [now]
            for place in 0..<4 {
                times.append(
                    times[place] + Int64.random(in: 20...60, using: &random)
                        + (place == interrupt ? Int64.random(in: 0...20_000, using: &random) : 0))
            }
            let boot = BootInstant(nanoseconds: 60_000_000_000 + times[2])
            let reading = HostReading(
                monotonic: MonotonicInstant(nanoseconds: 60_000_000_000 + times[0]),
                realtime: TestHost.start + Nanoseconds(times[1]), boot: boot,
                raw: .seconds(60) + Nanoseconds(times[3]),
                monotonicAgain: MonotonicInstant(nanoseconds: 60_000_000_000 + times[4]), taiOffset: 37)
            let disturbed = cluster.clock.advance(to: reading).filter { notice in
                switch notice {
                case .stepped, .suspended, .slewed, .leapSecond: true
                default: false
                }
            }
            #expect(disturbed.isEmpty, "seed \(random.seed), reading \(number): \(disturbed)")
            // What it says of UTC at BOOTTIME's instant holds within its half bracket.
            let error = (reading.realtime - (TestHost.start + Nanoseconds(times[2]))).magnitude
            #expect(error <= reading.halfBracket, "seed \(random.seed), reading \(number)")
        }
    }

    @Test("a step of our UTC leaves the epoch and begins a window; stamps continue")
    func step() throws {
        var cluster = try ClusterHarness([.zero, .zero])
        cluster.run(.milliseconds(3_600))
        let token = cluster.token()
        let before = try cluster.clock.stamp(at: cluster.host.reading, token)
        cluster.host.offset = .seconds(-7_200)
        let notices = cluster.clock.advance(to: cluster.host.reading)
        #expect(notices == [.stepped(.seconds(-7_200))])
        cluster.host.now = cluster.host.now + .milliseconds(5)
        let after = try cluster.clock.stamp(at: cluster.host.reading, token)
        #expect(after.time >= before.time && after.time - before.time <= .milliseconds(7))
        // The next windows disagree with our own UTC, and two of three agree without it.
        cluster.run(.seconds(4))
        let agreement = try #require(cluster.agreements.last)
        #expect(agreement.estimate.lower > .seconds(7_199))
    }

    @Test("a leap second, a slew and a suspend longer than the epoch's rest withdraw everything until a window agrees")
    func disruptions() throws {
        let disturb: [(inout TestHost) -> Void] = [
            {
                $0.taiOffset += 1; $0.offset = .seconds(-1)
            },
            {
                $0.slewed = .milliseconds(40); $0.now = $0.now + .milliseconds(460)
            },
            {
                $0.slept = .seconds(40); $0.now = $0.now + .seconds(40)
            },
        ]
        for change in disturb {
            var cluster = try ClusterHarness([.zero, .zero])
            cluster.run(.milliseconds(3_600))
            let isAgreed = cluster.clock.status == .agreedUntraceable
            change(&cluster.host)
            _ = cluster.clock.advance(to: cluster.host.reading)
            #expect(isAgreed && cluster.clock.status == .disrupted)
            #expect(cluster.clock.answer(at: cluster.host.reading).isDisrupted)
            #expect(cluster.clock.snapshot.utcBounds(at: cluster.host.reading.boot) == nil)
            let token = cluster.token()
            var refusal: ClusterClockError?
            do throws(ClusterClockError) { _ = try cluster.clock.stamp(at: cluster.host.reading, token) } catch {
                refusal = error
            }
            if case .disrupted = refusal {} else { Issue.record("\(String(describing: refusal))") }
            cluster.run(.seconds(4))
            #expect(cluster.clock.status == .agreedUntraceable)
        }
    }

    @Test("each status has plain words for people", arguments: ClusterStatus.allCases)
    func words(status: ClusterStatus) {
        #expect(!status.words.isEmpty && status.words == status.words.lowercased())
    }

    @Test("a suspend within the epoch's rest is reported, and the epoch continues: BOOTTIME carries it")
    func shortSuspend() throws {
        var cluster = try ClusterHarness([.zero, .zero])
        cluster.run(.milliseconds(3_600))
        cluster.host.slept = .seconds(5)
        cluster.host.now = cluster.host.now + .seconds(5)
        #expect(cluster.clock.advance(to: cluster.host.reading).first == .suspended(.seconds(5)))
        #expect(cluster.clock.status == .agreedUntraceable)
    }

    @Test("a peer that drifts beyond the bound is inconsistent with itself, and is reported at once")
    func drift() throws {
        var cluster = try ClusterHarness([.zero, .zero, .zero])
        cluster.run(.seconds(1))
        cluster.peers[0] = .milliseconds(5)
        cluster.poll()
        let found = cluster.notices.compactMap { notice -> Nanoseconds? in
            if case .inconsistent(ClusterHarness.id(0), let by) = notice { by } else { nil }
        }
        // 5 ms, less the 2 ms that each of the two exchanges took and what drift may add.
        #expect(found.count == 1 && found[0] > .microseconds(2_800) && found[0] < .milliseconds(3))
    }
}
