// A journal whose integer fields are set to extremes, one field at a time, and whose chain is computed again. Every
// digest is valid, so only the ranges of the fields protect the sums from a crafted value.

public import ClockView
public import TickJournal

/// The events of a journal, to be written again with other values.
public struct JournalExtremes: Sendable {
    /// The place of a changed field.
    public struct Field: Hashable, Sendable {
        public let tag: String
        public let key: String
    }

    /// Which events get the new value.
    public enum Scope: Hashable, Sendable {
        /// One event, counted from 0.
        case event(Int)
        /// Every event that has the field.
        case everyEvent
    }

    /// The ends of the types, of the ranges that readers accept, and of what sums can hold.
    public static let values: [CBORValue] =
        [
            Int64.min, Int64.min + 1, -1, 0, 1, 1 << 53 - 1, 1 << 53, 1 << 60, 3_155_760_000_000_000_000, 1 << 62,
            7_258_118_400_000_000_000, Int64.max - 1, Int64.max,
        ].map { $0 < 0 ? .negative($0) : .unsigned(UInt64($0)) } + [.unsigned(.max)]

    private struct Event: Sendable {
        let envelope: EventEnvelope
        /// `nil` if it is not a map.
        let members: [CBORValue.Member]?
        let tag: String
    }

    private let events: [Event]

    /// - Parameter keeping: how many events of a longer journal are kept, with the last four: every kind of
    ///   record occurs near the beginning or at the end.
    /// - Throws: `JournalError` for bytes that are not a journal. A torn tail is left out.
    public init(_ bytes: [UInt8], keeping limit: Int = .max) throws(JournalError) {
        var reader = JournalReader()
        reader.append(bytes)
        var events: [Event] = []
        while let event = try reader.next() {
            let envelope = event.envelope
            var members: [CBORValue.Member]?
            if case .map(let all)? = try? CBORValue(decoding: envelope.payload) { members = all }
            let tag = envelope.observationType.flatMap { JournalRecord.tag(of: $0) } ?? ""
            events.append(Event(envelope: envelope, members: members, tag: tag))
        }
        self.events = events.count > limit ? Array(events.prefix(limit - 4) + events.suffix(4)) : events
    }

    public var count: Int { events.count }

    /// The integer fields of the journal, each once, and the events that have it.
    public var fields: [(field: Field, events: [Int])] {
        var places: [Field: [Int]] = [:]
        var order: [Field] = []
        for (index, event) in events.enumerated() where !event.tag.isEmpty {
            for member in event.members ?? [] where member.value.isInteger {
                let field = Field(tag: event.tag, key: member.key)
                if places[field] == nil { order.append(field) }
                places[field, default: []].append(index)
            }
        }
        return order.map { ($0, places[$0] ?? []) }
    }

    /// The journal with `value` in `field`, chained again.
    public func bytes(setting field: Field, to value: CBORValue, in scope: Scope) -> [UInt8] {
        var writer = CBORWriter(reserving: events.count * 400)
        var last: EventID?
        for (index, event) in events.enumerated() {
            let isMeant = scope == .everyEvent || scope == .event(index)
            let payload =
                if isMeant, event.tag == field.tag, let members = event.members {
                    Self.encoded(members, setting: field.key, to: value)
                } else {
                    event.envelope.payload
                }
            writer.array(2)
            let id = EventEnvelope.write(
                kind: event.envelope.kind, parents: last.map { [$0] } ?? [], payload: payload,
                event.envelope.observationType, to: &writer)
            writer.digest(id.digest)
            last = id
        }
        return writer.take()
    }

    private static func encoded(
        _ members: [CBORValue.Member], setting key: String, to value: CBORValue
    ) -> [UInt8] {
        // The head of a map is one byte up to 23 keys, and two up to 255.
        let count = UInt8(members.count)
        var bytes: [UInt8] = count < 24 ? [0xa0 | count] : [0xb8, count]
        for member in members {
            var writer = CBORWriter()
            writer.text(member.key)
            writer.item(member.key == key && member.value.isInteger ? value : member.value)
            bytes += writer.bytes
        }
        return bytes
    }
}

extension CBORValue {
    fileprivate var isInteger: Bool {
        switch self {
        case .unsigned, .negative: true
        default: false
        }
    }
}

extension CBORWriter {
    /// Any item but a map, which no record has inside another.
    fileprivate mutating func item(_ value: CBORValue) {
        switch value {
        case .unsigned(let value): unsigned(value)
        case .negative(let value): integer(value)
        case .bytes(let value): bytes(value)
        case .text(let value): text(value)
        case .bool(let value): bool(value)
        case .array(let items):
            array(items.count)
            for item in items { self.item(item) }
        case .null, .map: null()
        }
    }
}
