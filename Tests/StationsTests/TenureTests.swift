import Stations
import TickTime
import Testing

@Suite("A host's tenure")
struct TenureTests {
    @Test("nobody acts for a host after its tenure was ended, whatever is lost, late or stopped")
    func endings() {
        let seed = UInt64.random(in: 0...UInt64.max / 2)
        var endings = 0, tenures = 0
        for run in 0..<60 {
            var world = TenureWorld(seed: seed + UInt64(run))
            world.run(seconds: 120)
            #expect(world.violations.isEmpty, "seed \(seed + UInt64(run)): \(world.violations.first ?? "")")
            endings += world.endings
            tenures += world.tenures
        }
        // What the test rests on: there was something to see.
        #expect(endings > 60 && tenures > endings, "seed \(seed): \(endings) endings, \(tenures) tenures")
    }

    @Test("each plausible fault is seen", arguments: TenureWorld.Fault.allCases)
    func faults(fault: TenureWorld.Fault) {
        let found = (0..<400).contains { seed in
            var world = TenureWorld(seed: UInt64(seed), fault: fault)
            world.run(seconds: 60)
            return !world.violations.isEmpty
        }
        #expect(found)
    }

    private static let timing = TenureTiming()
    private static func at(_ milliseconds: Int64) -> BootInstant {
        BootInstant(nanoseconds: milliseconds * 1_000_000)
    }

    /// The request that is due.
    private static func request(of tenure: inout Tenure, at now: BootInstant) throws -> Tenure.Request {
        let request = tenure.request(at: now)
        return try #require(request)
    }

    /// A tenure that was begun at 0 and accepted at revision 1.
    private static func held() -> Tenure {
        var tenure = Tenure(timing: timing, process: 7)
        for answer in [Tenure.Answer.record(nil), .accepted(revision: 1)] {
            guard let request = tenure.request(at: at(0)) else { preconditionFailure("a request is due") }
            tenure.receive(answer, to: request.id, at: at(5))
        }
        return tenure
    }

    @Test("with clocks at the ends of the drift bound, the growth alone keeps owner and observer apart")
    func growth() {
        func apart(driftBound: Int64) -> Bool {
            let timing = TenureTiming(guardTime: .zero, driftBound: driftBound)
            let (until, observation) = (timing.validUntil(sent: Self.at(0)).nanoseconds, timing.observation.count)
            // The owner's clock is slow and the observer's fast, by 50 ppm; the observer sees the record at once.
            return Int128(until) * 1_000_050_000 < Int128(observation) * 999_950_000
        }
        #expect(apart(driftBound: 50_000) && !apart(driftBound: 0))
    }

    @Test("an accepted rewrite is worth the ttl from its sending, less growth and guard")
    func validity() {
        let tenure = Self.held()
        #expect(tenure.state == .held && tenure.generation == 1)
        // 3 s − grow(2, 3 s) − 100 ms: 300 030 ns + 1 ns of growth at 50 ppm.
        #expect(tenure.validUntil == BootInstant(nanoseconds: 2_899_699_969))
        #expect(tenure.isValid(at: Self.at(2_899)) && !tenure.isValid(at: Self.at(2_900)))
        #expect(tenure.due == Self.at(500))
    }

    @Test("an unanswered rewrite is read back, and counts from its own sending only if it is the record")
    func readBack() throws {
        var tenure = Self.held()
        let rewrite = try Self.request(of: &tenure, at: Self.at(500))
        guard case .write(let record, ifRevision: 1) = rewrite.kind else {
            Issue.record("\(rewrite)")
            return
        }
        tenure.receive(.none, to: rewrite.id, at: Self.at(1_000))
        let until = tenure.validUntil
        let read = try Self.request(of: &tenure, at: Self.at(1_000))
        #expect(read.kind == .read)
        var other = tenure
        other.receive(.record(Stored(record, revision: 9)), to: read.id, at: Self.at(1_010))
        #expect(other.state == .held && other.revision == 9)
        #expect(other.validUntil == Self.timing.validUntil(sent: Self.at(500)))
        // Not applied so far: the next rewrite compares the old revision.
        let before = HostRecord(generation: 1, state: .active, attempt: .init(process: 7, number: 1))
        tenure.receive(.record(Stored(before, revision: 1)), to: read.id, at: Self.at(1_010))
        #expect(tenure.state == .held && tenure.validUntil == until)
        let next = try Self.request(of: &tenure, at: Self.at(1_010))
        // The one without an answer is applied before it: the comparison fails, and that one is adopted.
        tenure.receive(.record(Stored(record, revision: 2)), to: next.id, at: Self.at(1_020))
        #expect(tenure.state == .held && tenure.revision == 2)
        #expect(tenure.validUntil == Self.timing.validUntil(sent: Self.at(500)))
    }

