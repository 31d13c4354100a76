// Decides which datagrams are accepted, with the cheapest check first:
//
//     length and form ─▶ address ─▶ cluster, receiver, sender ─▶ of a reply: is its nonce open?
//         ─▶ budget for what is not authentic ─▶ MAC ─▶ of a request: its peer's own rate
//                                                ─▶ of a reply: are its values possible?
//
// The nonce of a reply is checked before its MAC is computed, so that a flood of replies costs only comparisons. A
// flood of requests costs a MAC each until the budget is used up. From then on, requests are ignored from each
// address that sent a forged datagram within the last second. So a flood never starves a peer at another address.
// Replies to our requests are accepted under any flood, because nobody can guess 128 bits.
//
// An authentic reply can still hold an impossible time: its member is broken, or hostile. Such a reply is refused as
// a whole, so that no value behind this file is outside `AdmittedRange`.
//
// A refused datagram gets no answer. Every refusal is counted.

public import ClusterClock
public import TickTime

/// Why a datagram was refused.
public enum PeerRefusal: Error, Hashable, Sendable, CaseIterable {
    case length
    case form
    /// It came from no member's address.
    case address
    /// Its sender is not the member whose address it came from.
    case sender
    /// It is our own datagram, sent back.
    case reflected
    case cluster
    case receiver
    /// It answers no open request.
    case nonce
    /// It waited longer than a reply may take.
    case late
    case unknownKey
    case mac
    /// Too many forged datagrams have arrived.
    case budget
    /// The peer sends more requests than allowed.
    case rate
    /// An authentic reply with a UTC outside 1970-01-01 to 2200-01-01.
    case utc
    /// An authentic reply whose hold is negative, or longer than a round trip may be.
    case hold
    /// An authentic reply that states an error of more than a day.
    case statedError

    /// The reason's name in JSON and C.
    public var name: String {
        switch self {
        case .length: "length"
        case .form: "form"
        case .address: "address"
        case .sender: "sender"
        case .reflected: "reflected"
        case .cluster: "cluster"
        case .receiver: "receiver"
        case .nonce: "nonce"
        case .late: "late"
        case .unknownKey: "unknown_key"
        case .mac: "mac"
        case .budget: "budget"
        case .rate: "rate"
        case .utc: "utc"
        case .hold: "hold"
        case .statedError: "stated_error"
        }
    }
}

/// How many datagrams were accepted, and how many were refused for each reason.
public struct PeerCounts: Hashable, Sendable {
    public internal(set) var taken: Int64 = 0
    public internal(set) var refused: [PeerRefusal: Int64] = [:]

    public subscript(reason: PeerRefusal) -> Int64 { refused[reason] ?? 0 }
}

/// Admits the datagrams of one member's peers. The caller passes every reading.
public struct PeerAdmission: Sendable {
    /// The limits on datagrams.
    public struct Limits: Hashable, Sendable {
        /// Requests of one peer per second, and the most at once.
        public var requestsPerSecond: Int64 = 20
        public var burst: Int64 = 40
        /// Forged datagrams per second from all addresses together.
        public var unauthenticPerSecond: Int64 = 1_000
        /// How long after its request a reply is accepted.
        public var roundTrip = Nanoseconds.seconds(2)

        public init() {}
    }

    private struct Peer {
        let id: NodeID
        var requests: RateLimit
        /// When a forged datagram last came from its address.
        var lastUnauthentic: BootInstant?
        /// The last requests to it that are not answered.
        var open: [(nonce: PeerNonce, ticket: UInt64, sent: BootInstant)] = []
    }

    /// An authentic datagram, by kind.
    public enum Admitted: Hashable, Sendable {
        /// A request, to be answered.
        case request(PeerDatagram)
        /// The answer to the request of this ticket.
        case reply(PeerDatagram, PeerDatagram.Answer, ticket: UInt64)
    }

    /// Requests to one peer that may be open at a time.
    static let openLimit = 4

    public let cluster: ClusterID
    public let node: NodeID
    public let limits: Limits
    public var keys: PeerKeys
    public private(set) var counts = PeerCounts()
    private var peers: [Peer]
    private var unauthentic: RateLimit

    /// - Parameter now: BOOTTIME.
    public init(
        cluster: ClusterID, node: NodeID, peers: [NodeID], keys: PeerKeys, limits: Limits = Limits(),
        at now: BootInstant
    ) {
        self.cluster = cluster
        self.node = node
        self.keys = keys
        self.limits = limits
        self.peers = peers.map {
            Peer(id: $0, requests: RateLimit(perSecond: limits.requestsPerSecond, burst: limits.burst, at: now))
        }
        unauthentic = RateLimit(
            perSecond: limits.unauthenticPerSecond, burst: limits.unauthenticPerSecond, at: now)
    }

