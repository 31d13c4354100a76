// RFC 8259 by recursive descent, one byte of lookahead.
//
// Bounded against a hostile file: nesting (the recursion) by `depthLimit`, the number of values
// (the memory) by `valueLimit`; the caller bounds the bytes. The text is checked to be UTF-8
// before the first byte is parsed, so that strings can be cut out of it without another check.

/// Parses one JSON text. Strict: no comments, no trailing commas, no NaN, nothing after the value.
struct JSONParser {
    /// The deepest nesting accepted; a profile needs six.
    static let depthLimit = 32
    /// The most values accepted; ten thousand sessions with every key need a third of it.
    static let valueLimit = 1_000_000

    /// The first bytes of every journal: a pair, a map of four, and the key `kind`.
    private static let journalOpening: [UInt8] = [0x82, 0xA4, 0x64] + Array("kind".utf8)

    private let bytes: [UInt8]
    private var index = 0
    private var values = 0

    private init(_ bytes: [UInt8]) { self.bytes = bytes }

    /// The value that `bytes` spell.
    ///
    /// - Throws: `JSONSyntaxError` at the first byte that cannot be JSON.
    static func parse(_ bytes: [UInt8]) throws(JSONSyntaxError) -> JSONNode {
        guard !bytes.starts(with: [0xEF, 0xBB, 0xBF]) else {
            throw JSONSyntaxError(
                offset: 0, fault: "the file begins with a byte order mark",
                remedy: "save it as UTF-8 without BOM")
        }
        guard !bytes.starts(with: journalOpening) else {
            throw JSONSyntaxError(
                offset: 0, fault: "this is the journal of a run", remedy: "use 'tickrun replay FILE'")
        }
        do {
            _ = try UTF8Span(validating: bytes.span)
        } catch {
            throw JSONSyntaxError(
                offset: error.byteOffsets.lowerBound, fault: "this byte is not UTF-8",
                remedy: "save the file as UTF-8")
        }
        var parser = JSONParser(bytes)
        parser.skipSpace()
        guard parser.peek != nil else {
            throw parser.error("the file is empty", "write a JSON object; 'tickrun config schema' prints the formats")
        }
        let node = try parser.value(depth: 0)
        parser.skipSpace()
        guard parser.peek == nil else {
            throw parser.error("\(parser.found) follows the end of the document", "keep one JSON object in a file")
        }
        return node
    }

    private mutating func value(depth: Int) throws(JSONSyntaxError) -> JSONNode {
        guard depth < Self.depthLimit else {
            throw error("values nest deeper than \(Self.depthLimit) levels", "a profile needs no more than six")
        }
        values += 1
        guard values <= Self.valueLimit else {
            throw error("the file holds more than \(Self.valueLimit) values", "split the profile")
        }
        let start = index
        switch peek {
        case UInt8(ascii: "{"): return JSONNode(value: .object(try members(depth: depth)), offset: start)
        case UInt8(ascii: "["): return JSONNode(value: .array(try elements(depth: depth)), offset: start)
        case UInt8(ascii: "\""): return JSONNode(value: .string(try string()), offset: start)
        case _ where isDigit || peek == UInt8(ascii: "-"):
            return JSONNode(value: .number(try number()), offset: start)
        default: return JSONNode(value: try word(), offset: start)
        }
    }

    private mutating func members(depth: Int) throws(JSONSyntaxError) -> [JSONMember] {
        var members: [JSONMember] = []
        index += 1
        skipSpace()
        if take("}") { return members }
        while true {
            let keyOffset = index
            guard peek == UInt8(ascii: "\"") else {
                if peek == UInt8(ascii: "}") { throw error("a comma precedes }", "remove the comma") }
                throw error("expected a key, found \(found)", commentRemedy ?? "write keys in double quotes")
            }
            let key = try string()
            skipSpace()
            guard take(":") else { throw error("expected a colon after the key, found \(found)", "write : there") }
            skipSpace()
            members.append(JSONMember(key: key, keyOffset: keyOffset, node: try value(depth: depth + 1)))
            skipSpace()
            if take("}") { return members }
            guard take(",") else { throw error("expected , or } in the object, found \(found)", "write one of them") }
            skipSpace()
        }
    }

    private mutating func elements(depth: Int) throws(JSONSyntaxError) -> [JSONNode] {
        var elements: [JSONNode] = []
        index += 1
        skipSpace()
        if take("]") { return elements }
        while true {
            if peek == UInt8(ascii: "]") { throw error("a comma precedes ]", "remove the comma") }
            elements.append(try value(depth: depth + 1))
            skipSpace()
            if take("]") { return elements }
            guard take(",") else { throw error("expected , or ] in the array, found \(found)", "write one of them") }
            skipSpace()
        }
    }

