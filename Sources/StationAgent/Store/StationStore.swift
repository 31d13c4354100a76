// The records of a station in etcd: their keys and their JSON. Each transaction of the rules becomes one of etcd's.
//
//     /tickrun/STATION/hosts/HOST             /tickrun/STATION/channels/CHANNEL/spec
//     /tickrun/STATION/tenures/HOST           …/grid  …/plan  …/air  …/relay
//     /tickrun/STATION/primary
//     /tickrun/STATION/ceiling
//
// What can go wrong: a record may be unreadable or damaged. It is never taken for an absent one, because an absent
// record may be overwritten. A damaged record of one channel does not stop the others.

package import EtcdClient
package import Foundation
package import Stations
package import TickTime

/// The station's records, for reading and for transactions.
///
/// Safe to call from several threads. Each call blocks until its answer is there or its time limit is over.
package final class StationStore: Sendable {
    /// Why there is no answer.
    package enum Failure: Error, Sendable, CustomStringConvertible {
        case etcd(EtcdError)
        /// A record that cannot be read.
        case damaged(key: String, fault: String)

        package var description: String {
            switch self {
            case .etcd(let error): "\(error)"
            case .damaged(let key, let fault):
                "the record \(key) in etcd is damaged: \(fault); correct it, or delete it with 'etcdctl del \(key)'"
            }
        }
    }

    package let client: EtcdClient
    package let prefix: String

    /// - Parameter station: its name, without a slash.
    package init(_ client: EtcdClient, station: String) {
        self.client = client
        prefix = "/tickrun/\(station)/"
    }

    /// Reads all records of the station at one instant.
    ///
    /// - Returns: the records, and why some of them cannot be read; the keys of those are in `damaged`.
    package func readAll(timeLimit: Nanoseconds) throws(Failure) -> (records: StationRecords, damaged: [Failure]) {
        let reply: RangeReply
        do { reply = try client.read(.prefix(prefix), timeLimit: timeLimit) } catch { throw .etcd(error) }
        var records = StationRecords(revision: reply.revision), damaged: [Failure] = []
        for value in reply.values {
            do throws(Failure) { try enter(value, into: &records) } catch {
                damaged.append(error)
                if let key = key(value.key) { records.damaged.insert(key) }
            }
        }
        return (records, damaged)
    }

    /// Carries out a transaction.
    package func transact(
        _ transaction: StationTransaction, timeLimit: Nanoseconds
    ) throws(Failure) -> StationAnswer {
        let request = Transaction(
            if: transaction.comparisons.map { .revision(of: key($0.key), is: $0.revision) },
            then: transaction.puts.map { .put(key: key($0.key), value: StationJSON.data($0.value)) }
                + transaction.deletes.map { .delete(.key(key($0))) }
                + transaction.gets.map { .get(.key(key($0))) },
            otherwise: transaction.otherwise.map { .get(.key(key($0))) })
        let reply: TransactionReply
        do { reply = try client.transact(request, timeLimit: timeLimit) } catch { throw .etcd(error) }
        var records = StationRecords(revision: reply.revision)
        for value in reply.reads.joined() { try enter(value, into: &records) }
        return reply.succeeded ? .accepted(records) : .refused(records)
    }

    /// Carries out a request of the rules.
    ///
    /// - Returns: the answer, and why there is none, or which records were left out.
    package func perform(_ request: StationRequest) -> (answer: StationAnswer, failures: [Failure]) {
        do throws(Failure) {
            switch request.kind {
            case .readAll:
                let (records, damaged) = try readAll(timeLimit: request.timeLimit)
                return (.accepted(records), damaged)
            case .transact(let transaction):
                return (try transact(transaction, timeLimit: request.timeLimit), [])
            }
        } catch {
            return (.none, [error])
        }
    }

    package func key(_ key: StationKey) -> String {
        switch key {
        case .host(let name): prefix + "hosts/" + name
        case .tenure(let name): prefix + "tenures/" + name
        case .primary: prefix + "primary"
        case .ceiling: prefix + "ceiling"
        case .spec(let name): prefix + "channels/\(name)/spec"
        case .grid(let name): prefix + "channels/\(name)/grid"
        case .plan(let name): prefix + "channels/\(name)/plan"
        case .air(let name): prefix + "channels/\(name)/air"
        case .relay(let name): prefix + "channels/\(name)/relay"
        }
    }

    /// The record at a key of etcd.
    ///
    /// - Returns: `nil` if it is none that this version knows.
    package func record(_ text: String, _ data: Data) throws(Failure) -> (key: StationKey, value: StationValue)? {
        guard let key = key(text) else { return nil }
        do { return (key, try StationJSON.value(at: key, data)) } catch {
            throw .damaged(key: text, fault: StationJSON.fault(error))
        }
    }

    /// The key that a text names; `nil` if it is none of a station's.
    package func key(_ text: String) -> StationKey? {
        guard text.hasPrefix(prefix) else { return nil }
        let names = text.dropFirst(prefix.count)
        let parts = names.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
        return switch (parts.first, parts.count) {
        case ("hosts", 2): .host(parts[1])
        case ("tenures", 2): .tenure(parts[1])
        case ("primary", 1): .primary
        case ("ceiling", 1): .ceiling
        case ("channels", 3):
            switch parts[2] {
            case "spec": .spec(parts[1])
            case "grid": .grid(parts[1])
            case "plan": .plan(parts[1])
            case "air": .air(parts[1])
            case "relay": .relay(parts[1])
            default: nil
            }
        default: nil
        }
    }

    /// Enters a record. A record that a later version of this program wrote under a new key is left out.
    private func enter(_ value: KeyValue, into records: inout StationRecords) throws(Failure) {
        guard let (key, record) = try record(value.key, value.value) else { return }
        records.set(key, record, revision: value.modRevision)
    }
}

