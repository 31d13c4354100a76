// What a host tells others of its clock's error. It is made of a referenced bound alone.

public import TickTime

/// By how much a host's UTC may be off true UTC, and when that was so.
public struct StatedError: Hashable, Sendable, BitwiseCopyable {
    /// Not negative.
    public let error: Nanoseconds
    public let read: BootInstant

    /// - Returns: `nil` if the bound is not evidence about UTC.
    public init?(_ bound: SourcedBound, read: BootInstant) {
        guard let error = bound.error else { return nil }
        self.error = error
        self.read = read
    }

    /// By an operator's word.
    ///
    /// - Precondition: `error` is not negative.
    public init(operatorError error: Nanoseconds, read: BootInstant) {
        precondition(error >= .zero, "an error is not negative")
        self.error = error
        self.read = read
    }

    /// The error at another instant, grown by one clock's drift.
    public func error(at instant: BootInstant, growing growth: DriftGrowth) -> Nanoseconds {
        error +| growth((instant -| read).magnitude)
    }
}
