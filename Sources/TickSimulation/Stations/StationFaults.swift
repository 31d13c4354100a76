// What happens to a simulated station: the faults of its plan, and what its primary stamps.

import Stations
import TickTime

extension StationWorld {
    mutating func stamp(_ host: Int) {
        guard let right = hosts[host].part.primary.right, let utc = moment(host).utc else { return }
        let time = max(utc, right.floor, hosts[host].lastStamp ?? right.floor)
        do throws(Primary.Refusal) {
            try hosts[host].part.primary.check(time, hosts[host].part.tenure, at: moment(host).boot)
        } catch {
            if error == .ceilingReached { counts.refusedAtCeiling += 1 }
            return
        }
        hosts[host].lastStamp = time
        hosts[host].part.primary.saw(stamp: time)
        if let violation = checks.stamp(time.nanoseconds, view: right.view, &counts) { fail(violation) }
    }

    mutating func happen(_ fault: StationPlan.Fault) {
        note("fault: \(fault.words)")
        switch fault {
        case .stop(let who, let length):
            guard let host = resolve(who) else { return }
            hosts[host].stoppedUntil = max(hosts[host].stoppedUntil, now + length)
        case .suspend(let who, let length):
            guard let host = resolve(who), !hosts[host].clocks.isAsleep else { return }
            hosts[host].clocks.sleep(now)
            hosts[host].stoppedUntil = max(hosts[host].stoppedUntil, now + length)
            after(length) { $0.hosts[host].clocks.wake($0.now) }
        case .die(let who, let length):
            guard let host = resolve(who) else { return }
            kill(host, backAfter: length)
        case .cut(let who, let length, let direction):
            guard let host = resolve(who) else { return }
            if direction != .from { cutTo[host] = max(cutTo[host], now + length) }
            if direction != .to { cutFrom[host] = max(cutFrom[host], now + length) }
        case .leaderless(let length): leaderlessUntil = max(leaderlessUntil, now + length)
        case .save: saved = store
        case .restore:
            if let saved {
                store = saved
                checks.wasRestored = true
            }
        case .clock(let who, let error):
            guard let host = resolve(who) else { return }
            // The cluster's clock drops its samples, and finds the time again, within the bound.
            hosts[host].unsynchronizedUntil = now + 700_000_000
            let bound = hosts[host].taiBound
            hosts[host].taiError = error % (bound + 1)
        case .drift(let who, let partsPerBillion):
            guard let host = resolve(who) else { return }
            hosts[host].clocks.setDrift(partsPerBillion, now)
        case .move(let place): requestMove(place)
        case .release(let host):
            for channel in hosts[host].tickers.indices { hosts[host].tickers[channel]?.right = nil }
            hosts[host].part.release(stoppedAt: moment(host).boot)
        case .removeAndPut:
            for channel in plan.channels.indices {
                let name = plan.channels[channel].name
                guard let order = try? ChannelOrders(name, store.records).remove(isForced: true) else { continue }
                let grid = store.records.channels[name]?.grid?.record
                if case .accepted = store.apply(order), let grid { put(channel, grid) }
            }
        }
    }

    private func resolve(_ who: StationPlan.Who) -> Int? {
        switch who {
        case .host(let host): return host
        case .owner(let channel):
            guard let air = store.records.channels[channel]?.air?.record else { return nil }
            return hosts.firstIndex { $0.name == air.host && !$0.isDead }
        case .primary:
            guard let primary = store.records.primary?.record else { return nil }
            return hosts.firstIndex { $0.name == primary.host && !$0.isDead }
        }
    }

    /// Ends a process, which starts again with only its disk.
    mutating func kill(_ host: Int, backAfter length: Int64?) {
        hosts[host].isDead = true
        hosts[host].life += 1
        hosts[host].tickers = Array(repeating: nil, count: plan.channels.count)
        hosts[host].stoppedUntil = 0
        checks.died(hosts[host].name, at: now)
        guard let length else { return }
        let life = hosts[host].life
        after(length) { world in
            guard world.hosts[host].life == life else { return }
            world.hosts[host].isDead = false
            world.hosts[host].lastStamp = nil
            let memory = world.hosts[host].part.memory
            world.hosts[host].part = StationHost(
                name: world.hosts[host].name, process: world.random.next(), timing: world.plan.timing,
                memory: memory)
            world.start(host, after: 0)
        }
    }

    /// Puts a removed channel again, on its old grid, so that its ticks are counted as before. A refused order is
    /// repeated.
    private mutating func put(_ channel: Int, _ grid: GridRecord) {
        var change = ChannelOrders.Change()
        (change.rate, change.hosts) = (grid.rate, plan.channels[channel].spec.hosts)
        change.standby = plan.channels[channel].spec.standby
        change.isolation = plan.channels[channel].spec.isolation
        let origin = (
            tai: TAIInstant(nanoseconds: grid.originTAINanoseconds),
            utc: UTCInstant(nanoseconds: grid.originUTCNanoseconds)
        )
        let name = plan.channels[channel].name
        if let order = try? ChannelOrders(name, store.records).put(change, origin: origin),
            case .accepted = store.apply(order)
        {
            note("an operator writes \(order.words)")
        } else {
            after(20_000_000) { $0.put(channel, grid) }
        }
    }

    /// An operator asks for a move of each channel to another host.
    private mutating func requestMove(_ place: RelayRecord.Place) {
        for channel in plan.channels {
            let records = store.records.channels[channel.name]
            guard let air = records?.air?.record, records?.relay?.record.isSettled ?? true else { continue }
            let others = channel.spec.hosts.filter { $0 != air.host }
            guard !others.isEmpty else { continue }
            relays += 1
            counts.moves += 1
            store.put(
                .relay(channel.name),
                .relay(RelayRecord(id: relays, target: others[random.index(below: others.count)], place: place)))
        }
    }
}
