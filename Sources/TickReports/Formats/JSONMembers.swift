// JSON from a type's own list of properties: the compiler walks them (`Encodable`), so that no second list of keys is
// kept by hand. Members come in the order in which the properties are declared, keys in snake_case, and a property
// without a value is `null`. So a reader always finds the same members.

extension JSONText {
    /// One object with the properties of `value`.
    ///
    /// - Parameter decimals: the digits after the point of every `Double`, 0 ... 12. JSON has no infinity and no NaN:
    ///   they become `null`.
    /// - Throws: what `value` throws while it encodes itself; a synthesized conformance throws nothing.
    public init(members value: some Encodable, decimals: Int = 3) throws {
        self.init(capacity: 4_096)
        write(try JSONTree(value), decimals)
    }

    private mutating func write(_ tree: JSONTree, _ decimals: Int) {
        switch tree {
        case .absent: element(String?.none)
        case .bool(let value): element(value)
        case .whole(let value): element(value)
        case .number(let value): element(value, decimals: decimals)
        case .text(let value): element(value)
        case .list(let elements): array { json in for element in elements { json.write(element, decimals) } }
        case .object(let members):
            object { json in
                for (key, value) in members {
                    json.appendKey(key)
                    json.write(value, decimals)
                }
            }
        }
    }
}

/// A value as JSON knows it.
private indirect enum JSONTree {
    case absent
    case bool(Bool)
    case whole(Int128)
    case number(Double)
    case text(String)
    case list([JSONTree])
    case object([(key: String, value: JSONTree)])

    init(_ value: some Encodable) throws {
        switch value {
        case let value as Bool: self = .bool(value)
        case let value as any BinaryInteger: self = .whole(Int128(clamping: value))
        case let value as Double: self = .number(value)
        case let value as String: self = .text(value)
        // Its keys are data, not names of properties.
        case let value as [String: Int64]:
            self = .object(value.sorted { $0.key < $1.key }.map { ($0.key, .whole(Int128($0.value))) })
        default:
            let encoder = TreeEncoder()
            try value.encode(to: encoder)
            self = encoder.tree
        }
    }

    mutating func add(_ key: any CodingKey, _ value: JSONTree) {
        guard case .object(var members) = self else { preconditionFailure("a member stands in an object") }
        // Freed, so that the list is not copied.
        self = .absent
        members.append((Self.snakeCase(key.stringValue), value))
        self = .object(members)
    }

    mutating func add(_ value: JSONTree) {
        guard case .list(var elements) = self else { preconditionFailure("an element stands in a list") }
        self = .absent
        elements.append(value)
        self = .list(elements)
    }

    /// `lastHeardMs` is `last_heard_ms`.
    private static func snakeCase(_ name: String) -> String {
        var text = ""
        for character in name {
            if character.isUppercase { text.append("_") }
            text += character.lowercased()
        }
        return text
    }
}

/// Collects what a value encodes.
private final class TreeEncoder: Encoder {
    var tree = JSONTree.object([])
    let codingPath: [any CodingKey] = []
    let userInfo: [CodingUserInfoKey: Any] = [:]

    func container<Key: CodingKey>(keyedBy type: Key.Type) -> KeyedEncodingContainer<Key> {
        KeyedEncodingContainer(Members(encoder: self))
    }

    func unkeyedContainer() -> any UnkeyedEncodingContainer {
        tree = .list([])
        return Elements(encoder: self)
    }

    func singleValueContainer() -> any SingleValueEncodingContainer { Single(encoder: self) }
}

private struct Members<Key: CodingKey>: KeyedEncodingContainerProtocol {
    let encoder: TreeEncoder
    let codingPath: [any CodingKey] = []

    func encodeNil(forKey key: Key) { encoder.tree.add(key, .absent) }
    func encode(_ value: some Encodable, forKey key: Key) throws { encoder.tree.add(key, try JSONTree(value)) }

    private func member(_ value: (some Encodable)?, _ key: Key) throws {
        if let value { try encode(value, forKey: key) } else { encodeNil(forKey: key) }
    }

    // An absent value is written too. Each of these methods of the protocol would leave it out by default.
    func encodeIfPresent(_ value: Bool?, forKey key: Key) throws { try member(value, key) }
    func encodeIfPresent(_ value: String?, forKey key: Key) throws { try member(value, key) }
    func encodeIfPresent(_ value: Double?, forKey key: Key) throws { try member(value, key) }
    func encodeIfPresent(_ value: Int?, forKey key: Key) throws { try member(value, key) }
    func encodeIfPresent(_ value: Int64?, forKey key: Key) throws { try member(value, key) }
    func encodeIfPresent(_ value: (some Encodable)?, forKey key: Key) throws { try member(value, key) }

    func nestedContainer<Nested: CodingKey>(
        keyedBy type: Nested.Type, forKey key: Key
    ) -> KeyedEncodingContainer<Nested> {
        preconditionFailure("an object within an object is a property of its own type")
    }
    func nestedUnkeyedContainer(forKey key: Key) -> any UnkeyedEncodingContainer {
        preconditionFailure("a list within an object is an array")
    }
    func superEncoder() -> any Encoder { preconditionFailure("a report is no subclass") }
    func superEncoder(forKey key: Key) -> any Encoder { preconditionFailure("a report is no subclass") }
}

private struct Elements: UnkeyedEncodingContainer {
    let encoder: TreeEncoder
    let codingPath: [any CodingKey] = []
    var count: Int { if case .list(let elements) = encoder.tree { elements.count } else { 0 } }

    func encodeNil() { encoder.tree.add(.absent) }
    func encode(_ value: some Encodable) throws { encoder.tree.add(try JSONTree(value)) }

    func nestedContainer<Nested: CodingKey>(keyedBy type: Nested.Type) -> KeyedEncodingContainer<Nested> {
        preconditionFailure("an object within a list is an element of its own type")
    }
    func nestedUnkeyedContainer() -> any UnkeyedEncodingContainer {
        preconditionFailure("a list within a list is an array")
    }
    func superEncoder() -> any Encoder { preconditionFailure("a report is no subclass") }
}

private struct Single: SingleValueEncodingContainer {
    let encoder: TreeEncoder
    let codingPath: [any CodingKey] = []

    func encodeNil() { encoder.tree = .absent }
    func encode(_ value: some Encodable) throws { encoder.tree = try JSONTree(value) }
}
