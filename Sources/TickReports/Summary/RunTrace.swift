public import TickScheduling
public import TickTime

/// The data of a page beyond the run's counts, collected tick by tick in constant memory.
public struct RunTrace: Sendable {
    public private(set) var timeline = RunTimeline()
    public private(set) var lateTicks: [ReportRun.LateTick] = []
    public private(set) var furtherLateTicks: Int64 = 0
    /// CPU time that the hypervisor had taken at the last reading of the clocks.
    private var stolen: Nanoseconds?

    public init() {}

    /// A tick was delivered.
    public mutating func add(_ record: TickRecord, session: String, rate: FrameRate, timecode: SessionTimecode?) {
        let tick = record.tick
        let isLate = tick.lateness != .onTime
        let period = Nanoseconds(
            Int64(clamping: Int128(rate.denominator) * 1_000_000_000 / Int128(max(1, rate.numerator))))
        timeline.add(
            start: tick.start, lateness: tick.startLateness, isLate: isLate, skipped: tick.skippedBefore,
            work: record.work, period: period, timestamp: tick.timestamp)
        guard isLate else { return }
        guard lateTicks.count < ReportRun.lateTickLimit else {
            furtherLateTicks += 1
            return
        }
        lateTicks.append(
            ReportRun.LateTick(
                utc: tick.deadlineUTC + tick.deadlineLateness, session: session, tick: tick.index,
                timecode: timecode.map { $0.label(ofTick: tick.index).description }, lateness: tick.startLateness,
                lateClass: tick.lateness, cause: tick.cause, skipped: tick.skippedBefore, rate: rate))
    }

    /// The clocks were read.
    ///
    /// - Parameter total: CPU time that the hypervisor has taken since the boot; `nil` if the kernel does not report
    ///   it.
    public mutating func observe(at instant: MonotonicInstant, divergence: Nanoseconds, stolen total: Nanoseconds?) {
        let since = total.flatMap { total in stolen.map { max(.zero, total - $0) } }
        timeline.observe(at: instant, divergence: divergence, stolen: since)
        stolen = total ?? stolen
    }
}
