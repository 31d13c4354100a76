// Management messages (IEEE 1588-2019, 15.4), as ptp4l answers them on its local socket. After the header of 34 bytes:
//
//     34  port that is asked, 10 bytes   44  two counts of hops   46  action   47  0
//     48  type of the element: 1 data, 2 error   50  its length   52  which data   54  the data
//
// A request carries no data. ptp4l answers each request of its socket once, by a datagram to the sender's own socket.

/// What a clock can be asked for.
public enum PTPDataSetID: UInt16, Hashable, Sendable, CaseIterable {
    case defaults = 0x2000
    case current = 0x2001
    case parent = 0x2002
    case timeProperties = 0x2003
    case port = 0x2004
    /// linuxptp's own: the last offset, and whether there is a grandmaster.
    case timeStatus = 0xC000
    /// linuxptp's own, from version 2 on: how the port takes its timestamps, and its interface.
    case portProperties = 0xC004
    /// linuxptp's own, from version 3 on: how many messages of each type came and went.
    case portStatistics = 0xC005
}

/// A question to a PTP clock.
public struct PTPManagementRequest: Hashable, Sendable {
    public static let byteCount = 54

    public let dataSet: PTPDataSetID
    /// 0 to 255. A clock does not answer a request for another domain than its own.
    public let domain: UInt8
    /// Tells the sender's sockets apart: its process, for example.
    public let number: UInt16
    /// The answer returns it.
    public let sequence: UInt16

    public init(_ dataSet: PTPDataSetID, domain: UInt8, number: UInt16, sequence: UInt16) {
        self.dataSet = dataSet
        self.domain = domain
        self.number = number
        self.sequence = sequence
    }

    /// The bytes of the datagram.
    public var encoded: [UInt8] {
        var bytes = [UInt8](repeating: 0, count: Self.byteCount)
        func put(_ value: UInt16, at place: Int) {
            bytes[place] = UInt8(value >> 8)
            bytes[place + 1] = UInt8(truncatingIfNeeded: value)
        }
        bytes[0] = PTPHeader.management
        bytes[1] = 2
        put(UInt16(Self.byteCount), at: 2)
        bytes[4] = domain
        put(number, at: 28)
        put(sequence, at: 30)
        // Management, and no interval.
        bytes[32] = 4
        bytes[33] = 0x7F
        // Every port of every clock; on a local socket that is ptp4l.
        for place in 34..<44 { bytes[place] = 0xFF }
        put(1, at: 48)
        put(2, at: 50)
        put(dataSet.rawValue, at: 52)
        return bytes
    }
}

/// A clock's answer to a question.
public struct PTPManagementAnswer: Hashable, Sendable {
    public enum Content: Hashable, Sendable {
        case data(PTPDataSet)
        /// The clock refuses (IEEE 1588-2019, table 109); linuxptp refuses what it does not know with 2.
        case error(UInt16, of: UInt16)
        /// Data that was not asked for, or that this version does not know.
        case unknown(UInt16)
    }

    public let domain: UInt8
    /// The port that answers. ptp4l answers a question about ports once for each of its ports.
    public let source: PTPPortIdentity
    public let sequence: UInt16
    public let content: Content

    private static let least = 54

    /// Decodes a datagram.
    ///
    /// - Throws: `PTPRefusal`.
    public init(_ bytes: Span<UInt8>) throws(PTPRefusal) {
        let header = try PTPHeader(bytes, type: PTPHeader.management, least: Self.least)
        (domain, source, sequence) = (header.domain, header.source, header.sequence)
        guard bytes[46] & 15 == 2 else { throw .action(bytes[46] & 15) }
        let type = bytes.number16(at: 48), length = Int(bytes.number16(at: 50)), id = bytes.number16(at: 52)
        // The length counts from the identity of the data on.
        guard length >= 2, 52 + length <= header.length else { throw .length(header.length, least: 52 + length) }
        switch type {
        case 1:
            guard let dataSet = PTPDataSetID(rawValue: id) else {
                content = .unknown(id)
                return
            }
            content = .data(try PTPDataSet(dataSet, bytes.extracting(54..<52 + length)))
        case 2:
            guard length >= 4 else { throw .length(length, least: 4) }
            content = .error(id, of: bytes.number16(at: 54))
        default: throw .element(type)
        }
    }
}
