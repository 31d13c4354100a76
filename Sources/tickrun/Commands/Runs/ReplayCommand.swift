import ChannelRun
import ClockView
import MessageDigest
import TickJournal
import TickReports
import TickScheduling
import TickTime

/// Runs a journal again, without a clock.
enum ReplayCommand: Command {
    static let name = "replay"
    static let summary = "recompute a recorded run and its beliefs about time"
    static let operands = "JOURNAL…"
    static let discussion = """
        Checks the chain of a journal that 'tickrun run --journal' recorded. Recomputes the
        deadline, lateness, cause, skip and block of every tick with the code that ran it, from
        the recorded anchors and instants, and compares the results with the recording. Then it
        prints what the run believed about time under each policy: at the end, after the first N
        events (--cut), or along the run (--every).

        It also prints the verdict of the run itself, by the levels that the journal records. That
        verdict does not change the exit code.

        REPLAYED and exit code 0 if the recording agrees with the recomputation. FAIL and 1 if the
        two contradict each other; the first difference of each session is shown. 65 if the
        journal is damaged: the chain shows that an event was changed or is missing. An incomplete
        event at the end, left by a kill, is not damage; it is reported.

        Policies: trustMonotonicLatest, trustNTPLatest, trustNTPWeighted (NTP samples by inverse
        variance), hybridMonotonicRTC (the wall clock), consensusTime (a majority of the peers'
        last 15 claims). The monotonic clock carries the last three forward.

        With --channel, the journals are those of the hosts of one channel. On all hosts together,
        each index must be on air at most once, and in the order of the fencing numbers. Prints
        which host had which ticks, the gaps and the jumps of phase. FAIL and 1 for a fault; with
        --whole also for a gap.

        With --json, one object a belief (cut, policy, ns, uncertainty_ns, domain, provenance),
        then one of the replay.
        """
    static let options: [CommandOption] = [
        CommandOption("--cut", .required("N"), "only the first N events"),
        CommandOption("--every", .required("N"), "also the beliefs after every Nth event"),
        CommandOption("--policy", .required("POLICY"), "only this policy (default: all)"),
        CommandOption("--digest", .none, "print only one SHA-256 over all beliefs"),
        CommandOption("--times", .required("N"), "with --digest: replay N times; exit 1 if the digests differ"),
        CommandOption("--channel", .required("NAME"), "check the journals of a channel's hosts against each other"),
        CommandOption("--whole", .none, "with --channel: a gap is a fault too"),
        .json,
    ]
    static let examples = [
        "tickrun replay Fixtures/journals/ntsc.journal",
        "tickrun replay Fixtures/journals/utc-step.journal --policy hybridMonotonicRTC --every 40",
        "tickrun replay Fixtures/journals/pal.journal --digest",
    ]

    private static func check(_ channel: String, _ arguments: Arguments) throws(RunFailure) -> ExitCode {
        for option in ["--cut", "--every", "--policy", "--digest", "--times"]
        where arguments.text(option) != nil || arguments.has(option) {
            throw arguments.failure("\(option) is for one journal, and --channel for those of all hosts; leave one out")
        }
        _ = try arguments.operand(0, called: "JOURNAL")
        return try ChannelReplayReport.run(
            channel, arguments.operands, allowsGaps: !arguments.has("--whole"), asJSON: arguments.wantsJSON)
    }

