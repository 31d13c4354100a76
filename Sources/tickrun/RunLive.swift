import TickLinux
import TickReports
import TickScheduling
import TickTime

/// What the live screen knows beside the counts: percentiles, which are looked up once a second.
struct RunLive {
    private static let interval = Nanoseconds.seconds(1)
    /// Sessions that are listed; more would be a screen that nobody reads, and time that nobody has.
    private static let listed = 64

    var screen = LiveScreen()
    private var percentiles: [(p50: Nanoseconds?, p99: Nanoseconds?, most: Nanoseconds?, bins: [Int64])] = []
    private var bins: [Int64] = []
    private var next: MonotonicInstant?

    mutating func frame(
        _ run: RunAccumulator, _ time: RunTime, at now: MonotonicInstant
    ) -> LiveFrame {
        let (sessions, total) = (run.sessions, run.total)
        let shown = sessions.prefix(Self.listed)
        if now >= next ?? now || percentiles.count != shown.count {
            next = now + Self.interval
            percentiles = shown.map { session in
                let lateness = session.latencies
                return (
                    lateness?.startLateness.value(atPercentile: 50), lateness?.startLateness.value(atPercentile: 99),
                    lateness?.startLateness.maximum, lateness.map { LiveFrame.bins($0.startLateness) } ?? []
                )
            }
            bins = LiveFrame.bins(total.startLateness)
        }
        return LiveFrame(
            name: run.name, utc: time.utc, elapsed: time.elapsed,
            sessions: zip(shown, percentiles).map { session, latency in
                let statistics = session.statistics, last = statistics.last
                return LiveFrame.Session(
                    name: session.name, rate: session.plan.rate, tick: last?.index,
                    utc: last?.deadlineUTC,
                    timecode: last.flatMap { last in session.timecode.map { $0.label(ofTick: last.index).description }
                    },
                    last: last?.startLateness, p50: latency.p50, p99: latency.p99, most: latency.most,
                    late: statistics.lateCount,
                    lateByCause: LatenessCause.allCases.map { statistics.lateCount(by: $0) },
                    skipped: statistics.skipped, consecutiveLate: statistics.consecutiveLate,
                    histogram: latency.bins)
            }, furtherSessions: sessions.count - shown.count, divergence: time.divergence, time: time.quality,
            histogram: bins, incidents: Commentary.held(last: 4))
    }

    /// The time, as the screen shows it.
    struct RunTime {
        let utc: UTCInstant
        let elapsed: Nanoseconds
        let divergence: Nanoseconds?
        let quality: String
    }
}
