public import ClockView
public import TickTime

/// What the payload of one kind of observation holds.
protocol JournalPayload: Sendable {
    /// The ASCII tag whose SHA-256 is the observation's type.
    static var tag: String { get }
    func write(to map: inout CBORMapWriter)
    init(from map: inout CBORMapReader) throws(CBORError)
}

/// An event of a journal, decoded.
public enum JournalRecord: Hashable, Sendable {
    /// The run begins. The first event.
    case runBegan(RunBeginning)
    /// The result of the check of the host's clock before the run.
    case timeSync(TimeSyncRecord)
    /// The host of the run.
    case runHost(RunHostRecord)
    /// The service levels of a session, and the labels of its ticks.
    case serviceLevel(ServiceLevelRecord)
    case sessionLabels(SessionLabelsRecord)
    /// CPU time that the hypervisor had taken, at an instant.
    case stolenTime(StolenTimeRecord)
    /// A session is anchored; written before the first of its ticks.
    case session(SessionAnchor)
    /// A block of its plan.
    case block(BlockRecord)
    /// A tick was delivered.
    case tick(TickEntry)
    /// A clock was read.
    case clock(ClockView.Sample)
    /// The kernel's report on its clock.
    case kernelClock(KernelClockRecord)
    /// The state of the time, as a member of a cluster saw it.
    case cluster(ClusterRecord)
    /// CLOCK_REALTIME stepped, found by its divergence.
    case wallStep(ClockJumpRecord)
    /// CLOCK_REALTIME was set, reported by timerfd, which does not give the size.
    case wallSet(UTCInstant)
    /// The host was suspended.
    case suspend(ClockJumpRecord)
    /// CLOCK_MONOTONIC is slewed.
    case monotonicRate(MonotonicRateRecord)
    /// A handler hangs, or has returned.
    case handlerHang(HandlerHangRecord)
    /// An incident that no other record shows.
    case incident(IncidentRecord)
    /// This many tick records were lost since the last such record.
    case recordsLost(Int64)
    /// A session was removed; its last ticks may follow.
    case sessionRemoved(Int32)
    /// A session ended, and all of its ticks are recorded.
    case sessionEnded(SessionEnding)
    /// The run ended. The last event.
    case runEnded(RunEnding)

    public static let wallStepTag = "OBS_WALL_STEP_V0"
    public static let wallSetTag = "OBS_WALL_SET_V0"
    public static let suspendTag = "OBS_SUSPEND_V0"
    public static let sessionRemovedTag = "OBS_SESSION_REMOVED_V0"
    public static let recordsLostTag = "OBS_RECORDS_LOST_V0"

    /// Every tag of a journal's records.
    public static let tags = [
        RunBeginning.tag, SessionAnchor.tag, BlockRecord.tag, TickEntry.tag, ObservationType.clockSampleTag,
        KernelClockRecord.tag, TimeSyncRecord.tag, RunHostRecord.tag, ServiceLevelRecord.tag,
        SessionLabelsRecord.tag, StolenTimeRecord.tag, ClusterRecord.tag, wallStepTag, wallSetTag, suspendTag,
        MonotonicRateRecord.tag, HandlerHangRecord.tag, IncidentRecord.tag,
        recordsLostTag, sessionRemovedTag, SessionEnding.tag, RunEnding.tag,
    ]

    /// The tag of each type.
    private static let tagsByType = Dictionary(uniqueKeysWithValues: tags.map { (ObservationType(tag: $0), $0) })
    private static let typesByTag = Dictionary(uniqueKeysWithValues: tags.map { ($0, ObservationType(tag: $0)) })

    /// The tag of an observation's type; `nil` if no journal record has it.
    public static func tag(of type: ObservationType) -> String? { tagsByType[type] }

    public var tag: String {
        switch self {
        case .runBegan: RunBeginning.tag
        case .session: SessionAnchor.tag
        case .block: BlockRecord.tag
        case .tick: TickEntry.tag
        case .clock: ObservationType.clockSampleTag
        case .kernelClock: KernelClockRecord.tag
        case .cluster: ClusterRecord.tag
        case .timeSync: TimeSyncRecord.tag
        case .runHost: RunHostRecord.tag
        case .serviceLevel: ServiceLevelRecord.tag
        case .sessionLabels: SessionLabelsRecord.tag
        case .stolenTime: StolenTimeRecord.tag
        case .wallStep: Self.wallStepTag
        case .wallSet: Self.wallSetTag
        case .suspend: Self.suspendTag
        case .monotonicRate: MonotonicRateRecord.tag
        case .handlerHang: HandlerHangRecord.tag
        case .incident: IncidentRecord.tag
        case .recordsLost: Self.recordsLostTag
        case .sessionRemoved: Self.sessionRemovedTag
        case .sessionEnded: SessionEnding.tag
        case .runEnded: RunEnding.tag
        }
    }

