// Measures the cost of folding a clock event into a belief, and of reading the belief.

internal import ClockView

/// Events of every source, decoded and with their ids, as they lie in memory.
struct ViewWorkload {
    private let events: [EventEnvelope]

    init(seed: UInt64) {
        var random = SplitMix64(state: seed)
        events = (0..<MicroWorkload.operations).map { index in
            let source = ClockView.Source.allCases.randomElement(using: &random) ?? .ntp
            let base: UInt64 = source == .monotonic ? 5_000_000_000 : 1_795_000_000_000_000_000
            return EventEnvelope(
                ClockView.Sample(
                    source, base + UInt64(index) * 250_000_000, uncertainty: .random(in: 0...50_000_000, using: &random)
                ))
        }
    }

    var comparisons: [MicroComparison] {
        [
            MicroComparison(
                ours: fold(.trustNTPLatest, "payload decoded, sample kept, belief made"),
                peers: [
                    fold(.trustNTPWeighted, "128-bit sums"), fold(.hybridMonotonicRTC, ""),
                    fold(.consensusTime, "a quarter of the events are claims: Marzullo over 15"),
                ]),
            MicroComparison(ours: now, peers: []),
        ]
    }

    private func fold(_ policy: ClockView.Policy, _ remark: String) -> MicroSubject {
        MicroSubject(name: "fold, \(policy.rawValue)", remark: remark) { [events] in
            var view = ClockView(policy: policy)
            do {
                try view.apply(events.span)
            } catch { preconditionFailure("events that were just written must be readable: \(error)") }
            return Int64(truncatingIfNeeded: view.now.nanoseconds)
        }
    }

    private var now: MicroSubject {
        var view = ClockView(policy: .trustNTPLatest)
        for event in events { try? view.apply(event) }
        let asked = Asked(view)
        return MicroSubject(name: "now", remark: "the belief: value, uncertainty, domain, provenance") {
            asked.sum(MicroWorkload.operations)
        }
    }
}

/// Holds a view so that the compiler cannot see that it stays the same.
private final class Asked {
    private var views: [ClockView]

    init(_ view: ClockView) { views = [view, view] }

    func sum(_ count: Int) -> Int64 {
        var sum: UInt64 = 0
        for index in 0..<count {
            let now = views[index & 1].now
            sum &+= now.nanoseconds &+ now.uncertaintyNanoseconds
        }
        return Int64(truncatingIfNeeded: sum)
    }
}
