// The command line: results on stdout, progress and errors on stderr.

internal import Glibc

/// Where results go in addition to stdout; the files are opened before the measurements.
struct ResultFiles {
    let json: ResultFile?
    let html: ResultFile?

    static let valued: Set<String> = ["--json", "--html"]

    init(_ arguments: Arguments) throws(BenchError) {
        json = if let path = arguments.string("--json") { try ResultFile(path) } else { nil }
        html = if let path = arguments.string("--html") { try ResultFile(path) } else { nil }
    }

    func write(_ value: JSONValue, _ title: String, _ sections: [PageSection]) throws(BenchError) {
        try json?.write(value)
        try html?.write(PageSection.page(title, sections))
    }
}

func jitter(_ options: JitterOptions, _ peers: Peers) throws(BenchError) -> JitterResult {
    let result = try JitterRun.run(options, peers)
    print(result.text)
    return result
}

func micro(_ options: MicroOptions, _ peers: Peers) throws(BenchError) -> MicroReport {
    let report = try MicroRun.run(options, peers)
    print(report.text)
    return report
}

func scale(_ options: ScaleOptions, _ peers: Peers) throws(BenchError) -> ScaleReport {
    let report = try ScaleRun.run(options, peers)
    print(report.text)
    return report
}

func day(_ options: DayOptions) throws(BenchError) -> (json: JSONValue, isWhole: Bool) {
    let report = try DayReport.run(options)
    print(report.text)
    return (report.json, report.isWhole)
}

func resultFile(_ arguments: Arguments) throws(BenchError) -> ResultFile? {
    guard let path = arguments.string("--json") else { return nil }
    return try ResultFile(path)
}

func run(_ subcommand: String, _ rest: [String]) throws(BenchError) {
    let common: Set<String> = ["--json"]
    switch subcommand {
    case "jitter":
        let valued = JitterOptions.valued.union(ResultFiles.valued)
        let arguments = try Arguments(rest, valued: valued, flags: JitterOptions.flags)
        let options = try JitterOptions(arguments), files = try ResultFiles(arguments)
        let result = try jitter(options, try Peers())
        try files.write(result.json, "Jitter", result.sections)
    case "micro":
        let arguments = try Arguments(rest, valued: MicroOptions.valued.union(ResultFiles.valued))
        let options = try MicroOptions(arguments), files = try ResultFiles(arguments)
        let report = try micro(options, try Peers())
        try files.write(report.json, "Micro", [report.section])
    case "scale":
        let arguments = try Arguments(rest, valued: ScaleOptions.valued.union(ResultFiles.valued))
        let options = try ScaleOptions(arguments), files = try ResultFiles(arguments)
        let report = try scale(options, try Peers())
        try files.write(report.json, "Scale", [report.section])
    case "journal":
        let arguments = try Arguments(rest, valued: JournalOptions.valued.union(common))
        let options = try JournalOptions(arguments), file = try resultFile(arguments)
        let report = try JournalReport.run(options)
        print(report.text)
        try file?.write(report.json)
    case "reporting":
        let arguments = try Arguments(rest, valued: JournalOptions.valued.union(["--json", "--tickrun"]))
        let options = try JournalOptions(arguments), file = try resultFile(arguments)
        let report = try ReportingReport.run(
            options, program: arguments.string("--tickrun") ?? ReportingReport.standardProgram)
        print(report.text)
        try file?.write(report.json)
    case "c":
        let arguments = try Arguments(rest, valued: JournalOptions.valued.union(["--json"]))
        let options = try JournalOptions(arguments), file = try resultFile(arguments)
        let report = try CInterfaceReport.run(options, try Peers())
        print(report.text)
        try file?.write(report.json)
    case "cluster":
        let arguments = try Arguments(rest, valued: JournalOptions.valued.union(common))
        let options = try JournalOptions(arguments), file = try resultFile(arguments)
        let report = try ClusterReport.run(options)
        print(report.text)
        try file?.write(report.json)
    case "station":
        let arguments = try Arguments(rest, valued: StationOptions.valued.union(["--json"]))
        let options = try StationOptions(arguments), file = try resultFile(arguments)
        let report = try StationRun.run(options)
        print(report.text)
        try file?.write(report.json)
    case "day":
        let arguments = try Arguments(rest, valued: DayOptions.valued.union(common))
        let options = try DayOptions(arguments), file = try resultFile(arguments)
        let day = try day(options)
        try file?.write(day.json)
        if !day.isWhole { exit(1) }
    case "all":
        let valued = [JitterOptions.valued, ScaleOptions.valued, DayOptions.valued, MicroOptions.valued]
        let arguments = try Arguments(
            rest, valued: valued.reduce(ResultFiles.valued) { $0.union($1) }, flags: JitterOptions.flags)
        let jitterOptions = try JitterOptions(arguments), scaleOptions = try ScaleOptions(arguments)
        let dayOptions = try DayOptions(arguments), microOptions = try MicroOptions(arguments)
        let files = try ResultFiles(arguments), peers = try Peers()
        // Micro last: it binds this thread to its CPU.
        let jitter = try jitter(jitterOptions, peers)
        print("")
        let scale = try scale(scaleOptions, peers)
        print("")
        let day = try day(dayOptions)
        print("")
        let micro = try micro(microOptions, peers)
        try files.write(
            .object([
                ("schema", .string("tickbench/all/1")), ("jitter", jitter.json), ("scale", scale.json),
                ("day", day.json), ("micro", micro.json),
            ]), "All comparisons", jitter.sections + [scale.section, micro.section])
        if !day.isWhole { exit(1) }
    case "scale-turn":
        print(try ScaleTurn(rest).run().text)
    case "turn":
        let samples = try Turn(rest).run()
        for latency in samples.start { print(latency) }
        for latency in samples.woke { print(ContenderOutput.wokePrefix + "\(latency)") }
        print(Turn.threadPrefix + "\(samples.thread)")
    case "\(Contender.dispatch.rawValue)-turn":
        print(try SwiftPeer(turn: try Turn(rest)).dispatch().text)
    case "\(Contender.taskSleep.rawValue)-turn":
        print(try SwiftPeer(turn: try Turn(rest)).taskSleep().text)
    case "flood-turn":
        print("flood \(try FloodTurn(rest).run())")
    case "allocation-turn":
        print(try Turn(rest).countAllocations())
    case "--help", "-h", "help":
        print(Help.text)
    default:
        let given = subcommand.isEmpty ? "there is no subcommand" : "\(subcommand) is not a subcommand"
        throw .usage("\(given); give jitter, scale, journal, cluster, reporting, c, station, day, micro or all")
    }
}

do throws(BenchError) {
    try run(CommandLine.arguments.dropFirst().first ?? "", Array(CommandLine.arguments.dropFirst(2)))
} catch {
    progress("bench: \(error)")
    exit(error.exitCode)
}
