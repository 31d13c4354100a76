internal import TickScheduling
public import TickTime

/// What a run saw of the host's clocks.
public struct ClockTally: Hashable, Sendable {
    /// Jumps of one kind.
    public struct Jumps: Hashable, Sendable {
        public internal(set) var count: Int64 = 0
        /// Their sum, with their signs.
        public internal(set) var total = Nanoseconds.zero
        /// The size of greatest magnitude, the earlier of equals.
        public internal(set) var largest: Nanoseconds?

        public init() {}

        init(_ tally: DivergenceMonitor.Tally) {
            count = Int64(tally.count)
            total = tally.total
            largest = tally.largest?.size
        }

        mutating func add(_ size: Nanoseconds) {
            count = count.addingClamped(1)
            total = Nanoseconds(total.count.addingClamped(size.count))
            if let largest, largest.count.magnitude >= size.count.magnitude { return }
            largest = size
        }
    }

    /// Steps of UTC, seen by divergence, and suspends.
    public internal(set) var steps = Jumps()
    public internal(set) var suspends = Jumps()
    /// How often timerfd saw CLOCK_REALTIME being set.
    public internal(set) var sets: Int64 = 0
    /// Records that a full ring dropped.
    public internal(set) var lostRecords: Int64 = 0
    /// UTC against the monotonic clock, since the first session's anchor, when it was read last.
    public internal(set) var divergence: Nanoseconds?
    /// What the hypervisor took from all CPUs between the first reading and the last; `nil` if the kernel does not
    /// report it.
    public internal(set) var stolen: Nanoseconds?
    private var lastStolen: Nanoseconds?

    public init() {}

    mutating func add(_ jump: ClockJump) {
        if jump.kind == .step { steps.add(jump.size) } else { suspends.add(jump.size) }
    }

    /// - Parameter total: since the boot.
    mutating func add(stolen total: Nanoseconds?) {
        guard let total else { return }
        let since = lastStolen.map { max(0, total.count.subtractingClamped($0.count)) } ?? 0
        stolen = Nanoseconds((stolen ?? .zero).count.addingClamped(since))
        lastStolen = total
    }
}

/// How many incidents there were of each kind, and the greatest of each kind, including those that are not listed.
public struct IncidentTally: Hashable, Sendable {
    private var counts: [RunIncident.Kind: Int64] = [:]
    private var greatest: [RunIncident.Kind: Nanoseconds] = [:]

    public init() {}

    mutating func add(_ incident: RunIncident) {
        counts[incident.kind, default: 0] += 1
        if let size = incident.size {
            let length = Nanoseconds(Int64(clamping: size.count.magnitude))
            greatest[incident.kind] = max(greatest[incident.kind] ?? .zero, length)
        }
    }

    public func count(of kind: RunIncident.Kind) -> Int64 { counts[kind] ?? 0 }

    /// The greatest size of a kind, without its sign; `nil` where there is none.
    public func greatest(of kind: RunIncident.Kind) -> Nanoseconds? { greatest[kind] }
}
