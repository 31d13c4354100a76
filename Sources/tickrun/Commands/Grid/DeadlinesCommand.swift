import ChannelRun
import TickLinux
import TickReports
import TickTime

/// Prints when ticks fall, so that anyone can check the arithmetic.
enum DeadlinesCommand: Command {
    static let name = "deadlines"
    static let summary = "when ticks fall, in nanoseconds from tick 0"
    static let operands = "RATE"
    static let discussion = """
        Prints the offset of each tick from tick 0: tick * 10^9 / rate nanoseconds, to nearest,
        halves up, computed from the tick's index in 128 bits and never accumulated.

        With --grid-origin and --not-before, the list begins with the first tick that is due at
        that instant or later, on the grid whose tick 0 is due at the origin: the number for
        'tickrun run --first-tick'. Leap seconds between the two count.

        With --clock-rate, also the reading of a media clock at the tick, in both roundings:
        nearest (halves up), as container formats rescale, and sampled (down), what the clock's
        counter shows at that instant, as RTP is stamped. Neither is wrapped to 32 bits.

        With --json, one object a line: rate, tick, offset_ns; with --clock-rate also
        clock_rate_hz, media_timestamp (nearest) and media_timestamp_sampled.
        """
    static let options: [CommandOption] = [
        CommandOption("--from", .required("N"), "the first tick (default 0)"),
        CommandOption("--grid-origin", .required("UTC"), "when tick 0 is due, for --not-before"),
        CommandOption("--not-before", .required("UTC"), "begin with the first tick due then or later"),
        CommandOption("--count", .required("K"), "how many ticks (default 10)"),
        CommandOption(
            "--clock-rate", .required("HZ"),
            "also the reading of a media clock: 90000 for RTP and PTS,\n48000 for audio"),
        .json,
    ]
    static let examples = [
        "tickrun deadlines 59.94",
        "tickrun deadlines 30000/1001 --from 9214158 --count 2",
        "tickrun deadlines 59.94 --count 5 --clock-rate 90000 --json",
        "tickrun deadlines 25 --grid-origin 2026-01-01T00:00:00Z --not-before 2026-11-21T12:00:00Z",
    ]

    static func run(_ arguments: Arguments) throws(RunFailure) -> ExitCode {
        let rate = try arguments.rate(at: 0)
        try arguments.refuseOperands(after: 1)
        let first = try firstTick(arguments, rate)
        let count = try arguments.integer("--count", in: 0...Int64.max) ?? 10
        let clockRate = try arguments.integer("--clock-rate", in: 1...Int64(UInt32.max)).map { UInt32($0) }
        let (end, overflow) = first.addingReportingOverflow(count)
        guard !overflow else {
            throw arguments.failure("--count: --from plus --count is above \(Int64.max); lower one of them")
        }

        let list = List(rate: rate, clockRate: clockRate, asJSON: arguments.wantsJSON)
        return try Output.writing { output throws(RunFailure) in
            if !list.asJSON { for line in list.heading { try output.row(line) } }
            var json = JSONText()
            for tick in first..<end {
                let row: List.Row
                do { row = try list.row(of: tick) } catch {
                    throw RunFailure.usage("--from \(first) --count \(count): \(error)")
                }
                try list.print(row, to: &output, through: &json)
            }
            return .good
        }
    }

    /// The first tick of the list: as stated, or the first one due at an instant or later.
    private static func firstTick(_ arguments: Arguments, _ rate: FrameRate) throws(RunFailure) -> Int64 {
        let stated = try arguments.integer("--from", in: 0...Int64.max)
        let origin = try arguments.instant("--grid-origin"), instant = try arguments.instant("--not-before")
        guard let origin, let instant else {
            guard origin == nil, instant == nil else {
                throw arguments.failure("--grid-origin and --not-before belong together; give both")
            }
            return stated ?? 0
        }
        if stated != nil {
            throw arguments.failure("--from and --not-before exclude each other; give one")
        }
        do {
            let grid = try GridPhase(tick: 0, tai: try HostTAIOffset.tai(from: origin))
            return try grid.firstTickDue(notBefore: try HostTAIOffset.tai(from: instant), at: rate)
        } catch {
            throw arguments.failure("--not-before: \(error)")
        }
    }
}

private struct List {
    let rate: FrameRate
    let clockRate: UInt32?
    let asJSON: Bool

    /// The rate, and the titles of the columns.
    var heading: [String] {
        let media = clockRate == nil ? "" : "  \("nearest".padded(to: 19))  sampled"
        return [
            rate.nameWithRational + (clockRate.map { ", media clock of \($0) Hz" } ?? ""),
            row("tick", "offset_ns", media),
        ]
    }

    private func row(_ tick: String, _ offset: String, _ media: String) -> String {
        "\(tick.padded(to: 14))  \(offset.padded(to: 19))\(media)"
    }

    /// One tick: its offset from the epoch, and its media timestamp in both roundings where a clock rate was given.
    struct Row {
        let tick: Int64
        let offset: Nanoseconds
        let media: (hertz: UInt32, nearest: Int64, sampled: Int64)?
    }

    /// - Throws: `TickTimeError` for a tick beyond the range of time.
    func row(of tick: Int64) throws(TickTimeError) -> Row {
        let offset = try rate.offset(ofTick: tick)
        guard let clockRate else { return Row(tick: tick, offset: offset, media: nil) }
        let nearest = try rate.mediaTimestamp(ofTick: tick, clockRate: clockRate, rounding: .nearest)
        let sampled = try rate.mediaTimestamp(ofTick: tick, clockRate: clockRate, rounding: .sampled)
        return Row(tick: tick, offset: offset, media: (clockRate, nearest, sampled))
    }

    func print(_ found: Row, to output: inout Output, through json: inout JSONText) throws(RunFailure) {
        let (tick, offset, media) = (found.tick, found.offset, found.media)
        guard asJSON else {
            let columns = media.map { "  \("\($0.nearest)".padded(to: 19))  \($0.sampled)" } ?? ""
            return try output.row(row("\(tick)", "\(offset.count)", columns))
        }
        json.removeAll()
        json.object {
            $0.member("schema", "tickrun/deadline/1")
            $0.member("rate", rate.rational)
            $0.member("tick", tick)
            $0.member("offset_ns", offset.count)
            if let media {
                $0.member("clock_rate_hz", media.hertz)
                $0.member("media_timestamp", media.nearest)
                $0.member("media_timestamp_sampled", media.sampled)
            }
        }
        try output.line(json)
    }
}
