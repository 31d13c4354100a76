internal import TickJournal
internal import TickScheduling
internal import TickTime

extension RunSummary {
    /// Where and how it ran: name and value, in the order in which a page shows them.
    public var environment: [(name: String, value: String)] {
        var rows: [(name: String, value: String)] = [
            ("kernel", "\(host.kernel), \(host.preemption)"), ("clock source", host.clockSource),
            ("wait", waitText),
            ("steal", host.steal.map { Quantity.length($0) } ?? "not reported by the kernel"),
            (
                "CPU",
                "\(Quantity.percent(processCPU, of: elapsed)) of one, the tick thread \(Quantity.percent(tickThreadCPU, of: elapsed))"
            ),
        ]
        rows += loadRows
        let granted = host.grants.filter { $0.refusal == nil }.map(\.detail)
        if !granted.isEmpty { rows.append(("granted", granted.joined(separator: ", "))) }
        for grant in host.grants {
            if let refusal = grant.refusal { rows.append(("REFUSED", "\(grant.detail): \(refusal); \(grant.remedy)")) }
        }
        if let first = sessions.first { rows += first.statistics.epoch.rows(of: first.plan) }
        if let timeSync {
            rows.append(
                (
                    "synchronization",
                    "\(timeSync.status.rawValue) by \(timeSync.method), checked \(timeSync.checked.iso8601)"
                ))
        }
        if let cluster {
            rows.append(
                (
                    "cluster",
                    "\(cluster.name), node \(cluster.node): \(cluster.status), \(cluster.agreeing) of \(cluster.members) agree"
                ))
        }
        if clocks.lostRecords > 0 { rows.append(("LOST", "\(clocks.lostRecords) tick records; counts are too low")) }
        return rows
    }

    /// The load of the loop, and the effect of a CPU quota.
    var loadRows: [(name: String, value: String)] {
        var rows: [(name: String, value: String)] = []
        if let load, let text = load.text { rows.append(("load", text)) }
        if let throttling { rows.append(("CPU quota", throttling.text)) }
        return rows
    }
}

extension SessionEpoch {
    /// The epoch of a session with this plan, and its grid if it was given one.
    func rows(of plan: SessionPlan) -> [(name: String, value: String)] {
        let epoch = (name: "epoch", value: "\(utc.iso8601), UTC from \(utcSource.rawValue)")
        guard let grid = plan.grid else { return [epoch] }
        return [epoch, (name: "grid", value: "\(grid.text), from tick \(plan.beginTick)")]
    }
}
