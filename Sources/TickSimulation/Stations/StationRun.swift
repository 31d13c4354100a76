/// A property of a station that did not hold.
package struct StationViolation: Error, Hashable, Sendable, CustomStringConvertible {
    package let scenario: StationScenario
    package let seed: UInt64
    /// True time since the beginning, in ns.
    package let time: Int64
    package let text: String

    package var description: String { "\(scenario.rawValue), seed \(seed), at \(time) ns: \(text)" }
}

/// Runs of simulated stations.
package enum StationRun {
    package static func run(
        _ scenario: StationScenario, seed: UInt64
    ) -> (counts: StationCounts, violation: StationViolation?) {
        let (_, counts, violation) = run(scenario, seed: seed, traces: false)
        return (counts, violation)
    }

    /// A run with everything that happened, a line each.
    package static func trace(
        _ scenario: StationScenario, seed: UInt64
    ) -> (lines: [String], counts: StationCounts, violation: StationViolation?) {
        run(scenario, seed: seed, traces: true)
    }

    private static func run(
        _ scenario: StationScenario, seed: UInt64, traces: Bool
    ) -> (lines: [String], counts: StationCounts, violation: StationViolation?) {
        var world = StationWorld(scenario, seed: seed, traces: traces)
        world.run()
        let violation = world.violations.first.map {
            StationViolation(scenario: scenario, seed: seed, time: world.now, text: $0)
        }
        return (world.trace ?? [], world.counts, violation)
    }
}
