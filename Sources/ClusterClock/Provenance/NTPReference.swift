// What an NTP reference identifier says (RFC 5905, 7.3): four letters at stratum 1, the address of the server's own
// server from stratum 2 on (of an IPv6 address the first four bytes of its MD5), and four letters of refusal at
// stratum 0.
//
//     127.127.x.x       the local clock: ntpd's driver, chronyd's 'local', and servers that hide their reference
//     127.0.0.1         ntpd's orphan mode, or a daemon that follows another one on its own host
//     LOCL, LCL         the local clock in letters, at any stratum
//     INIT, STEP, RATE… a kiss code: the server has no time, or does not give it
//     MANU              chronyd, set by hand
//     PTP…, PHC…        a clock that a PTP master sets: NTP does not say whether that master follows UTC
//
// What can go wrong: at stratum 2 and above, four letters can also be an address (LOCL is 76.79.67.76). Such a server
// is refused although it may be good. That is the safe side, and one address in 200 million.

/// Which clock an NTP server or a daemon follows, by its own statement.
public struct NTPReference: Hashable, Sendable, BitwiseCopyable {
    /// The four bytes, the first in the highest place.
    public let id: UInt32
    /// 1 for a server with a reference clock, up to 15; 0 and 16 and above are not synchronized.
    public let stratum: UInt8

    public init(id: UInt32, stratum: UInt8) {
        self.id = id
        self.stratum = stratum
    }

    /// Why such a reference does not lead to UTC.
    public enum FreeRunning: Hashable, Sendable, BitwiseCopyable {
        /// It is the local clock of the server.
        case localClock
        /// The server follows its own host: orphan mode, or another daemon there.
        case ownHost
        /// Four letters that say why the server has no time to give.
        case kiss
        /// There is no reference.
        case none
        /// Stratum 0, or 16 and above.
        case stratum
        /// A PTP master, which may itself run free.
        case unprovenMaster
    }

    /// Why this reference does not lead to UTC; `nil` where it may.
    public var freeRunning: FreeRunning? {
        if stratum == 0 || stratum >= 16 { return Self.kissCodes.contains(id) ? .kiss : .stratum }
        if id >> 16 == 0x7F7F || id == Self.letters("LOCL") || id == Self.letters("LCL") { return .localClock }
        if id == 0x7F00_0001 { return .ownHost }
        if id == 0 { return .some(.none) }
        if Self.kissCodes.contains(id) { return .kiss }
        // PTP0, PHC1 and the like; from stratum 2 on the same bytes are an address.
        let start = id >> 8
        if stratum == 1, start == Self.letters("PTP") >> 8 || start == Self.letters("PHC") >> 8 {
            return .unprovenMaster
        }
        return nil
    }

    /// Whether chronyd was set by hand ('manual' and 'settime'), so that no error was computed.
    public var isSetByHand: Bool { id == Self.letters("MANU") }

    /// Of RFC 5905, 7.4, and RFC 8915 (NTSN).
    private static let kissCodes: Set<UInt32> = Set(
        [
            "ACST", "AUTH", "AUTO", "BCST", "CRYP", "DENY", "DROP", "INIT", "MCST", "NKEY", "NTSN", "RATE", "RMOT",
            "RSTR", "STEP",
        ].map(letters))

    /// Up to four letters, filled up with zeros.
    private static func letters(_ text: String) -> UInt32 {
        var id: UInt32 = 0
        let bytes = Array(text.utf8.prefix(4))
        for place in 0..<4 { id = id << 8 | (place < bytes.count ? UInt32(bytes[place]) : 0) }
        return id
    }
}

extension NTPReference: CustomStringConvertible {
    /// `GPS`, or `192.0.2.7` where the bytes are no letters or the stratum says that they are an address.
    public var description: String {
        let bytes = (0..<4).map { UInt8(truncatingIfNeeded: id >> UInt32(24 - 8 * $0)) }
        let text = bytes.prefix { $0 != 0 }
        let isText =
            !text.isEmpty && text.allSatisfy { (0x21...0x7e).contains($0) }
            && bytes[text.count...].allSatisfy { $0 == 0 }
        if isText, stratum <= 1 || freeRunning == .localClock || freeRunning == .kiss || isSetByHand {
            return String(decoding: text, as: UTF8.self)
        }
        return bytes.map { "\($0)" }.joined(separator: ".")
    }
}
