// The error that a host states about its clock. It comes only from a referenced bound.

public import TickTime

/// By how much a host's UTC may be off true UTC, and the instant for which this holds.
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

    /// The error that an operator states.
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
