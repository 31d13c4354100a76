import ChannelRun
import TickTime
import TimeSyncAudit

// The gate of a run, from the command line.

extension RunSyncGate {
    static let options: [CommandOption] = [
        CommandOption(
            "--require-sync", .detachable("FILE|now"),
            "begin only if 'tickrun check' passes now,\nor has passed in this result"),
        CommandOption(
            "--sync-max-age", .required("TIME"), "with --require-sync FILE: maximum age\nof the result (default 10m)"),
        CommandOption(
            "--sync-wait", .required("TIME"), "with --require-sync: keep checking for this long\n(default 0s)"),
        CommandOption(
            "--limit-pair", .required("TIME"),
            "with --require-sync: how far two hosts may be apart\n(at most, and default, 50ms)"),
        CommandOption(
            "--limit-utc", .required("TIME"),
            "with --require-sync: how far every host may be off\nUTC (at most 25ms; default 25ms for a single host)"),
        CommandOption(
            "--host", .required("NAME"),
            "with --require-sync: this host's name\n(default $NODE_NAME, else the system's name)"),
    ]

    /// - Returns: `nil` without --require-sync.
    init?(_ arguments: Arguments) throws(RunFailure) {
        guard let source = arguments.text("--require-sync") else {
            try arguments.refuse(Self.options, without: "--require-sync")
            return nil
        }
        let wait = try arguments.duration("--sync-wait") ?? .zero
        let age = try arguments.duration("--sync-max-age")
        let limits = try SyncLimits(arguments)
        let isNow = source.isEmpty || source == "now"
        if isNow, age != nil {
            throw arguments.failure("--sync-max-age belongs to --require-sync FILE; leave it out with now")
        }
        try self.init(
            isNow ? .now : .result(file: source, maxAge: age), host: arguments.text("--host"), wait: wait,
            limits: limits, refusal: arguments.failure)
    }
}

extension SyncLimits {
    /// The limits of --limit-pair and --limit-utc.
    init(_ arguments: Arguments) throws(RunFailure) {
        try self.init(
            pair: try arguments.duration("--limit-pair"), utc: try arguments.duration("--limit-utc"),
            refusal: arguments.failure)
    }
}
