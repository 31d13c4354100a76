internal import TickTime

/// A figure that is aimed at. To miss it is a result, said with the figure, and no failure: the
/// machine has its part in it.
struct PerformanceTarget {
    let name: String
    let unit: String
    let limit: Double
    let measured: Double
    let text: (Double) -> String

    init(
        _ name: String, atMost limit: Double, unit: String = "", measured: Double,
        text: @escaping (Double) -> String
    ) {
        (self.name, self.limit, self.unit, self.measured, self.text) = (name, limit, unit, measured, text)
    }

    var isReached: Bool { measured <= limit }

    var line: String {
        let verdict = isReached ? "reached" : "MISSED, \(fixed(measured / limit, 2)) times the target"
        return "target: \(name) at most \(text(limit))\(unit): measured \(text(measured))\(unit): \(verdict)"
    }

    var json: JSONValue {
        .object([
            ("name", .string(name)), ("at_most", .number(limit)), ("measured", .number(measured)),
            ("reached", .boolean(isReached)),
        ])
    }
}

extension JitterResult {
    /// What the hybrid wait is to reach at 59.94 on an idle machine; nothing at other rates.
    var targets: [PerformanceTarget] {
        guard options.rate == .fps5994 else { return [] }
        return [
            target("hybrid p50 at its start / cyclictest p50", atMost: 1.0 / 200, \.p50),
            target("hybrid p50 at its wake / cyclictest p50", atMost: 1.0 / 200, \.wokeP50),
            target("hybrid p99 at its start / cyclictest p99", atMost: 0.5, \.p99),
            target("hybrid p99 at its wake / cyclictest p99", atMost: 0.5, \.wokeP99),
            PerformanceTarget(
                "hybrid CPU", atMost: 2, unit: " %", measured: median(.hybrid, \.cpuPercent), text: { fixed($0, 2) }),
        ]
    }

    private func target(
        _ name: String, atMost limit: Double, _ value: (TurnResult) -> Double
    ) -> PerformanceTarget {
        PerformanceTarget(
            name, atMost: limit, measured: medianRatio(.hybrid, to: .cyclictest, value), text: ratioText)
    }
}
