// The effect of CPU quotas on a run, in words and in JSON.

package import TickScheduling
internal import TickTime

/// The quota's effect on a run; only if a control group of the process has one.
package struct ThrottleSummary: Sendable {
    package let total: CPUThrottling
    /// Late ticks within the periods in which a quota stopped the process.
    package let lateTicks: Int64
    package let spells: [ThrottleMonitor.Spell]

    /// - Parameter monitor: after its `finish`.
    /// - Returns: `nil` without a quota.
    package init?(_ monitor: ThrottleMonitor) {
        guard let total = monitor.total else { return nil }
        self.total = total
        lateTicks = monitor.lateTicks
        spells = monitor.spells
    }

    /// For the report, after the stolen time.
    package var lines: [String] { ["  CPU quota       \(text)"] }

    package var text: String {
        guard total.throttledPeriods > 0 || total.time > .zero else { return "not reached" }
        return "\(total.text); \(lateTicks) late ticks fell into these periods"
    }
}

extension CPUThrottling {
    /// `stopped the process in 54 of 54 periods, for 4.31 s`.
    package var text: String {
        "stopped the process in \(throttledPeriods) of \(periods) periods, for \(Quantity.length(time))"
    }
}

extension ThrottleMonitor.Spell {
    /// One sentence about an interval that a quota disturbed.
    package var text: String {
        "a CPU quota \(throttling.text); \(lateTicks) of \(ticks) ticks were late meanwhile; "
            + "'tickrun host' names the quota and the remedy"
    }
}

extension JSONText {
    /// The member `cpu_quota` of a summary's host.
    package mutating func throttling(_ summary: ThrottleSummary?) {
        guard let summary else { return member("cpu_quota", nil as Int64?) }
        object("cpu_quota") { json in
            json.member("periods", summary.total.periods)
            json.member("throttled_periods", summary.total.throttledPeriods)
            json.member("throttled_ns", summary.total.time.count)
            json.member("late_ticks", summary.lateTicks)
        }
    }
}
