import ClockView
import TestSupport
import Testing
import TickJournal
import TickScheduling
import TickTime

/// Journals of sessions with a lead, from before and after the change that made lateness count from the wanted
/// instant. An earlier program recorded `lead-from-deadline.journal`.
@Suite("Journals of sessions with a lead")
struct LeadJournalTests {
    private typealias Replay = JournalReplayTests

    private static func records() throws -> [JournalRecord] {
        try JournalFixtures.events("lead-from-deadline").events.compactMap { try $0.record() }
    }

    @Test("one whose lateness counts from the deadline replays as it was recorded")
    func oldForm() throws {
        let (events, _) = try JournalFixtures.events("lead-from-deadline")
        let replay = try Replay.replayed(events)
        #expect(replay.contradictions.isEmpty, "\(replay.contradictions)")
        #expect(replay.ticks == 127 && replay.unverified == 0)
        let anchors = try Self.records().compactMap { if case .session(let anchor) = $0 { anchor } else { nil } }
        #expect(anchors.map(\.plan.lead) == [10, 8, 30, 0].map { .milliseconds($0) })
        #expect(anchors.map(\.latenessFrom) == [.deadline, .deadline, .deadline, .wanted])
    }

    @Test("its ticks have other classes with the new rule, and the replay finds the difference")
    func rulesDiffer() throws {
        let records = try Self.records().map { record -> JournalRecord in
            guard case .session(var anchor) = record else { return record }
            anchor.latenessFrom = .wanted
            return .session(anchor)
        }
        let contradictions = try Replay.replayed(Replay.journal(records)).contradictions
        #expect(contradictions.contains { $0.differences.contains { $0.field == "class" } })
    }

    @Test("a written session reads back as it was, and the old form keeps its bytes")
    func roundTrip() throws {
        let (events, _) = try JournalFixtures.events("lead-from-deadline")
        let again = try Replay.journal(try Self.records())
        #expect(again.map(\.envelope) == events.map(\.envelope))
        for event in try Replay.journal(Self.newForm()) {
            guard case .session(let anchor) = try event.record() else { continue }
            #expect(anchor.latenessFrom == .wanted)
        }
    }

    @Test("a journal whose lateness counts from the wanted instant is marked, and replays as it was recorded")
    func newForm() throws {
        let records = try Self.newForm()
        let replay = try Replay.replayed(Replay.journal(records))
        #expect(replay.contradictions.isEmpty, "\(replay.contradictions)")
        #expect(replay.ticks == 20)
        // Under the old rule its ticks would be on time: it is the mark that tells the replay which holds.
        let unmarked = records.map { record -> JournalRecord in
            guard case .session(var anchor) = record else { return record }
            anchor.latenessFrom = .deadline
            return .session(anchor)
        }
        let differences = try Replay.replayed(Replay.journal(unmarked)).contradictions.flatMap(\.differences)
        #expect(differences.map(\.field) == ["class"])
    }

    /// A session with a lead of 4 ms whose wakes are 3 ms late.
    private static func newForm() throws -> [JournalRecord] {
        var script = VirtualScript()
        script.wakeLatency = { _ in .milliseconds(3) }
        var loop = VirtualLoop(
            try SessionPlan(rate: .fps5994, tickCount: 20, lead: .milliseconds(4)), script: script)
        let session = loop.session()
        let ticks = loop.run().map { record in
            JournalRecord.tick(TickEntry(record.tick, work: record.work, epoch: session.epoch))
        }
        return [.session(SessionAnchor(session: 0, name: "s", plan: session.plan, epoch: session.epoch))] + ticks
    }

    @Test("only a session with a lead has the mark, which names no other rule")
    func mark() throws {
        let plain = try JournalFixtures.events("pal").events
        for event in plain {
            #expect(!String(decoding: event.envelope.payload, as: UTF8.self).contains("lateness_from"))
        }
        let anchor = try #require(try Replay.journal(Self.newForm()).first).envelope
        let text = String(decoding: anchor.payload, as: UTF8.self)
        #expect(text.contains("lateness_from") && text.contains("wanted"))
        var other = anchor.payload
        let place = try #require(other.firstRange(of: Array("wanted".utf8)))
        other.replaceSubrange(place, with: Array("needed".utf8))
        let event = JournalEvent(
            envelope: EventEnvelope(payload: other, observationType: anchor.observationType), number: 1, offset: 0)
        #expect(throws: JournalError.self) { try event.record() }
    }
}
