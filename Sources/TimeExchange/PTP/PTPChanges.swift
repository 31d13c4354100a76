// What changes at a PTP clock while it is watched. A change of the grandmaster ends what was measured, so for a window's
// length there is no bound; that alone is no loss.

public import TickTime

/// A change at a PTP clock that an operator must see.
public enum PTPChange: Hashable, Sendable {
    /// It bounds UTC: for the first time, or again.
    case bounds(grandmaster: PTPClockIdentity)
    /// It bounds UTC no longer: why.
    case lost(String)
    /// Another grandmaster is followed. What was measured against the earlier one does not count.
    case grandmaster(from: PTPClockIdentity, to: PTPClockIdentity)

    /// The sentence for a log.
    public var text: String {
        switch self {
        case .bounds(let grandmaster): "PTP bounds this host's UTC, by grandmaster \(grandmaster)"
        case .lost(let why): "PTP does not bound this host's UTC: \(why)"
        case .grandmaster(let from, let to):
            "the PTP grandmaster changed from \(from) to \(to); what was measured before does not count"
        }
    }
}

/// Finds the changes in a row of findings.
public struct PTPChanges: Sendable {
    /// A bound that is missing for less than this is no loss: after a change of the grandmaster the window must fill.
    public static let patience = Nanoseconds.seconds(3)

    private var grandmaster: PTPClockIdentity?
    /// Whether the last change that was reported is a loss; `nil` before the first.
    private var isLost: Bool?
    /// Since when there is no bound.
    private var missing: BootInstant?

    public init() {}

    /// Takes a finding.
    ///
    /// - Parameters:
    ///   - grandmaster: the one that is followed; `nil` if nothing answers.
    ///   - fault: why there is no bound; `nil` if there is one.
    ///   - now: BOOTTIME.
    /// - Returns: the changes, in order.
    public mutating func take(
        grandmaster: PTPClockIdentity?, fault: String?, at now: BootInstant
    ) -> [PTPChange] {
        var changes: [PTPChange] = []
        if let grandmaster {
            if let earlier = self.grandmaster, earlier != grandmaster {
                changes.append(.grandmaster(from: earlier, to: grandmaster))
            }
            self.grandmaster = grandmaster
        }
        guard let fault else {
            missing = nil
            if isLost ?? true, let grandmaster { changes.append(.bounds(grandmaster: grandmaster)) }
            isLost = false
            return changes
        }
        let since = missing ?? now
        missing = since
        if isLost != true, now -| since >= Self.patience {
            isLost = true
            changes.append(.lost(fault))
        }
        return changes
    }
}
