import TickConfiguration
import TickLinux
package import TickReports
import TickScheduling
import TickTime

/// The report files of a run. A name's ending decides the format.
package struct RunFiles {
    enum Form: CaseIterable {
        case page
        case percentiles
        case log
        case cyclictest

        var ending: String {
            switch self {
            case .page: ".html"
            case .percentiles: ".hgrm"
            case .log: ".hlog"
            case .cyclictest: ".cyclictest.json"
            }
        }
    }

    private struct File {
        let path: String
        let form: Form
        /// Whether its name was made from a template. If such a name is taken, it gets a number.
        var isNumbered = false
    }

    private var files: [File]

    /// The option that names them.
    private let option: String
    /// The program that the files name as their maker.
    private let program: RunProgram

    /// - Parameters:
    ///   - program: the maker that the files name.
    ///   - option: the name of the list of `paths` in errors.
    ///   - names: fills in templates; `nil` without a run.
    ///   - refusal: makes the failure of an invalid name.
    package init(
        _ paths: [String], program: RunProgram, option: String = "--report", names: OutputNames? = nil,
        refusal: (String) -> RunFailure = RunFailure.usage
    ) throws(RunFailure) {
        self.option = option
        self.program = program
        files = try paths.map { (path) throws(RunFailure) in
            guard let form = Form.allCases.first(where: { path.hasSuffix($0.ending) }) else {
                let endings = Form.allCases.map(\.ending).joined(separator: ", ")
                throw refusal("\(option) \(path): a report's name ends in one of \(endings)")
            }
            guard path.split(separator: "/").last.map(String.init) != form.ending else {
                throw refusal(
                    "\(option) \(path): this is only the ending; write a name before it, such as run\(form.ending)")
            }
            guard let names, OutputNames.isTemplate(path) else { return File(path: path, form: form) }
            return File(path: try names.fill(path, option: option), form: form, isNumbered: true)
        }
        for (place, file) in files.enumerated() where files[..<place].contains(where: { $0.path == file.path }) {
            throw refusal("\(option): \(file.path) is named twice")
        }
    }

    /// Whether one of them is a page.
    var wantsPage: Bool { files.contains { $0.form == .page } }

    /// Whether all of them are.
    package var areAllPages: Bool { files.allSatisfy { $0.form == .page } }

    /// Refuses paths at which no file can be made, before the work that the files report.
    ///
    /// - Throws: `RunFailure`, which names every such path.
    package func check() throws(RunFailure) {
        let failures = files.compactMap { file in
            Result { () throws(RunFailure) in try OutputFile.check(file.path, option: option) }.failure
        }
        if let failure = RunFailure.all(failures) { throw failure }
    }

    /// Writes all of them. Each replaces the file that was there.
    ///
    /// - Parameter runs: one; a page takes several, and compares them with the first.
    /// - Throws: `RunFailure`, which names every file that could not be written, after all were tried.
    package mutating func write(_ runs: [Run]) throws(RunFailure) { try write(texts: texts(runs)) }

    /// The content of each file, in order.
    func texts(_ runs: [Run]) -> [String] { files.map { text(runs, $0.form) } }

    /// Writes what `texts` made.
    ///
    /// - Throws: as `write`.
    mutating func write(texts: [String]) throws(RunFailure) {
        var failures: [RunFailure] = []
        for place in files.indices {
            do throws(SystemError) {
                if files[place].isNumbered { try takeName(place) }
                try SystemFile.replace(files[place].path, Array(texts[place].utf8), isPrivate: false)
            } catch {
                failures.append(
                    RunFailure(error, "\(option): \(error); \(OutputFile.remedy(after: error))"))
            }
        }
        if let failure = RunFailure.all(failures) { throw failure }
    }

    /// Reserves the first free name with an empty file, for this write and the next ones.
    private mutating func takeName(_ place: Int) throws(SystemError) {
        let file = files[place]
        let name = try OutputNames.firstFree(file.path, ending: file.form.ending) { name throws(SystemError) in
            try SystemFile.createEmpty(name)
            return name
        }
        if name != file.path { Commentary.say("\(option): \(file.path) exists; this run writes \(name)") }
        files[place] = File(path: name, form: file.form)
    }

    private func text(_ runs: [Run], _ form: Form) -> String {
        switch form {
        case .page: ReportPage(runs.map(\.page), program: program.text, made: HostClock.utc()).html
        case .percentiles: runs[0].percentiles
        case .log: runs[0].log(program)
        case .cyclictest: runs[0].cyclictest(program) + "\n"
        }
    }

    /// What was measured.
    package struct Run {
        let page: ReportRun
        let name: String
        let begin: UTCInstant
        let elapsed: Nanoseconds
        let verdict: RunVerdict
        let latencies: LatencyStatistics
        let sessions: [(name: String, latencies: LatencyStatistics?)]
        let cpu: Int

        fileprivate var percentiles: String {
            latencies.startLateness.percentileText(title: "\(name): start lateness of all sessions") + "\n"
        }

        fileprivate func log(_ program: RunProgram) -> String {
            var log = HistogramLog(start: begin, comment: "\(program.text): \(name), nanoseconds")
            log.add(latencies.startLateness, tag: "start_lateness", length: elapsed)
            log.add(latencies.wakeLatency, tag: "wake_latency", length: elapsed)
            log.add(latencies.work, tag: "work", length: elapsed)
            return log.text
        }

        fileprivate func cyclictest(_ program: RunProgram) -> String {
            let (release, build) = (try? HostProbe.kernel()) ?? ("unknown", "")
            var json = CyclictestJSON(
                commandLine: "\(program.name) \(name)", program: program.text,
                host: .init(node: HostUser.hostName, release: release, version: build, machine: HostUser.machine))
            if sessions.contains(where: { $0.latencies == nil }) {
                json.add(latencies.startLateness, session: "all sessions", cpu: cpu)
            } else {
                for one in sessions {
                    if let latencies = one.latencies { json.add(latencies.startLateness, session: one.name, cpu: cpu) }
                }
            }
            return json.text(
                begin: begin, end: begin + elapsed, isGood: verdict != .fail, isRealtime: HostProbe.saysRealtime())
        }
    }
}

extension RunFiles.Run {
    /// The content of a run's files.
    ///
    /// - Parameter cpu: the loop's CPU; 0 if none was chosen.
    package init(_ run: RunAccumulator, _ summary: RunSummary, page: ReportRun, cpu: Int) {
        self.init(
            page: page, name: run.name, begin: run.beginning, elapsed: summary.elapsed, verdict: summary.verdict,
            latencies: run.total, sessions: run.sessions.map { ($0.name, $0.latencies) }, cpu: cpu)
    }
}
