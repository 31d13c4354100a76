import ChannelRun
import Glibc
import TickConfiguration
import TickLinux
import TickReports
import TickScheduling
import TickTime

/// Runs a profile or a rate on the real clock: the main job.
enum RunCommand: Command {
    static let name = "run"
    static let summary = "run a profile or a frame rate on the real clock (the default command)"
    static let operands = "PROFILE|RATE"
    static let discussion = """
        Delivers ticks at exact deadlines, anchored once to UTC and to the monotonic clock, and
        reports how late they started and why. PROFILE is a JSON file ('tickrun profile --schema'
        prints its form). RATE is a frame rate such as 59.94, 25 or 60000/1001; by default it runs
        for 10 s. Options override the profile.

        The verdict is PASS (exit code 0) if every service level was met, and FAIL (1) if one was
        not. A profile that states no levels, or a bare rate, is judged by the default levels: no
        stall, no skipped tick, no lost record, no drift, no early start, at most one late tick in
        a hundred (one is always allowed), and less than one period behind at the end. With
        --no-levels, or "service_levels": {} in the profile, nothing is judged: the verdict is NOT
        JUDGED (0). A level is not judged either if the run was too short for it.

        Standard error shows one line for each incident: a stall, late ticks, a skip, a hung
        handler, a refused request, or a change of a clock. There is at most one line a second of
        each kind.

        With --grid-origin the run continues an existing grid. Index, timecode, blocks and media
        timestamps are those of a run that began at that instant and never ended. The run reads
        its clocks again. --first-tick names the tick that it begins with. If that tick is already
        due, --policy decides what happens to the ticks since then; more than backlog_max of them
        (default 10 s) are one skip. A session with an alignment or a successor cannot have a
        given grid.

        With --require-sync the run begins only if the clock is proved synchronized; otherwise the
        exit code is 3. --sync-wait repeats the check for that long: after a cold boot the proof
        takes minutes.

        The first SIGINT, SIGTERM or SIGHUP finishes the tick and reports; the second aborts
        (130). SIGUSR1 writes the report so far, and the run continues: --report files are
        replaced, and the text goes to standard error, also with --json and --quiet. SIGQUIT and
        SIGABRT end the process at once, with a core dump and without a report.

        Names of the journal and of reports may contain %{run}, %{date} (2026-11-28) and %{time}
        (174205); date and time are the UTC of the beginning. A journal never overwrites a file:
        if the name is taken, it gets a number (run-2.journal). A report whose name contains one
        of these placeholders gets a number too. Any other report replaces the existing file.
        """
    static let options: [CommandOption] =
        [
            CommandOption("--ticks", .required("N"), "deliver N ticks of each session"),
            CommandOption(
                "--duration", .required("TIME"), "run for this long: 10s, 500ms, 2h\n(default for a RATE 10s)"),
            CommandOption("--sessions", .required("N"), "run N copies of the session in one loop (default 1)"),
            CommandOption("--policy", .required("everyTick|skip|paced"), "what happens to overdue ticks"),
            CommandOption("--spacing", .required("TIME"), "least time between starts under --policy paced"),
            CommandOption(
                "--align", .required("none|second|st2059"), "what the epoch is aligned to (none: a whole ms)"),
            CommandOption(
                "--grid-origin", .required("UTC"), "tick on the grid whose tick 0 was due then:\n2026-11-21T06:00:00Z"),
            CommandOption(
                "--first-tick", .required("N"), "begin with tick N of that grid\n(default: the first one due)"),
            CommandOption("--work", .required("TIME"), "keep each handler busy for this long"),
            CommandOption("--no-levels", .none, "judge nothing: NOT JUDGED"),
        ]
        + [
            CommandOption("--wait", .required("sleep|hybrid|spin"), "how the tick thread waits"),
            CommandOption("--fifo", .required("PRIORITY"), "SCHED_FIFO at 1 ... 99"),
            CommandOption("--cpu", .required("N"), "run the tick thread only on CPU N"),
            CommandOption("--lock-memory", .none, "lock the process's memory"),
        ].inGroup("real-time")
        + [
            CommandOption(
                "--json", .optional("summary"), "one JSON object a tick, and the summary;\nor only the summary"),
            CommandOption("--quiet", .none, "print only the verdict and the incidents;\nno progress, no report"),
            CommandOption("--log", .required("incidents|none"), "what standard error shows (default incidents)"),
            .color,
        ].inGroup("output")
        + [
            CommandOption(
                "--live", .required("on|off"), "a screen of all sessions\n(default: on for several, on a terminal)")
        ].inGroup("output")
        + [
            CommandOption("--journal", .required("FILE"), "record the run in a new file, for 'tickrun replay'"),
            CommandOption("--journal-sync", .required("none|second|always"), "when to fdatasync (default second)"),
        ].inGroup("recording") + (RunFiles.options + RunMetricsFile.options).inGroup("recording")
        + RunSyncGate.options.inGroup("clock proof") + RunClusterPlan.options.inGroup("cluster")
        + ConsensusOptions.all.inGroup("coarse consensus")
    static let examples = [
        "tickrun Fixtures/profiles/ntsc-59.94.json",
        "tickrun 59.94 --duration 3s --wait hybrid --fifo 80 --lock-memory",
        "tickrun 25 --ticks 50 --work 45ms --policy skip --json",
        "tickrun 59.94 --duration 20s --cluster Fixtures/cluster/a.json",
        "tickrun 25 --ticks 50 --require-sync now",
        "tickrun 59.94 --ticks 60 --grid-origin 2026-01-01T00:00:00Z",
    ]

