// The bounds of numbers that a C program passes: a value that no working program gives is TICK_ERROR_ARGUMENT at the
// call, with the field named, and never a trap on a thread of ours later.

internal import CTickScheduler
internal import TickTime

/// An instant of UTC.
///
/// - Throws: TICK_ERROR_ARGUMENT outside 1970-01-01 to 2200-01-01.
func admittedInstant(_ nanoseconds: Int64, _ field: String) throws(CallError) -> UTCInstant {
    guard let instant = UTCInstant(admitting: nanoseconds) else {
        let range = AdmittedRange.utcNanoseconds
        throw CallError(
            TICK_ERROR_ARGUMENT,
            "\(field) is \(nanoseconds); give \(range.lowerBound) ... \(range.upperBound) (\(AdmittedRange.utcText))")
    }
    return instant
}

/// A length of time; whether it may be 0 or negative is for its plan to say.
///
/// - Throws: TICK_ERROR_ARGUMENT beyond 100 years.
func admittedLength(_ nanoseconds: Int64, _ field: String) throws(CallError) -> Nanoseconds {
    guard let length = Nanoseconds(admitting: nanoseconds) else {
        throw CallError(
            TICK_ERROR_ARGUMENT,
            "\(field) is \(nanoseconds); give at most \(AdmittedRange.longestDuration.count) (100 years)")
    }
    return length
}

/// A stated error of this host's UTC; -1 for none.
///
/// - Returns: `nil` for none.
/// - Throws: TICK_ERROR_ARGUMENT beyond an hour.
func admittedError(_ nanoseconds: Int64, _ field: String) throws(CallError) -> Nanoseconds? {
    if nanoseconds == -1 { return nil }
    let range = AdmittedRange.configuredErrorNanoseconds
    guard range.contains(nanoseconds) else {
        throw CallError(
            TICK_ERROR_ARGUMENT,
            "\(field) is \(nanoseconds); give 0 ... \(range.upperBound) (1 h), or -1 if it is unknown")
    }
    return Nanoseconds(nanoseconds)
}
