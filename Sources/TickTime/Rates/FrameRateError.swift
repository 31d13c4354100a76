/// Why a frame rate was refused. Each description names the input and the remedy.
public enum FrameRateError: Error, Hashable, Sendable {
    /// A numerator or denominator of 0.
    case zeroPart(spelling: String)
    /// A part that does not fit 32 bits.
    case partTooLarge(spelling: String)
    /// More than 1 000 000 frames per second.
    case tooFast(spelling: String)
    /// Neither a whole number, nor a fraction of two, nor a listed decimal name.
    case malformed(spelling: String)
    /// A decimal that is not the name of a 1001-based rate: `exact` is the rate that its digits
    /// state, where its reduced parts fit 32 bits, and `nearest` the nearest of the listed rates.
    case unlistedDecimal(spelling: String, exact: FrameRate?, nearest: [FrameRate])
    /// `df` or `ndf` at a rate that has no labels.
    case noLabels(spelling: String, rate: FrameRate)
    /// `df` at a rate that has no drop-frame.
    case noDropFrame(spelling: String, rate: FrameRate)
}

extension FrameRateError: CustomStringConvertible {
    public var description: String {
        switch self {
        case .zeroPart(let spelling):
            "the frame rate \(quoted(spelling)) has a part of 0; both parts are at least 1, as in 60000/1001"
        case .partTooLarge(let spelling):
            "the frame rate \(quoted(spelling)) has a part above \(UInt32.max); reduce the fraction"
        case .tooFast(let spelling):
            "the frame rate \(quoted(spelling)) is above \(FrameRate.maximumFramesPerSecond) frames per second; "
                + "use a lower rate"
        case .malformed(let spelling):
            if let meant = RateSpelling.likely(spelling) {
                "\(quoted(spelling)) is not a frame rate; write \(meant)"
            } else {
                "\(quoted(spelling)) is not a frame rate; write a whole number (25), a fraction (60000/1001) "
                    + "or one of the names \(FrameRate.listed.compactMap(\.name).joined(separator: ", "))"
            }
        case .noLabels(let spelling, let rate):
            "\(quoted(spelling)): \(TimecodeError.noLabels(rate: rate)); write \(rate)"
        case .noDropFrame(let spelling, let rate):
            "\(quoted(spelling)): drop-frame exists only at 29.97, 59.94 and 119.88; write "
                + Self.withoutDropFrame(rate)
        case .unlistedDecimal(let spelling, let exact, let nearest):
            "\(quoted(spelling)) is not the name of a frame rate; write "
                + Self.remedies(exact: exact, nearest: nearest)
        }
    }

    /// `25 or 25ndf`; for 30, which people often say for 29.97, also that.
    private static func withoutDropFrame(_ rate: FrameRate) -> String {
        let number = rate.name ?? rate.description
        let meant: FrameRate? = [.fps30: .fps2997, .fps60: .fps5994, .fps120: .fps11988][rate]
        return "\(number) or \(number)ndf" + (meant?.name.map { ", or \($0)df if that is meant" } ?? "")
    }

    /// `25`; or `1499/50 for exactly that, or the nearest: 29.97 (30000/1001), 30`.
    private static func remedies(exact: FrameRate?, nearest: [FrameRate]) -> String {
        if let exact, nearest == [exact] { return exact.nameWithRational }
        let names = nearest.map(\.nameWithRational).joined(separator: ", ")
        guard let exact else { return "the nearest: \(names)" }
        return "\(exact) for exactly that, or the nearest: \(names)"
    }
}
