import ClusterClock
import TickTime

/// A host whose clocks the test sets: true time passes, and each clock shows what the test sets.
struct TestHost {
    /// True time since the beginning.
    var now = Nanoseconds.zero
    /// How far UTC is off, and by how much a suspend stopped MONOTONIC.
    var offset: Nanoseconds
    var slept = Nanoseconds.zero
    /// What a slew added to MONOTONIC (and so to BOOTTIME and UTC), which RAW has not.
    var slewed = Nanoseconds.zero
    var taiOffset: Int32 = 37

    static let start = UTCInstant(nanoseconds: 1_794_000_000_000_000_000)

    init(offset: Nanoseconds = .zero) { self.offset = offset }

    var reading: HostReading {
        HostReading(
            boot: BootInstant(nanoseconds: 60_000_000_000) + now + slewed,
            monotonic: MonotonicInstant(nanoseconds: 60_000_000_000) + now + slewed - slept,
            raw: .seconds(60) + now - slept, realtime: Self.start + now + offset + slewed, taiOffset: taiOffset)
    }
}

/// One node's clock and its peers. The test sets how far their clocks are off, and their replies take `delay` each
/// way.
struct ClusterHarness {
    var host = TestHost()
    var clock: ClusterClock
    /// Peers by number, with how far each is off; `nil`: silent.
    var peers: [Nanoseconds?]
    var errors: [Nanoseconds?]
    var bootIDs: [UInt64]
    var disrupted: Set<Int> = []
    var delay = Nanoseconds.milliseconds(1)
    var notices: [ClusterNotice] = []
    private var nonce: UInt64 = 0
    private let consensus: Consensus

    /// The host of the consensus, which is the only one to create tokens.
    final class Consensus {
        let authority: LeadershipAuthority

        init(_ clock: inout ClusterClock) {
            guard let authority = clock.takeLeadershipAuthority() else { preconditionFailure("it is given out once") }
            self.authority = authority
        }
    }

    func token(view: UInt64 = 1, floor: UTCInstant = UTCInstant(nanoseconds: 0)) -> Leadership {
        consensus.authority.token(view: view, floor: floor)
    }

    static let node = NodeID(rawValue: 1)
    static func id(_ peer: Int) -> NodeID { NodeID(rawValue: UInt64(peer + 2)) }

    init(_ peers: [Nanoseconds?], errors: [Nanoseconds?]? = nil, size: Int? = nil) throws {
        let count = max(peers.count, (size ?? 0) - 1)
        self.peers = peers + Array(repeating: nil, count: count - peers.count)
        self.errors = errors ?? Array(repeating: nil, count: count)
        bootIDs = (0..<count).map { UInt64($0) }
        clock = try ClusterClock(
            ClusterConfiguration(node: Self.node, peers: (0..<count).map(Self.id)), at: host.reading)
        consensus = Consensus(&clock)
    }

    /// Lets time pass. Every half second, each peer is asked and answers.
    mutating func run(_ length: Nanoseconds) {
        let end = host.now + length
        while host.now < end {
            let step = min(Nanoseconds.milliseconds(500), end - host.now)
            poll()
            host.now = host.now + step - delay - delay
            notices += clock.advance(to: host.reading)
        }
    }

    /// One round of requests and their replies.
    mutating func poll() {
        let sent = host.reading.boot
        let first = nonce
        for peer in peers.indices {
            nonce += 1
            try? clock.ping(Self.id(peer), nonce: nonce, at: sent)
        }
        host.now = host.now + delay
        let asked = TestHost.start + host.now
        host.now = host.now + delay
        for (peer, offset) in peers.enumerated() {
            guard let offset else { continue }
            let reply = PeerReply(
                peer: Self.id(peer), nonce: first + UInt64(peer) + 1, bootID: bootIDs[peer], hold: .zero,
                utc: asked + offset, statedError: errors[peer], isDisrupted: disrupted.contains(peer))
            if let new = try? clock.receive(reply, at: host.reading) { notices += new }
        }
    }

    var agreements: [Agreement] {
        notices.compactMap { if case .agreed(let agreement) = $0 { agreement } else { nil } }
    }
}
