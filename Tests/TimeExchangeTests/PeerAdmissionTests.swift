import ClusterClock
import MessageDigest
import TestSupport
import Testing
import TickTime
import TimeExchange

/// Two members that know each other, node 1 and node 2, and a third that node 1 knows.
private struct Pair {
    static let cluster = ClusterID(rawValue: 9)
    static let (one, two, three) = (NodeID(rawValue: 1), NodeID(rawValue: 2), NodeID(rawValue: 3))

    static func secret(_ from: NodeID, _ to: NodeID, _ id: UInt8) -> [UInt8] {
        SHA256.digest(of: "\(from.rawValue) \(to.rawValue) \(id)").bytes
    }

    static func rows(of node: NodeID, ids: [UInt8] = [1]) -> [PeerKeys.Row] {
        var rows: [PeerKeys.Row] = []
        for peer in [one, two, three] where peer != node {
            for id in ids {
                for (from, to) in [(node, peer), (peer, node)] {
                    rows.append(.init(from: from, to: to, id: id, secret: secret(from, to, id)))
                }
            }
        }
        return rows
    }

    var one: PeerAdmission
    var two: PeerAdmission
    var now = BootInstant(nanoseconds: 1_000_000_000)

    init(limits: PeerAdmission.Limits = .init(), ids: [UInt8] = [1], sending: UInt8 = 1) throws {
        func admission(_ node: NodeID, _ now: BootInstant) throws -> PeerAdmission {
            PeerAdmission(
                cluster: Self.cluster, node: node, peers: [Self.one, Self.two, Self.three].filter { $0 != node },
                keys: try PeerKeys(Self.rows(of: node, ids: ids), of: node, sending: sending), limits: limits, at: now)
        }
        one = try admission(Self.one, now)
        two = try admission(Self.two, now)
    }

    static let answer = PeerDatagram.Answer(
        bootID: 4, view: 1, utc: UTCInstant(nanoseconds: 5), hold: Nanoseconds(6), statedError: nil,
        isSynchronized: false,
        isDisrupted: false)

    private var nonce: UInt64 = 0

    /// A request of node 1 to node 2.
    mutating func ask(_ ticket: UInt64 = 1) throws -> [UInt8] {
        nonce += 1
        let bytes = one.request(to: Self.two, nonce: PeerNonce(high: 7, low: nonce), ticket: ticket, at: now)
        return try #require(bytes)
    }

    /// The reply of node 2.
    mutating func answer(_ request: [UInt8]) throws -> [UInt8] {
        guard case .request(let asked) = try two.admit(request.span, from: Self.one, at: now) else {
            throw PeerRefusal.form
        }
        return try #require(two.reply(to: asked, Self.answer))
    }
}

extension PeerAdmission {
    fileprivate mutating func refusal(_ bytes: [UInt8], from peer: NodeID?, at now: BootInstant) -> PeerRefusal? {
        do throws(PeerRefusal) { _ = try admit(bytes.span, from: peer, at: now) } catch { return error }
        return nil
    }
}

@Suite("Which datagrams are admitted")
struct PeerAdmissionTests {
    @Test("a request is admitted, and its reply once, by its ticket")
    func exchange() throws {
        var pair = try Pair()
        let reply = try pair.answer(try pair.ask(77))
        let admitted = try pair.one.admit(reply.span, from: Pair.two, at: pair.now)
        guard case .reply(let datagram, let answer, let ticket) = admitted else {
            Issue.record("\(admitted)")
            return
        }
        #expect(ticket == 77 && answer == Pair.answer && datagram.sender == Pair.two)
        #expect(pair.one.refusal(reply, from: Pair.two, at: pair.now) == .nonce)
        #expect(pair.one.counts.taken == 1 && pair.one.counts[.nonce] == 1)
    }

