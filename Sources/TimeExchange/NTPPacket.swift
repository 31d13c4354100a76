// The 48 bytes of an NTP packet (RFC 5905, 7.3), as a client sends and receives them.
//
//      0  LI 2 bits, version 3, mode 3     1  stratum     2  poll     3  precision, log2 s
//      4  root delay, 16.16 s             8  root dispersion         12  reference id
//     16  reference time    24  origin    32  receive    40  transmit     each 32.32 s since 1900
//
// A request carries only a random number, in the place of its transmit time. The reply must return it as its origin.
// So nobody who does not see the request can answer it, and nobody who sees it learns our time. Seconds are counted
// modulo 2³² and start again at 0 on 2036-02-07. The instant nearest to our own clock is meant, which need only be
// right to 68 years.

public import TickTime

/// An instant of NTP: seconds since 1900 modulo 2³², and their fraction.
public struct NTPTimestamp: Hashable, Sendable, BitwiseCopyable {
    public let rawValue: UInt64
    public init(rawValue: UInt64) { self.rawValue = rawValue }

    /// Seconds from 1900 to 1970.
    static let unixOffset: Int128 = 2_208_988_800

    /// The instant, rounded down to a nanosecond.
    ///
    /// - Parameter near: of all instants with this encoding, the result is the nearest to this one.
    public func utc(near: UTCInstant) -> UTCInstant {
        let period: Int128 = 1 << 32 * 1_000_000_000
        let seconds = Int128(rawValue >> 32) - Self.unixOffset
        let nanoseconds = seconds * 1_000_000_000 + Int128(((rawValue & 0xFFFF_FFFF) * 1_000_000_000) >> 32)
        let distance = Int128(near.nanoseconds) - nanoseconds
        // The number of periods to nearest.
        let periods = (2 * distance + period).quotientRoundedDown(by: 2 * period)
        return UTCInstant(nanoseconds: Int64(clamping: nanoseconds + periods * period))
    }

    /// An instant as packets encode it, its fraction rounded down.
    public init(_ utc: UTCInstant) {
        let nanoseconds = Int128(utc.nanoseconds) + Self.unixOffset * 1_000_000_000
        let seconds = nanoseconds.quotientRoundedDown(by: 1_000_000_000)
        let rest = nanoseconds - seconds * 1_000_000_000
        rawValue = UInt64(truncatingIfNeeded: seconds) << 32 | UInt64((rest << 32) / 1_000_000_000)
    }
}

/// An NTP packet.
public struct NTPPacket: Hashable, Sendable, BitwiseCopyable {
    public static let byteCount = 48

    /// 0: none; 1 and 2: a leap second at the end of the day; 3: not synchronized.
    public var leapIndicator: UInt8
    public var version: UInt8
    public var mode: UInt8
    public var stratum: UInt8
    public var poll: Int8
    public var precision: Int8
    /// In 2⁻¹⁶ s.
    public var rootDelay: UInt32
    public var rootDispersion: UInt32
    public var referenceID: UInt32
    public var reference: NTPTimestamp
    public var origin: NTPTimestamp
    public var receive: NTPTimestamp
    public var transmit: NTPTimestamp

    /// A client's request.
    ///
    /// - Parameter nonce: random.
    public init(request nonce: UInt64) {
        (leapIndicator, version, mode, stratum, poll, precision) = (0, 4, 3, 0, 0, 0)
        (rootDelay, rootDispersion, referenceID) = (0, 0, 0)
        let zero = NTPTimestamp(rawValue: 0)
        (reference, origin, receive, transmit) = (zero, zero, zero, NTPTimestamp(rawValue: nonce))
    }

    /// The first 48 bytes; extensions and a MAC may come after them.
    ///
    /// - Throws: `NTPRefusal.length`.
    public init(_ bytes: Span<UInt8>) throws(NTPRefusal) {
        guard bytes.count >= Self.byteCount else { throw .length(bytes.count) }
        func word(_ at: Int) -> UInt32 { UInt32(truncatingIfNeeded: bytes.number(at: at) >> 32) }
        (leapIndicator, version, mode) = (bytes[0] >> 6, bytes[0] >> 3 & 7, bytes[0] & 7)
        stratum = bytes[1]
        (poll, precision) = (Int8(bitPattern: bytes[2]), Int8(bitPattern: bytes[3]))
        (rootDelay, rootDispersion, referenceID) = (word(4), word(8), word(12))
        reference = NTPTimestamp(rawValue: bytes.number(at: 16))
        origin = NTPTimestamp(rawValue: bytes.number(at: 24))
        receive = NTPTimestamp(rawValue: bytes.number(at: 32))
        transmit = NTPTimestamp(rawValue: bytes.number(at: 40))
    }

    public var encoded: [UInt8] {
        var bytes: [UInt8] = [
            leapIndicator << 6 | (version & 7) << 3 | mode & 7, stratum, UInt8(bitPattern: poll),
            UInt8(bitPattern: precision),
        ]
        func append(_ number: UInt64, _ count: UInt64) {
            for place in 1...count { bytes.append(UInt8(truncatingIfNeeded: number >> (8 * (count - place)))) }
        }
        for word in [rootDelay, rootDispersion, referenceID] { append(UInt64(word), 4) }
        for time in [reference, origin, receive, transmit] { append(time.rawValue, 8) }
        return bytes
    }
}

extension Int128 {
    /// Towards −∞; `divisor` > 0.
    func quotientRoundedDown(by divisor: Int128) -> Int128 {
        let (quotient, remainder) = quotientAndRemainder(dividingBy: divisor)
        return remainder < 0 ? quotient - 1 : quotient
    }
}
