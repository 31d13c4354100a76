// The place of a value on an axis, and the places of its marks.

/// One axis of a plot.
public enum PlotScale: Hashable, Sendable {
    /// From the first value to the second, at equal steps.
    case linear(Double, Double)
    /// The same, at equal ratios; both above 0.
    case logarithmic(Double, Double)

    /// From 0 at the axis's beginning to 1 at its end; a value beyond the axis is at the nearer end.
    public func position(_ value: Double) -> Double {
        let place: Double
        switch self {
        case .linear(let low, let high): place = high > low ? (value - low) / (high - low) : 0
        case .logarithmic(let low, let high):
            let span = Self.log10(high) - Self.log10(low)
            place = span > 0 && value > 0 ? (Self.log10(value) - Self.log10(low)) / span : 0
        }
        return min(1, max(0, place))
    }

    /// Values worth a mark: powers of ten, or round steps, at most about `count`.
    public func marks(_ count: Int) -> [Double] {
        switch self {
        case .linear(let low, let high):
            guard high > low else { return [low] }
            let step = Self.roundStep((high - low) / Double(count))
            var marks: [Double] = []
            var mark = (low / step).rounded(.up) * step
            while mark <= high + step * 1e-9 {
                marks.append(mark)
                mark += step
            }
            return marks
        case .logarithmic(let low, let high):
            var powers: [Double] = []
            var power = Self.power(ofTen: Int(Self.log10(low).rounded(.down)))
            while power <= high * 1.000_001 {
                if power >= low * 0.999_999 { powers.append(power) }
                power *= 10
            }
            let stride = max(1, (powers.count + count - 1) / count)
            return powers.enumerated().filter { $0.offset % stride == 0 }.map(\.element)
        }
    }

    /// 1, 2 or 5 times a power of ten, not below `least`.
    public static func roundStep(_ least: Double) -> Double {
        guard least > 0, least.isFinite else { return 1 }
        let power = power(ofTen: Int(log10(least).rounded(.down)))
        for factor in [1.0, 2, 5, 10] where factor * power >= least * 0.999_999 { return factor * power }
        return 10 * power
    }

    /// Ten to a whole power.
    public static func power(ofTen exponent: Int) -> Double {
        var power = 1.0
        for _ in 0..<abs(exponent) { power *= 10 }
        return exponent < 0 ? 1 / power : power
    }

    /// Ten to a real power: the product of one root of ten for each binary digit of the fraction.
    public static func tenth(ofDecade exponent: Double) -> Double {
        var result = power(ofTen: Int(exponent.rounded(.down)))
        var (rest, root) = (exponent - exponent.rounded(.down), 10.0)
        for _ in 0..<40 {
            rest *= 2
            root = root.squareRoot()
            if rest >= 1 {
                result *= root
                rest -= 1
            }
        }
        return result
    }

    /// The exponent of a double is the whole part of its binary logarithm; squaring the remainder shifts out the next
    /// digit. Thirty digits are more than a plot can show.
    public static func log2(_ value: Double) -> Double {
        precondition(value > 0 && value.isFinite, "a logarithm needs a positive number")
        var (result, rest, digit) = (Double(value.exponent), value.significand, 0.5)
        for _ in 0..<30 {
            rest *= rest
            if rest >= 2 {
                result += digit
                rest /= 2
            }
            digit /= 2
        }
        return result
    }

    /// The power of ten at or below a value.
    public static func decade(below value: Double) -> Double {
        power(ofTen: Int(log10(max(value, 1e-9)).rounded(.down)))
    }

    /// The decimal logarithm of a positive number.
    public static func log10(_ value: Double) -> Double { log2(value) * 0.301_029_995_663_981_2 }
}
