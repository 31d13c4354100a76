import ChannelRun
import TickJournal
import TickLinux
import TickReports
import TickTime

/// Makes a page, or histograms, of journals.
enum ReportCommand: Command {
    static let name = "report"
    static let summary = "make a page of journals: verdict, plots, incidents, comparison"
    static let operands = "JOURNAL…"
    static let discussion = """
        Reads recorded runs and writes one HTML file that needs nothing else: the verdict first,
        the environment, latencies as histogram, by percentile and along the run, work against the
        period, grid drift, the clock's bound, and every incident. If there are several journals,
        the page compares them with the first one. 'tickrun RUN --report out.html' makes the page
        of a run at its end.

        -o names the file: .html; for one journal also .hgrm and .hlog (HdrHistogram) or
        .cyclictest.json. Separate several names with commas. Each file is replaced as a whole.

        Exits with 65 if a journal is damaged, 69 if one cannot be read, else 0.
        """
    static let options: [CommandOption] = [
        CommandOption("--output", .required("FILES"), "the files to write (-o)")
    ]
    static let examples = [
        "tickrun report Fixtures/journals/ntsc.journal -o /tmp/ntsc.html",
        "tickrun report Fixtures/journals/pal.journal Fixtures/journals/lateness.journal -o /tmp/both.html",
    ]

    /// A page with more journals would be unreadable.
    private static let limit = 12

    static func run(_ arguments: Arguments) throws(RunFailure) -> ExitCode {
        _ = try arguments.operand(0, called: "JOURNAL")
        guard arguments.has("--output") else { throw arguments.failure("say what to write: -o out.html") }
        let paths = arguments.operands
        guard paths.count <= limit else {
            throw arguments.failure("\(paths.count) journals; at most \(limit) can be compared")
        }
        var files = try RunFiles(arguments, option: "--output")
        if paths.count > 1, !files.areAllPages {
            throw arguments.failure("several journals can only make a page; histograms are of one journal")
        }
        try files.check()
        var runs: [RunFiles.Run] = []
        for path in paths {
            var options = RunAccumulator.Options()
            options.keepsTrace = true
            var report = JournalAccumulation(named: path, options)
            let input = JournalInput(path: path)
            let reading = try input.read { (event) throws(RunFailure) in
                let record = try input.understanding { () throws(JournalError) in try event.record() }
                if let record { report.add(record) }
            }
            guard reading.survey.sessions > 0 else {
                throw RunFailure.badData("\(path): it has no session, so there is nothing to report")
            }
            report.finish()
            let page = report.page(end: reading.end)
            runs.append(RunFiles.Run(report.run, report.summary, page: page, cpu: 0))
        }
        try files.write(runs)
        return .good
    }
}
