import TickTime
import Testing

@testable import bench

@Suite struct StationTests {
    private static func options(_ arguments: String...) throws(BenchError) -> StationOptions {
        try StationOptions(try Arguments(arguments, valued: StationOptions.valued))
    }

    private static func turn(_ p50: Int64, _ p99: Int64, offAir: Int = 0) -> StationTurn {
        // p50 of two values is the first, p99 the second.
        StationTurn(lateness: Percentiles([p50, p99]), ticks: 2, offAir: offAir, deaths: 1)
    }

    private static func report(
        with: [StationTurn], without: [StationTurn], jumps: [Int64] = [0], bound: Int64 = 1
    ) throws -> StationReport {
        StationReport(
            options: try options(), handOvers: HandOvers(jumps: jumps, bound: bound, missed: 0, faults: 0),
            with: with, without: without, plain: without)
    }

    @Test("without options: 20 moves, 6 rounds of 20 s at 59.94")
    func defaults() throws {
        let options = try Self.options()
        #expect(options.moves == 20 && options.rounds == 6 && options.seconds == 20)
        #expect(options.rate == .fps5994 && options.program.hasSuffix("/.build/release/tickrun"))
    }

    @Test(
        "an option that cannot be is refused by name",
        arguments: [
            (["--moves", "0"], "--moves"), (["--rounds", "1"], "--rounds"), (["--seconds", "1"], "--seconds"),
        ])
    func refused(arguments: [String], name: String) {
        let error = #expect(throws: BenchError.self) {
            try StationOptions(try Arguments(arguments, valued: StationOptions.valued))
        }
        #expect(error?.exitCode == 2)
        #expect(error?.description.hasPrefix(name) == true)
    }

    @Test("without tickrun the command says so, and what to do")
    func noProgram() throws {
        let options = try Self.options("--tickrun", "/nowhere/tickrun")
        let error = #expect(throws: BenchError.self) { try BenchStation(options) }
        #expect(error?.exitCode == 69 && error?.description.contains("swift build -c release") == true)
    }

    @Test("a ratio is taken within a round, and compared with that of neighbouring rounds without a station")
    func ratios() throws {
        let report = try Self.report(
            with: [Self.turn(100, 900), Self.turn(300, 900), Self.turn(100, 900)],
            without: [Self.turn(100, 200), Self.turn(200, 200), Self.turn(100, 200)])
        #expect(report.ratio { Double($0.lateness.p50) }.rounds == [1, 1.5, 1])
        #expect(report.noise { Double($0.lateness.p50) }.spread == 0.5...2)
        #expect(report.isWithinSpread { Double($0.lateness.p50) })
        // Every round without a station is equal, and four and a half times as late with one.
        #expect(!report.isWithinSpread { Double($0.lateness.p99) })
        #expect(report.text.contains("p99") && report.text.contains("BEYOND the rounds' spread"))
    }

    @Test("a jump counts without its sign, and may be the bounds of both hosts at most")
    func jumps() throws {
        let turns = [Self.turn(1, 2), Self.turn(1, 2)]
        let good = try Self.report(with: turns, without: turns, jumps: [-3_000, 1_000, 2_000], bound: 1_500)
        #expect(good.text.contains("min 1.0 us, median 2.0 us, max 3.0 us"))
        #expect(good.targets.map(\.isReached) == [true, true, true])
        let bad = try Self.report(
            with: [Self.turn(1, 2, offAir: 4), Self.turn(1, 2)], without: turns, jumps: [-3_001], bound: 1_500)
        #expect(bad.targets.map(\.isReached) == [false, true, false])
        #expect(bad.targets.map(\.measured) == [3.001, 0, 4])
    }

    @Test("a turn holds the ticks that are due within it, and counts those that were not on air")
    func turns() throws {
        let starts = JournalStarts(
            starts: (0..<10).map { tick in
                .init(
                    deadline: MonotonicInstant(nanoseconds: 1_000 * tick), lateness: 100 + tick, isOnAir: tick != 4)
            })
        let begin = MonotonicInstant(nanoseconds: 2_000), end = MonotonicInstant(nanoseconds: 6_000)
        let turn = try starts.turn(from: begin, to: end)
        #expect(turn == StationTurn(lateness: Percentiles([102, 103, 104, 105]), ticks: 4, offAir: 1))
        #expect(throws: BenchError.self) { try starts.turn(from: end, to: begin) }
    }

    @Test("a host is on air as its last whole line says")
    func lines() {
        let off = #"{"schema":"tickrun/agent/1","channels":[{"channel":"one","on_air":false}]}"# + "\n"
        let on = #"{"schema":"tickrun/agent/1","channels":[{"channel":"one","on_air":true}]}"# + "\n"
        let began = #"{"schema":"tickrun/agent-event/1","event":"session_began","phase_bound_ns":170123}"# + "\n"
        #expect(StationLines.isOnAir(off + on + began) && !StationLines.isOnAir(on + off))
        #expect(!StationLines.isOnAir("") && !StationLines.isOnAir(off + on.dropLast()))
        #expect(StationLines.phaseBounds(on + began + off) == [170_123])
    }
}
