import Testing
import TestSupport
import TickSimulation

@Suite("The cluster clock in simulation")
struct SimulationTests {
    @Test("every scenario holds, and asserts its own property", arguments: Scenario.allCases)
    func scenarios(scenario: Scenario) throws {
        let seed = SeededGenerator().seed
        print("\(scenario.rawValue): seed \(seed)")
        var sum = SimulationCounts()
        for run in 0..<UInt64(20) { sum = sum + (try SimulationRun.counts(scenario, seed: seed + run)) }
        for (name, property) in sum.all where scenario.required.contains(name) {
            #expect(property.held > 0, "\(name), seed \(seed)")
        }
        #expect(scenario.required.allSatisfy { name in sum.all.contains { $0.name == name } })
    }

    @Test("a seed gives the same events twice, with and without their recording; another seed gives others")
    func repeatable() {
        for scenario in Scenario.allCases {
            let first = SimulationRun.trace(scenario, seed: 7), again = SimulationRun.trace(scenario, seed: 7)
            #expect(first.lines == again.lines && first.counts == again.counts)
            #expect((try? SimulationRun.counts(scenario, seed: 7)) == first.counts)
            #expect(SimulationRun.trace(scenario, seed: 8).lines != first.lines)
        }
    }

    @Test("every run of a scenario does what its name promises")
    func promises() {
        let promised: [(Scenario, [String])] = [
            (.clockDrift, ["the oscillator of host"]), (.clockNTPFailure, ["100 % of the messages are lost"]),
            (
                .clockBackwardJump,
                ["the UTC of host", "no message of host", "is to lead a new view", "finds its UTC set by"]
            ),
            (.epochExpiry, ["no message of host", "closes its window without"]), (.lyingMinority, [" lies: "]),
            (.suspend, ["is suspended", "finds that it slept"]), (.slew, ["are slewed by", "off the raw oscillator"]),
            (.leapSecond, ["a leap second", "finds a leap second"]),
            (.rollingRestart, ["restarts with its UTC", "restarted"]),
            (.extremeLiar, [" lies: "]), (.twoPrimaries, ["is to lead a new view", "notPrimary"]),
            (.replay, ["refuses a reply"]),
        ]
        for (scenario, texts) in promised {
            for seed in UInt64(1)...10 {
                let lines = SimulationRun.trace(scenario, seed: seed).lines
                for text in texts {
                    let isThere =
                        lines.contains { $0.contains(text) }
                        || (text == "notPrimary" && lines.contains { $0.contains("leadership token") })
                    #expect(isThere, "\(scenario.rawValue), seed \(seed): \(text)")
                }
            }
        }
    }
}
