// What a host knows of its plant's time labels: the last accepted metadata of one domain, with its age and its sender.
//
//     silent for 3 s                      a message of the domain
//    ┌───────────────┐   accepted: it replaces the last, and a change of sender or content is an event
//    ▼               │   refused:  the last stays, and the refusal is an event if it is another one than before
//   last, stale ──── last, fresh
//
// Metadata comes once a second. After three seconds without an accepted message the last one is stale, as PTP counts a
// grandmaster as lost after three announces. It stays: the house's offset does not end when its grandmaster does.
//
// The state moves no time. PTP is not authenticated, so the sender is what the message states.

public import TickTime

/// The last synchronization metadata of a domain, and what became of each datagram.
public struct SynchronizationMetadataState: Sendable {
    /// From this age on the last metadata is stale.
    public static let staleAge = Nanoseconds.seconds(3)
    /// Senders that are remembered at once.
    static let senderLimit = 8

    /// Metadata, and when it came.
    public struct Entry: Hashable, Sendable {
        public let message: SynchronizationMetadata.Message
        public let taken: BootInstant
    }

    /// Metadata that contradicts the standard, itself or the time.
    public struct Refusal: Hashable, Sendable {
        public let entry: Entry
        /// Each contradiction, without a full stop; never empty.
        public let faults: [String]
    }

    /// What a datagram, or the lack of one, changed.
    public enum Event: Hashable, Sendable {
        /// The first accepted metadata.
        case first
        /// Another port sends.
        case sender(from: PTPPortIdentity)
        /// The same port sends other content in the named fields, which have the names of JSON.
        case content([String])
        /// Metadata was refused: of another port than the one refused before, or for other faults.
        case refused(Refusal)
        /// The last metadata has become stale.
        case stale
        /// The same port sends again after the metadata was stale.
        case resumed(after: Nanoseconds)
    }

    /// What became of the datagrams.
    public struct Counts: Hashable, Sendable {
        public var accepted: Int64 = 0
        /// Metadata with faults.
        public var refused: Int64 = 0
        /// Metadata of other domains.
        public var otherDomain: Int64 = 0
        /// Metadata that is cut, longer than any, or has a value that does not exist.
        public var malformed: Int64 = 0
        /// Other messages of PTP, and what is none.
        public var foreign: Int64 = 0
    }

    /// The domain whose metadata counts, 0 to 255.
    public let domain: UInt8
    /// The last accepted metadata; `nil` before the first.
    public private(set) var last: Entry?
    /// The last refused metadata; `nil` if none was.
    public private(set) var refusal: Refusal?
    public private(set) var counts = Counts()
    /// How many times the accepted metadata came from another port than before.
    public private(set) var senderChanges: Int64 = 0
    /// Other domains in which metadata was heard.
    public private(set) var otherDomains: Set<UInt8> = []
    /// Why the last malformed message is none; `nil` if there was none.
    public private(set) var lastMalformed: PTPRefusal?
    /// The last of each sender, the newest last.
    private var heard: [(source: PTPPortIdentity, taken: BootInstant)] = []
    private var isKnownStale = false

    /// - Parameter domain: 0 to 255; 127 is that of ST 2059-2.
    public init(domain: UInt8 = 127) { self.domain = domain }

    /// Takes a datagram of a PTP port for general messages.
    ///
    /// - Parameters:
    ///   - bytes: its bytes, as far as they were received.
    ///   - length: how long it was.
    ///   - now: BOOTTIME when it came.
    ///   - utc: the host's time of day.
    ///   - leapSeconds: what the host knows of TAI − UTC.
    /// - Returns: what it changed, in the order in which a reader wants to know it.
    public mutating func take(
        _ bytes: Span<UInt8>, length: Int, at now: BootInstant, utc: UTCInstant, leapSeconds: LeapSecondTable
    ) -> [Event] {
        let message: SynchronizationMetadata.Message
        do throws(PTPRefusal) {
            guard let found = try SynchronizationMetadata.message(in: bytes) else {
                counts.foreign += 1
                return []
            }
            guard length <= bytes.count else { throw .length(bytes.count, least: length) }
            message = found
        } catch {
            counts.malformed += 1
            lastMalformed = error
            return []
        }
        guard message.domain == domain else {
            counts.otherDomain += 1
            otherDomains.insert(message.domain)
            return []
        }
        hear(message.source, at: now)
        let entry = Entry(message: message, taken: now)
        let faults = message.metadata.faults(at: utc, leapSeconds: leapSeconds)
        guard faults.isEmpty else { return refuse(Refusal(entry: entry, faults: faults)) }
        return accept(entry)
    }

