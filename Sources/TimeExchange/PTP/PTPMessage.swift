// The parts that all messages of PTP share (IEEE 1588-2019, 13.3), the most significant byte first:
//
//      0  type (low 4 bits)   1  version (low 4 bits)   2  length   4  domain   6  flags   8  correction, 2⁻¹⁶ ns
//     20  port that sent it, 10 bytes   30  sequence   32  control   33  interval   34  body
//
// Of a message only the bytes that its own length names are read, and only if they are there.

/// Why bytes are not the message that was expected.
public enum PTPRefusal: Error, Hashable, Sendable, CustomStringConvertible {
    /// There are fewer bytes than the message needs.
    case length(Int, least: Int)
    /// It is a message of another type.
    case type(UInt8)
    /// It is of another version of PTP than 2.
    case version(UInt8)
    /// A management message that is no response.
    case action(UInt8)
    /// An element (TLV) of another type than expected.
    case element(UInt16)
    /// A time whose nanoseconds are a second or more, or that lies after 2200-01-01.
    case time
    /// A field has a value that does not exist.
    case value(String)

    public var description: String {
        switch self {
        case .length(let count, let least): "\(count) bytes, at least \(least) are needed"
        case .type(let type): "a message of type \(type)"
        case .version(let version): "version \(version) of PTP, only 2 is known"
        case .action(let action): "a management message with action \(action), not a response"
        case .element(let type): "an element of type \(type)"
        case .time: "a time with a second or more of nanoseconds, or after 2200-01-01"
        case .value(let text): "\(text), which does not exist"
        }
    }
}

/// The identity of a PTP clock: 8 bytes, usually made from a MAC address.
public struct PTPClockIdentity: Hashable, Sendable, BitwiseCopyable, CustomStringConvertible {
    public let rawValue: UInt64
    public init(rawValue: UInt64) { self.rawValue = rawValue }

    /// As linuxptp prints it: `fea1f8.fffe.482ffb`.
    public var description: String {
        let digits = String(rawValue, radix: 16)
        let all = String(repeating: "0", count: 16 - digits.count) + digits
        return "\(all.prefix(6)).\(all.dropFirst(6).prefix(4)).\(all.dropFirst(10))"
    }
}

/// A port of a PTP clock.
public struct PTPPortIdentity: Hashable, Sendable, BitwiseCopyable, CustomStringConvertible {
    public let clock: PTPClockIdentity
    /// Ports are counted from 1; 0 is the clock as a whole.
    public let number: UInt16

    public init(clock: PTPClockIdentity, number: UInt16) {
        self.clock = clock
        self.number = number
    }

    /// As linuxptp prints it: `fea1f8.fffe.482ffb-1`.
    public var description: String { "\(clock)-\(number)" }
}

/// A reading of some clock in a message: nanoseconds since 1970-01-01 on the time scale of that clock.
public struct PTPTimestamp: Hashable, Sendable, BitwiseCopyable {
    /// From 0 to 2200-01-01.
    public let nanoseconds: Int64

    /// Seconds from 1970-01-01 to 2200-01-01.
    static let limit: UInt64 = 7_258_118_400

    /// - Throws: `PTPRefusal.time` outside 1970-01-01 to 2200-01-01.
    package init(nanoseconds: Int64) throws(PTPRefusal) {
        guard nanoseconds >= 0, nanoseconds / 1_000_000_000 < Int64(Self.limit) else { throw .time }
        self.nanoseconds = nanoseconds
    }

    init(seconds: UInt64, nanoseconds: UInt32) throws(PTPRefusal) {
        guard seconds < Self.limit, nanoseconds < 1_000_000_000 else { throw .time }
        self.nanoseconds = Int64(seconds) * 1_000_000_000 + Int64(nanoseconds)
    }
}

/// What all messages begin with.
struct PTPHeader: BitwiseCopyable {
    static let byteCount = 34
    static let signaling: UInt8 = 12
    static let management: UInt8 = 13

    let length: Int
    let domain: UInt8
    let source: PTPPortIdentity
    let sequence: UInt16

    /// - Parameter least: the bytes that a message of this type has at least.
    init(_ bytes: Span<UInt8>, type: UInt8, least: Int) throws(PTPRefusal) {
        guard bytes.count >= least else { throw .length(bytes.count, least: least) }
        guard bytes[0] & 15 == type else { throw .type(bytes[0] & 15) }
        guard bytes[1] & 15 == 2 else { throw .version(bytes[1] & 15) }
        length = Int(bytes.number16(at: 2))
        guard length >= least else { throw .length(length, least: least) }
        guard bytes.count >= length else { throw .length(bytes.count, least: length) }
        domain = bytes[4]
        source = bytes.portIdentity(at: 20)
        sequence = bytes.number16(at: 30)
    }
}

extension Span<UInt8> {
    func number16(at start: Int) -> UInt16 { UInt16(self[start]) << 8 | UInt16(self[start + 1]) }

    func number32(at start: Int) -> UInt32 {
        UInt32(number16(at: start)) << 16 | UInt32(number16(at: start + 2))
    }

    /// A number of six bytes.
    func number48(at start: Int) -> UInt64 {
        UInt64(number16(at: start)) << 32 | UInt64(number32(at: start + 2))
    }

    func portIdentity(at start: Int) -> PTPPortIdentity {
        PTPPortIdentity(clock: PTPClockIdentity(rawValue: number(at: start)), number: number16(at: start + 8))
    }

    func timestamp(at start: Int) throws(PTPRefusal) -> PTPTimestamp {
        try PTPTimestamp(seconds: number48(at: start), nanoseconds: number32(at: start + 6))
    }
}
