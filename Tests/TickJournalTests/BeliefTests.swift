import ClockView
import Foundation
import MessageDigest
import TestSupport
import Testing
import TickJournal

/// The expected beliefs from `Fixtures/journals/make.py`.
private struct Expected: Decodable {
    struct Belief: Decodable {
        let ns: UInt64
        let uncertaintyNs: UInt64
        let domain: String
        let provenance: String?

        private enum CodingKeys: String, CodingKey {
            case ns, domain, provenance
            case uncertaintyNs = "uncertainty_ns"
        }
    }
    let cuts: [[String: Belief]]
}

@Suite("Beliefs of journals")
struct BeliefTests {
    @Test("every policy's belief at every cut equals that of an independent fold", arguments: JournalFixtures.handMade)
    func oracle(_ name: String) throws {
        let expected = try JSONDecoder().decode(
            Expected.self, from: Data(contentsOf: JournalFixtures.folder.appending(path: "\(name).json")))
        let events = try JournalFixtures.events(name).events.map(\.envelope)
        #expect(expected.cuts.count == events.count + 1)
        for policy in ClockView.Policy.allCases {
            for (cut, beliefs) in expected.cuts.enumerated() {
                let believed = try ClockView.now(atCut: cut, of: events, policy: policy)
                let wanted = try #require(beliefs[policy.rawValue])
                // Weights are rounded down to whole 2⁻⁶⁴: that moves a mean by less than a nanosecond.
                let slack: UInt64 = policy == .trustNTPWeighted ? 1 : 0
                let place = "\(name), \(policy) at cut \(cut)"
                #expect(distance(believed.nanoseconds, wanted.ns) <= slack, "\(place)")
                #expect(distance(believed.uncertaintyNanoseconds, wanted.uncertaintyNs) <= slack, "\(place)")
                #expect(believed.domain.rawValue == wanted.domain, "\(place)")
                #expect(believed.provenance?.digest.hex == wanted.provenance, "\(place)")
            }
        }
    }

    private func distance(_ a: UInt64, _ b: UInt64) -> UInt64 { a > b ? a - b : b - a }

    @Test(
        "a thousand replays of a journal come to one digest, the recorded one",
        arguments: JournalFixtures.handMade + JournalFixtures.recorded)
    func digests(_ name: String) throws {
        let digests = try JSONDecoder().decode(
            [String: String].self, from: Data(contentsOf: JournalFixtures.folder.appending(path: "digests.json")))
        let events = try JournalFixtures.events(name).events.map(\.envelope)
        var found: Set<String> = []
        for _ in 0..<1_000 {
            var fold = BeliefFold()
            for event in events { try fold.apply(event) }
            found.insert(fold.digest.hex)
        }
        #expect(found == [try #require(digests[name])])
    }

    @Test("one policy's digest is not that of all, and a cut's is not that of the whole")
    func differ() throws {
        let events = try JournalFixtures.events("hybrid").events.map(\.envelope)
        var digests: Set<String> = []
        for policies in [ClockView.Policy.allCases, [.hybridMonotonicRTC], [.trustMonotonicLatest]] {
            for cut in [events.count, events.count - 1] {
                var fold = BeliefFold(policies: policies)
                for event in events.prefix(cut) { try fold.apply(event) }
                digests.insert(fold.digest.hex)
            }
        }
        #expect(digests.count == 6)
    }
}