    static func run(_ arguments: Arguments) throws(RunFailure) -> ExitCode {
        if let channel = arguments.text("--channel") { return try check(channel, arguments) }
        if arguments.has("--whole") { throw arguments.failure("--whole belongs to --channel; give both") }
        let input = JournalInput(path: try arguments.operand(0, called: "JOURNAL"))
        try arguments.refuseOperands(after: 1)
        let wanted = try arguments.integer("--cut", in: 0...Int64.max).map { Int($0) }
        let every = try arguments.integer("--every", in: 1...Int64.max).map { Int($0) }
        let policy: ClockView.Policy? = try arguments.choice("--policy")
        let wantsDigest = arguments.has("--digest")
        if wantsDigest, arguments.wantsJSON || every != nil {
            throw arguments.failure("--digest prints only the digest; leave out --json and --every")
        }
        let times = try arguments.integer("--times", in: 1...1_000_000) ?? 1
        if times > 1, !wantsDigest { throw arguments.failure("--times belongs to --digest; give both") }
        // Once to learn how many sessions there are, and once to recompute them.
        let reading = try input.read(upTo: wanted ?? .max)
        let count = reading.survey.events
        try input.requireEvents(wanted, reading)
        return try Output.writing { output throws(RunFailure) in
            let report = BeliefPrinter(asJSON: arguments.wantsJSON)
            var replay = JournalReplay(reading.survey, policies: policy.map { [$0] } ?? ClockView.Policy.allCases)
            var run = JournalAccumulation(named: input.path)
            _ = try input.read(upTo: count) { (event) throws(RunFailure) in
                try input.understanding { () throws(JournalError) in
                    try replay.apply(event)
                    if !wantsDigest, let record = try event.record() { run.add(record) }
                }
                guard let every, !wantsDigest, event.number % every == 0, event.number < count else { return }
                try report.print(replay.beliefs, to: &output)
            }
            if wantsDigest {
                let digest = replay.beliefs.digest
                for time in stride(from: 1, to: times, by: 1) {
                    var again = JournalReplay(
                        reading.survey, policies: policy.map { [$0] } ?? ClockView.Policy.allCases)
                    _ = try input.read(upTo: count) { (event) throws(RunFailure) in
                        try input.understanding { () throws(JournalError) in try again.apply(event) }
                    }
                    if again.beliefs.digest != digest {
                        Commentary.say(
                            "replay \(time + 1) gives \(again.beliefs.digest), the first gave \(digest)")
                        return .badVerdict
                    }
                }
                try output.line(digest.hex)
            } else {
                try report.print(replay.beliefs, to: &output)
                run.finish()
                try print(replay, run.summary, reading, input, asJSON: arguments.wantsJSON, to: &output)
            }
            return replay.contradictionCount == 0 ? .good : .badVerdict
        }
    }

    private static func print(
        _ replay: borrowing JournalReplay, _ run: RunSummary, _ reading: JournalInput.Reading, _ input: JournalInput,
        asJSON: Bool, to output: inout Output
    ) throws(RunFailure) {
        let isPass = replay.contradictionCount == 0
        if asJSON { return try output.line(json(replay, run, reading, input)) }
        try output.row(
            "\(isPass ? "REPLAYED" : "FAIL")  \(input.path): \(reading.survey.events) events, chain intact, \(reading.end)"
        )
        for session in replay.sessions {
            let counts = session.counts
            var text = "\(counts.delivered) ticks recomputed"
            let (partly, not) = (session.partlyVerified, session.unverified)
            if not > 0 { text = "\(counts.delivered - not) ticks recomputed, \(not) not, after a contradiction" }
            if partly > 0 { text += "; of \(partly), after lost records, only the deadlines" }
            try output.row(
                "      \(session.anchor.name)  \(session.anchor.plan.rate.nameWithRational): \(text) (\(counts.onTime) on"
                    + " time, \(counts.late) late, \(counts.overPeriod) over a period, \(counts.stall) stalls,"
                    + " \(counts.skipped) skipped)\(session.endReason.map { ", ended: \($0.rawValue)" } ?? "")")
        }
        // Ticks that contradict their recomputation cannot be judged.
        if isPass, !run.sessions.isEmpty {
            try output.row(
                "      the verdict of the run\(run.ending == .running ? " so far" : ""): \(run.verdict.rawValue); \(run.reason)"
            )
        }
        if replay.lostRecords > 0 { try output.row("      \(replay.lostRecords) tick records were lost") }
        for contradiction in replay.contradictions { try output.row("      \(contradiction)") }
        let further = replay.contradictionCount - replay.contradictions.count
        if further > 0 { try output.row("      and \(further) further contradictions") }
    }

