import ChannelRun

/// A station as a whole, for operators.
enum StationCommand: Command {
    static let name = "station"
    static let summary = "a station's hosts, channels, primary and etcd; move channels off a host"
    static let operands = "status|drain [HOST]"
    static let discussion = """
        Reads the records of a station in etcd, as its hosts keep them. It talks to no host.

          status       the primary, each host and each channel, and what each endpoint of etcd
                       says. A host is active until it gives its tenure up or another host ends
                       it; a host that died shows as active until then
          drain HOST   asks for a move of every channel that the host has on air, each to the
                       first other host of its spec that is fit, and ends; with --wait it follows
                       the moves. A channel without such a host stays, and is reported

        Exit codes of 'status': 0 there is a primary, and every channel is on air; 1 if not, and
        standard error says what is missing. Of 'drain': 0 every move was asked for, or with
        --wait every move was done; 1 if not. Of both: 65 a file is wrong; 69 etcd does not
        answer, or it is unknown whether a move was asked for; 77 the password is not private, or
        etcd refuses the user.

        With --json, 'status' prints one object, tickrun/station-status/1: station, answered,
        why, revision, primary (host, generation, view, active), ceiling_utc_ns, hosts (host,
        state, generation, clock_bound_ns, reason, fit, refused_channels: those whose program
        has not joined, with the reason), channels (as of 'tickrun channel list'), etcd
        (endpoint, version, is_leader, has_leader, revision, database_bytes, error). 'drain'
        prints one tickrun/channel-move/1 a channel, as 'tickrun channel move' does; the state of
        one that could not be asked for is 'refused'.
        """
    static let options: [CommandOption] =
        StationOptions.all + ownOptions + [.json]
    static let ownOptions = [
        CommandOption("--wait", .required("TIME"), "follow the moves for this long (default 0s)")
    ].inGroup("drain")
    static let examples = [
        "tickrun station status --station Fixtures/station/a.json",
        "tickrun station drain a --station Fixtures/station/a.json --wait 1m",
    ]

    private enum Word: String, CaseIterable {
        case status, drain
    }

    static func run(_ arguments: Arguments) throws(RunFailure) -> ExitCode {
        let word: Word = try arguments.word(0)
        switch word {
        case .status:
            try arguments.refuseOperands(after: 1)
            try arguments.refuseOptions(except: [], of: ownOptions, for: word.rawValue)
            return try status(arguments)
        case .drain:
            try arguments.refuseOperands(after: 2)
            let host = try arguments.keyName(try arguments.operand(1, called: "HOST"), called: "HOST")
            return try drain(host, arguments)
        }
    }
}
