// What one exchange with an NTP server says of our clock (RFC 5905, 8):
//
//     offset = ((t2 − t1) + (t3 − t4)) / 2        the server is ahead of us by that
//     delay  = (t4 − t1) − (t3 − t2)
//     bound  = delay/2 + root delay/2 + root dispersion + what reading and drift may add
//
// t1 and t4 are our UTC as the request left and the reply came; the elapsed time between them is taken from
// BOOTTIME, which no step of UTC moves. Of several exchanges the one with the least bound is the best: what is
// delayed more is delayed unevenly. A server that states less dispersion than the age of its reference demands
// (15 ppm) left its own drift out, and the missing part is added; one that keeps no reference time demands nothing.
// What the bound rests on is the server's own reference (`SourcedBound`). A server that lies about itself is not
// found out here.

public import ClusterClock
public import TickTime

/// Why an NTP reply says nothing.
public enum NTPRefusal: Error, Hashable, Sendable {
    case length(Int)
    /// It is no server's reply.
    case mode(UInt8)
    case version(UInt8)
    /// It does not bring back what we sent: it answers nothing of ours, or was answered before.
    case origin
    /// The server says that it is not synchronized.
    case unsynchronized
    /// A kiss of death: four letters that say why the server does not serve us.
    case kiss(String)
    case stratum(UInt8)
    /// A time that is no time: the server has none.
    case zeroTime(String)
    /// The server says that it sent the reply before it had the request.
    case receivedAfterSent
    /// It claims to have held the request for longer than it was away.
    case held(Nanoseconds, roundTrip: Nanoseconds)
    /// It claims a distance from true time beyond what RFC 5905 calls usable.
    case rootDistance(Nanoseconds)
    /// It sends the time that it was last set as after the reply.
    case referenceAfterSent
    /// One of its times, named here, is outside 1970-01-01 to 2200-01-01.
    case timeBeyond(String)
}

extension NTPRefusal {
    /// The reason's name in JSON.
    package var name: String {
        switch self {
        case .length: "length"
        case .mode: "mode"
        case .version: "version"
        case .origin: "origin"
        case .unsynchronized: "unsynchronized"
        case .kiss: "kiss"
        case .stratum: "stratum"
        case .zeroTime: "zero_time"
        case .receivedAfterSent: "received_after_sent"
        case .held: "held"
        case .rootDistance: "root_distance"
        case .referenceAfterSent: "reference_after_sent"
        case .timeBeyond: "time_beyond"
        }
    }
}

extension NTPRefusal: CustomStringConvertible {
    public var description: String {
        switch self {
        case .length(let count): "\(count) bytes; an NTP packet has \(NTPPacket.byteCount)"
        case .mode(let mode): "mode \(mode), which is no server's reply (4)"
        case .version(let version): "version \(version); 3 and 4 are known"
        case .origin: "it does not bring back what was sent"
        case .unsynchronized: "the server says that it is not synchronized"
        case .kiss(let code): "the server refuses service: \(code)"
        case .stratum(let stratum): "stratum \(stratum); 1 to 15 are synchronized"
        case .zeroTime(let name): "its \(name) time is none"
        case .receivedAfterSent: "it was sent before the request was received"
        case .held(let hold, let roundTrip):
            "held for \(hold.count) ns, and away for \(roundTrip.count) ns"
        case .rootDistance(let distance):
            "\(distance.count) ns from true time by its own account; at most 1.5 s is usable"
        case .referenceAfterSent: "its clock was last set after it sent the reply"
        case .timeBeyond(let name): "its \(name) time is outside \(AdmittedRange.utcText)"
        }
    }
}

/// What an NTP server says of our UTC.
public struct NTPMeasurement: Hashable, Sendable, BitwiseCopyable {
    /// The server's UTC − ours; positive, the server is ahead.
    public let offset: Nanoseconds
    /// The round trip, without what the server held.
    public let delay: Nanoseconds
    /// True UTC − ours lies within `offset ± bound`, if the server is right about itself.
    public let bound: Nanoseconds
    /// The clock that the server follows, by its own statement.
    public let reference: NTPReference
    /// What `offset ± bound` says of UTC, and what that rests on.
    public let statement: SourcedBound
    /// +1: a second is to be inserted at the day's end; −1: left out.
    public let pendingLeapSecond: Int
    /// When the reply came.
    public let received: BootInstant

    /// What RFC 5905 calls usable (MAXDIST).
    public static let rootDistanceLimit = Nanoseconds.milliseconds(1_500)
    /// The worst rate of a clock that it counts with (PHI), in parts per billion.
    static let drift: Int64 = 15_000

