// The times of single exchanges, which ptp4l hands over on the socket of its option `slave_event_monitor`. They are the
// only thing of ptp4l that bounds its parent's clock; its offset is an estimate.
//
// A signaling message: the header of 34 bytes, the port that is addressed (10 bytes), then elements of
//
//     0  type   2  length   4  the port that sent the message, 10 bytes   14  records
//
//     0x8004  sync: sequence 2, t1 10, correction 8 (2⁻¹⁶ ns), rate 4, t2 10
//     0x7F00  delay, linuxptp's own: sequence 2, t3 10, correction 8, t4 10
//
// The parent sent a sync at t1, which came at t2; the request of a delay left at t3, and the parent received it at t4.
// t1 and t4 are of the parent's clock, t2 and t3 of the local one. Nothing travels back in time, so
//
//     t1 + correction − t2  ≤  parent − local  ≤  t4 − correction − t3
//
// Symmetry of the path is not assumed.

/// One half of an exchange with the parent.
public struct PTPExchangeTimes: Hashable, Sendable, BitwiseCopyable {
    public enum Kind: Hashable, Sendable, BitwiseCopyable {
        /// The parent sent, and this host received.
        case sync
        /// This host sent, and the parent received.
        case delay
    }

    public let kind: Kind
    /// The parent's port.
    public let source: PTPPortIdentity
    public let sequence: UInt16
    /// t1 or t4.
    public let parent: PTPTimestamp
    /// t2 or t3.
    public let local: PTPTimestamp
    /// What clocks on the way took, in 2⁻¹⁶ ns.
    public let correction: Int64

    /// How far the parent's clock is ahead of the local one, at least (sync) or at most (delay), in ns.
    ///
    /// It is rounded away from the other bound: a sync's down, a delay's up.
    public var bound: Int64 {
        let ahead = Int128(parent.nanoseconds) - Int128(local.nanoseconds), whole = Int128(correction >> 16)
        return Int64(clamping: kind == .sync ? ahead + whole : ahead - whole)
    }

    /// Decodes a datagram of the monitor. Elements that are not known are skipped.
    ///
    /// - Throws: `PTPRefusal`.
    public static func all(in bytes: Span<UInt8>) throws(PTPRefusal) -> [PTPExchangeTimes] {
        let header = try PTPHeader(bytes, type: PTPHeader.signaling, least: 44)
        var times: [PTPExchangeTimes] = []
        var place = 44
        while place < header.length {
            guard place + 4 <= header.length else { throw .length(header.length, least: place + 4) }
            let type = bytes.number16(at: place), end = place + 4 + Int(bytes.number16(at: place + 2))
            guard end <= header.length else { throw .length(header.length, least: end) }
            if let kind = Kind(element: type) {
                guard end - place >= 14, (end - place - 14) % kind.byteCount == 0 else {
                    throw .length(end - place, least: 14 + kind.byteCount)
                }
                let source = bytes.portIdentity(at: place + 4)
                for record in stride(from: place + 14, to: end, by: kind.byteCount) {
                    times.append(try PTPExchangeTimes(kind, source, bytes, at: record))
                }
            }
            place = end
        }
        return times
    }

    private init(_ kind: Kind, _ source: PTPPortIdentity, _ bytes: Span<UInt8>, at start: Int) throws(PTPRefusal) {
        self.kind = kind
        self.source = source
        sequence = bytes.number16(at: start)
        correction = Int64(bitPattern: bytes.number(at: start + 12))
        let first = try bytes.timestamp(at: start + 2), second = try bytes.timestamp(at: start + kind.byteCount - 10)
        (parent, local) = kind == .sync ? (first, second) : (second, first)
    }

    package init(
        _ kind: Kind, source: PTPPortIdentity, sequence: UInt16, parent: PTPTimestamp, local: PTPTimestamp,
        correction: Int64 = 0
    ) {
        self.kind = kind
        self.source = source
        self.sequence = sequence
        self.parent = parent
        self.local = local
        self.correction = correction
    }
}

extension PTPExchangeTimes.Kind {
    fileprivate init?(element: UInt16) {
        switch element {
        case 0x8004: self = .sync
        case 0x7F00: self = .delay
        default: return nil
        }
    }

    /// The bytes of one record.
    fileprivate var byteCount: Int { self == .sync ? 34 : 30 }
}
