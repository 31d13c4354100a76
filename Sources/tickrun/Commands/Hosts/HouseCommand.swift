import ChannelRun
import ClusterLinux
import LinuxService
import TickLinux
import TickReports
import TickTime
import TimeExchange

/// Shows what a plant's grandmaster announces of its time labels.
enum HouseCommand: Command {
    static let name = "house"
    static let summary = "show the house's time labels that PTP announces"
    static let operands = ""
    static let discussion = """
        Listens to the synchronization metadata of SMPTE ST 2059-2, which the grandmaster of a
        plant sends once a second: default frame rate, drop-frame labels, local time, the daily
        jam, the next jump (of daylight saving, or a leap second). Needs no ptp4l, and takes
        nothing from one that runs. Never moves time. PTP is not authenticated: the sender is what
        the message states.

        Local time = TAI + local offset, so the local offset contains TAI - UTC. The offset from
        UTC is computed with this host's leap seconds; the output names them.

        Prints the first metadata of the domain. With --follow it also prints every later change:
        of the sender, of the content, metadata that is refused, metadata that is stale because
        none came for 3 s, and metadata that comes again. Metadata is refused if:

          its rate is not in lowest terms, or has no drop-frame labels but claims them
          a jam is not at whole ten minutes of local time
          a jump has no time, or no length
          a time is more than a minute on the wrong side of this host's clock
          local time is more than 14 hours from UTC

        Refused metadata is shown with its faults, and does not replace the last accepted.

        Exit codes: 0 accepted metadata is shown; 1 it was refused, or at the end of --follow the
        last accepted is stale or there is none; 69 nothing was heard, or the interface is wrong;
        77 UDP port 320 needs a privilege.

        With --json, one object an event (tickrun/house/1): event (heard, sender, content,
        refused, stale, resumed), accepted, stale, age_ns, sender, previous_sender, changed,
        senders, faults, notes; the content; and what became of the datagrams.
        """
    static let options: [CommandOption] = [
        CommandOption("--interface", .required("NAME"), "listen there only (default: every interface with multicast)"),
        CommandOption("--domain", .required("N"), "the domain of PTP, 0 to 255 (default 127)"),
        CommandOption("--timeout", .required("TIME"), "how long to wait for the first metadata (default 5s)"),
        CommandOption("--follow", .none, "print changes until a signal"),
        CommandOption("--duration", .required("TIME"), "with --follow: end after this"),
        .json,
    ]
    static let examples = [
        "tickrun house",
        "tickrun house --interface eth0 --json",
        "tickrun house --domain 0 --follow --duration 1h",
    ]

    static func run(_ arguments: Arguments) throws(RunFailure) -> ExitCode {
        try arguments.refuseOperands(after: 0)
        let domain = UInt8(try arguments.integer("--domain", in: 0...255) ?? 127)
        let timeout = try arguments.duration("--timeout") ?? .seconds(5)
        guard timeout > .zero else { throw arguments.failure("--timeout: give more than 0") }
        let duration = try arguments.duration("--duration")
        if let duration, duration <= .zero { throw arguments.failure("--duration: give more than 0") }
        if duration != nil, !arguments.has("--follow") { throw arguments.failure("--duration belongs to --follow") }
        let interrupts: InterruptWatch
        do { interrupts = try InterruptWatch() } catch { throw RunFailure.unavailable("\(error)") }
        var watch = try HouseWatch(arguments.text("--interface"), domain, isJSON: arguments.wantsJSON)

        let begin = HostClock.boot()
        while !watch.hasHeard, HostClock.boot() -| begin < timeout {
            if interrupts.asksToEnd(within: .zero) { break }
            try watch.step(until: begin +| timeout)
        }
        guard watch.hasHeard else { throw watch.nothing(within: HostClock.boot() -| begin) }
        guard arguments.has("--follow") else { return watch.exitCode }
        while duration.map({ HostClock.boot() -| begin < $0 }) ?? true, !interrupts.asksToEnd(within: .zero) {
            try watch.step(until: duration.map { begin +| $0 } ?? BootInstant(nanoseconds: .max))
        }
        return watch.exitCode
    }
}
