// The verdict on CPU quotas. A group that has used up its quota is stopped until its next period begins, for almost a
// whole period at worst: with 20 ms of each 100 ms a tick can be 80 ms late.

extension HostFacts {
    /// Bad if a quota stops the group now, or did so in more than 1 % of its periods; a warning if it has not. Of
    /// several quotas, the one that stopped its group in most periods is shown.
    static func cpuQuota(_ quotas: [CPUQuota]) -> HostVerdict {
        let check = "cpu_quota"
        guard
            let quota = quotas.max(by: {
                ($0.sampleThrottledPeriods, $0.throttledPeriods) < ($1.sampleThrottledPeriods, $1.throttledPeriods)
            })
        else { return HostVerdict(check, .good, "none; no control group limits the CPU time") }
        let figures = [
            ("quota_us", quota.quotaMicroseconds), ("period_us", quota.periodMicroseconds),
            ("periods", quota.periods), ("throttled_periods", quota.throttledPeriods),
            ("throttled_ms", quota.throttledMilliseconds),
            ("sample_throttled_periods", quota.sampleThrottledPeriods),
        ]
        let limit =
            "\(milliseconds(quota.quotaMicroseconds)) of CPU time in each \(milliseconds(quota.periodMicroseconds)) for \(quota.group)"
        let remedy =
            "remove it: in a service CPUQuota= (empty), in Kubernetes no limits.cpu, in Docker no --cpus; "
            + "or run with --fifo, which a quota does not stop"
        let isBad = quota.sampleThrottledPeriods > 0 || quota.throttledPeriods > quota.periods / 100
        guard quota.throttledPeriods > 0 else {
            return HostVerdict(check, .warn, "\(limit); not reached so far", remedy: remedy, figures: figures)
        }
        return HostVerdict(
            check, isBad ? .bad : .warn,
            "\(limit): it was stopped in \(quota.throttledPeriods) of \(quota.periods) periods, for \(quota.throttledMilliseconds) ms",
            remedy: remedy, figures: figures)
    }

    /// `20 ms`, `12.5 ms`.
    private static func milliseconds(_ microseconds: Int64) -> String {
        let (whole, rest) = microseconds.quotientAndRemainder(dividingBy: 1_000)
        return rest == 0 ? "\(whole) ms" : "\(Decimals.trimmed(Double(microseconds) / 1_000, 3)) ms"
    }
}
