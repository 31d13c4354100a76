import Testing
import TickScheduling

@Suite("Service levels")
struct ServiceLevelsTests {
    private var levels: ServiceLevels {
        var levels = ServiceLevels()
        levels[.drift] = 0
        levels[.startLatenessP99] = 5_000_000
        levels[.wakeLatencyP99] = 1_000
        return levels
    }

    private static func result(
        _ measure: ServiceLevels.Measure, limit: Int64, _ value: Int64, of count: Int64
    ) -> ServiceLevelResult {
        ServiceLevelResult(measure: measure, limit: limit, measurement: .init(value, of: count))
    }

    @Test("a limit is met up to and including its value")
    func inclusive() {
        for (measured, isMet) in [(4_999_999, true), (5_000_000, true), (5_000_001, false)] as [(Int64, Bool)] {
            #expect(Self.result(.startLatenessP99, limit: 5_000_000, measured, of: 100).isMet == isMet)
        }
    }

    @Test(
        "a percentile of too few values is not judged while it is within its limit, and missed once it is above",
        arguments: [
            (ServiceLevels.Measure.startLatenessP50, Int64(2)), (.startLatenessP99, 100), (.wakeLatencyP99, 100),
            (.startLatenessP999, 1_000), (.stallTicks, 1), (.periodsBehind, 1), (.lateTicksPPM, 1),
        ])
    func tooFewValues(measure: ServiceLevels.Measure, fewest: Int64) {
        #expect(Self.result(measure, limit: 10, 10, of: fewest).judgement == .met)
        #expect(Self.result(measure, limit: 10, 10, of: fewest - 1).judgement == .notJudged)
        #expect(Self.result(measure, limit: 10, 2_000_000, of: fewest - 1).judgement == .missed)
    }

    @Test(
        "of late ticks a share above 0 always allows one, and a share of 0 allows none",
        arguments: [
            (Int64(1), Int64(2), Int64(10_000), true), (2, 2, 10_000, false), (1, 100, 10_000, true),
            (2, 100, 10_000, false), (2, 200, 10_000, true), (3, 200, 10_000, false), (3, 299, 10_000, false),
            (1, 1_000_000, 0, false), (0, 5, 0, true), (10_000, 1_000_000, 10_000, true),
            (10_001, 1_000_000, 10_000, false), (1, 3, 1, true),
        ])
    func share(late: Int64, of ticks: Int64, limit: Int64, isMet: Bool) {
        let measurement = ServiceLevelMeasurement(partsPerMillion: late, of: ticks)
        #expect(ServiceLevelResult(measure: .lateTicksPPM, limit: limit, measurement: measurement).isMet == isMet)
    }

    @Test("the standard levels are those of the contract")
    func standard() {
        let limits = ServiceLevels.standard.limits.map { "\($0.measure.rawValue) \($0.limit)" }
        #expect(
            limits == [
                "late_ticks_ppm_max 10000", "stall_ticks_max 0", "skipped_ticks_max 0", "early_ticks_max 0",
                "periods_behind_max 0", "lost_records_max 0", "drift_ns_max 0",
            ])
    }

    @Test("each limit that is set is judged once, in a fixed order, with what was measured")
    func evaluation() {
        let results = levels.evaluate { .init($0 == .startLatenessP99 ? 6_000_000 : 0, of: 100) }
        #expect(results.map(\.measure) == [.startLatenessP99, .wakeLatencyP99, .drift])
        #expect(results.map(\.limit) == [5_000_000, 1_000, 0])
        #expect(results.map(\.measured) == [6_000_000, 0, 0])
        #expect(results.map(\.isMet) == [false, true, true])
    }

    @Test("a limit on what the run could not measure is not judged")
    func unmeasured() {
        let results = levels.evaluate { $0 == .wakeLatencyP99 ? nil : .init(0, of: 100) }
        #expect(results.map(\.judgement) == [.met, .notJudged, .met])
    }

    @Test("without limits nothing is judged; a limit of 0 is a limit")
    func emptiness() {
        #expect(ServiceLevels().isEmpty)
        #expect(ServiceLevels().evaluate { _ in .init(.max, of: .max) }.isEmpty)
        var zero = ServiceLevels()
        zero[.lateTicks] = 0
        #expect(!zero.isEmpty)
        zero[.lateTicks] = nil
        #expect(zero == ServiceLevels())
    }

    @Test("more specific limits take the place of general ones, key by key")
    func overriding() {
        var specific = ServiceLevels()
        specific[.drift] = 7
        specific[.utcSteps] = 1
        let merged = levels.overridden(by: specific)
        #expect(merged[.drift] == 7)
        #expect(merged[.utcSteps] == 1)
        #expect(merged[.startLatenessP99] == 5_000_000)
        #expect(levels.overridden(by: ServiceLevels()) == levels)
    }

    @Test("every measure has a key that ends in max and a meaning of its own")
    func keys() {
        let measures = ServiceLevels.Measure.allCases
        #expect(measures.allSatisfy { $0.rawValue.hasSuffix("_max") })
        #expect(Set(measures.map(\.meaning)).count == measures.count)
        #expect(measures.allSatisfy { $0.meaning.contains("in ns") == $0.rawValue.hasSuffix("_ns_max") })
    }
}
