// The clock of one member of a cluster: a state machine that is given every reading and every reply, and has
// no clock, socket or thread of its own. A simulation and a live host run the same code.
//
//     gathering ───── a majority agrees ─────▶ synchronized ◀───────────┐
//                                               │        ▲              │
//                      a window without agreement        │ a majority   │ a majority
//                                               ▼        │ agrees       │ agrees
//                                             holding ───┘              │
//                                               │ older than 30 s       │
//                                               ▼                       │
//                                             expired ──────────────────┤
//                                                                       │
//     (any) ─ suspend past the epoch's rest, slew, leap ─▶ disrupted ───┘
//
// Every 500 ms each peer is asked for its time (`ping`). The replies become samples of a *window*: our UTC as
// it was read when the window began, carried on by BOOTTIME. At 3 s, and at every later sample, a majority
// is looked for; the first agreement is installed as the epoch, and the next window begins. At 10 s without
// one the window begins anew, and what was agreed before is held until it is 30 s old.
//
// A step of our own UTC falsifies neither epoch nor samples, which BOOTTIME carries; but the window's time is
// then not what UTC is any more, so a new window begins.

public import TickTime

/// One member's clock. Its caller reads the clocks, polls the peers every `pollInterval`, and hands in
/// what comes back.
public struct ClusterClock: Sendable {
    public let configuration: ClusterConfiguration
    /// What readers are given.
    public internal(set) var snapshot: ClusterSnapshot
    /// The others, by id.
    public internal(set) var peers: [PeerRecord]
    /// Why the last attempt to agree failed; `nil` after one that did not.
    public internal(set) var lastFailure: ClusterClockError?
    /// Our time in this window.
    public internal(set) var window: WindowTime
    /// How well UTC was read at the window's beginning.
    var windowHalfBracket: Nanoseconds
    var ownError: StatedError?
    var watch: HostWatch
    /// When a disturbance was last found that no agreement survives.
    var disruptedAt: BootInstant?
    /// The greatest stamp; only cluster stamps enter it.
    var last: UTCInstant?
    private var isAuthorityTaken = false

    /// - Throws: `ClusterClockError.invalidClusterConfiguration`.
    public init(_ configuration: ClusterConfiguration, at reading: HostReading) throws(ClusterClockError) {
        try configuration.validate()
        self.configuration = configuration
        snapshot = ClusterSnapshot(configuration)
        peers = configuration.peers.sorted().map { PeerRecord($0, polledEvery: configuration.pollInterval) }
        window = WindowTime(realtime: reading.realtime, boot: reading.boot)
        windowHalfBracket = reading.halfBracket
        watch = HostWatch(reading, driftBound: configuration.driftBound)
    }

    /// The maker of leadership tokens, for the host of the consensus; `nil` from the second call on.
    public mutating func takeLeadershipAuthority() -> LeadershipAuthority? {
        guard !isAuthorityTaken else { return nil }
        isAuthorityTaken = true
        return LeadershipAuthority()
    }

    /// How things stand, as of the last reading.
    public var status: ClusterStatus { snapshot.status(at: watch.last.boot) }

    // MARK: - What the host says

    /// States how far this host's UTC may be off true UTC; `nil` if unknown.
    public mutating func stateOwnError(_ error: StatedError?) {
        ownError = error
        snapshot.ownError = error
    }

    /// Says that a view was seen: a token of a lower one stamps no more.
    public mutating func observe(view: UInt64) { snapshot.view = max(snapshot.view, view) }

    /// Takes a reading of the host's clocks: finds what happened to them, and attempts to agree when it is time.
    ///
    /// - Returns: what happened, in order; empty as a rule.
    /// - Precondition: BOOTTIME has not fallen since the reading before.
    public mutating func advance(to reading: HostReading) -> [ClusterNotice] {
        let attemptedBefore = watch.last.boot -| window.boot >= configuration.windowMin
        var notices = notices(of: watch.take(reading), reading)
        guard !snapshot.isAlone else { return notices }
        let age = reading.boot -| window.boot
        if !attemptedBefore, age >= configuration.windowMin, let notice = attempt(at: reading) {
            notices.append(notice)
        }
        if reading.boot -| window.boot >= configuration.windowMax {
            snapshot.isHolding = true
            beginWindow(at: reading)
            notices.append(.windowClosed(lastFailure))
        }
        return notices
    }

    private mutating func notices(of findings: HostWatch.Findings, _ reading: HostReading) -> [ClusterNotice] {
        var notices: [ClusterNotice] = []
        if let suspend = findings.suspend {
            notices.append(.suspended(suspend))
            if let epoch = snapshot.epoch, reading.boot -| epoch.installed > configuration.epochLength {
                disrupt(.suspend(suspend), at: reading)
            }
        }
        if findings.isLeapSecond {
            notices.append(.leapSecond)
            disrupt(.leapSecond, at: reading)
        }
        if let rate = findings.slew {
            notices.append(.slewed(partsPerBillion: rate))
            disrupt(.slew(partsPerBillion: rate), at: reading)
        }
        if let step = findings.step, !findings.isLeapSecond {
            notices.append(.stepped(step))
            // What was said of our error was said of the UTC before.
            stateOwnError(nil)
            beginWindow(at: reading)
        }
        return notices
    }

    /// Withdraws what was agreed; a fresh window begins.
    private mutating func disrupt(_ cause: DisruptionCause, at reading: HostReading) {
        snapshot.epoch = nil
        snapshot.disruption = cause
        disruptedAt = reading.boot
        stateOwnError(nil)
        beginWindow(at: reading)
    }

    mutating func beginWindow(at reading: HostReading) {
        window = WindowTime(realtime: reading.realtime, boot: reading.boot)
        windowHalfBracket = reading.halfBracket
        for index in peers.indices { peers[index].sample = nil }
    }

    // MARK: - Stamps

    /// A stamp, for a primary; `last` is kept here. Readers on other threads use the snapshot, and one
    /// atomic maximum for all of them.
    ///
    /// - Throws: as `ClusterSnapshot.stamp`.
    public mutating func stamp(
        at reading: HostReading, _ leadership: Leadership
    ) throws(ClusterClockError) -> ClusterStamp {
        let stamp = try snapshot.stamp(at: reading.boot, realtime: reading.realtime, leadership, after: last)
        precondition(stamp.time >= last ?? stamp.time && stamp.time >= leadership.floor, "a stamp never falls")
        observe(view: leadership.view)
        last = stamp.time
        return stamp
    }
}

/// What a cluster clock found out.
public enum ClusterNotice: Hashable, Sendable {
    /// A majority agreed, and the agreement is in use.
    case agreed(Agreement)
    /// A window ended without an agreement; why its last attempt failed, if it had one.
    case windowClosed(ClusterClockError?)
    /// An attempt to agree failed; the window goes on.
    case notAgreed(ClusterClockError)
    /// Our UTC was set; forward is positive.
    case stepped(Nanoseconds)
    case suspended(Nanoseconds)
    case leapSecond
    /// Our clocks run beyond the bound against the raw oscillator.
    case slewed(partsPerBillion: Int64)
    /// Two samples of a peer, each with what drift may add, have no point in common: one of the two clocks
    /// drifts beyond the bound, was set, or lies.
    case inconsistent(NodeID, by: Nanoseconds)
    /// A peer restarted.
    case rebooted(NodeID)
    /// A peer says that its clocks were disrupted.
    case peerDisrupted(NodeID)
}
