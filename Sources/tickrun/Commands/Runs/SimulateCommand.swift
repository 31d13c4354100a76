import ChannelRun
import Dispatch
import Foundation
import Synchronization
import TickLinux
import TickReports
import TickSimulation
import TickTime

/// Simulates clusters, and checks the properties that a real one must have.
enum SimulateCommand: Command {
    static let name = "simulate"
    static let summary = "run the cluster clock against seeded faults, and check what it publishes"
    static let operands = ""
    static let discussion = """
        Runs the cluster clock of simulated hosts, with seeded clocks and a seeded network, and
        holds every read of every host to the truth. The same seed gives the same run, to the
        byte, whatever --jobs is.

        With --scenario and one iteration everything that happened is printed, a line each, in
        nanoseconds of true time: what led to a violation, if there was one. With more, or with
        --all, a table: for each property how often it was looked at and how often its premise
        held. A property is checked only while its premise holds. If the premise of a property
        that the scenario is for never held, then the scenario fails, as after a violation (exit
        1).

        Scenarios: healthy, clock-drift, clock-offset-exceeded, clock-ntp-failure,
        clock-backward-jump, epoch-expiry, asymmetric-routes, lying-minority, replay, suspend,
        slew, leap-second, rolling-restart, two-primaries, everything, extreme-liar.

        With --json, one object a scenario: scenario, seed, iterations, events, reads, agreements,
        violations, first_violation, passed, and for each property looked and held.
        """
    static let options: [CommandOption] = [
        CommandOption("--scenario", .required("S"), "one kind of trouble"),
        CommandOption("--all", .none, "every scenario"),
        CommandOption("--iterations", .required("N"), "runs of each scenario, 1 to 100000000 (default 1; --all: 100)"),
        CommandOption("--seed", .required("FIRST"), "of the first run; the others follow (default 1)"),
        CommandOption("--jobs", .required("J"), "threads, 1 to 256 (default: the host's processors)"),
        .json,
    ]
    static let examples = [
        "tickrun simulate --scenario clock-drift --seed 41",
        "tickrun simulate --all --iterations 1000",
    ]

    static func run(_ arguments: Arguments) throws(RunFailure) -> ExitCode {
        try arguments.refuseOperands(after: 0)
        let chosen: Scenario? = try arguments.choice("--scenario")
        let isAll = arguments.has("--all")
        guard (chosen != nil) != isAll else { throw arguments.failure("give --scenario S or --all") }
        let iterations = try arguments.integer("--iterations", in: 1...100_000_000) ?? (isAll ? 100 : 1)
        let seed = try arguments.integer("--seed", in: 0...Int64.max - 100_000_000) ?? 1
        let jobs =
            try arguments.integer("--jobs", in: 1...256).map(Int.init)
            ?? max(1, ProcessInfo.processInfo.activeProcessorCount)
        if let chosen, iterations == 1 { return try trace(chosen, seed: UInt64(seed), arguments.wantsJSON) }
        var reports: [ScenarioOutcome] = []
        for scenario in chosen.map({ [$0] }) ?? Scenario.allCases {
            reports.append(
                ScenarioOutcome.run(scenario, seed: UInt64(seed), iterations: iterations, jobs: jobs))
        }
        try Output.writing { output throws(RunFailure) in
            if arguments.wantsJSON {
                for report in reports { try output.line(report.json) }
            } else {
                for line in ScenarioOutcome.table(reports) { try output.row(line) }
            }
        }
        return reports.allSatisfy(\.isPassed) ? .good : .badVerdict
    }

    /// One run, event by event.
    private static func trace(_ scenario: Scenario, seed: UInt64, _ wantsJSON: Bool) throws(RunFailure) -> ExitCode {
        let (lines, counts, violation) = SimulationRun.trace(scenario, seed: seed)
        let report = ScenarioOutcome(
            scenario: scenario, seed: seed, iterations: 1, counts: counts, violations: violation == nil ? 0 : 1,
            first: violation)
        try Output.writing { output throws(RunFailure) in
            if wantsJSON { return try output.line(report.json) }
            for line in lines { try output.row(line) }
            try output.line("")
            for line in ScenarioOutcome.table([report]) { try output.row(line) }
        }
        // A single run fails only for its violations, not for properties that it did not test.
        return violation == nil ? .good : .badVerdict
    }
}

/// The results of a scenario's runs.
private struct ScenarioOutcome: Sendable {
    let scenario: Scenario
    let seed: UInt64
    let iterations: Int64
    var counts = SimulationCounts()
    var violations: Int64 = 0
    /// That of the lowest seed.
    var first: SimulationViolation?

    /// Properties that the scenario is for, and that were never asserted.
    var untested: [String] { counts.untested(in: scenario) }

    var isPassed: Bool { violations == 0 && (iterations == 1 || untested.isEmpty) }

