import TickLinux
import TickReports
import TickScheduling
import TickTime

/// Takes in what a run tells: statistics, JSON lines, incidents, the progress line.
///
/// `@unchecked Sendable`: the drain thread alone calls it while the run goes on, and the main thread
/// reads it after `TickRunner.wait()`.
final class RunObserver: LoopObserver, @unchecked Sendable {
    /// Sessions that get histograms of their own, of 912 KiB each; with more there is one for all.
    static let histogramSessionLimit = 64

    struct Options {
        /// `--json`: one object a tick.
        var writesTicks = false
        var showsProgress = false
        var isQuiet = false
    }

    private(set) var sessions: [SessionStatistics] = []
    private(set) var latencies: [LatencyStatistics] = []
    let total = LatencyStatistics()
    private(set) var incidents: [RunSummary.Incident] = []
    private(set) var furtherIncidents = 0
    /// Why results can no longer be written, if so.
    private(set) var outputFailure: (any Error)?

    private let plan: [RunPlan.Session]
    private let options: Options
    private var control: LoopControl?
    private var output = Output()
    private var json = JSONText(capacity: 1_024)
    private var progress = RunProgress()

    init(_ plan: [RunPlan.Session], _ options: Options) {
        self.plan = plan
        self.options = options
    }

    func began(_ beginning: TickRunner.Beginning, control: LoopControl) {
        self.control = control
        // Said by this thread, as its first act, so that a progress line never stands in the way; and
        // even where nothing else is said, for it changes what the run means.
        for grant in beginning.grants {
            guard let refusal = grant.refusal else { continue }
            Commentary.say("REFUSED \(grant.detail): \(refusal); \(grant.remedy). The run goes on without it.")
        }
        sessions = zip(plan, beginning.sessions).map { SessionStatistics(epoch: $1.epoch, rate: $0.plan.rate) }
        if plan.count <= Self.histogramSessionLimit { latencies = plan.map { _ in LatencyStatistics() } }
    }

    func delivered(_ record: TickRecord) {
        let index = Int(record.tick.session.index)
        sessions[index].record(record)
        total.record(record)
        if !latencies.isEmpty { latencies[index].record(record) }
        if options.writesTicks { write(record, of: plan[index]) }
    }

    func incident(_ incident: LoopIncident) {
        let said = RunSummary.Incident(incident, at: HostClock.utc()) { plan[Int($0.index)].id }
        if !options.isQuiet {
            progress.clear()
            Commentary.say(said.text)
        }
        guard incidents.count < RunSummary.incidentLimit else {
            furtherIncidents += 1
            return
        }
        incidents.append(said)
    }

    func drained(at now: MonotonicInstant) {
        if options.writesTicks { attempt { try $0.flush() } }
        if options.showsProgress, progress.isDue(at: now) { progress.paint(progressText, at: now) }
    }

    /// Takes the progress line away.
    func finish() { progress.clear() }

    private func write(_ record: TickRecord, of session: RunPlan.Session) {
        json.removeAll()
        TickLine.write(record, session: session.id, timecode: session.timecode, to: &json)
        attempt { try $0.line(json) }
    }

    /// The first failure to write ends the run, and is what it ends with.
    private func attempt(_ body: (inout Output) throws -> Void) {
        guard outputFailure == nil else { return }
        do {
            try body(&output)
        } catch {
            outputFailure = error
            control?.requestStop()
        }
    }

    private var progressText: String {
        let delivered = sessions.reduce(0) { $0 + $1.delivered }
        let late = sessions.reduce(0) { $0 + $1.lateCount }
        var text = "waiting for the epoch"
        if let session = plan.first, let last = sessions.first?.last {
            let timecode = session.timecode.map { $0.label(ofFrame: last.index).description + "  " } ?? ""
            text = "\(timecode)tick \(last.index)" + (session.plan.tickCount.map { " of \($0)" } ?? "")
            text += "  last \(Quantity.length(last.startLateness))"
            text += "  worst \(Quantity.length(total.startLateness.maximum))  late \(late)"
        }
        return sessions.count > 1 ? "\(sessions.count) sessions  \(delivered) ticks  \(text)" : text
    }
}
