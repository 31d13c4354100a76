// What a PTP clock says of itself, of its parent and of its grandmaster (IEEE 1588-2019, 8.2), and of linuxptp's own
// what is of use here. A longer answer is of a later version; what it has more is left out.

public import ClusterClock

/// A clock's quality, as it announces it.
public struct PTPClockQuality: Hashable, Sendable, BitwiseCopyable {
    /// 6: locked to a primary reference; 7: it was, and holds over; 52, 187, 58, 193: worse; 248: default; 255: never a
    /// master. 13 and 14 are those of an application's own time scale.
    public var clockClass: UInt8
    /// A code: 0x20 is 25 ns, …; 0xFE: unknown.
    public var accuracy: UInt8
    public var variance: UInt16
}

/// An answer's data.
public enum PTPDataSet: Hashable, Sendable {
    case defaults(Defaults)
    case current(Current)
    case parent(Parent)
    case timeProperties(TimeProperties)
    case port(Port)
    case timeStatus(TimeStatus)
    case portProperties(PortProperties)
    case portStatistics(PortStatistics)

    public struct Defaults: Hashable, Sendable, BitwiseCopyable {
        public let isTwoStep: Bool
        public let isSlaveOnly: Bool
        public let ports: UInt16
        public let priority1: UInt8
        public let quality: PTPClockQuality
        public let priority2: UInt8
        public let clock: PTPClockIdentity
        public let domain: UInt8
    }

    public struct Current: Hashable, Sendable, BitwiseCopyable {
        /// Clocks between this one and the grandmaster, its parent among them.
        public var stepsRemoved: UInt16
        /// How far this clock is ahead of its parent, in 2⁻¹⁶ ns: an estimate, and no bound.
        public var offset: Int64
        /// The mean delay of the path, in 2⁻¹⁶ ns.
        public var pathDelay: Int64
    }

    public struct Parent: Hashable, Sendable, BitwiseCopyable {
        public var port: PTPPortIdentity
        public var priority1: UInt8
        public var quality: PTPClockQuality
        public var priority2: UInt8
        public var grandmaster: PTPClockIdentity
    }

    public struct TimeProperties: Hashable, Sendable, BitwiseCopyable {
        /// TAI − UTC in seconds, if it is valid.
        public var utcOffset: Int16
        /// A minute of 61 seconds at the end of this UTC day.
        public var isLeap61: Bool
        /// A minute of 59 seconds at the end of this UTC day.
        public var isLeap59: Bool
        public var isUTCOffsetValid: Bool
        /// The time scale is PTP's, which is TAI; otherwise it is arbitrary (ARB).
        public var isPTPTimescale: Bool
        public var isTimeTraceable: Bool
        public var isFrequencyTraceable: Bool
        /// A code: 0x10 atomic clock, 0x20 GPS, 0x40 PTP, 0x50 NTP, 0x60 set by hand, 0xA0 internal oscillator.
        public var timeSource: UInt8
    }

    public struct Port: Hashable, Sendable, BitwiseCopyable {
        public var port: PTPPortIdentity
        public var state: PTPPortState
        /// Intervals are powers of 2, in seconds.
        public var logDelayRequestInterval: Int8
        /// With the peer mechanism only, in 2⁻¹⁶ ns.
        public var peerPathDelay: Int64
        public var logAnnounceInterval: Int8
        /// In intervals of announce.
        public var announceTimeout: UInt8
        public var logSyncInterval: Int8
        /// 1 end to end, 2 peer to peer.
        public var delayMechanism: UInt8
        public var version: UInt8
    }

    public struct TimeStatus: Hashable, Sendable, BitwiseCopyable {
        /// How far the local clock is ahead of its master, in ns: an estimate, and no bound.
        public var offset: Int64
        /// When the last sync came, on the local clock that ptp4l stamps with, in ns; 0: none counts.
        public var ingress: Int64
        /// It stays set after the last grandmaster is gone.
        public var hasGrandmaster: Bool
        public var grandmaster: PTPClockIdentity
    }

    public struct PortProperties: Hashable, Sendable {
        public let port: PTPPortIdentity
        public let stamping: PTPStamping
        /// At most 255 bytes; bytes that are not UTF-8 are replaced.
        public let interface: String
    }

    /// Counts of messages by their type, 0 to 15.
    public struct PortStatistics: Hashable, Sendable {
        public let port: PTPPortIdentity
        public let received: [UInt64]
        public let sent: [UInt64]
    }