    static func run(_ arguments: Arguments) throws(RunFailure) -> ExitCode {
        let json = try jsonMode(arguments)
        let style = try arguments.style()
        let plan = try RunPlan(arguments)
        let isQuiet = arguments.has("--quiet")
        if plan.wait == .spin, plan.realtime.fifoPriority != nil, !isQuiet {
            Commentary.say(
                "--wait spin under SCHED_FIFO: the kernel's default stops such a spin for 50 ms of every second"
                    + " ('tickrun host' explains it); use --wait hybrid, or leave SCHED_FIFO out")
        }
        let wanted = try arguments.onOff("--live")
        if wanted == true, !LiveScreen.isPossible {
            Commentary.say(
                "--live on: standard error is not a terminal, so the run continues without a screen")
        }
        let isLive = LiveScreen.isPossible && !isQuiet && (wanted ?? (plan.sessions.count > 1))
        let names = OutputNames(run: plan.name, begin: HostClock.utc())
        let files = try RunFiles(arguments, names: names)
        let logged: LogChoice? = try arguments.choice("--log")
        let settings = RunSettings(
            .init(
                writesTicks: json == .ticks,
                showsProgress: !isQuiet && !isLive && RunProgress.isPossible, isQuiet: isQuiet,
                logs: logged != LogChoice.none, showsLive: isLive),
            program: .tickrun, files: files, journal: try RunJournal(arguments, names),
            metrics: try RunMetricsFile(arguments),
            gate: try RunSyncGate(arguments), cluster: try RunClusterPlan(arguments))
        var result = try RunExecution.run(plan, settings)
        result.outputFailure =
            result.outputFailure ?? print(result.summary, asJSON: json != .none, isQuiet: isQuiet, style)
        if let failure = result.failure { throw failure }
        return result.exitCode
    }

    /// - Returns: why it could not be printed.
    private static func print(_ summary: RunSummary, asJSON: Bool, isQuiet: Bool, _ style: Style) -> RunFailure? {
        Result { () throws(RunFailure) in
            try Output.writing { output throws(RunFailure) in
                if asJSON { return try output.line(summary.json) }
                for line in isQuiet ? Array(summary.lines.prefix(1)) : painted(summary, style) { try output.row(line) }
            }
        }.failure
    }

    private enum LogChoice: String, CaseIterable {
        case incidents
        case none
    }

    private enum JSONMode {
        case none
        case ticks
        case summary
    }

    private static func jsonMode(_ arguments: Arguments) throws(RunFailure) -> JSONMode {
        switch arguments.text("--json") {
        case nil: .none
        case "": .ticks
        case "summary": .summary
        case let other?:
            throw arguments.failure("--json=\(other): write --json, or --json=summary for only the summary")
        }
    }

    /// The verdict in colour, on a terminal.
    private static func painted(_ summary: RunSummary, _ style: Style) -> [String] {
        var lines = summary.lines
        let colour: Style.Colour =
            switch summary.verdict {
            case .pass: .green
            case .fail: .red
            case .notJudged: .yellow
            }
        let verdict = style.paint(summary.verdict.rawValue, colour)
        lines[0] = verdict + lines[0].dropFirst(summary.verdict.rawValue.count)
        return lines
    }
}
