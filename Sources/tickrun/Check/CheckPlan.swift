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

/// What the command line asks for.
struct CheckPlan {
    let watch: Nanoseconds?
    private let arguments: Arguments
    private let exception: SyncException?
    private let ptp: PTPArguments?
    private let limits: SyncLimits
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
        let live = [
            "--cluster", "--node", "--socket", "--timeout", "--ntp", "--ptp", "--chrony-socket", "--clockbound",
            "--watch",
        ]
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
        ptp = try PTPArguments(arguments)
        limits = try SyncLimits(arguments)
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
            circumstances: SyncCircumstances(
                now: at ?? HostClock.utc(), version: version, environment: environment,
                limits: limits))
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
        if let ptp { collection.addPTP(ptp.source, stated: ptp.stated) }
        let file = arguments.text("--chrony")
        if let file, !file.isEmpty {
            collection.addChrony(file: file, at: HostClock.utc(), own: HostAddresses.references())
        } else {
            let socket = arguments.text("--chrony-socket")
            collection.addChrony(socket: socket, isWanted: file != nil || socket != nil)
        }
        let clockBound = arguments.text("--clockbound")
        collection.addClockBound(
            file: clockBound?.nonEmpty ?? SyncCollection.clockBoundFile, isWanted: clockBound != nil)
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
