internal import TickTime

/// The goals for the hybrid wait on an idle machine at 25 and 59.94. Other cells have no goal.
extension JitterCellResult {
    /// A peer's p50 must be at least this many times ours.
    static let p50Goal = 200.0
    static let p99Goal = 2.0
    /// The share of one CPU.
    static let cpuGoal = 2.0

    var hasGoals: Bool { cell.condition == .idle && [.fps25, .fps5994].contains(cell.rate) }

    var targets: [PerformanceTarget] {
        guard hasGoals else { return [] }
        // If the nearest peer is far enough away, all peers are.
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

    /// `reached` or `MISSED` for a peer, and nothing for other programs.
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
