// The assertions at every read of every host, each only where its premise holds.

import ClusterClock
import TickTime

extension Simulation {
    /// A host reads its clocks, and everything that it publishes is compared with the truth.
    mutating func read(_ host: SimulatedHost) throws(SimulationViolation) {
        guard host.isRunning else { return }
        let reading = reading(of: host)
        try took(host.advance(to: reading, now), host)
        counts.reads += 1
        counts.undisturbed.look(!host.wasDisturbed)
        if !host.wasDisturbed, let cause = host.clock.snapshot.disruption {
            throw violation("host \(host.index) is disrupted by \(cause), but nothing happened to its clocks")
        }
        try checkEpoch(host, reading)
        try checkBound(host, reading)
        try checkSkew(host, reading)
        try checkStamp(host, reading)
        if let owed = host.owes {
            if now - owed.since > 1_000_000_000 {
                throw violation("host \(host.index) has not reported \(owed.text) for \(now - owed.since) ns")
            }
        }
    }

    /// Records what a host's clock found.
    mutating func took(_ notices: [ClusterNotice], _ host: SimulatedHost) throws(SimulationViolation) {
        guard !notices.isEmpty else { return }
        while host.reported > 0 {
            counts.reported.look(true)
            host.reported -= 1
        }
        for notice in notices {
            note("host \(host.index) \(notice.words)")
            if case .inconsistent(let peer, _) = notice { try found(Int(peer.rawValue) - 1, by: host) }
            guard case .agreed(let agreement) = notice else { continue }
            counts.agreements += 1
            let widest = max(agreement.agreedInterval.width, agreement.skewInterval.width)
            guard widest <= host.clock.configuration.tolerance + Nanoseconds(1) else {
                throw violation("host \(host.index) agreed to within \(widest.count) ns")
            }
            if scenario == .clockOffsetExceeded, isHopeless {
                throw violation("host \(host.index) agreed on clocks that lie too far apart")
            }
        }
    }

    /// Only a clock that was not honest, or the host's own clock, can make a peer inconsistent with its earlier
    /// samples.
    private mutating func found(_ peer: Int, by host: SimulatedHost) throws(SimulationViolation) {
        let isDrift = hosts[peer].lastOutOfRate == .max || host.lastOutOfRate == .max
        if isDrift { hasFoundDrift = true }
        // Something happened to one of the two since the oldest sample that a window may hold.
        let since = now - 11_000_000_000
        let isExplained = [host, hosts[peer]].contains { $0.lastDishonest >= since || $0.lastOutOfRate >= since }
        if !isExplained {
            throw violation("host \(host.index) calls host \(peer) inconsistent, but both clocks are honest")
        }
    }

    /// No two members that could form a majority have clocks within the tolerance and the longest round trip.
    var isHopeless: Bool {
        let offsets = hosts.map { ($0.clocks.utc(now) - trueUTC).count }.sorted()
        let majority = hosts.count / 2 + 1
        guard offsets.count >= majority else { return true }
        // The widest sample that a window could keep, on either side.
        let reach = 500_000_000 + 2 * (plan.network.delay.upperBound + plan.network.heldFor + 3_000_000_000)
        return (0...(offsets.count - majority)).allSatisfy { offsets[$0 + majority - 1] - offsets[$0] > reach }
    }

    private mutating func checkEpoch(_ host: SimulatedHost, _ reading: HostReading) throws(SimulationViolation) {
        if scenario == .clockOffsetExceeded { counts.noAgreement.look(isHopeless) }
        guard let epoch = host.clock.snapshot.epoch else { return }
        // An epoch is used up to the last nanosecond of its length, and not at the next.
        let last = epoch.installed + host.clock.configuration.epochLength
        let isNear = reading.boot + .milliseconds(600) > last
        counts.expiry.look(isNear)
        guard isNear, let token = host.token(view: .max, floor: UTCInstant(nanoseconds: 0)) else { return }
        for (instant, isUsed) in [(last, true), (last + Nanoseconds(1), false)] {
            let realtime = epoch.carried(to: instant)
            let stamp = try? host.clock.snapshot.stamp(at: instant, realtime: realtime, token, after: nil)
            if (stamp != nil) != isUsed {
                throw violation(
                    "host \(host.index) \(isUsed ? "refuses" : "uses") an epoch at \(instant - epoch.installed)")
            }
        }
    }

    private mutating func checkBound(_ host: SimulatedHost, _ reading: HostReading) throws(SimulationViolation) {
        guard let bounds = host.clock.snapshot.utcBounds(at: reading.boot) else { return }
        let isHeld = host.isBoundTrue && host.lastOutOfRate < host.epochWindowBegan
        counts.utcBound.look(isHeld)
        guard isHeld, trueUTC < bounds.earliest || bounds.latest < trueUTC else { return }
        throw violation(
            "host \(host.index) says UTC is in \(bounds.earliest.nanoseconds) ... \(bounds.latest.nanoseconds); it is "
                + "\(trueUTC.nanoseconds)")
    }

