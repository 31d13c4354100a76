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
        limits include the uncertainty. No privilege is needed. The sources are the kernel;
        chronyd, if chronyc is installed; a running 'tickrun node', or the peers of --cluster; and
        the servers of --ntp. RESULT is another host's time_sync.json; it is judged together with
        this host's evidence.

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

/// What the command line asks for.
private struct CheckPlan {
    let watch: Nanoseconds?
    private let arguments: Arguments
    private let exception: SyncException?
    private let version: String
    private let environment: String?
    private let at: UTCInstant?
    private let isOffline: Bool
    private let timeout: Nanoseconds
    private let output: String?
    private let history: String?

    init(_ arguments: Arguments) throws(RunFailure) {
        self.arguments = arguments
        isOffline = arguments.has("--offline")
        at = try arguments.instant("--at")
        if at != nil, !isOffline { throw arguments.failure("--at belongs to --offline; give both") }
        let live = ["--cluster", "--node", "--socket", "--timeout", "--ntp", "--chrony-socket", "--watch"]
        for name in live where isOffline && arguments.has(name) {
            throw arguments.failure("\(name) measures, and --offline judges only files; give one")
        }
        if isOffline {
            for name in ["--chrony", "--heartbeats", "--leases"] where arguments.text(name) == "" {
                throw arguments.failure("with --offline \(name) needs a file: \(name)=FILE")
            }
            let hasFile = ["--chrony", "--heartbeats", "--leases"].contains { arguments.has($0) }
            if !hasFile, arguments.operands.isEmpty {
                throw arguments.failure(
                    "--offline judges files: give RESULT, --chrony=FILE, --heartbeats=FILE or --leases=FILE")
            }
        }
        let formats = ["--json", "--dossier"].filter { arguments.has($0) }
        if formats.count > 1 { throw arguments.failure("--json and --dossier exclude each other; give one") }
        if arguments.has("--history"), !arguments.has("--watch") {
            throw arguments.failure("--history belongs to --watch; give both")
        }
        watch = try arguments.duration("--watch")
        if let watch, watch < .seconds(1) { throw arguments.failure("--watch: give 1s or more") }
        timeout = try arguments.duration("--timeout") ?? .seconds(5)
        guard timeout > .zero else { throw arguments.failure("--timeout: give more than 0") }
        for server in arguments.text("--ntp")?.split(separator: ",") ?? [] {
            do { try SocketAddress.checkForm(String(server), standardPort: NTPClient.port) } catch {
                throw arguments.failure("--ntp: \(error)")
            }
        }
        version = arguments.text("--for-version") ?? Help.version
        environment = arguments.text("--environment") ?? HostUser.environment("TICKRUN_ENVIRONMENT")
        output = arguments.text("--output")
        let named = arguments.text("--history")
        history = arguments.has("--watch") && named != "none" ? named ?? Self.history(beside: output) : nil
        exception = try arguments.text("--exception").map { (path) throws(RunFailure) in
            let bytes = try InputFile.read(path, namedBy: "--exception")
            do throws(FileError) { return try SyncException(json: bytes, file: path) } catch {
                throw RunFailure(error)
            }
        }
    }

    /// time_sync.json's history is time_sync.history.jsonl.
    private static func history(beside output: String?) -> String {
        guard let output else { return "time_sync.history.jsonl" }
        return (output.hasSuffix(".json") ? String(output.dropLast(5)) : output) + ".history.jsonl"
    }

    func check() throws(RunFailure) -> (SyncResult, (SyncVerdict, hasRun: Bool)) {
        let now = at ?? HostClock.utc()
        var collection = try isOffline ? offline(now) : live()
        for path in arguments.operands {
            let bytes = try InputFile.read(path, namedBy: "RESULT")
            do { collection.add(try SyncResult(json: bytes, file: path), at: now) } catch {
                throw RunFailure(error)
            }
        }
        if let file = arguments.text("--heartbeats") { collection.addProxy(.nodeHeartbeat, file: file.nonEmpty) }
        if let file = arguments.text("--leases") { collection.addProxy(.nodeLease, file: file.nonEmpty) }
        let audit = SyncAudit(
            nodes: collection.nodes, evidence: collection.evidence, proxies: collection.proxies, exception: exception,
            circumstances: SyncCircumstances(now: at ?? HostClock.utc(), version: version, environment: environment))
        guard audit.measuredNodes.count <= SyncAudit.measuredLimit else {
            throw RunFailure.badData(
                "\(audit.measuredNodes.count) nodes were measured; at most \(SyncAudit.measuredLimit) can be judged together; check them in groups that share a node"
            )
        }
        let verdict = audit.verdict()
        let result = SyncResult(
            audit, verdict, host: isOffline ? nil : collection.host, tool: RunProgram.tickrun.name,
            toolVersion: RunProgram.tickrun.version)
        return (result, (verdict, collection.hasRun))
    }

