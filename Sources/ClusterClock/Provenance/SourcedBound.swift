// A bound on UTC with its provenance: the only place where a bound is made.
//
//     NTP reply          offset ± (delay/2 + root delay/2 + max(root dispersion, 15 ppm · age of the reference))
//     chronyd            offset ± (root delay/2 + max(root dispersion, 15 ppm · age of the reference))
//     kernel             0 ± (maxerror + |offset|), if esterror was computed
//     operator           0 ± what the operator states
//     clockbound         0 ± the bound that it publishes, while it calls the clock synchronized
//     PTP                the exchanges with the parent ⊕ grandmaster's accuracy ⊕ steps · error of a hop
//     several NTP        the hull of the points that a majority of distinct clocks shares
//
// A statement that was made earlier grows by grow(1, age). All code that reports an error (the check, the choice
// of the best time, the anchor, a member's stated error, the journal, the gate, the view of the host) takes it from
// `interval` or `StatedError`, which only a referenced bound has. So a clock that nothing disciplines cannot state an
// error.
//
// Limit: a server sees one step of the chain. If it follows a server that runs free, its own reference looks good.
// Only the statement of the other server shows the problem.

public import TickTime

/// How far a source states that UTC is ahead of a clock, and the provenance of the statement.
public struct SourcedBound: Hashable, Sendable, BitwiseCopyable {
    /// How far UTC is ahead of the clock, as stated.
    public let offset: Nanoseconds
    /// The stated bounds, evidence or not; `nil` if none was computed.
    public let claim: OffsetInterval?
    public let provenance: BoundProvenance

    private init(_ offset: Nanoseconds, _ claim: OffsetInterval?, _ provenance: BoundProvenance) {
        self.offset = offset
        self.claim = provenance.isUnstated ? nil : claim
        self.provenance = provenance
    }

    /// The bounds as evidence: `nil` unless they are `referenced`.
    public var interval: OffsetInterval? { provenance == .referenced ? claim : nil }

    /// By how much the clock may be off UTC if nothing corrects it; `nil` without evidence.
    public var error: Nanoseconds? { interval.map { max($0.lower.magnitude, $0.upper.magnitude) } }

    /// The same statement `age` later: the clock may have drifted from UTC by 50 ppm.
    public func aged(by age: Nanoseconds) -> SourcedBound {
        SourcedBound(offset, claim?.widened(by: Self.growth(max(.zero, age))), provenance)
    }

    private static let growth = DriftGrowth(clocks: 1, driftBound: 50_000)
}

// MARK: - Sources of bounds

extension SourcedBound {
    /// What an NTP server or a daemon states.
    ///
    /// - Parameters:
    ///   - reference: the clock that it follows.
    ///   - own: the reference identifiers of this host.
    public init(
        _ offset: Nanoseconds, bound: Nanoseconds, reference: NTPReference, own: OwnReferences
    ) {
        self.init(offset, OffsetInterval(offset, bound: max(.zero, bound)), Self.provenance(of: reference, own))
    }

    private static func provenance(of reference: NTPReference, _ own: OwnReferences) -> BoundProvenance {
        if reference.isSetByHand { return .unstated(.setByHand) }
        if let why = reference.freeRunning { return .unreferenced(reference, why) }
        return own.ids.contains(reference.id) ? .circular(reference) : .referenced
    }

    /// The least dispersion for a reference of this age: 15 ppm (RFC 5905, PHI), rounded up. A server that states
    /// less leaves out its own drift since its clock was last set.
    public static func leastDispersion(ofReferenceAged age: Nanoseconds) -> Nanoseconds {
        Nanoseconds(Int64(clamping: (Int128(max(0, age.count)) * 15_000 + 999_999_999) / 1_000_000_000))
    }

    /// The kernel's report on its own clock (adjtimex(2)).
    ///
    /// `maxerror` counts only if a program computed it. systemd-timesyncd writes 0 for both errors. phc2sys
    /// writes `maxerror` 0 and leaves `esterror` at the 16 s of the boot. The kernel itself only lets `maxerror` grow
    /// by 500 ppm. STA_UNSYNC below the ceiling is no fault: chronyd without 'rtcsync' leaves it set.
    ///
    /// - Parameter offset: the part that is still to be corrected. It counts as an error in both directions.
    public init(
        kernelMaximumError maximum: Nanoseconds, estimatedError estimate: Nanoseconds, offset: Nanoseconds
    ) {
        let why: BoundProvenance.Unstated? =
            if maximum >= .seconds(16) {
                .kernelCeiling
            } else if estimate <= .zero {
                .kernelWithoutEstimate
            } else if estimate > maximum {
                .kernelContradiction
            } else {
                nil
            }
        self.init(
            offset, OffsetInterval(.zero, bound: max(.zero, maximum) +| offset.magnitude),
            why.map { .unstated($0) } ?? .referenced)
    }

    /// An operator's statement that a clock is off UTC by at most `error`.
    ///
    /// - Precondition: `error` is not negative.
    public init(operatorError error: Nanoseconds) {
        precondition(error >= .zero, "an error is not negative")
        self.init(.zero, OffsetInterval(.zero, bound: error), .referenced)
    }

    /// What a PTP clock states.
    ///
    /// - Parameters:
    ///   - offset: how far UTC is ahead of the clock.
    ///   - claim: the bounds, if they were computed.
    ///   - doubt: why they are no evidence; `nil` if they are.
    package init(ptpOffset offset: Nanoseconds, claim: OffsetInterval?, doubt: PTPDoubt?) {
        self.init(offset, claim, doubt.map { .doubtful($0) } ?? .referenced)
    }

    /// Bounds that are evidence by what made them: the points that a majority of servers or members shares, each with a
    /// referenced bound of its own, or the bound of a clockbound whose chronyd has no fault.
    package init(referenced interval: OffsetInterval) { self.init(interval.middle, interval, .referenced) }

    /// A statement read back from a record with its provenance.
    ///
    /// - Parameter provenance: its name; `nil` if the record has none.
    package init(offset: Nanoseconds, claim: OffsetInterval?, provenance: BoundProvenance) {
        self.init(offset, claim, provenance)
    }
}

/// The reference identifiers of a host: its IPv4 addresses, and the first four bytes of the MD5 of its IPv6
/// addresses. A server with one of these references follows that host.
public struct OwnReferences: Hashable, Sendable {
    public let ids: Set<UInt32>

    public init(_ ids: Set<UInt32> = []) { self.ids = ids }
}