    private mutating func checkSkew(_ host: SimulatedHost, _ reading: HostReading) throws(SimulationViolation) {
        guard let own = usableEpoch(host, reading.boot) else { return }
        for other in hosts where other.index < host.index && other.isRunning {
            let boot = BootInstant(nanoseconds: other.clocks.boot(now))
            guard let theirs = usableEpoch(other, boot) else { continue }
            let since = min(host.epochWindowBegan, other.epochWindowBegan)
            let isHeld =
                host.lastOutOfRate < since && other.lastOutOfRate < since
                && sharesHonest(own, host, theirs, other, since: since)
            counts.skew.look(isHeld)
            guard isHeld else { continue }
            let a = own.carried(to: reading.boot), b = theirs.carried(to: boot)
            let low = max(
                (a + own.agreement.agreedInterval.upper) - (b + theirs.agreement.agreedInterval.lower),
                (b + theirs.agreement.agreedInterval.upper) - (a + own.agreement.agreedInterval.lower))
            let growth = DriftGrowth(clocks: 2, driftBound: host.clock.configuration.driftBound)
            let ownGrowth = growth(reading.boot - own.installed), theirGrowth = growth(boot - theirs.installed)
            let most =
                own.agreement.skewInterval.width + theirs.agreement.skewInterval.width + ownGrowth + ownGrowth
                + theirGrowth + theirGrowth
            if low > most {
                throw violation(
                    "hosts \(other.index) and \(host.index) may differ by \(low.count) ns, their skew intervals "
                        + "allow \(most.count)")
            }
        }
    }

    private func usableEpoch(_ host: SimulatedHost, _ boot: BootInstant) -> ClusterEpoch? {
        guard let epoch = host.clock.snapshot.epoch, host.clock.snapshot.disruption == nil else { return nil }
        return boot - epoch.installed <= host.clock.configuration.epochLength ? epoch : nil
    }

    /// Whether both skew intervals rest on the clock of one member that was honest and was not set since.
    private func sharesHonest(
        _ a: ClusterEpoch, _ first: SimulatedHost, _ b: ClusterEpoch, _ second: SimulatedHost, since: Int64
    ) -> Bool {
        hosts.contains { member in
            a.skewMembers & first.bit(of: member.index) != 0 && b.skewMembers & second.bit(of: member.index) != 0
                && member.lastDishonest < since && member.lastOutOfRate < since
        }
    }

    // MARK: - Stamps

    private mutating func checkStamp(_ host: SimulatedHost, _ reading: HostReading) throws(SimulationViolation) {
        guard let token = host.leadership else { return }
        let isDeposed = host.seenView > token.view
        let stamp: ClusterStamp
        do throws(ClusterClockError) {
            stamp = try host.stamp(at: reading, token)
        } catch {
            if isDeposed {
                counts.deposed.look(error == .notPrimary)
                if error != .notPrimary { throw violation("host \(host.index), deposed, gets the error \(error)") }
            }
            note("host \(host.index) gets no stamp: \(error)")
            return
        }
        note("host \(host.index) stamps \(stamp.time.nanoseconds) in view \(token.view)")
        if isDeposed { throw violation("host \(host.index) stamps in view \(token.view) after \(host.seenView)") }
        if stamp.time < token.floor { throw violation("host \(host.index) stamps below its floor") }
        if let last = host.lastStamp, host.lastStampView == token.view, stamp.time < last {
            throw violation("host \(host.index) stamps \((last - stamp.time).count) ns below its last stamp")
        }
        counts.stamps.look(true)
        let isHeld = stamp.isTraceable && host.isBoundTrue && host.lastOutOfRate < host.epochWindowBegan
        if isHeld, hosts.count > 1, trueUTC < stamp.earliest || stamp.latest < trueUTC {
            throw violation("host \(host.index) stamps \(stamp), and true UTC is \(trueUTC.nanoseconds)")
        }
        (host.lastStamp, host.lastStampView) = (stamp.time, token.view)
        let isCommitted = token.view == view && host.index == primary && reachesMajority(host)
        counts.committed.look(isCommitted)
        guard isCommitted else { return }
        if let committed, stamp.time < committed {
            throw violation("a committed stamp of view \(view) lies \((committed - stamp.time).count) ns below another")
        }
        committed = stamp.time
    }

    func reachesMajority(_ host: SimulatedHost) -> Bool {
        let reached = hosts.count { other in
            other.index == host.index
                || (other.isRunning && cut[host.index] >> UInt64(other.index) & 1 == 0
                    && cut[other.index] >> UInt64(host.index) & 1 == 0)
        }
        return reached > hosts.count / 2
    }

    /// What is asserted of the whole run.
    mutating func finish() throws(SimulationViolation) {
        if scenario == .clockDrift { counts.driftFound.look(hasFoundDrift) }
        for host in hosts where now >= 10_500_000_000 {
            counts.agreesInTime.look(plan.isHealthy)
            if plan.isHealthy, !host.hasAgreed { throw violation("host \(host.index) has not agreed within 10 s") }
        }
        // A window that fails and one that does not, after the last that went wrong.
        let calm = now - (plan.faults.map(\.time).max() ?? 0)
        for host in hosts where host.isRunning && hosts.count > 1 {
            let isDue = scenario.isFollowedByCalm && calm > 14_000_000_000
            counts.recovers.look(isDue)
            let boot = BootInstant(nanoseconds: host.clocks.boot(now))
            if isDue, case .none = usableEpoch(host, boot) {
                throw violation("host \(host.index) has not agreed again \(calm) ns after the last fault")
            }
        }
    }
}

extension SimulatedHost {
    func stamp(at reading: HostReading, _ token: Leadership) throws(ClusterClockError) -> ClusterStamp {
        var stamp: ClusterStamp?
        _ = try drive(reading.boot.nanoseconds) { (clock) throws(ClusterClockError) in
            stamp = try clock.stamp(at: reading, token)
            return []
        }
        guard let stamp else { preconditionFailure("a stamp or an error") }
        return stamp
    }
}
