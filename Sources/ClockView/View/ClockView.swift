// What time it is, as a function of what was observed. No clock is read: a view is folded from recorded
// events, and says what whoever saw the same events must believe. Between two events nothing changes; a
// question about the past folds the events up to then, and finds what was believed then, not what is known
// now.
//
//     events   ─ Monotonic ─ Ntp ─ Rtc ─ tick ─ Monotonic ─ …        the same for everyone
//     policy   whom to trust                                         one's own
//     now      a value, its uncertainty, and the event that it rests on
//
// That an observation was recorded says nothing about its truth: an event may be wrong, and a policy decides
// what to make of it.

/// A belief about time, folded over events under a policy.
public struct ClockView: Sendable {
    /// What time is believed to be.
    public struct Time: Hashable, Sendable, BitwiseCopyable {
        /// What `nanoseconds` counts from.
        public enum Domain: String, Hashable, Sendable, CaseIterable, BitwiseCopyable {
            /// One host's boot.
            case monotonic
            /// 1970-01-01T00:00:00Z, POSIX.
            case unix
            /// Nothing: nothing is believed.
            case unknown
        }

        public let nanoseconds: UInt64
        public let uncertaintyNanoseconds: UInt64
        public let domain: Domain
        /// The event that made the belief what it is; `nil` while nothing is known. With the events before
        /// it, all of the belief follows.
        public let provenance: EventID?

        init(_ nanoseconds: UInt64, uncertainty: UInt64, _ domain: Domain, _ provenance: EventID?) {
            self.nanoseconds = nanoseconds
            self.uncertaintyNanoseconds = uncertainty
            self.domain = domain
            self.provenance = provenance
        }

        /// Nothing is known.
        public static let unknown = Time(0, uncertainty: .max, .unknown, nil)
    }

    /// A sample, and the event that brought it.
    public struct Record: Hashable, Sendable, BitwiseCopyable {
        public let sample: Sample
        public let event: EventID
    }

    /// The sample of each source that was applied last, whatever its value.
    public struct Latest: Hashable, Sendable, BitwiseCopyable {
        public internal(set) var monotonic: Record?
        public internal(set) var rtc: Record?
        public internal(set) var ntp: Record?
        public internal(set) var peerClaim: Record?
    }

    public let policy: Policy
    /// Every sample, in the order of applying.
    public private(set) var samples: [Record] = []
    public private(set) var latest = Latest()
    private var current = Time.unknown
    // What the policies that carry a time learnt.
    var weighted = WeightedOffset()
    var anchored = AnchoredOffset()
    var claimed = ClaimedOffset()

    public init(policy: Policy) { self.policy = policy }

    /// What is believed as of the last event.
    ///
    /// - Complexity: O(1).
    public var now: Time { current }

    /// Takes the next event. What is no observation of a clock is ignored.
    ///
    /// - Throws: `ClockViewError.decodingError`: it says that it is one, and is not; nothing has changed.
    /// - Complexity: O(1), amortized over the growth of `samples`.
    public mutating func apply(_ event: borrowing EventEnvelope) throws(ClockViewError) {
        guard event.isClockSample else { return }
        if let sample = Sample.wellFormed(event.payload.span) {
            return apply(Record(sample: sample, event: event.id))
        }
        do throws(CBORError) {
            // Refused, and why.
            apply(Record(sample: try Sample(decoding: event.payload), event: event.id))
        } catch { throw .decodingError(error, event.id) }
    }

    /// Takes the next events, in their order.
    ///
    /// - Throws: as `apply`, at the first that is refused; those before it have been taken.
    /// - Complexity: O(1) an event; no allocation but for `samples`.
    public mutating func apply(_ events: Span<EventEnvelope>) throws(ClockViewError) {
        // Grown once, and at least twofold, as an array grows by itself.
        var needed = samples.count
        for index in events.indices where events[index].isClockSample { needed += 1 }
        if needed > samples.capacity { samples.reserveCapacity(max(needed, 2 * samples.capacity)) }
        for index in events.indices { try apply(events[index]) }
    }

    private mutating func apply(_ record: Record) {
        let earlier = latest.monotonic?.sample
        samples.append(record)
        switch record.sample.source {
        case .monotonic: latest.monotonic = record
        case .rtc: latest.rtc = record
        case .ntp: latest.ntp = record
        case .peerClaim: latest.peerClaim = record
        }
        if let believed = believe(record, earlier: earlier) { current = believed }
    }

    /// What was believed when the first `cut` of these events were known.
    ///
    /// - Throws: `ClockViewError.cutOutOfBounds`, `.decodingError`.
    /// - Complexity: O(`cut`).
    public static func now(
        atCut cut: Int, of events: some Collection<EventEnvelope>, policy: Policy
    ) throws(ClockViewError) -> Time {
        guard cut >= 0, cut <= events.count else { throw .cutOutOfBounds(cut: cut, count: events.count) }
        var view = ClockView(policy: policy)
        for event in events.prefix(cut) { try view.apply(event) }
        return view.now
    }
}

/// Why a view could not answer.
public enum ClockViewError: Error, Hashable, Sendable {
    /// An event is tagged as the observation of a clock, and its payload is none.
    case decodingError(CBORError, EventID)
    /// There are fewer events than are asked about.
    case cutOutOfBounds(cut: Int, count: Int)
}

extension ClockViewError: CustomStringConvertible {
    public var description: String {
        switch self {
        case .decodingError(let error, let id):
            "the event \(id) is tagged \(ObservationType.clockSampleTag), and its payload is no clock sample: \(error)"
        case .cutOutOfBounds(let cut, let count):
            "there is no cut \(cut) of \(count) events; give 0 to \(count)"
        }
    }
}
