import TestSupport
import Testing
import TickSimulation

@Suite("tickrun simulate")
struct SimulateCommandTests {
    struct Report: Decodable {
        struct Property: Decodable {
            let looked: Int64
            let held: Int64
        }
        let scenario: String
        let iterations: Int64
        let events: Int64
        let kind: String
        let agreements: Int64?
        let deliveries: Int64?
        let moves: Int64?
        let expectsViolations: Bool
        let violations: Int64
        let firstViolation: String?
        let passed: Bool
        let properties: [String: Property]
    }

    @Test(
        "the same seeds print the same bytes, twice and with one thread as with two",
        arguments: [("everything", "70"), ("station-everything", "6")])
    func deterministic(scenario: String, iterations: String) async throws {
        var printed: Set<String> = []
        for jobs in ["1", "2", "1", "2"] {
            for format in [[], ["--json"]] {
                var process = RunProcess.tickrun(
                    ["simulate", "--scenario", scenario, "--iterations", iterations, "--seed", "3", "--jobs", jobs]
                        + format)
                process.timeout = 120
                let result = try await process.run()
                #expect(result.exitCode == 0, "\(result.standardOutput)")
                printed.insert(result.standardOutput)
            }
        }
        #expect(printed.count == 2)
    }

    @Test("one run is printed event by event, the same each time, with its counts at the end")
    func trace() async throws {
        let words = ["simulate", "--scenario", "clock-drift", "--seed", "41"]
        let first = try await RunProcess.tickrun(words).run(), again = try await RunProcess.tickrun(words).run()
        #expect(first.exitCode == 0 && first.standardOutput == again.standardOutput)
        #expect(first.lines.contains { $0.contains(" fault: the oscillator of host ") && $0.hasSuffix(" ppb") })
        #expect(first.lines.contains { $0.contains(" agrees with a majority, ") && $0.contains(": allowance ") })
        // Words alone, and no values as Swift prints them.
        let dumped = /[A-Za-z]\(|Optional|ClusterClock\./
        #expect(first.lines.allSatisfy { $0.hasPrefix("      ") || !$0.contains(dumped) })
        #expect(first.lines.contains { $0.hasPrefix("PASS  clock-drift: 1 iteration from seed 41") })
        #expect(
            first.lines.contains { $0.contains(" checked 0 of ") && $0.hasSuffix(" times (its premise never held)") })
    }

    @Test(
        "one run of a station is printed in words, the same in every process",
        arguments: ["rolling-upgrade", "station-everything", "planned-move"])
    func stationTrace(scenario: String) async throws {
        let words = ["simulate", "--scenario", scenario, "--seed", "2"]
        // Dictionaries have another order in each process: none of it may be seen.
        var printed: Set<String> = []
        for _ in 0..<4 {
            let result = try await RunProcess.tickrun(words).run()
            #expect(result.exitCode == 0)
            printed.insert(result.standardOutput)
        }
        let text = try #require(printed.count == 1 ? printed.first : nil)
        #expect(text.contains(" writes channels/one/air: h") && text.contains(" fault: "))
        #expect(text.contains("PASS  \(scenario): 1 iteration from seed 2"))
        #expect(text.contains(" new fencing number") && text.contains("exclusive        checked "))
    }

    @Test("a scenario that breaks a premise passes if that was seen, and says so")
    func broken() async throws {
        var process = RunProcess.tickrun(
            "simulate", "--scenario", "clock-beyond-rho", "--iterations", "8", "--seed", "1")
        process.timeout = 120
        let result = try await process.run()
        #expect(result.exitCode == 0)
        #expect(result.lines.contains { $0.hasPrefix("PASS  clock-beyond-rho: 8 iterations") })
        #expect(result.lines.contains { $0.hasSuffix("breaks a premise on purpose, and that was seen") })
    }

    @Test("the help names every scenario")
    func help() async throws {
        let help = try await RunProcess.tickrun("help", "simulate").run().standardOutput
        for scenario in Scenario.allCases { #expect(help.contains(scenario.rawValue)) }
        for scenario in StationScenario.allCases { #expect(help.contains(scenario.rawValue)) }
    }

    @Test("--all runs every scenario of both kinds, --stations those of stations")
    func both() async throws {
        for (option, kinds) in [("--all", ["cluster", "station"]), ("--stations", ["station"])] {
            var process = RunProcess.tickrun("simulate", option, "--iterations", "1", "--json")
            process.timeout = 120
            let result = try await process.run()
            let reports = try result.objects(schema: "tickrun/simulation/1", as: Report.self)
            let stations = reports.filter { $0.kind == "station" }
            #expect(Set(reports.map(\.kind)) == Set(kinds) && stations.count == StationScenario.allCases.count)
            #expect(stations.allSatisfy { $0.events > 0 && ($0.deliveries ?? 0) > 0 && $0.agreements == nil })
            #expect(stations.filter(\.expectsViolations).map(\.scenario) == ["clock-beyond-rho"])
            let move = try #require(stations.first { $0.scenario == "planned-move" })
            #expect((move.moves ?? 0) > 0 && (move.properties["nothing_lost"]?.held ?? 0) > 0 && move.passed)
        }
    }

    @Test("--clusters runs every scenario of clusters, one JSON object each, with how often each premise held")
    func all() async throws {
        var process = RunProcess.tickrun("simulate", "--clusters", "--iterations", "10", "--json")
        process.timeout = 120
        let result = try await process.run()
        let reports = try result.objects(schema: "tickrun/simulation/1", as: Report.self)
        #expect(result.exitCode == 0 && reports.count == Scenario.allCases.count)
        #expect(reports.allSatisfy { $0.passed && $0.violations == 0 && $0.firstViolation == nil })
        #expect(reports.allSatisfy { $0.iterations == 10 && $0.events > 0 })
        let healthy = try #require(reports.first { $0.scenario == "healthy" })
        #expect((healthy.agreements ?? 0) > 0 && (healthy.properties["utc_bound"]?.held ?? 0) > 0)
        #expect(result.standardError.contains("a second on"))
    }

    @Test(
        "what cannot be run is refused by name",
        arguments: [
            ([], "--scenario"), (["--scenario", "clock-drif"], "clock-drift"),
            (["--scenario", "slew", "--all"], "--all"), (["--all", "--iterations", "0"], "--iterations"),
            (["--all", "--jobs", "0"], "--jobs"), (["slew"], "slew"), (["--all", "--stations"], "--stations"),
            (["--scenario", "planned-mov"], "planned-move"),
        ])
    func refusals(words: [String], named: String) async throws {
        let result = try await RunProcess.tickrun(["simulate"] + words).run()
        #expect(result.exitCode == 2 && result.standardOutput.isEmpty)
        #expect(result.standardError.contains(named), "\(result.standardError)")
    }
}
