/// A frame rate as an exact, reduced fraction of frames per second.
///
/// Both parts lie in 1 ... `UInt32.max` and the rate is at most 1 000 000 frames per second, so
/// that a period is never shorter than a microsecond and ticks have distinct deadlines.
public struct FrameRate: Hashable, Sendable, BitwiseCopyable {
    /// Frames in `denominator` seconds.
    public let numerator: UInt32
    /// Seconds that `numerator` frames take.
    public let denominator: UInt32

    /// The fastest rate: 1 000 000 frames per second.
    public static let maximumFramesPerSecond: UInt32 = 1_000_000

    /// The rate `numerator / denominator`, reduced: 50/2 is 25/1.
    ///
    /// - Throws: `FrameRateError.zeroPart` or `.tooFast`.
    public init(_ numerator: UInt32, over denominator: UInt32 = 1) throws(FrameRateError) {
        try self.init(numerator, over: denominator, spelling: "\(numerator)/\(denominator)")
    }

    /// The same, for a rate that was spelled in another way: errors quote `spelling`.
    init(
        _ numerator: UInt32, over denominator: UInt32, spelling: @autoclosure () -> String
    ) throws(FrameRateError) {
        guard numerator > 0, denominator > 0 else { throw .zeroPart(spelling: spelling()) }
        guard UInt64(numerator) <= UInt64(Self.maximumFramesPerSecond) * UInt64(denominator) else {
            throw .tooFast(spelling: spelling())
        }
        let divisor = UInt32(Self.greatestCommonDivisor(UInt64(numerator), UInt64(denominator)))
        self.numerator = numerator / divisor
        self.denominator = denominator / divisor
    }

    /// For the constants below, which are already reduced and in range.
    init(reduced numerator: UInt32, _ denominator: UInt32) {
        self.numerator = numerator
        self.denominator = denominator
    }

    static func greatestCommonDivisor(_ a: UInt64, _ b: UInt64) -> UInt64 {
        var (a, b) = (a, b)
        while b != 0 { (a, b) = (b, a % b) }
        return a
    }

    /// Whether a second holds a whole number of frames.
    @inlinable public var isWhole: Bool { denominator == 1 }

    /// Frames per second rounded up to a whole number: 30 for 30000/1001. The count of frame
    /// numbers in a timecode second (SMPTE ST 12-1, 5).
    @inlinable public var nominalFramesPerSecond: Int {
        Int((UInt64(numerator) + UInt64(denominator) - 1) / UInt64(denominator))
    }
}

extension FrameRate {
    public static let fps23976 = FrameRate(reduced: 24_000, 1_001)
    public static let fps24 = FrameRate(reduced: 24, 1)
    public static let fps25 = FrameRate(reduced: 25, 1)
    public static let fps2997 = FrameRate(reduced: 30_000, 1_001)
    public static let fps30 = FrameRate(reduced: 30, 1)
    public static let fps47952 = FrameRate(reduced: 48_000, 1_001)
    public static let fps48 = FrameRate(reduced: 48, 1)
    public static let fps50 = FrameRate(reduced: 50, 1)
    public static let fps5994 = FrameRate(reduced: 60_000, 1_001)
    public static let fps60 = FrameRate(reduced: 60, 1)
    public static let fps100 = FrameRate(reduced: 100, 1)
    public static let fps11988 = FrameRate(reduced: 120_000, 1_001)
    public static let fps120 = FrameRate(reduced: 120, 1)
    /// AES67's one-millisecond packet time.
    public static let aes67Millisecond = FrameRate(reduced: 1_000, 1)
}

/// Always the rational: `60000/1001`, and `25/1` as `25`.
extension FrameRate: CustomStringConvertible {
    public var description: String { isWhole ? "\(numerator)" : "\(numerator)/\(denominator)" }

    /// The rational with both parts, as the vectors and JSON spell it: `25/1`.
    public var rational: String { "\(numerator)/\(denominator)" }
}
