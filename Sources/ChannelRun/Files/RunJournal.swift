import TickJournal
package import TickLinux
import TickReports
import TickScheduling

/// The journal of a run, if one is wanted.
package final class RunJournal {
    /// Its name once the placeholders are filled in; a taken one gets a number.
    private let path: String?
    private let sync: JournalSync
    private var journal: JournalObserver?

    /// - Parameter path: with placeholders, which `names` fills in; `nil`: no journal.
    package init(_ path: String?, _ sync: JournalSync?, _ names: OutputNames) throws(RunFailure) {
        self.path = try path.map { (path) throws(RunFailure) in try names.fill(path, option: "--journal") }
        self.sync = sync ?? .second
    }

    /// Refuses a path at which no journal can be made.
    ///
    /// - Throws: `RunFailure`.
    func check() throws(RunFailure) {
        if let path { try OutputFile.check(path, option: "--journal") }
    }

    /// What a journal records of a run besides the loop's reports.
    struct Circumstances {
        /// The program that records it.
        var program: RunProgram
        /// The check that let the run begin.
        var timeSync: RunSummary.TimeSync?
        /// The member of a cluster that runs within the run.
        var cluster: RunCluster?
    }

    /// Starts the loop. If a journal is wanted, it comes before the observer.
    func start(
        _ sessions: [SessionRequest], _ plan: RunPlan, _ options: TickRunnerOptions, _ observer: RunObserver,
        _ circumstances: Circumstances
    ) throws(RunFailure) -> TickRunner {
        guard let path else {
            do { return try TickRunner.start(sessions, options: options, observer: observer) } catch {
                throw RunFailure(error, plan: plan.name)
            }
        }
        let file = try create(path)
        let created = file.path
        let journal = JournalObserver(
            file, sync: sync, name: plan.name, wait: plan.wait, program: circumstances.program.text,
            names: { observer.names(of: $0) }, host: RunExecution.hostRecord(),
            timeSync: circumstances.timeSync,
            cluster: { [cluster = circumstances.cluster] in cluster?.record },
            incidents: { observer.takeUnrecordedIncidents() },
            complain: { error in
                RunProgress.eraseLine()
                Commentary.say("the journal ends here: \(error); the run continues")
            }, observer: observer)
        do {
            let runner = try TickRunner.start(sessions, options: options, observer: journal)
            self.journal = journal
            return runner
        } catch {
            // A run that never began leaves no journal behind.
            try? SystemFile.remove(created)
            throw RunFailure(error, plan: plan.name)
        }
    }

    func finish(_ ending: TickRunner.Ending) { journal?.finish(ending) }

    /// The failure if the journal is incomplete; printed after the report.
    var failure: RunFailure? {
        guard let error = journal?.failure else { return nil }
        return RunFailure(
            error, "the journal is incomplete: \(error); what was written before is valid ('tickrun journal verify')")
    }

    private func create(_ path: String) throws(RunFailure) -> JournalFile {
        do throws(SystemError) {
            let file = try OutputNames.firstFree(path) { name throws(SystemError) in
                try JournalFile(creating: name)
            }
            if file.path != path {
                Commentary.say(
                    "--journal: \(path) exists, and a journal never overwrites a file; this run writes \(file.path)")
            }
            return file
        } catch {
            throw RunFailure(
                error, "--journal: cannot create the file: \(error); \(OutputFile.remedy(after: error))")
        }
    }
}
