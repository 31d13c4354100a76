import ChannelRun
import TickLinux
import TickReports
import TickTime

/// The position of an instant on the grid that all hosts share.
enum AlignCommand: Command {
    static let name = "align"
    static let summary = "the SMPTE ST 2059-1 frame of an instant, and where the next begins"
    static let operands = "RATE"
    static let discussion = """
        Point i lies at i / rate after 1970-01-01T00:00:00 TAI, to nearest nanosecond. Prints the
        index of the last point that is not after a TAI instant, and the point after that. A
        printed point has its own index. Hosts with agreeing clocks that begin on such a point
        tick in phase and share frame numbers.

        Without --tai-ns the instant is now: system time, carried to TAI by the kernel's offset if
        a time daemon set it, else by the system's leap-seconds.list, else by the built-in table.
        An expired list is used only if it knows a later leap second than that table. Standard
        error and JSON name the source: kernel, leap_seconds_list, leap_seconds_list_expired or
        built_in. The environment variable TICKRUN_LEAP_SECONDS names another list.

        With --json, one object: rate, tai_ns, index, next_point_tai_ns; for now also tai_offset_s
        and tai_offset_source.
        """
    static let options: [CommandOption] = [
        CommandOption("--tai-ns", .required("T"), "nanoseconds since 1970-01-01T00:00:00 TAI (default: now)"),
        .json,
    ]
    static let examples = [
        "tickrun align 25 --tai-ns 2160069796705223459",
        "tickrun align 59.94 --json",
    ]

    static func run(_ arguments: Arguments) throws(RunFailure) -> ExitCode {
        let rate = try arguments.rate(at: 0)
        try arguments.refuseOperands(after: 1)
        let given = try arguments.integer("--tai-ns", in: Int64.min...Int64.max)
        let (tai, offset) = given.map { (TAIInstant(nanoseconds: $0), TAIOffset?.none) } ?? now()
        let (index, nextPoint): (Int64, TAIInstant)
        do {
            (index, nextPoint) = try rate.alignment(at: tai)
        } catch {
            throw arguments.failure("--tai-ns: \(error)")
        }
        if let offset {
            Commentary.say("TAI - UTC is \(offset.seconds) s, from \(offset.source.explanation)")
        }
        try Output.writing { output throws(RunFailure) in
            guard arguments.wantsJSON else {
                try output.line("tai_ns             \(tai.nanoseconds)")
                try output.line("index              \(index)  at \(rate.nameWithRational)")
                return try output.line("next_point_tai_ns  \(nextPoint.nanoseconds)")
            }
            var json = JSONText()
            json.object {
                $0.member("schema", "tickrun/align/1")
                $0.member("rate", rate.rational)
                $0.member("tai_ns", tai.nanoseconds)
                $0.member("index", index)
                $0.member("next_point_tai_ns", nextPoint.nanoseconds)
                if let offset {
                    $0.member("tai_offset_s", offset.seconds)
                    $0.member("tai_offset_source", offset.source.rawValue)
                }
            }
            try output.line(json)
        }
        return .good
    }

    private static func now() -> (TAIInstant, TAIOffset?) {
        let utc = HostClock.utc()
        let offset = TAIOffset.ofThisHost()
        return (TAIInstant(nanoseconds: utc.nanoseconds + offset.seconds * 1_000_000_000), offset)
    }
}
