// Whether this host is the cluster's primary, in which view, and up to which time it may stamp.
//
//     following ──the record is absent, or its host's generation has ended──▶ taking ──accepted──▶ primary
//         ▲                                                                     │                    │
//         └──refused: another has it──────────────────────────────────────────┴──comparison failed,─┘
//                                                                                   or the tenure was lost
//
// The taking is one transaction that compares the record's revision and reads the ceiling: every ceiling that an
// earlier primary saved is in it, because a later save of that primary compares the record's revision and fails. So
//
//     view  = one more than the record's, and than any that this host ever saw
//     floor = the ceiling that was read, and no less than any stamp that this host ever saw
//
// and stamps never fall from one view to the next, even if hosts die. A stamp is given only below a ceiling whose
// saving was accepted, and before the tenure's `validUntil`.
//
// A transaction without an answer counts as refused until the records are read back. It may still be applied later:
// so each compares the revision of the very record that it writes, and an older ceiling never replaces a newer one.

package import TickTime

/// The state machine of one host's part as primary. The caller gives it the host's tenure and sends its requests.
package struct Primary: Sendable {
    package enum State: Hashable, Sendable {
        case following
        case taking
        case primary
    }

    /// The right to stamp that a host has.
    package struct Right: Hashable, Sendable {
        package let view: Int64
        /// No stamp of the view is below it.
        package let floor: UTCInstant
        /// Every stamp is below it.
        package let ceiling: UTCInstant

        package init(view: Int64, floor: UTCInstant, ceiling: UTCInstant) {
            (self.view, self.floor, self.ceiling) = (view, floor, ceiling)
        }
    }

    /// Why a stamp is refused.
    package enum Refusal: Error, Hashable, Sendable {
        case notPrimary
        case ceilingReached
    }

    package struct Request: Hashable, Sendable {
        package enum Kind: Hashable, Sendable {
            /// Read `primary`, `ceiling`, and the record of the host that `primary` names.
            case read
            /// Write `primary` if its revision and that of the host's own tenure are these, and read `ceiling`.
            case take(PrimaryRecord, ifRevision: Int64)
            /// Write `ceiling` under the same conditions, if its own revision is this.
            case save(CeilingRecord, ifRevision: Int64, ceilingRevision: Int64)
        }

        package let id: Int64
        package let kind: Kind
        package let timeLimit: Nanoseconds
    }

    /// The records as they were read.
    package struct Records: Hashable, Sendable {
        package var primary: Stored<PrimaryRecord>?
        package var ceiling: Stored<CeilingRecord>?
        /// The generation of the host that `primary` names, as its record has it; `nil` if it has none.
        package var holderGeneration: Int64?
        /// Whether that generation is over: ended by another host, or given up.
        package var holderIsOver: Bool

        package init(
            primary: Stored<PrimaryRecord>?, ceiling: Stored<CeilingRecord>?, holderGeneration: Int64?,
            holderIsOver: Bool
        ) {
            self.primary = primary
            self.ceiling = ceiling
            self.holderGeneration = holderGeneration
            self.holderIsOver = holderIsOver
        }

        /// Whether the host that `primary` names holds it no longer.
        var isFree: Bool {
            guard let primary else { return true }
            guard let holderGeneration else { return true }
            return holderGeneration > primary.record.generation || holderIsOver
        }
    }

    package enum Answer: Hashable, Sendable {
        case records(Records)
        /// The transaction was accepted at this revision; a taking also read the ceiling.
        case accepted(revision: Int64, ceiling: Stored<CeilingRecord>?)
        case none
    }

    package private(set) var state = State.following
    package private(set) var right: Right?
    /// What this host saw; the caller keeps it on disk before it acts on a new view.
    package private(set) var highest: HighestSeen
    /// The holder as it was last read.
    package private(set) var holder: PrimaryRecord?

    private let host: String
    private let timing: TenureTiming
    /// How far ahead of the time the ceiling is saved.
    private let lead: Nanoseconds
    private var generation: Int64?
    private var records: Records?
    private var revision: Int64 = 0
    private var lastID: Int64 = 0
    private var inFlight: (request: Request, sent: BootInstant)?
    private var nextDue: BootInstant?
    private var ceilingRevision: Int64 = 0
    /// Whether a saving has no answer yet: the ceiling is then read back before the next saving.
    private var hasOpenSave = false
    private var openTake: PrimaryRecord?

    /// - Parameter lead: 100 ms ... a third of the tenure's ttl, so that a ceiling lies in the past by the time that
    ///   another host can take over. Default: 1 s.
    package init(host: String, timing: TenureTiming, lead: Nanoseconds = .seconds(1), highest: HighestSeen = .init()) {
        precondition(
            lead >= .milliseconds(100) && lead.count <= timing.ttl.count / 3, "3 × the lead is at most the ttl")
        self.host = host
        self.timing = timing
        self.lead = lead
        self.highest = highest
    }

    /// States which generation the host holds; `nil`: none. A right under another generation is over.
    package mutating func holds(_ generation: Int64?) {
        guard generation != self.generation else { return }
        self.generation = generation
        if right != nil { lose() }
        // Answers to an earlier role are ignored.
        inFlight = nil
        (hasOpenSave, openTake) = (false, nil)
        nextDue = nil
    }

    /// Whether a stamp may be given.
    ///
    /// - Parameter tenure: the host's own.
    package func check(
        _ stamp: UTCInstant, _ tenure: Tenure, at now: BootInstant
    ) throws(Refusal) {
        guard let right, tenure.generation == generation, tenure.isValid(at: now) else { throw .notPrimary }
        guard stamp < right.ceiling else { throw .ceilingReached }
    }

    /// Notes a stamp that was given, or seen.
    package mutating func saw(stamp: UTCInstant) {
        highest.stampNanoseconds = max(highest.stampNanoseconds, stamp.nanoseconds)
    }

    // MARK: - Requests

    /// The request to send now, if one is due.
    ///
    /// - Parameter utc: the host's time, if it is bounded; without it no ceiling is raised and nothing is taken.
    package mutating func request(at now: BootInstant, utc: UTCInstant?) -> Request? {
        guard inFlight == nil, generation != nil, let kind = kind(at: now, utc) else { return nil }
        lastID += 1
        let request = Request(id: lastID, kind: kind, timeLimit: timing.interval)
        inFlight = (request, now)
        nextDue = now +| timing.interval
        return request
    }

    private mutating func kind(at now: BootInstant, _ utc: UTCInstant?) -> Request.Kind? {
        let isDue = nextDue.map { now >= $0 } ?? true
        if let right, !hasOpenSave, let utc {
            // Renewed when half of the lead is left.
            guard right.ceiling -| utc < Nanoseconds(lead.count / 2) else { return isDue ? .read : nil }
            let ceiling = CeilingRecord(view: right.view, utc: max(right.ceiling, utc +| lead))
            return .save(ceiling, ifRevision: revision, ceilingRevision: ceilingRevision)
        }
        guard isDue else { return nil }
        guard right == nil, let records, records.isFree, utc != nil, let generation, openTake == nil else {
            return .read
        }
        let known = max(records.primary?.record.view ?? 0, highest.view)
        guard known < .max else { return .read }
        state = .taking
        return .take(
            PrimaryRecord(host: host, generation: generation, view: known + 1),
            ifRevision: records.primary?.revision ?? 0)
    }

    // MARK: - Answers

    /// Takes the answer to a request.
    package mutating func receive(_ answer: Answer, to id: Int64, at now: BootInstant) {
        guard let (request, _) = inFlight, request.id == id else { return }
        inFlight = nil
        switch (request.kind, answer) {
        case (.take(let record, _), .accepted(let revision, let ceiling)): took(record, revision, ceiling)
        case (.save(let ceiling, _, _), .accepted(let revision, _)): raise(Stored(ceiling, revision: revision))
        case (.take(let record, _), .none): openTake = record
        case (.save, .none): hasOpenSave = true
        case (.read, .none), (.read, .accepted): break
        case (_, .records(let records)): see(records)
        }
        if case .read = request.kind {} else { nextDue = nil }
    }

    private mutating func see(_ records: Records) {
        self.records = records
        holder = records.primary?.record
        highest.view = max(highest.view, records.primary?.record.view ?? 0)
        hasOpenSave = false
        if let openTake {
            self.openTake = nil
            if let primary = records.primary, primary.record == openTake {
                // Its taking was applied. The ceiling read now is no less than the one at that instant.
                took(primary.record, primary.revision, records.ceiling)
                return
            }
        }
        if right != nil, records.primary?.revision != revision { lose() }
        // A saving of this view without an answer may have been applied.
        if let right, let ceiling = records.ceiling, ceiling.record.view == right.view { raise(ceiling) }
        if right == nil { state = .following }
    }

    private mutating func took(_ record: PrimaryRecord, _ revision: Int64, _ ceiling: Stored<CeilingRecord>?) {
        ceilingRevision = ceiling?.revision ?? 0
        let floor = max(ceiling?.record.utc ?? UTCInstant(nanoseconds: 0), highest.stamp)
        (state, self.revision) = (.primary, revision)
        highest.view = max(highest.view, record.view)
        holder = record
        records = nil
        // No stamp is allowed before a ceiling of its own is saved.
        right = Right(view: record.view, floor: floor, ceiling: floor)
    }

    private mutating func raise(_ ceiling: Stored<CeilingRecord>) {
        guard let right, ceiling.record.view == right.view else { return }
        ceilingRevision = ceiling.revision
        self.right = Right(view: right.view, floor: right.floor, ceiling: max(right.ceiling, ceiling.record.utc))
    }

    private mutating func lose() {
        (right, state, records, revision) = (nil, .following, nil, 0)
        hasOpenSave = false
    }
}
