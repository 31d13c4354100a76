// Deterministic CBOR (RFC 8949 §4.2.1): every head as short as possible, no indefinite lengths, and the keys of a map
// in the bytewise order of their encodings. All our keys are text, so a shorter key comes before a longer one, and
// keys of equal length are in the order of their bytes.
//
// So each value has one encoding, and the digest of the encoding can name the value.

internal import MessageDigest

/// Appends items of deterministic CBOR.
public struct CBORWriter: Sendable {
    public private(set) var bytes: [UInt8]

    public init(reserving capacity: Int = 0) {
        bytes = []
        bytes.reserveCapacity(capacity)
    }

    fileprivate init(owning bytes: consuming [UInt8]) { self.bytes = bytes }

    public mutating func removeAll() { bytes.removeAll(keepingCapacity: true) }

    enum Major: UInt8 {
        case unsigned = 0
        case negative = 1
        case bytes = 2
        case text = 3
        case array = 4
        case map = 5
        case simple = 7
    }

    mutating func head(_ major: Major, _ value: UInt64) {
        let type = major.rawValue << 5
        switch value {
        case ..<24: bytes.append(type | UInt8(truncatingIfNeeded: value))
        case ..<0x100: append(type | 24, value, 1)
        case ..<0x1_0000: append(type | 25, value, 2)
        case ..<0x1_0000_0000: append(type | 26, value, 4)
        default: append(type | 27, value, 8)
        }
    }

    private mutating func append(_ head: UInt8, _ value: UInt64, _ count: UInt64) {
        bytes.append(head)
        var shift = 8 * count
        while shift > 0 {
            shift -= 8
            bytes.append(UInt8(truncatingIfNeeded: value >> shift))
        }
    }

    public mutating func unsigned(_ value: UInt64) { head(.unsigned, value) }

    public mutating func integer(_ value: Int64) {
        if value >= 0 { head(.unsigned, UInt64(value)) } else { head(.negative, UInt64(bitPattern: ~value)) }
    }

    public mutating func bytes(_ value: [UInt8]) {
        head(.bytes, UInt64(value.count))
        bytes.append(contentsOf: value)
    }

    public mutating func text(_ value: String) {
        head(.text, UInt64(value.utf8.count))
        bytes.append(contentsOf: value.utf8)
    }

    /// The head of an array with `count` items.
    public mutating func array(_ count: Int) { head(.array, UInt64(count)) }

    public mutating func null() { bytes.append(0xf6) }

    public mutating func bool(_ value: Bool) { bytes.append(value ? 0xf5 : 0xf4) }

    /// A map; `body` writes its keys.
    public mutating func map(_ body: (inout CBORMapWriter) -> Void) {
        let start = bytes.count
        bytes.append(0)
        // The map takes these bytes over, writes into them, and returns them.
        var map = CBORMapWriter(self)
        bytes = []
        body(&map)
        let count = map.count
        self = map.giveBack()
        if count <= 23 {
            bytes[start] = CBORWriter.Major.map.rawValue << 5 | UInt8(count)
        } else {
            precondition(count <= 255, "a record has at most 255 keys")
            bytes[start] = CBORWriter.Major.map.rawValue << 5 | 24
            bytes.insert(UInt8(count), at: start + 1)
        }
    }

    /// Returns the written bytes, and begins with none.
    public mutating func take() -> [UInt8] {
        defer { bytes = [] }
        return bytes
    }
}

/// Writes the keys of one map, and their values.
public struct CBORMapWriter: Sendable {
    fileprivate var writer: CBORWriter
    fileprivate var count = 0
    /// Where the last key begins.
    private var last = 0..<0

    fileprivate init(_ writer: CBORWriter) { self.writer = writer }

    /// The writer. The map holds the only reference to its bytes, so that writing does not copy them.
    fileprivate mutating func giveBack() -> CBORWriter { CBORWriter(owning: writer.take()) }

    /// Writes a key and its value.
    ///
    /// - Precondition: keys come in the order of deterministic CBOR.
    public mutating func key(_ key: StaticString, _ value: (inout CBORWriter) -> Void) {
        let start = writer.bytes.count
        writer.head(.text, UInt64(key.utf8CodeUnitCount))
        key.withUTF8Buffer { text in
            for index in text.indices { unsafe writer.append(text[index]) }
        }
        precondition(
            last.isEmpty || writer.bytes[last].lexicographicallyPrecedes(writer.bytes[start...]),
            "the keys of a map are written in order")
        last = start..<writer.bytes.count
        count += 1
        value(&writer)
    }

    public mutating func key(_ key: StaticString, unsigned value: UInt64) { self.key(key) { $0.unsigned(value) } }
    public mutating func key(_ key: StaticString, _ value: Int64) { self.key(key) { $0.integer(value) } }
    public mutating func key(_ key: StaticString, _ value: String) { self.key(key) { $0.text(value) } }
    public mutating func key(_ key: StaticString, _ value: Bool) { self.key(key) { $0.bool(value) } }

    /// Left out if there is no value.
    public mutating func key(_ key: StaticString, ifAny value: Int64?) {
        if let value { self.key(key, value) }
    }

    public mutating func key(_ key: StaticString, ifAny value: String?) {
        if let value { self.key(key, value) }
    }

    /// Left out if it is the default.
    public mutating func key(_ key: StaticString, _ value: Int64, default standard: Int64) {
        if value != standard { self.key(key, value) }
    }

    /// Left out if it is the default.
    public mutating func key(_ key: StaticString, _ value: String, default standard: String) {
        if value != standard { self.key(key, value) }
    }

    public mutating func key(_ key: StaticString, ifTrue value: Bool) {
        if value { self.key(key, true) }
    }
}

extension CBORWriter {
    fileprivate mutating func append(_ byte: UInt8) { bytes.append(byte) }

    mutating func append(_ digest: SHA256Digest) { digest.append(to: &bytes) }
}