    public var observationType: ObservationType {
        if let type = Self.typesByTag[tag] { return type }
        preconditionFailure("every record has a type")
    }

    func write(to writer: inout CBORWriter) {
        if case .clock(let sample) = self { return writer.sample(sample) }
        writer.map { map in
            switch self {
            case .runBegan(let record): record.write(to: &map)
            case .session(let record): record.write(to: &map)
            case .block(let record): record.write(to: &map)
            case .tick(let record): record.write(to: &map)
            case .clock: break
            case .kernelClock(let record): record.write(to: &map)
            case .cluster(let record): record.write(to: &map)
            case .timeSync(let record): record.write(to: &map)
            case .runHost(let record): record.write(to: &map)
            case .serviceLevel(let record): record.write(to: &map)
            case .sessionLabels(let record): record.write(to: &map)
            case .stolenTime(let record): record.write(to: &map)
            case .wallStep(let record), .suspend(let record): record.write(to: &map)
            case .wallSet(let utc): map.key("utc_ns", utc)
            case .monotonicRate(let record): record.write(to: &map)
            case .handlerHang(let record): record.write(to: &map)
            case .incident(let record): record.write(to: &map)
            case .recordsLost(let count): map.key("count", count)
            case .sessionRemoved(let session): map.key("session", Int64(session))
            case .sessionEnded(let record): record.write(to: &map)
            case .runEnded(let record): record.write(to: &map)
            }
        }
    }

    /// What an event records; `nil` for an event that is not a journal record, or is of a later kind.
    ///
    /// - Throws: `CBORError`, with offsets in the payload.
    public init?(_ event: EventEnvelope) throws(CBORError) {
        guard event.kind == EventEnvelope.observation, let type = event.observationType, let tag = Self.tag(of: type)
        else { return nil }
        if tag == ObservationType.clockSampleTag {
            self = .clock(try ClockView.Sample(decoding: event.payload))
            return
        }
        var reader = CBORReader(event.payload)
        self = try reader.map { (map) throws(CBORError) in try JournalRecord(tag, &map) }
        try reader.finish()
    }

    private init(_ tag: String, _ map: inout CBORMapReader) throws(CBORError) {
        switch tag {
        case RunBeginning.tag: self = .runBegan(try RunBeginning(from: &map))
        case SessionAnchor.tag: self = .session(try SessionAnchor(from: &map))
        case BlockRecord.tag: self = .block(try BlockRecord(from: &map))
        case TickEntry.tag: self = .tick(try TickEntry(from: &map))
        case KernelClockRecord.tag: self = .kernelClock(try KernelClockRecord(from: &map))
        case ClusterRecord.tag: self = .cluster(try ClusterRecord(from: &map))
        case TimeSyncRecord.tag: self = .timeSync(try TimeSyncRecord(from: &map))
        case RunHostRecord.tag: self = .runHost(try RunHostRecord(from: &map))
        case ServiceLevelRecord.tag: self = .serviceLevel(try ServiceLevelRecord(from: &map))
        case SessionLabelsRecord.tag: self = .sessionLabels(try SessionLabelsRecord(from: &map))
        case StolenTimeRecord.tag: self = .stolenTime(try StolenTimeRecord(from: &map))
        case Self.wallStepTag: self = .wallStep(try ClockJumpRecord(from: &map))
        case Self.wallSetTag: self = .wallSet(try map.utc("utc_ns"))
        case Self.suspendTag: self = .suspend(try ClockJumpRecord(from: &map))
        case MonotonicRateRecord.tag: self = .monotonicRate(try MonotonicRateRecord(from: &map))
        case HandlerHangRecord.tag: self = .handlerHang(try HandlerHangRecord(from: &map))
        case IncidentRecord.tag: self = .incident(try IncidentRecord(from: &map))
        case Self.recordsLostTag: self = .recordsLost(try map.count("count"))
        case Self.sessionRemovedTag: self = .sessionRemoved(try map.session())
        case SessionEnding.tag: self = .sessionEnded(try SessionEnding(from: &map))
        case RunEnding.tag: self = .runEnded(try RunEnding(from: &map))
        default: preconditionFailure("every known tag is decoded")
        }
    }
}
