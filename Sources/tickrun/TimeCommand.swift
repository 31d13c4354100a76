import ClusterClock
import TickConfiguration
import TickLinux
import TickReports
import TickTime

/// Asks a member of a cluster for the time, and how it stands.
enum TimeCommand: Command {
    static let name = "time"
    static let summary = "ask a running node for the time, its peers and what it is worth"
    static let operands = "status|sync|peers|drift|now|wait"
    static let discussion = """
        Asks the node that runs on this host, over its local socket; of several, the one of --config
        or --node. With --config and no node running, polls the peers itself, in the node's place,
        for as long as --timeout allows; but 'wait' waits for the node.

          status   local time, consensus, drift, confidence, NTP, the cluster and the best time
          sync     the same, after asking every peer for its time now
          peers    each peer: id, name, time, whether the consensus includes it or why not
          drift    this host's UTC against its peers': +15s (local ahead)
          now      the best time, and its bounds
          wait     until true UTC is bounded (to --max-bound): a gate for scripts

        Exit code 0; 69 where no node answers, or 'wait' waited in vain.

        With --json, one object: local_time_ms, consensus_time_ms, drift_ms, confidence, sources,
        ntp_synced, quality, traceable, status, time_utc_ns, earliest_utc_ns, latest_utc_ns, bound_ns,
        held_ns, epoch, peers, ntp, datagrams_taken, datagrams_refused.
        """
    static let options: [CommandOption] =
        TimeReportSource.options + [
            CommandOption("--timeout", .required("TIME"), "how long to wait or to poll (wait: 30s, else 5s)"),
            CommandOption("--max-bound", .required("TIME"), "wait until UTC is known to within this: 5ms"),
        ] + ConsensusOptions.all + [.json]
    static let examples = [
        "tickrun time status --config Fixtures/cluster/a.json",
        "tickrun time wait --config Fixtures/cluster/a.json --max-bound 5ms --timeout 30s",
    ]

    private enum Question: String, CaseIterable {
        case status
        case sync
        case peers
        case drift
        case now
        case wait
    }

    static func run(_ arguments: Arguments) throws -> ExitCode {
        let word = try arguments.operand(0, called: "status, sync, peers, drift, now or wait")
        try arguments.refuseOperands(after: 1)
        guard let question = Question(rawValue: word) else {
            let suggestion = NearestSpelling.suggestion(for: word, among: Question.allCases.map(\.rawValue))
            throw arguments.failure("'\(word)' is nothing to ask of the time\(suggestion)")
        }
        let maxBound = try arguments.duration("--max-bound")
        if maxBound != nil, question != .wait { throw arguments.failure("--max-bound belongs to 'time wait'") }
        if let maxBound, maxBound <= .zero { throw arguments.failure("--max-bound: give more than 0") }
        let timeout = try arguments.duration("--timeout") ?? (question == .wait ? .seconds(30) : .seconds(5))
        guard timeout > .zero else { throw arguments.failure("--timeout: give more than 0") }

        let source = try TimeReportSource(
            arguments, isPatient: question == .wait, until: HostClock.monotonic() +| timeout)
        defer { source.stop() }
        let (report, line): (TimeReport, [UInt8])
        if question == .wait {
            (report, line) = try source.wait {
                $0.isWithin(maxBound)
            } refusal: { last in
                vainly(last, maxBound, timeout)
            }
        } else {
            (report, line) = try source.ask(question == .sync ? "sync" : "status")
        }
        try Output.writing { output in
            if arguments.wantsJSON {
                try output.line(String(decoding: line, as: UTF8.self))
            } else {
                for line in lines(question, report) { try output.line(line) }
            }
        }
        return .good
    }

    private static func lines(_ question: Question, _ report: TimeReport) -> [String] {
        switch question {
        case .status, .sync: report.statusLines
        case .peers: report.peerLines
        case .drift: [report.driftText]
        case .now, .wait: [report.timeText]
        }
    }

    private static func vainly(_ last: TimeReport?, _ maxBound: Nanoseconds?, _ timeout: Nanoseconds) -> String {
        let waited = "waited \(Quantity.length(timeout)) in vain"
        guard let last else { return "\(waited): no node answered" }
        guard last.traceable, let bound = last.utcBound else {
            return "\(waited): UTC is not bounded; the cluster is \(last.status), the quality \(last.quality)"
        }
        return "\(waited): UTC is known to within \(Quantity.length(bound)), not \(Quantity.length(maxBound))"
    }
}

extension TimeReport {
    /// Whether true UTC is bounded, to `limit` if there is one.
    fileprivate func isWithin(_ limit: Nanoseconds?) -> Bool {
        guard traceable, let bound = utcBound else { return false }
        return limit.map { bound <= $0 } ?? true
    }
}
