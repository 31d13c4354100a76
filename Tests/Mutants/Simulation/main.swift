// The scenarios of the simulation, some runs of each, until one fails: `simulation ITERATIONS`. Prints the name of
// the scenario that failed and exits with 1.

import Dispatch
import Glibc
import Synchronization
import TickSimulation

let iterations = CommandLine.arguments.dropFirst().first.flatMap { UInt64($0) } ?? 200
let next = Atomic<Int>(0)
let failed = Mutex<Scenario?>(nil)

/// Whether a run violates a property, or no run asserted a property that the scenario is for.
func fails(_ scenario: Scenario) -> Bool {
    var counts = SimulationCounts()
    for seed in 1...iterations {
        if failed.withLock({ $0 != nil }) { return false }
        do { counts = counts + (try SimulationRun.counts(scenario, seed: seed)) } catch { return true }
    }
    return !counts.untested(in: scenario).isEmpty
}

DispatchQueue.concurrentPerform(iterations: 2) { _ in
    while true {
        let place = next.wrappingAdd(1, ordering: .relaxed).oldValue
        guard place < Scenario.allCases.count, failed.withLock({ $0 == nil }) else { return }
        let scenario = Scenario.allCases[place]
        if fails(scenario) { failed.withLock { $0 = scenario } }
    }
}
if let scenario = failed.withLock({ $0 }) {
    print(scenario.rawValue)
    exit(1)
}
