import ChannelRun
import ClusterClock
import Glibc
import TickConfiguration
import ClusterLinux
import LinuxService
import TickLinux
import TickReports
import TickTime
import TimeSyncAudit

/// Proves that a host's clock is fit to go on air, or prints why it cannot.
enum CheckCommand: Command {
    static let name = "check"
    static let summary = "prove that clocks are synchronized, before going on air"
    static let operands = "[RESULT…]"
    static let discussion = """
        Measures this host's clock with every source that it can ask, and gives a verdict. Any two
        nodes must be within 50 ms of each other; a single node must be within 25 ms of UTC. Both
        limits include the uncertainty, and --limit-pair and --limit-utc make them stricter. The
        sources are the kernel; chronyd, if chronyc is installed; clockbound, if it runs; a
        running 'tickrun node', or the peers of --cluster; the servers of --ntp; and ptp4l with
        --ptp. Only ptp4l's socket needs a privilege. RESULT is another host's time_sync.json; it
        is judged together with this host's evidence.

        ptp4l proves something only with --ptp-monitor, the path of slave_event_monitor in its
        configuration, at which one program listens. If a node follows ptp4l ("ptp" in its file),
        the check asks the node. The bound is made from the exchanges of a second, the
        grandmaster's accuracy and the steps to it. It counts if the port is SLAVE, the
        grandmaster's class is 6, its time is traceable and on PTP's time scale, and its offset
        from UTC is valid and known here. Timestamps of hardware clocks are not evaluated yet.

        A bound counts only if somebody computed it along a chain to UTC. A source does not count
        if it follows no UTC (reference 127.127.x.x, 127.0.0.1, LOCL, PTP, a kiss code), follows
        this host, or states no error (esterror 0, chronyd set by hand). It is shown as
        'unfounded' (a statement that proves nothing about UTC) with its reason. NTP servers with
        one address, or with one reference and stratum, have one vote together. A chronyc file
        counts as measured at its reference time.

        If a node cannot be measured, an --exception may take the place of its measurement
        (tickrun/sync-exception/1, 'tickrun config schema exception'), if heartbeats do not
        contradict it. An exception applies to one version and one environment, and expires.
        Heartbeats without an exception never pass, nor does an exception without heartbeats.

        Exit code 0 for PASS, and without --strict also for PASS_WITH_EXCEPTION; 1 for FAIL and
        FAIL_PROXY_PASS_SLA; 69 if no clock could be asked; 65 if a RESULT or an exception has the
        wrong format.

        --output replaces FILE with the result (tickrun/time-sync/1); --json prints it on one
        line; --schema prints its JSON Schema; --dossier prints a section of Markdown.
        """
    static let options: [CommandOption] =
        TimeAnswerSource.options + [
            CommandOption("--timeout", .required("TIME"), "how long --cluster polls the peers (default 5s)"),
            CommandOption("--ntp", .required("SERVERS"), "ask these NTP servers: HOST[:PORT],… (default: none)"),
            CommandOption("--chrony", .optional("FILE"), "ask chronyc, or read what 'chronyc -c -n tracking' printed"),
            CommandOption("--chrony-socket", .required("PATH"), "where chronyd takes commands"),
            CommandOption(
                "--clockbound", .optional("FILE"),
                "read clockbound's shared memory, version 2\n(default \(SyncCollection.clockBoundFile), if it is there)"
            ),
        ] + PTPArguments.options + [
            CommandOption(
                "--limit-pair", .required("TIME"), "how far two nodes may be apart (at most, and default, 50ms)"),
            CommandOption(
                "--limit-utc", .required("TIME"),
                "how far every node may be off UTC\n(at most 25ms; default 25ms, for a single node)"),
            CommandOption("--heartbeats", .optional("FILE"), "ask kubectl for nodes, or read its '-o json'"),
            CommandOption("--leases", .optional("FILE"), "the same for the nodes' leases, which are more exact"),
            CommandOption("--exception", .required("FILE"), "exception for nodes without a measurement"),
            CommandOption("--environment", .required("NAME"), "this environment's name (default $TICKRUN_ENVIRONMENT)"),
            CommandOption("--for-version", .required("V"), "version that goes on air (default: this tickrun's)"),
            CommandOption(
                "--host", .required("NAME"),
                "this host's name among the nodes (default: its node's,\nelse $NODE_NAME, else the system's name)"),
            CommandOption("--offline", .none, "use files only; do not measure this host"),
            CommandOption("--at", .required("UTC"), "with --offline: judge as of this time (default: now)"),
            CommandOption("--output", .required("FILE"), "write the result: time_sync.json"),
            CommandOption("--watch", .required("TIME"), "check at this interval, until a signal"),
            CommandOption(
                "--history", .required("FILE"),
                "with --watch: append results to it, or 'none'\n(default time_sync.history.jsonl, or beside --output)"),
            CommandOption("--strict", .none, "an exception does not count"),
            CommandOption("--dossier", .none, "print a section of a certification dossier"),
            CommandOption("--schema", .none, "print the JSON Schema of the result"),
            .json, .color,
        ]
    static let examples = [
        "tickrun check",
        "tickrun check --ntp 127.0.0.1:11123 --output /tmp/time_sync.json",
        "tickrun check --ptp --ptp-monitor /run/ptp_monitor --limit-utc 100us",
        "tickrun check --offline --heartbeats=Fixtures/timesync/nodes-3.2s.json --exception Fixtures/timesync/exception.json --environment pilot-aks --for-version 1.0.0 --at 2026-11-17T12:00:00Z",
    ]

    static func run(_ arguments: Arguments) throws(RunFailure) -> ExitCode {
        if arguments.has("--schema") {
            try Output.print(SyncResult.jsonSchema)
            return .good
        }
        let plan = try CheckPlan(arguments)
        guard let interval = plan.watch else {
            let (result, verdict) = try plan.check()
            try plan.write(result)
            try plan.show(result, verdict)
            return plan.exitCode(verdict)
        }
        return try watch(plan, every: interval)
    }

    /// Checks until a signal; the last verdict is the exit code.
    private static func watch(_ plan: CheckPlan, every interval: Nanoseconds) throws(RunFailure) -> ExitCode {
        let interrupts: InterruptWatch
        do { interrupts = try InterruptWatch() } catch {
            throw RunFailure.unavailable("\(error)")
        }
        var manager = ServiceNotices(ServiceManager())
        var next = HostClock.monotonic()
        var exitCode = ExitCode.unavailable
        while true {
            let (result, verdict) = try plan.check()
            exitCode = plan.exitCode(verdict)
            do {
                try plan.write(result)
                try plan.append(result)
            } catch {
                // The next result may be written, and this one is on the screen.
                Commentary.say(error.message)
                exitCode = error.exitCode
            }
            try plan.show(result, verdict)
            manager.ready()
            manager.tell("STATUS=\(result.status.rawValue): \(result.note)")
            // After a check that takes longer than the interval, the next one begins at once, unless there is a signal.
            next = max(next +| interval, HostClock.monotonic())
            repeat {
                manager.pet()
                let slice = min(.milliseconds(200), max(.zero, next -| HostClock.monotonic()))
                if interrupts.asksToEnd(within: slice) {
                    manager.tell("STOPPING=1")
                    return exitCode
                }
            } while HostClock.monotonic() < next
        }
    }
}
