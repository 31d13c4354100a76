// The clock of one member of a cluster: a state machine whose caller hands in every reading and every reply. It
// has no clock, socket or thread itself, so a simulation and a live host run the same code.
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
// Every 500 ms the node asks each peer for its time (`ping`). The replies become samples of a *window*: the UTC
// read when the window began, continued with BOOTTIME. At 3 s, and at every later sample, the clock looks for a
// majority. It installs the first agreement as the epoch, and the next window begins. If there is no agreement at 10
// s, the window starts again, and the previous agreement is held until it is 30 s old.
//
// A step of our own UTC does not falsify the epoch or the samples, because BOOTTIME continues them. But the
// window's time then differs from UTC, so a new window begins.

public import TickTime

/// The clock of one member. Its caller reads the clocks, polls the peers every `pollInterval`, and passes
/// the replies in.
public struct ClusterClock: Sendable {
    public let configuration: ClusterConfiguration
    /// The state that readers receive.
    public internal(set) var snapshot: ClusterSnapshot
    /// The other members, by id.
    public internal(set) var peers: [PeerRecord]
    /// Why the last attempt to agree failed; `nil` after one that did not.
    public internal(set) var lastFailure: ClusterClockError?
    /// Our time in this window.
    public internal(set) var window: WindowTime
    /// The uncertainty of the UTC reading at the window's beginning.
    var windowHalfBracket: Nanoseconds
    var ownError: StatedError?
    var watch: HostWatch
    /// When the last disturbance that withdraws an agreement was found.
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

    /// Creates the leadership tokens, for the host of the consensus; `nil` from the second call on.
    public mutating func takeLeadershipAuthority() -> LeadershipAuthority? {
        guard !isAuthorityTaken else { return nil }
        isAuthorityTaken = true
        return LeadershipAuthority()
    }

    /// How things stand, as of the last reading.
    public var status: ClusterStatus { snapshot.status(at: watch.last.boot) }

    // MARK: - Input from the host

    /// States how far this host's UTC may be off true UTC; `nil` if unknown.
    public mutating func stateOwnError(_ error: StatedError?) {
        ownError = error
        snapshot.ownError = error
    }

    /// Records that a view was seen. The tokens of lower views no longer allow stamps.
    public mutating func observe(view: UInt64) { snapshot.view = max(snapshot.view, view) }

    /// Takes a reading of the host's clocks: finds disturbances, and attempts to agree when an attempt is due.
    ///
    /// - Returns: what happened, in order; usually empty.
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
            // The stated error was about the UTC before the step.
            stateOwnError(nil)
            beginWindow(at: reading)
        }
        return notices
    }

    /// Withdraws the agreement, and begins a new window.
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

    /// A stamp, for a primary. This clock keeps `last`. Readers on other threads use the snapshot, and one atomic
    /// maximum that they all share.
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

/// What a cluster clock noticed.
public enum ClusterNotice: Hashable, Sendable {
    /// A majority agreed, and the agreement is in use.
    case agreed(Agreement)
    /// A window ended without an agreement; with the reason why its last attempt failed, if there was an attempt.
    case windowClosed(ClusterClockError?)
    /// An attempt to agree failed; the window continues.
    case notAgreed(ClusterClockError)
    /// Our UTC was set; forward is positive.
    case stepped(Nanoseconds)
    case suspended(Nanoseconds)
    case leapSecond
    /// Our clocks run beyond the bound against the raw oscillator.
    case slewed(partsPerBillion: Int64)
    /// Two samples of a peer, each widened by possible drift, have no point in common. So one of the two clocks
    /// drifts beyond the bound, was set, or lies.
    case inconsistent(NodeID, by: Nanoseconds)
    /// A peer restarted.
    case rebooted(NodeID)
    /// A peer reports that its clocks were disrupted.
    case peerDisrupted(NodeID)
}