    private mutating func word() throws(JSONSyntaxError) -> JSONNode.Value {
        for (spelling, value) in [("true", JSONNode.Value.bool(true)), ("false", .bool(false)), ("null", .null)]
        where bytes[index...].starts(with: spelling.utf8) {
            index += spelling.utf8.count
            return value
        }
        let remedy =
            switch peek {
            case UInt8(ascii: "N"), UInt8(ascii: "I"), UInt8(ascii: "+"), UInt8(ascii: "."):
                "write numbers in plain digits; JSON has no NaN, no Infinity, no leading + or point"
            case UInt8(ascii: "'"): "use double quotes"
            default: commentRemedy ?? "write a string, a number, true, false, null, [ or {"
            }
        throw error("expected a value, found \(found)", remedy)
    }

    /// `-? (0 | [1-9][0-9]*) (. [0-9]+)? ([eE] [+-]? [0-9]+)?`, kept as it is spelled.
    private mutating func number() throws(JSONSyntaxError) -> String {
        let start = index
        _ = take("-")
        if take("0") {
            if isDigit { throw error("a number begins with 0", "remove the leading zeros") }
        } else {
            try digits()
        }
        if take(".") { try digits() }
        if take("e") || take("E") {
            if !take("+") { _ = take("-") }
            try digits()
        }
        return String(decoding: bytes[start..<index], as: UTF8.self)
    }

    private mutating func digits() throws(JSONSyntaxError) {
        guard isDigit else { throw error("expected a digit, found \(found)", "write the number out in digits") }
        while isDigit { index += 1 }
    }
}

extension JSONParser {
    private mutating func string() throws(JSONSyntaxError) -> String {
        let opening = index
        index += 1
        var text: [UInt8] = []
        while let byte = peek {
            switch byte {
            case UInt8(ascii: "\""):
                index += 1
                return String(decoding: text, as: UTF8.self)
            case UInt8(ascii: "\\"):
                text.append(contentsOf: Array(String(try escape()).utf8))
            case 0..<0x20:
                throw error("a string holds the control character \(found)", "close the string, or write it as \\u00..")
            default:
                text.append(byte)
                index += 1
            }
        }
        throw JSONSyntaxError(offset: opening, fault: "this string is not closed", remedy: "write the closing quote")
    }

    private mutating func escape() throws(JSONSyntaxError) -> Unicode.Scalar {
        let start = index
        index += 1
        let simple: Unicode.Scalar? =
            switch peek {
            case UInt8(ascii: "\""): "\""
            case UInt8(ascii: "\\"): "\\"
            case UInt8(ascii: "/"): "/"
            case UInt8(ascii: "b"): "\u{8}"
            case UInt8(ascii: "f"): "\u{C}"
            case UInt8(ascii: "n"): "\n"
            case UInt8(ascii: "r"): "\r"
            case UInt8(ascii: "t"): "\t"
            default: nil
            }
        if let simple {
            index += 1
            return simple
        }
        guard take("u") else {
            throw error(
                "\\ is followed by \(found)", "use \\\\ for a backslash, or one of \\\" \\/ \\b \\f \\n \\r \\t \\u")
        }
        let first = try fourHexDigits()
        if let scalar = Unicode.Scalar(first) { return scalar }
        // A surrogate: a scalar above U+FFFF is spelled as a high one followed by a low one.
        if first < 0xDC00, take("\\"), take("u") {
            let second = try fourHexDigits()
            if (0xDC00...0xDFFF).contains(second) {
                let joined = 0x10000 + ((UInt32(first) - 0xD800) << 10) + (UInt32(second) - 0xDC00)
                if let scalar = Unicode.Scalar(joined) { return scalar }
            }
        }
        throw JSONSyntaxError(
            offset: start, fault: "this \\u escape is half of a surrogate pair",
            remedy: "write both halves, or the character")
    }

    private mutating func fourHexDigits() throws(JSONSyntaxError) -> UInt16 {
        var value: UInt16 = 0
        for _ in 0..<4 {
            guard let byte = peek, let digit = Character(Unicode.Scalar(byte)).hexDigitValue else {
                throw error("\\u needs four hexadecimal digits, found \(found)", "write them, as in \\u00e9")
            }
            value = value << 4 | UInt16(digit)
            index += 1
        }
        return value
    }

    private var peek: UInt8? { index < bytes.count ? bytes[index] : nil }

    private var isDigit: Bool { peek.map { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) } ?? false }

    private mutating func take(_ scalar: Unicode.Scalar) -> Bool {
        guard peek == UInt8(ascii: scalar) else { return false }
        index += 1
        return true
    }

    private mutating func skipSpace() {
        while let byte = peek, byte == 0x20 || byte == 0x09 || byte == 0x0A || byte == 0x0D { index += 1 }
    }

    /// What stands at the index, in the words of an error message.
    private var found: String {
        guard let byte = peek else { return "the end of the file" }
        guard byte >= 0x20, byte != 0x7F else { return "byte \(byte)" }
        let text = String(decoding: bytes[index..<min(index + 4, bytes.count)], as: UTF8.self)
        return text.first.map { quoted(String($0)) } ?? "byte \(byte)"
    }

    private var commentRemedy: String? {
        peek == UInt8(ascii: "/") || peek == UInt8(ascii: "#") ? "remove the comment; JSON has none" : nil
    }

    private func error(_ fault: String, _ remedy: String) -> JSONSyntaxError {
        JSONSyntaxError(offset: index, fault: fault, remedy: remedy)
    }
}
