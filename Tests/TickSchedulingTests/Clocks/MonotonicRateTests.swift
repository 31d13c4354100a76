import TestSupport
import Testing
import TickScheduling
import TickTime

@Suite("The rate of the monotonic clock")
struct MonotonicRateTests {
    private func observe(
        _ meter: inout MonotonicRate, monotonic: Int64, raw: Int64, uncertainty: Int64 = 0
    ) -> MonotonicRate.Interval? {
        meter.observe(
            monotonic: MonotonicInstant(nanoseconds: monotonic), raw: RawInstant(nanoseconds: raw),
            uncertainty: Nanoseconds(uncertainty))
    }

    @Test(
        "a slewed second shows its rate",
        arguments: [
            (0, 0), (1, 1), (-1, -1), (500_000, 500_000), (83_333_000, 83_333_000), (-83_333_000, -83_333_000),
        ] as [(Int64, Int64)])
    func rates(gained: Int64, expected: Int64) {
        var meter = MonotonicRate()
        #expect(observe(&meter, monotonic: 40, raw: 7_000) == nil)
        let interval = observe(&meter, monotonic: 40 + 1_000_000_000 + gained, raw: 7_000 + 1_000_000_000)
        #expect(interval?.partsPerBillion == expected)
        #expect(interval?.bound == 3)
        #expect(interval?.length == .seconds(1))
        #expect(interval?.end == MonotonicInstant(nanoseconds: 1_000_000_040 + gained))
        #expect(meter.last == interval && meter.worst == interval && meter.count == 1)
    }

    @Test(
        "the rate is rounded to nearest, halves away from zero",
        arguments: [(3, 2), (-3, -2), (4, 2), (5, 3), (1, 1)])
    func rounding(gained: Int64, expected: Int64) {
        var meter = MonotonicRate()
        _ = observe(&meter, monotonic: 0, raw: 0)
        let interval = observe(&meter, monotonic: 2_000_000_000 + gained, raw: 2_000_000_000)
        #expect(interval?.partsPerBillion == expected)
    }

    @Test("an interval is an incident only if the rate is certainly above the limit")
    func certainty() {
        // Half-brackets of 1000 + 1000 ns and 2 ns of rounding over a second: ± 2002 ppb, and 1 more.
        for (gained, isIncident) in [
            (Int64(502_003), false), (502_004, true), (-502_003, false), (-502_004, true), (500_001, false),
        ] {
            var meter = MonotonicRate()
            _ = observe(&meter, monotonic: 0, raw: 0, uncertainty: 1_000)
            let interval = observe(&meter, monotonic: 1_000_000_000 + gained, raw: 1_000_000_000, uncertainty: 1_000)
            #expect(interval?.bound == 2_003)
            #expect(meter.incidents == (isIncident ? 1 : 0), "\(gained) ppb")
            #expect((meter.lastIncident == interval) == isIncident)
        }
    }

    @Test("the true rate lies within the bound, wherever in its bracket the raw clock was read")
    func bound() {
        var random = SeededGenerator()
        print("rate bound: seed \(random.seed)")
        for _ in 0..<300 {
            let partsPerMillion = Int64.random(in: -83_333...83_333, using: &random)
            var meter = MonotonicRate()
            var interval: MonotonicRate.Interval?
            for second: Int64 in 0..<2 {
                let raw = second * 1_000_000_000
                let monotonic = raw + second * partsPerMillion * 1_000
                let before = Int64.random(in: 0...500_000, using: &random)
                let after = Int64.random(in: 0...500_000, using: &random)
                let width = before + after
                interval = observe(
                    &meter, monotonic: monotonic - before + width / 2, raw: raw, uncertainty: (width + 1) / 2)
            }
            guard let interval else { continue }
            let error = abs(interval.partsPerBillion - partsPerMillion * 1_000)
            #expect(error <= interval.bound, "\(partsPerMillion) ppm, seed \(random.seed)")
        }
    }

    @Test("the worst interval is the one whose rate is certainly the greatest, not one that was badly read")
    func worst() {
        var meter = MonotonicRate()
        _ = observe(&meter, monotonic: 0, raw: 0)
        // 2 ms lost to preemption between the readings, which say so.
        _ = observe(&meter, monotonic: 1_002_000_000, raw: 1_000_000_000, uncertainty: 2_000_000)
        _ = observe(&meter, monotonic: 2_000_000_000, raw: 2_000_000_000)
        _ = observe(&meter, monotonic: 3_000_040_000, raw: 3_000_000_000)
        _ = observe(&meter, monotonic: 4_000_040_000, raw: 4_000_000_000)
        #expect(meter.worst?.partsPerBillion == 40_000)
        #expect(meter.count == 4 && meter.incidents == 0 && meter.last?.partsPerBillion == 0)
    }

    @Test("while the raw clock has not moved there is no rate, and the interval goes on from the first reading")
    func standstill() {
        var meter = MonotonicRate()
        _ = observe(&meter, monotonic: 0, raw: 500)
        #expect(observe(&meter, monotonic: 10, raw: 500) == nil)
        let interval = observe(&meter, monotonic: 1_000_000_000, raw: 1_000_000_500)
        #expect(interval?.partsPerBillion == 0 && interval?.length == .seconds(1) && meter.count == 1)
    }

    @Test("intervals from a nanosecond to 292 years neither overflow nor trap")
    func extremes() {
        var meter = MonotonicRate()
        _ = observe(&meter, monotonic: .min, raw: .min, uncertainty: .max)
        let long = observe(&meter, monotonic: .max, raw: .max, uncertainty: .max)
        #expect(long?.partsPerBillion == 0 && long?.length == Nanoseconds(.max))

        var short = MonotonicRate()
        _ = observe(&short, monotonic: 0, raw: 0)
        let wild = observe(&short, monotonic: .max, raw: 1)
        #expect(wild?.partsPerBillion == .max && short.incidents == 1)
    }

    @Test("a negative limit, a negative uncertainty and a raw clock that falls are refused")
    func preconditions() async {
        await #expect(processExitsWith: .failure) { _ = MonotonicRate(limit: -1) }
        await #expect(processExitsWith: .failure) {
            var meter = MonotonicRate()
            let start = MonotonicInstant(nanoseconds: 0)
            _ = meter.observe(monotonic: start, raw: RawInstant(nanoseconds: 0), uncertainty: Nanoseconds(-1))
        }
        await #expect(processExitsWith: .failure) {
            var meter = MonotonicRate()
            let start = MonotonicInstant(nanoseconds: 0)
            _ = meter.observe(monotonic: start, raw: RawInstant(nanoseconds: 9), uncertainty: .zero)
            _ = meter.observe(monotonic: start, raw: RawInstant(nanoseconds: 8), uncertainty: .zero)
        }
    }
}
