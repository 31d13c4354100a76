/// A writer of JSON text (RFC 8259) into one growing byte buffer.
///
/// Members come out in the order in which they are written, so that a line of a report reads the
/// same way every time. Numbers and keys go straight into the buffer; after `removeAll()` the
/// buffer is used again, so a line a tick costs no allocation once the longest line has been
/// written.
///
/// Objects and arrays are closures and therefore always closed. The writer sets the commas. It does not check that a
/// member is inside an object and an element inside an array.
///
/// ```swift
/// var json = JSONText()
/// json.object {
///     $0.member("tick", 1)
///     $0.member("offset_ns", 16_683_333)
/// }
/// // {"tick":1,"offset_ns":16683333}
/// ```
public struct JSONText: Sendable {
    /// The text so far, in UTF-8.
    public private(set) var utf8: [UInt8]
    /// Whether a value stands before this place in the same object or array.
    private var needsComma = false

    /// An empty text, with room for `capacity` bytes before the buffer has to grow.
    public init(capacity: Int = 256) {
        utf8 = []
        utf8.reserveCapacity(capacity)
    }

    /// The text so far.
    public var text: String { String(decoding: utf8, as: UTF8.self) }

    /// Forgets the text and keeps the buffer.
    public mutating func removeAll() {
        utf8.removeAll(keepingCapacity: true)
        needsComma = false
    }
}

// MARK: - Values on their own: the whole text, or elements of an array

extension JSONText {
    /// `{…}`, with the members that `body` writes.
    public mutating func object<Failure: Error>(_ body: (inout JSONText) throws(Failure) -> Void) throws(Failure) {
        try enclose(open: "{", close: "}", body)
    }

    /// `[…]`, with the elements that `body` writes.
    public mutating func array<Failure: Error>(_ body: (inout JSONText) throws(Failure) -> Void) throws(Failure) {
        try enclose(open: "[", close: "]", body)
    }

    /// A whole number of at most 64 bits, with all its digits; `null` for `nil`.
    public mutating func element(_ value: (some FixedWidthInteger)?) {
        separate()
        if let value { appendInteger(value) } else { append("null") }
    }

    /// A string, escaped; `null` for `nil`.
    public mutating func element(_ value: String?) {
        separate()
        if let value { appendString(value) } else { append("null") }
    }

    /// `true`, `false`, or `null` for `nil`.
    public mutating func element(_ value: Bool?) {
        separate()
        append(value.map { $0 ? "true" : "false" } ?? "null")
    }

    /// A number with exactly `decimals` digits after the point; `null` for `nil`, an infinity and
    /// a NaN, which JSON does not have.
    ///
    /// - Precondition: `decimals` lies in 0 ... 12.
    public mutating func element(_ value: Double?, decimals: Int) {
        separate()
        guard let value, value.isFinite else { return append("null") }
        appendFixed(value, decimals: decimals)
    }
}

// MARK: - Members of an object

extension JSONText {
    public mutating func object<Failure: Error>(
        _ key: String, _ body: (inout JSONText) throws(Failure) -> Void
    ) throws(Failure) {
        appendKey(key)
        try object(body)
    }

    public mutating func array<Failure: Error>(
        _ key: String, _ body: (inout JSONText) throws(Failure) -> Void
    ) throws(Failure) {
        appendKey(key)
        try array(body)
    }

    public mutating func member(_ key: String, _ value: (some FixedWidthInteger)?) {
        appendKey(key)
        element(value)
    }

    public mutating func member(_ key: String, _ value: String?) {
        appendKey(key)
        element(value)
    }

    public mutating func member(_ key: String, _ value: Bool?) {
        appendKey(key)
        element(value)
    }

    /// A value that was written before.
    mutating func member(_ key: String, json: JSONText) {
        appendKey(key)
        separate()
        utf8.append(contentsOf: json.utf8)
    }

    /// - Precondition: `decimals` lies in 0 ... 12.
    public mutating func member(_ key: String, _ value: Double?, decimals: Int) {
        appendKey(key)
        element(value, decimals: decimals)
    }
}

// MARK: - Bytes

extension JSONText {
    private mutating func enclose<Failure: Error>(
        open: StaticString, close: StaticString, _ body: (inout JSONText) throws(Failure) -> Void
    ) throws(Failure) {
        separate()
        append(open)
        needsComma = false
        // A `defer`, so that the text stays balanced if `body` throws.
        defer {
            append(close)
            needsComma = true
        }
        try body(&self)
    }

