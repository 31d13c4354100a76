// The results of a run: counts by class and cause, latency histograms, and a check of the grid.
//
// The check recomputes the grid from the tick's number by another formula than the loop's. With n = q·num + r, tick n
// lies q·den whole seconds and r·den/num seconds after the epoch, so that only r needs a division. If the two ever
// differ, the drift is not 0 and the run reports it.

public import TickTime

/// The histograms of a session, or of all sessions of a loop together.
public final class LatencyStatistics {
    /// `woke − the instant asked for`, once for each sleep.
    public private(set) var wakeLatency = LatencyHistogram()
    /// `start − wanted`, for each delivered tick.
    public private(set) var startLateness = LatencyHistogram()
    /// The least and the greatest `start − deadline`; `nil` before the first tick. Negative while a lead
    /// holds.
    public private(set) var deadlineLateness: ClosedRange<Nanoseconds>?
    /// Ticks that started before their deadline, as a lead allows.
    public private(set) var beforeDeadline: Int64 = 0
    /// The handlers' durations.
    public private(set) var work = LatencyHistogram()

    public init() {}

    public func record(_ record: TickRecord) {
        if let latency = record.tick.wakeLatency { wakeLatency.record(latency) }
        startLateness.record(record.tick.startLateness)
        let late = record.tick.deadlineLateness
        if late < .zero { beforeDeadline += 1 }
        let range = deadlineLateness ?? late...late
        deadlineLateness = min(range.lowerBound, late)...max(range.upperBound, late)
        work.record(record.work)
    }
}

/// What one session delivered, skipped and started late.
public struct SessionStatistics: Sendable {
    public private(set) var epoch: SessionEpoch
    public private(set) var rate: FrameRate
    /// The tick that the session begins with.
    public private(set) var firstTick: Int64

    /// Ticks whose handler returned.
    public private(set) var delivered: Int64 = 0
    /// Ticks that were skipped, by `skip` or across a backlog.
    public private(set) var skipped: Int64 = 0
    /// Skips that crossed a backlog above `backlog_max`.
    public private(set) var backlogsCrossed: Int64 = 0
    /// Delivered ticks that were due when the session's previous handler returned.
    public private(set) var overdue: Int64 = 0
    /// Delivered ticks that started before their deadline minus their lead. Above 0, the loop has a bug.
    public private(set) var early: Int64 = 0
    /// Gaps and repeats in the ticks' numbers that no recorded skip explains. Only lost records can cause them.
    public private(set) var unexplained: Int64 = 0
    /// The last delivered tick, and how long its handler ran.
    public private(set) var last: Tick?
    public private(set) var lastWork = Nanoseconds.zero
    /// Consecutive ticks, up to the last, that were not on time; and the most there ever were.
    public private(set) var consecutiveLate: Int64 = 0
    public private(set) var mostConsecutiveLate: Int64 = 0
    /// The greatest distance of a deadline from the recomputed grid. Above 0, the loop has a bug.
    public private(set) var drift = Nanoseconds.zero

    /// Its ticks on air and off air; `nil` without a gate.
    public private(set) var air: AirStatistics?
    /// Its blocks.
    public private(set) var blocks = BlockStatistics()

    private var classes: [Int64] = Array(repeating: 0, count: LatenessClass.allCases.count)
    private var lateByCause: [Int64] = Array(repeating: 0, count: LatenessCause.allCases.count)

    public init(epoch: SessionEpoch, rate: FrameRate, firstTick: Int64 = 0) {
        self.epoch = epoch
        self.rate = rate
        self.firstTick = firstTick
    }

    /// Goes on counting with the next session of the same channel, on an epoch of its own.
    ///
    /// - Parameter firstTick: the tick that it begins with.
    package mutating func goOn(with epoch: SessionEpoch, rate: FrameRate, firstTick: Int64) {
        self.epoch = epoch
        self.rate = rate
        self.firstTick = firstTick
        last = nil
    }

    /// Delivered ticks of this class.
    public func count(of lateness: LatenessClass) -> Int64 { classes[Int(lateness.rawValue)] }

    /// Delivered ticks that were not on time for this cause.
    public func lateCount(by cause: LatenessCause) -> Int64 { lateByCause[Int(cause.rawValue)] }

    /// Delivered ticks that were not on time.
    public var lateCount: Int64 { delivered - count(of: .onTime) }

    public mutating func record(_ record: TickRecord) {
        let tick = record.tick
        // A journal's ticks can have any values, so this code must not trap.
        let expected = (last.map { Int128($0.index) + 1 } ?? Int128(firstTick)) + Int128(tick.skippedBefore)
        if Int128(tick.index) != expected { unexplained += 1 }
        delivered += 1
        skipped = Int64(clamping: Int128(skipped) + Int128(tick.skippedBefore))
        if tick.crossedBacklog { backlogsCrossed += 1 }
        if tick.isOverdue { overdue += 1 }
        if tick.start < tick.deadline - tick.lead { early += 1 }
        classes[Int(tick.lateness.rawValue)] += 1
        if tick.lateness == .onTime {
            consecutiveLate = 0
        } else {
            lateByCause[Int(tick.cause.rawValue)] += 1
            consecutiveLate += 1
            mostConsecutiveLate = max(mostConsecutiveLate, consecutiveLate)
        }
        let recomputed = Int128(epoch.monotonic.nanoseconds) + recomputedOffset(of: tick.index)
        let distance = (Int128(tick.deadline.nanoseconds) - recomputed).magnitude
        drift = max(drift, Nanoseconds(Int64(clamping: distance)))
        blocks.record(tick)
        if let state = tick.air {
            if air == nil { air = AirStatistics() }
            air?.record(state)
        }
        last = tick
        lastWork = record.work
    }

    /// How many nanoseconds after the epoch tick `index` falls: whole seconds plus the rest of one.
    private func recomputedOffset(of index: Int64) -> Int128 {
        let (numerator, denominator) = (Int64(rate.numerator), Int64(rate.denominator))
        let (seconds, frames) = index.quotientAndRemainder(dividingBy: numerator)
        let rest = (Int128(frames) * Int128(denominator) * 2_000_000_000 + Int128(numerator)) / (2 * Int128(numerator))
        return Int128(seconds) * Int128(denominator) * 1_000_000_000 + rest
    }
}