    private static func json(
        _ replay: borrowing JournalReplay, _ run: RunSummary, _ reading: JournalInput.Reading, _ input: JournalInput
    ) -> JSONText {
        var json = JSONText()
        let (sessions, contradictions) = (replay.sessions, replay.contradictions)
        let (count, lost, digest) = (replay.contradictionCount, replay.lostRecords, replay.beliefs.digest.hex)
        json.object { json in
            json.member("schema", "tickrun/replay/1")
            json.member("journal", input.path)
            json.member("verdict", count == 0 ? "PASS" : "FAIL")
            json.member("run_verdict", count == 0 && !run.sessions.isEmpty ? run.verdict.rawValue : nil)
            json.member("events", reading.survey.events)
            json.member("is_cut", reading.isCut)
            json.member("has_ended", reading.survey.ending != nil)
            json.member("torn_bytes", reading.tornBytes)
            json.member("lost_records", lost)
            json.member("belief_digest", digest)
            json.array("sessions") { json in
                for session in sessions {
                    json.object { json in
                        json.member("session", session.anchor.name)
                        json.member("rate", session.anchor.plan.rate.rational)
                        json.member("ticks", session.counts.delivered)
                        json.member("ticks_unverified", session.unverified)
                        json.member("ticks_partly_verified", session.partlyVerified)
                        json.member("on_time", session.counts.onTime)
                        json.member("late", session.counts.late)
                        json.member("over_period", session.counts.overPeriod)
                        json.member("stall", session.counts.stall)
                        json.member("skipped", session.counts.skipped)
                        json.member("end_reason", session.endReason?.rawValue)
                    }
                }
            }
            json.member("contradictions", count)
            json.array("first_contradictions") { json in
                for contradiction in contradictions {
                    json.object { json in
                        json.member("event", contradiction.event)
                        json.member("offset_bytes", contradiction.offset)
                        json.member("session", contradiction.session)
                        json.member("tick", contradiction.tick)
                        json.member("reason", contradiction.reason.isEmpty ? nil : contradiction.reason)
                        json.array("differences") { json in
                            for difference in contradiction.differences {
                                json.object { json in
                                    json.member("field", difference.field)
                                    json.member("recorded", difference.recorded)
                                    json.member("recomputed", difference.recomputed)
                                }
                            }
                        }
                    }
                }
            }
        }
        return json
    }
}

/// Prints what is believed at a cut.
private struct BeliefPrinter {
    let asJSON: Bool

    func print(_ beliefs: BeliefFold, to output: inout Output) throws(RunFailure) {
        if !asJSON { try output.row("after \(beliefs.count) events") }
        for view in beliefs.views {
            if asJSON { try output.line(json(view, at: beliefs.count)) } else { try output.row(text(view)) }
        }
    }

    private func text(_ view: ClockView) -> String {
        let now = view.now
        let policy = view.policy.rawValue.padded(to: 20)
        let value =
            switch now.domain {
            case .unknown: "unknown"
            case .monotonic: "\(now.nanoseconds) ns monotonic"
            case .unix:
                Int64(exactly: now.nanoseconds).map { UTCInstant(nanoseconds: $0).iso8601 }
                    ?? "\(now.nanoseconds) ns unix"
            }
        guard let event = now.provenance else { return "      \(policy)  \(value)" }
        return "      \(policy)  \(value)  ± \(now.uncertaintyNanoseconds) ns  by event \(event.digest.hex.prefix(12))"
    }

    private func json(_ view: ClockView, at cut: Int) -> JSONText {
        let now = view.now
        var json = JSONText()
        json.object { json in
            json.member("schema", "tickrun/belief/1")
            json.member("cut", cut)
            json.member("policy", view.policy.rawValue)
            json.member("ns", now.nanoseconds)
            json.member("uncertainty_ns", now.uncertaintyNanoseconds)
            json.member("domain", now.domain.rawValue)
            json.member("provenance", now.provenance?.digest.hex)
        }
        return json
    }
}
