import ClockView
import TestSupport
import Testing
import TickJournal
import TickScheduling
import TickTime

@Suite("Replay of a journal")
struct JournalReplayTests {
    @Test("the replay of every recorded run gives the recorded values", arguments: JournalFixtures.recorded)
    func goldens(_ name: String) throws {
        let (events, torn) = try JournalFixtures.events(name)
        let survey = try JournalFixtures.survey(events)
        let replay = try Self.replayed(events)
        #expect(replay.contradictions.isEmpty)
        #expect(replay.ticks > 0)
        #expect(replay.unverified == 0)
        #expect((survey.ending == nil) == (name == "torn"))
        #expect((torn > 0) == (name == "torn"))
    }

    @Test("the recorded runs contain the events for which they were recorded")
    func contents() throws {
        func records(_ name: String) throws -> [JournalRecord] {
            try JournalFixtures.events(name).events.compactMap { try $0.record() }
        }
        let steps = try records("utc-step").compactMap { if case .wallStep(let step) = $0 { step } else { nil } }
        #expect(steps.count == 1)
        #expect(steps.first.map { abs($0.size.count + 1_230_000_000) <= $0.bound.count } == true)
        let ticks = try records("lateness").compactMap { if case .tick(let tick) = $0 { tick } else { nil } }
        #expect(Set(ticks.map(\.cause)).isSuperset(of: [.work, .neighbour]))
        #expect(ticks.contains { $0.skipped > 0 } && ticks.contains { $0.lateness == .overPeriod })
        // A member of a cluster that had yet to agree: system time, the coarse consensus, the cluster.
        let stamps = try records("stamped").compactMap { if case .tick(let tick) = $0 { tick.timestamp } else { nil } }
        #expect(Set(stamps.map(\.quality)) == [.system, .consensus, .cluster])
        #expect(stamps.contains { $0.isTraceable && $0.epoch == 1 } && stamps.count == 50)
        let cluster = try records("stamped").filter { if case .cluster = $0 { true } else { false } }
        #expect(cluster.count > 4)
        let blocks = try records("torn").filter { if case .block = $0 { true } else { false } }
        #expect(blocks.count == 4)
    }

    // MARK: - Virtual runs

    @Test(
        "whatever sessions, policies, blocks, work and wakes a run has, its replay is as it was recorded",
        arguments: 1...200)
    func property(_ seed: UInt64) throws {
        let run = try VirtualRun(seed: seed)
        let (events, _) = try JournalFixtures.read(run.bytes)
        let replay = try Self.replayed(events)
        #expect(replay.contradictions.isEmpty, "seed \(seed): \(replay.contradictions)")
        #expect(replay.ticks == Int64(run.ticks))
        #expect(replay.unverified == 0)
    }

