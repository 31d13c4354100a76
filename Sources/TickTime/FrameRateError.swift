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
    /// A decimal that is not the name of a 1001-based rate: `rational` is its exact spelling (where
    /// it has one in range), `nearest` the nearest names.
    case unlistedDecimal(spelling: String, rational: String?, nearest: [String])
}
