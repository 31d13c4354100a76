import Testing
import TickTime

@testable import bench

@Suite struct OptionsTests {
    static func jitter(_ arguments: String...) throws(BenchError) -> JitterOptions {
        try JitterOptions(try Arguments(arguments, valued: JitterOptions.valued, flags: JitterOptions.flags))
    }

    @Test("without options: three rates, idle and busy, 6 rounds of 10 s, priority 80")
    func defaults() throws {
        let options = try Self.jitter()
        #expect(options.cells.map(\.rate.rational) == ["25/1", "60000/1001", "1000/1", "25/1", "60000/1001", "1000/1"])
        #expect(options.cells.map(\.condition) == [.idle, .idle, .idle, .busy, .busy, .busy])
        #expect(options.cells.prefix(3).map(\.ticks) == [250, 599, 10_000])
        #expect(options.cells[1].periodMicroseconds == 16_683 && options.cells[1].period == 16_683_333)
        #expect(options.rounds == 6 && options.fifo == 80 && !options.waitsUntilIdle)
    }

    @Test("a value stands behind its option or behind an equals sign")
    func spellings() throws {
        #expect(try Self.jitter("--seconds", "90").seconds == 90)
        #expect(try Self.jitter("--seconds=90", "--wait-idle").seconds == 90)
    }

    @Test("priority 0 is SCHED_OTHER for all")
    func noPriority() throws {
        #expect(try Self.jitter("--fifo", "0").fifo == nil)
    }

    @Test(
        "an option that cannot be is refused by name",
        arguments: [
            (["--seconds", "1"], "--seconds"), (["--rounds", "3"], "--rounds"), (["--fifo", "100"], "--fifo"),
            (["--rates", "59.9"], "--rates"), (["--rates", "1000000"], "--rates"), (["--cpu", "-1"], "--cpu"),
            (["--rates", "25,25/1"], "--rates"), (["--conditions", "calm"], "--conditions"),
            (["--second", "6"], "--second"), (["--seconds"], "--seconds"), (["--cpu", "0", "--cpu", "1"], "--cpu"),
        ])
    func refused(arguments: [String], name: String) {
        let error = #expect(throws: BenchError.self) {
            try JitterOptions(try Arguments(arguments, valued: JitterOptions.valued, flags: JitterOptions.flags))
        }
        #expect(error?.exitCode == 2)
        #expect(error?.description.contains(name) == true)
    }
}

@Suite struct ScaleOptionsTests {
    static func scale(_ arguments: String...) throws(BenchError) -> ScaleOptions {
        try ScaleOptions(try Arguments(arguments, valued: ScaleOptions.valued))
    }

    @Test("without options: every load that the report promises, and saturation of the greatest")
    func defaults() throws {
        let options = try Self.scale()
        #expect(options.seconds == 3 && options.rounds == 3 && options.fifo == 80)
        #expect(Set(options.loads).count == 21)
        for count in [1, 10, 100, 1_000, 10_000] {
            let loads = options.loads.filter { $0.sessions == count && $0.rates != [.fps5994] }
            #expect(Set(loads.map(\.work)) == [.zero, .microseconds(1)])
            #expect(Set(loads.map(\.rates)) == [[.fps25], [.fps25, .fps2997, .fps50, .fps5994]])
        }
        #expect(options.loads.contains(.thousandAt5994))
        #expect(options.saturations.map(\.sessions) == [10_000, 10_000, 10_000, 10_000])
    }

    @Test("--most leaves out what is greater, and the search for saturation")
    func most() throws {
        let options = try Self.scale("--most", "100", "--fifo", "0")
        #expect(options.loads.map(\.sessions).max() == 100)
        #expect(options.saturations.isEmpty && options.fifo == nil)
    }

    @Test(
        "an option that cannot be is refused by name",
        arguments: [(["--most", "0"], "--most"), (["--seconds", "0"], "--seconds"), (["--rate", "25"], "--rate")])
    func refused(arguments: [String], name: String) {
        let error = #expect(throws: BenchError.self) {
            try ScaleOptions(try Arguments(arguments, valued: ScaleOptions.valued))
        }
        #expect(error?.exitCode == 2)
        #expect(error?.description.hasPrefix(name) == true)
    }

    @Test("a load's sessions take turns at its rates, for us as for the peer")
    func groups() throws {
        let load = ScaleLoad(sessions: 10, rates: ScaleLoad.mixed, work: .microseconds(1))
        #expect(
            load.groups == ["25", "1", "3", "30000", "1001", "3", "50", "1", "2", "60000", "1001", "2"])
        // 3 · 25 + 3 · 29.97 + 2 · 50 + 2 · 59.94 = 384.79 a second.
        #expect(load.ticks(within: 10_000_000_000) == 3_848)
        let turn = try ScaleTurn(load.arguments + ["--seconds", "2", "--fifo", "0"])
        #expect(turn.load == load && turn.seconds == 2 && turn.priority == nil)
    }
}
