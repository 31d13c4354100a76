// Reads deterministic CBOR only. It refuses every second encoding of a value, so bytes and values correspond one to
// one and a changed byte always changes the meaning. Every error names the byte. The reader compares a length with
// the remaining bytes before it allocates memory for it.

/// Reads items of deterministic CBOR, one after another.
public struct CBORReader: Sendable {
    public let bytes: [UInt8]
    /// The next byte to read.
    public private(set) var position: Int
    let end: Int

    public init(_ bytes: [UInt8], from position: Int = 0) {
        precondition(position >= 0 && position <= bytes.count, "a reader begins inside its bytes")
        self.bytes = bytes
        self.position = position
        end = bytes.count
    }

    public var isAtEnd: Bool { position == end }

    /// Bytes that remain.
    var left: Int { end - position }

    /// - Throws: `trailingBytes` unless all bytes were read.
    public func finish() throws(CBORError) {
        if !isAtEnd { throw CBORError(.trailingBytes, at: position) }
    }

    /// The next head.
    private mutating func head() throws(CBORError) -> (major: UInt8, info: UInt8, value: UInt64) {
        guard position < end else { throw CBORError(.truncated, at: end) }
        let start = position
        let first = bytes[start]
        let (major, info) = (first >> 5, first & 31)
        if info < 24 {
            position = start + 1
            return (major, info, UInt64(info))
        }
        if info == 31 { throw CBORError(.indefiniteLength, at: start) }
        if info > 27 { throw CBORError(.reservedHead, at: start) }
        let count = 1 << Int(info - 24)
        guard end - start - 1 >= count else { throw CBORError(.truncated, at: end) }
        var value: UInt64 = 0
        for place in 1...count { value = value << 8 | UInt64(bytes[start + place]) }
        // The check does not apply to simple values and floating-point numbers, which this project does not use as
        // numbers.
        let least: UInt64 = info == 24 ? 24 : 1 << UInt64(4 << Int(info - 24))
        if major != CBORWriter.Major.simple.rawValue, value < least {
            throw CBORError(.headLongerThanNeeded, at: start)
        }
        position = start + 1 + count
        return (major, info, value)
    }

    private mutating func head(_ major: CBORWriter.Major, _ name: String) throws(CBORError) -> UInt64 {
        let start = position
        let head = try head()
        guard head.major == major.rawValue else { throw CBORError(.expected(name), at: start) }
        return head.value
    }

    public mutating func unsigned() throws(CBORError) -> UInt64 {
        try head(.unsigned, "an unsigned integer")
    }

    public mutating func integer() throws(CBORError) -> Int64 {
        let start = position
        let head = try head()
        guard head.major <= CBORWriter.Major.negative.rawValue else {
            throw CBORError(.expected("an integer"), at: start)
        }
        guard let value = Int64(exactly: head.value) else { throw CBORError(.expected("a 64-bit integer"), at: start) }
        return head.major == 0 ? value : ~value
    }

    /// The position of the bytes of a byte string.
    public mutating func byteString() throws(CBORError) -> Range<Int> { try string(.bytes, "a byte string") }

    private mutating func string(_ major: CBORWriter.Major, _ name: String) throws(CBORError) -> Range<Int> {
        let count = try head(major, name)
        guard count <= UInt64(end - position) else { throw CBORError(.truncated, at: end) }
        let start = position
        position += Int(count)
        return start..<position
    }

    /// The position of the bytes of a text, which may not be valid UTF-8.
    mutating func textBytes() throws(CBORError) -> Range<Int> { try string(.text, "a text") }

    public mutating func text() throws(CBORError) -> String {
        let place = try textBytes()
        guard let text = String(validating: bytes[place], as: UTF8.self) else {
            throw CBORError(.invalidUTF8, at: place.lowerBound)
        }
        return text
    }

