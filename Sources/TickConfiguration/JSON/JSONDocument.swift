// A JSON text as a tree that keeps everything.
//
// Foundation's decoder silently keeps the last of two equal keys, reads 1e3 and 1000.0 as the
// integer 1000, and cannot say on which line a value is. A profile is a contract, so a separate
// parser reads it (RFC 8259): members stay in the order of the file, repeated keys are kept, numbers
// keep their spelling, and every value knows the byte at which it begins.

/// One JSON value and where it begins.
struct JSONNode: Sendable {
    enum Value: Sendable {
        case null
        case bool(Bool)
        /// The number's spelling, which RFC 8259 allows.
        case number(String)
        case string(String)
        case array([JSONNode])
        /// The members in the order of the file; keys may repeat.
        case object([JSONMember])
    }

    let value: Value
    /// The offset of its first byte in the file.
    let offset: Int

    /// The value's type in the words of an error message.
    var kind: String {
        switch value {
        case .null: "null"
        case .bool: "true or false"
        case .number: "a number"
        case .string: "a string"
        case .array: "an array"
        case .object: "an object"
        }
    }
}

/// One key of an object with its value.
struct JSONMember: Sendable {
    let key: String
    /// The offset of the key's opening quotation mark.
    let keyOffset: Int
    let node: JSONNode
}

/// Why a text is not JSON, at which byte, and the remedy.
struct JSONSyntaxError: Error {
    let offset: Int
    let fault: String
    let remedy: String
}
