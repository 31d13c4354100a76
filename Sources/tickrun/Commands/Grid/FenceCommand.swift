import ChannelRun
import TickReports
import TickTime

/// The tick at which a block of the schedule ends.
enum FenceCommand: Command {
    static let name = "fence"
    static let summary = "the first tick after a block"
    static let operands = "RATE"
    static let discussion = """
        Prints ceil((end - epoch) * rate): the first tick not before the block's end. The block
        owns the ticks below it. The fence is 0 if the end is not after the epoch. Only UTC
        counts: no monotonic clock takes part.

        With --json, one object: rate, epoch_utc_ns, end_utc_ns, fence_tick.
        """
    static let options: [CommandOption] = [
        CommandOption("--epoch-utc-ms", .required("E"), "tick 0, in milliseconds since 1970-01-01T00:00:00Z"),
        CommandOption("--end-utc-ms", .required("X"), "the end of the block, in the same unit"),
        CommandOption("--epoch-utc-ns", .required("E"), "tick 0 in nanoseconds, instead of milliseconds"),
        CommandOption("--end-utc-ns", .required("X"), "the end of the block in nanoseconds, instead of milliseconds"),
        .json,
    ]
    static let examples = [
        "tickrun fence 59.94 --epoch-utc-ms 1700000000000 --end-utc-ms 1700000030000",
        "tickrun fence 25 --epoch-utc-ns 0 --end-utc-ns 40000001 --json",
    ]

    static func run(_ arguments: Arguments) throws(RunFailure) -> ExitCode {
        let rate = try arguments.rate(at: 0)
        try arguments.refuseOperands(after: 1)
        let epoch = try instant("epoch", arguments)
        let end = try instant("end", arguments)
        let fence = rate.fence(of: end, epoch: epoch)
        try Output.writing { output throws(RunFailure) in
            guard arguments.wantsJSON else { return try output.line("\(fence)") }
            var json = JSONText()
            json.object {
                $0.member("schema", "tickrun/fence/1")
                $0.member("rate", rate.rational)
                $0.member("epoch_utc_ns", epoch.nanoseconds)
                $0.member("end_utc_ns", end.nanoseconds)
                $0.member("fence_tick", fence)
            }
            try output.line(json)
        }
        return .good
    }

    /// One of `--<which>-utc-ms` and `--<which>-utc-ns`.
    private static func instant(_ which: String, _ arguments: Arguments) throws(RunFailure) -> UTCInstant {
        let (inMilliseconds, inNanoseconds) = ("--\(which)-utc-ms", "--\(which)-utc-ns")
        let furthest = Int64.max / 1_000_000
        let milliseconds = try arguments.integer(inMilliseconds, in: -furthest...furthest)
        let nanoseconds = try arguments.integer(inNanoseconds, in: Int64.min...Int64.max)
        switch (milliseconds, nanoseconds) {
        case (let milliseconds?, nil): return UTCInstant(nanoseconds: milliseconds * 1_000_000)
        case (nil, let nanoseconds?): return UTCInstant(nanoseconds: nanoseconds)
        case (nil, nil): throw arguments.failure("\(inMilliseconds) or \(inNanoseconds) is missing")
        case (_?, _?): throw arguments.failure("\(inMilliseconds) and \(inNanoseconds) exclude each other; give one")
        }
    }
}
