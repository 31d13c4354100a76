// The faults of a simulated cluster: each scenario draws its hosts, its network and its faults from a seed, and its
// fault happens in every run.

/// A kind of fault.
package enum Scenario: String, CaseIterable, Sendable {
    /// No fault.
    case healthy
    /// One clock drifts beyond the bound.
    case clockDrift = "clock-drift"
    /// Clocks spread over more than the tolerance, round trips of more than half a second among them.
    case clockOffsetExceeded = "clock-offset-exceeded"
    /// A third of everything is lost, and then all of it.
    case clockNTPFailure = "clock-ntp-failure"
    /// A primary is cut off, its UTC jumps back, and another view begins without it.
    case clockBackwardJump = "clock-backward-jump"
    /// A majority is cut off for longer than an epoch lasts.
    case epochExpiry = "epoch-expiry"
    /// One way takes up to a hundred times as long as the other.
    case asymmetricRoutes = "asymmetric-routes"
    /// As many hosts lie as a majority survives: each by itself, together, or differently to each peer.
    case lyingMinority = "lying-minority"
    /// Messages are sent again.
    case replay
    case suspend
    /// Up to 83 333 ppm, which bend UTC and the monotonic clock alike.
    case slew
    case leapSecond = "leap-second"
    /// Hosts crash one after another, and restart with clocks that have no history.
    case rollingRestart = "rolling-restart"
    /// A primary that does not know of the next, and tokens with floors in the future.
    case twoPrimaries = "two-primaries"
    case everything
    /// As many hosts as a majority survives answer with a value at the end of its range, and continue to do so.
    // The last case, so that the numbers of the other cases, and so their seeds, stay the same.
    case extremeLiar = "extreme-liar"

    /// Part of the seed.
    var number: UInt64 { UInt64(Self.allCases.firstIndex(of: self) ?? 0) }

    /// Properties whose premises must hold in the runs of a scenario: a property that was never asserted was not
    /// tested.
    package var required: [String] {
        switch self {
        case .healthy: ["utc_bound", "skew", "stamps", "committed", "agrees_in_time"]
        case .clockDrift: ["utc_bound", "skew", "stamps", "committed", "drift_found"]
        case .asymmetricRoutes, .replay, .clockNTPFailure: ["utc_bound", "skew", "stamps", "committed"]
        case .clockOffsetExceeded: ["no_agreement"]
        case .clockBackwardJump: ["utc_bound", "skew", "stamps", "committed", "deposed", "reported"]
        case .epochExpiry: ["utc_bound", "skew", "stamps", "expiry"]
        case .extremeLiar: ["utc_bound", "skew", "stamps", "agrees_in_time", "undisturbed", "recovers"]
        case .lyingMinority: ["utc_bound", "skew", "stamps", "undisturbed"]
        case .suspend, .slew, .leapSecond: ["utc_bound", "skew", "stamps", "reported", "recovers"]
        case .rollingRestart: ["utc_bound", "skew", "stamps", "committed", "undisturbed"]
        case .twoPrimaries: ["stamps", "committed", "deposed"]
        case .everything: ["utc_bound", "skew", "stamps", "committed", "reported"]
        }
    }

    /// Whether the cluster can agree again after its faults.
    var isFollowedByCalm: Bool {
        switch self {
        case .suspend, .slew, .leapSecond, .rollingRestart, .clockBackwardJump, .extremeLiar: true
        default: false
        }
    }

    private static let ms: Int64 = 1_000_000
    private static let second: Int64 = 1_000_000_000

    func plan(_ random: inout SimulationRandom) -> SimulationPlan {
        var plan = SimulationPlan()
        let (ms, second) = (Self.ms, Self.second)
        /// This many hosts, UTC off by up to `spread`, most of them with a true statement of their error.
        func addHosts(_ count: Int, spread: Int64, silent: Int64 = 10) {
            for _ in 0..<count {
                let offset = random.integer(-spread...spread)
                // Up to 50 ppm for as long as any run lasts, and a little.
                let error = abs(offset) + 6 * ms + random.integer(0...20 * ms)
                plan.hosts.append(
                    .init(
                        offset: offset, drift: random.integer(-40_000...40_000),
                        statedError: random.chance(silent) ? nil : error))
            }
        }
        /// Oscillators wander within the bound.
        func wander() {
            for host in plan.hosts.indices {
                var time = random.integer(second...5 * second)
                while time < plan.length {
                    plan.plan(.drift(host: host, partsPerBillion: random.integer(-45_000...45_000)), at: time)
                    time += random.integer(3 * second...9 * second)
                }
            }
        }
        func elect(_ primary: Int, at time: Int64) { plan.plan(.viewChange(primary: primary), at: time) }
        func isolate(_ host: Int, at time: Int64) {
            for other in plan.hosts.indices where other != host {
                plan.plan(.cut(from: host, to: other), at: time)
                plan.plan(.cut(from: other, to: host), at: time)
            }
        }
        let odd = random.chance(75) ? 3 : 5

        switch self {
        case .healthy:
            addHosts(1 + Int(random.integer(1...6)), spread: 100 * ms)
            plan.network = .init(delay: 5_000...random.integer(10_000...100 * ms))
            plan.length = 20 * second
            for host in plan.hosts.indices { plan.hosts[host].statesExactly = random.chance(50) }
            plan.isHealthy = true
            elect(0, at: 4 * second)
            wander()
        case .clockDrift:
            addHosts(odd, spread: 20 * ms)
            plan.network = .init(delay: ms...5 * ms, loss: 2, held: 30, heldFor: random.chance(5) ? 200 * ms : ms)
            elect(random.index(below: odd), at: 4 * second)
            plan.plan(
                .drift(host: random.index(below: odd), partsPerBillion: random.signed(100_000...5_000_000)),
                at: random.integer(second...15 * second))
        case .clockOffsetExceeded:
            // Each is further from the next than any round trip and the tolerance, or near enough that some meet.
            addHosts(odd, spread: 0, silent: 100)
            let gap = random.chance(70) ? random.integer(9 * second...90 * second) : random.integer(200 * ms...600 * ms)
            for host in plan.hosts.indices { plan.hosts[host].offset = Int64(host) * gap }
            plan.network = .init(delay: 5 * ms...100 * ms, loss: 10, held: 40, heldFor: 400 * ms, clogging: 20)
            plan.length = 20 * second
        case .clockNTPFailure:
            addHosts(odd, spread: 50 * ms)
            plan.network = .init(delay: ms...10 * ms, loss: 30)
            plan.length = 20 * second
            plan.plan(.loss(percent: 100), at: random.integer(8 * second...12 * second))
            elect(random.index(below: odd), at: 5 * second)
        case .clockBackwardJump:
            addHosts(odd, spread: 20 * ms)
            plan.length = 25 * second
            plan.eventLimit = 40_000
            let (first, next) = (0, 1 + random.index(below: odd - 1))
            elect(first, at: 4 * second)
            isolate(first, at: 8 * second)
            plan.plan(.step(host: first, by: -random.integer(200 * ms...7_200 * second)), at: 9 * second)
            elect(next, at: 10 * second)
            plan.plan(.heal, at: random.integer(14 * second...18 * second))
        case .epochExpiry:
            addHosts(odd, spread: 30 * ms)
            plan.length = 90 * second
            plan.network.delay = 5_000...random.integer(10_000...ms)
            let areExact = random.chance(50)
            for host in plan.hosts.indices {
                plan.hosts[host].drift = random.signed(30_000...49_999)
                plan.hosts[host].statesExactly = areExact
            }
            elect(0, at: 5 * second)
            let cut = random.integer(20 * second...30 * second)
            for host in 0..<(odd / 2 + 1) { isolate(host, at: cut) }
            if random.chance(50) { plan.plan(.heal, at: cut + 40 * second) }
        case .asymmetricRoutes:
            addHosts(odd, spread: 50 * ms)
            plan.network = .init(delay: ms...3 * ms, asymmetry: random.integer(10 * ms...200 * ms))
            elect(0, at: 5 * second)
        case .lyingMinority:
            let size = Int(random.integer(3...8))
            addHosts(size, spread: 20 * ms, silent: 0)
            elect(size - 1, at: 5 * second)
            let most = size - (size / 2 + 1)
            let together = random.signed(ms...3 * second), mode = random.integer(0...4)
            for host in 0..<most {
                var lie = SimulationPlan.Lie()
                switch mode {
                case 0: (lie.even, lie.odd) = (together, together)
                case 1: (lie.even, lie.odd) = (together, -together)
                case 2:
                    let own = random.signed(ms...400 * ms)
                    (lie.even, lie.odd) = (own, own)
                case 3: lie.hold = random.integer(10...95)
                default: (lie.even, lie.odd) = (random.signed(30 * ms...200 * ms), 0)
                }
                if random.chance(60) { lie.statedError = random.integer(0...ms) }
                plan.plan(.lie(host: host, lie), at: random.integer(1...8 * second))
            }
        case .extremeLiar:
            let size = Int(random.integer(3...8))
            addHosts(size, spread: 20 * ms, silent: 0)
            plan.network.held = 0
            plan.isHealthy = true
            elect(size - 1, at: 5 * second)
            for host in 0..<(size - (size / 2 + 1)) {
                plan.plan(.lie(host: host, .extreme(&random)), at: random.integer(1...8 * second))
            }
        case .replay:
            addHosts(odd, spread: 50 * ms)
            plan.network = .init(delay: ms...30 * ms, loss: 5, duplication: 20, replay: 30)
            elect(0, at: 5 * second)
        case .suspend:
            addHosts(odd, spread: 30 * ms)
            plan.length = 70 * second
            elect(0, at: 5 * second)
            let host = random.index(below: odd), time = random.integer(6 * second...15 * second)
            plan.plan(.sleep(host: host), at: time)
            plan.plan(.wake(host: host), at: time + random.integer(second...45 * second))
        case .slew:
            addHosts(odd, spread: 30 * ms)
            elect(0, at: 5 * second)
            let host = random.index(below: odd), time = random.integer(6 * second...15 * second)
            plan.plan(.slew(host: host, partsPerBillion: random.signed(200_000...83_333_000)), at: time)
            plan.plan(.slew(host: host, partsPerBillion: 0), at: time + random.integer(second...8 * second))
        case .leapSecond:
            addHosts(odd, spread: 30 * ms)
            elect(0, at: 5 * second)
            plan.plan(.leapSecond, at: random.integer(6 * second...15 * second))
        case .rollingRestart:
            addHosts(odd, spread: 30 * ms)
            plan.length = 60 * second
            elect(odd - 1, at: 5 * second)
            for host in 0..<odd {
                let time = Int64(host + 1) * 9 * second
                plan.plan(.crash(host: host), at: time)
                plan.plan(.restart(host: host, offset: random.integer(-30 * ms...30 * ms)), at: time + 3 * second)
                if host == odd - 1 { elect(0, at: time + second) }
            }
        case .twoPrimaries:
            addHosts(odd, spread: 60 * ms)
            plan.network.loss = 2
            plan.length = 40 * second
            var time = 5 * second
            for turn in 0..<4 {
                let primary = turn % odd
                elect(primary, at: time)
                if random.chance(40) {
                    plan.plan(.futureFloor(random.integer(ms...900 * ms)), at: time + second)
                }
                isolate(primary, at: time + 3 * second)
                elect((primary + 1) % odd, at: time + 4 * second)
                plan.plan(.heal, at: time + 6 * second)
                time += 8 * second
            }
        case .everything:
            let size = Int(random.integer(3...7))
            addHosts(size, spread: 60 * ms)
            plan.network = .init(
                delay: ms...random.integer(2 * ms...60 * ms), asymmetry: random.chance(30) ? 40 * ms : 0,
                loss: random.integer(0...10), duplication: 5, replay: 5, held: 30, heldFor: random.integer(1...50 * ms),
                clogging: random.integer(0...3))
            plan.length = 60 * second
            wander()
            elect(0, at: 5 * second)
            for _ in 0..<random.integer(2...6) {
                let host = random.index(below: size), time = random.integer(6 * second...45 * second)
                switch random.integer(0...8) {
                case 0: plan.plan(.step(host: host, by: random.signed(ms...3_600 * second)), at: time)
                case 1:
                    plan.plan(.slew(host: host, partsPerBillion: random.signed(200_000...83_333_000)), at: time)
                    plan.plan(.slew(host: host, partsPerBillion: 0), at: time + random.integer(second...5 * second))
                case 2:
                    plan.plan(.sleep(host: host), at: time)
                    plan.plan(.wake(host: host), at: time + random.integer(second...40 * second))
                case 3:
                    plan.plan(.crash(host: host), at: time)
                    plan.plan(.restart(host: host, offset: random.signed(0...60 * ms)), at: time + 2 * second)
                case 4:
                    isolate(host, at: time)
                    plan.plan(.heal, at: time + random.integer(second...9 * second))
                case 5: elect(host, at: time)
                case 6: plan.plan(.cut(from: host, to: (host + 1) % size), at: time)
                case 7:
                    let lie = random.signed(ms...2 * second)
                    plan.plan(.lie(host: host, .init(even: lie, odd: lie, statedError: ms)), at: time)
                default: plan.plan(.leapSecond, at: time)
                }
            }
        }
        return plan
    }
}

/// One run of a scenario, from a seed.
package enum SimulationRun {
    /// - Returns: what was asserted, and how often.
    /// - Throws: the first violation.
    package static func counts(_ scenario: Scenario, seed: UInt64) throws(SimulationViolation) -> SimulationCounts {
        var simulation = Simulation(scenario, seed: seed)
        try simulation.run()
        return simulation.counts
    }

    /// The same run, with everything that happened, a line each: what led to a violation, if there is one.
    package static func trace(
        _ scenario: Scenario, seed: UInt64
    ) -> (lines: [String], counts: SimulationCounts, violation: SimulationViolation?) {
        var simulation = Simulation(scenario, seed: seed, traces: true)
        var violation: SimulationViolation?
        do throws(SimulationViolation) { try simulation.run() } catch { violation = error }
        return (simulation.trace ?? [], simulation.counts, violation)
    }
}
