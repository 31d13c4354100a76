import Foundation
import TestSupport
import Testing
import TickSimulation

@Suite("Simulated stations")
struct StationScenarioTests {
    @Test("what a station must keep holds in runs of every scenario", arguments: StationScenario.allCases)
    func holds(scenario: StationScenario) {
        let runs = UInt64(ProcessInfo.processInfo.environment["STATION_RUNS"] ?? "") ?? 40
        var counts = StationCounts(), broken = 0
        let begin = DispatchTime.now()
        for seed in 1...runs {
            let (run, violation) = StationRun.run(scenario, seed: seed)
            counts = counts + run
            guard let violation else { continue }
            broken += 1
            if !scenario.isToBreak {
                Issue.record("\(violation)")
                return
            }
        }
        let ms = (DispatchTime.now().uptimeNanoseconds - begin.uptimeNanoseconds) / 1_000_000
        print(scenario.rawValue, ms, "ms", counts)
        #expect(scenario.isToBreak == (broken > 0))
        #expect(counts.untested(in: scenario).isEmpty)
    }
}
