import TestSupport
import Testing
import TickReports
import TickScheduling
import TickTime

@Suite("What a screen shows of latenesses")
struct LivePercentilesTests {
    @Test("the greatest is never below the last, however late within a second it came")
    func most() {
        let latencies = LatencyStatistics()
        var percentiles = LivePercentiles()
        for picture in Int64(0)..<50 {
            // Each tick is later than the one before it.
            let late = 1_000_000 * (picture + 1)
            latencies.record(RunSummaryFixture.record(picture, lateness: late, .late))
            let row = percentiles.rows(
                [latencies, nil], latencies, at: MonotonicInstant(nanoseconds: picture * 100_000_000))
            #expect(row[0].most == Nanoseconds(late))
            #expect(row[1].most == nil)
        }
    }

    @Test("percentiles are looked up again after a second, and when sessions come or go")
    func interval() throws {
        let latencies = LatencyStatistics()
        var percentiles = LivePercentiles()
        func median(_ milliseconds: Int64, sessions: Int = 1) -> Nanoseconds? {
            percentiles.rows(
                Array(repeating: latencies, count: sessions), latencies,
                at: MonotonicInstant(nanoseconds: milliseconds * 1_000_000))[0].p50
        }
        latencies.record(RunSummaryFixture.record(0, lateness: 100))
        #expect(median(0) == Nanoseconds(100) && percentiles.bins.reduce(0, +) == 1)
        for tick in Int64(1)...9 { latencies.record(RunSummaryFixture.record(tick, lateness: 900)) }
        #expect(median(999) == Nanoseconds(100))
        #expect(median(1_000) == Nanoseconds(900) && percentiles.bins.reduce(0, +) == 10)
        for tick in Int64(10)...99 { latencies.record(RunSummaryFixture.record(tick, lateness: 500)) }
        #expect(median(1_100) == Nanoseconds(900))
        #expect(median(1_200, sessions: 2) == Nanoseconds(500))
    }
}
