// What goes to etcd's JSON gateway. Keys and values are base64, integers of 64 bits are strings; fields with default
// values may be left out. `JSONEncoder` writes `Data` as base64.

package import Foundation

/// A condition of a transaction.
package struct Comparison: Hashable, Sendable {
    enum Target: Hashable, Sendable {
        /// The revision of the key's last change; 0 if the key is absent.
        case modificationRevision(Int64)
        case value(Data)
    }

    let key: Data
    let target: Target

    /// The key was last changed at this revision; 0: the key is absent.
    package static func revision(of key: String, is revision: Int64) -> Comparison {
        Comparison(key: Data(key.utf8), target: .modificationRevision(revision))
    }

    /// The key is present with exactly this value.
    package static func value(of key: String, is value: Data) -> Comparison {
        Comparison(key: Data(key.utf8), target: .value(value))
    }
}

/// A step of a transaction.
package enum Operation: Hashable, Sendable {
    case get(KeyRange)
    case put(key: String, value: Data)
    case delete(KeyRange)
}

/// One atomic step: `then` if every comparison holds, else `otherwise`.
package struct Transaction: Hashable, Sendable {
    package var comparisons: [Comparison]
    package var then: [Operation]
    package var otherwise: [Operation]

    package init(if comparisons: [Comparison], then: [Operation], otherwise: [Operation] = []) {
        self.comparisons = comparisons
        self.then = then
        self.otherwise = otherwise
    }
}

// MARK: - As JSON

/// A number that the gateway writes as a string. Numbers are read too.
struct NumberText<Number: FixedWidthInteger & Codable & Sendable>: Codable, Hashable, Sendable {
    let value: Number

    init(_ value: Number) { self.value = value }

    init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        if let number = try? container.decode(Number.self) {
            value = number
            return
        }
        let text = try container.decode(String.self)
        guard let number = Number(text) else { throw ReplyFault(text: "'\(text.prefix(40))' is not a number in range") }
        value = number
    }

    func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(String(value))
    }
}

/// A revision, a version or a count.
typealias IntegerText = NumberText<Int64>
/// The identifier of a member, a cluster or a term, which uses all 64 bits.
typealias IdentifierText = NumberText<UInt64>

struct RangeRequest: Encodable {
    let key: Data
    let rangeEnd: Data?
    var limit: IntegerText?
    var revision: IntegerText?
    var minModRevision: IntegerText?
    var keysOnly: Bool?

    init(_ range: KeyRange) {
        key = range.key
        rangeEnd = range.end
    }
}

struct PutRequest: Encodable {
    let key: Data
    let value: Data
}

struct DeleteRequest: Encodable {
    let key: Data
    let rangeEnd: Data?
}

struct TransactionRequest: Encodable {
    struct Compare: Encodable {
        let key: Data
        let target: String
        let result = "EQUAL"
        var modRevision: IntegerText?
        var value: Data?
    }

    struct Request: Encodable {
        var requestRange: RangeRequest?
        var requestPut: PutRequest?
        var requestDeleteRange: DeleteRequest?
    }

    let compare: [Compare]
    let success: [Request]
    let failure: [Request]

    init(_ transaction: Transaction) {
        compare = transaction.comparisons.map { comparison in
            switch comparison.target {
            case .modificationRevision(let revision):
                Compare(key: comparison.key, target: "MOD", modRevision: IntegerText(revision))
            case .value(let value): Compare(key: comparison.key, target: "VALUE", value: value)
            }
        }
        success = transaction.then.map(Self.request)
        failure = transaction.otherwise.map(Self.request)
    }

    private static func request(_ operation: Operation) -> Request {
        switch operation {
        case .get(let range): Request(requestRange: RangeRequest(range))
        case .put(let key, let value): Request(requestPut: PutRequest(key: Data(key.utf8), value: value))
        case .delete(let range):
            Request(requestDeleteRange: DeleteRequest(key: range.key, rangeEnd: range.end))
        }
    }
}

struct AuthenticationRequest: Encodable {
    let name: String
    let password: String
}

struct WatchRequest: Encodable {
    struct Create: Encodable {
        let key: Data
        let rangeEnd: Data?
        let startRevision: IntegerText
    }

    let createRequest: Create
}

struct EmptyRequest: Encodable {}
