import TickTime

/// What a station whose hosts do nothing but keep their tenures asks of etcd, on paper. The article `Scale` explains
/// the formulas. A test counts the requests of the rules in virtual time, and this program those of real ones.
struct StationTraffic {
    let hosts: Int
    var ttl = Nanoseconds.seconds(3)

    /// How often a host rewrites its record, and reads all records.
    var perHost: Double { 6e9 / Double(ttl.count) }

    /// How far ahead the primary saves its ceiling: `min(1 s, ttl/3)`.
    var lead: Nanoseconds { min(.seconds(1), Nanoseconds(ttl.count / 3)) }

    var rewritesPerSecond: Double { Double(hosts) * perHost }

    /// The primary saves its ceiling again when half of the lead is left.
    var ceilingsPerSecond: Double { 2e9 / Double(lead.count) }

    /// Each write is one transaction with one put: one entry of etcd's log, and one new revision.
    var writesPerSecond: Double { rewritesPerSecond + ceilingsPerSecond }

    /// Each host reads all records. The primary also reads them after each ceiling, mostly when a reading is due
    /// anyway.
    var readingsPerSecond: ClosedRange<Double> {
        let least = Double(hosts) * perHost
        return least...least + ceilingsPerSecond
    }

    /// The two hosts of a move read five times as often until it is over.
    func readingsPerSecond(moves: Int) -> Double { readingsPerSecond.upperBound + Double(2 * moves) * 4 * perHost }

    /// Each host watches all keys, so each write is told to each host.
    var eventsPerSecond: Double { writesPerSecond * Double(hosts) }

    /// A planned move: the operator's request, the seam, `ready`, the swap, and `settled`.
    static let transactionsOfMove = 5
    /// The swap writes `air` and `relay`.
    static let putsOfMove = 6
}
