import ClusterClock
import TestSupport
import Testing
import TickTime

@Suite("Which polls a peer answered")
struct PeerReachTests {
    @Test("random polls and late replies: each bit shows what happened to its poll, and nothing else")
    func random() {
        var generator = SeededGenerator()
        print("seed \(generator.seed)")
        for _ in 0..<500 {
            var reach = PeerReach()
            // The whole history, in which every poll is looked up by its number.
            var isAnswered: [Bool] = []
            for _ in 0..<Int.random(in: 1...60, using: &generator) {
                if Bool.random(using: &generator) || isAnswered.isEmpty {
                    reach.poll()
                    isAnswered.append(false)
                } else {
                    let later = Int.random(in: 0..<isAnswered.count, using: &generator)
                    reach.answer(later: later)
                    isAnswered[isAnswered.count - 1 - later] = true
                }
                let expected = isAnswered.suffix(8).reduce(0) { $0 * 2 + ($1 ? 1 : 0) }
                #expect(Int(reach.register) == expected, "seed \(generator.seed)")
                #expect(reach.answered == isAnswered.suffix(8).count { $0 } && reach.isEmpty == (expected == 0))
            }
        }
    }

    @Test("a peer that dies falls to 0 poll by poll and is then silent, and rises again with each answer")
    func falls() throws {
        var harness = try ClusterHarness([.zero, .zero])
        harness.run(.seconds(6))
        #expect(Self.octal(harness, 1) == "377" && Self.state(harness, 1) == .agreeing)
        harness.peers[1] = nil
        var fall: [String] = []
        for _ in 0..<8 {
            #expect(Self.state(harness, 1) != .silent)
            harness.run(.milliseconds(500))
            fall.append(Self.octal(harness, 1))
        }
        #expect(fall == ["376", "374", "370", "360", "340", "300", "200", "0"])
        #expect(Self.state(harness, 1) == .silent && Self.state(harness, 0) != .silent)
        harness.peers[1] = .zero
        var rise: [String] = []
        for _ in 0..<8 {
            harness.run(.milliseconds(500))
            rise.append(Self.octal(harness, 1))
            #expect(Self.state(harness, 1) != .silent)
        }
        #expect(rise == ["1", "3", "7", "17", "37", "77", "177", "377"])
        harness.run(.seconds(4))
        #expect(Self.state(harness, 1) == .agreeing)
    }

    @Test("without a majority there are no more agreements, and each dead peer still becomes silent")
    func majorityGone() throws {
        var harness = try ClusterHarness([.zero, .zero])
        harness.run(.seconds(6))
        harness.peers = [nil, nil]
        harness.run(.seconds(5))
        let now = harness.host.reading.boot
        for peer in harness.clock.peers {
            #expect(peer.verdict == .agreeing && peer.verdict(at: now) == .silent && peer.isSilent(at: now))
        }
        #expect(harness.clock.status == .holding || harness.clock.status.hasAgreed)
    }

    @Test("a peer is also silent after the time of eight polls without a poll")
    func notPolled() throws {
        var harness = try ClusterHarness([.zero, .zero])
        harness.run(.seconds(6))
        let heard = try #require(harness.clock.peers[0].lastHeard)
        #expect(!harness.clock.peers[0].isSilent(at: heard + .milliseconds(3_999)))
        #expect(harness.clock.peers[0].isSilent(at: heard + .milliseconds(4_000)))
        #expect(harness.clock.peers[0].reach.register == 0xFF)
    }

    @Test("a reply without a sample still shows that the peer answers; a reply to no request does not")
    func unusable() throws {
        var harness = try ClusterHarness([nil, nil])
        let sent = harness.host.reading.boot
        try harness.clock.ping(ClusterHarness.id(0), nonce: 7, at: sent)
        harness.host.now = harness.host.now + .milliseconds(2)
        var reply = PeerReply(
            peer: ClusterHarness.id(0), nonce: 8, bootID: 0, hold: .seconds(1), utc: harness.host.reading.realtime)
        #expect(throws: ClusterClockError.self) { try harness.clock.receive(reply, at: harness.host.reading) }
        #expect(harness.clock.peers[0].reach.isEmpty && harness.clock.peers[0].lastHeard == nil)
        // It claims to have held the request for longer than the round trip took.
        reply.nonce = 7
        #expect(throws: ClusterClockError.self) { try harness.clock.receive(reply, at: harness.host.reading) }
        #expect(harness.clock.peers[0].reach.register == 1 && harness.clock.peers[0].sample == nil)
        #expect(harness.clock.peers[0].lastHeard == harness.host.reading.boot)
    }

    private static func octal(_ harness: ClusterHarness, _ peer: Int) -> String {
        String(harness.clock.peers[peer].reach.register, radix: 8)
    }

    private static func state(_ harness: ClusterHarness, _ peer: Int) -> PeerState {
        harness.clock.snapshot.state(of: harness.clock.peers[peer], at: peer, now: harness.host.reading.boot)
    }
}

extension ClusterStatus {
    /// Whether an agreement is in use.
    fileprivate var hasAgreed: Bool { self == .synchronized || self == .agreedUntraceable }
}

@Suite("The state of a peer")
struct PeerStateTests {
    private static func states(_ harness: ClusterHarness) -> [PeerState] {
        harness.clock.peers.enumerated().map { place, peer in
            harness.clock.snapshot.state(of: peer, at: place, now: harness.host.reading.boot)
        }
    }

    @Test("five peers agree, of which four form the majority with us; one is wide, one false, one silent")
    func each() throws {
        let agreeing = [Nanoseconds](repeating: .zero, count: 5)
        var harness = try ClusterHarness(agreeing + [.milliseconds(200), .seconds(2), nil])
        harness.run(.seconds(1))
        // Nothing is agreed yet.
        #expect(Self.states(harness) == [PeerState](repeating: .unjudged, count: 7) + [.silent])
        harness.run(.seconds(5))
        let majority = [PeerState](repeating: .majority, count: 4)
        #expect(Self.states(harness) == majority + [.agreeing, .wide, .falseticker, .silent])
        #expect(Self.states(harness).map(\.mark) == ["*", "*", "*", "*", "+", "-", "x", "?"])
    }

    @Test("a restarted peer is not judged by the agreement before its restart")
    func rebooted() throws {
        var harness = try ClusterHarness([.zero, .zero])
        harness.run(.seconds(6))
        harness.bootIDs[0] = 77
        harness.run(.milliseconds(500))
        #expect(Self.states(harness) == [.unjudged, .agreeing])
        harness.run(.seconds(6))
        #expect(Self.states(harness) == [.majority, .agreeing])
    }

    @Test("once the last agreement has expired, peers that answer are not judged by it")
    func expired() throws {
        var harness = try ClusterHarness([.zero, .zero])
        harness.run(.seconds(6))
        // Two of three are the majority: we and the first.
        #expect(Self.states(harness) == [.majority, .agreeing])
        // They answer, but agree with no other member.
        harness.peers = [.seconds(100), .seconds(200)]
        harness.run(.seconds(45))
        #expect(harness.clock.status == .expired && Self.states(harness) == [.unjudged, .unjudged])
    }
}
