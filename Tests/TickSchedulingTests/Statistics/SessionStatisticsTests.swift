import TestSupport
import TickScheduling
import TickTime
import Testing

@Suite("What a session's records add up to")
struct SessionStatisticsTests {
    private static let epoch = VirtualClocks().epoch()

    /// A record at 25 fps, on its grid but for what is said otherwise.
    private static func record(
        _ index: Int64, off: Int64 = 0, late: Int64 = 0, _ lateness: LatenessClass = .onTime,
        _ cause: LatenessCause = .wake, isOverdue: Bool = false, crossedBacklog: Bool = false, skippedBefore: Int64 = 0,
        wakeLatency: Int64? = nil, work: Int64 = 0
    ) -> TickRecord {
        let offset = Nanoseconds(index * 40_000_000 + off)
        return TickRecord(
            tick: Tick(
                session: SessionID(index: 0), index: index, deadline: epoch.monotonic + offset,
                deadlineUTC: epoch.utc + offset, arrival: epoch.monotonic,
                start: epoch.monotonic + offset + Nanoseconds(late),
                wakeLatency: wakeLatency.map(Nanoseconds.init), lateness: lateness, cause: cause, isOverdue: isOverdue,
                crossedBacklog: crossedBacklog, skippedBefore: skippedBefore),
            work: Nanoseconds(work))
    }

    private static func statistics(of records: [TickRecord]) -> SessionStatistics {
        var statistics = SessionStatistics(epoch: epoch, rate: .fps25)
        for record in records { statistics.record(record) }
        return statistics
    }

    @Test("before the first record everything is 0")
    func empty() {
        let none = Self.statistics(of: [])
        #expect(none.delivered == 0 && none.lateCount == 0 && none.drift == .zero && none.last == nil)
    }

    @Test("ticks are counted by class, and those that were not on time by cause")
    func counts() {
        let statistics = Self.statistics(of: [
            Self.record(0, .late, .begin, isOverdue: true), Self.record(1), Self.record(2, .late, .neighbour),
            Self.record(3, .stall, .work, isOverdue: true), Self.record(4, .overPeriod, .work, isOverdue: true),
            Self.record(5, .onTime, .neighbour), Self.record(6),
        ])
        #expect(statistics.delivered == 7 && statistics.lateCount == 4 && statistics.overdue == 3)
        #expect(LatenessClass.allCases.map(statistics.count(of:)) == [3, 2, 1, 1])
        // Tick 5 was on time, whatever held it.
        #expect(LatenessCause.allCases.map(statistics.lateCount(by:)) == [0, 1, 2, 1])
        #expect(statistics.last?.index == 6)
    }

    @Test("late ticks in a row are counted up to the last, and the longest row is kept")
    func rows() {
        var statistics = Self.statistics(of: (0..<3).map { Self.record($0, .late) } + [Self.record(3)])
        #expect(statistics.consecutiveLate == 0 && statistics.mostConsecutiveLate == 3)
        statistics.record(Self.record(4, .stall))
        statistics.record(Self.record(5, .overPeriod))
        #expect(statistics.consecutiveLate == 2 && statistics.mostConsecutiveLate == 3)
    }

    @Test("recorded skips explain their gaps; crossed backlogs are counted apart")
    func skips() {
        let statistics = Self.statistics(of: [
            Self.record(2, skippedBefore: 2), Self.record(3), Self.record(10, skippedBefore: 6),
            Self.record(300, crossedBacklog: true, skippedBefore: 289),
        ])
        #expect(statistics.skipped == 297 && statistics.delivered == 4)
        #expect(statistics.backlogsCrossed == 1 && statistics.unexplained == 0)
    }

    @Test(
        "a gap, a repeat or a step back that no skip explains is counted",
        arguments: [[1], [0, 2], [0, 1, 1], [0, 1, 2, 1]])
    func unexplained(indices: [Int64]) {
        #expect(Self.statistics(of: indices.map { Self.record($0) }).unexplained == 1)
    }

    @Test("a skip that is greater or smaller than its gap does not explain it", arguments: [3, 5])
    func wrongSkip(skipped: Int64) {
        #expect(Self.statistics(of: [Self.record(4, skippedBefore: skipped)]).unexplained == 1)
    }

    @Test("drift is 0 on the grid, and a deadline that is off by 1 ns shows", arguments: [-1, 1])
    func drift(off: Int64) {
        var statistics = Self.statistics(of: (0..<100).map { Self.record($0) })
        #expect(statistics.drift == .zero)
        statistics.record(Self.record(100, off: off))
        #expect(statistics.drift == Nanoseconds(1))
        statistics.record(Self.record(101))
        #expect(statistics.drift == Nanoseconds(1))
    }

    @Test("a start before its deadline is counted, and one on it is not")
    func early() {
        #expect(Self.statistics(of: [Self.record(0, late: -1), Self.record(1)]).early == 1)
    }

    @Test("a loop's records drift by 0 ns at every rate, after centuries too", arguments: FrameRate.listed)
    func driftOfALoop(rate: FrameRate) throws {
        var loop = VirtualLoop(try SessionPlan(rate: rate, tickCount: 3_000), script: .stall(.milliseconds(80), at: 9))
        var statistics = SessionStatistics(epoch: loop.epoch(), rate: rate)
        for record in loop.run() { statistics.record(record) }
        #expect(statistics.drift == .zero && statistics.early == 0 && statistics.unexplained == 0)
        #expect(statistics.delivered == 3_000)
        // Two hundred years in, by a session that skips there: Int64 nanoseconds times den overflow.
        let far = VirtualClocks(monotonic: MonotonicInstant(nanoseconds: 0), utcLead: .zero)
        let plan = try SessionPlan(rate: rate, policy: .skip)
        var late = VirtualLoop([(plan, .zero)], clocks: far, script: .stall(.seconds(6_311_390_400), at: 3))
        var centuries = SessionStatistics(epoch: late.epoch(), rate: rate)
        for record in late.run(limit: 50) { centuries.record(record) }
        #expect(centuries.drift == .zero && centuries.skipped > 6_311_390_400 * 23)
    }

    @Test("latencies are counted once a sleep, once a tick and once a handler")
    func latencies() {
        let statistics = LatencyStatistics()
        statistics.record(Self.record(0, late: 9, wakeLatency: 5, work: 70))
        statistics.record(Self.record(1, late: 11, work: 90))
        #expect(statistics.wakeLatency.count == 1 && statistics.wakeLatency.maximum == Nanoseconds(5))
        #expect(statistics.startLateness.count == 2 && statistics.startLateness.maximum == Nanoseconds(11))
        #expect(statistics.work.count == 2 && statistics.work.minimum == Nanoseconds(70))
    }
}
