import Testing

@testable import bench

@Suite struct HostTests {
    // user nice system idle iowait irq softirq steal guest guest_nice, in ticks of 10 ms
    static let before = "cpu  0 0 0 0 0 0 0 0 0 0\ncpu0 0 0 0 0 0 0 0 0 0 0\ncpu1 100 0 50 800 50 0 0 0 0 0\nintr 1\n"
    static let after = "cpu  0 0 0 0 0 0 0 0 0 0\ncpu0 0 0 0 0 0 0 0 0 0 0\ncpu1 110 0 60 860 60 0 0 10 9 0\nintr 1\n"

    @Test("steal and business are shares of the time that passed on the CPU asked for")
    func shares() throws {
        let before = try #require(ProcessorTime(Self.before, cpu: 1))
        let after = try #require(ProcessorTime(Self.after, cpu: 1))
        // 100 ticks passed: 10 stolen, 70 idle or waiting for a disk.
        #expect(after.stealPercent(since: before) == 10)
        #expect(after.busyPercent(since: before) == 30)
    }

    @Test("a CPU that /proc/stat does not know has no time")
    func unknownCPU() {
        #expect(ProcessorTime(Self.before, cpu: 2) == nil)
        #expect(ProcessorTime("cpu1 1 2 3\n", cpu: 1) == nil)
    }
}