    static func run(_ scenario: Scenario, seed: UInt64, iterations: Int64, jobs: Int) -> ScenarioOutcome {
        let begin = HostClock.monotonic()
        let next = Atomic<Int64>(0)
        let sum = Mutex(ScenarioOutcome(scenario: scenario, seed: seed, iterations: iterations))
        let progress = SimulationProgress(scenario, iterations)
        let chunk: Int64 = 64
        DispatchQueue.concurrentPerform(iterations: jobs) { _ in
            while true {
                let from = next.wrappingAdd(chunk, ordering: .relaxed).oldValue
                guard from < iterations else { return }
                var own = ScenarioOutcome(scenario: scenario, seed: seed, iterations: iterations)
                for iteration in from..<min(from + chunk, iterations) {
                    do throws(SimulationViolation) {
                        let counts = try SimulationRun.counts(scenario, seed: seed &+ UInt64(iteration))
                        own.counts = own.counts + counts
                    } catch { own.add(error) }
                }
                sum.withLock { sum in
                    sum.counts = sum.counts + own.counts
                    sum.violations += own.violations
                    if let found = own.first { sum.keep(found) }
                }
                progress.advance(to: min(from + chunk, iterations))
            }
        }
        progress.finish()
        let report = sum.withLock { $0 }
        let seconds = max(1e-9, Double((HostClock.monotonic() - begin).count) / 1e9)
        Commentary.say(
            "\(scenario.rawValue): \(Quantity.counted(iterations, "iteration")), \(Int64(Double(iterations) / seconds)) a second "
                + "on \(Quantity.counted(Int64(jobs), "thread")), "
                + "\(Quantity.counted(report.counts.events / iterations, "event")) an iteration, "
                + Quantity.counted(report.violations, "violation"))
        return report
    }

    private mutating func add(_ violation: SimulationViolation) {
        violations += 1
        keep(violation)
    }

    private mutating func keep(_ violation: SimulationViolation) {
        if let first, first.seed <= violation.seed { return }
        first = violation
    }

    /// The last events before a violation.
    private static let eventsShown = 20

    static func table(_ reports: [ScenarioOutcome]) -> [String] {
        var lines: [String] = []
        for report in reports {
            let verdict = report.isPassed ? "PASS" : "FAIL"
            lines.append(
                "\(verdict)  \(report.scenario.rawValue): \(Quantity.counted(report.iterations, "iteration")) from seed "
                    + "\(report.seed), \(Quantity.counted(report.counts.events / report.iterations, "event")) each, "
                    + "\(Quantity.counted(report.counts.agreements, "agreement")), "
                    + Quantity.counted(report.violations, "violation"))
            for (name, property) in report.counts.all where property.looked > 0 {
                let never = property.held == 0 ? " (its premise never held)" : ""
                lines.append(
                    "      \(name.padded(to: 16)) checked \(property.held) of \(property.looked) times\(never)")
            }
            for name in report.untested where report.iterations > 1 {
                lines.append("      \(name) was never checked: the scenario does not test it")
            }
            if let first = report.first {
                lines.append("      first: \(first)")
                lines.append(
                    "      again: tickrun simulate --scenario \(report.scenario.rawValue) --seed \(first.seed)")
                guard report.iterations > 1 else { continue }
                let events = SimulationRun.trace(report.scenario, seed: first.seed).lines
                lines += events.suffix(eventsShown).map { "        \($0)" }
            }
        }
        return lines
    }

    var json: JSONText {
        var json = JSONText()
        json.object { json in
            json.member("schema", "tickrun/simulation/1")
            json.member("scenario", scenario.rawValue)
            json.member("seed", Int64(clamping: seed))
            json.member("iterations", iterations)
            json.member("events", counts.events)
            json.member("reads", counts.reads)
            json.member("agreements", counts.agreements)
            json.member("violations", violations)
            json.member("first_violation", first?.description)
            json.member("passed", isPassed)
            json.object("properties") { json in
                for (name, property) in counts.all {
                    json.object(name) { json in
                        json.member("looked", property.looked)
                        json.member("held", property.held)
                    }
                }
            }
        }
        return json
    }
}

/// The progress of a scenario's runs, on a terminal.
private final class SimulationProgress: Sendable {
    private let state: Mutex<(progress: RunProgress, most: Int64)>
    private let scenario: Scenario
    private let iterations: Int64
    private let isShown = RunProgress.isPossible

    init(_ scenario: Scenario, _ iterations: Int64) {
        self.scenario = scenario
        self.iterations = iterations
        state = Mutex((RunProgress(), 0))
    }

    func advance(to done: Int64) {
        guard isShown else { return }
        state.withLock { state in
            state.most = max(state.most, done)
            let now = HostClock.monotonic()
            guard state.progress.isDue(at: now) else { return }
            state.progress.paint("\(scenario.rawValue): \(state.most) of \(iterations)", at: now)
        }
    }

    func finish() {
        guard isShown else { return }
        state.withLock { $0.progress.clear() }
    }
}
