// The command line: results on stdout, progress and errors on stderr.

internal import Glibc

func jitter(_ options: JitterOptions, _ peers: Peers) throws(BenchError) -> JSONValue {
    let result = try JitterRun.run(options, peers)
    print(result.text)
    return result.json
}

func micro(_ options: MicroOptions, _ peers: Peers) throws(BenchError) -> JSONValue {
    let report = try MicroRun.run(options, peers)
    print(report.text)
    return report.json
}

func scale(_ options: ScaleOptions, _ peers: Peers) throws(BenchError) -> JSONValue {
    let report = try ScaleRun.run(options, peers)
    print(report.text)
    return report.json
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
        let valued = JitterOptions.valued.union(common)
        let arguments = try Arguments(rest, valued: valued, flags: JitterOptions.flags)
        let options = try JitterOptions(arguments), file = try resultFile(arguments)
        let json = try jitter(options, try Peers())
        try file?.write(json)
    case "micro":
        let arguments = try Arguments(rest, valued: MicroOptions.valued.union(common))
        let options = try MicroOptions(arguments), file = try resultFile(arguments)
        let json = try micro(options, try Peers())
        try file?.write(json)
    case "scale":
        let arguments = try Arguments(rest, valued: ScaleOptions.valued.union(common))
        let options = try ScaleOptions(arguments), file = try resultFile(arguments)
        let json = try scale(options, try Peers())
        try file?.write(json)
    case "journal":
        let arguments = try Arguments(rest, valued: JournalOptions.valued.union(common))
        let options = try JournalOptions(arguments), file = try resultFile(arguments)
        let report = try JournalReport.run(options)
        print(report.text)
        try file?.write(report.json)
    case "cluster":
        let arguments = try Arguments(rest, valued: JournalOptions.valued.union(common))
        let options = try JournalOptions(arguments), file = try resultFile(arguments)
        let report = try ClusterReport.run(options)
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
            rest, valued: valued.reduce(common) { $0.union($1) }, flags: JitterOptions.flags)
        let jitterOptions = try JitterOptions(arguments), scaleOptions = try ScaleOptions(arguments)
        let dayOptions = try DayOptions(arguments), microOptions = try MicroOptions(arguments)
        let file = try resultFile(arguments), peers = try Peers()
        // Micro last: it binds this thread to its CPU.
        let jitter = try jitter(jitterOptions, peers)
        print("")
        let scale = try scale(scaleOptions, peers)
        print("")
        let day = try day(dayOptions)
        print("")
        let micro = try micro(microOptions, peers)
        try file?.write(
            .object([
                ("schema", .string("tickbench/all/1")), ("jitter", jitter), ("scale", scale), ("day", day.json),
                ("micro", micro),
            ]))
        if !day.isWhole { exit(1) }
    case "scale-turn":
        print(try ScaleTurn(rest).run().text)
    case "turn":
        let samples = try Turn(rest).run()
        for latency in samples.start { print(latency) }
        for latency in samples.woke { print(Contender.wokePrefix + "\(latency)") }
        print(Turn.threadPrefix + "\(samples.thread)")
    case "allocation-turn":
        print(try Turn(rest).countAllocations())
    case "--help", "-h", "help":
        print(Help.text)
    default:
        let given = subcommand.isEmpty ? "there is no subcommand" : "\(subcommand) is no subcommand"
        throw .usage("\(given); give jitter, scale, journal, cluster, day, micro or all")
    }
}

do throws(BenchError) {
    try run(CommandLine.arguments.dropFirst().first ?? "", Array(CommandLine.arguments.dropFirst(2)))
} catch {
    progress("bench: \(error)")
    exit(error.exitCode)
}
