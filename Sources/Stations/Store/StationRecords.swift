/// A key of the station in the store, below `/tickrun/STATION/`.
package enum StationKey: Hashable, Sendable {
    case host(String)
    case tenure(String)
    case primary
    case ceiling
    case spec(String)
    case grid(String)
    case plan(String)
    case air(String)
    case relay(String)

    /// Whether other hosts wait for a change of the record, and so read all records when a watch shows one. A host
    /// rewrites its own record and the primary its ceiling all the time; nobody waits for those.
    package var isAwaited: Bool {
        switch self {
        case .host, .ceiling: false
        case .tenure, .primary, .spec, .grid, .plan, .air, .relay: true
        }
    }
}

/// The value of a key.
package enum StationValue: Hashable, Sendable {
    case host(HostRecord)
    case tenure(TenureRecord)
    case primary(PrimaryRecord)
    case ceiling(CeilingRecord)
    case spec(ChannelSpec)
    case grid(GridRecord)
    case plan(PlanRecord)
    case air(AirRecord)
    case relay(RelayRecord)
}

/// What a station asks its store: one step, done as a whole or not at all.
package struct StationTransaction: Hashable, Sendable {
    package struct Comparison: Hashable, Sendable {
        package let key: StationKey
        /// The revision of the key's last change; 0: the key is absent.
        package let revision: Int64
    }

    package struct Put: Hashable, Sendable {
        package let key: StationKey
        package let value: StationValue
    }

    package var comparisons: [Comparison] = []
    package var puts: [Put] = []
    /// Keys that are absent afterwards.
    package var deletes: [StationKey] = []
    /// Read at the same instant if the comparisons hold.
    package var gets: [StationKey] = []
    /// Read at the same instant if one of them does not hold.
    package var otherwise: [StationKey] = []

    package init() {}

    mutating func compare(_ key: StationKey, _ revision: Int64) {
        comparisons.append(Comparison(key: key, revision: revision))
    }

    mutating func put(_ key: StationKey, _ value: StationValue) { puts.append(Put(key: key, value: value)) }
    mutating func delete(_ key: StationKey) { deletes.append(key) }
}

/// All records of a station, read at one instant.
package struct StationRecords: Hashable, Sendable {
    package struct Channel: Hashable, Sendable {
        package var spec: Stored<ChannelSpec>?
        package var grid: Stored<GridRecord>?
        package var plan: Stored<PlanRecord>?
        package var air: Stored<AirRecord>?
        package var relay: Stored<RelayRecord>?

        package init() {}

        /// Whether an operator put it, and did not remove it. The air of a removed channel stays.
        package var exists: Bool { spec != nil || grid != nil || plan != nil || relay != nil }

        /// Keeps what was known of the records that cannot be read now.
        mutating func keep(_ known: Channel, where isDamaged: (StationKey) -> Bool, of name: String) {
            if isDamaged(.spec(name)) { spec = known.spec }
            if isDamaged(.grid(name)) { grid = known.grid }
            if isDamaged(.plan(name)) { plan = known.plan }
            if isDamaged(.air(name)) { air = known.air }
            if isDamaged(.relay(name)) { relay = known.relay }
        }
    }

    /// The store's revision at that instant.
    package var revision: Int64
    package var hosts: [String: Stored<HostRecord>] = [:]
    package var tenures: [String: Stored<TenureRecord>] = [:]
    package var primary: Stored<PrimaryRecord>?
    package var ceiling: Stored<CeilingRecord>?
    package var channels: [String: Channel] = [:]
    /// Keys whose records exist but cannot be read. They do not count as absent, because an absent record is an order
    /// to end.
    package var damaged: Set<StationKey> = []

    package init(revision: Int64) { self.revision = revision }

    /// Adds a record.
    package mutating func set(_ key: StationKey, _ value: StationValue, revision: Int64) {
        switch (key, value) {
        case (.host(let name), .host(let record)): hosts[name] = Stored(record, revision: revision)
        case (.tenure(let name), .tenure(let record)): tenures[name] = Stored(record, revision: revision)
        case (.primary, .primary(let record)): primary = Stored(record, revision: revision)
        case (.ceiling, .ceiling(let record)): ceiling = Stored(record, revision: revision)
        case (.spec(let name), .spec(let record)):
            channels[name, default: Channel()].spec = Stored(record, revision: revision)
        case (.grid(let name), .grid(let record)):
            channels[name, default: Channel()].grid = Stored(record, revision: revision)
        case (.plan(let name), .plan(let record)):
            channels[name, default: Channel()].plan = Stored(record, revision: revision)
        case (.air(let name), .air(let record)):
            channels[name, default: Channel()].air = Stored(record, revision: revision)
        case (.relay(let name), .relay(let record)):
            channels[name, default: Channel()].relay = Stored(record, revision: revision)
        default: preconditionFailure("a value of another kind stands at \(key)")
        }
    }

    /// Removes a record.
    package mutating func remove(_ key: StationKey) {
        switch key {
        case .host(let name): hosts[name] = nil
        case .tenure(let name): tenures[name] = nil
        case .primary: primary = nil
        case .ceiling: ceiling = nil
        case .spec(let name): channels[name]?.spec = nil
        case .grid(let name): channels[name]?.grid = nil
        case .plan(let name): channels[name]?.plan = nil
        case .air(let name): channels[name]?.air = nil
        case .relay(let name): channels[name]?.relay = nil
        }
        // A channel without records is not in the store.
        channels = channels.filter { $0.value != Channel() }
    }

    /// The value of a key; `nil`: it is absent.
    package func value(at key: StationKey) -> StationValue? {
        switch key {
        case .host(let name): hosts[name].map { .host($0.record) }
        case .tenure(let name): tenures[name].map { .tenure($0.record) }
        case .primary: primary.map { .primary($0.record) }
        case .ceiling: ceiling.map { .ceiling($0.record) }
        case .spec(let name): channels[name]?.spec.map { .spec($0.record) }
        case .grid(let name): channels[name]?.grid.map { .grid($0.record) }
        case .plan(let name): channels[name]?.plan.map { .plan($0.record) }
        case .air(let name): channels[name]?.air.map { .air($0.record) }
        case .relay(let name): channels[name]?.relay.map { .relay($0.record) }
        }
    }

    /// The revision of a key's last change; 0: the key is absent.
    package func revision(of key: StationKey) -> Int64 {
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

    /// Whether a host's generation is over: ended by another host, given up, or followed by another one.
    package func isOver(_ host: String, _ generation: Int64) -> Bool {
        guard let tenure = tenures[host]?.record else { return true }
        return tenure.generation > generation || tenure.generation == generation && tenure.state != .active
    }
}

/// The result of a request.
package enum StationAnswer: Hashable, Sendable {
    /// The comparisons held, and the puts were done at this revision. With it, what `gets` read.
    case accepted(StationRecords)
    /// A comparison failed: what `otherwise` read.
    case refused(StationRecords)
    /// There is no answer. The puts may have been done, or may be done later.
    case none

    /// The store's revision when it answered; `nil` without an answer.
    var revision: Int64? {
        switch self {
        case .accepted(let records), .refused(let records): records.revision
        case .none: nil
        }
    }
}
