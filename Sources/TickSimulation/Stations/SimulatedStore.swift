import Stations

/// The station's store in a simulation: one linearizable map with revisions, as etcd is one.
struct SimulatedStore {
    private(set) var revision: Int64 = 1
    private var values: [StationKey: (value: StationValue, revision: Int64)] = [:]

    /// Carries out a transaction, as a whole or not at all.
    mutating func apply(_ transaction: StationTransaction) -> StationAnswer {
        let holds = transaction.comparisons.allSatisfy { (values[$0.key]?.revision ?? 0) == $0.revision }
        guard holds else { return .refused(read(transaction.otherwise)) }
        if !transaction.puts.isEmpty {
            revision += 1
            for put in transaction.puts { values[put.key] = (put.value, revision) }
        }
        return .accepted(read(transaction.gets))
    }

    /// Writes a key without any condition.
    mutating func put(_ key: StationKey, _ value: StationValue) {
        revision += 1
        values[key] = (value, revision)
    }

    func value(_ key: StationKey) -> (value: StationValue, revision: Int64)? { values[key] }

    /// All records, at this instant.
    func readAll() -> StationRecords {
        var records = StationRecords(revision: revision)
        for (key, stored) in values { records.set(key, stored.value, revision: stored.revision) }
        return records
    }

    private func read(_ keys: [StationKey]) -> StationRecords {
        var records = StationRecords(revision: revision)
        for key in keys {
            if let stored = values[key] { records.set(key, stored.value, revision: stored.revision) }
        }
        return records
    }
}