    @Test("the virtual runs skip, cross backlogs, change blocks, succeed and remove")
    func coverage() throws {
        var seen: Set<String> = []
        for seed in 1...60 { seen.formUnion(try VirtualRun(seed: UInt64(seed)).seen) }
        #expect(
            seen == [
                "skipped", "backlog", "block", "work", "neighbour", "begin", "paced", "successor", "removed",
                "appended",
            ])
    }

    // MARK: - Contradictions

    @Test(
        "a recorded tick that its session cannot have delivered is a contradiction, named by field",
        arguments: [
            "tick", "deadline_ns", "arrival_ns", "overdue", "class", "cause", "skipped", "crossed_backlog",
            "stamp_utc_ns",
            "block", "block_elapsed_ns", "block_changed", "blocks_passed", "ticks_to_fence", "priming",
        ])
    func contradiction(_ field: String) throws {
        let (events, _) = try JournalFixtures.events("torn")
        var written: [JournalRecord] = []
        var ticks = 0
        for event in events {
            guard let record = try event.record() else { continue }
            if case .tick(var tick) = record {
                ticks += 1
                if ticks == 50 {
                    Self.change(field, of: &tick)
                    written.append(.tick(tick))
                    continue
                }
            }
            written.append(record)
        }
        let changed = try Self.replayed(Self.journal(written))
        let contradiction = try #require(changed.contradictions.first)
        #expect(changed.contradictions.count == 1)
        #expect(contradiction.tick == (field == "tick" ? 1_049 : 49))
        #expect(contradiction.differences.map(\.field) == [field])
        #expect(contradiction.description.contains("\(field) is recorded as"))
        // The later ticks of its session are not checked.
        #expect(changed.unverified == changed.ticks - 50)
    }

    private static func change(_ field: String, of tick: inout TickEntry) {
        switch field {
        case "tick": tick.tick += 1_000
        case "deadline_ns": tick.deadline = tick.deadline + Nanoseconds(1)
        case "arrival_ns": tick.arrival = tick.arrival - Nanoseconds(1)
        case "overdue": tick.isOverdue.toggle()
        case "class": tick.lateness = .stall
        case "cause": tick.cause = .begin
        case "skipped": tick.skipped += 1
        case "crossed_backlog": tick.crossedBacklog.toggle()
        case "stamp_utc_ns": tick.gridUTC = tick.gridUTC + Nanoseconds(1)
        case "block": tick.block = 3
        case "block_elapsed_ns": tick.blockElapsed = .zero
        case "block_changed": tick.blockChanged.toggle()
        case "blocks_passed": tick.blocksPassed += 1
        case "ticks_to_fence": tick.ticksToFence = nil
        default: tick.isPriming.toggle()
        }
    }

    @Test("a tick that starts before it is due, or before the previous handler returned, is a contradiction")
    func impossible() throws {
        for early in [Nanoseconds.milliseconds(10), .seconds(2)] {
            let (events, _) = try JournalFixtures.events("pal")
            var written = try events.compactMap { try $0.record() }
            let place = try #require(written.lastIndex { if case .tick = $0 { true } else { false } })
            guard case .tick(var tick) = written[place] else { return }
            tick.start = tick.start - early
            written[place] = .tick(tick)
            let replay = try Self.replayed(Self.journal(written))
            #expect(replay.contradictions.count == 1)
            #expect(replay.contradictions.first?.reason.contains("cannot be its session's next") == true)
        }
    }

    @Test("an end with other counts, or another reason, than the ticks make is a contradiction")
    func ends() throws {
        for change in 0..<2 {
            let (events, _) = try JournalFixtures.events("pal")
            var written = try events.compactMap { try $0.record() }
            let place = try #require(written.lastIndex { if case .sessionEnded = $0 { true } else { false } })
            guard case .sessionEnded(var ending) = written[place] else { return }
            if change == 0 { ending.counts.onTime -= 1 } else { ending.reason = .planEnded }
            written[place] = .sessionEnded(ending)
            let replay = try Self.replayed(Self.journal(written))
            #expect(replay.contradictions.first?.reason.contains(change == 0 ? "its counts" : "its end") == true)
        }
    }

    @Test("a tick of a session that was never anchored, and a number given twice, are contradictions")
    func anchors() throws {
        let written = try JournalFixtures.events("pal").events.compactMap { try $0.record() }
        let without = written.filter { if case .session = $0 { false } else { true } }
        let replay = try Self.replayed(Self.journal(without))
        #expect(replay.contradictions.first?.reason == "it was never anchored")
        let anchor = try #require(written.first { if case .session = $0 { true } else { false } })
        let twice = try Self.replayed(Self.journal([anchor] + written))
        #expect(twice.contradictions.first?.reason.contains("was another session's") == true)
    }

    @Test("an announced session that the loop refused is no contradiction without a tick; with a tick it is")
    func announced() throws {
        let (events, _) = try JournalFixtures.events("torn")
        let records = try events.compactMap { try $0.record() }
        guard case .session(var anchor) = records[1] else { return }
        // Its plan ended a day before.
        anchor.session = 7
        anchor.planStart = anchor.planStart.map { $0 - .seconds(86_400) }
        let blocks = records.compactMap { record -> JournalRecord? in
            guard case .block(var block) = record else { return nil }
            block.session = 7
            return .block(block)
        }
        let refused = [.session(anchor)] + blocks + [.sessionRemoved(7)]
        #expect(try Self.replayed(Self.journal(refused + records)).contradictions.isEmpty)
        guard case .tick(var tick) = records.last(where: { if case .tick = $0 { true } else { false } }) else { return }
        tick.session = 7
        let replay = try Self.replayed(Self.journal(refused + [.tick(tick)]))
        #expect(replay.contradictions.first?.reason.contains("cannot be taken in") == true)
    }

    @Test("after lost records only the deadlines are recomputed, and the number of these ticks is reported")
    func lost() throws {
        var written = try JournalFixtures.events("pal").events.compactMap { try $0.record() }
        let place = try #require(written.firstIndex { if case .tick(let tick) = $0 { tick.tick == 40 } else { false } })
        written.replaceSubrange(place..<place + 5, with: [.recordsLost(5)])
        let replay = try Self.replayed(Self.journal(written))
        #expect(replay.contradictions.isEmpty)
        #expect(replay.lost == 5)
        #expect(replay.partlyVerified == 55)
        // A wrong deadline among them is still found.
        let later = try #require(written.firstIndex { if case .tick(let tick) = $0 { tick.tick == 60 } else { false } })
        guard case .tick(var tick) = written[later] else { return }
        tick.deadline = tick.deadline + Nanoseconds(1)
        written[later] = .tick(tick)
        #expect(
            try Self.replayed(Self.journal(written)).contradictions.first?.differences.first?.field == "deadline_ns")
    }

    @Test("an event after the end, and a payload that does not match its type, damage a journal")
    func afterEnd() throws {
        let written = try JournalFixtures.events("pal").events.compactMap { try $0.record() }
        let error = #expect(throws: JournalError.self) { try Self.replayed(Self.journal(written + [.recordsLost(1)])) }
        #expect(error?.reason == .afterEnd)
        let event = EventEnvelope(payload: [0xa0], observationType: ObservationType(tag: "OBS_TICK_V0"))
        let payload = #expect(throws: JournalError.self) {
            try JournalEvent(envelope: event, number: 1, offset: 0).record()
        }
        guard case .payload(let reason, tag: "OBS_TICK_V0") = payload?.reason else {
            Issue.record("\(String(describing: payload))")
            return
        }
        #expect(reason.reason == .missingKey("tick"))
    }

    // MARK: -

    struct Outcome {
        let contradictions: [JournalContradiction]
        let ticks: Int64
        let unverified: Int64
        let partlyVerified: Int64
        let lost: Int64
    }

    static func replayed(_ events: [JournalEvent]) throws(JournalError) -> Outcome {
        var replay = JournalReplay(try JournalFixtures.survey(events))
        for event in events { try replay.apply(event) }
        return Outcome(
            contradictions: replay.contradictions, ticks: replay.sessions.reduce(0) { $0 + $1.counts.delivered },
            unverified: replay.sessions.reduce(0) { $0 + $1.unverified },
            partlyVerified: replay.sessions.reduce(0) { $0 + $1.partlyVerified }, lost: replay.lostRecords)
    }

    /// A journal of these records, chained anew.
    static func journal(_ records: [JournalRecord]) throws -> [JournalEvent] {
        var writer = JournalWriter()
        for record in records { writer.append(record) }
        var bytes: [UInt8] = []
        writer.takePending { bytes = $0 }
        return try JournalFixtures.read(bytes).events
    }
}
