// The faults of a simulated station: each scenario draws its hosts, its network and its faults from a seed, and its
// fault happens in every run.

import Stations
import TickTime

/// A kind of fault of a station.
package enum StationScenario: String, CaseIterable, Sendable {
    /// Hosts and channels without a fault, and moves.
    case plannedMove = "planned-move"
    case primaryFailover = "primary-failover"
    /// The ceiling is at work: stamps are held where it was not raised in time.
    case ceiling
    case ownerDies = "owner-dies"
    /// The owner's process is stopped for any length.
    case ownerStopped = "owner-stopped"
    case ownerSuspended = "owner-suspended"
    case isolatedOwner = "isolated-owner"
    case storeLeaderless = "store-leaderless"
    case storeSlow = "store-slow"
    /// Answers to accepted writes are lost.
    case storeLostAnswers = "store-lost-answers"
    /// Either side of a move dies, or is stopped, at any step of it.
    case relayCrashPoints = "relay-crash-points"
    /// A clock drifts by more than the drift bound. That breaks the premise, and a violation must be seen.
    case clockBeyondRho = "clock-beyond-rho"
    /// UTC of a host steps, and its channel moves.
    case utcStepThenMove = "utc-step-then-move"
    /// The store is restored from a backup, and its revisions go back.
    case storeRestored = "store-restored"
    /// One host after another ends, moves its channels first, and comes back.
    case rollingUpgrade = "rolling-upgrade"
    case stationEverything = "station-everything"
    /// An operator removes the channel while it is on air, and puts it again as soon as that is accepted.
    case removedOnAir = "removed-on-air"

    /// Part of the seed.
    var number: UInt64 { 1_000 + UInt64(Self.allCases.firstIndex(of: self) ?? 0) }

    /// Whether its runs must violate a property, because the scenario breaks a premise on purpose.
    package var isToBreak: Bool { self == .clockBeyondRho }

    /// Properties whose premises must hold in the runs of a scenario.
    package var required: [String] {
        switch self {
        case .plannedMove, .utcStepThenMove: ["exclusive", "once", "nothing_lost"]
        case .primaryFailover, .ceiling: ["stamps_rise"]
        case .ownerDies: ["exclusive", "once", "gap", "stamps_rise"]
        case .relayCrashPoints, .rollingUpgrade, .removedOnAir: ["exclusive", "once"]
        case .clockBeyondRho: []
        case .ownerStopped, .ownerSuspended, .isolatedOwner, .storeLeaderless, .storeSlow, .storeLostAnswers,
            .storeRestored, .stationEverything:
            ["exclusive", "once", "stamps_rise"]
        }
    }

    private static let ms: Int64 = 1_000_000
    private static let second: Int64 = 1_000_000_000

    func plan(_ random: inout SimulationRandom) -> StationPlan {
        var plan = StationPlan()
        let (ms, second) = (Self.ms, Self.second)
        let isHot = random.chance(50)
        let rates = ["25", "60000/1001", "10"].compactMap { try? FrameRate(parsing: $0) }
        let rate = rates[random.index(below: rates.count)]
        let names = (0..<plan.hosts).map { "h\($0)" }
        let first = random.index(below: plan.hosts)
        plan.channels = [
            StationPlan.Channel(
                name: "one", rate: rate,
                spec: ChannelSpec(
                    hosts: (0..<plan.hosts).map { names[(first + $0) % plan.hosts] }, standby: isHot ? .hot : .cold))
        ]
        plan.backlog = random.chance(50) ? 40 * ms : 60 * second
        var time = 6 * second
        /// The same fault repeatedly, with pauses in which the station recovers.
        func again(_ pause: ClosedRange<Int64>, _ fault: (inout SimulationRandom) -> StationPlan.Fault) {
            while time < plan.length - 3 * second {
                plan.plan(fault(&random), at: time)
                time += random.integer(pause)
            }
            time = 6 * second
        }
        /// Faults of every kind in the network and the store, now and then.
        func trouble(_ slow: Int64, _ lost: Int64) {
            (plan.slow, plan.lostRequests, plan.lostAnswers) = (slow, lost, lost)
        }
        func anyLength(_ random: inout SimulationRandom) -> Int64 {
            random.chance(50) ? random.integer(10 * ms...900 * ms) : random.integer(second...9 * second)
        }
        /// Another channel, which prefers the next host, at another rate.
        func addSecondChannel() {
            let hosts = (1...plan.hosts).map { names[(first + $0) % plan.hosts] }
            plan.channels.append(
                StationPlan.Channel(
                    name: "two", rate: rates[random.index(below: rates.count)],
                    spec: ChannelSpec(hosts: hosts, standby: isHot ? .cold : .hot)))
        }
        func move(_ random: inout SimulationRandom) -> StationPlan.Fault {
            .move(random.chance(40) ? .fence : .soonest)
        }

        switch self {
        case .plannedMove:
            plan.movesAreWhole = true
            again(4 * second...6 * second, move)
        case .primaryFailover:
            trouble(1, 2)
            again(5 * second...8 * second) { random in
                random.chance(50)
                    ? .die(.primary, backAfter: random.integer(second...5 * second))
                    : .stop(.primary, for: anyLength(&random))
            }
        case .ceiling:
            trouble(6, 8)
            again(second...4 * second) { random in .leaderless(random.integer(100 * ms...2 * second)) }
        case .ownerDies:
            plan.gapLimit = plan.failureGapLimit
            again(14 * second...18 * second) { random in .die(.owner("one"), backAfter: 10 * second) }
        case .ownerStopped:
            trouble(1, 2)
            again(4 * second...8 * second) { random in .stop(.owner("one"), for: anyLength(&random)) }
        case .ownerSuspended:
            again(6 * second...9 * second) { random in .suspend(.owner("one"), for: anyLength(&random)) }
        case .isolatedOwner:
            plan.channels[0].spec.isolation = random.chance(50) ? .continue : .stop
            again(6 * second...9 * second) { random in
                let direction: StationPlan.Direction = [.both, .to, .from][random.index(below: 3)]
                return .cut(.owner("one"), for: anyLength(&random), direction)
            }
        case .storeLeaderless:
            again(4 * second...8 * second) { random in
                random.chance(30) ? .die(.owner("one"), backAfter: 2 * second) : .leaderless(anyLength(&random))
            }
        case .storeSlow:
            plan.delay = ms...400 * ms
            trouble(8, 2)
            again(5 * second...8 * second) { random in
                random.chance(50) ? move(&random) : .stop(.owner("one"), for: anyLength(&random))
            }
        case .storeLostAnswers:
            trouble(3, 25)
            again(3 * second...6 * second) { random in
                random.chance(60) ? move(&random) : .die(.owner("one"), backAfter: 2 * second)
            }
        case .relayCrashPoints:
            trouble(2, 5)
            while time < plan.length - 6 * second {
                plan.plan(move(&random), at: time)
                let host = random.index(below: plan.hosts)
                let who: StationPlan.Who = random.chance(50) ? .owner("one") : .host(host)
                let at = time + random.integer(0...4 * second)
                plan.plan(
                    random.chance(50)
                        ? .die(who, backAfter: random.integer(100 * ms...4 * second))
                        : .stop(who, for: anyLength(&random)), at: at)
                time += random.integer(6 * second...9 * second)
            }
        case .clockBeyondRho:
            again(5 * second...8 * second) { random in .stop(.owner("one"), for: anyLength(&random)) }
            // The owner's clock counts half of the time, so its tenure lasts twice as long as it says.
            plan.plan(.drift(.owner("one"), partsPerBillion: -500_000_000), at: 5 * second)
            plan.plan(.cut(.owner("one"), for: 20 * second, .both), at: 7 * second)
        case .utcStepThenMove:
            plan.movesAreWhole = true
            while time < plan.length - 6 * second {
                plan.plan(.clock(.host(random.index(below: plan.hosts)), by: random.signed(0...second)), at: time)
                plan.plan(move(&random), at: time + second)
                time += random.integer(7 * second...9 * second)
            }
        case .storeRestored:
            plan.plan(.save, at: random.integer(3 * second...8 * second))
            again(5 * second...8 * second) { random in
                random.chance(50) ? move(&random) : .die(.owner("one"), backAfter: second)
            }
            plan.plan(.restore, at: random.integer(14 * second...24 * second))
        case .rollingUpgrade:
            addSecondChannel()
            var host = random.index(below: plan.hosts)
            while time < plan.length - 6 * second {
                // A host that ends normally gives its tenure up, so that the others do not have to wait for its end.
                let isOrderly = random.chance(70)
                if random.chance(60) { plan.plan(.move(.soonest), at: time) }
                time += random.integer(4 * second...6 * second)
                if isOrderly { plan.plan(.release(host), at: time) }
                plan.plan(.die(.host(host), backAfter: random.integer(second...2 * second)), at: time + 600 * ms)
                host = (host + 1) % plan.hosts
                time += random.integer(2 * second...4 * second)
            }
        case .removedOnAir:
            trouble(3, 10)
            again(4 * second...8 * second) { random in
                switch random.index(below: 4) {
                case 0: .stop(.owner("one"), for: anyLength(&random))
                case 1: .cut(.owner("one"), for: anyLength(&random), .both)
                case 2: move(&random)
                default: .die(.owner("one"), backAfter: anyLength(&random))
                }
            }
            again(3 * second...6 * second) { _ in .removeAndPut }
        case .stationEverything:
            trouble(2, 4)
            if random.chance(30) { plan.channels[0].spec.isolation = .continue }
            if random.chance(50) { addSecondChannel() }
            again(second...4 * second) { random in
                switch random.index(below: 8) {
                case 0: .die(.owner("one"), backAfter: anyLength(&random))
                case 1: .die(.host(random.index(below: 3)), backAfter: anyLength(&random))
                case 2: .stop(.owner("one"), for: anyLength(&random))
                case 3: .suspend(.owner("one"), for: anyLength(&random))
                case 4: .cut(.owner("one"), for: anyLength(&random), .both)
                case 5: .leaderless(anyLength(&random))
                case 6: .cut(.host(random.index(below: 3)), for: anyLength(&random), .from)
                default: move(&random)
                }
            }
        }
        return plan
    }
}