    /// Whether the bytes at a place are the ASCII of `text`.
    func holds(_ text: StaticString, at place: Range<Int>) -> Bool {
        text.withUTF8Buffer { ascii in
            guard ascii.count == place.count else { return false }
            var index = 0
            while index < ascii.count {
                if unsafe ascii[index] != bytes[place.lowerBound + index] { return false }
                index += 1
            }
            return true
        }
    }

    /// The head of an array.
    ///
    /// - Returns: how many items follow, at most as many as bytes remain.
    public mutating func array() throws(CBORError) -> Int { try container(.array, "an array") }

    mutating func mapCount() throws(CBORError) -> Int { try container(.map, "a map") }

    private mutating func container(_ major: CBORWriter.Major, _ name: String) throws(CBORError) -> Int {
        let count = try head(major, name)
        guard count <= UInt64(end - position) else { throw CBORError(.truncated, at: end) }
        return Int(count)
    }

    public mutating func bool() throws(CBORError) -> Bool {
        guard position < end else { throw CBORError(.truncated, at: end) }
        switch bytes[position] {
        case 0xf4, 0xf5:
            position += 1
            return bytes[position - 1] == 0xf5
        default: throw CBORError(.expected("true or false"), at: position)
        }
    }

    /// Whether null is next. If so, it is read.
    public mutating func isNull() throws(CBORError) -> Bool {
        guard position < end else { throw CBORError(.truncated, at: end) }
        guard bytes[position] == 0xf6 else { return false }
        position += 1
        return true
    }

    /// A map, whose keys `body` reads in order.
    public mutating func map<Value>(
        _ body: (inout CBORMapReader) throws(CBORError) -> Value
    ) throws(CBORError) -> Value {
        let count = try mapCount()
        var map = CBORMapReader(self, count)
        let value = try body(&map)
        try map.finish()
        self = map.reader
        return value
    }
}

/// Reads the sorted keys of one map, and their values.
public struct CBORMapReader: Sendable {
    fileprivate(set) var reader: CBORReader
    private var left: Int
    /// The last key that was read.
    private var last = 0..<0
    /// The next key, read ahead.
    private var ahead: Range<Int>?

    fileprivate init(_ reader: CBORReader, _ count: Int) {
        self.reader = reader
        left = count
    }

    /// Where the value that is read next begins.
    public var position: Int { reader.position }

    func bytes(_ place: Range<Int>) -> ArraySlice<UInt8> { reader.bytes[place] }

    mutating func textBytes() throws(CBORError) -> Range<Int> { try reader.textBytes() }

    func holds(_ text: StaticString, at place: Range<Int>) -> Bool { reader.holds(text, at: place) }

    private mutating func look() throws(CBORError) -> Range<Int>? {
        if case .some = ahead { return ahead }
        guard left > 0 else { return nil }
        let head = reader.position
        let key = try reader.textBytes()
        if !last.isEmpty {
            let (a, b) = (reader.bytes[last], reader.bytes[key])
            if a.count == b.count, a.elementsEqual(b) { throw CBORError(.repeatedKey(name(of: key)), at: head) }
            let isSorted = a.count != b.count ? a.count < b.count : a.lexicographicallyPrecedes(b)
            if !isSorted { throw CBORError(.keysNotSorted, at: head) }
        }
        ahead = key
        return key
    }

    /// An unexpected key, for an error message; it may not be printable.
    private func name(of key: Range<Int>) -> String { String(decoding: reader.bytes[key].prefix(40), as: UTF8.self) }

    /// Whether `key` is next. If so, read its value next.
    public mutating func has(_ key: StaticString) throws(CBORError) -> Bool {
        guard let place = try look(), reader.holds(key, at: place) else { return false }
        (last, ahead) = (place, nil)
        left -= 1
        return true
    }