    private mutating func refuse(_ new: Refusal) -> [Event] {
        counts.refused += 1
        defer { refusal = new }
        if let old = refusal, old.faults == new.faults, old.entry.message.source == new.entry.message.source {
            return []
        }
        return [.refused(new)]
    }

    private mutating func accept(_ entry: Entry) -> [Event] {
        counts.accepted += 1
        defer { (last, isKnownStale) = (entry, false) }
        guard let last else { return [.first] }
        var events: [Event] = []
        if last.message.source != entry.message.source {
            senderChanges += 1
            events.append(.sender(from: last.message.source))
        } else if isKnownStale || Self.isStale(last, at: entry.taken) {
            events.append(.resumed(after: entry.taken -| last.taken))
        }
        let changed = entry.message.metadata.fields(unlike: last.message.metadata)
        if !changed.isEmpty { events.append(.content(changed)) }
        return events
    }

    /// Looks whether the last metadata has become stale.
    ///
    /// - Returns: `stale`, once for each silence.
    public mutating func check(at now: BootInstant) -> Event? {
        guard isStale(at: now), !isKnownStale else { return nil }
        isKnownStale = true
        return .stale
    }

    /// How old the last accepted metadata is; `nil` before the first.
    public func age(at now: BootInstant) -> Nanoseconds? { last.map { max(.zero, now -| $0.taken) } }

    /// Whether the last accepted metadata is too old to be called the present one.
    public func isStale(at now: BootInstant) -> Bool { last.map { Self.isStale($0, at: now) } ?? false }

    private static func isStale(_ entry: Entry, at now: BootInstant) -> Bool { now -| entry.taken > staleAge }

    /// The ports that sent metadata of the domain within the last three seconds. Only the active grandmaster should.
    public func senders(at now: BootInstant) -> [PTPPortIdentity] {
        heard.filter { now -| $0.taken <= Self.staleAge }.map(\.source)
    }

    private mutating func hear(_ source: PTPPortIdentity, at now: BootInstant) {
        heard.removeAll { $0.source == source }
        if heard.count == Self.senderLimit { heard.removeFirst() }
        heard.append((source, now))
    }
}

extension SynchronizationMetadata {
    /// The fields, by their names in JSON, in which it differs from other metadata.
    public func fields(unlike other: SynchronizationMetadata) -> [String] {
        let all: [(String, Bool)] = [
            (
                "frame_rate",
                frameRateNumerator != other.frameRateNumerator || frameRateDenominator != other.frameRateDenominator
            ),
            ("locking", locking != other.locking),
            ("drop_frame", isDropFrame != other.isDropFrame), ("color_frame", isColorFrame != other.isColorFrame),
            ("local_offset_s", localOffset != other.localOffset), ("jump_s", jump != other.jump),
            ("next_jump", nextJump != other.nextJump), ("next_jam", nextJam != other.nextJam),
            ("previous_jam", previousJam != other.previousJam),
            ("previous_jam_local_offset_s", previousJamOffset != other.previousJamOffset),
            ("daylight_saving", isDaylightSaving != other.isDaylightSaving),
            ("daylight_saving_next", isDaylightSavingNext != other.isDaylightSavingNext),
            ("daylight_saving_previous", wasDaylightSaving != other.wasDaylightSaving),
            ("leap_second_jump", isLeapSecondJump != other.isLeapSecondJump),
        ]
        return all.filter(\.1).map(\.0)
    }
}
