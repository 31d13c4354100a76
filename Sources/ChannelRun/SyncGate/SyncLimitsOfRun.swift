package import TickTime
package import TimeSyncAudit

extension SyncLimits {
    /// The limits that a command or a program asks for.
    ///
    /// - Parameters:
    ///   - pair: how far any two nodes may be apart; `nil`: the requirement's.
    ///   - utc: how far every node may be off UTC; `nil`: the requirement's, for a single node only.
    ///   - refusal: makes the failure of an invalid value.
    /// - Throws: `RunFailure`: a limit is 0, or above the requirement's.
    package init(
        pair: Nanoseconds?, utc: Nanoseconds?, refusal: (String) -> RunFailure
    ) throws(RunFailure) {
        self = .canon
        for (name, given, canon) in [("--limit-pair", pair, pairwise), ("--limit-utc", utc, alone)] {
            guard let given, given <= .zero || given > canon else { continue }
            throw refusal("\(name): give more than 0 and at most \(canon.count / 1_000_000)ms, the requirement")
        }
        pairwise = pair ?? pairwise
        alone = utc ?? alone
        comparesEveryNodeWithUTC = utc != nil
    }
}
