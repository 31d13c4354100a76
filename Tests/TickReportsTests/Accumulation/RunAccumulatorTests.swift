import TestSupport
import Testing
import TickReports
import TickScheduling
import TickTime

@Suite("The accumulation of a run")
struct RunAccumulatorTests {
    private typealias Fixture = RunSummaryFixture

    /// A run of one session at 25 frames a second, judged by `levels`.
    private static func run(
        levels: ServiceLevels = .standard, timecode: Bool = true, session: Int32 = 0
    ) throws -> RunAccumulator {
        var run = RunAccumulator(named: "hand-made")
        run.add(
            RunAccumulator.NewSession(
                number: session, name: "main", plan: try SessionPlan(rate: .fps25, tickCount: 1_000),
                epoch: Fixture.epoch,
                timecode: timecode ? try SessionTimecode(format: TimecodeFormat(rate: .fps25)) : nil,
                levels: levels))
        return run
    }

    private static let late = LatenessClass.late

    @Test("late ticks in a row are one incident, with session, ticks, timecode, size in time and frames, and cause")
    func lateRun() throws {
        var run = try Self.run()
        run.add(Fixture.record(0))
        run.add(Fixture.record(1, lateness: 5_000_000, .late, cause: .work))
        run.add(Fixture.record(2, lateness: 30_000_000, .late, cause: .wake))
        run.add(Fixture.record(3, lateness: 2_000_000, .late, cause: .work))
        #expect(run.allIncidents.map(\.end) == [nil])
        run.add(Fixture.record(4))
        let incident = try #require(run.allIncidents.first)
        #expect(run.allIncidents.count == 1 && incident.kind == .lateRun)
        #expect(incident.begin == Fixture.epoch.utc + .milliseconds(40))
        #expect(incident.end == Fixture.epoch.utc + .milliseconds(122))
        #expect(incident.session == "main" && incident.timecode == "00:00:00:01")
        #expect(incident.firstTick == 1 && incident.lastTick == 3 && incident.lateTicks == 3)
        #expect(incident.size == .milliseconds(30) && incident.frames == 0.75 && incident.cause == "work")
        #expect(
            incident.line == "2026-01-02T03:04:05.040Z  late: main tick 1 (00:00:00:01), 30.0 ms (0.75 frames) late, "
                + "3 late ticks up to tick 3, cause work")
    }

    @Test("a jam on a successor's tick 0 is an incident; on that of a session that took over from none it is not")
    func jamOnTickZero() throws {
        let epoch = Fixture.epoch
        let before = SessionEpoch(
            utc: epoch.utc - .seconds(10), utcSource: .ntp, hostUTC: epoch.utc - .seconds(10),
            monotonic: epoch.monotonic - .seconds(10), uncertainty: Nanoseconds(30))
        let seam = try Seam(
            from: SessionID(index: 7), rate: .fps25, epoch: before, to: SessionID(index: 0), epoch: epoch)
        let labels = try SessionTimecode(
            format: TimecodeFormat(rate: .fps25),
            start: .timeOfDay(offset: .utc, dailyJam: TimeOfDay(hours: 3, minutes: 4, seconds: 5)), epoch: epoch.utc)
        let plan = try SessionPlan(rate: .fps25, tickCount: 1_000)
        for takesOver in [true, false] {
            var run = RunAccumulator(named: "hand-made")
            if takesOver {
                run.add(RunAccumulator.NewSession(number: 7, name: "old", plan: plan, epoch: before, levels: .standard))
            }
            run.add(
                RunAccumulator.NewSession(
                    number: 0, name: "new", plan: plan, epoch: epoch, timecode: labels, levels: .standard,
                    seam: takesOver ? seam : nil))
            for index in Int64(0)..<3 { run.add(Fixture.record(index)) }
            let jams = run.allIncidents.filter { $0.kind == .timecodeJam }
            #expect(jams.map(\.firstTick) == (takesOver ? [0] : []))
        }
    }

    @Test("a run of late ticks with one stall in it is a stall; with skipped ticks and no stall it is of skipped ticks")
    func kinds() throws {
        var run = try Self.run()
        run.add(Fixture.record(0, lateness: 5_000_000, .late))
        run.add(Fixture.record(1, lateness: 50_000_000, .stall))
        run.add(Fixture.record(2))
        run.add(Fixture.record(6, lateness: 3_000_000, .late, cause: .work, skippedBefore: 3))
        run.add(Fixture.record(7))
        run.add(Fixture.record(9, lateness: 60_000_000, .stall, cause: .work, skippedBefore: 1))
        run.add(Fixture.record(10))
        #expect(run.allIncidents.map(\.kind) == [.stall, .skipped, .stall])
        #expect(run.allIncidents.map(\.skippedTicks) == [0, 3, 1])
        #expect(run.tally.count(of: .stall) == 2 && run.tally.greatest(of: .stall) == .milliseconds(60))
    }

    @Test("each session has its own late ticks, and the end closes open incidents")
    func sessions() throws {
        var run = try Self.run()
        run.add(
            RunAccumulator.NewSession(
                number: 7, name: "other", plan: try SessionPlan(rate: .fps25), epoch: Fixture.epoch,
                levels: ServiceLevels()))
        var other = Fixture.record(0, lateness: 5_000_000, .late)
        other = TickRecord(tick: other.tick.of(session: 7), work: other.work)
        run.add(other)
        run.add(Fixture.record(0))
        #expect(run.allIncidents.map(\.session) == ["other"] && run.allIncidents[0].end == nil)
        run.end(7, .stopped)
        #expect(run.allIncidents[0].end == Fixture.epoch.utc + .milliseconds(5))
        #expect(run.tally.count(of: .lateRun) == 1)
    }

    @Test("lasting late ticks are reported after a second, ten seconds, and every minute")
    func reminders() throws {
        var run = try Self.run()
        var times: [Int64] = []
        for index in 0..<5_000 as Range<Int64> {
            run.add(Fixture.record(index, lateness: 5_000_000, .late))
            let now = Fixture.epoch.monotonic + .milliseconds(40 * index + 5)
            run.look(at: now)
            for news in run.takeNews() {
                #expect(news.phase == .ongoing && news.incident.end == nil)
                #expect(news.incident.text.hasSuffix("; it goes on"))
                times.append((now - Fixture.epoch.monotonic).count / 1_000_000_000)
            }
        }
        #expect(times == [1, 10, 70, 130, 190])
        run.end(0, .ticksDelivered)
        #expect(run.takeNews().map(\.phase) == [.whole])
    }

    @Test("the incidents that are listed are bounded, and all of them are counted")
    func bounded() throws {
        var run = try Self.run()
        for index in stride(from: Int64(0), to: 4_000, by: 2) {
            run.add(Fixture.record(index, lateness: 5_000_000, .late))
            run.add(Fixture.record(index + 1))
        }
        #expect(run.allIncidents.count == 1_000 && run.tally.count(of: .lateRun) == 2_000)
    }

    @Test("incidents of clocks and host are in the order in which they began; a refusal is dated by the first session")
    func loop() throws {
        var run = RunAccumulator(named: "hand-made")
        run.add(refused: "only CPU 9: EINVAL; name another")
        #expect(run.allIncidents.isEmpty)
        run.add(
            RunAccumulator.NewSession(
                number: 0, name: "main", plan: try SessionPlan(rate: .fps25), epoch: Fixture.epoch, levels: .standard))
        let handler = RunningHandler(
            session: SessionID(index: 0), tick: 3, start: Fixture.epoch.monotonic + .milliseconds(120))
        run.add(.handlerHangs(handler, since: .seconds(1)))
        #expect(run.takeNews().map(\.phase) == [.whole, .ongoing])
        #expect(run.allIncidents.map(\.kind) == [.refused, .handlerHangs] && run.allIncidents[1].end == nil)
        #expect(run.tallySoFar.count(of: .handlerHangs) == 1 && run.tally.count(of: .handlerHangs) == 0)
        run.add(.clockSet(at: Fixture.epoch.utc + .milliseconds(500)))
        run.add(.handlerReturned(handler, after: .seconds(2)))
        run.add(.recordsLost(5))
        #expect(run.allIncidents.map(\.kind) == [.refused, .recordsLost, .handlerHangs, .utcSet])
        let hang = run.allIncidents[2]
        #expect(hang.begin == Fixture.epoch.utc + .milliseconds(120) && hang.size == .seconds(2))
        #expect(hang.end == Fixture.epoch.utc + .milliseconds(2_120) && hang.frames == 50)
        #expect(run.clocks.lostRecords == 5 && run.clocks.sets == 1)
    }

    @Test("counts at the end of their range do not trap")
    func extremes() throws {
        var run = try Self.run()
        run.add(.recordsLost(.max))
        run.add(.recordsLost(.max))
        #expect(run.clocks.lostRecords == .max)
        for size in [Int64.max, .min, .max] {
            run.add(
                .clockJump(
                    ClockJump(
                        kind: .step, size: Nanoseconds(size), bound: Nanoseconds(.max),
                        monotonic: MonotonicInstant(nanoseconds: .max), utc: UTCInstant(nanoseconds: .max))))
        }
        run.observe(
            monotonic: MonotonicInstant(nanoseconds: .min), utc: UTCInstant(nanoseconds: .max),
            stolen: Nanoseconds(.max))
        run.observe(
            monotonic: MonotonicInstant(nanoseconds: .max), utc: UTCInstant(nanoseconds: .min),
            stolen: Nanoseconds(.min))
        #expect(run.clocks.steps.count == 3)
        let metrics = RunMetrics.text(run, file: "f", version: "1", isOver: true, written: .init(nanoseconds: .max))
        #expect(metrics.contains("tickrun_utc_steps_total{run=\"hand-made\",file=\"f\"} 3"))
    }

    @Test("the verdict so far is the verdict of the summary", arguments: 1...20 as ClosedRange<UInt64>)
    func verdictSoFar(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        var levels = ServiceLevels()
        for measure in ServiceLevels.Measure.allCases where Bool.random(using: &random) {
            levels[measure] = .random(in: 0...20_000_000, using: &random)
        }
        var run = try Self.run(levels: levels)
        for index in 0..<Int64.random(in: 0...1_200, using: &random) {
            let isLate = Int.random(in: 0..<50, using: &random) == 0
            run.add(Fixture.record(index, lateness: isLate ? 60_000_000 : 500, isLate ? .stall : .onTime))
            guard index % 100 == 0 else { continue }
            #expect(run.verdict == run.summary(Fixture.ending()).verdict, "seed \(seed), tick \(index)")
        }
        #expect(run.verdict == run.summary(Fixture.ending()).verdict, "seed \(seed)")
    }
}

extension Tick {
    /// The same tick of another session.
    fileprivate func of(session: Int32) -> Tick {
        Tick(
            session: SessionID(index: session), index: index, deadline: deadline, deadlineUTC: deadlineUTC,
            arrival: arrival, start: start, wakeLatency: wakeLatency, lateness: lateness, cause: cause,
            isOverdue: isOverdue, crossedBacklog: crossedBacklog, skippedBefore: skippedBefore)
    }
}
