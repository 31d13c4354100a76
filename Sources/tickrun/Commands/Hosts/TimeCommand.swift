import ChannelRun
import ClusterClock
import TickLinux
import TickReports
import TickTime

/// Asks a member of a cluster for the time and its state.
enum TimeCommand: Command {
    static let name = "time"
    static let summary = "ask a running node for the time, its quality and its peers"
    static let operands = "status|sync|peers|drift|now|wait"
    static let discussion = """
        Asks the node that runs on this host, over its local socket. If several nodes run, it asks
        the one of --cluster or --node. With --cluster, if that node does not run, it polls the
        peers itself, for as long as --timeout allows; but 'wait' waits for the node.

          status   local time, consensus, drift, confidence, NTP, the cluster and the best time
          sync     the same, after asking every peer for its time now
          peers    each peer: whether it answers and agrees, and how far its clock is ahead
          drift    this host's UTC against its peers': +15s (local ahead)
          now      the best time and its bounds, computed when asked, and the instant of
                   CLOCK_MONOTONIC that it belongs to
          wait     until true UTC is bounded (to --max-bound): a gate for scripts

        'peers' prints a line a peer, as 'chronyc sources' does. S is its state:

          *  agrees, in the majority that the agreement rests on     -  agrees only roughly (wide)
          +  agrees                                                  x  does not agree (false)
          ~  answers, not judged by an agreement that is in use      ?  silent

        REACH is an octal register of the last 8 polls: each poll shifts it to the left, and an
        authentic reply sets the bit of its poll, so 377 says that all were answered. LAST is the
        age of the last reply. OFFSET ± ERROR is the peer's clock minus this host's, and how far
        that may be wrong. RTT is the last round trip. A peer is silent if it answered none of the
        last 8 polls, or did not answer for as long as 8 polls take. A silent peer has no offset
        and no time, even if they were measured before. CONSENSUS says whether the coarse
        consensus counts the peer, or why it does not.

        Exit codes: 0 the condition holds; 1 it does not, and standard error says why:

          status, sync, now   no agreement is in use (none yet, expired), or UTC is not bounded
          peers               the members that answer, this one included, are no majority
          drift               no consensus of the peers' clocks

        69 no node answers, or the time of 'wait' is over; 77 access to the node is denied; 65 the
        file is wrong.

        With --json, one object, for every exit code: question, holds, why, status, quality,
        traceable, time_utc_ns, earliest_utc_ns, latest_utc_ns, bound_ns, held_ns, all for the
        instant monotonic_ns, boottime_ns, host_utc_ns; local_time_ms, consensus_time_ms,
        drift_ms, confidence, sources, ntp_synced, epoch, ntp, datagrams_taken, datagrams_refused
        by reason; ptp, if the node follows a ptp4l: grandmaster, ahead_least_ns, ahead_most_ns
        (UTC - this host's), provenance, failure; sources_contradict_by_ns, if PTP and NTP exclude
        each other, so that neither counts; and the peers: name, state (majority, agreeing,
        wide, false, unjudged, silent), reach (0 to 255, the newest poll is bit 0),
        last_heard_ms, offset_ns, error_ns, round_trip_ns, verdict, included, reason.
        """
    static let options: [CommandOption] =
        TimeAnswerSource.options + [
            CommandOption("--timeout", .required("TIME"), "how long to wait or to poll (default 5s; wait: 30s)"),
            CommandOption(
                "--max-bound", .required("TIME"), "wait until UTC is known to within this: 5ms\n(default: any bound)"),
        ] + ConsensusOptions.all + [.json]
    static let examples = [
        "tickrun key new --nodes a,b,c --folder Fixtures/cluster",
        "tickrun time status --cluster Fixtures/cluster/a.json",
        "tickrun time wait --cluster Fixtures/cluster/a.json --max-bound 5ms --timeout 30s",
    ]

    static func run(_ arguments: Arguments) throws(RunFailure) -> ExitCode {
        let question: TimeQuestion = try arguments.word(0)
        try arguments.refuseOperands(after: 1)
        let maxBound = try arguments.duration("--max-bound")
        if maxBound != nil, question != .wait { throw arguments.failure("--max-bound belongs to 'time wait'") }
        if let maxBound, maxBound <= .zero { throw arguments.failure("--max-bound: give more than 0") }
        let timeout = try arguments.duration("--timeout") ?? (question == .wait ? .seconds(30) : .seconds(5))
        guard timeout > .zero else { throw arguments.failure("--timeout: give more than 0") }

        let source = try TimeAnswerSource(
            arguments, isPatient: question == .wait, until: HostClock.monotonic() +| timeout)
        defer { source.stop() }
        let (answer, line): (TimeAnswer, [UInt8])
        if question == .wait {
            (answer, line) = try source.wait {
                $0.isWithin(maxBound)
            } refusal: { last in
                vainly(last, maxBound, timeout)
            }
        } else {
            (answer, line) = try source.ask(question)
        }
        try Output.writing { output throws(RunFailure) in
            if arguments.wantsJSON {
                try output.line(String(decoding: line, as: UTF8.self))
            } else {
                for line in lines(question, answer) { try output.row(line) }
            }
        }
        // 'wait' returned, so its own condition holds.
        if question == .wait || answer.holds { return .good }
        Commentary.say("'time \(question.rawValue)' does not hold: \(answer.why ?? "the node does not say why")")
        return .badVerdict
    }

    private static func lines(_ question: TimeQuestion, _ answer: TimeAnswer) -> [String] {
        switch question {
        case .status, .sync: answer.statusLines
        case .peers: answer.peerLines
        case .drift: [answer.driftText]
        case .now, .wait: [answer.nowText]
        }
    }

    private static func vainly(_ last: TimeAnswer?, _ maxBound: Nanoseconds?, _ timeout: Nanoseconds) -> String {
        let waited = "waited \(Quantity.length(timeout)) without success"
        guard let last else { return "\(waited): no node answered" }
        guard last.traceable, let bound = last.utcBound else {
            return "\(waited): UTC is not bounded; the cluster is \(last.statusText), the quality \(last.quality)"
        }
        return "\(waited): UTC is known to within \(Quantity.length(bound)), not \(Quantity.length(maxBound))"
    }
}

extension TimeAnswer {
    /// Whether true UTC is bounded, to `limit` if there is one.
    fileprivate func isWithin(_ limit: Nanoseconds?) -> Bool {
        guard traceable, let bound = utcBound else { return false }
        return limit.map { bound <= $0 } ?? true
    }
}