    /// - Parameter bytes: the data without the identity before it.
    init(_ id: PTPDataSetID, _ bytes: Span<UInt8>) throws(PTPRefusal) {
        let least =
            switch id {
            case .defaults: 20
            case .current: 18
            case .parent: 32
            case .timeProperties: 4
            case .port: 26
            case .timeStatus: 50
            case .portProperties: 13
            case .portStatistics: 266
            }
        guard bytes.count >= least else { throw .length(bytes.count, least: least) }
        switch id {
        case .defaults: self = .defaults(Defaults(bytes))
        case .current:
            self = .current(
                Current(
                    stepsRemoved: bytes.number16(at: 0), offset: Int64(bitPattern: bytes.number(at: 2)),
                    pathDelay: Int64(bitPattern: bytes.number(at: 10))))
        case .parent:
            self = .parent(
                Parent(
                    port: bytes.portIdentity(at: 0), priority1: bytes[18], quality: PTPClockQuality(bytes, at: 19),
                    priority2: bytes[23], grandmaster: PTPClockIdentity(rawValue: bytes.number(at: 24))))
        case .timeProperties: self = .timeProperties(TimeProperties(bytes))
        case .port: self = .port(Port(bytes))
        case .timeStatus:
            self = .timeStatus(
                TimeStatus(
                    offset: Int64(bitPattern: bytes.number(at: 0)), ingress: Int64(bitPattern: bytes.number(at: 8)),
                    hasGrandmaster: bytes.number32(at: 38) != 0,
                    grandmaster: PTPClockIdentity(rawValue: bytes.number(at: 42))))
        case .portProperties: self = .portProperties(try PortProperties(bytes))
        case .portStatistics: self = .portStatistics(PortStatistics(bytes))
        }
    }
}

/// Which clock a port stamps its messages with.
public enum PTPStamping: Hashable, Sendable, BitwiseCopyable {
    /// CLOCK_REALTIME, by the kernel.
    case software
    /// The hardware clock of the interface.
    case hardware

    /// As linuxptp counts the ways: only the first is the kernel's.
    init(rawValue: UInt8) { self = rawValue == 0 ? .software : .hardware }

    /// The name in JSON.
    public var name: String { self == .software ? "software" : "hardware" }
}

extension PTPClockQuality {
    fileprivate init(_ bytes: Span<UInt8>, at start: Int) {
        (clockClass, accuracy, variance) = (bytes[start], bytes[start + 1], bytes.number16(at: start + 2))
    }
}

extension PTPDataSet.Defaults {
    fileprivate init(_ bytes: Span<UInt8>) {
        (isTwoStep, isSlaveOnly) = (bytes[0] & 1 != 0, bytes[0] & 2 != 0)
        ports = bytes.number16(at: 2)
        (priority1, priority2) = (bytes[4], bytes[9])
        quality = PTPClockQuality(bytes, at: 5)
        clock = PTPClockIdentity(rawValue: bytes.number(at: 10))
        domain = bytes[18]
    }
}

extension PTPDataSet.TimeProperties {
    fileprivate init(_ bytes: Span<UInt8>) {
        utcOffset = Int16(bitPattern: bytes.number16(at: 0))
        let flags = bytes[2]
        (isLeap61, isLeap59, isUTCOffsetValid) = (flags & 1 != 0, flags & 2 != 0, flags & 4 != 0)
        (isPTPTimescale, isTimeTraceable, isFrequencyTraceable) = (flags & 8 != 0, flags & 16 != 0, flags & 32 != 0)
        timeSource = bytes[3]
    }
}

extension PTPDataSet.Port {
    fileprivate init(_ bytes: Span<UInt8>) {
        port = bytes.portIdentity(at: 0)
        state = PTPPortState(rawValue: bytes[10])
        logDelayRequestInterval = Int8(bitPattern: bytes[11])
        peerPathDelay = Int64(bitPattern: bytes.number(at: 12))
        logAnnounceInterval = Int8(bitPattern: bytes[20])
        announceTimeout = bytes[21]
        logSyncInterval = Int8(bitPattern: bytes[22])
        delayMechanism = bytes[23]
        version = bytes[25] & 15
    }
}

extension PTPDataSet.PortProperties {
    fileprivate init(_ bytes: Span<UInt8>) throws(PTPRefusal) {
        port = bytes.portIdentity(at: 0)
        stamping = PTPStamping(rawValue: bytes[11])
        let end = 13 + Int(bytes[12])
        guard bytes.count >= end else { throw .length(bytes.count, least: end) }
        interface = String(decoding: (13..<end).map { bytes[$0] }, as: UTF8.self)
    }
}

extension PTPDataSet.PortStatistics {
    /// Unlike all other numbers, linuxptp writes these with the least significant byte first.
    fileprivate init(_ bytes: Span<UInt8>) {
        port = bytes.portIdentity(at: 0)
        func counts(_ start: Int) -> [UInt64] {
            (0..<16).map { bytes.number(at: start + 8 * $0).byteSwapped }
        }
        (received, sent) = (counts(10), counts(138))
    }
}
