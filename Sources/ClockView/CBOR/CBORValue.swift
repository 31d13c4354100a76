/// Any item of deterministic CBOR, to show content of unknown form.
public indirect enum CBORValue: Hashable, Sendable {
    case unsigned(UInt64)
    /// Below 0.
    case negative(Int64)
    case bytes([UInt8])
    case text(String)
    case array([CBORValue])
    /// Sorted by key.
    case map([Member])
    case bool(Bool)
    case null

    public struct Member: Hashable, Sendable {
        public let key: String
        public let value: CBORValue
    }

    /// How deep items may be nested.
    public static let depthLimit = 8

    /// Reads one item that takes all of `bytes`.
    ///
    /// - Throws: `CBORError`.
    public init(decoding bytes: [UInt8]) throws(CBORError) {
        var reader = CBORReader(bytes)
        self = try CBORValue(from: &reader, depth: 0)
        try reader.finish()
    }

    private init(from reader: inout CBORReader, depth: Int) throws(CBORError) {
        guard depth < Self.depthLimit else {
            throw CBORError(.expected("at most \(Self.depthLimit) levels of nesting"), at: reader.position)
        }
        switch try reader.nextMajor() {
        case 0: self = .unsigned(try reader.unsigned())
        case 1: self = .negative(try reader.integer())
        case 2: self = .bytes(Array(reader.bytes[try reader.byteString()]))
        case 3: self = .text(try reader.text())
        case 4:
            var items: [CBORValue] = []
            for _ in 0..<(try reader.array()) { items.append(try CBORValue(from: &reader, depth: depth + 1)) }
            self = .array(items)
        case 5:
            self = .map(
                try reader.map { (map) throws(CBORError) in
                    var members: [Member] = []
                    while let key = try map.nextKey() {
                        let value = try map.read { (reader) throws(CBORError) in
                            try CBORValue(from: &reader, depth: depth + 1)
                        }
                        members.append(Member(key: key, value: value))
                    }
                    return members
                })
        default: self = try reader.isNull() ? .null : .bool(try reader.bool())
        }
    }
}

extension CBORReader {
    fileprivate func nextMajor() throws(CBORError) -> UInt8 {
        guard !isAtEnd else { throw CBORError(.truncated, at: position) }
        return bytes[position] >> 5
    }
}
