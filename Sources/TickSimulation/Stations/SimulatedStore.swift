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
        if !transaction.puts.isEmpty {
            records.revision += 1
            for put in transaction.puts { records.set(put.key, put.value, revision: records.revision) }
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

extension StationRecords {
    /// The revision of a key's last change; 0: the key is absent.
    fileprivate func revision(of key: StationKey) -> Int64 {
        switch key {
        case .host(let name): hosts[name]?.revision ?? 0
        case .tenure(let name): tenures[name]?.revision ?? 0
        case .primary: primary?.revision ?? 0
        case .ceiling: ceiling?.revision ?? 0
        case .spec(let name): channels[name]?.spec?.revision ?? 0
        case .grid(let name): channels[name]?.grid?.revision ?? 0
        case .plan(let name): channels[name]?.plan?.revision ?? 0
        case .air(let name): channels[name]?.air?.revision ?? 0
        case .relay(let name): channels[name]?.relay?.revision ?? 0
        }
    }
}
