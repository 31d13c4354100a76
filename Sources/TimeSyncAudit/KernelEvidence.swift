package import ClusterClock
internal import TickTime

extension KernelClock {
    /// The kernel's values as the result of a check lists them, lengths in nanoseconds.
    package var rawEvidence: [String: String] {
        [
            "maxerror_ns": "\(maximumError.count)", "esterror_ns": "\(estimatedError.count)",
            "offset_ns": "\(offset.count)", "status": "\(status)", "state": "\(state)",
        ]
    }
}
