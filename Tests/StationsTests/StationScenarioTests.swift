import Testing
import TickSimulation

@Suite("Simulated stations")
struct StationScenarioTests {
    @Test("what a station must keep holds in runs of every scenario", arguments: StationScenario.allCases)
    func holds(scenario: StationScenario) {
        var counts = StationCounts(), broken = 0
        for seed in UInt64(1)...8 {
            let (run, violation) = StationRun.run(scenario, seed: seed)
            counts = counts + run
            guard let violation else { continue }
            broken += 1
            if !scenario.isToBreak { Issue.record("\(violation)") }
        }
        // A scenario that breaks a premise on purpose shows that the checks see what it breaks.
        #expect(scenario.isToBreak == (broken > 0))
        #expect(counts.untested(in: scenario).isEmpty)
    }

    private static let found: [(scenario: StationScenario, seed: UInt64)] = [
        // The owner was suspended after the seam was chosen, and its end followed its own ticks.
        (.stationEverything, 1004),
        // A host used a fencing number again that the restored store had lost.
        (.storeRestored, 1026), (.storeRestored, 1093),
        // The restored store accepted a taking that was on its way, and another host had the channel.
        (.storeRestored, 2_009_882),
        // The target of a move died before the seam, and a third host began on its own earlier phase.
        (.stationEverything, 1_001_849), (.stationEverything, 1_007_533),
        // The target's session was off the seam's phase, and it began before the owner ended.
        (.stationEverything, 1_012_465), (.stationEverything, 1_023_305),
    ]

    @Test("runs that once found a fault find none")
    func regressions() {
        for (scenario, seed) in Self.found { #expect(StationRun.run(scenario, seed: seed).violation == nil) }
    }

    @Test("a trace is the run that is counted, and says it in words")
    func trace() {
        let traced = StationRun.trace(.stationEverything, seed: 3)
        let counted = StationRun.run(.stationEverything, seed: 3)
        #expect(traced.counts == counted.counts && traced.violation == counted.violation)
        #expect(traced.lines.contains { $0.contains(" writes channels/one/air: h") })
        #expect(traced.lines.contains { $0.contains(" fault: ") })
        // No value as Swift prints it.
        let dumped = /[A-Za-z]\(|Optional|Stations\./
        #expect(traced.lines.allSatisfy { !$0.contains(dumped) })
    }
}
