import ChannelRun
import ClusterLinux
import ClusterClock
import TickConfiguration
import LinuxService
import TickLinux
import TickReports
import TickScheduling
import TickTime
import TimeExchange

/// Runs one member of a cluster, without ticks.
enum NodeCommand: Command {
    static let name = "node"
    static let summary = "run a member of a cluster: agree on time with its peers"
    static let operands = "CLUSTER"
    static let discussion = """
        Asks the other members for their time, answers them, and agrees with a majority. Prints
        its state once a second, until a signal or the end of --duration. CLUSTER is a JSON file
        ('tickrun config schema cluster' prints its form):

          { "schema": "tickrun/cluster/1", "cluster": "studio-a", "node": "a",
            "keys": "a.keys.json",
            "members": [ { "name": "a", "address": "127.0.0.1:7101" },
                         { "name": "b", "address": "127.0.0.1:7102" } ] }

        The file of the node's keys is beside it; only its owner may read it. First make the keys
        of all members together: 'tickrun key new --nodes a,b --folder FOLDER'. Without its keys
        the node does not start.

        If you know how far this host's UTC may be off, state it ("stated_error_ns"). Otherwise
        the node asks a ptp4l ("ptp"), NTP servers ("ntp") and the kernel. If fewer than a
        majority of the members state an error, the agreed time is untraceable: nothing bounds it
        against UTC. 'tickrun time' asks a running node.

        Exit code 0 if the node was synchronized, or agreed, at the end; 1 if not; 65 if the file
        or the keys are wrong; 69 if the address is taken; 77 if others may read the keys; 78 if
        the keys are another node's, or a member's keys are missing.

        With --json, one object a second, as 'tickrun time status --json' prints it. Standard
        error shows a line when a peer is lost and when it is back.
        """
    static let options: [CommandOption] =
        [
            CommandOption("--cluster", .required("CLUSTER"), "the same as the operand").called("--config"),
            CommandOption("--duration", .required("TIME"), "end after this time: 10s, 5m (default: on a signal)"),
        ] + RunMetricsFile.options + ConsensusOptions.all + [.json]
    static let examples = [
        "tickrun key new --nodes a,b,c --folder Fixtures/cluster",
        "tickrun node Fixtures/cluster/a.json --duration 20s",
    ]

    static func run(_ arguments: Arguments) throws(RunFailure) -> ExitCode {
        let path: String
        if let named = arguments.text("--cluster") {
            guard arguments.operands.isEmpty else {
                throw arguments.failure("CLUSTER and --cluster exclude each other; give one")
            }
            path = named
        } else {
            path = try arguments.operand(0, called: "CLUSTER")
            try arguments.refuseOperands(after: 1)
        }
        let duration = try arguments.duration("--duration")
        if let duration, duration <= .zero { throw arguments.failure("--duration: give more than 0") }
        let setup = try ClusterSetup(
            path, arguments, namedBy: arguments.text("--cluster") == nil ? "CLUSTER" : "--cluster")
        let interrupts: InterruptWatch
        do { interrupts = try InterruptWatch() } catch {
            throw RunFailure.unavailable("\(error)")
        }
        let name = setup.file.node
        let service = try NodeService(setup, isAskable: true) { _, text in say(text, of: name) }
        defer { service.stop() }
        let metrics = try RunMetricsFile(arguments)
        let exit = try watch(service, interrupts, for: duration, metrics, asJSON: arguments.wantsJSON)
        if let failure = metrics?.failure { throw failure }
        return exit
    }

    /// A message with its time and the node that says it.
    private static func say(_ text: String, of node: String) {
        Commentary.say("\(HostClock.utc().iso8601)  \(node): \(text)")
    }

    private static func watch(
        _ service: NodeService, _ interrupts: borrowing InterruptWatch, for duration: Nanoseconds?,
        _ metrics: RunMetricsFile?, asJSON: Bool
    ) throws(RunFailure) -> ExitCode {
        let begin = HostClock.monotonic()
        var notices = ServiceNotices(ServiceManager())
        notices.ready()
        var housekeeping = NodeHousekeeping(service)
        var peers = PeerWatch()
        var (isGood, isOver) = (false, false)
        while !isOver {
            // The last look is at the end, even if that comes at once.
            let left = duration.map { $0 -| (HostClock.monotonic() -| begin) }
            let wait = min(.seconds(1), max(.zero, left ?? .seconds(1)))
            let wasInterrupted = interrupts.asksToEnd(within: wait)
            isOver = wasInterrupted || left.map { $0 <= wait } ?? false
            notices.pet()
            guard let moment = service.moment else { continue }
            notices.status("\(moment.status.words), time \(moment.best.quality.rawValue)")
            for text in housekeeping.look(moment.report) { say(text, of: service.setup.file.node) }
            for incident in peers.lookOnceASecond(service) {
                Commentary.say(incident.line, incident.kind.isRoutine ? .notice : .warning)
            }
            if let metrics, metrics.isDue(at: HostClock.monotonic()) || isOver {
                let now = service.metrics(at: moment)
                metrics.offer(now.text(best: moment.timestamp, version: Help.version, written: HostClock.utc()))
                metrics.write()
            }
            isGood = [.synchronized, .agreedUntraceable, .holding, .alone].contains(moment.status)
            try Output.writing { output throws(RunFailure) in
                if asJSON {
                    try output.line(TimeAnswer(moment, .status, service.setup).json)
                } else {
                    for line in text(moment, service.setup.file) { try output.row(line) }
                }
            }
        }
        notices.tell("STOPPING=1")
        return isGood ? .good : .badVerdict
    }

    // MARK: - The output

    private static func text(_ moment: NodeMoment, _ file: ClusterFile) -> [String] {
        let (report, best, now) = (moment.report, moment.best, moment.reading.boot)
        var first = "\(best.time.iso8601)  \(moment.status.words)  quality \(best.quality.rawValue)"
        if let earliest = moment.earliest, let latest = moment.latest {
            let what = best.isTraceable ? "UTC" : "cluster"
            first +=
                "  \(what) within -\(Quantity.length(best.time -| earliest)) +\(Quantity.length(latest -| best.time))"
        }
        // A smaller difference is the time between two readings of a clock.
        if best.held >= .microseconds(1) { first += "  held by \(Quantity.length(best.held))" }
        let peers = file.inOrder(report.peers).map { peer in
            let verdict = peer.verdict(at: now)
            var text = "\(file.name(of: peer.id)) \(verdict.name)"
            if peer.isSilent(at: now) { return text }
            if verdict == .falseticker { text += " by \(Quantity.length(peer.falseBy))" }
            return text + (peer.lastRoundTrip.map { " (\(Quantity.length($0)))" } ?? "")
        }
        let refused = report.counts.refused.sorted { $0.key.name < $1.key.name }.map { "\($0.value) \($0.key.name)" }
        let lines = [first, "      \(peers.joined(separator: ", "))"]
        return refused.isEmpty ? lines : lines + ["      refused: \(refused.joined(separator: ", "))"]
    }
}

extension ClusterFile {
    /// Peers in the order in which the file lists them.
    fileprivate func inOrder(_ peers: [PeerRecord]) -> [PeerRecord] {
        members.compactMap { member in peers.first { $0.id == NodeID(named: member.name) } }
    }
}
