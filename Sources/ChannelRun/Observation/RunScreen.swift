import TickLinux
import TickReports
import TickScheduling
import TickTime

/// Standard error while a run goes on: the log of incidents, the progress line and the live screen. They are one view
/// because a line of the log first erases the progress line.
struct RunScreen: RunView {
    private let options: RunSettings.Observing
    /// The plan's first session, which the progress line is about.
    private let first: String?
    private var log = IncidentLog()
    private var progress = RunProgress()
    private var live = RunLive()

    /// - Parameter first: the name of the plan's first session.
    init(_ options: RunSettings.Observing, first: String?) {
        self.options = options
        self.first = first
    }

    mutating func drained(_ run: RunAccumulator, _ news: [RunAccumulator.News], at now: MonotonicInstant) {
        write(news, at: now)
        if options.showsLive, live.screen.isDue(at: now) { paint(run, at: now) }
        if options.showsProgress, progress.isDue(at: now) { progress.paint(progressText(run), at: now) }
    }

    mutating func finish(_ run: RunAccumulator, _ news: [RunAccumulator.News], at now: MonotonicInstant) {
        progress.clear()
        live.screen.close()
        write(news, at: now)
        for line in log.flush(at: now, all: true) { say(line) }
    }

    /// Writes the incidents, at most one line a second of each kind.
    private mutating func write(_ news: [RunAccumulator.News], at now: MonotonicInstant) {
        for one in news {
            if let line = log.add(one.incident, at: now) { say(line) }
        }
        for line in log.flush(at: now) { say(line) }
    }

    private mutating func say(_ line: IncidentLog.Line) {
        guard options.logs, !options.isQuiet || !line.isRoutine else { return }
        progress.clear()
        Commentary.say(line.text, line.isRoutine ? .notice : .warning)
    }

    private mutating func paint(_ run: RunAccumulator, at now: MonotonicInstant) {
        let begin = run.sessions.map { $0.epoch.monotonic(ofFirstTickOf: $0.plan) }.min() ?? now
        let quality =
            run.timestamps.last.map { "time \($0.quality.rawValue)\($0.isTraceable ? "" : ", untraceable")" } ?? ""
        let time = RunLive.RunTime(
            utc: HostClock.utc(), elapsed: max(.zero, now - begin), divergence: run.clocks.divergence,
            quality: quality)
        live.screen.paint(live.frame(run, time, at: now), at: now)
    }

    private func progressText(_ run: RunAccumulator) -> String {
        let sessions = run.sessions
        let delivered = sessions.reduce(0) { $0 + $1.statistics.delivered }
        let late = sessions.reduce(0) { $0 + $1.statistics.lateCount }
        var text = "waiting for the epoch"
        if let session = latest(of: sessions), let last = session.statistics.last {
            let timecode = session.timecode.map { $0.label(ofTick: last.index).description + "  " } ?? ""
            let end = session.plan.tickCount.map { " of \(session.plan.beginTick + $0)" } ?? ""
            text = "\(timecode)tick \(last.index)\(end)"
            if let block = last.block, session.blockNames.indices.contains(Int(block.index)) {
                text += "  \(session.blockNames[Int(block.index)])"
                text += last.ticksToFence.map { ", fence in \($0)" } ?? ""
            }
            text += "  last \(Quantity.length(last.startLateness))"
            text += "  worst \(Quantity.length(run.total.startLateness.maximum))  late \(late)"
        }
        return sessions.count > 1 ? "\(sessions.count) sessions  \(delivered) ticks  \(text)" : text
    }

    /// The first session of the plan, or the last of its successors.
    private func latest(of sessions: [RunAccumulator.MeasuredSession]) -> RunAccumulator.MeasuredSession? {
        var latest: RunAccumulator.MeasuredSession?
        for session in sessions {
            if session.predecessor.map({ $0 == latest?.name }) ?? (session.name == first) { latest = session }
        }
        return latest
    }
}
