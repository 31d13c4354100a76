// An event is a fact that was recorded, and its name is the digest of its bytes:
//
//     id = SHA-256({kind, parents, payload, observation_type}), in deterministic CBOR, all four keys always
//
// An event names its parents by their ids, so a changed or missing parent is always noticed.

public import MessageDigest

/// The name of an event: the SHA-256 of its deterministic CBOR.
public struct EventID: Hashable, Comparable, Sendable, BitwiseCopyable {
    public let digest: SHA256Digest
    public init(_ digest: SHA256Digest) { self.digest = digest }
    public static func < (a: Self, b: Self) -> Bool { a.digest < b.digest }
}

extension EventID: CustomStringConvertible {
    public var description: String { digest.hex }
}

/// What kind of observation a payload is: the SHA-256 of an ASCII tag.
public struct ObservationType: Hashable, Sendable, BitwiseCopyable {
    public let digest: SHA256Digest
    public init(_ digest: SHA256Digest) { self.digest = digest }
    public init(tag: String) { digest = SHA256.digest(of: tag) }

    /// The tag of a reading of some clock.
    public static let clockSampleTag = "OBS_CLOCK_SAMPLE_V0"
    public static let clockSample = ObservationType(tag: clockSampleTag)
}

/// One event. Immutable; its id is computed once.
public struct EventEnvelope: Hashable, Sendable {
    /// The kind of every event in a journal.
    public static let observation = "Observation"

    public let kind: String
    /// The events that this one follows, each once, in the order of their bytes.
    public let parents: [EventID]
    public let payload: [UInt8]
    /// `nil` if this is not an observation, or has no stated type.
    public let observationType: ObservationType?
    public let id: EventID
    /// Whether the type says that this is a clock observation. Most events of a view are not, and for those this is
    /// the only check.
    let isClockSample: Bool

    /// - Parameter parents: in any order; a repeated one counts once.
    public init(
        kind: String = observation, parents: [EventID] = [], payload: [UInt8], observationType: ObservationType? = nil
    ) {
        self.kind = kind
        var unique: [EventID] = []
        for parent in parents.sorted() where parent != unique.last { unique.append(parent) }
        self.parents = unique
        self.payload = payload
        self.observationType = observationType
        var writer = CBORWriter(reserving: 128 + payload.count)
        id = Self.write(kind: kind, parents: unique, payload: payload, observationType, to: &writer)
        isClockSample = observationType == .clockSample && kind == Self.observation
    }

    /// Reads one event of a sequence.
    ///
    /// - Throws: `CBORError`, with offsets from the beginning of the reader's bytes.
    public init(from reader: inout CBORReader) throws(CBORError) {
        let start = reader.position
        (kind, parents, payload, observationType) = try reader.map { (map) throws(CBORError) in
            let kind = try map.text("kind")
            let parents = try map.value("parents") { (reader) throws(CBORError) in try Self.parents(&reader) }
            let payload = try map.value("payload") { (reader) throws(CBORError) in try reader.byteString() }
            let type = try map.value("observation_type") { (reader) throws(CBORError) -> ObservationType? in
                try reader.isNull() ? nil : ObservationType(try reader.digest())
            }
            return (kind, parents, Array(map.bytes(payload)), type)
        }
        id = EventID(SHA256.digest(of: reader.bytes.span.extracting(start..<reader.position)))
        isClockSample = observationType == .clockSample && kind == Self.observation
    }

    /// Reads one event that takes all of `bytes`.
    ///
    /// - Throws: `CBORError`, which names the byte; nothing may follow the event.
    public init(decoding bytes: [UInt8]) throws(CBORError) {
        var reader = CBORReader(bytes)
        self = try EventEnvelope(from: &reader)
        try reader.finish()
    }

    private static func parents(_ reader: inout CBORReader) throws(CBORError) -> [EventID] {
        let count = try reader.array()
        var parents: [EventID] = []
        // Room for at most as many as the remaining bytes can hold.
        parents.reserveCapacity(min(count, reader.left / SHA256Digest.byteCount))
        for _ in 0..<count {
            let start = reader.position
            let parent = EventID(try reader.digest())
            if let last = parents.last, parent <= last {
                throw CBORError(parent == last ? .repeatedParent : .parentsNotSorted, at: start)
            }
            parents.append(parent)
        }
        return parents
    }

    /// The event's deterministic CBOR; its id is the digest of these bytes.
    public var encoded: [UInt8] {
        var writer = CBORWriter(reserving: 128 + payload.count)
        encode(to: &writer)
        return writer.take()
    }

    public func encode(to writer: inout CBORWriter) {
        Self.encode(kind, parents, payload, observationType, to: &writer)
    }

    /// Writes an event without creating a value for it.
    ///
    /// - Parameter parents: each once, in the order of their bytes.
    /// - Returns: its id.
    public static func write(
        kind: String = observation, parents: [EventID], payload: [UInt8], _ type: ObservationType?,
        to writer: inout CBORWriter
    ) -> EventID {
        let start = writer.bytes.count
        encode(kind, parents, payload, type, to: &writer)
        let bytes = writer.bytes
        return EventID(SHA256.digest(of: bytes.span.extracting(start..<bytes.count)))
    }

    private static func encode(
        _ kind: String, _ parents: [EventID], _ payload: [UInt8], _ type: ObservationType?, to writer: inout CBORWriter
    ) {
        writer.map { map in
            map.key("kind", kind)
            map.key("parents") { writer in
                writer.array(parents.count)
                for parent in parents { writer.digest(parent.digest) }
            }
            map.key("payload") { $0.bytes(payload) }
            map.key("observation_type") { writer in
                if let type { writer.digest(type.digest) } else { writer.null() }
            }
        }
    }
}

extension CBORWriter {
    /// A digest as a byte string.
    public mutating func digest(_ digest: SHA256Digest) {
        head(.bytes, UInt64(SHA256Digest.byteCount))
        append(digest)
    }
}

extension CBORReader {
    /// A byte string of 32 bytes.
    public mutating func digest() throws(CBORError) -> SHA256Digest {
        let start = position
        let place = try byteString()
        guard place.count == SHA256Digest.byteCount else {
            throw CBORError(.expected("a string of 32 bytes"), at: start)
        }
        return SHA256Digest(bytes.span, at: place.lowerBound)
    }
}