/// What a seed decides for a run.
struct StationPlan: Sendable {
    enum Who: Sendable {
        case host(Int)
        /// The host that has a channel on air, when the fault happens.
        case owner(String)
        case primary
    }

    enum Direction: Sendable {
        case both
        case to
        case from
    }

    enum Fault: Sendable {
        case stop(Who, for: Int64)
        case suspend(Who, for: Int64)
        case die(Who, backAfter: Int64?)
        case cut(Who, for: Int64, Direction)
        case leaderless(Int64)
        case save
        case restore
        /// What a host believes of UTC and TAI changes.
        case clock(Who, by: Int64)
        case drift(Who, partsPerBillion: Int64)
        /// An operator asks for a move.
        case move(RelayRecord.Place)
        case release(Int)
        /// An operator removes every channel by force, and puts it again as soon as that is accepted.
        case removeAndPut
    }

    struct Channel: Sendable {
        let name: String
        let rate: FrameRate
        var spec: ChannelSpec
    }

    /// How often a host looks at what is due; it also looks after each answer.
    static let look: ClosedRange<Int64> = 60_000_000...180_000_000

    var hosts = 3
    var channels: [Channel] = []
    var length: Int64 = 40_000_000_000
    var timing = TenureTiming()
    /// Clocks drift by at most this, in parts per billion.
    var drift: Int64 = 50_000
    var delay: ClosedRange<Int64> = 300_000...20_000_000
    /// In percent.
    var slow: Int64 = 0
    var lostRequests: Int64 = 0
    var lostAnswers: Int64 = 0
    /// A longer backlog is skipped.
    var backlog: Int64 = 60_000_000_000
    /// Nothing else goes wrong, so that a move loses no tick.
    var movesAreWhole = false
    /// The longest time from an owner's death to the next delivery.
    var gapLimit: Int64?
    private(set) var faults: [(time: Int64, kind: Fault)] = []

    mutating func plan(_ fault: Fault, at time: Int64) { faults.append((time, fault)) }

    /// ttl, its growth, and the watch's delay, which is that of a poll; the preparation; two transactions; and four
    /// looks, because a host looks only at intervals. A host that ranks behind another one, which does not act, waits
    /// one interval more.
    var failureGapLimit: Int64 {
        let transaction = 2 * delay.upperBound, look = Self.look.upperBound
        return timing.observation.count + 2 * timing.interval.count + 200_000_000 + 3 * transaction + 4 * look
            + 100_000_000
    }
}
