import ClockView
import TestSupport
import Testing
import TickJournal
import TickScheduling
import TickTime

/// Journals of sessions that began at an index of a given grid.
@Suite("Journals of sessions on a given grid")
struct GridJournalTests {
    private typealias Replay = JournalReplayTests

    private static let clocks = VirtualClocks()
    private static let origin = TAIInstant(nanoseconds: 1_500_000_000_000_000_037)

    private static func epoch(_ grid: GridPhase, _ rate: FrameRate) throws -> SessionEpoch {
        let now = Self.clocks.monotonic
        return try SessionEpoch.plan(
            reading: AnchorReading(monotonic: now, utc: Self.clocks.utc(at: now), uncertainty: Nanoseconds(50)),
            grid: grid, rate: rate, utcSource: .ntp, taiOffset: TAIOffset(seconds: 37, source: .builtIn))
    }

    /// A recorded run of 60 ticks from the first one due, with stalls, and a block that ends during it.
    private static func records(_ policy: OverduePolicy = .skip) throws -> [JournalRecord] {
        let grid = try GridPhase(tick: 0, tai: origin, bound: .microseconds(3))
        let epoch = try epoch(grid, .fps5994)
        let first = TickGrid(rate: .fps5994, epoch: epoch.monotonic)
            .firstTickDue(notBefore: clocks.monotonic + .milliseconds(20))
        let plan = try SessionPlan(
            rate: .fps5994, grid: grid, firstTick: first, tickCount: 60, policy: policy, atPlanEnd: .continue)
        let blocks = try BlockPlan(
            start: epoch.utc(ofFirstTickOf: plan) - .seconds(5),
            blocks: [Block(id: BlockID(rawValue: 4), length: .milliseconds(5_500))])
        var script = VirtualScript()
        script.work = { $1 % 20 == 3 ? .milliseconds(70) : .milliseconds(1) }
        var loop = VirtualLoop([], clocks: clocks, script: script, capacity: 1, blockCapacity: 4)
        try loop.add(plan, in: epoch.monotonic - clocks.monotonic, blocks: blocks)
        let anchor = SessionAnchor(
            session: 0, name: "s", plan: plan, epoch: epoch, planStart: blocks.start, blockCount: 1)
        let block = BlockRecord(session: 0, index: 0, id: BlockID(rawValue: 4), name: nil, length: .milliseconds(5_500))
        return [.session(anchor), .block(block)]
            + loop.run().map { .tick(TickEntry($0.tick, work: $0.work, epoch: epoch)) }
    }

    private static func anchor(_ change: (inout SessionAnchor) throws -> Void = { _ in }) throws -> SessionAnchor {
        guard case .session(var anchor) = try records()[0] else { throw CBORError(.outOfRange("session"), at: 0) }
        try change(&anchor)
        return anchor
    }

    private static func readBack(_ anchor: SessionAnchor) throws -> SessionAnchor? {
        let event = try #require(try Replay.journal([.session(anchor)]).first)
        return if case .session(let read) = try event.record() { read } else { nil }
    }

    @Test("the record says grid and first tick, and a replay recomputes every tick from them")
    func replay() throws {
        for policy in [OverduePolicy.everyTick, .skip] {
            let records = try Self.records(policy)
            let outcome = try Replay.replayed(Replay.journal(records))
            #expect(outcome.contradictions.isEmpty, "\(outcome.contradictions)")
            #expect(outcome.ticks == records.count - 2 && outcome.unverified == 0 && outcome.ticks > 40)
        }
        let anchor = try Self.anchor()
        #expect(try Self.readBack(anchor) == anchor)
        #expect(anchor.epoch.monotonic < MonotonicInstant(nanoseconds: -200_000_000_000_000_000))
    }

    @Test("another first tick contradicts the first tick recorded")
    func otherFirstTick() throws {
        var records = try Self.records()
        records[0] = .session(
            try Self.anchor {
                $0.plan = try $0.plan.withGrid($0.plan.grid, firstTick: $0.plan.beginTick + 1)
            })
        let found = try Replay.replayed(Replay.journal(records)).contradictions
        #expect(found.count == 1 && found[0].event == 3)
    }

    @Test("a session on a grid of its own has none of the fields")
    func plain() throws {
        let records = try Self.anchor {
            $0.plan = try $0.plan.withGrid(nil)
            $0.epoch = Self.clocks.epoch()
        }
        let event = try #require(try Replay.journal([.session(records)]).first)
        let text = String(decoding: event.envelope.payload, as: UTF8.self)
        for key in ["grid_tick", "grid_tai_ns", "grid_bound_ns", "first_tick"] { #expect(!text.contains(key)) }
    }

    private static func refusal(_ change: (inout SessionAnchor) throws -> Void) throws -> String {
        let error = try #require(throws: JournalError.self) { try Self.readBack(try Self.anchor(change)) }
        return error.description
    }

    private static func epoch(
        _ epoch: SessionEpoch, utc: Int64? = nil, monotonic: Int64? = nil, taiOffset: TAIOffset? = nil
    ) -> SessionEpoch {
        SessionEpoch(
            utc: utc.map { UTCInstant(nanoseconds: $0) } ?? epoch.utc, utcSource: epoch.utcSource,
            hostUTC: epoch.hostUTC, monotonic: monotonic.map { MonotonicInstant(nanoseconds: $0) } ?? epoch.monotonic,
            uncertainty: epoch.uncertainty, taiOffset: taiOffset ?? epoch.taiOffset)
    }

    @Test("an epoch that is not tick 0 of its grid is refused by its field, and one before the boot without a grid")
    func contradictions() throws {
        #expect(
            try Self.refusal { $0.epoch = Self.epoch($0.epoch, utc: $0.epoch.utc.nanoseconds + 1) }
                .contains("'grid_tai_ns' is out of range"))
        #expect(
            try Self.refusal { $0.epoch = Self.epoch($0.epoch, taiOffset: TAIOffset(seconds: 36, source: .kernel)) }
                .contains("'grid_tai_ns' is out of range"))
        #expect(
            try Self.refusal { $0.epoch = Self.epoch($0.epoch, monotonic: 8_000_000_000_000_000_000) }
                .contains("'mono_ns' is out of range"))
        #expect(
            try Self.refusal { $0.epoch = Self.epoch($0.epoch, monotonic: -7_000_000_000_000_000_000) }
                .contains("'mono_ns' is out of range"))
        #expect(try Self.refusal { $0.predecessor = 7 }.contains("'predecessor' is out of range"))
        #expect(
            try Self.refusal { $0.plan = try $0.plan.withGrid($0.plan.grid) }.contains("'first_tick' is out of range"))
        #expect(try Self.refusal { $0.plan = try $0.plan.withGrid(nil) }.contains("'mono_ns' is out of range"))
    }
}
