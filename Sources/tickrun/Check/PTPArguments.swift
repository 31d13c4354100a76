import ChannelRun
import ClusterLinux
import TickTime
import TimeExchange

/// The ptp4l of a check, from the command line.
struct PTPArguments {
    let source: PTPSource
    let stated: PTPStatedErrors

    static let options: [CommandOption] = [
        CommandOption(
            "--ptp", .optional("SOCKET"), "ask ptp4l at its uds_address\n(default \(PTPSource.standardSocket))"),
        CommandOption(
            "--ptp-monitor", .required("SOCKET"),
            "take times of exchanges at this slave_event_monitor of ptp4l;\nwithout it there is only an estimate, which proves nothing"
        ),
        CommandOption("--ptp-domain", .required("N"), "ptp4l's domain, 0 to 255 (default: the one that answers)"),
        CommandOption(
            "--ptp-hop-error", .required("TIME"),
            "error that each step to the grandmaster adds\n(default: not known, so only one step is proof)"),
        CommandOption(
            "--ptp-holdover-error", .required("TIME"),
            "error of a grandmaster in holdover, class 7\n(default: not known, so holdover is no proof)"),
    ]

    /// - Returns: `nil` without --ptp.
    init?(_ arguments: Arguments) throws(RunFailure) {
        guard let socket = arguments.text("--ptp") else {
            try arguments.refuse(Self.options, without: "--ptp")
            return nil
        }
        var domain: UInt8?
        if let text = arguments.text("--ptp-domain") {
            guard let number = UInt8(text) else {
                throw arguments.failure("--ptp-domain: '\(text)' is not a number from 0 to 255")
            }
            domain = number
        }
        source = PTPSource(
            socket: socket.isEmpty ? PTPSource.standardSocket : socket, monitor: arguments.text("--ptp-monitor"),
            domain: domain)
        stated = PTPStatedErrors(
            hop: try Self.error("--ptp-hop-error", arguments),
            holdover: try Self.error("--ptp-holdover-error", arguments))
    }

    private static func error(_ name: String, _ arguments: Arguments) throws(RunFailure) -> Nanoseconds? {
        guard let error = try arguments.duration(name) else { return nil }
        guard error >= .zero, error <= .seconds(1) else { throw arguments.failure("\(name): give 0ns to 1s") }
        return error
    }
}