    /// Judges a reply.
    ///
    /// - Parameters:
    ///   - nonce: what was sent as the transmit time.
    ///   - sent, utc: BOOTTIME and our UTC as the request left.
    ///   - received: BOOTTIME as the reply came.
    ///   - own: the reference identifiers of this host: a server that follows it says nothing of UTC.
    /// - Throws: `NTPRefusal`.
    public init(
        _ packet: NTPPacket, nonce: UInt64, sent: BootInstant, utc: UTCInstant, received: BootInstant,
        own: OwnReferences
    ) throws(NTPRefusal) {
        try Self.judge(packet, nonce)
        let roundTrip = received -| sent
        let t2 = packet.receive.utc(near: utc), t3 = packet.transmit.utc(near: utc)
        // A server that keeps no record of when it was set sends none (some appliances, and server-only programs).
        let set = packet.reference.rawValue == 0 ? t3 : packet.reference.utc(near: utc)
        for (name, time) in [("reference", set), ("receive", t2), ("transmit", t3)] where !time.isAdmitted {
            throw .timeBeyond(name)
        }
        let hold = Int128(t3.nanoseconds) - Int128(t2.nanoseconds)
        guard hold >= 0 else { throw .receivedAfterSent }
        guard hold <= Int128(roundTrip.count) + 1 else {
            throw .held(Nanoseconds(Int64(clamping: hold)), roundTrip: roundTrip)
        }
        guard set <= t3 else { throw .referenceAfterSent }
        let ahead = Int128(t2.nanoseconds) - Int128(utc.nanoseconds)
        let back = Int128(t3.nanoseconds) - (Int128(utc.nanoseconds) + Int128(roundTrip.count))
        offset = Nanoseconds(Int64(clamping: (ahead + back).quotientRoundedDown(by: 2)))
        let delay = max(0, Int128(roundTrip.count) - hold)
        self.delay = Nanoseconds(Int64(clamping: delay))
        let demanded = SourcedBound.leastDispersion(ofReferenceAged: t3 -| set)
        let dispersion = max(Self.nanoseconds(packet.rootDispersion), Int128(demanded.count))
        let root = Self.nanoseconds(packet.rootDelay) / 2 + dispersion
        // A nanosecond for each halving and rounding above, the server's precision, and drift meanwhile.
        let precision =
            packet.precision < 0 ? Int128(1_000_000_000) >> Int128(min(63, -Int128(packet.precision))) : 1_000_000_000
        let drift = (Int128(roundTrip.count) * Int128(Self.drift) + 999_999_999) / 1_000_000_000
        let bound = (delay + 1) / 2 + root + precision + drift + 4
        self.bound = Nanoseconds(Int64(clamping: bound))
        guard self.bound <= Self.rootDistanceLimit else { throw .rootDistance(self.bound) }
        reference = NTPReference(id: packet.referenceID, stratum: packet.stratum)
        statement = SourcedBound(offset, bound: self.bound, reference: reference, own: own)
        pendingLeapSecond = packet.leapIndicator == 1 ? 1 : packet.leapIndicator == 2 ? -1 : 0
        self.received = received
    }

    private static func judge(_ packet: NTPPacket, _ nonce: UInt64) throws(NTPRefusal) {
        guard packet.mode == 4 else { throw .mode(packet.mode) }
        guard packet.version == 3 || packet.version == 4 else { throw .version(packet.version) }
        // First of all that could be forged: whose reply it is.
        guard packet.origin.rawValue == nonce else { throw .origin }
        if packet.stratum == 0 { throw .kiss(kiss(packet.referenceID)) }
        guard packet.leapIndicator != 3 else { throw .unsynchronized }
        guard packet.stratum <= 15 else { throw .stratum(packet.stratum) }
        for (name, time) in [("receive", packet.receive), ("transmit", packet.transmit)] where time.rawValue == 0 {
            throw .zeroTime(name)
        }
    }

    private static func kiss(_ code: UInt32) -> String {
        let letters = (0..<4).map { UInt8(truncatingIfNeeded: code >> UInt32(24 - 8 * $0)) }
        return String(decoding: letters.map { (0x20...0x7e).contains($0) ? $0 : 0x3f }, as: UTF8.self)
    }

    /// 16.16 s, rounded up.
    private static func nanoseconds(_ short: UInt32) -> Int128 { (Int128(short) * 1_000_000_000 + 65_535) >> 16 }
}

extension NTPMeasurement {
    /// A measurement by its parts, such as one that a node wrote down. It states what `statement` states.
    package init(
        _ statement: SourcedBound, delay: Nanoseconds = .zero, reference: NTPReference, pendingLeapSecond: Int = 0,
        received: BootInstant
    ) {
        offset = statement.offset
        bound = statement.claim?.bound ?? Nanoseconds(.max)
        self.delay = delay
        self.reference = reference
        self.statement = statement
        self.pendingLeapSecond = pendingLeapSecond
        self.received = received
    }
}
