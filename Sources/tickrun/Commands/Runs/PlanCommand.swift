import ChannelRun
import TickConfiguration
import TickLinux
import TickReports
import TickScheduling
import TickTime

/// The fences, ticks and labels of a profile's block plans, without running them.
enum PlanCommand: Command {
    static let name = "plan"
    static let summary = "the fences, ticks and timecodes of a profile's blocks, without running them"
    static let operands = "PROFILE"
    static let discussion = """
        Lays the blocks of each session on its grid: block k owns the ticks from the fence of
        its start up to, not including, the fence of its end. A fence is counted from the epoch
        in UTC. A run reads the epoch from the clock; here you give it with --epoch (default:
        the start of the plan), or with --grid-origin for a run that has this option.

        Blocks that ended before the epoch own no tick, and no tick passes them. A session joins
        the block in progress, and its line says so. If all blocks ended before the epoch, a
        warning says what a run would do.

        A session without a plan is left out. With --json, one object a block: session, block,
        block_index, start_utc_ns, end_utc_ns, first_tick, fence_tick, ticks, timecode,
        owns_no_tick, joined_elapsed_ns.
        """
    static let options: [CommandOption] = [
        CommandOption("--epoch", .required("UTC"), "tick 0 of every session: 2026-11-21T06:00:00Z"),
        CommandOption("--grid-origin", .required("UTC"), "tick 0 of the grid of a run with --grid-origin"),
        CommandOption("--session", .required("ID"), "only this session (default: all)"),
        .json,
    ]
    static let examples = [
        "tickrun plan Fixtures/profiles/blocks-60s.json",
        "tickrun plan Fixtures/profiles/day-24h.json --session sport-59.94 --epoch 2026-11-21T12:00:00Z --json",
    ]

    static func run(_ arguments: Arguments) throws(RunFailure) -> ExitCode {
        let file = try arguments.operand(0, called: "PROFILE")
        try arguments.refuseOperands(after: 1)
        try arguments.refuseRate(file)
        let epoch = try epoch(arguments)
        let profile: Profile
        do { profile = try Profile(contentsOfFile: file) } catch { throw RunFailure(error) }
        var sessions = profile.sessions
        if let id = arguments.text("--session") {
            sessions = sessions.filter { $0.id == id }
            guard !sessions.isEmpty else {
                let ids = profile.sessions.map(\.id)
                let suggestion = NearestSpelling.suggestion(for: id, among: ids)
                throw arguments.failure("--session: \(file) has no session '\(id)'\(suggestion)")
            }
        }
        let laid = try sessions.map { (session) throws(RunFailure) in
            try LaidPlan(session, epoch: epoch, now: HostClock.utc())
        }.compactMap(\.self)
        guard !laid.isEmpty else {
            throw RunFailure.configuration("\(file): no session has a block plan; give one \"blocks\"")
        }
        for warning in laid.compactMap(\.warning) { Commentary.say(warning) }
        try Output.writing { output throws(RunFailure) in
            for plan in laid { arguments.wantsJSON ? try plan.writeJSON(&output) : try plan.write(&output) }
        }
        return .good
    }

    /// Tick 0 by the UTC of today, as the epoch of a session on a given grid has it.
    private static func epoch(_ arguments: Arguments) throws(RunFailure) -> UTCInstant? {
        let epoch = try arguments.instant("--epoch")
        guard let origin = try arguments.instant("--grid-origin") else { return epoch }
        guard epoch == nil else { throw arguments.failure("--epoch and --grid-origin exclude each other; give one") }
        do {
            return try HostTAIOffset.current().utc(of: try HostTAIOffset.tai(from: origin))
        } catch {
            throw arguments.failure("--grid-origin: \(error)")
        }
    }
}

/// A session's plan on a grid.
private struct LaidPlan {
    let session: SessionProfile
    let names: [String]
    let epoch: UTCInstant
    let blocks: [PlacedBlock]
    let timecode: SessionTimecode?

    /// - Parameter epoch: tick 0; `nil` is the plan's start.
    init?(_ session: SessionProfile, epoch: UTCInstant?, now: UTCInstant) throws(RunFailure) {
        guard let planned = session.sessionBlocks(at: epoch ?? now) else { return nil }
        self.session = session
        names = session.channel.expandedBlocks.map(\.id)
        let start: UTCInstant =
            switch planned.start {
            case .utc(let instant): instant
            // A plan that starts with the session has no start of its own. Here it starts on a whole second.
            case .epoch: epoch ?? now -| Nanoseconds(now.nanoseconds % 1_000_000_000)
            }
        self.epoch = epoch ?? start
        do {
            blocks = try BlockPlan(start: start, blocks: planned.blocks).placements(
                rate: session.rate, epoch: self.epoch)
            timecode = try session.sessionTimecode(epoch: self.epoch)
        } catch {
            throw RunFailure.badData("session '\(session.id)': \(error)")
        }
    }