    @Test("a datagram for another node, or from a false sender, is refused with the reason")
    func refusals() throws {
        var pair = try Pair()
        let request = try pair.ask()
        #expect(pair.two.refusal(request, from: nil, at: pair.now) == .address)
        #expect(pair.two.refusal(request, from: Pair.three, at: pair.now) == .sender)
        // Sent back to its sender, from any address.
        #expect(pair.one.refusal(request, from: Pair.two, at: pair.now) == .reflected)
        let key = HMACSHA256(key: Pair.secret(Pair.one, Pair.two, 1).span)
        func made(cluster: UInt64 = 9, receiver: NodeID = Pair.two, keyID: UInt8 = 1) -> [UInt8] {
            PeerDatagram(
                cluster: ClusterID(rawValue: cluster), sender: Pair.one, receiver: receiver, keyID: keyID,
                nonce: PeerNonce(high: 1, low: 1)
            ).encoded(with: key)
        }
        #expect(pair.two.refusal(made(cluster: 10), from: Pair.one, at: pair.now) == .cluster)
        #expect(pair.two.refusal(made(receiver: Pair.three), from: Pair.one, at: pair.now) == .receiver)
        #expect(pair.two.refusal(made(keyID: 2), from: Pair.one, at: pair.now) == .unknownKey)
        #expect(pair.two.refusal(made(), from: Pair.one, at: pair.now) == nil)
        #expect(pair.two.refusal(Array(made().dropLast()), from: Pair.one, at: pair.now) == .length)
    }

    @Test("a datagram with any bit changed is refused")
    func changed() throws {
        var pair = try Pair()
        let request = try pair.ask(), reply = try pair.answer(request)
        for bit in 0..<request.count * 8 {
            var (changedRequest, changedReply) = (request, reply)
            changedRequest[bit / 8] ^= 1 << UInt8(bit % 8)
            changedReply[bit / 8] ^= 1 << UInt8(bit % 8)
            // A short time apart, so that no budget is used up.
            pair.now = pair.now + .milliseconds(1)
            #expect(pair.two.refusal(changedRequest, from: Pair.one, at: pair.now) != nil, "bit \(bit)")
            #expect(pair.one.refusal(changedReply, from: Pair.two, at: pair.now) != nil, "bit \(bit)")
        }
        // The true reply is still admitted, because a forged one does not close a request.
        #expect(pair.one.refusal(reply, from: Pair.two, at: pair.now) == nil)
    }

    @Test("the key of one pair is valid in one direction, and for no third member")
    func keysOfPairs() throws {
        var pair = try Pair()
        // Node 2 holds the key 2 -> 1. With it, it cannot send to 1 as 3.
        for (from, to) in [(Pair.two, Pair.one), (Pair.one, Pair.two)] {
            let forged = PeerDatagram(
                cluster: Pair.cluster, sender: Pair.three, receiver: Pair.one, keyID: 1,
                nonce: PeerNonce(high: 0, low: 0)
            ).encoded(with: HMACSHA256(key: Pair.secret(from, to, 1).span))
            #expect(pair.one.refusal(forged, from: Pair.three, at: pair.now) == .mac)
        }
    }

    @Test(
        "a reply that comes after the longest round trip is refused; so is one to a request that four others followed")
    func late() throws {
        var pair = try Pair()
        let reply = try pair.answer(try pair.ask())
        #expect(pair.one.refusal(reply, from: Pair.two, at: pair.now + .seconds(2) + Nanoseconds(1)) == .late)
        let early = try pair.answer(try pair.ask())
        for _ in 0..<4 { _ = try pair.ask() }
        #expect(pair.one.refusal(early, from: Pair.two, at: pair.now) == .nonce)
    }

    @Test("a peer that asks more often than it may is refused until its rate allows it, and no other peer is")
    func rate() throws {
        var pair = try Pair()
        let requests = try (0..<41).map { _ in try pair.ask() }
        for request in requests.prefix(40) {
            #expect(pair.two.refusal(request, from: Pair.one, at: pair.now) == nil)
        }
        #expect(pair.two.refusal(requests[40], from: Pair.one, at: pair.now) == .rate)
        pair.now = pair.now + .milliseconds(50)
        #expect(pair.two.refusal(requests[40], from: Pair.one, at: pair.now) == nil)
        #expect(pair.two.refusal(requests[40], from: Pair.one, at: pair.now) == .rate)
    }

