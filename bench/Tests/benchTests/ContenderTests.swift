import Foundation
import Testing
import TickLinux
import TickTime

@testable import bench

@Suite struct ContenderTests {
    /// What cyclictest 2.40 printed for `-m -p 80 -i 1000 -l 3 -N -v -q`.
    static let cyclictestOutput = """
        Max CPUs = 2
        Online CPUs = 2
        # /dev/cpu_dma_latency set to 0us
        Thread 0 Interval: 1500
               0:       0:   23643
               0:       1:   21860
               0:       2:   51194
        T: 0 (  764) P:80 I:1000 C:      3 Min:  21860 Act:   51194 Avg:   32232 Max:   51194
        """

    @Test("of cyclictest's output its latencies are read, and neither header nor summary")
    func cyclictest() throws {
        let output = try ContenderOutput(.cyclictest, Self.cyclictestOutput, ticks: 3)
        #expect(output.lateness == [23643, 21860, 51194] && output.woke.isEmpty)
    }

    @Test("start lateness, wake latency, distance from the grid and policy are read apart")
    func apart() throws {
        let output = try ContenderOutput(
            .hybrid, "12\n13\nwoke 3\ngrid -5\ngrid 7\npolicy FIFO 80\nthread 900\n", ticks: 2)
        #expect(output.lateness == [12, 13] && output.woke == [3] && output.grid == [-5, 7])
        #expect(output.policy == "FIFO 80")
    }

    @Test("a latency missing from the output is an error, not a shorter turn")
    func missingLatency() {
        #expect(throws: BenchError.self) { try ContenderOutput(.cyclictest, Self.cyclictestOutput, ticks: 4) }
        #expect(throws: BenchError.self) { try ContenderOutput(.cNanosleep, "12\n13\n", ticks: 3) }
        #expect(throws: BenchError.self) { try ContenderOutput(.relativeSleep, "12\n13\ngrid 1\n", ticks: 2) }
    }

    @Test("a line that is no number is an error that shows it")
    func strangeLine() {
        let error = #expect(throws: BenchError.self) { try ContenderOutput(.hybrid, "12\nkilled\n", ticks: 2) }
        #expect(error?.description.contains("killed") == true)
    }

    @Test("what sleeps runs at the priority asked for, what spins under SCHED_OTHER")
    func policies() {
        for contender in Contender.allCases {
            #expect(contender.policy(70) == ([.spin, .cSpin].contains(contender) ? "OTHER" : "FIFO 70"))
            #expect(contender.policy(nil) == "OTHER")
        }
        #expect(Contender.allCases.filter(\.isPeer).count == 7)
    }

    @Test("in as many rounds as there are contenders, each is at each place once")
    func rotation() {
        let orders = Contender.allCases.indices.map(JitterRun.order)
        for place in Contender.allCases.indices {
            #expect(Set(orders.map { $0[place] }).count == Contender.allCases.count)
        }
        #expect(orders.allSatisfy { Set($0).count == Contender.allCases.count })
    }

    @Test("a stall of two and a half periods misses two, whether the ticks are made up for or left out")
    func missed() throws {
        let made = try ContenderOutput(.cNanosleep, "10\n2500\n1500\n500\n", ticks: 4)
        #expect(made.missedPeriods(of: .cNanosleep, period: 1_000) == 2)
        let left = try ContenderOutput(.wholeMilliseconds, "10\n2500\n-3\n999\n", ticks: 4)
        #expect(left.missedPeriods(of: .wholeMilliseconds, period: 1_000) == 2)
    }

    @Test("drift is the least distance from the grid of the last tenth against that of the first")
    func drift() throws {
        let cell = JitterCell(rate: .fps5994, condition: .idle, ticks: 20)
        let ours = (0..<20).map { "\($0 * 100 + ($0 % 2) * 1_000)\n" }.joined()
        #expect(try ContenderOutput(.hybrid, ours, ticks: 20).drift(of: .hybrid, cell) == 1_800)
        let own = (0..<20).map { "3\ngrid \($0 * -7)\n" }.joined()
        #expect(try ContenderOutput(.relativeSleep, own, ticks: 20).drift(of: .relativeSleep, cell) == -7 * 18)
        // 16 683 us are 333.3 ns less than the period, nineteen times.
        let cyclictest = (0..<20).map { "0: \($0): 5\n" }.joined()
        #expect(try ContenderOutput(.cyclictest, cyclictest, ticks: 20).drift(of: .cyclictest, cell) == -6_333)
    }

    @Test(
        "every loop to compare with tells a latency a tick, none before its time",
        arguments: Contender.allCases.filter { $0 != .cyclictest && $0.strategy == nil })
    func peers(contender: Contender) async throws {
        let peers = try Peers(), cell = JitterCell(rate: .fps50, condition: .busy, ticks: 10)
        var command = contender.command(cell, fifo: nil, cpu: 0, peers)
        // A turn is this program's own, and here that would be the tests'.
        if command.program == "/proc/self/exe" {
            let tests = try FileManager.default.destinationOfSymbolicLink(atPath: command.program)
            let bench = URL(filePath: tests).deletingLastPathComponent().appending(path: "bench").path
            command = Command(program: bench, arguments: command.arguments)
        }
        let finished = try command.run()
        // Ten ticks lie nine periods apart.
        #expect(finished.wall > .milliseconds(180))
        let output = try ContenderOutput(contender, finished.output, ticks: cell.ticks)
        #expect(output.lateness.allSatisfy { $0 >= 0 }, "\(output.lateness)")
    }

    @Test("a busy process keeps its CPU busy, and ends when it is told to")
    func busy() async throws {
        let peers = try Peers(), before = try ProcessorTime.now(ofCPU: nil)
        let busy = try BusyProcesses(peers)
        HostClock.sleep(until: HostClock.monotonic() + .milliseconds(500))
        #expect(try ProcessorTime.now(ofCPU: nil).busyPercent(since: before) > 70)
        try busy.stop()
    }
}
