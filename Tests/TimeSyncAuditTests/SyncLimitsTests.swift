import ClusterClock
import Foundation
import TestSupport
import Testing
import TickTime
import TimeSyncAudit

@Suite("The limits of a check")
struct SyncLimitsTests {
    private func audit(_ evidence: [SyncEvidence], _ limits: SyncLimits) -> SyncAudit {
        var circumstances = SyncCircumstances.matching
        circumstances.limits = limits
        return SyncAudit(evidence: evidence, circumstances: circumstances)
    }

    private func result(_ evidence: [SyncEvidence], _ limits: SyncLimits) -> SyncResult {
        let audit = audit(evidence, limits)
        return SyncResult(audit, audit.verdict(), host: "a", tool: "t", toolVersion: "1")
    }

    @Test("a single node is judged by the given limit, to the nanosecond, and the result names it")
    func alone() {
        let evidence = [SyncEvidence.measured("a", Nanoseconds(700), bound: Nanoseconds(300))]
        var limits = SyncLimits(pairwise: milliseconds(50), alone: Nanoseconds(1_000))
        let good = result(evidence, limits)
        #expect(good.status == .pass && good.note.contains("within 0.001 ms of UTC"), "\(good.note)")
        #expect(good.thresholdAloneNs == 1_000 && good.limits == limits)
        limits.alone = Nanoseconds(999)
        let bad = result(evidence, limits)
        #expect(bad.status == .fail && bad.note.contains("the limit for a single node is 0.000999 ms"), "\(bad.note)")
    }

    @Test("two nodes are judged by the given limit, to the nanosecond")
    func pairwise() {
        let evidence = [
            SyncEvidence.measured("a", Nanoseconds(900), bound: Nanoseconds(100), against: .node("b"), .peerExchange)
        ]
        #expect(result(evidence, SyncLimits(pairwise: Nanoseconds(1_000), alone: milliseconds(25))).status == .pass)
        let bad = result(evidence, SyncLimits(pairwise: Nanoseconds(999), alone: milliseconds(25)))
        #expect(bad.status == .fail && bad.thresholdPairwiseNs == 999)
    }

    @Test("where every node is compared with UTC, agreement with peers does not replace it")
    func everyNode() {
        let peers = SyncEvidence.measured(
            "a", milliseconds(1), bound: milliseconds(1), against: .node("b"), .peerExchange)
        var limits = SyncLimits(pairwise: milliseconds(50), alone: milliseconds(3))
        #expect(result([peers], limits).status == .pass)
        limits.comparesEveryNodeWithUTC = true
        #expect(result([peers], limits).status == .fail)
        // UTC is 1 ± 1 ms ahead of a, and so 0 ± 2 ms ahead of b.
        let utc = SyncEvidence.measured("a", milliseconds(1), bound: milliseconds(1))
        let good = result([peers, utc], limits)
        #expect(good.status == .pass && good.thresholdAloneIsForEveryNode == true)
        #expect(good.note.contains("every node within 3 ms of UTC"), "\(good.note)")
        limits.alone = milliseconds(2) - Nanoseconds(1)
        let bad = result([peers, utc], limits)
        #expect(bad.status == .fail && bad.notes.contains { $0.contains("the limit for every node is") })
    }

    @Test("an exception does not cover more than the given limit")
    func exception() throws {
        let exception = try SyncException.valid()
        var circumstances = SyncCircumstances.matching
        #expect(exception.refusals(under: circumstances).isEmpty)
        circumstances.limits.alone = exception.accepts.claimedBound - Nanoseconds(1)
        #expect(!exception.refusals(under: circumstances).isEmpty)
    }

    @Test("a result with a limit that no check takes is refused", arguments: [0, -1, 50_000_001])
    func impossible(limit: Int64) throws {
        var result = result([.measured("a", milliseconds(1), bound: milliseconds(1))], .canon)
        result.thresholdPairwiseNs = limit
        let failure = #expect(throws: SyncResult.ReadingFailure.self) {
            try SyncResult(json: result.json(isPretty: false), file: "f")
        }
        #expect("\(try #require(failure))".contains("threshold_pairwise_ns \(limit)"))
    }

    @Test("limits show what wider ones show, and never the reverse")
    func strictness() {
        let every = SyncLimits(pairwise: milliseconds(50), alone: milliseconds(25), comparesEveryNodeWithUTC: true)
        let narrow = SyncLimits(pairwise: milliseconds(1), alone: milliseconds(25))
        #expect(SyncLimits.canon.isAtLeastAsStrict(as: .canon))
        #expect(every.isAtLeastAsStrict(as: .canon) && !SyncLimits.canon.isAtLeastAsStrict(as: every))
        #expect(narrow.isAtLeastAsStrict(as: .canon) && !SyncLimits.canon.isAtLeastAsStrict(as: narrow))
        #expect(!narrow.isAtLeastAsStrict(as: every) && !every.isAtLeastAsStrict(as: narrow))
    }
}
