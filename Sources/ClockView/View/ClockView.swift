// What time it is, as a function of observations. A view reads no clock: it is folded from recorded events, and the
// same events always give the same belief. Between two events nothing changes. A question about the past folds the
// events up to that point, and returns what was believed then, not what is known now.
//
//     events   ─ Monotonic ─ Ntp ─ Rtc ─ tick ─ Monotonic ─ …        the same for everyone
//     policy   whom to trust                                         chosen by the reader
//     now      a value, its uncertainty, and the event that it came from
//
// A recorded observation is not always true: an event may be wrong, and the policy decides how to use it.

/// A belief about time, folded over events under a policy.
public struct ClockView: Sendable {
    /// The believed time.
    public struct Time: Hashable, Sendable, BitwiseCopyable {
        /// What `nanoseconds` counts from.
        public enum Domain: String, Hashable, Sendable, CaseIterable, BitwiseCopyable {
            /// One host's boot.
            case monotonic
            /// 1970-01-01T00:00:00Z, POSIX.
            case unix
            /// No clock: there is no belief.
            case unknown
        }

        public let nanoseconds: UInt64
        public let uncertaintyNanoseconds: UInt64
        public let domain: Domain
        /// The event that produced the belief; `nil` while nothing is known. The belief follows from this event and
        /// the events before it.
        public let provenance: EventID?

        init(_ nanoseconds: UInt64, uncertainty: UInt64, _ domain: Domain, _ provenance: EventID?) {
            self.nanoseconds = nanoseconds
            self.uncertaintyNanoseconds = uncertainty
            self.domain = domain
            self.provenance = provenance
        }

        /// No belief.
        public static let unknown = Time(0, uncertainty: .max, .unknown, nil)
    }

    /// A sample, and its event.
    public struct Record: Hashable, Sendable, BitwiseCopyable {
        public let sample: Sample
        public let event: EventID
    }

    /// The last applied sample of each source, whatever its value.
    public struct Latest: Hashable, Sendable, BitwiseCopyable {
        public internal(set) var monotonic: Record?
        public internal(set) var rtc: Record?
        public internal(set) var ntp: Record?
        public internal(set) var peerClaim: Record?
    }

    public let policy: Policy
    /// Every sample, in the order of application.
    public private(set) var samples: [Record] = []
    public private(set) var latest = Latest()
    private var current = Time.unknown
    // The offsets that the carrying policies learnt.
    var weighted = WeightedOffset()
    var anchored = AnchoredOffset()
    var claimed = ClaimedOffset()

    public init(policy: Policy) { self.policy = policy }

    /// The belief as of the last event.
    ///
    /// - Complexity: O(1).
    public var now: Time { current }

    /// Takes the next event. An event that is not a clock observation is ignored.
    ///
    /// - Throws: `ClockViewError.decodingError` if the event is tagged as a clock observation but does not hold one.
    ///   The view is then unchanged.
    /// - Complexity: O(1), amortized over the growth of `samples`.
    public mutating func apply(_ event: borrowing EventEnvelope) throws(ClockViewError) {
        guard event.isClockSample else { return }
        if let sample = Sample.wellFormed(event.payload.span) {
            return apply(Record(sample: sample, event: event.id))
        }
        do throws(CBORError) {
            // The refused event, and why.
            apply(Record(sample: try Sample(decoding: event.payload), event: event.id))
        } catch { throw .decodingError(error, event.id) }
    }

    /// Takes the next events, in their order.
    ///
    /// - Throws: as `apply`, at the first refused event; the events before it are applied.
    /// - Complexity: O(1) per event; the only allocation is for `samples`.
    public mutating func apply(_ events: Span<EventEnvelope>) throws(ClockViewError) {
        // One growth for all events, at least twofold, as an array grows by itself.
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

    /// The belief after the first `cut` of these events.
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
    /// An event is tagged as a clock observation, and its payload does not hold one.
    case decodingError(CBORError, EventID)
    /// A cut beyond the number of events.
    case cutOutOfBounds(cut: Int, count: Int)
}

extension ClockViewError: CustomStringConvertible {
    public var description: String {
        switch self {
        case .decodingError(let error, let id):
            "the event \(id) is tagged \(ObservationType.clockSampleTag), but its payload is not a clock sample: "
                + "\(error)"
        case .cutOutOfBounds(let cut, let count):
            "a cut after event \(cut) does not exist: there are \(count) events; give 0 to \(count)"
        }
    }
}
