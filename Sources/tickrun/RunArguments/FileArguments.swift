import ChannelRun
import TickLinux
import TickTime

// The files of a run, from the command line.

extension RunJournal {
    convenience init(_ arguments: Arguments, _ names: OutputNames) throws(RunFailure) {
        let sync: JournalSync? = try arguments.choice("--journal-sync")
        if sync != nil, !arguments.has("--journal") {
            throw arguments.failure("--journal-sync belongs to --journal FILE; give both")
        }
        try self.init(arguments.text("--journal"), sync, names)
    }
}

extension RunFiles {
    static let options = [
        CommandOption(
            "--report", .required("FILES"),
            "write reports; the ending names the format:\n.html, .hgrm, .hlog, .cyclictest.json")
    ]

    /// - Parameter names: fills in templates; `nil` without a run.
    init(_ arguments: Arguments, option: String = "--report", names: OutputNames? = nil) throws(RunFailure) {
        let paths = (arguments.text(option) ?? "").split(separator: ",").map(String.init)
        if arguments.has(option), paths.isEmpty { throw arguments.failure("\(option): name a file") }
        try self.init(paths, program: .tickrun, option: option, names: names, refusal: arguments.failure)
    }
}

extension RunMetricsFile {
    static let options = [
        CommandOption("--metrics", .required("FILE"), "replace this file with Prometheus metrics\nevery few seconds"),
        CommandOption("--metrics-interval", .required("TIME"), "with --metrics: how often (default 5s)"),
    ]

    /// - Returns: `nil` without --metrics.
    convenience init?(_ arguments: Arguments) throws(RunFailure) {
        let interval = try arguments.duration("--metrics-interval")
        guard let path = arguments.text("--metrics") else {
            if interval != nil { throw arguments.failure("--metrics-interval belongs to --metrics FILE; give both") }
            return nil
        }
        try self.init(path, every: interval, refusal: arguments.failure)
    }
}
