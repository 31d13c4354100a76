public import TickTime

/// A reply as the wire brought it, known to be the peer's own.
public struct PeerReply: Hashable, Sendable, BitwiseCopyable {
    public var peer: NodeID
    /// Which request it answers.
    public var nonce: UInt64
    /// The peer's boot: a change means that its clocks restarted.
    public var bootID: UInt64
    /// How long it held the request, on its own monotonic clock.
    public var hold: Nanoseconds
    /// Its UTC as it replied.
    public var utc: UTCInstant
    /// By how much that may be off; `nil` if it knows no bound.
    public var statedError: Nanoseconds?
    /// Whether it says that its clocks were disrupted.
    public var isDisrupted: Bool

    public init(
        peer: NodeID, nonce: UInt64, bootID: UInt64, hold: Nanoseconds, utc: UTCInstant,
        statedError: Nanoseconds? = nil, isDisrupted: Bool = false
    ) {
        self.peer = peer
        self.nonce = nonce
        self.bootID = bootID
        self.hold = hold
        self.utc = utc
        self.statedError = statedError
        self.isDisrupted = isDisrupted
    }
}

/// What is known of a peer.
public struct PeerRecord: Hashable, Sendable, BitwiseCopyable {
    public let id: NodeID
    /// The sample of this window that is narrowest when used.
    public internal(set) var sample: ClockSample?
    /// As the last agreement saw it, or `silent`.
    public internal(set) var verdict = PeerVerdict.silent
    /// The distance of its interval from the estimate, where the verdict is `false`; else 0.
    public internal(set) var falseBy = Nanoseconds.zero
    /// How many agreements in a row called it false.
    public internal(set) var timesFalse: UInt32 = 0
    public internal(set) var lastRoundTrip: Nanoseconds?
    /// When an authentic reply of it last came.
    public internal(set) var lastHeard: BootInstant?
    /// Which of its last eight polls it answered.
    package private(set) var reach = PeerReach()
    /// How long eight polls take.
    let silence: Nanoseconds
    var bootID: UInt64?
    var isDisrupted = false
    private var requests = Requests()

    init(_ id: NodeID, polledEvery interval: Nanoseconds) {
        self.id = id
        silence = PeerReach.silence(polledEvery: interval)
    }

    mutating func sent(_ nonce: UInt64, at instant: BootInstant) {
        requests.add(nonce, instant)
        reach.poll()
    }

    /// Takes note of a reply.
    ///
    /// - Returns: when its request was sent; `nil` if there was none, or it was answered before.
    mutating func take(_ nonce: UInt64, at now: BootInstant) -> BootInstant? {
        guard let (sent, later) = requests.take(nonce) else { return nil }
        reach.answer(later: later)
        lastHeard = now
        return sent
    }

    mutating func judge(_ verdict: PeerVerdict, falseBy distance: Nanoseconds) {
        self.verdict = verdict
        let isFalse = verdict == .false
        falseBy = isFalse ? distance : .zero
        if isFalse { timesFalse += timesFalse < .max ? 1 : 0 } else if verdict != .silent { timesFalse = 0 }
    }

    /// The last four requests that are not answered: those before them are given up.
    private struct Requests: Hashable, Sendable, BitwiseCopyable {
        private var a: (nonce: UInt64, sent: Int64) = (0, 0)
        private var b: (nonce: UInt64, sent: Int64) = (0, 0)
        private var c: (nonce: UInt64, sent: Int64) = (0, 0)
        private var d: (nonce: UInt64, sent: Int64) = (0, 0)
        /// Which of them are not answered.
        private var open: UInt8 = 0

        mutating func add(_ nonce: UInt64, _ instant: BootInstant) {
            (d, c, b, a) = (c, b, a, (nonce, instant.nanoseconds))
            open = open << 1 & 0b1110 | 1
        }

        /// When the request was sent, and how many have followed it.
        mutating func take(_ nonce: UInt64) -> (sent: BootInstant, later: Int)? {
            for (bit, request) in [(UInt8(1), a), (2, b), (4, c), (8, d)]
            where open & bit != 0 && request.nonce == nonce {
                open &= ~bit
                return (BootInstant(nanoseconds: request.sent), bit.trailingZeroBitCount)
            }
            return nil
        }

        static func == (a: Requests, b: Requests) -> Bool {
            a.open == b.open && a.a == b.a && a.b == b.b && a.c == b.c && a.d == b.d
        }

        func hash(into hasher: inout Hasher) { hasher.combine(open) }
    }
}
