// Figures as text, and the few statistics that a report needs.

/// `value` with `places` decimals.
func fixed(_ value: Double, _ places: Int) -> String {
    guard value.isFinite, abs(value) < 1e15 else { return "\(value)" }
    let scale = (0..<places).reduce(Int64(1)) { power, _ in power * 10 }
    let units = Int64((abs(value) * Double(scale)).rounded())
    let sign = value < 0 && units > 0 ? "-" : ""
    guard places > 0 else { return "\(sign)\(units)" }
    let decimals = String(units % scale)
    return "\(sign)\(units / scale)." + String(repeating: "0", count: places - decimals.count) + decimals
}

/// A ratio in its usual form: `1/420` below a half, `1.73` above.
func ratioText(_ ratio: Double) -> String {
    guard ratio > 0, ratio < 0.5 else { return fixed(ratio, 2) }
    let times = 1 / ratio
    return "1/" + fixed(times, times < 10 ? 1 : 0)
}

extension String {
    func padded(toLeast width: Int, alignedRight: Bool = false) -> String {
        let padding = String(repeating: " ", count: max(0, width - count))
        return alignedRight ? padding + self : self + padding
    }
}

/// Lines of columns, each as wide as its widest text. The first `leftColumns` columns, and the last one if
/// `lastLeft`, are text and aligned to the left. The others are numbers and aligned to the right.
func table(_ head: [String], _ rows: [[String]], leftColumns: Int, lastLeft: Bool = false) -> [String] {
    let widths = head.indices.map { column in ([head] + rows).map { $0[column].count }.max() ?? 0 }
    return ([head] + rows).map { row in
        row.indices.map { column in
            if lastLeft && column == row.count - 1 { return row[column] }
            return row[column].padded(toLeast: widths[column], alignedRight: column >= leftColumns)
        }
        .joined(separator: "  ")
    }
}

/// The median of `values`: the mean of the two middle values if their number is even.
///
/// - Precondition: `values` is not empty.
func median(_ values: [Double]) -> Double {
    precondition(!values.isEmpty, "a median needs a value")
    let sorted = values.sorted()
    let middle = sorted.count / 2
    return sorted.count.isMultiple(of: 2) ? (sorted[middle - 1] + sorted[middle]) / 2 : sorted[middle]
}

/// The exact percentiles of one turn's latencies, in ns.
///
/// By nearest rank: the measured value that so many thousandths of the values do not exceed. Of 600 values, p99.9 is
/// the maximum, and p99 is the seventh from the top.
struct Percentiles: Equatable {
    let p50: Int64
    let p99: Int64
    let p999: Int64
    let max: Int64

    /// - Precondition: `samples` is not empty.
    init(_ samples: [Int64]) {
        precondition(!samples.isEmpty, "percentiles need a sample")
        let sorted = samples.sorted()
        func value(atPerMille rank: Int) -> Int64 { sorted[(sorted.count * rank + 999) / 1000 - 1] }
        p50 = value(atPerMille: 500)
        p99 = value(atPerMille: 990)
        p999 = value(atPerMille: 999)
        max = sorted[sorted.count - 1]
    }
}