    /// Makes a request, which may be answered once.
    ///
    /// - Parameters:
    ///   - nonce: random.
    ///   - ticket: identifies the reply later.
    /// - Returns: its bytes; `nil` without a key.
    /// - Precondition: `peer` is one of the peers.
    public mutating func request(
        to peer: NodeID, nonce: PeerNonce, ticket: UInt64, at now: BootInstant
    ) -> [UInt8]? {
        guard let key = keys.sending(to: peer) else { return nil }
        guard let index = peers.firstIndex(where: { $0.id == peer }) else { preconditionFailure("an unknown peer") }
        if peers[index].open.count == Self.openLimit { peers[index].open.removeFirst() }
        peers[index].open.append((nonce, ticket, now))
        return PeerDatagram(cluster: cluster, sender: node, receiver: peer, keyID: key.id, nonce: nonce)
            .encoded(with: key.key)
    }

    /// The bytes of a reply to a request that was admitted; `nil` without a key.
    public func reply(to request: PeerDatagram, _ answer: PeerDatagram.Answer) -> [UInt8]? {
        guard let key = keys.sending(to: request.sender) else { return nil }
        return PeerDatagram(
            cluster: cluster, sender: node, receiver: request.sender, keyID: key.id, nonce: request.nonce,
            answer: answer
        ).encoded(with: key.key)
    }

    /// Decides about a datagram.
    ///
    /// - Parameters:
    ///   - peer: the member with the sender's address; `nil` if no member has it.
    ///   - now: BOOTTIME as it came.
    /// - Throws: `PeerRefusal`, which has been counted.
    public mutating func admit(
        _ bytes: Span<UInt8>, from peer: NodeID?, at now: BootInstant
    ) throws(PeerRefusal) -> Admitted {
        do throws(PeerRefusal) {
            let admitted = try decide(bytes, from: peer, at: now)
            counts.taken += 1
            return admitted
        } catch {
            counts.refused[error, default: 0] += 1
            throw error
        }
    }

    private mutating func decide(
        _ bytes: Span<UInt8>, from peer: NodeID?, at now: BootInstant
    ) throws(PeerRefusal) -> Admitted {
        let datagram = try PeerDatagram(bytes)
        guard let peer, let index = peers.firstIndex(where: { $0.id == peer }) else { throw .address }
        if datagram.sender == node { throw .reflected }
        guard datagram.cluster == cluster else { throw .cluster }
        guard datagram.receiver == node else { throw .receiver }
        guard datagram.sender == peer else { throw .sender }
        if let answer = datagram.answer {
            guard let place = peers[index].open.firstIndex(where: { $0.nonce == datagram.nonce }) else { throw .nonce }
            try authenticate(bytes, datagram, index, at: now)
            // Once, and only for an authentic datagram.
            let asked = peers[index].open.remove(at: place)
            guard now -| asked.sent <= limits.roundTrip else { throw .late }
            if let refusal = answer.refusal(roundTrip: limits.roundTrip) { throw refusal }
            return .reply(datagram, answer, ticket: asked.ticket)
        }
        if !unauthentic.hasRoom(at: now), let last = peers[index].lastUnauthentic, now -| last < .seconds(1) {
            throw .budget
        }
        try authenticate(bytes, datagram, index, at: now)
        guard peers[index].requests.take(at: now) else { throw .rate }
        return .request(datagram)
    }

    private mutating func authenticate(
        _ bytes: Span<UInt8>, _ datagram: PeerDatagram, _ index: Int, at now: BootInstant
    ) throws(PeerRefusal) {
        let key = keys.receiving(from: datagram.sender, id: datagram.keyID)
        if let key, PeerDatagram.isAuthentic(bytes, key) { return }
        peers[index].lastUnauthentic = now
        _ = unauthentic.take(at: now)
        throw key == nil ? .unknownKey : .mac
    }
}

extension PeerDatagram.Answer {
    /// The value that no working clock gives; `nil` if all are possible.
    fileprivate func refusal(roundTrip: Nanoseconds) -> PeerRefusal? {
        if !utc.isAdmitted { return .utc }
        if hold < .zero || hold > roundTrip { return .hold }
        if let statedError, !AdmittedRange.statedErrorNanoseconds.contains(statedError.count) { return .statedError }
        return nil
    }
}

/// A rate limit: a number per second, and a number at once.
struct RateLimit: Hashable, Sendable, BitwiseCopyable {
    private let perSecond: Int64
    private let burst: Int64
    /// In billionths of one.
    private var level: Int128
    private var last: BootInstant

    init(perSecond: Int64, burst: Int64, at now: BootInstant) {
        self.perSecond = perSecond
        self.burst = burst
        level = Int128(burst) * 1_000_000_000
        last = now
    }

    private mutating func fill(to now: BootInstant) {
        guard now > last else { return }
        level = min(Int128(burst) * 1_000_000_000, level + Int128((now -| last).count) * Int128(perSecond))
        last = now
    }

    mutating func hasRoom(at now: BootInstant) -> Bool {
        fill(to: now)
        return level >= 1_000_000_000
    }

    /// Takes one, if there is one.
    mutating func take(at now: BootInstant) -> Bool {
        guard hasRoom(at: now) else { return false }
        level -= 1_000_000_000
        return true
    }
}
