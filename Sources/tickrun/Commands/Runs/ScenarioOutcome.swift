import ChannelRun
import Dispatch
import Synchronization
import TickLinux
import TickReports
import TickSimulation
import TickTime

/// The results of a scenario's runs.
struct ScenarioOutcome: Sendable {
    let scenario: AnyScenario
    let seed: UInt64
    let iterations: Int64
    var counts: AnyCounts
    var violations: Int64 = 0
    /// That of the lowest seed.
    var first: (seed: UInt64, text: String)?

    init(_ scenario: AnyScenario, seed: UInt64, iterations: Int64) {
        self.scenario = scenario
        self.seed = seed
        self.iterations = iterations
        counts = AnyCounts(of: scenario)
    }

    /// Properties that the scenario is for, and that were never asserted.
    var untested: [String] { counts.untested(in: scenario) }

    var isPassed: Bool {
        if scenario.isToBreak { return violations > 0 }
        return violations == 0 && (iterations == 1 || untested.isEmpty)
    }

    static func run(_ scenario: AnyScenario, seed: UInt64, iterations: Int64, jobs: Int) -> ScenarioOutcome {
        let begin = HostClock.monotonic()
        let next = Atomic<Int64>(0)
        let sum = Mutex(ScenarioOutcome(scenario, seed: seed, iterations: iterations))
        let progress = SimulationProgress(scenario, iterations)
        // Small enough that all threads have work until the end.
        let chunk = min(64, max(1, iterations / Int64(8 * jobs)))
        DispatchQueue.concurrentPerform(iterations: jobs) { _ in
            while true {
                let from = next.wrappingAdd(chunk, ordering: .relaxed).oldValue
                guard from < iterations else { return }
                var own = ScenarioOutcome(scenario, seed: seed, iterations: iterations)
                for iteration in from..<min(from + chunk, iterations) { own.add(seed &+ UInt64(iteration)) }
                sum.withLock { $0.add(own) }
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

    /// One run, event by event.
    static func trace(_ scenario: AnyScenario, seed: UInt64) -> (lines: [String], outcome: ScenarioOutcome) {
        var outcome = ScenarioOutcome(scenario, seed: seed, iterations: 1)
        let (lines, counts, violation) = scenario.run(seed: seed, traces: true)
        outcome.add(counts, violation, seed)
        return (lines, outcome)
    }

    private mutating func add(_ seed: UInt64) {
        let (_, counts, violation) = scenario.run(seed: seed)
        add(counts, violation, seed)
    }

    private mutating func add(_ counts: AnyCounts, _ violation: String?, _ seed: UInt64) {
        self.counts = self.counts + counts
        guard let violation else { return }
        violations += 1
        keep((seed, violation))
    }

    private mutating func add(_ other: ScenarioOutcome) {
        counts = counts + other.counts
        violations += other.violations
        if let found = other.first { keep(found) }
    }

    private mutating func keep(_ violation: (seed: UInt64, text: String)) {
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
                    + report.counts.shown.map { Quantity.counted($0.count, $0.noun) + ", " }.joined()
                    + Quantity.counted(report.violations, "violation"))
            for (name, property) in report.counts.properties where property.looked > 0 {
                let never = property.held == 0 ? " (its premise never held)" : ""
                lines.append(
                    "      \(name.padded(to: 16)) checked \(property.held) of \(property.looked) times\(never)")
            }
            for name in report.untested where report.iterations > 1 {
                lines.append("      \(name) was never checked: the scenario does not test it")
            }
            if report.scenario.isToBreak {
                let seen = report.violations > 0 ? "was" : "was not"
                lines.append("      it breaks a premise on purpose, and that \(seen) seen")
            }
            if let first = report.first {
                lines.append("      first: \(first.text)")
                lines.append(
                    "      again: tickrun simulate --scenario \(report.scenario.rawValue) --seed \(first.seed)")
                guard report.iterations > 1, !report.scenario.isToBreak else { continue }
                let events = report.scenario.run(seed: first.seed, traces: true).lines
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
            json.member("kind", scenario.kind)
            json.member("seed", Int64(clamping: seed))
            json.member("iterations", iterations)
            json.member("events", counts.events)
            for (name, count) in counts.figures { json.member(name, count) }
            json.member("violations", violations)
            json.member("expects_violations", scenario.isToBreak)
            json.member("first_violation", first?.text)
            json.member("passed", isPassed)
            json.object("properties") { json in
                for (name, property) in counts.properties {
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
    private let scenario: AnyScenario
    private let iterations: Int64
    private let isShown = RunProgress.isPossible

    init(_ scenario: AnyScenario, _ iterations: Int64) {
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
