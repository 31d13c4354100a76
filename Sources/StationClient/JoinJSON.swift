// JSON values of one line (RFC 8259), for a library without Foundation. Whole numbers are exact; other numbers have no
// meaning here and are only passed over. The caller bounds the bytes, this file the nesting.

/// A value of a line.
enum JoinJSON: Hashable, Sendable {
    case integer(Int64)
    case text(String)
    case list([JoinJSON])
    case object([String: JoinJSON])
    /// `true`, `false`, `null`, or a number that is not a whole one of 64 bits.
    case other

    private static let depthLimit = 8

    /// The value that a line spells; `nil` if it is no JSON.
    init?(_ bytes: some Sequence<UInt8>) {
        let bytes = Array(bytes)
        guard (try? UTF8Span(validating: bytes.span)) != nil else { return nil }
        var reader = Reader(bytes: bytes)
        guard let value = reader.value(depth: 0), reader.isAtEnd else { return nil }
        self = value
    }

    subscript(_ name: String) -> JoinJSON? { if case .object(let members) = self { members[name] } else { nil } }

    func integer(_ name: String) -> Int64? { if case .integer(let value)? = self[name] { value } else { nil } }
    func text(_ name: String) -> String? { if case .text(let value)? = self[name] { value } else { nil } }

    private struct Reader {
        let bytes: [UInt8]
        private var place = 0

        init(bytes: [UInt8]) { self.bytes = bytes }

        private var next: UInt8? { place < bytes.count ? bytes[place] : nil }

        var isAtEnd: Bool {
            mutating get {
                skipSpace()
                return next == nil
            }
        }

        private mutating func skipSpace() {
            while let byte = next, byte == 0x20 || byte == 0x09 || byte == 0x0A || byte == 0x0D { place += 1 }
        }

        private mutating func take(_ scalar: Unicode.Scalar) -> Bool {
            skipSpace()
            guard next == UInt8(ascii: scalar) else { return false }
            place += 1
            return true
        }

        mutating func value(depth: Int) -> JoinJSON? {
            guard depth < JoinJSON.depthLimit else { return nil }
            if take("{") { return members(depth: depth) }
            if take("[") { return elements(depth: depth) }
            if take("\"") { return string().map { .text($0) } }
            return word()
        }

        private mutating func members(depth: Int) -> JoinJSON? {
            var members: [String: JoinJSON] = [:]
            if take("}") { return .object(members) }
            repeat {
                guard take("\""), let name = string(), take(":"), let value = value(depth: depth + 1),
                    members.updateValue(value, forKey: name) == nil
                else { return nil }
            } while take(",")
            return take("}") ? .object(members) : nil
        }

        private mutating func elements(depth: Int) -> JoinJSON? {
            var elements: [JoinJSON] = []
            if take("]") { return .list(elements) }
            repeat {
                guard let value = value(depth: depth + 1) else { return nil }
                elements.append(value)
            } while take(",")
            return take("]") ? .list(elements) : nil
        }

        /// A number, or one of the three words.
        private mutating func word() -> JoinJSON? {
            skipSpace()
            let start = place
            while let byte = next, ![0x20, 0x09, 0x0A, 0x0D, 0x2C, 0x5D, 0x7D].contains(byte) { place += 1 }
            let word = String(decoding: bytes[start..<place], as: UTF8.self)
            if ["true", "false", "null"].contains(word) { return .other }
            let isSpelled = word.utf8.allSatisfy {
                (0x30...0x39).contains($0) || [0x2B, 0x2D, 0x2E, 0x45, 0x65].contains($0)
            }
            guard isSpelled, let first = word.utf8.first(where: { $0 != 0x2D }), (0x30...0x39).contains(first) else {
                return nil
            }
            return Int64(word).map { .integer($0) } ?? .other
        }

        /// The rest of a string.
        private mutating func string() -> String? {
            var text: [UInt8] = []
            while let byte = next {
                place += 1
                switch byte {
                case UInt8(ascii: "\""): return String(decoding: text, as: UTF8.self)
                case UInt8(ascii: "\\"):
                    guard let scalar = escape() else { return nil }
                    text += Array(String(scalar).utf8)
                case 0..<0x20: return nil
                default: text.append(byte)
                }
            }
            return nil
        }

        private mutating func escape() -> Unicode.Scalar? {
            guard let byte = next else { return nil }
            place += 1
            switch byte {
            case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): return Unicode.Scalar(byte)
            case UInt8(ascii: "b"): return "\u{8}"
            case UInt8(ascii: "f"): return "\u{C}"
            case UInt8(ascii: "n"): return "\n"
            case UInt8(ascii: "r"): return "\r"
            case UInt8(ascii: "t"): return "\t"
            case UInt8(ascii: "u"):
                guard let first = fourHexDigits() else { return nil }
                if let scalar = Unicode.Scalar(first) { return scalar }
                // Two halves of one character.
                guard first < 0xDC00, next == UInt8(ascii: "\\") else { return nil }
                place += 1
                guard next == UInt8(ascii: "u") else { return nil }
                place += 1
                guard let second = fourHexDigits(), (0xDC00...0xDFFF).contains(second) else { return nil }
                return Unicode.Scalar(0x10000 + (UInt32(first) - 0xD800) << 10 + UInt32(second) - 0xDC00)
            default: return nil
            }
        }

        private mutating func fourHexDigits() -> UInt16? {
            guard place + 4 <= bytes.count else { return nil }
            let digits = bytes[place..<place + 4]
            place += 4
            guard digits.allSatisfy({ Character(Unicode.Scalar($0)).isHexDigit }) else { return nil }
            return UInt16(String(decoding: digits, as: UTF8.self), radix: 16)
        }
    }
}
