import Testing
import TickTime

@testable import bench

@Suite struct OptionsTests {
    static func jitter(_ arguments: String...) throws(BenchError) -> JitterOptions {
        try JitterOptions(try Arguments(arguments, valued: JitterOptions.valued, flags: JitterOptions.flags))
    }

    @Test("without options: 59.94, 600 ticks, 4 rounds, priority 80")
    func defaults() throws {
        let options = try Self.jitter()
        #expect(options.rate.rational == "60000/1001")
        #expect(options.periodMicroseconds == 16_683)
        #expect(options.ticks == 600 && options.rounds == 4 && options.fifo == 80)
        #expect(!options.waitsUntilIdle)
    }

    @Test("a value stands behind its option or behind an equals sign")
    func spellings() throws {
        #expect(try Self.jitter("--ticks", "900").ticks == 900)
        #expect(try Self.jitter("--ticks=900", "--wait-idle").ticks == 900)
    }

    @Test("priority 0 is SCHED_OTHER for all")
    func noPriority() throws {
        #expect(try Self.jitter("--fifo", "0").fifo == nil)
    }

    @Test(
        "an option that cannot be is refused by name",
        arguments: [
            (["--ticks", "599"], "--ticks"), (["--rounds", "3"], "--rounds"), (["--fifo", "100"], "--fifo"),
            (["--rate", "59.9"], "--rate"), (["--rate", "1000000"], "--rate"), (["--cpu", "-1"], "--cpu"),
            (["--tick", "600"], "--tick"), (["--ticks"], "--ticks"), (["--cpu", "0", "--cpu", "1"], "--cpu"),
        ])
    func refused(arguments: [String], name: String) {
        let error = #expect(throws: BenchError.self) {
            try JitterOptions(try Arguments(arguments, valued: JitterOptions.valued, flags: JitterOptions.flags))
        }
        #expect(error?.exitCode == 2)
        #expect(error?.description.hasPrefix(name) == true)
    }
}
