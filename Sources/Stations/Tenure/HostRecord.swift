/// What a host states about itself in the store: the record `hosts/HOST`. The host rewrites it all the time.
package struct HostRecord: Hashable, Sendable, Codable {
    /// Identifies one write of a record: the process that wrote it, and the number of the write in that process.
    package struct Attempt: Hashable, Sendable, Codable {
        package let process: UInt64
        package let number: Int64

        package init(process: UInt64, number: Int64) {
            self.process = process
            self.number = number
        }
    }

    package enum State: String, Hashable, Sendable, Codable {
        /// The host acts, until its tenure ends.
        case active
        /// The host itself gave its tenure up: it no longer acts under this generation.
        case released
        /// Another host ended the tenure.
        case ended
    }

    /// The number of the tenure. Each tenure of a host, and each ending by another host, raises it.
    package var generation: Int64
    package var state: State
    package var attempt: Attempt
    package var payload: HostPayload

    package init(generation: Int64, state: State, attempt: Attempt, payload: HostPayload = HostPayload()) {
        self.generation = generation
        self.state = state
        self.attempt = attempt
        self.payload = payload
    }
}

/// What a host states with each rewrite, besides its tenure.
package struct HostPayload: Hashable, Sendable, Codable {
    /// What the host may have put on air, by channel. An entry outlives the tenure: the next owner begins beyond it.
    package var claims: [String: AirClaim]
    package var fitness: HostFitness

    package init(claims: [String: AirClaim] = [:], fitness: HostFitness = HostFitness()) {
        self.claims = claims
        self.fitness = fitness
    }

    /// The claims with the greater ceiling of each channel: a host that wrote a ceiling may have delivered up to it.
    package func carrying(_ earlier: HostPayload) -> HostPayload {
        var payload = self
        payload.claims.merge(earlier.claims) { own, old in
            AirClaim(phase: own.phase, tickCeiling: max(own.tickCeiling, old.tickCeiling))
        }
        return payload
    }

    /// These claims, and the earlier ones of other channels.
    func replacing(_ earlier: HostPayload) -> HostPayload {
        var payload = self
        payload.claims.merge(earlier.claims) { own, _ in own }
        return payload
    }
}

/// How far a host may deliver a channel under its tenure.
package struct AirClaim: Hashable, Sendable, Codable {
    /// Where the channel's ticks fall on this host's clocks.
    package var phase: PhaseRecord
    /// The last tick whose deadline lies before the `validUntil` that this rewrite gives.
    package var tickCeiling: Int64

    package init(phase: PhaseRecord, tickCeiling: Int64) {
        self.phase = phase
        self.tickCeiling = tickCeiling
    }
}

/// Whether a host can carry channels.
package struct HostFitness: Hashable, Sendable, Codable {
    /// The bound on the error of its clock, in nanoseconds: against TAI, or against the cluster's clocks if no majority of
    /// the cluster states its error; `nil`: unknown.
    package var clockBoundNanoseconds: Int64?
    /// Why it takes no channel; `nil`: it can take channels.
    package var reason: String?
    /// Why it does not take certain channels, by channel: the program that consumes the ticks has not joined; `nil`: it
    /// can take all channels.
    package var refusedChannels: [String: String]?

    package init(
        clockBoundNanoseconds: Int64? = nil, reason: String? = nil, refusedChannels: [String: String]? = nil
    ) {
        self.clockBoundNanoseconds = clockBoundNanoseconds
        self.reason = reason
        self.refusedChannels = refusedChannels
    }

    /// Why the host may not carry this channel, which accepts this clock bound; `nil`: it may.
    package func refusal(of channel: String, accepting bound: Int64) -> String? {
        refusal(accepting: bound) ?? refusedChannels?[channel]
    }

    /// Why the host may not carry any channel that accepts this clock bound; `nil`: there is no reason that applies to
    /// all channels.
    package func refusal(accepting bound: Int64) -> String? {
        if let reason { return reason }
        guard let clockBoundNanoseconds else { return "the bound of its clock is unknown" }
        guard clockBoundNanoseconds <= bound else {
            return "the bound of its clock is \(clockBoundNanoseconds) ns; the channel accepts \(bound) ns"
        }
        return nil
    }
}

/// Only the tenure: the record `tenures/HOST`, written only when a tenure begins or ends. Transactions compare this
/// record, so they do not fail when the host rewrites `hosts/HOST`.
package struct TenureRecord: Hashable, Sendable, Codable {
    package var generation: Int64
    package var state: HostRecord.State

    package init(generation: Int64, state: HostRecord.State) {
        self.generation = generation
        self.state = state
    }

    package init(_ record: HostRecord) { self.init(generation: record.generation, state: record.state) }
}

/// A record with the revision of its last change.
package struct Stored<Record: Hashable & Sendable>: Hashable, Sendable {
    package let record: Record
    package let revision: Int64

    package init(_ record: Record, revision: Int64) {
        self.record = record
        self.revision = revision
    }
}
