import TickSimulation

/// A scenario of the simulation, of either kind.
enum AnyScenario: RawRepresentable, CaseIterable, Sendable {
    case cluster(Scenario)
    case station(StationScenario)

    static let clusters = Scenario.allCases.map(AnyScenario.cluster)
    static let stations = StationScenario.allCases.map(AnyScenario.station)
    static let allCases = clusters + stations

    init?(rawValue: String) {
        guard let scenario = Self.allCases.first(where: { $0.rawValue == rawValue }) else { return nil }
        self = scenario
    }

    var rawValue: String {
        switch self {
        case .cluster(let scenario): scenario.rawValue
        case .station(let scenario): scenario.rawValue
        }
    }

    var kind: String {
        switch self {
        case .cluster: "cluster"
        case .station: "station"
        }
    }

    /// Whether its runs must violate a property.
    var isToBreak: Bool {
        switch self {
        case .cluster: false
        case .station(let scenario): scenario.isToBreak
        }
    }

    /// One run; `lines`: its events, if they are asked for.
    func run(seed: UInt64, traces: Bool = false) -> (lines: [String], counts: AnyCounts, violation: String?) {
        switch self {
        case .cluster(let scenario) where traces:
            let (lines, counts, violation) = SimulationRun.trace(scenario, seed: seed)
            return (lines, .cluster(counts), violation?.description)
        case .cluster(let scenario):
            do throws(SimulationViolation) {
                return ([], .cluster(try SimulationRun.counts(scenario, seed: seed)), nil)
            } catch { return ([], .cluster(SimulationCounts()), error.description) }
        case .station(let scenario) where traces:
            let (lines, counts, violation) = StationRun.trace(scenario, seed: seed)
            return (lines, .station(counts), violation?.description)
        case .station(let scenario):
            let (counts, violation) = StationRun.run(scenario, seed: seed)
            return ([], .station(counts), violation?.description)
        }
    }
}

/// What was counted in the runs of a scenario.
enum AnyCounts: Sendable {
    case cluster(SimulationCounts)
    case station(StationCounts)

    /// The counts before any run.
    init(of scenario: AnyScenario) {
        switch scenario {
        case .cluster: self = .cluster(SimulationCounts())
        case .station: self = .station(StationCounts())
        }
    }

    /// - Precondition: both are of one kind.
    static func + (a: AnyCounts, b: AnyCounts) -> AnyCounts {
        switch (a, b) {
        case (.cluster(let a), .cluster(let b)): return .cluster(a + b)
        case (.station(let a), .station(let b)): return .station(a + b)
        default: preconditionFailure("counts of a cluster and of a station have no sum")
        }
    }

    var events: Int64 {
        switch self {
        case .cluster(let counts): counts.events
        case .station(let counts): counts.events
        }
    }

    /// The other counts, under the names of the JSON.
    var figures: [(member: String, count: Int64)] {
        switch self {
        case .cluster(let counts): [("reads", counts.reads), ("agreements", counts.agreements)]
        case .station(let counts):
            [
                ("deliveries", counts.deliveries), ("unfenced_deliveries", counts.unfenced), ("moves", counts.moves),
                ("new_fencing_numbers", counts.newFencingNumbers), ("stamps", counts.stamps),
                ("stamps_refused_at_ceiling", counts.refusedAtCeiling), ("view_changes", counts.views),
            ]
        }
    }

    /// The figures that a table shows, with their nouns.
    var shown: [(noun: String, count: Int64)] {
        switch self {
        case .cluster(let counts): [("agreement", counts.agreements)]
        case .station(let counts):
            [
                ("move", counts.moves), ("new fencing number", counts.newFencingNumbers), ("view change", counts.views),
                ("delivered tick", counts.deliveries), ("stamp", counts.stamps),
            ]
        }
    }

    /// Every property with its name, in the order of reports.
    var properties: [(name: String, property: SimulationCounts.Property)] {
        switch self {
        case .cluster(let counts): counts.all
        case .station(let counts): counts.all
        }
    }

    /// Properties that the scenario is for, and that were never asserted.
    func untested(in scenario: AnyScenario) -> [String] {
        switch (self, scenario) {
        case (.cluster(let counts), .cluster(let scenario)): counts.untested(in: scenario)
        case (.station(let counts), .station(let scenario)): counts.untested(in: scenario)
        default: preconditionFailure("counts of another kind")
        }
    }
}
