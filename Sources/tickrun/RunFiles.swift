import TickConfiguration
import TickLinux
import TickReports
import TickScheduling
import TickTime

/// Files that a run leaves behind: what each holds is told by how its name ends.
struct RunFiles {
    static let options = [
        CommandOption("--report", .required("FILES"), "write reports: .hgrm, .hlog or .cyclictest.json, with commas")
    ]

    enum Form: CaseIterable {
        case percentiles
        case log
        case cyclictest

        var ending: String {
            switch self {
            case .percentiles: ".hgrm"
            case .log: ".hlog"
            case .cyclictest: ".cyclictest.json"
            }
        }
    }

    private let files: [(path: String, form: Form)]

    init(_ arguments: Arguments) throws {
        let paths = (arguments.text("--report") ?? "").split(separator: ",").map(String.init)
        if arguments.has("--report"), paths.isEmpty { throw arguments.failure("--report: name a file") }
        files = try paths.map { path in
            guard let form = Form.allCases.first(where: { path.hasSuffix($0.ending) }) else {
                let endings = Form.allCases.map(\.ending).joined(separator: ", ")
                throw arguments.failure("--report \(path): a report's name ends in one of \(endings)")
            }
            return (path, form)
        }
        for (place, file) in files.enumerated() where files[..<place].contains(where: { $0.path == file.path }) {
            throw arguments.failure("--report: \(file.path) is named twice")
        }
    }

    /// Writes all of them, each in the place of the file that was there.
    ///
    /// - Throws: `CommandFailure`, once every other was tried.
    func write(_ run: Run) throws {
        var failure: CommandFailure?
        for file in files {
            do {
                try SystemFile.replace(file.path, Array(run.text(file.form).utf8), isPrivate: false)
            } catch {
                failure = CommandFailure(
                    exitCode: error.isPermission ? .permission : .unavailable,
                    message: "--report: \(error); name a file in a folder that can be written")
            }
        }
        if let failure { throw failure }
    }

    /// What was measured.
    struct Run {
        let name: String
        let begin: UTCInstant
        let elapsed: Nanoseconds
        let isPass: Bool
        let latencies: LatencyStatistics
        let sessions: [(name: String, latencies: LatencyStatistics?)]
        let cpu: Int

        func text(_ form: Form) -> String {
            switch form {
            case .percentiles:
                latencies.startLateness.percentileText(title: "\(name): start lateness of all sessions") + "\n"
            case .log: log
            case .cyclictest: cyclictest + "\n"
            }
        }

        private var log: String {
            var log = HistogramLog(start: begin, comment: "tickrun \(Help.version): \(name), nanoseconds")
            log.add(latencies.startLateness, tag: "start_lateness", length: elapsed)
            log.add(latencies.wakeLatency, tag: "wake_latency", length: elapsed)
            log.add(latencies.work, tag: "work", length: elapsed)
            return log.text
        }

        private var cyclictest: String {
            let (release, build) = (try? HostProbe.kernel()) ?? ("unknown", "")
            var json = CyclictestJSON(
                commandLine: "tickrun \(name)", program: "tickrun \(Help.version)",
                host: .init(node: HostUser.hostName, release: release, version: build, machine: HostUser.machine))
            if sessions.contains(where: { $0.latencies == nil }) {
                json.add(latencies.startLateness, session: "all sessions", cpu: cpu)
            } else {
                for one in sessions {
                    if let latencies = one.latencies { json.add(latencies.startLateness, session: one.name, cpu: cpu) }
                }
            }
            return json.text(
                begin: begin, end: begin + elapsed, isGood: isPass, isRealtime: HostProbe.saysRealtime())
        }
    }
}

extension RunObserver {
    /// What the files of the run are made of.
    func files(_ summary: RunSummary, _ plan: RunPlan) -> RunFiles.Run {
        RunFiles.Run(
            name: plan.name, begin: sessions.map(\.addition.epoch.utc).min() ?? HostClock.utc(),
            elapsed: summary.elapsed, isPass: summary.isPass, latencies: total,
            sessions: sessions.map { ($0.name, $0.latencies) }, cpu: plan.realtime.cpu ?? 0)
    }
}
