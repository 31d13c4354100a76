package import Stations

/// The station's store in a simulation: one linearizable map with revisions, as etcd is one.
package struct SimulatedStore: Sendable {
    /// All records, at this instant.
    package private(set) var records = StationRecords(revision: 1)

    package init() {}

    /// Carries out a transaction, as a whole or not at all.
    package mutating func apply(_ transaction: StationTransaction) -> StationAnswer {
        let holds = transaction.comparisons.allSatisfy { records.revision(of: $0.key) == $0.revision }
        guard holds else { return .refused(read(transaction.otherwise)) }
        // etcd counts a revision only if something changed.
        if !transaction.puts.isEmpty || transaction.deletes.contains(where: { records.value(at: $0) != nil }) {
            records.revision += 1
            for put in transaction.puts { records.set(put.key, put.value, revision: records.revision) }
            for key in transaction.deletes { records.remove(key) }
        }
        return .accepted(read(transaction.gets))
    }

    /// Writes a key without any condition.
    package mutating func put(_ key: StationKey, _ value: StationValue) {
        records.revision += 1
        records.set(key, value, revision: records.revision)
    }

    private func read(_ keys: [StationKey]) -> StationRecords {
        var read = StationRecords(revision: records.revision)
        for key in keys {
            switch key {
            case .host(let name): read.hosts[name] = records.hosts[name]
            case .ceiling: read.ceiling = records.ceiling
            default: preconditionFailure("no transaction of a station reads \(key)")
            }
        }
        return read
    }
}
