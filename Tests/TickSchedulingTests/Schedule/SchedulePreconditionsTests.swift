import TestSupport
import TickScheduling
import TickTime
import Testing

// Misuse is a bug of the caller and ends the process, in release builds too; what the world does
// returns a value. Each of these runs in a process of its own.

@Suite("What ends the process: misuse of a session or a schedule")
struct SchedulePreconditionsTests {
    @Test("a tick started before its deadline")
    func startBeforeDeadline() async {
        says(
            "or before its pace allows",
            await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
                var harness = try SessionHarness.pal()
                harness.tick(at: Nanoseconds(-1))
            })
    }

    @Test("a paced tick started before its pace lets it")
    func startBeforePace() async {
        says(
            "or before its pace allows",
            await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
                var harness = try SessionHarness.pal(.paced(spacing: .milliseconds(30)))
                harness.tick(at: .milliseconds(35))
                harness.tick(at: .milliseconds(64))
            })
    }

    @Test("a handler that returns without having started")
    func finishWithoutStart() async {
        says(
            "only after its start",
            await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
                var harness = try SessionHarness.pal()
                _ = harness.session.finish(at: SessionHarness.epoch)
            })
        says(
            "no handler runs",
            await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
                var schedule = TickSchedule(capacity: 1)
                schedule.finish(at: SessionHarness.epoch)
            })
    }

    @Test("a tick started while the handler before it runs")
    func startTwice() async {
        says(
            "only while its session waits",
            await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
                var harness = try SessionHarness.pal()
                for _ in 0..<2 {
                    _ = harness.session.start(at: SessionHarness.epoch, wakeLatency: nil, neighbourUntil: nil)
                }
            })
    }

    @Test("a schedule's tick started, a decision asked for, or a stop, out of turn")
    func outOfTurn() async {
        says(
            "only when it is its turn",
            await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
                var schedule = TickSchedule(capacity: 1)
                _ = schedule.start(at: SessionHarness.epoch)
            })
        says(
            "the handler returns before the next decision",
            await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
                var schedule = try SchedulePreconditionsTests.delivering()
                _ = schedule.next(at: SessionHarness.epoch)
            })
        says(
            "only when it is its turn",
            await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
                var schedule = try SchedulePreconditionsTests.delivering()
                _ = schedule.start(at: SessionHarness.epoch)
            })
        says(
            "a schedule stops between ticks",
            await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
                var schedule = try SchedulePreconditionsTests.delivering()
                schedule.stop()
            })
    }

    @Test("a session that begins twice, stops under its handler, or is offered the time before it began")
    func outOfOrder() async {
        says(
            "begins once",
            await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
                var harness = try SessionHarness.pal()
                harness.session.begin(at: SessionHarness.epoch)
            })
        says(
            "not during its handler",
            await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
                var harness = try SessionHarness.pal()
                _ = harness.session.start(at: SessionHarness.epoch, wakeLatency: nil, neighbourUntil: nil)
                harness.session.stop()
            })
        says(
            "before it began",
            await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
                let epoch = VirtualClocks().epoch()
                let session = TickSession(id: SessionID(index: 0), plan: try SessionPlan(rate: .fps25), epoch: epoch)
                _ = session.arrived(at: epoch.monotonic)
            })
    }

    @Test("a monotonic clock that falls: before a start, under a handler, before a decision, in a wait")
    func clockFalls() async {
        says(
            "the monotonic clock fell",
            await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
                var harness = try SessionHarness.pal()
                harness.tick(at: .milliseconds(10), work: .milliseconds(50))
                harness.tick(at: .milliseconds(59))
            })
        says(
            "the monotonic clock fell",
            await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
                var harness = try SessionHarness.pal()
                harness.tick(at: .milliseconds(10), work: Nanoseconds(-1))
            })
        says(
            "the monotonic clock fell",
            await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
                var schedule = try SchedulePreconditionsTests.delivering()
                schedule.finish(at: SessionHarness.epoch + .milliseconds(1))
                _ = schedule.next(at: SessionHarness.epoch)
            })
        says(
            "while the schedule waits for it",
            await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
                var schedule = try SchedulePreconditionsTests.delivering()
                schedule.finish(at: SessionHarness.epoch + .milliseconds(1))
                schedule.prepare(for: SessionHarness.epoch + .milliseconds(40))
            })
    }

    @Test("a session that the schedule does not have, and a schedule without room")
    func unknownSession() async {
        says(
            "no session has this id",
            await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
                let schedule = TickSchedule(capacity: 1)
                _ = schedule.session(SessionID(index: 0))
            })
        says(
            "room for at least one session",
            await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
                _ = TickSchedule(capacity: 0)
            })
    }

    @Test("nothing of this ends a process that keeps the rules")
    func keepsTheRules() async {
        await #expect(processExitsWith: .success) {
            var schedule = try SchedulePreconditionsTests.delivering()
            schedule.finish(at: SessionHarness.epoch)
            _ = schedule.next(at: SessionHarness.epoch)
            schedule.stop()
        }
    }

    /// Expects that the process ended for this reason, where the build keeps reasons.
    private func says(_ reason: String, _ result: ExitTest.Result?) {
        #if DEBUG
            let text = result.map { String(decoding: $0.standardErrorContent, as: UTF8.self) } ?? ""
            #expect(text.contains(reason))
        #endif
    }

    /// A schedule whose one handler runs, since the epoch.
    private static func delivering() throws -> TickSchedule {
        var schedule = TickSchedule(capacity: 1)
        let clocks = VirtualClocks(monotonic: SessionHarness.epoch)
        _ = try schedule.add(
            try SessionPlan(rate: .fps25), epoch: clocks.epoch(in: .zero), beginningAt: clocks.monotonic)
        _ = schedule.next(at: clocks.monotonic)
        _ = schedule.start(at: clocks.monotonic)
        return schedule
    }
}
