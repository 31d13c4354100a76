public import ClockView

/// One event of a journal, checked against its id and its predecessor.
public struct JournalEvent: Hashable, Sendable {
    public let envelope: EventEnvelope
    /// Its place in the journal, counted from 1: it is the last event of a cut of this length.
    public let number: Int
    /// Where it begins in the file, in bytes.
    public let offset: Int

    public init(envelope: EventEnvelope, number: Int, offset: Int) {
        self.envelope = envelope
        self.number = number
        self.offset = offset
    }
}

/// Why a journal is damaged, and where. All events before that place are valid.
public struct JournalError: Error, Hashable, Sendable {
    public enum Reason: Hashable, Sendable {
        /// It is not an event, or not in its only encoding. The offset is the file's.
        case malformed(CBORError)
        /// The event is not the one that its id names.
        case changed(found: EventID, stated: EventID)
        /// It does not follow the event before it.
        case unchained(expected: EventID?, stated: [EventID])
        /// It is longer than the longest event that a writer produces.
        case tooLong(limit: Int)
        /// It does not end, and another event begins inside it.
        case overrun(next: Int)
        /// It is chained and unchanged, but its payload does not match its type.
        case payload(CBORError, tag: String)
        /// It is chained and unchanged, but its tick is later than any deadline that a run can have.
        case offGrid(tick: Int64, session: Int32, tag: String)
        /// An event follows the one that ends the journal.
        case afterEnd
    }

    public let reason: Reason
    /// Which event, counted from 1.
    public let event: Int
    /// Where that event begins, in bytes.
    public let offset: Int
}

extension JournalError: CustomStringConvertible {
    public var description: String {
        let what =
            switch reason {
            case .malformed(let error): "it is not an event: \(error)"
            case .changed(let found, let stated): "it was changed: its digest is \(found), but its id is \(stated)"
            case .unchained(let expected, let stated):
                "it does not follow the event before: its parents are [\(stated.map(\.description).joined(separator: ", "))], "
                    + "and \(expected.map { "\($0) comes before it" } ?? "nothing comes before it")"
            case .tooLong(let limit): "it is longer than \(limit) bytes, the most that a writer produces"
            case .overrun(let next): "it does not end, and another event begins at byte \(next)"
            case .payload(let error, let tag): "its payload is not a valid \(tag): \(error)"
            case .offGrid(let tick, let session, let tag):
                "its payload is not a valid \(tag): 'tick' is out of range: tick \(tick) of session \(session) is due "
                    + "later than a host's clock can show"
            case .afterEnd: "the journal had ended before it"
            }
        let rest = event > 1 ? "; the events before it are valid" : ""
        return "damaged at event \(event), byte \(offset): \(what)\(rest)"
    }
}

/// Reads a journal in pieces, and checks its chain.
public struct JournalReader: Sendable {
    private var bytes: [UInt8] = []
    /// The next byte to read, in `bytes`, and where `bytes` begins in the file.
    private var position = 0
    private var base = 0
    /// The event read last.
    public private(set) var last: EventID?
    /// How many were read.
    public private(set) var count = 0

    public init() {}

    /// Continues after an event that was read before.
    ///
    /// - Parameter last: `nil` to start at the beginning.
    public init(after last: JournalEvent?) {
        self.last = last?.envelope.id
        count = last?.number ?? 0
    }

    /// Where the next event begins, in bytes from the beginning of the file.
    public var offset: Int { base + position }

    /// Takes the next bytes of the file.
    public mutating func append(_ further: [UInt8]) {
        if position > 0 {
            bytes.removeFirst(position)
            base += position
            position = 0
        }
        bytes.append(contentsOf: further)
    }

    /// The next event; `nil` if the bytes do not contain all of it.
    ///
    /// - Throws: `JournalError`, again at every further call.
    public mutating func next() throws(JournalError) -> JournalEvent? {
        var reader = CBORReader(bytes, from: position)
        if reader.isAtEnd { return nil }
        let event: EventEnvelope
        let stated: EventID
        do throws(CBORError) {
            let start = reader.position
            guard try reader.array() == 2 else {
                throw CBORError(.expected("a pair of an event and its id"), at: start)
            }
            event = try EventEnvelope(from: &reader)
            stated = EventID(try reader.digest())
        } catch {
            guard error.reason == .truncated else { throw failure(.malformed(error.shifted(by: base))) }
            if bytes.count - position > JournalWriter.eventLimit {
                throw failure(.tooLong(limit: JournalWriter.eventLimit))
            }
            return nil
        }
        guard event.id == stated else { throw failure(.changed(found: event.id, stated: stated)) }
        guard event.parents == (last.map { [$0] } ?? []) else {
            throw failure(.unchained(expected: last, stated: event.parents))
        }
        defer {
            position = reader.position
            last = event.id
            count += 1
        }
        return JournalEvent(envelope: event, number: count + 1, offset: offset)
    }

    /// The file has ended: the remaining bytes are the beginning of an event that was being written.
    ///
    /// - Returns: how many bytes it has; 0 if the last event is whole.
    /// - Throws: `JournalError.overrun` if another event begins in the remaining bytes: then the file was not cut
    ///   off, but a length was changed.
    public func tornTail() throws(JournalError) -> Int {
        let rest = bytes[position...]
        for start in rest.indices.dropFirst() where rest[start...].starts(with: Self.opening) {
            throw failure(.overrun(next: base + start))
        }
        return rest.count
    }

    /// The first bytes of every event.
    private static let opening: [UInt8] = [0x82, 0xa4, 0x64] + Array("kind".utf8)

    private func failure(_ reason: JournalError.Reason) -> JournalError {
        JournalError(reason: reason, event: count + 1, offset: offset)
    }
}
