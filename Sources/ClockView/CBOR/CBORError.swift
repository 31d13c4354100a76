/// Why bytes are not deterministic CBOR of the expected form, and where.
public struct CBORError: Error, Hashable, Sendable {
    public enum Reason: Hashable, Sendable {
        /// The bytes end inside an item. This is the only error that more bytes could resolve.
        case truncated
        case trailingBytes
        case indefiniteLength
        /// A number or a length takes more bytes than it needs.
        case headLongerThanNeeded
        /// A head that RFC 8949 reserves.
        case reservedHead
        case expected(String)
        case invalidUTF8
        case keysNotSorted
        case repeatedKey(String)
        case unknownKey(String)
        case missingKey(String)
        /// A key has the value that its absence already means.
        case statedDefault(String)
        case outOfRange(String)
        case parentsNotSorted
        case repeatedParent
    }

    public let reason: Reason
    /// Counted from the first byte of the input.
    public let offset: Int

    public init(_ reason: Reason, at offset: Int) {
        self.reason = reason
        self.offset = offset
    }

    /// The same error, with offsets counted from `start` bytes further ahead.
    public func shifted(by start: Int) -> CBORError { CBORError(reason, at: offset + start) }
}

extension CBORError: CustomStringConvertible {
    public var description: String {
        let what =
            switch reason {
            case .truncated: "the bytes end inside an item"
            case .trailingBytes: "more bytes follow the item"
            case .indefiniteLength: "an indefinite length; deterministic CBOR has none"
            case .headLongerThanNeeded: "a number is written longer than it needs to be"
            case .reservedHead: "a reserved head"
            case .expected(let type): "\(type) is expected here"
            case .invalidUTF8: "a text is not UTF-8"
            case .keysNotSorted: "the keys of a map are not in order"
            case .repeatedKey(let key): "the key '\(key)' is repeated"
            case .unknownKey(let key): "the key '\(key)' is unknown"
            case .missingKey(let key): "the key '\(key)' is missing"
            case .statedDefault(let key): "'\(key)' has the value that its absence already means; leave it out"
            case .outOfRange(let name): "'\(name)' is out of range"
            case .parentsNotSorted: "the parents are not in order"
            case .repeatedParent: "a parent is repeated"
            }
        return "byte \(offset): \(what)"
    }
}
