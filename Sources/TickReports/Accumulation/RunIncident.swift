// The events of a run, as intervals. The log, the JSON, the journal's page, the run's page, the metrics and C show
// these same values; no other code words an incident.

internal import TickScheduling
public import TickTime

/// Something that happened in a run, from `begin` to `end`.
public struct RunIncident: Hashable, Sendable {
    /// What happened. The raw value is the name in JSON and metrics.
    public enum Kind: String, Hashable, Sendable, CaseIterable {
        /// Late ticks in a row, at least one of them late by 50 ms or more.
        case stall
        /// Ticks in a row that were not on time.
        case lateRun = "late_run"
        /// Late ticks in a row, some of them skipped, none a stall.
        case skipped
        /// A handler did not return for a long time.
        case handlerHangs = "handler_hangs"
        /// CLOCK_REALTIME stepped.
        case utcStep = "utc_step"
        /// CLOCK_REALTIME was set; the size is not known.
        case utcSet = "utc_set"
        /// The host was suspended.
        case suspend
        /// CLOCK_MONOTONIC is slewed.
        case monotonicRate = "monotonic_rate"
        /// Tick records were lost to a full ring.
        case recordsLost = "records_lost"
        /// The host refused a request, such as SCHED_FIFO.
        case refused
        /// The source of the timestamps changed.
        case sourceChanged = "source_changed"
        /// A peer of the cluster stopped answering, or answers again.
        case peerLost = "peer_lost"
        case peerBack = "peer_back"
        /// A session was succeeded by another.
        case succession
        /// The labels of house time were set again.
        case timecodeJam = "timecode_jam"
        /// The work of all sessions exceeded the available time.
        case overloaded
        /// A CPU quota stopped the process.
        case cpuThrottled = "cpu_throttled"
        /// An event that the node of a cluster noticed.
        case clusterAgreed = "cluster_agreed"
        case clusterNotAgreed = "cluster_not_agreed"
        case clusterUTCStep = "cluster_utc_step"
        case clusterSuspend = "cluster_suspend"
        case clusterLeapSecond = "cluster_leap_second"
        case clusterSlew = "cluster_slew"
        case clusterPeerInconsistent = "cluster_peer_inconsistent"
        case clusterPeerRebooted = "cluster_peer_rebooted"
        case clusterPeerDisrupted = "cluster_peer_disrupted"
        /// PTP bounds this host's UTC, no longer bounds it, or follows another grandmaster.
        case ptpBounds = "ptp_bounds"
        case ptpLost = "ptp_lost"
        case ptpGrandmaster = "ptp_grandmaster"
        /// PTP and the other sources of this host's UTC exclude each other.
        case sourcesContradict = "time_sources_contradict"

        /// Whether it is normal in a good run, so that a log need not warn.
        public var isRoutine: Bool {
            switch self {
            case .succession, .timecodeJam, .peerBack, .clusterAgreed, .ptpBounds: true
            default: false
            }
        }
    }

    public var kind: Kind
    /// When it began, by the schedule's UTC.
    public var begin: UTCInstant
    /// When it ended: `begin` for an event without a length; `nil` while it continues.
    public var end: UTCInstant?
    /// `begin` on the monotonic clock, where it is known.
    public var monotonic: MonotonicInstant?
    /// The session that it concerns, and the loop's number of it.
    public var session: String?
    public var sessionNumber: Int32?
    public var firstTick: Int64?
    public var lastTick: Int64?
    /// Delivered ticks that were not on time.
    public var lateTicks: Int64?
    public var skippedTicks: Int64?
    /// The label of the first tick.
    public var timecode: String?
    /// How late, how far or how long; for late ticks the greatest start lateness.
    public var size: Nanoseconds?
    /// The session's rate, by which `size` is counted in frames.
    public var rate: FrameRate?
    public var cause: String?
    /// How many, where the incident counts something.
    public var count: Int64?
    /// A description in words, without UTC.
    public var text: String

    /// What every incident has. The ticks of a session that it concerns are set after it.
    public init(
        _ kind: Kind, begin: UTCInstant, end: UTCInstant?, monotonic: MonotonicInstant? = nil, session: String? = nil,
        size: Nanoseconds? = nil, count: Int64? = nil, text: String
    ) {
        self.kind = kind
        self.begin = begin
        self.end = end
        self.monotonic = monotonic
        self.session = session
        self.size = size
        self.count = count
        self.text = text
    }

    /// `size` in frames of the session; `nil` without a size or a rate.
    public var frames: Double? {
        guard let size, let rate else { return nil }
        return Double(size.count) * Double(rate.numerator) / (Double(rate.denominator) * 1e9)
    }

    /// The line of a log: UTC to the millisecond, then what happened.
    public var line: String { "\(begin.iso8601Milliseconds)  \(text)" }
}

extension UTCInstant {
    /// `2026-01-02T03:04:05.678Z`, rounded down.
    var iso8601Milliseconds: String {
        let text = iso8601
        // Years beyond four digits are written as they are.
        return text.utf8.count == 30 ? "\(text.prefix(23))Z" : text
    }
}

extension JSONText {
    mutating func incidents(_ incidents: [RunIncident], further: Int) {
        array("incidents") { json in
            for incident in incidents { json.object { $0.incident(incident) } }
        }
        member("further_incidents", further)
    }

    private mutating func incident(_ incident: RunIncident) {
        member("kind", incident.kind.rawValue)
        member("utc_ns", incident.begin.nanoseconds)
        member("end_utc_ns", incident.end?.nanoseconds)
        if let session = incident.session { member("session", session) }
        if let first = incident.firstTick { member("first_tick", first) }
        if let last = incident.lastTick { member("last_tick", last) }
        if let late = incident.lateTicks { member("late_ticks", late) }
        if let skipped = incident.skippedTicks { member("skipped_ticks", skipped) }
        if let timecode = incident.timecode { member("timecode", timecode) }
        member("size_ns", incident.size?.count)
        if let frames = incident.frames { member("size_frames", frames, decimals: 2) }
        if let count = incident.count { member("count", count) }
        if let cause = incident.cause { member("cause", cause) }
        member("text", incident.text)
    }
}
