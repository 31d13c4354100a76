// What one exchange with an NTP server tells about our clock (RFC 5905, 8):
//
//     offset = ((t2 − t1) + (t3 − t4)) / 2        how far the server is ahead of us
//     delay  = (t4 − t1) − (t3 − t2)
//     bound  = delay/2 + root delay/2 + root dispersion + what reading and drift may add
//
// t1 and t4 are our UTC when the request left and the reply came. The elapsed time between them is measured on
// BOOTTIME, which no step of UTC changes. Of several exchanges the one with the smallest bound is the best, because a
// longer delay is also more uneven. A server's dispersion must grow with the age of its reference (15 ppm); if it
// states less, it left out its own drift, and the missing part is added. A server without a reference time needs no
// addition. The bound depends on the server's own reference (`SourcedBound`). A server that lies about itself is not
// detected here.

public import ClusterClock
public import TickTime

/// Why an NTP reply is refused.
public enum NTPRefusal: Error, Hashable, Sendable {
    case length(Int)
    /// It is not a server's reply.
    case mode(UInt8)
    case version(UInt8)
    /// It does not return our nonce: it answers no request of ours, or one that was already answered.
    case origin
    /// The server says that it is not synchronized.
    case unsynchronized
    /// A kiss of death: four letters that say why the server does not serve us.
    case kiss(String)
    case stratum(UInt8)
    /// A time of zero: the server has no time.
    case zeroTime(String)
    /// The server says that it sent the reply before it had the request.
    case receivedAfterSent
    /// It claims to have held the request for longer than the round trip took.
    case held(Nanoseconds, roundTrip: Nanoseconds)
    /// It states a distance from true time that RFC 5905 calls unusable.
    case rootDistance(Nanoseconds)
    /// Its reference time is later than its transmit time.
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
        case .mode(let mode): "mode \(mode), not a server's reply (4)"
        case .version(let version): "version \(version); 3 and 4 are known"
        case .origin: "it does not return the nonce of the request"
        case .unsynchronized: "the server says that it is not synchronized"
        case .kiss(let code): "the server refuses service: \(code)"
        case .stratum(let stratum): "stratum \(stratum); 1 to 15 are synchronized"
        case .zeroTime(let name): "its \(name) time is zero"
        case .receivedAfterSent: "it was sent before the request was received"
        case .held(let hold, let roundTrip):
            "the server states a hold of \(hold.count) ns, but the round trip took \(roundTrip.count) ns"
        case .rootDistance(let distance):
            "\(distance.count) ns from true time as the server states; at most 1.5 s is usable"
        case .referenceAfterSent: "its clock was last set after it sent the reply"
        case .timeBeyond(let name): "its \(name) time is outside \(AdmittedRange.utcText)"
        }
    }
}

/// An NTP server's measurement of our UTC.
public struct NTPMeasurement: Hashable, Sendable, BitwiseCopyable {
    /// The server's UTC − ours; positive, the server is ahead.
    public let offset: Nanoseconds
    /// The round trip, without the server's hold time.
    public let delay: Nanoseconds
    /// True UTC − ours lies within `offset ± bound`, if the server is right about itself.
    public let bound: Nanoseconds
    /// The clock that the server follows, by its own statement.
    public let reference: NTPReference
    /// The interval `offset ± bound` for UTC, and the reason to trust it.
    public let statement: SourcedBound
    /// +1: a second will be inserted at the end of the day; −1: left out.
    public let pendingLeapSecond: Int
    /// When the reply came.
    public let received: BootInstant

    /// The greatest usable distance in RFC 5905 (MAXDIST).
    public static let rootDistanceLimit = Nanoseconds.milliseconds(1_500)
    /// The worst rate error of a clock in RFC 5905 (PHI), in parts per billion.
    static let drift: Int64 = 15_000

    /// Judges a reply.
    ///
    /// - Parameters:
    ///   - nonce: what was sent as the transmit time.
    ///   - sent, utc: BOOTTIME and our UTC as the request left.
    ///   - received: BOOTTIME as the reply came.
    ///   - own: the reference identifiers of this host. A server that follows this host gives no information on UTC.
    /// - Throws: `NTPRefusal`.
    public init(
        _ packet: NTPPacket, nonce: UInt64, sent: BootInstant, utc: UTCInstant, received: BootInstant,
        own: OwnReferences
    ) throws(NTPRefusal) {
        try Self.judge(packet, nonce)
        let roundTrip = received -| sent
        let t2 = packet.receive.utc(near: utc), t3 = packet.transmit.utc(near: utc)
        // A server that does not record when it was set sends no reference time (some appliances, and server-only
        // programs).
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
        // Checked before all that an attacker could forge: whether the reply is to our request.
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
    /// A measurement from its parts, for example as a node wrote it. Its statement is `statement`.
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
