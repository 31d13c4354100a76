internal import TickTime

/// What the hybrid wait is to reach on an idle machine at 25 and 59.94; nothing elsewhere.
extension JitterCellResult {
    /// A peer's p50 is so many times ours, or more.
    static let p50Goal = 200.0
    static let p99Goal = 2.0
    /// Of one CPU.
    static let cpuGoal = 2.0

    var hasGoals: Bool { cell.condition == .idle && [.fps25, .fps5994].contains(cell.rate) }

    var targets: [PerformanceTarget] {
        guard hasGoals else { return [] }
        // The nearest of all peers: where it is far enough, all are.
        func nearest(_ name: String, _ value: (TurnResult) -> Double, _ goal: Double) -> PerformanceTarget {
            let ratios = Contender.allCases.filter(\.isPeer).map { ($0, ratio($0, value).median) }
            let least = ratios.min { $0.1 < $1.1 } ?? (.cyclictest, 0)
            return PerformanceTarget(
                "\(cell.name): hybrid \(name) / the nearest peer's (\(least.0.rawValue))", atMost: 1 / goal,
                measured: 1 / max(least.1, 1e-9), text: ratioText)
        }
        return [
            nearest("p50", \.p50, Self.p50Goal), nearest("p99", \.p99, Self.p99Goal),
            PerformanceTarget(
                "\(cell.name): hybrid CPU", atMost: Self.cpuGoal, unit: " %",
                measured: median(.hybrid, \.cpuPercent), text: { fixed($0, 2) }),
        ]
    }

    /// `reached` or `MISSED` beside a peer, and nothing beside who is none.
    func verdict(_ contender: Contender) -> String {
        guard hasGoals, contender.isPeer else { return "" }
        let missed = [
            ("p50", ratio(contender, \.p50).median >= Self.p50Goal),
            ("p99", ratio(contender, \.p99).median >= Self.p99Goal),
        ]
        .filter { !$0.1 }.map(\.0)
        return missed.isEmpty ? "reached" : "MISSED \(missed.joined(separator: ", "))"
    }
}
