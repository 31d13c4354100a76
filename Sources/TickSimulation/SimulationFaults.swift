// The faults, and what the checks must know about them.

import ClusterClock
import TickTime

extension Simulation {
    mutating func happen(_ fault: SimulationPlan.Fault) throws(SimulationViolation) {
        note("fault: \(fault.words)")
        switch fault {
        case .step(let index, let length):
            hosts[index].clocks.step(by: length)
            hosts[index].lastDishonest = max(hosts[index].lastDishonest, now)
            owe("a step of \(length) ns", hosts[index])
        case .drift(let index, let rate):
            let host = hosts[index]
            host.clocks.setDrift(rate, now)
            keepRate(host)
        case .slew(let index, let rate):
            let host = hosts[index]
            host.clocks.setSlew(rate, now)
            keepRate(host)
            // A slew that ends before it could be measured need not be reported.
            if let owed = host.owes, owed.text.hasPrefix("a slew"), now - owed.since < 1_000_000_000 { host.owes = nil }
            if abs(rate) > 2 * host.clock.configuration.driftBound { owe("a slew of \(rate) ppb", host) }
        case .sleep(let index):
            hosts[index].clocks.sleep(now)
            hosts[index].owes = nil
        case .wake(let index):
            guard hosts[index].clocks.isAsleep else { return }
            hosts[index].clocks.wake(now)
            // It may have been slewed while it slept, and keeps that rate from now on.
            keepRate(hosts[index])
            owe("a suspend", hosts[index])
        case .leapSecond:
            leapSeconds += 1
            for host in hosts {
                host.clocks.leap()
                // Its clocks before and after are different clocks.
                host.lastDishonest = max(host.lastDishonest, now)
                owe("a leap second", host)
            }
        case .crash(let index):
            hosts[index].isUp = false
            hosts[index].leadership = nil
            hosts[index].owes = nil
        case .restart(let index, let offset):
            try restart(hosts[index], offset: offset)
        case .lie(let index, let lie):
            hosts[index].lie = lie
            hosts[index].lastDishonest = .max
        case .cut(let from, let to): cut[to] |= 1 << UInt64(from)
        case .heal:
            for index in cut.indices { cut[index] = 0 }
            for host in hosts where host.isUp { see(view, host) }
        case .loss(let percent): loss = percent
        case .viewChange(let index): changeView(to: index, floorAhead: 0)
        case .futureFloor(let ahead): changeView(to: primary < 0 ? 0 : primary, floorAhead: ahead)
        }
    }

    /// From now on this clock runs beyond the bound, until another fault changes it.
    private func keepRate(_ host: SimulatedHost) {
        if abs(host.clocks.bootRate) > host.clock.configuration.driftBound {
            (host.lastOutOfRate, host.lastDishonest) = (.max, .max)
        } else if host.lastOutOfRate == .max {
            host.lastOutOfRate = now
            if host.lie == nil { host.lastDishonest = now }
        }
    }

    private func owe(_ text: String, _ host: SimulatedHost) {
        host.wasDisturbed = true
        if host.isRunning { host.owes = (text, now) }
    }

    private mutating func restart(_ host: SimulatedHost, offset: Int64) throws(SimulationViolation) {
        let drift = host.clocks.drift
        let clocks = HostClocks(
            now: now, uptime: random.integer(1_000_000_000...9_000_000_000), offset: offset, drift: drift,
            trueUTC: trueUTC.nanoseconds)
        do { try host.restart(clocks, now: now) } catch { throw violation("host \(host.index): \(error)") }
        keepRate(host)
        see(view, host)
        planHost(host.index, from: now)
    }

    private func see(_ view: UInt64, _ host: SimulatedHost) {
        guard view > host.seenView else { return }
        host.seenView = view
        _ = try? host.drive(now) { clock in
            clock.observe(view: view)
            return []
        }
    }

    /// The new primary, and each host that can hear it, see the view; its floor is the highest committed stamp.
    private mutating func changeView(to index: Int, floorAhead: Int64) {
        guard hosts[index].isRunning, reachesMajority(hosts[index]) else { return }
        view += 1
        primary = index
        let floor =
            floorAhead > 0 ? trueUTC + Nanoseconds(floorAhead) : committed ?? UTCInstant(nanoseconds: 0)
        hosts[index].leadership = hosts[index].token(view: view, floor: max(floor, committed ?? floor))
        for host in hosts where host.isUp && cut[host.index] >> UInt64(index) & 1 == 0 { see(view, host) }
    }
}
