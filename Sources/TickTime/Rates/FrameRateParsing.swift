// A frame rate is read exactly or refused.
//
// `60000/1001` and `25` are exact. The only decimals that are read are the names of the 1001-based rates, because in
// this field they are names: 29.97 is 30000/1001 and not 2997/100, a difference of one frame in nine hours. Two of
// the rates have two names, 23.976 or 23.98, and 47.952 or 47.95. Zeros at the end of a name change nothing: 59.940
// is 59.94. Any other decimal (29.98, 25.0) could mean either, so it is refused, and the error offers both readings.
// Parsing uses no floating point.
//
// A suffix may follow, in upper or lower case: `50p` and `30fps` say that frames are counted, `29.97df` and
// `29.97ndf` select the labels (`RateSpelling`).

extension FrameRate {
    /// The rate that `text` spells: a whole number (`25`), a fraction (`60000/1001`, `50/2`), or
    /// the decimal name of a 1001-based rate (`23.976` or `23.98`, `29.97`, `47.952` or `47.95`, `59.94`,
    /// `119.88`, with any zeros at the end); then `p`, `fps`, `df`, `ndf` or nothing.
    ///
    /// `df` and `ndf` say how frames are labelled. The label is not part of the rate: this initializer accepts the
    /// suffix (`df` only where drop-frame exists) and ignores it.
    ///
    /// Only ASCII digits, one `/` or one `.`: no sign, no white space.
    ///
    /// - Throws: `FrameRateError.malformed`, `.zeroPart`, `.partTooLarge` (above `UInt32.max`),
    ///   `.tooFast` (above 1 000 000 frames per second), `.unlistedDecimal` for other decimals, and
    ///   `.noDropFrame` for `df` at a rate without drop-frame.
    public init(parsing text: String) throws(FrameRateError) {
        self = try RateSpelling(parsing: text).rate
    }

    /// The rate that `text` spells without a suffix.
    ///
    /// - Parameter spelling: the text that errors quote.
    init(number text: Substring, spelling: String) throws(FrameRateError) {
        var rest = text.utf8
        let first = Self.takeDigits(from: &rest)
        guard !first.isEmpty else { throw .malformed(spelling: spelling) }
        guard let separator = rest.popFirst() else {
            try self.init(try Self.part(first, of: spelling), over: 1, spelling: spelling)
            return
        }
        let second = Self.takeDigits(from: &rest)
        guard !second.isEmpty, rest.isEmpty else { throw .malformed(spelling: spelling) }
        switch separator {
        case UInt8(ascii: "/"):
            try self.init(
                try Self.part(first, of: spelling), over: try Self.part(second, of: spelling), spelling: spelling)
        case UInt8(ascii: "."):
            guard let named = Self.named(text) else {
                throw try Self.refusal(ofDecimal: spelling, whole: first, fraction: second)
            }
            self = named
        default:
            throw .malformed(spelling: spelling)
        }
    }

    /// The decimal name of a 1001-based rate, such as `59.94`; `nil` for every other rate.
    public var name: String? { Self.decimalNames.first { $0.rate == self }?.name }

    /// The name, if there is one, and the rational: `59.94 (60000/1001)`, `25`, `375/8`.
    public var nameWithRational: String { name.map { "\($0) (\(self))" } ?? description }

    /// The rates that have their own profile, ascending: those of SMPTE and EBU practice, and
    /// AES67's packets of one millisecond.
    public static let listed: [FrameRate] = [
        fps23976, fps24, fps25, fps2997, fps30, fps47952, fps48, fps50, fps5994, fps60, fps100, fps11988, fps120,
        aes67Millisecond,
    ]

    /// The first name of a rate is the one that is printed.
    private static let decimalNames: [(name: String, rate: FrameRate)] = [
        ("23.976", fps23976), ("29.97", fps2997), ("47.952", fps47952), ("59.94", fps5994), ("119.88", fps11988),
        ("23.98", fps23976), ("47.95", fps47952),
    ]

    /// The rate of a decimal name, which may end in zeros.
    private static func named(_ text: Substring) -> FrameRate? {
        decimalNames.first { text.hasPrefix($0.name) && text.dropFirst($0.name.count).allSatisfy { $0 == "0" } }?.rate
    }
}

extension FrameRate {
    private typealias Digits = Substring.UTF8View

    private static func takeDigits(from rest: inout Digits) -> Digits {
        let end = rest.firstIndex { !(UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) } ?? rest.endIndex
        defer { rest = rest[end...] }
        return rest[..<end]
    }

    private static func part(_ digits: Digits, of text: String) throws(FrameRateError) -> UInt32 {
        guard let value = UInt32(Substring(digits)) else { throw .partTooLarge(spelling: text) }
        return value
    }

    /// How many decimals of a refused number are examined: 10⁹ is the greatest power of ten that a denominator can
    /// hold. Further digits do not change the nearest rates.
    private static let decimalsConsidered = 9

    /// The error for a decimal that is not a name.
    private static func refusal(
        ofDecimal text: String, whole: Digits, fraction: Digits
    ) throws(FrameRateError) -> FrameRateError {
        let whole = UInt64(try part(whole, of: text))
        let significant = fraction.lastIndex { $0 != UInt8(ascii: "0") }.map { fraction[...$0] } ?? fraction.prefix(0)
        if whole == 0, significant.isEmpty { return .zeroPart(spelling: text) }
        let maximum = UInt64(maximumFramesPerSecond)
        if whole > maximum || (whole == maximum && !significant.isEmpty) { return .tooFast(spelling: text) }

        var (numerator, denominator) = (whole, UInt64(1))
        for digit in significant.prefix(decimalsConsidered) {
            numerator = numerator * 10 + UInt64(digit - UInt8(ascii: "0"))
            denominator *= 10
        }
        let isExact = significant.count <= decimalsConsidered
        return .unlistedDecimal(
            spelling: text,
            exact: isExact ? FrameRate(reducing: numerator, denominator) : nil,
            nearest: nearestListed(to: numerator, over: denominator))
    }

    /// The rate `numerator / denominator`, if its reduced parts fit.
    private init?(reducing numerator: UInt64, _ denominator: UInt64) {
        let divisor = Self.greatestCommonDivisor(numerator, denominator)
        guard
            let numerator = UInt32(exactly: numerator / divisor),
            let denominator = UInt32(exactly: denominator / divisor),
            let rate = try? FrameRate(numerator, over: denominator)
        else { return nil }
        self = rate
    }

    /// The two listed rates that are nearest to a fraction below 2⁶⁴, or the one that equals it.
    private static func nearestListed(to numerator: UInt64, over denominator: UInt64) -> [FrameRate] {
        /// |numerator/denominator − rate|, times denominator · rate.denominator.
        func scaledDistance(_ rate: FrameRate) -> UInt128 {
            let a = UInt128(numerator) * UInt128(rate.denominator)
            let b = UInt128(rate.numerator) * UInt128(denominator)
            return a > b ? a - b : b - a
        }
        if let equal = listed.first(where: { scaledDistance($0) == 0 }) { return [equal] }
        let ordered = listed.sorted { a, b in
            scaledDistance(a) * UInt128(b.denominator) < scaledDistance(b) * UInt128(a.denominator)
        }
        return Array(ordered.prefix(2))
    }
}
