import TickLinux
import TickReports
import TickScheduling
import TickTime

/// The live screen, and the percentiles that it shows.
struct RunLive {
    /// The most sessions that are listed. More would be unreadable, and take the drain thread's time.
    private static let listed = 64

    var screen = LiveScreen()
    private var percentiles = LivePercentiles()

    mutating func frame(
        _ run: RunAccumulator, _ time: RunTime, at now: MonotonicInstant
    ) -> LiveFrame {
        let shown = run.sessions.prefix(Self.listed)
        let rows = percentiles.rows(shown.map(\.latencies), run.total, at: now)
        return LiveFrame(
            name: run.name, utc: time.utc, elapsed: time.elapsed,
            sessions: zip(shown, rows).map { session, row in
                let statistics = session.statistics, last = statistics.last
                return LiveFrame.Row(
                    name: session.name, rate: session.plan.rate, tick: last?.index,
                    utc: last?.deadlineUTC,
                    timecode: last.flatMap { last in session.timecode.map { $0.label(ofTick: last.index).description }
                    },
                    last: last?.startLateness, p50: row.p50, p99: row.p99, most: row.most,
                    late: statistics.lateCount,
                    lateByCause: LatenessCause.allCases.map { statistics.lateCount(by: $0) },
                    skipped: statistics.skipped, consecutiveLate: statistics.consecutiveLate, air: statistics.air?.last,
                    histogram: row.bins)
            }, furtherSessions: run.sessions.count - shown.count, divergence: time.divergence, time: time.quality,
            histogram: percentiles.bins, incidents: Commentary.held(last: 4))
    }

    /// The time, as the screen shows it.
    struct RunTime {
        let utc: UTCInstant
        let elapsed: Nanoseconds
        let divergence: Nanoseconds?
        let quality: String
    }
}
