// One digest over every belief that the events produce. A replay of the same events must give the same digest on
// every host and with every build.

public import ClockView
public import MessageDigest

/// The views of one journal under several policies, and the digest of all their beliefs.
public struct BeliefFold: Sendable {
    /// In the order of the policies.
    public private(set) var views: [ClockView]
    /// How many events were applied.
    public private(set) var count = 0
    private var sha = SHA256()
    private var writer = CBORWriter(reserving: 160)

    public init(policies: [ClockView.Policy] = ClockView.Policy.allCases) {
        views = policies.map { ClockView(policy: $0) }
    }

    /// Takes the next event.
    ///
    /// - Throws: as `ClockView.apply`.
    public mutating func apply(_ event: EventEnvelope) throws(ClockViewError) {
        count += 1
        for index in views.indices {
            let before = views[index].now
            try views[index].apply(event)
            if views[index].now != before { note(index) }
        }
    }

    /// A belief that has changed: {ns, cut, domain, policy, provenance, uncertainty_ns}, in deterministic CBOR.
    private mutating func note(_ index: Int) {
        let (policy, now, cut) = (views[index].policy, views[index].now, count)
        writer.removeAll()
        writer.map { map in
            map.key("ns", unsigned: now.nanoseconds)
            map.key("cut", Int64(cut))
            map.key("domain", now.domain.rawValue)
            map.key("policy", policy.rawValue)
            map.key("provenance") { writer in
                if let event = now.provenance { writer.digest(event.digest) } else { writer.null() }
            }
            map.key("uncertainty_ns", unsigned: now.uncertaintyNanoseconds)
        }
        let bytes = writer.bytes
        sha.update(bytes.span)
    }

    /// SHA-256 over every belief that differed from the one before it, in the order of events and, for one event, of
    /// the policies; then over the number of events.
    public var digest: SHA256Digest {
        var sha = sha
        var writer = CBORWriter()
        writer.unsigned(UInt64(count))
        let bytes = writer.bytes
        sha.update(bytes.span)
        return sha.digest()
    }
}
