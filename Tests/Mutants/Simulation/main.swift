// The scenarios of the simulation, some runs of each, until one fails: `simulation ITERATIONS SUBJECT`. Those of
// stations take longer: a tenth as many. Prints the name of the scenario that failed and exits with 1.

import Dispatch
import Glibc
import Synchronization
import TickSimulation

guard CommandLine.arguments.count == 3, let iterations = UInt64(CommandLine.arguments[1]) else {
    fatalError("simulation ITERATIONS SUBJECT")
}
let next = Atomic<Int>(0)
let failed = Mutex<String?>(nil)

/// Whether a run violates a property, or no run asserted a property that the scenario is for.
@Sendable func fails(_ scenario: Scenario) -> Bool {
    var counts = SimulationCounts()
    for seed in 1...iterations {
        if failed.withLock({ $0 != nil }) { return false }
        do { counts = counts + (try SimulationRun.counts(scenario, seed: seed)) } catch { return true }
    }
    return !counts.untested(in: scenario).isEmpty
}

/// The same of a station; one that is to violate a property fails if it did not.
@Sendable func fails(_ scenario: StationScenario) -> Bool {
    var counts = StationCounts(), isBroken = false
    for seed in 1...max(1, iterations / 10) {
        if failed.withLock({ $0 != nil }) { return false }
        let (run, violation) = StationRun.run(scenario, seed: seed)
        counts = counts + run
        if violation != nil {
            if !scenario.isToBreak { return true }
            isBroken = true
        }
    }
    return scenario.isToBreak != isBroken || !counts.untested(in: scenario).isEmpty
}

let checks: [(name: String, fails: @Sendable () -> Bool)] =
    CommandLine.arguments[2] == "Stations"
    ? StationScenario.allCases.map { scenario in (scenario.rawValue, { fails(scenario) }) }
    : Scenario.allCases.map { scenario in (scenario.rawValue, { fails(scenario) }) }

DispatchQueue.concurrentPerform(iterations: 2) { _ in
    while true {
        let place = next.wrappingAdd(1, ordering: .relaxed).oldValue
        guard place < checks.count, failed.withLock({ $0 == nil }) else { return }
        if checks[place].fails() { failed.withLock { $0 = checks[place].name } }
    }
}
if let scenario = failed.withLock({ $0 }) {
    print(scenario)
    exit(1)
}