    private func offline(_ now: UTCInstant) throws(RunFailure) -> SyncCollection {
        guard let file = arguments.text("--chrony") else { return SyncCollection() }
        guard let host = arguments.text("--host") else {
            throw arguments.failure("with --offline --chrony=FILE needs --host NAME: the node that it describes")
        }
        var collection = SyncCollection(host: host)
        // The file may be another host's, so nothing is known of its addresses.
        collection.addChrony(file: file, at: now, own: OwnReferences())
        return collection
    }

    private func live() throws(RunFailure) -> SyncCollection {
        let (answer, source) = try nodeAnswer()
        let own = arguments.text("--host") ?? answer?.node ?? HostUser.environment("NODE_NAME") ?? HostUser.hostName
        var collection = SyncCollection(host: own)
        if let answer { collection.add(answer, from: source) }
        if let servers = arguments.text("--ntp") {
            let list = servers.split(separator: ",").map(String.init)
            guard !list.isEmpty, list.count <= 16 else { throw arguments.failure("--ntp: give 1 to 16 servers") }
            collection.addNTP(list)
        }
        let file = arguments.text("--chrony")
        if let file, !file.isEmpty {
            collection.addChrony(file: file, at: HostClock.utc(), own: HostAddresses.references())
        } else {
            let socket = arguments.text("--chrony-socket")
            collection.addChrony(socket: socket, isWanted: file != nil || socket != nil)
        }
        collection.addKernel()
        return collection
    }

    /// The answer of this host's node; `nil` if none was named and none runs.
    private func nodeAnswer() throws(RunFailure) -> (TimeAnswer?, String) {
        let named = TimeAnswerSource.options.map(\.name).first { arguments.has($0) }
        guard named != nil || RunningNodes.isAnyNodeThere else { return (nil, "") }
        let source = try TimeAnswerSource(arguments, isPatient: false, until: HostClock.monotonic() +| timeout)
        defer { source.stop() }
        let answer = try source.ask(.status).0
        return (answer, "node \(answer.node) of \(answer.cluster)")
    }

    // MARK: - The result

    func exitCode(_ verdict: (SyncVerdict, hasRun: Bool)) -> ExitCode {
        guard verdict.hasRun else { return .unavailable }
        return verdict.0.status.mayGoOnAir(strictly: arguments.has("--strict")) ? .good : .badVerdict
    }

    func write(_ result: SyncResult) throws(RunFailure) {
        guard let output else { return }
        do { try SystemFile.replace(output, result.json(isPretty: true) + [0x0A], isPrivate: false) } catch {
            throw Self.failure("--output", error)
        }
    }

    func append(_ result: SyncResult) throws(RunFailure) {
        guard let history else { return }
        do {
            if try SystemFile.appendLine(history, result.json(isPretty: false)) {
                Commentary.say("\(history): its last line is torn and stays so; the result begins on a new line")
            }
        } catch { throw Self.failure("--history", error) }
    }

    private static func failure(_ option: String, _ error: SystemError) -> RunFailure {
        RunFailure(error, "\(option): \(error); \(OutputFile.remedy(after: error))")
    }

    func show(_ result: SyncResult, _ verdict: (SyncVerdict, hasRun: Bool)) throws(RunFailure) {
        if !verdict.hasRun { Commentary.say("no clock could be asked") }
        try Output.writing { output throws(RunFailure) in
            if arguments.wantsJSON {
                try output.line(String(decoding: result.json(isPretty: false), as: UTF8.self))
            } else if arguments.has("--dossier") {
                try output.line(result.dossier)
            } else {
                for line in try result.lines(arguments.style()) { try output.row(line) }
            }
        }
    }
}

extension String {
    fileprivate var nonEmpty: String? { isEmpty ? nil : self }
}
