import ClusterClock
import TickTime

/// One member of a simulated cluster, with what the checks must know of it.
final class SimulatedHost {
    let index: Int
    var clocks: HostClocks
    private(set) var clock: ClusterClock
    private var authority: LeadershipAuthority?
    var isUp = true
    /// Counts its boots: events that were planned for an earlier boot do not happen.
    var boots = 0
    var statedError: Int64?
    var lie: SimulationPlan.Lie?

    // Its state of the consensus.
    var leadership: Leadership?
    var seenView: UInt64 = 0
    var lastStamp: UTCInstant?
    var lastStampView: UInt64 = 0

    // What the premises of the checks need, in true time.
    /// Members whose false statements were accepted in this window: bit 0 is the host itself.
    var liars: UInt64 = 0
    /// Whether its stated error is wrong.
    var isOwnErrorFalse = false
    private(set) var windowBegan: Int64 = 0
    private var windowBoot: BootInstant
    var isBoundTrue = false
    var epochWindowBegan: Int64 = 0
    var hasAgreed = false
    /// The last instant at which its clocks ran beyond the bound, or at which it was not an honest clock for others.
    var lastOutOfRate: Int64 = -1
    var lastDishonest: Int64 = -1
    /// Whether something happened to its clocks that disrupts.
    var wasDisturbed = false
    /// A disturbance that it must report, and since when.
    var owes: (text: String, since: Int64)?
    /// How many reported disturbances have not been counted yet.
    var reported = 0

    init(
        _ index: Int, _ clocks: HostClocks, _ configuration: ClusterConfiguration, now: Int64
    ) throws(ClusterClockError) {
        self.index = index
        self.clocks = clocks
        let reading = clocks.reading(now, halfBracket: 50)
        clock = try ClusterClock(configuration, at: reading)
        windowBoot = reading.boot
        windowBegan = now
        authority = clock.takeLeadershipAuthority()
    }

    /// Restarts after a crash, with clocks that have no history.
    func restart(_ clocks: HostClocks, now: Int64) throws(ClusterClockError) {
        self.clocks = clocks
        let reading = clocks.reading(now, halfBracket: 50)
        clock = try ClusterClock(clock.configuration, at: reading)
        authority = clock.takeLeadershipAuthority()
        (isUp, leadership, lastStamp, owes) = (true, nil, nil, nil)
        boots += 1
        seenView = 0
        windowBoot = reading.boot
        beginWindow(now)
        lastDishonest = max(lastDishonest, now)
    }

    func token(view: UInt64, floor: UTCInstant) -> Leadership? {
        switch authority {
        case .some(let authority): authority.token(view: view, floor: floor)
        case .none: nil
        }
    }

    var isRunning: Bool { isUp && !clocks.isAsleep }

    /// The bit of a member, as this host counts them: itself, then the others by id.
    func bit(of member: Int) -> UInt64 {
        member == index ? 1 : 1 << UInt64(member < index ? member + 1 : member)
    }

    /// The member of a bit's place.
    func member(at place: Int) -> Int { place == 0 ? index : place <= index ? place - 1 : place }

    /// Lets `body` drive the clock, and records the results.
    func drive(
        _ now: Int64, _ body: (inout ClusterClock) throws(ClusterClockError) -> [ClusterNotice]
    ) throws(ClusterClockError) -> [ClusterNotice] {
        let notices = try body(&clock)
        for notice in notices {
            switch notice {
            case .agreed:
                guard let epoch = clock.snapshot.epoch else { continue }
                if case .bounded(let bound) = epoch.utcBound {
                    isBoundTrue = liars.nonzeroBitCount <= bound.liesTolerated && lastOutOfRate < windowBegan
                } else {
                    isBoundTrue = false
                }
                epochWindowBegan = windowBegan
                hasAgreed = true
            case .stepped, .suspended, .leapSecond, .slewed:
                if case .some = owes { reported += 1 }
                owes = nil
            default: break
            }
        }
        if clock.window.boot != windowBoot {
            windowBoot = clock.window.boot
            beginWindow(now)
        }
        return notices
    }

    private func beginWindow(_ now: Int64) {
        windowBegan = now
        liars = isOwnErrorFalse ? 1 : 0
    }
}
