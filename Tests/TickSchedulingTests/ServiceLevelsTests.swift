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

    @Test("a limit is met up to and including its value")
    func inclusive() {
        for (measured, isMet) in [(4_999_999, true), (5_000_000, true), (5_000_001, false)] as [(Int64, Bool)] {
            let result = ServiceLevelResult(measure: .startLatenessP99, limit: 5_000_000, measured: measured)
            #expect(result.isMet == isMet)
        }
    }

    @Test("each limit that is set is judged once, in a fixed order, with what was measured")
    func evaluation() {
        let results = levels.evaluate { $0 == .startLatenessP99 ? 6_000_000 : 0 }
        #expect(results.map(\.measure) == [.startLatenessP99, .wakeLatencyP99, .drift])
        #expect(results.map(\.limit) == [5_000_000, 1_000, 0])
        #expect(results.map(\.measured) == [6_000_000, 0, 0])
        #expect(results.map(\.isMet) == [false, true, true])
    }

    @Test("a limit on what the run could not measure is not met")
    func unmeasured() {
        #expect(levels.evaluate { $0 == .wakeLatencyP99 ? nil : 0 }.map(\.isMet) == [true, false, true])
    }

    @Test("without limits nothing is judged; a limit of 0 is a limit")
    func emptiness() {
        #expect(ServiceLevels().isEmpty)
        #expect(ServiceLevels().evaluate { _ in .max }.isEmpty)
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
