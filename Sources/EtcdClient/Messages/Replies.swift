// What comes from etcd's JSON gateway. It leaves out fields with default values (0, false, an empty list), so a missing
// list is empty and a missing `succeeded` is false. The header, and a key's name and revision, are never default
// values: an answer without them is refused.

package import Foundation

/// A key as etcd keeps it.
package struct KeyValue: Hashable, Sendable {
    package let key: String
    package let value: Data
    /// The revision at which the key was created.
    package let createRevision: Int64
    /// The revision of the key's last change.
    package let modRevision: Int64
    /// How often the key was written since it was created.
    package let version: Int64
}

/// The answer to a read.
package struct RangeReply: Hashable, Sendable {
    /// The store's revision when it was read.
    package let revision: Int64
    package let values: [KeyValue]
    /// The number of keys in the range, also of those that a limit left out.
    package let count: Int64
}

/// The answer to a transaction.
package struct TransactionReply: Hashable, Sendable {
    /// The store's revision after the transaction. What it wrote has this revision.
    package let revision: Int64
    /// Whether every comparison held.
    package let succeeded: Bool
    /// What was read, in the order of the `get` operations of the branch that was taken.
    package let reads: [[KeyValue]]
}

/// What a member says of itself.
package struct MemberStatus: Hashable, Sendable {
    package let version: String
    package let revision: Int64
    /// The identifiers of this member and of its cluster.
    package let member: UInt64
    package let cluster: UInt64
    /// The identifier of the leader that this member knows; 0: none.
    package let leader: UInt64
    package let raftTerm: UInt64
    package let databaseBytes: Int64
}

/// A change of a key.
package struct KeyChange: Hashable, Sendable {
    package enum Kind: Hashable, Sendable {
        case put(value: Data)
        case delete
    }

    package let key: String
    package let kind: Kind
    package let revision: Int64

    package init(key: String, kind: Kind, revision: Int64) {
        self.key = key
        self.kind = kind
        self.revision = revision
    }
}

// MARK: - From JSON

/// An answer that lacks something, or contains something impossible.
struct ReplyFault: Error {
    let text: String
}

struct HeaderMessage: Decodable {
    let clusterId: IdentifierText?
    let memberId: IdentifierText?
    let revision: IntegerText?
    let raftTerm: IdentifierText?
}

struct KeyValueMessage: Decodable {
    let key: Data?
    let value: Data?
    let createRevision: IntegerText?
    let modRevision: IntegerText?
    let version: IntegerText?

    func name() throws -> String {
        guard let key, !key.isEmpty else { throw ReplyFault(text: "a key has no name") }
        guard let name = String(validating: key, as: UTF8.self) else { throw ReplyFault(text: "a key is not UTF-8") }
        return name
    }

    func revision() throws -> Int64 {
        guard let revision = modRevision?.value, revision > 0 else {
            throw ReplyFault(text: "a key has no mod_revision above 0")
        }
        return revision
    }

    func keyValue() throws -> KeyValue {
        guard let created = createRevision?.value, created > 0, let version = version?.value, version > 0 else {
            throw ReplyFault(text: "a key has no create_revision or no version above 0")
        }
        return KeyValue(
            key: try name(), value: value ?? Data(), createRevision: created, modRevision: try revision(),
            version: version)
    }
}

struct RangeMessage: Decodable {
    let header: HeaderMessage?
    let kvs: [KeyValueMessage]?
    let count: IntegerText?

    func values() throws -> [KeyValue] { try (kvs ?? []).map { try $0.keyValue() } }

    func reply() throws -> RangeReply {
        RangeReply(revision: try header.checkedRevision(), values: try values(), count: count?.value ?? 0)
    }
}

struct PutMessage: Decodable {
    let header: HeaderMessage?
}

struct TransactionMessage: Decodable {
    struct Response: Decodable {
        let responseRange: RangeMessage?
        let responsePut: PutMessage?
        let responseDeleteRange: PutMessage?
    }

    let header: HeaderMessage?
    let succeeded: Bool?
    let responses: [Response]?

    /// - Throws: `ReplyFault` if the answers are not those of the branch that was taken.
    func reply(to transaction: Transaction) throws -> TransactionReply {
        let succeeded = succeeded ?? false
        let operations = succeeded ? transaction.then : transaction.otherwise
        let responses = responses ?? []
        guard responses.count == operations.count else {
            throw ReplyFault(text: "\(responses.count) responses to \(operations.count) operations")
        }
        var reads: [[KeyValue]] = []
        for (operation, response) in zip(operations, responses) {
            switch operation {
            case .get:
                guard let range = response.responseRange else {
                    throw ReplyFault(text: "a read has no response_range")
                }
                reads.append(try range.values())
            case .put:
                guard response.responsePut != nil else { throw ReplyFault(text: "a write has no response_put") }
            case .delete:
                guard response.responseDeleteRange != nil else {
                    throw ReplyFault(text: "a deletion has no response_delete_range")
                }
            }
        }
        return TransactionReply(revision: try header.checkedRevision(), succeeded: succeeded, reads: reads)
    }
}

struct StatusMessage: Decodable {
    let header: HeaderMessage?
    let version: String?
    let dbSize: IntegerText?
    let leader: IdentifierText?

    func status() throws -> MemberStatus {
        guard let version, let member = header?.memberId?.value, let cluster = header?.clusterId?.value else {
            throw ReplyFault(text: "a status has no version, no member_id or no cluster_id")
        }
        return MemberStatus(
            version: version, revision: header?.revision?.value ?? 0, member: member, cluster: cluster,
            leader: leader?.value ?? 0, raftTerm: header?.raftTerm?.value ?? 0, databaseBytes: dbSize?.value ?? 0)
    }
}

struct AuthenticationMessage: Decodable {
    let token: String?
}

struct ErrorMessage: Decodable {
    let error: String?
    let message: String?
    let code: Int?
}

/// One line of a watch.
struct WatchMessage: Decodable {
    struct Event: Decodable {
        let type: String?
        let kv: KeyValueMessage?
    }

    struct Result: Decodable {
        let header: HeaderMessage?
        let created: Bool?
        let canceled: Bool?
        let compactRevision: IntegerText?
        let cancelReason: String?
        let events: [Event]?
    }

    struct Failure: Decodable {
        let message: String?
        let grpcCode: Int?
        let httpCode: Int?
    }

    let result: Result?
    let error: Failure?
}

extension WatchMessage.Event {
    func change() throws -> KeyChange {
        guard let kv else { throw ReplyFault(text: "an event has no kv") }
        let (key, revision) = (try kv.name(), try kv.revision())
        switch type {
        case nil, "PUT": return KeyChange(key: key, kind: .put(value: kv.value ?? Data()), revision: revision)
        case "DELETE": return KeyChange(key: key, kind: .delete, revision: revision)
        case .some(let other): throw ReplyFault(text: "an event has the unknown type '\(other.prefix(40))'")
        }
    }
}

extension Optional where Wrapped == HeaderMessage {
    func checkedRevision() throws -> Int64 {
        guard let revision = self?.revision?.value, revision > 0 else {
            throw ReplyFault(text: "the header has no revision above 0")
        }
        return revision
    }
}
