public import ClusterClock
public import MessageDigest

/// The keys of one member: one for each other member and direction, and no others.
///
/// Keys belong to ordered pairs. An attacker who takes over a member can therefore only speak as that member: it has
/// no key with which another member speaks to a third.
public struct PeerKeys: Sendable {
    /// One key, as a file names it.
    public struct Row: Hashable, Sendable {
        public let from: NodeID
        public let to: NodeID
        public let id: UInt8
        /// 32 bytes.
        public let secret: [UInt8]

        public init(from: NodeID, to: NodeID, id: UInt8, secret: [UInt8]) {
            self.from = from
            self.to = to
            self.id = id
            self.secret = secret
        }
    }

    public static let secretLength = 32
    /// Two keys of each pair may be in use at a time, so that one can replace the other without a gap.
    public static let idLimit = 2

    private struct Place: Hashable {
        let peer: NodeID
        let id: UInt8
    }
    private var received: [Place: HMACSHA256] = [:]
    private var sent: [NodeID: (id: UInt8, key: HMACSHA256)] = [:]

    /// - Parameters:
    ///   - node: the member that has the keys.
    ///   - sending: the id of the keys for sending; keys of both ids are accepted.
    /// - Throws: `PeerKeyError`.
    public init(_ rows: [Row], of node: NodeID, sending: UInt8) throws(PeerKeyError) {
        var ids: Set<UInt8> = []
        for row in rows {
            guard row.from == node || row.to == node, row.from != row.to else { throw .foreign(row.from, row.to) }
            guard row.secret.count == Self.secretLength else { throw .length(row.from, row.to, row.secret.count) }
            ids.insert(row.id)
            guard ids.count <= Self.idLimit else { throw .ids(ids.sorted()) }
            let key = HMACSHA256(key: row.secret.span)
            if row.to == node {
                guard received.updateValue(key, forKey: Place(peer: row.from, id: row.id)) == nil else {
                    throw .twice(row.from, row.to, row.id)
                }
            } else if row.id == sending {
                guard sent.updateValue((row.id, key), forKey: row.to) == nil else {
                    throw .twice(row.from, row.to, row.id)
                }
            }
        }
    }

    /// The key for sending to a member; `nil` without a key.
    public func sending(to peer: NodeID) -> (id: UInt8, key: HMACSHA256)? { sent[peer] }

    /// The keys for datagrams from a member.
    func receiving(from peer: NodeID, id: UInt8) -> HMACSHA256? { received[Place(peer: peer, id: id)] }

    /// Peers without a key for sending or for receiving.
    public func missing(of peers: [NodeID]) -> [NodeID] {
        peers.filter { peer in sent[peer] == nil || !received.keys.contains { $0.peer == peer } }
    }
}

/// Why a member may not have these keys.
public enum PeerKeyError: Error, Hashable, Sendable, CustomStringConvertible {
    /// A key between two others, or of a member to itself.
    case foreign(NodeID, NodeID)
    case length(NodeID, NodeID, Int)
    case twice(NodeID, NodeID, UInt8)
    case ids([UInt8])

    public var description: String {
        switch self {
        case .foreign(let from, let to):
            "a key of \(from.rawValue) -> \(to.rawValue) does not belong to this node; remove it: with it, this node could speak as \(from.rawValue)"
        case .length(let from, let to, let count):
            "the key of \(from.rawValue) -> \(to.rawValue) has \(count) bytes; a key has \(PeerKeys.secretLength)"
        case .twice(let from, let to, let id):
            "key \(id) of \(from.rawValue) -> \(to.rawValue) is listed twice; remove one"
        case .ids(let ids):
            "keys of \(ids.count) ids (\(ids.map(String.init).joined(separator: ", "))); at most \(PeerKeys.idLimit) may be in use at a time"
        }
    }
}