    @Test("an ended tenure is over at once, and the next one has a greater generation")
    func lost() throws {
        var tenure = Self.held()
        let rewrite = try Self.request(of: &tenure, at: Self.at(500))
        let ended = HostRecord(generation: 2, state: .ended, attempt: .init(process: 8, number: 1))
        tenure.receive(.record(Stored(ended, revision: 5)), to: rewrite.id, at: Self.at(510))
        #expect(tenure.state == .unknown && tenure.validUntil == nil && tenure.losses == 1)
        let read = try Self.request(of: &tenure, at: Self.at(510))
        tenure.receive(.record(Stored(ended, revision: 5)), to: read.id, at: Self.at(520))
        let claim = try Self.request(of: &tenure, at: Self.at(520))
        guard case .write(let record, ifRevision: 5) = claim.kind else {
            Issue.record("\(claim)")
            return
        }
        #expect(record.generation == 3 && record.state == .active)
    }

    @Test("a record of an earlier process is observed for a whole tenure before it is taken")
    func earlierProcess() throws {
        var tenure = Tenure(timing: Self.timing, process: 7)
        let standing = Stored(
            HostRecord(generation: 4, state: .active, attempt: .init(process: 3, number: 9)), revision: 11)
        var now: Int64 = 0
        while true {
            let request = try Self.request(of: &tenure, at: Self.at(now))
            if case .write(let record, let revision) = request.kind {
                #expect(record.generation == 5 && revision == 11)
                break
            }
            tenure.receive(.record(standing), to: request.id, at: Self.at(now + 20))
            now += 500
            try #require(now < 10_000)
        }
        // First received at 20 ms, so not before 3 020.3 ms.
        #expect(now == 3_500)
    }

    @Test("an answer to an earlier request is thrown away")
    func stale() throws {
        var tenure = Self.held()
        let first = try Self.request(of: &tenure, at: Self.at(500))
        tenure.receive(.none, to: first.id, at: Self.at(1_000))
        let second = try Self.request(of: &tenure, at: Self.at(1_000))
        let before = tenure.validUntil
        tenure.receive(.accepted(revision: 3), to: first.id, at: Self.at(1_001))
        #expect(tenure.validUntil == before && tenure.due == nil)
        tenure.receive(.record(nil), to: second.id, at: Self.at(1_002))
        #expect(tenure.state == .unknown)
    }

    @Test("a tenure that is given up is over at once, and its record says so")
    func release() throws {
        var tenure = Self.held()
        tenure.release()
        #expect(!tenure.isValid(at: Self.at(10)))
        let request = try Self.request(of: &tenure, at: Self.at(10))
        guard case .write(let record, ifRevision: 1) = request.kind else {
            Issue.record("\(request)")
            return
        }
        #expect(record.state == .released)
        tenure.receive(.accepted(revision: 2), to: request.id, at: Self.at(20))
        let later = tenure.request(at: Self.at(9_000))
        #expect(tenure.state == .released && later == nil)
    }

    @Test("only a release lowers a claim, and only of the channels that it names")
    func lastClaims() throws {
        func payload(_ ceilings: [String: Int64]) -> HostPayload {
            HostPayload(claims: ceilings.mapValues { AirClaim(phase: ChannelBench.phase, tickCeiling: $0) })
        }
        func claims(_ kind: Tenure.Request.Kind) -> [String: Int64] {
            guard case .write(let record, _) = kind else { return [:] }
            return record.payload.claims.mapValues(\.tickCeiling)
        }
        var tenure = Self.held()
        let firstRequest = tenure.request(at: Self.at(1_000)) { _ in payload(["one": 500, "two": 70]) }
        let first = try #require(firstRequest)
        tenure.receive(.accepted(revision: 2), to: first.id, at: Self.at(1_010))
        let secondRequest = tenure.request(at: Self.at(2_000)) { _ in payload(["one": 400]) }
        let second = try #require(secondRequest)
        #expect(claims(second.kind) == ["one": 500, "two": 70])
        tenure.receive(.accepted(revision: 3), to: second.id, at: Self.at(2_010))
        tenure.release()
        let lastRequest = tenure.request(at: Self.at(2_020)) { _ in payload(["one": 410]) }
        let last = try #require(lastRequest)
        #expect(claims(last.kind) == ["one": 410, "two": 70])
        // Without an answer it says the same again.
        tenure.receive(.none, to: last.id, at: Self.at(2_520))
        let read = tenure.request(at: Self.at(2_530))
        #expect(read?.kind == .read)
    }
}
