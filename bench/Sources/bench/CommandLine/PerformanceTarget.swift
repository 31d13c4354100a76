internal import TickTime

/// A target for a figure. A missed target is a result, printed with the figure, and no failure, because the machine
/// also affects the figure.
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
