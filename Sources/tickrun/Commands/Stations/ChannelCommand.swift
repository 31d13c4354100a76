import ChannelRun
import Stations
import TickConfiguration

/// The channels of a station, for operators.
enum ChannelCommand: Command {
    static let name = "channel"
    static let summary = "the channels of a station: make, list, watch, plan, move and remove them"
    static let operands = "put|list|show|watch|append|move|remove [NAME]"
    static let discussion = """
        Reads and writes the records of a station in etcd. The hosts of the station follow them;
        this command talks to no host. --station names this host's station file ('tickrun config
        schema station' prints its form). Each order is one transaction. etcd refuses it if the
        records that it rests on have changed; then the command reads them and decides again.

          put NAME      makes a channel, or changes its spec. A new channel needs --rate and
                        --hosts. Its grid (rate, tick 0, label) is written once, and a later
                        'put' with another grid is refused. Values of the spec that you do not
                        give stay as they are
          list          a line for each channel
          show NAME     the channel in full, with the blocks of its plan
          watch [NAME]  a line for each change of the channels' records, until a signal or the
                        end of --duration
          append NAME   adds a block at the end of the plan. A --start that leaves a gap or
                        overlaps is refused, and the error names the instant that fits. The first
                        block needs a --start
          move NAME     asks the owner to hand the channel over to the host of --to, and ends;
                        with --wait it follows the move. Refused with the cause if a move is
                        under way, or if the spec does not name the other host, or if that host
                        has no active tenure or is not fit
          remove NAME   deletes the channel's records. Refused while a host has it on air, unless
                        you give --force: then it goes off air when its owner reads that, at the
                        latest when the owner's tenure ends. Until then 'put' refuses the name. A
                        new channel of that name continues above the last fencing number

        Without --origin, tick 0 of a new channel is at the first whole second that is at least
        5 s ahead, so that the hosts know the channel by then. 'move' with --at soonest takes a
        tick at least 2 s ahead, and with --at fence the first fence of the plan from there on.

        Exit codes: 0 done; 1 the records do not allow it, and standard error says why, or with
        --wait the move was cancelled or is still under way; 65 a file or a record is wrong; 69
        etcd does not answer, or it is unknown whether the order was carried out; 77 the password
        is not private, or etcd refuses the user.

        With --json, one object a line. tickrun/channel/1 (put, list, show, append, remove):
        station, channel, rate, origin_utc_ns, origin_tai_ns, timecode, hosts, standby,
        isolation, accepted_bound_ns, on_air, owner, generation, first_tick, fencing_number,
        standbys (those that are fit), move (id, to, at, state, tick, reason), plan_start_utc_ns,
        plan_end_utc_ns, block_count; for 'show' also blocks. tickrun/channel-change/1 (watch):
        station, channel, record, removed, revision, seen_utc_ns and the record's members.
        tickrun/channel-move/1 (move): station, channel, from, and the members of a move.
        """
    static let options: [CommandOption] = StationOptions.all + ownOptions + [.json]

    static let ownOptions =
        [
            CommandOption("--rate", .required("RATE"), "frames per second"),
            CommandOption("--hosts", .required("A,B,…"), "hosts that may carry it, the preferred one first"),
            CommandOption(
                "--standby", .required("hot|cold"), "hot: standbys tick all the time, off air (default hot)"),
            CommandOption(
                "--isolation", .required("stop|continue"),
                "an owner that loses etcd goes off air, or continues and\nmarks its ticks as unfenced (default stop)"),
            CommandOption(
                "--accept", .required("TIME"), "greatest clock bound of a host that may carry it\n(default 5ms)"),
            CommandOption("--origin", .required("UTC"), "tick 0 (default: a whole second, at least 5 s ahead)"),
            CommandOption("--timecode", .required("LABEL"), "the label of tick 0, such as 10:00:00:00 (default none)"),
        ].inGroup("put")
        + [
            CommandOption("--id", .required("N"), "the block's number, different from the others'"),
            CommandOption("--length", .required("TIME"), "how long the block lasts"),
            CommandOption("--start", .required("UTC"), "where it begins (default: the end of the plan)"),
            CommandOption("--drop-before", .required("UTC"), "drop blocks of the plan that end by then (default none)"),
        ].inGroup("append")
        + [
            CommandOption("--to", .required("HOST"), "the host that takes the channel over"),
            CommandOption("--at", .required("soonest|fence|TICK"), "its first tick (default soonest)"),
            CommandOption("--wait", .required("TIME"), "follow the move for this long (default 0s)"),
        ].inGroup("move")
        + [
            CommandOption("--force", .none, "remove it even while a host has it on air")
        ].inGroup("remove")
        + [
            CommandOption("--duration", .required("TIME"), "end after this time (default: on a signal)")
        ].inGroup("watch")

    static let examples = [
        "tickrun channel put one --station Fixtures/station/a.json --rate 25 --hosts a,b",
        "tickrun channel append one --station Fixtures/station/a.json --id 1 --length 30s --start 2026-12-01T20:00:00Z",
        "tickrun channel move one --station Fixtures/station/a.json --to b --at fence --wait 1m",
        "tickrun channel watch --station Fixtures/station/a.json --json",
    ]

    private enum Word: String, CaseIterable {
        case put, list, show, watch, append, move, remove

        /// The options besides the common ones.
        var options: [String] {
            switch self {
            case .put: ["--rate", "--hosts", "--standby", "--isolation", "--accept", "--origin", "--timecode"]
            case .list, .show: []
            case .watch: ["--duration"]
            case .append: ["--id", "--length", "--start", "--drop-before"]
            case .move: ["--to", "--at", "--wait"]
            case .remove: ["--force"]
            }
        }
    }

    static func run(_ arguments: Arguments) throws(RunFailure) -> ExitCode {
        let word: Word = try arguments.word(0)
        try arguments.refuseOperands(after: word == .list ? 1 : 2)
        try arguments.refuseOptions(except: word.options, of: ownOptions, for: word.rawValue)
        switch word {
        case .list: return try list(arguments)
        case .watch:
            let name: String? =
                if arguments.operands.count > 1 { try channelName(arguments) } else { nil }
            return try watch(name, arguments)
        case .put: return try put(try channelName(arguments), arguments)
        case .show: return try show(try channelName(arguments), arguments)
        case .append: return try append(try channelName(arguments), arguments)
        case .move: return try move(try channelName(arguments), arguments)
        case .remove: return try remove(try channelName(arguments), arguments)
        }
    }

    private static func channelName(_ arguments: Arguments) throws(RunFailure) -> String {
        try arguments.keyName(try arguments.operand(1, called: "NAME"), called: "NAME")
    }

    /// Prints a channel after an order.
    static func print(
        _ name: String, _ records: StationRecords, _ setup: StationSetup, _ note: String, _ arguments: Arguments
    ) throws(RunFailure) {
        let view = ChannelView(name, records, station: setup.file.station)
        try Output.writing { output throws(RunFailure) in
            if arguments.wantsJSON {
                try output.line(view.json())
            } else {
                try output.row("\(name): \(note)")
            }
        }
    }
}