    /// The next key, whatever it is; `nil` after the last. Read its value next.
    mutating func nextKey() throws(CBORError) -> String? {
        guard let place = try look() else { return nil }
        guard let key = String(validating: reader.bytes[place], as: UTF8.self) else {
            throw CBORError(.invalidUTF8, at: place.lowerBound)
        }
        (last, ahead) = (place, nil)
        left -= 1
        return key
    }

    mutating func read<Value>(
        _ value: (inout CBORReader) throws(CBORError) -> Value
    ) throws(CBORError) -> Value { try value(&reader) }

    /// - Throws: `missingKey` if another key is next, or none.
    public mutating func require(_ key: StaticString) throws(CBORError) {
        if try has(key) { return }
        guard let ahead else { throw CBORError(.missingKey("\(key)"), at: reader.position) }
        // The key that is there instead may be unknown, or one that comes later.
        throw CBORError(.missingKey("\(key)"), at: ahead.lowerBound)
    }

    public mutating func value<Value>(
        _ key: StaticString, _ read: (inout CBORReader) throws(CBORError) -> Value
    ) throws(CBORError) -> Value {
        try require(key)
        return try read(&reader)
    }

    public mutating func unsigned(_ key: StaticString) throws(CBORError) -> UInt64 {
        try require(key)
        return try reader.unsigned()
    }

    public mutating func integer(_ key: StaticString) throws(CBORError) -> Int64 {
        try require(key)
        return try reader.integer()
    }

    /// The value of a key that must be present.
    public mutating func readInteger() throws(CBORError) -> Int64 { try reader.integer() }

    public mutating func text(_ key: StaticString) throws(CBORError) -> String {
        try require(key)
        return try reader.text()
    }

    public mutating func bool(_ key: StaticString) throws(CBORError) -> Bool {
        try require(key)
        return try reader.bool()
    }

    public mutating func integerIfAny(_ key: StaticString) throws(CBORError) -> Int64? {
        try has(key) ? try reader.integer() : nil
    }

    public mutating func textIfAny(_ key: StaticString) throws(CBORError) -> String? {
        try has(key) ? try reader.text() : nil
    }

    /// A key that is left out if it has the default value.
    public mutating func integer(_ key: StaticString, default standard: Int64) throws(CBORError) -> Int64 {
        guard try has(key) else { return standard }
        let start = reader.position
        let value = try reader.integer()
        if value == standard { throw CBORError(.statedDefault("\(key)"), at: start) }
        return value
    }

    public mutating func boolIfAny(_ key: StaticString) throws(CBORError) -> Bool? {
        try has(key) ? try reader.bool() : nil
    }

    /// A key that is left out if it is false.
    public mutating func isTrue(_ key: StaticString) throws(CBORError) -> Bool {
        guard try has(key) else { return false }
        let start = reader.position
        if try !reader.bool() { throw CBORError(.statedDefault("\(key)"), at: start) }
        return true
    }

    /// A text that names a value.
    public mutating func choice<Value>(
        _ key: StaticString, _ named: (String) -> Value?
    ) throws(CBORError) -> Value {
        try require(key)
        return try choice(of: key, named)
    }

    /// A text that names a value; left out if it is the default.
    public mutating func choice<Value: Equatable>(
        _ key: StaticString, default standard: Value, _ named: (String) -> Value?
    ) throws(CBORError) -> Value {
        guard try has(key) else { return standard }
        let start = reader.position
        let value = try choice(of: key, named)
        if value == standard { throw CBORError(.statedDefault("\(key)"), at: start) }
        return value
    }

    /// The value of a key that must be present and names a value.
    public mutating func choice<Value>(
        of key: StaticString, _ named: (String) -> Value?
    ) throws(CBORError) -> Value {
        let start = reader.position
        guard let value = named(try reader.text()) else { throw CBORError(.outOfRange("\(key)"), at: start) }
        return value
    }

    fileprivate mutating func finish() throws(CBORError) {
        guard let key = try look() else { return }
        throw CBORError(.unknownKey(name(of: key)), at: key.lowerBound)
    }
}
