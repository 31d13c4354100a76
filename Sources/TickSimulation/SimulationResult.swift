/// What was asserted, how often, and how often its premise held. For a scenario, the sums over its runs.
package struct SimulationCounts: Hashable, Sendable {
    /// A property: how often it was looked at, and how often its premise held, so that it was asserted.
    package struct Property: Hashable, Sendable {
        package internal(set) var looked: Int64 = 0
        package internal(set) var held: Int64 = 0

        mutating func look(_ holds: Bool) {
            looked += 1
            if holds { held += 1 }
        }

        static func + (a: Property, b: Property) -> Property {
            Property(looked: a.looked + b.looked, held: a.held + b.held)
        }
    }

    /// Nothing, yet.
    package init() {}

    package internal(set) var events: Int64 = 0
    package internal(set) var reads: Int64 = 0
    package internal(set) var agreements: Int64 = 0
    /// True UTC lies within the published bound; premise: no more lies than are tolerated, no drift beyond ρ.
    package internal(set) var utcBound = Property()
    /// Cluster times of two nodes lie within their skew intervals; premise: they share an honest clock.
    package internal(set) var skew = Property()
    /// Stamps never fall within a view, nor below the floor; premise: none, once there is a stamp.
    package internal(set) var stamps = Property()
    /// Stamps that were committed never fall across views.
    package internal(set) var committed = Property()
    /// A token that is not the highest seen stamps nothing.
    package internal(set) var deposed = Property()
    /// A healthy node agrees within 10 s.
    package internal(set) var agreesInTime = Property()
    /// No host is disrupted by what happens to others; premise: nothing happened to its own clocks.
    package internal(set) var undisturbed = Property()
    /// A disturbed cluster agrees again once all is calm; premise: all faults are at least 14 s in the past.
    package internal(set) var recovers = Property()
    /// A disturbance of a node's clocks is reported within 1 s.
    package internal(set) var reported = Property()
    /// A clock that drifts beyond the bound is found inconsistent with itself; "held" counts the runs in which it was
    /// found: a small drift stays within the uncertainty of the delays.
    package internal(set) var driftFound = Property()
    /// An epoch is not used beyond its length; looked at whenever there is one, held at its very end.
    package internal(set) var expiry = Property()
    /// Clocks too far apart for any majority agree on nothing.
    package internal(set) var noAgreement = Property()

    /// The properties of `scenario` whose premises never held: the runs did not test them.
    package func untested(in scenario: Scenario) -> [String] {
        all.filter { scenario.required.contains($0.name) && $0.property.held == 0 }.map(\.name)
    }

    package static func + (a: SimulationCounts, b: SimulationCounts) -> SimulationCounts {
        var sum = a
        sum.events += b.events
        sum.reads += b.reads
        sum.agreements += b.agreements
        for path in properties.map(\.path) { sum[keyPath: path] = a[keyPath: path] + b[keyPath: path] }
        return sum
    }

    /// Every property with its name, in the order of reports.
    static let properties: [(name: String, path: any WritableKeyPath<SimulationCounts, Property> & Sendable)] = [
        ("utc_bound", \.utcBound), ("skew", \.skew), ("stamps", \.stamps), ("committed", \.committed),
        ("deposed", \.deposed), ("agrees_in_time", \.agreesInTime), ("undisturbed", \.undisturbed),
        ("recovers", \.recovers),
        ("reported", \.reported), ("drift_found", \.driftFound), ("expiry", \.expiry),
        ("no_agreement", \.noAgreement),
    ]

    /// Every property with its name and its counts, in the order of reports.
    package var all: [(name: String, property: Property)] { Self.properties.map { ($0.name, self[keyPath: $0.path]) } }
}

/// A property that did not hold.
package struct SimulationViolation: Error, Hashable, Sendable, CustomStringConvertible {
    package let scenario: Scenario
    package let seed: UInt64
    /// True time since the beginning, in ns.
    package let time: Int64
    package let text: String

    package var description: String { "\(scenario.rawValue), seed \(seed), at \(time) ns: \(text)" }
}
