import Testing
import TickTime

@testable import bench

@Suite struct ScaleTests {
    private static let result = ScaleResult(
        ticks: 750, missed: 2, lost: 1, p50: 100, p99: 2_000, max: 3_000, window: 1_000_000_000, windowTicks: 500,
        threadCPU: 100_000_000, processCPU: 250_000_000)

    @Test("what a turn prints is read again, figure by figure")
    func printed() throws {
        #expect(try ScaleResult(printed: Self.result.text, by: "ours") == Self.result)
        #expect(Self.result.threadPercent == 10 && Self.result.processPercent == 25)
        #expect(Self.result.nanosecondsPerTick == 200_000 && !Self.result.isClean)
    }

    @Test("a figure that is missing, or is none, is an error that says so", arguments: ["ticks 3\n", "ticks many\n"])
    func unreadable(output: String) {
        let error = #expect(throws: BenchError.self) { try ScaleResult(printed: output, by: "timerfd_loop") }
        #expect(error?.exitCode == 70)
        #expect(error?.description.contains("timerfd_loop") == true)
    }

    @Test("ratios are medians of what the rounds gave, ours by the peer's")
    func ratios() {
        func result(_ p99: Int64, _ cpu: Int64) -> ScaleResult {
            ScaleResult(
                ticks: 1, missed: 0, lost: 0, p50: 0, p99: p99, max: p99, window: 1, windowTicks: 1, threadCPU: cpu,
                processCPU: cpu)
        }
        let row = ScaleRow(
            load: .thousandAt5994, ours: [result(10, 1), result(20, 4), result(30, 9)],
            peer: [result(100, 2), result(10, 2), result(10, 3)])
        #expect(row.p99Ratio == 2 && row.cpuRatio == 2)
    }

    @Test("the two targets are judged on their loads, over every round")
    func targets() throws {
        let options = try ScaleOptions(try Arguments([], valued: ScaleOptions.valued))
        let loads = [ScaleLoad(sessions: 10_000, rates: ScaleLoad.same, work: .zero), .thousandAt5994]
        let rows = loads.map {
            ScaleRow(load: $0, ours: [Self.result, Self.result], peer: [Self.result, Self.result])
        }
        let targets = ScaleReport(options: options, rows: rows, saturations: []).targets
        #expect(targets.map(\.measured) == [6, 25])
        #expect(targets.map(\.isReached) == [false, true])
    }

    @Test("a turn of ours and of the peer's deliver every tick of their sessions")
    func turns() async throws {
        let peers = try Peers()
        let load = ScaleLoad(sessions: 3, rates: [.fps25, .fps50], work: .microseconds(1))
        let turn = try ScaleTurn(load.arguments + ["--seconds", "1", "--fifo", "0"])
        let ours = try turn.run()
        #expect(ours.ticks == 100 && ours.lost == 0 && ours.max >= ours.p99 && ours.p99 >= ours.p50)
        #expect(ours.window > 900_000_000 && ours.threadCPU > 0 && ours.processCPU >= ours.threadCPU)
        let peer = try ScaleResult(printed: try turn.peerCommand(peers).run().output, by: "timerfd_loop")
        // 25 + 50 + 25; the last deadlines of the peer's others fall together with the end of its first.
        #expect((97...101).contains(peer.ticks + peer.missed))
        #expect(peer.window > 900_000_000 && peer.processCPU > 0 && peer.p50 <= peer.p99 && peer.p99 <= peer.max)
    }

    @Test("a day at a hundredth of its rates is whole, twice the same, and another with another seed")
    func day() throws {
        let results = try [1, 1, 2].map { try DayRun.run(seed: $0, slowedDown: 100) }
        #expect(results[0] == results[1] && results[0].digest != results[2].digest)
        #expect(results.allSatisfy { $0.isWhole && $0.seams == 40 && $0.blocksAppended > 0 })
        // A hundredth of a rate has no labels, and so no jams.
        #expect(results.allSatisfy { $0.jams == 0 })
    }
}
