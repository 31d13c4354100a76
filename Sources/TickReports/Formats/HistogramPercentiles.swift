// The percentile distribution that HdrHistogram's tools plot (.hgrm): value, percentile, how many values up to
// there, 1/(1 − percentile). The percentiles stand ever closer towards 100: five to each half of the distance
// that is left (HdrHistogram, Gil Tene: PercentileIterator).

public import TickScheduling
public import TickTime

extension LatencyHistogram {
    /// One line of the distribution.
    public struct PercentileRow: Hashable, Sendable {
        /// The highest value of its bucket.
        public let value: Nanoseconds
        /// From 0 to 1.
        public let percentile: Double
        /// How many values are no greater.
        public let count: Int64
    }

    /// The rows of the distribution, from 0 to 1; none when empty. Values that no bucket holds are in none.
    public func percentileRows(perHalfDistance ticks: Int = 5) -> [PercentileRow] {
        let all = count - overflowCount
        guard all > 0 else { return [] }
        var rows: [PercentileRow] = []
        var (reached, level) = (Int64(0), 0.0)
        forEachBucket { _, highest, count in
            reached += count
            let here = 100 * Double(reached) / Double(all)
            // The last bucket needs only one line: what follows is 100 %.
            repeat {
                guard here >= level else { break }
                rows.append(PercentileRow(value: highest, percentile: level / 100, count: reached))
                // 2 to the power of the halvings so far, and one more: the exponent of a double is its log2.
                let gap = 100 - level
                guard gap > 0 else { break }
                let halvings = Double(sign: .plus, exponent: (100 / gap).exponent + 1, significand: 1)
                level += 100 / (Double(ticks) * halvings)
            } while reached < all
        }
        rows.append(PercentileRow(value: highestBucket, percentile: 1, count: all))
        return rows
    }

    /// The highest value of the last bucket that is not empty.
    private var highestBucket: Nanoseconds {
        var last = Nanoseconds.zero
        forEachBucket { _, highest, _ in last = highest }
        return last
    }

    /// The distribution as text, values in microseconds.
    public func percentileText(title: String) -> String {
        var lines = [
            ["Value", "Percentile", "TotalCount", "1/(1-Percentile)"].enumerated().map { place, name in
                name.padded(to: [12, 14, 10, 14][place], isNumber: true)
            }.joined(separator: " "), "",
        ]
        for row in percentileRows() {
            var line = Decimals.text(Double(row.value.count) / 1_000, 3, width: 12)
            line += " " + Decimals.text(row.percentile, 12) + " " + "\(row.count)".padded(to: 10, isNumber: true)
            if row.percentile < 1 { line += " " + Decimals.text(1 / (1 - row.percentile), 2, width: 14) }
            lines.append(line)
        }
        let mean = (mean ?? 0) / 1_000, deviation = (standardDeviation ?? 0) / 1_000
        let maximum = Double(maximum?.count ?? 0) / 1_000
        lines.append(
            "#[Mean    = \(Decimals.text(mean, 3, width: 12)), StdDeviation   = \(Decimals.text(deviation, 3, width: 12))]"
        )
        lines.append(
            "#[Max     = \(Decimals.text(maximum, 3, width: 12)), Total count    = \("\(count)".padded(to: 12, isNumber: true))]"
        )
        lines.append("#[Buckets =           37, SubBuckets     =         2048]")
        lines.append(
            "#[\(title), in microseconds; beyond the range: \(overflowCount), negative and counted as 0: \(negativeCount)]"
        )
        return lines.joined(separator: "\n")
    }

    /// Of the values as their buckets place them; `nil` when empty.
    public var standardDeviation: Double? {
        guard let mean, count > overflowCount else { return nil }
        var sum = 0.0
        forEachBucket { lowest, highest, count in
            let middle = (Double(lowest.count) + Double(highest.count)) / 2
            sum += (middle - mean) * (middle - mean) * Double(count)
        }
        return (sum / Double(count - overflowCount)).squareRoot()
    }
}
