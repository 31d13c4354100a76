import Stations
import TickTime
import Testing

@Suite("The primary")
struct PrimaryTests {
    @Test(
        "stamps never fall from view to view, whatever dies, stops, or is lost; the ceiling alone sees to it",
        arguments: [false, true])
    func neverFalls(ignoresTheTenure: Bool) {
        let seed = UInt64.random(in: 0...UInt64.max / 2)
        var views = 0, stamps = 0
        for run in 0..<40 {
            var world = PrimaryWorld(seed: seed + UInt64(run), ignoresTheTenure: ignoresTheTenure)
            world.run(seconds: 120)
            #expect(world.violations.isEmpty, "seed \(seed + UInt64(run)): \(world.violations.first ?? "")")
            views += world.views.count
            stamps += world.stamps
        }
        // What the test rests on: primaries changed, and stamped.
        #expect(views > 100 && stamps > 10_000, "seed \(seed): \(views) views, \(stamps) stamps")
    }

    @Test("each plausible fault is seen", arguments: PrimaryWorld.Fault.allCases)
    func faults(fault: PrimaryWorld.Fault) {
        let found = (0..<150).contains { seed in
            var world = PrimaryWorld(seed: UInt64(seed), fault: fault, ignoresTheTenure: true)
            world.run(seconds: 120)
            return !world.violations.isEmpty
        }
        #expect(found)
    }

    private static func at(_ milliseconds: Int64) -> BootInstant { BootInstant(nanoseconds: milliseconds * 1_000_000) }
    private static func utc(_ milliseconds: Int64) -> UTCInstant {
        UTCInstant(nanoseconds: 1_800_000_000_000_000_000 + milliseconds * 1_000_000)
    }

    private static func ceiling(_ view: Int64, _ milliseconds: Int64, revision: Int64) -> Stored<CeilingRecord> {
        Stored(CeilingRecord(view: view, utc: utc(milliseconds)), revision: revision)
    }

    private static func request(of primary: inout Primary, at milliseconds: Int64) throws -> Primary.Request {
        let request = primary.request(at: at(milliseconds), utc: utc(milliseconds))
        return try #require(request)
    }

    /// A host that took view 8 at 20 ms, when the ceiling of view 7 stood at 500 ms, in revision 40.
    private static func taken() throws -> Primary {
        var primary = Primary(host: "a", timing: TenureTiming())
        primary.holds(3)
        let read = try request(of: &primary, at: 0)
        let before = Stored(PrimaryRecord(host: "b", generation: 1, view: 7), revision: 30)
        primary.receive(
            .records(
                .init(
                    primary: before, ceiling: ceiling(7, 100, revision: 20), holderGeneration: 2, holderIsOver: true)),
            to: read.id, at: at(5))
        let take = try request(of: &primary, at: 600)
        #expect(take.kind == .take(PrimaryRecord(host: "a", generation: 3, view: 8), ifRevision: 30))
        primary.receive(.accepted(revision: 50, ceiling: ceiling(7, 500, revision: 40)), to: take.id, at: at(610))
        return primary
    }

    @Test("the floor is the ceiling that the taking itself read, and not the one that was read before")
    func floor() throws {
        let primary = try Self.taken()
        #expect(primary.right == .init(view: 8, floor: Self.utc(500), ceiling: Self.utc(500)))
        // Nothing is stamped before a ceiling of its own is saved.
        #expect(primary.right.map { $0.ceiling <= $0.floor } == true)
    }

    @Test("a saving compares the ceiling's own revision, so that an older one cannot be applied after it")
    func savings() throws {
        var primary = try Self.taken()
        let first = try Self.request(of: &primary, at: 620)
        #expect(
            first.kind
                == .save(CeilingRecord(view: 8, utc: Self.utc(1_620)), ifRevision: 50, ceilingRevision: 40))
        primary.receive(.none, to: first.id, at: Self.at(1_120))
        // It is read back first. Here it was not applied, so far.
        let read = try Self.request(of: &primary, at: 1_120)
        #expect(read.kind == .read)
        let own = Stored(PrimaryRecord(host: "a", generation: 3, view: 8), revision: 50)
        primary.receive(
            .records(
                .init(
                    primary: own, ceiling: Self.ceiling(7, 500, revision: 40), holderGeneration: 3, holderIsOver: false)
            ), to: read.id, at: Self.at(1_130))
        #expect(primary.right?.ceiling == Self.utc(500))
        let second = try Self.request(of: &primary, at: 1_140)
        guard case .save(_, ifRevision: 50, ceilingRevision: 40) = second.kind else {
            Issue.record("\(second)")
            return
        }
        primary.receive(.accepted(revision: 60, ceiling: nil), to: second.id, at: Self.at(1_150))
        #expect(primary.right?.ceiling == Self.utc(2_140))
        // The next one compares revision 60; the one that was lost compares 40, which is over.
        let third = try Self.request(of: &primary, at: 1_700)
        guard case .save(_, ifRevision: 50, ceilingRevision: 60) = third.kind else {
            Issue.record("\(third)")
            return
        }
    }

    @Test("without a bounded time nothing is taken and no ceiling is raised; without a tenure nothing is asked")
    func unbounded() throws {
        var primary = try Self.taken()
        let read = primary.request(at: Self.at(2_000), utc: nil)
        #expect(read?.kind == .read)
        var without = Primary(host: "a", timing: TenureTiming())
        let none = without.request(at: Self.at(0), utc: Self.utc(0))
        #expect(none == nil)
    }

    @Test("a lost tenure ends the right at once, and its open answers are thrown away")
    func lostTenure() throws {
        var primary = try Self.taken()
        let save = try Self.request(of: &primary, at: 620)
        primary.holds(nil)
        #expect(primary.right == nil && primary.state == .following)
        primary.receive(.accepted(revision: 51, ceiling: nil), to: save.id, at: Self.at(630))
        #expect(primary.right == nil)
    }

    @Test("a view and a stamp that this host saw are kept above, whatever a restored store says")
    func restored() throws {
        var primary = Primary(
            host: "a", timing: TenureTiming(), highest: HighestSeen(view: 90, stamp: Self.utc(9_000)))
        primary.holds(1)
        let read = try Self.request(of: &primary, at: 0)
        primary.receive(
            .records(.init(primary: nil, ceiling: nil, holderGeneration: nil, holderIsOver: true)), to: read.id,
            at: Self.at(5))
        let take = try Self.request(of: &primary, at: 600)
        #expect(take.kind == .take(PrimaryRecord(host: "a", generation: 1, view: 91), ifRevision: 0))
        primary.receive(.accepted(revision: 5, ceiling: nil), to: take.id, at: Self.at(610))
        #expect(primary.right?.floor == Self.utc(9_000))
    }
}