    /// The note that a run from this epoch shows no block.
    var warning: String? {
        guard let end = blocks.last?.end, end <= epoch else { return nil }
        switch session.channel.atPlanEnd {
        case .continue:
            return "session '\(session.id)': every block is over before tick 0; a run continues without a block "
                + "(at_plan_end: continue); plan later blocks"
        case .end:
            return "session '\(session.id)': every block is over before tick 0; a run is refused; plan later blocks"
        }
    }

    /// How far in the block is at the epoch, if that lies within it.
    private func joined(_ block: PlacedBlock) -> Nanoseconds? {
        block.start < epoch && epoch < block.end && block.fence > 0 ? epoch -| block.start : nil
    }

    func write(_ output: inout Output) throws(RunFailure) {
        try output.row(
            "session \(session.id), \(session.rate.nameWithRational), \(blocks.count) blocks; "
                + "tick 0 at \(epoch.plain)" + (timecode.map { ", \($0.label(ofTick: 0))" } ?? ""))
        var rows = [["start (UTC)", "length", "first", "fence", "ticks", "timecode", "block"]]
        for block in blocks {
            let ticks = max(0, block.fence - block.firstTick)
            var note = ""
            if let elapsed = joined(block) { note = "  joined \(Quantity.length(elapsed)) in" }
            if block.ownsNoTick { note = block.fence == 0 ? "  over before tick 0" : "  OWNS NO TICK" }
            let label = block.ownsNoTick ? "-" : timecode.map { "\($0.label(ofTick: block.firstTick))" } ?? "-"
            rows.append([
                block.start.plain, length(block.end -| block.start), "\(block.firstTick)", "\(block.fence)", "\(ticks)",
                label, names[Int(block.index)] + note,
            ])
        }
        let widths = rows[0].indices.map { column in rows.map { $0[column].count }.max() ?? 0 }
        for row in rows { try output.row(line(row, widths)) }
        try output.row(
            "ends at \(blocks.last?.end.plain ?? ""), tick \(blocks.last?.fence ?? 0); at_plan_end: "
                + session.channel.atPlanEnd.rawValue)
        try output.row("")
    }

    /// A row: the start to the left, the block to the end of the line, and what lies between to the right.
    private func line(_ row: [String], _ widths: [Int]) -> String {
        let cells = row.indices.map { column in
            column == row.count - 1 ? row[column] : row[column].padded(to: widths[column], isNumber: column > 0)
        }
        return "  " + cells.joined(separator: "  ")
    }

    /// Hours, minutes and seconds, and what is below them.
    private func length(_ length: Nanoseconds) -> String {
        let (seconds, rest) = length.count.quotientAndRemainder(dividingBy: 1_000_000_000)
        guard rest == 0 else { return Quantity.length(length) }
        let fields = [seconds / 3600, seconds / 60 % 60, seconds % 60].map { $0 < 10 ? "0\($0)" : "\($0)" }
        return fields.joined(separator: ":")
    }

    func writeJSON(_ output: inout Output) throws(RunFailure) {
        for block in blocks {
            var json = JSONText()
            json.object { json in
                json.member("schema", "tickrun/plan/1")
                json.member("session", session.id)
                json.member("rate", session.rate.rational)
                json.member("epoch_utc_ns", epoch.nanoseconds)
                json.member("block", names[Int(block.index)])
                json.member("block_index", block.index)
                json.member("start_utc_ns", block.start.nanoseconds)
                json.member("end_utc_ns", block.end.nanoseconds)
                json.member("first_tick", block.firstTick)
                json.member("fence_tick", block.fence)
                json.member("ticks", max(0, block.fence - block.firstTick))
                json.member(
                    "timecode", block.ownsNoTick ? nil : timecode.map { "\($0.label(ofTick: block.firstTick))" })
                json.member("owns_no_tick", block.ownsNoTick)
                json.member("joined_elapsed_ns", joined(block)?.count)
            }
            try output.line(json)
        }
    }
}

extension UTCInstant {
    /// ISO 8601, without a fraction at a whole second.
    fileprivate var plain: String { iso8601.replacing(".000000000Z", with: "Z") }
}