    private mutating func separate() {
        if needsComma { utf8.append(UInt8(ascii: ",")) }
        needsComma = true
    }

    mutating func appendKey(_ key: String) {
        separate()
        appendString(key)
        utf8.append(UInt8(ascii: ":"))
        needsComma = false
    }

    private mutating func append(_ text: StaticString) {
        utf8.append(contentsOf: text.description.utf8)
    }

    /// RFC 8259, 7: the quotation mark, the backslash and U+0000 ... U+001F must be escaped.
    private mutating func appendString(_ value: String) {
        utf8.append(UInt8(ascii: "\""))
        for byte in value.utf8 {
            switch byte {
            case UInt8(ascii: "\""): append("\\\"")
            case UInt8(ascii: "\\"): append("\\\\")
            case 0x08: append("\\b")
            case 0x09: append("\\t")
            case 0x0A: append("\\n")
            case 0x0C: append("\\f")
            case 0x0D: append("\\r")
            case 0..<0x20:
                append("\\u00")
                utf8.append(Self.hexDigit(byte >> 4))
                utf8.append(Self.hexDigit(byte & 0xF))
            default: utf8.append(byte)
            }
        }
        utf8.append(UInt8(ascii: "\""))
    }

    private static func hexDigit(_ value: UInt8) -> UInt8 {
        value < 10 ? UInt8(ascii: "0") + value : UInt8(ascii: "a") + value - 10
    }

    private mutating func appendInteger(_ value: some FixedWidthInteger) {
        if value < 0 { utf8.append(UInt8(ascii: "-")) }
        appendDigits(UInt64(value.magnitude), atLeast: 1)
    }

    /// The decimal digits of `value`, zeros in front up to `count` digits.
    private mutating func appendDigits(_ value: UInt64, atLeast count: Int) {
        let start = utf8.count
        var rest = value
        repeat {
            utf8.append(UInt8(ascii: "0") + UInt8(rest % 10))
            rest /= 10
        } while rest > 0 || utf8.count - start < count
        utf8[start...].reverse()
    }
}

// MARK: - Fixed decimals

extension JSONText {
    /// A double is m · 2^e with whole m below 2⁵³; m · 10^decimals fits 128 bits, and a shift by e
    /// with ties to even gives the digits of the *exact* value, as C's `printf("%.*f")` does.
    /// Scaling in floating point instead would round twice.
    ///
    /// From 2⁵³ on a double is a whole number, and at such sizes its shortest spelling is used.
    private mutating func appendFixed(_ value: Double, decimals: Int) {
        precondition((0...12).contains(decimals), "decimals must lie in 0 ... 12, not \(decimals)")
        guard value.magnitude < 0x1p53 else {
            utf8.append(contentsOf: value.description.utf8)
            return
        }
        var scale: UInt64 = 1
        for _ in 0..<decimals { scale *= 10 }
        let digits = Self.scaledToNearestEven(value.magnitude, by: scale)
        if value < 0, digits > 0 { utf8.append(UInt8(ascii: "-")) }
        appendDigits(UInt64(digits / UInt128(scale)), atLeast: 1)
        guard decimals > 0 else { return }
        utf8.append(UInt8(ascii: "."))
        appendDigits(UInt64(digits % UInt128(scale)), atLeast: decimals)
    }

    /// `value · scale` to the nearest whole number, ties to even, for 0 ≤ `value` < 2⁵³.
    private static func scaledToNearestEven(_ value: Double, by scale: UInt64) -> UInt128 {
        let isNormal = value.exponentBitPattern > 0
        let significand = value.significandBitPattern | (isNormal ? 1 << 52 : 0)
        // value = significand · 2^-shift, and shift ≥ 0 because value < 2^53.
        let shift = 1075 - max(1, Int(value.exponentBitPattern))
        let product = UInt128(significand) * UInt128(scale)
        guard shift < 128 else { return 0 }
        let whole = product >> shift
        let remainder = product - whole << shift
        guard shift > 0 else { return whole }
        let half = UInt128(1) << (shift - 1)
        let roundsUp = remainder > half || (remainder == half && whole & 1 == 1)
        return roundsUp ? whole + 1 : whole
    }
}
