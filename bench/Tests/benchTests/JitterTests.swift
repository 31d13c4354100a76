import Testing
import TickTime

@testable import bench

@Suite struct JitterTests {
    private static func turn(_ p50: Int64, _ p99: Int64, cpu: Double = 1) -> TurnResult {
        // p50 of two values is the first, p99 the second.
        let lateness = Percentiles([p50, p99])
        return TurnResult(
            position: 0, lateness: lateness, woke: lateness, missed: 0, drift: 0, cpuPercent: cpu, stealPercent: 0,
            wallNanoseconds: 1, policy: "OTHER")
    }

    private static func result(
        _ cell: JitterCell, ours: [TurnResult], others: [TurnResult], near: [TurnResult]? = nil
    ) -> JitterCellResult {
        var result = JitterCellResult(cell)
        for contender in Contender.allCases {
            let turns = contender == .hybrid ? ours : contender == .gstreamer ? near ?? others : others
            result.turns[contender] = turns
            result.pooled[contender] = turns[0].lateness
        }
        return result
    }

    private static let idle = JitterCell(rate: .fps25, condition: .idle, ticks: 250)

    @Test("a ratio is taken within its round, and its median and spread over the rounds")
    func ratios() {
        let result = Self.result(
            Self.idle, ours: [Self.turn(10, 20), Self.turn(100, 200), Self.turn(1, 2)],
            others: [Self.turn(1_000, 4_000), Self.turn(1_000, 4_000), Self.turn(300, 4_000)])
        let p50 = result.ratio(.cyclictest, \.p50)
        #expect(p50.rounds == [100, 10, 300] && p50.median == 100 && p50.spread == 10...300)
    }

    @Test("the goals are held against the nearest of all that do not spin")
    func goals() throws {
        let near = Self.result(
            Self.idle, ours: [Self.turn(10, 1_000, cpu: 2.5)], others: [Self.turn(20_000, 50_000)],
            near: [Self.turn(1_990, 1_995)])
        #expect(near.targets.map(\.isReached) == [false, false, false])
        #expect(near.targets[0].name.contains("gstreamer_clock"))
        #expect(near.verdict(.gstreamer) == "MISSED p50, p99" && near.verdict(.cyclictest) == "reached")
        #expect(near.verdict(.cSpin).isEmpty && near.verdict(.sleep).isEmpty)
        let far = Self.result(Self.idle, ours: [Self.turn(10, 100)], others: [Self.turn(2_000, 2_001)])
        #expect(far.targets.map(\.isReached) == [true, true, true])
    }

    @Test("nothing is aimed at on a busy machine, nor at a thousand ticks a second")
    func noGoals() throws {
        for cell in [
            JitterCell(rate: .fps25, condition: .busy, ticks: 250),
            JitterCell(rate: try FrameRate(parsing: "1000"), condition: .idle, ticks: 1_000),
        ] {
            let result = Self.result(cell, ours: [Self.turn(10, 100)], others: [Self.turn(10, 100)])
            #expect(result.targets.isEmpty && result.verdict(.cyclictest).isEmpty)
        }
    }

    @Test("text, JSON and page tell of every contender in every comparison")
    func output() throws {
        let options = try OptionsTests.jitter("--rates", "25,1000", "--conditions", "idle")
        let cells = options.cells.map {
            Self.result($0, ours: [Self.turn(10, 100)], others: [Self.turn(20_000, 50_000)])
        }
        let result = JitterResult(options: options, cells: cells)
        let page = PageSection.page("Jitter", result.sections)
        for contender in Contender.allCases {
            let name = contender.rawValue
            #expect(result.text.split(separator: "\n").count { $0.hasPrefix(name) } >= 2)
            #expect(result.json.text.split(separator: "\n").count { $0.contains("\"name\": \"\(name)\"") } == 3)
            #expect(page.contains(">\(name)</text>") && page.contains("<th>\(name)</th>"))
        }
        #expect(page.hasPrefix("<!doctype html>") && !page.contains("<script"))
    }
}
