// The messages between two members of a cluster: one datagram of 112 bytes. A request is as long as its reply, so
// that a forged request cannot make a member send more than it received. Numbers are big-endian.
//
//       0   4  "TKPX"
//       4   1  version, 1
//       5   1  1: request, 2: reply
//       6   1  key id
//       7   1  flags: 1 states its error, 2 its kernel says that it is synchronized, 4 was disrupted
//       8   8  cluster
//      16   8  sender
//      24   8  receiver
//      32  16  nonce: random, and repeated in the reply
//      48   8  boot: another one means that the sender's clocks restarted       ┐
//      56   8  the highest view that the sender has seen                        │
//      64   8  the sender's UTC as it replies, ns since 1970                    │ of a reply; 0 in a request
//      72   8  how long it held the request, ns on its monotonic clock          │
//      80   8  by how much its UTC may be off, ns; 0 unless stated              │
//      88   8  0                                                                ┘
//      96  16  HMAC-SHA-256 over bytes 0 ..< 96 with the key of sender → receiver, its first 16 bytes
//
// Each datagram has one encoding: fields that a request does not use are 0, and so are undefined flags. What can go
// wrong: a thief of the key of a → b can speak as a to b, and to no other member.

public import ClusterClock
public import MessageDigest
public import TickTime

/// Identifies the datagrams of one cluster.
public struct ClusterID: RawRepresentable, Hashable, Sendable, BitwiseCopyable {
    public let rawValue: UInt64
    public init(rawValue: UInt64) { self.rawValue = rawValue }
}

/// 128 random bits that name a request.
public struct PeerNonce: Hashable, Sendable, BitwiseCopyable {
    public let high: UInt64
    public let low: UInt64
    public init(high: UInt64, low: UInt64) {
        self.high = high
        self.low = low
    }
}

/// A request or a reply between two members.
public struct PeerDatagram: Hashable, Sendable {
    /// The content of a reply.
    public struct Answer: Hashable, Sendable, BitwiseCopyable {
        public var bootID: UInt64
        public var view: UInt64
        public var utc: UTCInstant
        public var hold: Nanoseconds
        public var statedError: Nanoseconds?
        public var isSynchronized: Bool
        public var isDisrupted: Bool

        public init(
            bootID: UInt64, view: UInt64, utc: UTCInstant, hold: Nanoseconds, statedError: Nanoseconds?,
            isSynchronized: Bool, isDisrupted: Bool
        ) {
            self.bootID = bootID
            self.view = view
            self.utc = utc
            self.hold = hold
            self.statedError = statedError
            self.isSynchronized = isSynchronized
            self.isDisrupted = isDisrupted
        }
    }

    public static let byteCount = 112
    static let authenticatedCount = 96
    public static let version: UInt8 = 1

    public var cluster: ClusterID
    public var sender: NodeID
    public var receiver: NodeID
    public var keyID: UInt8
    public var nonce: PeerNonce
    /// `nil` for a request.
    public var answer: Answer?

    public init(
        cluster: ClusterID, sender: NodeID, receiver: NodeID, keyID: UInt8, nonce: PeerNonce, answer: Answer? = nil
    ) {
        self.cluster = cluster
        self.sender = sender
        self.receiver = receiver
        self.keyID = keyID
        self.nonce = nonce
        self.answer = answer
    }

    /// The datagram's 112 bytes, authenticated.
    ///
    /// - Parameter key: of sender → receiver.
    public func encoded(with key: HMACSHA256) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(Self.byteCount)
        bytes.append(contentsOf: Self.magic)
        bytes += [Self.version, answer == nil ? 1 : 2, keyID, flags]
        for number in [cluster.rawValue, sender.rawValue, receiver.rawValue, nonce.high, nonce.low] {
            bytes.append(number)
        }
        bytes.append(answer?.bootID ?? 0)
        bytes.append(answer?.view ?? 0)
        for number in [answer?.utc.nanoseconds, answer?.hold.count, answer?.statedError?.count, 0] {
            bytes.append(UInt64(bitPattern: number ?? 0))
        }
        let code = key.code(for: bytes.span)
        for index in 0..<16 { bytes.append(code[index]) }
        return bytes
    }

    private static let magic = Array("TKPX".utf8)

    private var flags: UInt8 {
        guard let answer else { return 0 }
        return (answer.statedError == nil ? 0 : 1) | (answer.isSynchronized ? 2 : 0) | (answer.isDisrupted ? 4 : 0)
    }

    /// Decodes a datagram. It does not check the authentication code.
    ///
    /// - Throws: `PeerRefusal.length`, `.form`.
    public init(_ bytes: Span<UInt8>) throws(PeerRefusal) {
        guard bytes.count == Self.byteCount else { throw .length }
        for (index, byte) in Self.magic.enumerated() where bytes[index] != byte { throw .form }
        let (kind, flags) = (bytes[5], bytes[7])
        guard bytes[4] == Self.version, kind == 1 || kind == 2, flags < 8 else { throw .form }
        keyID = bytes[6]
        cluster = ClusterID(rawValue: bytes.number(at: 8))
        sender = NodeID(rawValue: bytes.number(at: 16))
        receiver = NodeID(rawValue: bytes.number(at: 24))
        nonce = PeerNonce(high: bytes.number(at: 32), low: bytes.number(at: 40))
        let error = Int64(bitPattern: bytes.number(at: 80))
        guard bytes.number(at: 88) == 0 else { throw .form }
        if kind == 1 {
            guard flags == 0, (48..<96).allSatisfy({ bytes[$0] == 0 }) else { throw .form }
            answer = nil
        } else {
            guard flags & 1 == 1 ? error >= 0 : error == 0 else { throw .form }
            answer = Answer(
                bootID: bytes.number(at: 48), view: bytes.number(at: 56),
                utc: UTCInstant(nanoseconds: Int64(bitPattern: bytes.number(at: 64))),
                hold: Nanoseconds(Int64(bitPattern: bytes.number(at: 72))),
                statedError: flags & 1 == 1 ? Nanoseconds(error) : nil, isSynchronized: flags & 2 != 0,
                isDisrupted: flags & 4 != 0)
        }
    }

    /// Whether the code at the end matches the bytes before it. The comparison takes the same time wherever they
    /// differ.
    static func isAuthentic(_ bytes: Span<UInt8>, _ key: HMACSHA256) -> Bool {
        let code = key.code(for: bytes.extracting(0..<authenticatedCount))
        var difference: UInt8 = 0
        for index in 0..<16 { difference |= bytes[authenticatedCount + index] ^ code[index] }
        return difference == 0
    }
}

extension [UInt8] {
    fileprivate mutating func append(_ number: UInt64) {
        for shift in [56, 48, 40, 32, 24, 16, 8, 0] as [UInt64] { append(UInt8(truncatingIfNeeded: number >> shift)) }
    }
}

extension Span<UInt8> {
    /// Eight bytes, the most significant first.
    func number(at start: Int) -> UInt64 {
        var number: UInt64 = 0
        for index in start..<start + 8 { number = number << 8 | UInt64(self[index]) }
        return number
    }
}