/// The JSON of the records. Names are written in snake case; unknown members are ignored.
enum StationJSON {
    static func data(_ value: StationValue) -> Data {
        switch value {
        case .host(let record): encode(record)
        case .tenure(let record): encode(record)
        case .primary(let record): encode(record)
        case .ceiling(let record): encode(record)
        case .spec(let record): encode(record)
        case .grid(let record): encode(record)
        case .plan(let record): encode(record)
        case .air(let record): encode(record)
        case .relay(let record): encode(record)
        }
    }

    static func value(at key: StationKey, _ data: Data) throws -> StationValue {
        switch key {
        case .host: .host(try decode(data))
        case .tenure: .tenure(try decode(data))
        case .primary: .primary(try decode(data))
        case .ceiling: .ceiling(try decode(data))
        case .spec: .spec(try decode(data))
        case .grid: .grid(try decode(data))
        case .plan: .plan(try decode(data))
        case .air: .air(try decode(data))
        case .relay: .relay(try decode(data))
        }
    }

    static func encode(_ record: some Encodable) -> Data {
        let encoder = JSONEncoder()
        encoder.keyEncodingStrategy = .convertToSnakeCase
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        do { return try encoder.encode(record) } catch {
            preconditionFailure("a record of texts and whole numbers is encoded: \(error)")
        }
    }

    static func decode<Record: Decodable>(_ data: Data) throws -> Record {
        let decoder = JSONDecoder()
        decoder.keyDecodingStrategy = .convertFromSnakeCase
        return try decoder.decode(Record.self, from: data)
    }

    /// Where a record is wrong.
    static func fault(_ error: any Error) -> String {
        func place(_ context: DecodingError.Context) -> String {
            context.codingPath.map(\.stringValue).joined(separator: ".")
        }
        return switch error {
        case DecodingError.keyNotFound(let key, let context):
            "'\(key.stringValue)' is missing\(context.codingPath.isEmpty ? "" : " in \(place(context))")"
        case DecodingError.typeMismatch(_, let context), DecodingError.valueNotFound(_, let context):
            "'\(place(context))' has another type"
        case DecodingError.dataCorrupted(let context):
            context.codingPath.isEmpty
                ? "it is not JSON, or a number in it is out of range" : "'\(place(context))' has an invalid value"
        default: "it cannot be read"
        }
    }
}
