// The sessions of a simulated station's hosts: each ticks its channels as a loop does, and looks at its gate at each tick.

import Stations
import TickScheduling
import TickTime

extension StationWorld {
    /// What this host's loop reports about its sessions.
    func sessions(_ host: Int, _ moment: HostMoment) -> [String: ChannelPart.SessionState] {
        var states: [String: ChannelPart.SessionState] = [:]
        let monotonic = hosts[host].clocks.monotonicTime(now)
        for channel in plan.channels.indices {
            guard let ticker = hosts[host].tickers[channel],
                let offset = try? ticker.rate.offset(ofTick: ticker.next)
            else { continue }
            let ahead = Nanoseconds(ticker.origin - monotonic) +| offset
            guard let grid = ChannelGrid(rate: ticker.rate, tick: ticker.next, due: moment.boot +| ahead) else {
                continue
            }
            let phase = moment.tai.map { tai in
                PhaseRecord(
                    tick: ticker.next, taiNanoseconds: (tai +| ahead).nanoseconds,
                    boundNanoseconds: hosts[host].taiBound)
            }
            states[plan.channels[channel].name] = ChannelPart.SessionState(
                grid: grid, phase: phase, firstTick: ticker.firstTick)
        }
        return states
    }

    /// Begins and ends sessions, and publishes the right of each.
    mutating func publish(_ host: Int) {
        let state = hosts[host]
        guard let records = state.part.records else { return }
        for channel in plan.channels.indices {
            let name = plan.channels[channel].name
            guard let index = state.part.parts.firstIndex(where: { $0.channel == name }) else { continue }
            if let wanted = state.part.parts[index].session(records) {
                let isOnAir = state.part.parts[index].air != nil
                if isOff(state.tickers[channel], wanted, isOnAir, host) { begin(wanted, channel, host, records) }
            } else {
                state.tickers[channel] = nil
            }
            if state.tickers[channel] != nil {
                state.tickers[channel]?.right = state.part.parts[index].right(state.part.tenure)
            }
        }
    }

    /// Whether a session must begin: there is none yet, or a standby's session no longer ticks where the channel ticks.
    private func isOff(_ ticker: Ticker?, _ wanted: ChannelPart.Session, _ isOnAir: Bool, _ host: Int) -> Bool {
        guard let ticker else { return true }
        guard !isOnAir, let offset = try? ticker.rate.offset(ofTick: wanted.phase.tick) else { return false }
        let due =
            Self.taiOrigin + now + hosts[host].taiError + ticker.origin
            + offset.count - hosts[host].clocks.monotonicTime(now)
        let tolerance = wanted.phase.tolerance(Nanoseconds(hosts[host].taiBound))
        return abs(due - wanted.phase.taiNanoseconds) > tolerance.count
    }

    private mutating func begin(
        _ wanted: ChannelPart.Session, _ channel: Int, _ host: Int, _ records: StationRecords
    ) {
        guard let rate = records.channels[plan.channels[channel].name]?.grid?.record.rate,
            let offset = try? rate.offset(ofTick: wanted.phase.tick)
        else { return }
        let tai = Self.taiOrigin + now + hosts[host].taiError, monotonic = hosts[host].clocks.monotonicTime(now)
        let origin = wanted.phase.taiNanoseconds - offset.count - tai + monotonic
        let due = (rate.lastTickDue(after: Nanoseconds(monotonic - origin)) ?? -1) + 1
        let first = max(wanted.firstTick ?? 0, due)
        tickers += 1
        hosts[host].tickers[channel] = Ticker(
            origin: origin, rate: rate, firstTick: first, next: first, number: tickers)
        planTick(host, channel, tickers)
    }

    private mutating func planTick(_ host: Int, _ channel: Int, _ number: Int) {
        guard let ticker = hosts[host].tickers[channel], ticker.number == number,
            let offset = try? ticker.rate.offset(ofTick: ticker.next)
        else { return }
        let wait = ticker.origin + offset.count - hosts[host].clocks.monotonicTime(now)
        // The clock's rate is not that of true time. If a wake is a little early, it looks again.
        after(max(0, wait) + random.integer(0...200_000)) { $0.tick(host, channel, number) }
    }

    private mutating func tick(_ host: Int, _ channel: Int, _ number: Int) {
        guard let ticker = hosts[host].tickers[channel], ticker.number == number, !hosts[host].isDead else { return }
        guard isRunning(host) else {
            return after(max(1_000_000, hosts[host].stoppedUntil - now)) { $0.tick(host, channel, number) }
        }
        guard let offset = try? ticker.rate.offset(ofTick: ticker.next) else { return }
        let late = hosts[host].clocks.monotonicTime(now) - ticker.origin - offset.count
        guard late >= 0 else { return planTick(host, channel, number) }
        deliver(ticker.next, channel, host)
        var next = ticker.next + 1
        // A long backlog is skipped, as a session of a channel does.
        if late > plan.backlog, let last = ticker.rate.lastTickDue(after: offset +| Nanoseconds(late)) {
            next = max(next, last)
        }
        hosts[host].tickers[channel]?.next = next
        planTick(host, channel, number)
    }

    private mutating func deliver(_ index: Int64, _ channel: Int, _ host: Int) {
        guard let right = hosts[host].tickers[channel]?.right else { return }
        let boot = BootInstant(nanoseconds: hosts[host].clocks.boot(now))
        let state = right.state(ofTick: index, at: boot)
        guard state.isOnAir else { return }
        let delivery = StationChecks.Delivery(
            time: now, host: host, index: index, fencingNumber: right.fencingNumber, isFenced: !state.isUnfenced)
        if let violation = checks.deliver(delivery, channel, plan, &counts) { fail(violation) }
    }
}