    @Test(
        "a flood of forged requests spends the budget, and then costs nothing; who floods not is heard, and replies are"
    )
    func flood() throws {
        var pair = try Pair()
        let reply = try pair.answer(try pair.ask())
        let forged = PeerDatagram(
            cluster: Pair.cluster, sender: Pair.two, receiver: Pair.one, keyID: 1, nonce: PeerNonce(high: 3, low: 3)
        ).encoded(with: HMACSHA256(key: [1, 2, 3].span))
        var refused: [PeerRefusal: Int] = [:]
        // 50 000 a second for a second, from node 2's address.
        for _ in 0..<50_000 {
            pair.now = pair.now + Nanoseconds(20_000)
            if let reason = pair.one.refusal(forged, from: Pair.two, at: pair.now) { refused[reason, default: 0] += 1 }
        }
        // The burst and one second's rate are checked; the others are dropped unread.
        #expect(refused[.mac].map { (1_990...2_010).contains($0) } == true)
        #expect(refused[.budget].map { $0 > 47_000 } == true)
        let honest = PeerDatagram(
            cluster: Pair.cluster, sender: Pair.three, receiver: Pair.one, keyID: 1, nonce: PeerNonce(high: 4, low: 4)
        ).encoded(with: HMACSHA256(key: Pair.secret(Pair.three, Pair.one, 1).span))
        #expect(pair.one.refusal(honest, from: Pair.three, at: pair.now) == nil)
        #expect(pair.one.refusal(reply, from: Pair.two, at: pair.now) == nil)
        // After the flood, the peer with this address is admitted again.
        pair.now = pair.now + .seconds(1)
        let late = PeerDatagram(
            cluster: Pair.cluster, sender: Pair.two, receiver: Pair.one, keyID: 1, nonce: PeerNonce(high: 5, low: 5)
        ).encoded(with: HMACSHA256(key: Pair.secret(Pair.two, Pair.one, 1).span))
        #expect(pair.one.refusal(late, from: Pair.two, at: pair.now) == nil)
    }

    @Test("while two key ids are in use, datagrams with either are admitted")
    func rotation() throws {
        var pair = try Pair(ids: [1, 2], sending: 2)
        let request = try pair.ask()
        #expect(request[6] == 2)
        #expect(pair.two.refusal(request, from: Pair.one, at: pair.now) == nil)
        let old = PeerDatagram(
            cluster: Pair.cluster, sender: Pair.one, receiver: Pair.two, keyID: 1, nonce: PeerNonce(high: 8, low: 8)
        ).encoded(with: HMACSHA256(key: Pair.secret(Pair.one, Pair.two, 1).span))
        #expect(pair.two.refusal(old, from: Pair.one, at: pair.now) == nil)
    }
}

@Suite("A member's keys")
struct PeerKeysTests {
    @Test("a key between two other members is refused, because its holder could send as one of them")
    func foreign() {
        let rows =
            Pair.rows(of: Pair.one) + [
                .init(from: Pair.two, to: Pair.three, id: 1, secret: Pair.secret(Pair.two, Pair.three, 1))
            ]
        let error = #expect(throws: PeerKeyError.self) { try PeerKeys(rows, of: Pair.one, sending: 1) }
        #expect(error == .foreign(Pair.two, Pair.three))
    }

    @Test("a key of another length, a repeated key, and a third id are refused")
    func refused() {
        let rows = Pair.rows(of: Pair.one)
        let short = PeerKeys.Row(from: Pair.one, to: Pair.two, id: 2, secret: [1])
        for extra in [[short], [rows[0]], Pair.rows(of: Pair.one, ids: [2, 3])] {
            #expect(throws: PeerKeyError.self) { try PeerKeys(rows + extra, of: Pair.one, sending: 1) }
        }
    }

    @Test("peers without a key for sending or receiving are named")
    func missing() throws {
        let rows = Pair.rows(of: Pair.one).filter { $0.from != Pair.three }
        let keys = try PeerKeys(rows, of: Pair.one, sending: 1)
        #expect(keys.missing(of: [Pair.two, Pair.three]) == [Pair.three])
        #expect(try PeerKeys(rows, of: Pair.one, sending: 9).missing(of: [Pair.two]) == [Pair.two])
    }
}
