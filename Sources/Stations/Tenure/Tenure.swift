// A host's own tenure: the right to act, which it keeps by rewriting its record.
//
//     unknown ──read: none, released, ended──▶ claiming ──accepted──▶ held ──rewrite accepted──▶ held
//        │                                        ▲                     │
//        └──read: active──▶ observed ──unchanged──┘                     ├──comparison failed, not by an attempt of
//                              │ changed: observed again                │  its own──▶ unknown (a new role)
//                              ▼                                        └──release accepted──▶ released
//
// At most one request is on its way. A write without an answer counts as not accepted, and is read back: it may have
// been applied, and it may still be applied later. So attempts without an answer are kept until a later write of ours
// is accepted. The record is adopted only if it is exactly one of them; then the tenure counts from the instant at
// which that attempt was sent. Any other record ends the role. Answers to requests of an earlier role are ignored.
//
// `validUntil` may pass while the state is `held`. The host may then not act. A rewrite that is accepted later gives it
// the right again, because no host has ended its generation.

package import TickTime

/// The state machine of a host's tenure. The caller sends its requests, and passes the answers and the time.
package struct Tenure: Sendable {
    package enum State: Hashable, Sendable {
        /// It has not seen its record.
        case unknown
        /// Its record is of an active tenure that this process does not hold: an earlier process of this host, or
        /// another host under the same name.
        case observed
        /// It tries to begin a tenure.
        case claiming
        /// It holds the tenure. `validUntil` says until when it may act.
        case held
        /// It gave the tenure up.
        case released
    }

    /// What the caller must ask the store.
    package struct Request: Hashable, Sendable {
        package enum Kind: Hashable, Sendable {
            /// Read the host's record.
            case read
            /// Write the record if the revision of its last change is this; 0: if there is none. Otherwise read it.
            case write(HostRecord, ifRevision: Int64)
        }

        package let id: Int64
        package let kind: Kind
        /// The time limit of the request.
        package let timeLimit: Nanoseconds
    }

    /// The result of a request.
    package enum Answer: Hashable, Sendable {
        /// The record as it was read; after a write, because its comparison failed.
        case record(Stored<HostRecord>?)
        /// The write was accepted, at this revision.
        case accepted(revision: Int64)
        /// There is no answer. A write may have been applied, or be applied later.
        case none
    }

    package private(set) var state = State.unknown
    /// Until when this host may act: deliver on air, stamp. `nil`: not at all.
    package private(set) var validUntil: BootInstant?
    /// The generation that this process holds, or tries to.
    package private(set) var generation: Int64 = 0
    /// The revision of the record's last change, where it is this process's own.
    package private(set) var revision: Int64 = 0
    /// What this process stated with the rewrite that was accepted last. The store has that rewrite, or a later one of
    /// this process.
    package private(set) var accepted = HostPayload()
    /// The revision of the host's tenure record. Others compare it, and so does every transaction of this host.
    package private(set) var tenureRevision: Int64 = 0
    /// How often a tenure was lost.
    package private(set) var losses = 0

    private let timing: TenureTiming
    private let process: UInt64
    private var lastNumber: Int64 = 0
    private var lastID: Int64 = 0
    private var inFlight: (request: Request, sent: BootInstant)?
    /// Writes of this role without an answer, with the instants at which they were sent.
    private var open: [(record: HostRecord, sent: BootInstant)] = []
    private var nextDue: BootInstant?
    private var observation: HostObservation?
    private var claim: Stored<HostRecord>?
    private var mustReadBack = false
    private var wantsRelease = false
    /// What was written last, accepted or not. A ceiling that the store may have must not be lowered.
    private var written = HostPayload()

    /// No more open writes are kept, because the oldest of this many is older than its tenure.
    private static let openLimit = 16

    /// - Parameter process: a random number, which distinguishes the writes of this process from all others.
    package init(timing: TenureTiming, process: UInt64) {
        self.timing = timing
        self.process = process
    }

    /// Whether this host may act at an instant.
    package func isValid(at now: BootInstant) -> Bool { validUntil.map { now < $0 } ?? false }

    /// Gives the tenure up with the next request. The caller must have stopped acting.
    package mutating func release() {
        validUntil = nil
        wantsRelease = true
        nextDue = nil
    }

    /// Makes the next request due at once, because what the host states has changed.
    package mutating func hurry() { nextDue = nil }

    /// When the next request is due; `nil`: at once, unless one is on its way.
    package var due: BootInstant? { inFlight == nil ? nextDue : nil }

    func isDue(at now: BootInstant) -> Bool { inFlight == nil && nextDue.map { now >= $0 } ?? true }

    // MARK: - Requests

    /// The request to send now, if one is due. The caller sends it at once: the tenure counts from `now`.
    ///
    /// - Parameter payload: what the host says, if the rewrite gives it a tenure until this instant. After `release()`
    ///   its claims are the last ones of the channels that it names, and may be lower than those before.
    package mutating func request(
        at now: BootInstant, payload: (_ validUntil: BootInstant) -> HostPayload = { _ in HostPayload() }
    ) -> Request? {
        guard isDue(at: now), let kind = kind(at: now, payload) else { return nil }
        lastID += 1
        let request = Request(id: lastID, kind: kind, timeLimit: timing.interval)
        inFlight = (request, now)
        nextDue = now +| timing.interval
        return request
    }

    private mutating func kind(at now: BootInstant, _ payload: (BootInstant) -> HostPayload) -> Request.Kind? {
        let until = timing.validUntil(sent: now)
        if mustReadBack { return .read }
        switch state {
        case .unknown: return .read
        case .observed:
            guard observation?.mayEnd(at: now, timing) == true else { return .read }
            state = .claiming
            return claiming(payload(until))
        case .claiming: return claiming(payload(until))
        case .held:
            return .write(record(wantsRelease ? .released : .active, payload(until)), ifRevision: revision)
        case .released: return nil
        }
    }

    private mutating func claiming(_ payload: HostPayload) -> Request.Kind {
        // A store may contain any number. A number at the end of the range is not exceeded.
        let known = max(generation, claim?.record.generation ?? 0)
        generation = known == .max ? known : known + 1
        // An earlier process may have delivered what it claimed.
        if let claim { written = written.carrying(claim.record.payload) }
        return .write(record(.active, payload), ifRevision: claim?.revision ?? 0)
    }

    private mutating func record(_ state: HostRecord.State, _ payload: HostPayload) -> HostRecord {
        lastNumber += 1
        // An open write from before the release can no longer be applied after the release.
        written = state == .released ? payload.replacing(written) : payload.carrying(written)
        return HostRecord(
            generation: generation, state: state, attempt: .init(process: process, number: lastNumber),
            payload: written)
    }

    /// Whether a request on its way only reads.
    func isReading(_ id: Int64) -> Bool { inFlight.map { $0.request.id == id && $0.request.kind == .read } ?? false }

    // MARK: - Answers

    /// Takes the answer to a request, received at `now`.
    package mutating func receive(_ answer: Answer, to id: Int64, at now: BootInstant) {
        guard let (request, sent) = inFlight, request.id == id else { return }
        inFlight = nil
        switch (request.kind, answer) {
        case (.write(let record, _), .accepted(let revision)): adopt(record, sent, revision)
        case (.write(let record, _), .none):
            open.append((record, sent))
            if open.count > Self.openLimit { open.removeFirst() }
            mustReadBack = true
            nextDue = nil
        case (.read, .none), (.read, .accepted): break
        case (_, .record(let stored)):
            mustReadBack = false
            see(stored, at: now)
        }
    }

    /// The record, as the store has it, at an instant after `now`'s request was sent.
    private mutating func see(_ stored: Stored<HostRecord>?, at now: BootInstant) {
        if let stored, let place = open.firstIndex(where: { $0.record == stored.record }) {
            adopt(stored.record, open[place].sent, stored.revision)
            return
        }
        switch state {
        case .held:
            // The last write was not applied, so far.
            if let stored, stored.revision == revision { nextDue = nil } else { lose() }
        case .unknown, .observed, .claiming: observe(stored, at: now)
        case .released: break
        }
    }

    private mutating func observe(_ stored: Stored<HostRecord>?, at now: BootInstant) {
        claim = stored
        guard let stored, stored.record.state == .active else {
            state = wantsRelease ? .released : .claiming
            observation = nil
            nextDue = nil
            return
        }
        state = wantsRelease ? .released : .observed
        if observation?.revision != stored.revision {
            observation = HostObservation(revision: stored.revision, since: now)
        }
    }

    /// A write of this role is accepted.
    private mutating func adopt(_ record: HostRecord, _ sent: BootInstant, _ revision: Int64) {
        // Earlier writes can no longer be applied, because their comparison fails.
        open.removeAll { $0.record.attempt.number <= record.attempt.number }
        mustReadBack = false
        if state != .held { tenureRevision = revision }
        self.revision = revision
        generation = record.generation
        accepted = record.payload
        if record.state == .released {
            (state, validUntil) = (.released, nil)
            return
        }
        state = .held
        observation = nil
        guard !wantsRelease else { return }
        let until = timing.validUntil(sent: sent)
        validUntil = validUntil.map { max($0, until) } ?? until
    }

    private mutating func lose() {
        losses += 1
        (state, validUntil, revision, tenureRevision) = (.unknown, nil, 0, 0)
        accepted = HostPayload()
        (open, claim, observation) = ([], nil, nil)
        nextDue = nil
    }
}

/// How long a record has stood at one revision.
package struct HostObservation: Hashable, Sendable {
    package let revision: Int64
    /// When this host received that revision for the first time.
    package let since: BootInstant

    package init(revision: Int64, since: BootInstant) {
        self.revision = revision
        self.since = since
    }

    /// Whether another host may end the tenure, in a transaction that compares this very revision.
    package func mayEnd(at now: BootInstant, _ timing: TenureTiming) -> Bool { now -| since >= timing.observation }
}
