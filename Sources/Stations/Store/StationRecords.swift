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
}

/// What stands at a key.
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
    /// Read at the same instant if the comparisons hold.
    package var gets: [StationKey] = []
    /// Read at the same instant if one of them does not hold.
    package var otherwise: [StationKey] = []

    package init() {}

    mutating func compare(_ key: StationKey, _ revision: Int64) {
        comparisons.append(Comparison(key: key, revision: revision))
    }

    mutating func put(_ key: StationKey, _ value: StationValue) { puts.append(Put(key: key, value: value)) }
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
    }

    /// The store's revision at that instant.
    package var revision: Int64
    package var hosts: [String: Stored<HostRecord>] = [:]
    package var tenures: [String: Stored<TenureRecord>] = [:]
    package var primary: Stored<PrimaryRecord>?
    package var ceiling: Stored<CeilingRecord>?
    package var channels: [String: Channel] = [:]

    package init(revision: Int64) { self.revision = revision }

    /// Enters a record.
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

    /// Whether a host's generation is over: ended by another host, given up, or followed by another one.
    package func isOver(_ host: String, _ generation: Int64) -> Bool {
        guard let tenure = tenures[host]?.record else { return true }
        return tenure.generation > generation || tenure.generation == generation && tenure.state != .active
    }
}

/// What a request came to.
package enum StationAnswer: Hashable, Sendable {
    /// The comparisons held, and the puts were done at this revision. With it, what `gets` read.
    case accepted(StationRecords)
    /// A comparison failed: what `otherwise` read.
    case refused(StationRecords)
    /// There is no answer. The puts may have been done, or may be done later.
    case none
}
