import ChannelRun
import Foundation

/// Simulates clusters and stations, and checks the properties that real ones must have.
enum SimulateCommand: Command {
    static let name = "simulate"
    static let summary = "run the cluster clock and stations against seeded faults"
    static let operands = ""
    static let discussion = """
        Runs simulated hosts with seeded clocks, a seeded network and seeded faults, and compares
        what they do with the truth. The same seed gives the same run, byte for byte, for every
        value of --jobs. There are two kinds of scenario: clusters run the cluster clock; stations
        run the hosts of a station, with their tenures, their primary and their channels, on one
        store.

        With --scenario and one iteration, prints everything that happened, one line each, in
        nanoseconds of true time. After a violation this shows what led to it. With more
        iterations or several scenarios, prints a table: for each property, how often it was
        looked at and how often its premise held. A property is checked only while its premise
        holds. A scenario fails (exit 1) after a violation. It also fails if the premise of a
        property that it is made for never held. clock-beyond-rho breaks a premise on purpose: it
        fails if none of its runs violates a property.

        Scenarios of clusters: healthy, clock-drift, clock-offset-exceeded, clock-ntp-failure,
        clock-backward-jump, epoch-expiry, asymmetric-routes, lying-minority, replay, suspend,
        slew, leap-second, rolling-restart, two-primaries, everything, extreme-liar.

        Scenarios of stations: planned-move, primary-failover, ceiling, owner-dies, owner-stopped,
        owner-suspended, isolated-owner, store-leaderless, store-slow, store-lost-answers,
        relay-crash-points, clock-beyond-rho, utc-step-then-move, store-restored, rolling-upgrade,
        station-everything, removed-on-air.

        With --json, one object a scenario: scenario, kind (cluster, station), seed, iterations,
        events, violations, expects_violations, first_violation, passed, and for each property
        looked and held. Clusters also have reads and agreements; stations have deliveries,
        unfenced_deliveries, moves, new_fencing_numbers, stamps, stamps_refused_at_ceiling
        and view_changes.
        """
    static let options: [CommandOption] = [
        CommandOption("--scenario", .required("S"), "one scenario"),
        CommandOption("--all", .none, "every scenario"),
        CommandOption("--clusters", .none, "every scenario of clusters"),
        CommandOption("--stations", .none, "every scenario of stations"),
        CommandOption(
            "--iterations", .required("N"),
            "runs of each scenario, 1 to 100000000\n(default 1; for several scenarios 100)"),
        CommandOption("--seed", .required("FIRST"), "seed of the first run; each later run adds 1 (default 1)"),
        CommandOption("--jobs", .required("J"), "threads, 1 to 256 (default: the host's processors)"),
        .json,
    ]
    static let examples = [
        "tickrun simulate --scenario clock-drift --seed 41",
        "tickrun simulate --scenario planned-move --seed 41",
        "tickrun simulate --all --iterations 1000",
    ]

    static func run(_ arguments: Arguments) throws(RunFailure) -> ExitCode {
        try arguments.refuseOperands(after: 0)
        let scenarios = try scenarios(arguments)
        let iterations = try arguments.integer("--iterations", in: 1...100_000_000) ?? (scenarios.count > 1 ? 100 : 1)
        let seed = UInt64(try arguments.integer("--seed", in: 0...Int64.max - 100_000_000) ?? 1)
        let jobs =
            try arguments.integer("--jobs", in: 1...256).map(Int.init)
            ?? max(1, ProcessInfo.processInfo.activeProcessorCount)
        if scenarios.count == 1, iterations == 1 { return try trace(scenarios[0], seed: seed, arguments.wantsJSON) }
        let reports = scenarios.map { ScenarioOutcome.run($0, seed: seed, iterations: iterations, jobs: jobs) }
        try Output.writing { output throws(RunFailure) in
            if arguments.wantsJSON {
                for report in reports { try output.line(report.json) }
            } else {
                for line in ScenarioOutcome.table(reports) { try output.row(line) }
            }
        }
        return reports.allSatisfy(\.isPassed) ? .good : .badVerdict
    }

    private static func scenarios(_ arguments: Arguments) throws(RunFailure) -> [AnyScenario] {
        let chosen: AnyScenario? = try arguments.choice("--scenario")
        let groups = [
            "--all": AnyScenario.allCases, "--clusters": AnyScenario.clusters, "--stations": AnyScenario.stations,
        ]
        let named = groups.filter { arguments.has($0.key) }.map(\.value) + (chosen.map { [[$0]] } ?? [])
        guard let scenarios = named.first, named.count == 1 else {
            throw arguments.failure("give one of --scenario S, --all, --clusters and --stations")
        }
        return scenarios
    }

    /// One run, event by event.
    private static func trace(_ scenario: AnyScenario, seed: UInt64, _ wantsJSON: Bool) throws(RunFailure) -> ExitCode {
        let (lines, report) = ScenarioOutcome.trace(scenario, seed: seed)
        try Output.writing { output throws(RunFailure) in
            if wantsJSON { return try output.line(report.json) }
            for line in lines { try output.row(line) }
            try output.line("")
            for line in ScenarioOutcome.table([report]) { try output.row(line) }
        }
        // A single run does not fail for properties that it did not test.
        return report.isPassed ? .good : .badVerdict
    }
}
