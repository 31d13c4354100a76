// The synchronization metadata of SMPTE ST 2059-2: a management message of 100 bytes, which a plant's grandmaster sends
// to 224.0.1.129 once a second. After the management header of 48 bytes, an element of an organization:
//
//     48  type 3   50  length 48   52  organization 68:97:E8   55  subtype 00:00:01
//     58  default system frame rate, 4 and 4 bytes   66  locking status   67  address flags
//     68  current local offset   72  jump   76  time of next jump, 6 bytes   82  time of next jam, 6
//     88  time of previous jam, 6   94  previous jam's local offset   98  daylight saving   99  leap second jump
//
// Times are seconds of PTP. Local time is PTP seconds + local offset, so the offset contains TAI − UTC. The metadata
// moves no time: it only says how the plant labels it.

public import TickTime

/// What a plant announces of its time labels.
public struct SynchronizationMetadata: Hashable, Sendable, BitwiseCopyable {
    /// How well the grandmaster is locked to its own reference.
    public enum Locking: UInt8, Hashable, Sendable, BitwiseCopyable, CaseIterable {
        case notInUse = 0
        case freeRun = 1
        /// Locking after a start.
        case coldLocking = 2
        /// Locking after a short loss.
        case warmLocking = 3
        case locked = 4

        /// The name in JSON.
        public var name: String {
            switch self {
            case .notInUse: "not_in_use"
            case .freeRun: "free_run"
            case .coldLocking: "cold_locking"
            case .warmLocking: "warm_locking"
            case .locked: "locked"
            }
        }
    }

    public var frameRateNumerator: UInt32
    public var frameRateDenominator: UInt32
    public var locking: Locking
    public var isDropFrame: Bool
    public var isColorFrame: Bool
    /// Local time − PTP time, in seconds.
    public var localOffset: Int32
    /// How many seconds the local offset changes at the next jump; 0 without one.
    public var jump: Int32
    /// In seconds of PTP; 0: none is planned.
    public var nextJump: UInt64
    /// When labels are set to local time next, in seconds of PTP; 0: not planned.
    public var nextJam: UInt64
    /// When they were set last, in seconds of PTP; 0: never.
    public var previousJam: UInt64
    /// The local offset that labels were jammed with last.
    public var previousJamOffset: Int32
    public var isDaylightSaving: Bool
    /// After the next jump.
    public var isDaylightSavingNext: Bool
    /// At the previous jam.
    public var wasDaylightSaving: Bool
    /// The next jump is a leap second.
    public var isLeapSecondJump: Bool

    /// The default system frame rate; `nil` beyond the rates that this library knows.
    public var frameRate: FrameRate? { try? FrameRate(frameRateNumerator, over: frameRateDenominator) }

    public static let byteCount = 100

    /// What was sent, and by whom.
    public struct Message: Hashable, Sendable {
        public let domain: UInt8
        public let source: PTPPortIdentity
        public let sequence: UInt16
        public let metadata: SynchronizationMetadata
    }

    /// Decodes a datagram of a PTP port's general messages; `nil` for every other management message, also for the
    /// errors with which slaves answer this one.
    ///
    /// - Throws: `PTPRefusal` for a message that is cut, or has a frame rate or a status that does not exist.
    public static func message(in bytes: Span<UInt8>) throws(PTPRefusal) -> Message? {
        guard bytes.count >= PTPHeader.byteCount, bytes[0] & 15 == PTPHeader.management else { return nil }
        guard bytes.count >= 58, bytes[46] & 15 == 3, bytes.number16(at: 48) == 3,
            bytes.number32(at: 52) == 0x6897_E800, bytes.number16(at: 56) == 1
        else { return nil }
        let header = try PTPHeader(bytes, type: PTPHeader.management, least: byteCount)
        let length = Int(bytes.number16(at: 50))
        guard length >= 48 else { throw .length(length, least: 48) }
        guard 52 + length <= header.length else { throw .length(header.length, least: 52 + length) }
        guard let locking = Locking(rawValue: bytes[66]) else { throw .value("locking status \(bytes[66])") }
        let (numerator, denominator) = (bytes.number32(at: 58), bytes.number32(at: 62))
        guard numerator > 0, denominator > 0 else { throw .value("frame rate \(numerator)/\(denominator)") }
        func time(_ place: Int) throws(PTPRefusal) -> UInt64 {
            let seconds = bytes.number48(at: place)
            guard seconds < PTPTimestamp.limit else { throw .time }
            return seconds
        }
        let flags = bytes[67], daylight = bytes[98]
        let metadata = SynchronizationMetadata(
            frameRateNumerator: numerator, frameRateDenominator: denominator, locking: locking,
            isDropFrame: flags & 1 != 0, isColorFrame: flags & 2 != 0,
            localOffset: Int32(bitPattern: bytes.number32(at: 68)), jump: Int32(bitPattern: bytes.number32(at: 72)),
            nextJump: try time(76), nextJam: try time(82), previousJam: try time(88),
            previousJamOffset: Int32(bitPattern: bytes.number32(at: 94)), isDaylightSaving: daylight & 1 != 0,
            isDaylightSavingNext: daylight & 2 != 0, wasDaylightSaving: daylight & 4 != 0,
            isLeapSecondJump: bytes[99] & 1 != 0)
        return Message(
            domain: header.domain, source: header.source, sequence: header.sequence, metadata: metadata)
    }

    /// The local offset in force at a time of PTP, as far as is announced: after the next jump, the one that it leads
    /// to.
    public func localOffset(atPTPSecond second: UInt64) -> Int64 {
        Int64(localOffset) + (nextJump != 0 && second >= nextJump ? Int64(jump) : 0)
    }
}
