import ClockView
import MessageDigest
import TestSupport
import Testing

private func sample(_ source: ClockView.Source, _ value: UInt64, _ uncertainty: UInt64 = 100) -> EventEnvelope {
    EventEnvelope(ClockView.Sample(source, value, uncertainty: uncertainty))
}

@Suite("Time as a view")
struct ClockViewTests {
    @Test("reading a view changes nothing: a thousand readings of now give one value")
    func pureQuery() throws {
        var view = ClockView(policy: .trustMonotonicLatest)
        for step in 0..<5 { try view.apply(sample(.monotonic, 1_000_000_000 + UInt64(step) * 1_000_000)) }
        let answers = Set((0..<1_000).map { _ in view.now })
        #expect(answers.count == 1)
        #expect(view.now.nanoseconds == 1_004_000_000)
    }

    @Test(
        "a hundred views of the same events believe the same, under every policy", arguments: ClockView.Policy.allCases)
    func determinism(_ policy: ClockView.Policy) throws {
        let events = Self.events(count: 200, seed: 5)
        var beliefs: Set<ClockView.Time> = []
        for _ in 0..<100 {
            var view = ClockView(policy: policy)
            for event in events { try view.apply(event) }
            beliefs.insert(view.now)
        }
        #expect(beliefs.count == 1)
        #expect(beliefs.first?.domain != .unknown)
    }

    @Test("policies form different beliefs from the same events, in different domains")
    func independence() throws {
        let events = [sample(.monotonic, 5_000_000_000, 10), sample(.ntp, 1_735_387_200_000_000_000, 50_000_000)]
        let monotonic = try ClockView.now(atCut: 2, of: events, policy: .trustMonotonicLatest)
        let ntp = try ClockView.now(atCut: 2, of: events, policy: .trustNTPLatest)
        #expect((monotonic.nanoseconds, monotonic.domain) == (5_000_000_000, .monotonic))
        #expect((ntp.nanoseconds, ntp.domain) == (1_735_387_200_000_000_000, .unix))
        #expect(monotonic.provenance == events[0].id)
        #expect(ntp.provenance == events[1].id)
        #expect(ntp.uncertaintyNanoseconds == 50_000_000)
    }

    @Test("the belief at cut 10 of 20 follows from the first 10 events; there is no cut 21")
    func history() throws {
        let events = (1...20).map { sample(.monotonic, UInt64($0) * 1_000) }
        #expect(try ClockView.now(atCut: 10, of: events, policy: .trustMonotonicLatest).nanoseconds == 10_000)
        #expect(try ClockView.now(atCut: 0, of: events, policy: .trustMonotonicLatest) == .unknown)
        #expect(try ClockView.now(atCut: 20, of: events, policy: .trustMonotonicLatest).nanoseconds == 20_000)
        for cut in [21, -1] {
            let error = #expect(throws: ClockViewError.self) {
                try ClockView.now(atCut: cut, of: events, policy: .trustMonotonicLatest)
            }
            #expect(error == .cutOutOfBounds(cut: cut, count: 20))
        }
    }

    @Test(
        "observations that are tagged accumulate, and only those of a source that the policy trusts change the belief")
    func relevance() throws {
        var view = ClockView(policy: .trustNTPLatest)
        try view.apply(sample(.ntp, 10))
        let believed = view.now
        try view.apply(sample(.monotonic, 20))
        try view.apply(sample(.rtc, 30))
        try view.apply(sample(.peerClaim, 40))
        #expect(view.now == believed)
        #expect(view.samples.map(\.sample.source) == [.ntp, .monotonic, .rtc, .peerClaim])
        #expect(view.latest.monotonic?.sample.valueNanoseconds == 20)
        #expect(view.latest.peerClaim?.sample.valueNanoseconds == 40)
        // The last applied value counts, not the greatest.
        try view.apply(sample(.ntp, 5))
        #expect(view.now.nanoseconds == 5)
    }

    @Test("an event without the tag of a clock's observation is ignored, whatever it holds")
    func untagged() throws {
        let payload = ClockView.Sample(.monotonic, 1, uncertainty: 1).encoded
        var view = ClockView(policy: .trustMonotonicLatest)
        try view.apply(EventEnvelope(payload: payload))
        try view.apply(EventEnvelope(payload: payload, observationType: ObservationType(tag: "OBS_CLOCK_SAMPLE_V1")))
        try view.apply(EventEnvelope(kind: "Decision", payload: payload, observationType: .clockSample))
        try view.apply(EventEnvelope(payload: [0xff], observationType: nil))
        #expect(view.now == .unknown)
        #expect(view.samples.isEmpty)
    }

    @Test("a tagged but malformed observation is refused, and changes nothing")
    func malformed() throws {
        var view = ClockView(policy: .trustMonotonicLatest)
        try view.apply(sample(.monotonic, 7))
        let before = (view.now, view.samples, view.latest)
        let good = ClockView.Sample(.monotonic, 8, uncertainty: 1).encoded
        for payload in [[], [0xa0], Array(good.dropLast()), good + [0]] {
            let event = EventEnvelope(payload: payload, observationType: .clockSample)
            let error = #expect(throws: ClockViewError.self) { try view.apply(event) }
            guard case .decodingError(_, event.id) = error else {
                Issue.record("\(String(describing: error))")
                continue
            }
        }
        #expect((view.now, view.samples, view.latest) == before)
    }

    @Test(
        "at the beginning nothing is known: zero, with boundless uncertainty and no provenance",
        arguments: ClockView.Policy.allCases)
    func unknown(_ policy: ClockView.Policy) {
        let now = ClockView(policy: policy).now
        #expect(now.nanoseconds == 0)
        #expect(now.uncertaintyNanoseconds == .max)
        #expect(now.domain == .unknown)
        #expect(now.provenance == nil)
    }

    @Test(
        "any samples whatever are folded without a trap, and at every cut as a fresh view folds them", arguments: 1...20
    )
    func anything(_ seed: UInt64) throws {
        let events = Self.events(count: 60, seed: seed, wild: true)
        for policy in ClockView.Policy.allCases {
            var view = ClockView(policy: policy)
            for (index, event) in events.enumerated() {
                try view.apply(event)
                #expect(try ClockView.now(atCut: index + 1, of: events, policy: policy) == view.now)
            }
        }
    }

    /// Samples of every source; of any value if `wild`.
    static func events(count: Int, seed: UInt64, wild: Bool = false) -> [EventEnvelope] {
        var random = SeededGenerator(seed: seed)
        return (0..<count).map { index in
            let source = ClockView.Source.allCases.randomElement(using: &random) ?? .ntp
            let any: [UInt64] = [0, 1, .max, .max - 1, 1 << 63, UInt64.random(in: 0 ... .max, using: &random)]
            let base: UInt64 = source == .monotonic ? 5_000_000_000 : 1_735_387_200_000_000_000
            let value = wild ? any.randomElement(using: &random) ?? 0 : base + UInt64(index) * 1_000_000
            let uncertainty =
                wild ? any.randomElement(using: &random) ?? 0 : UInt64.random(in: 0...1_000_000, using: &random)
            return sample(source, value, uncertainty)
        }
    }
}
