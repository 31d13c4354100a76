// What a turn's program printed: a latency a line, and lines that bear a name before their figure.

internal import TickTime

/// The figures of one turn, in ns, in the order of the ticks.
struct ContenderOutput {
    /// Against what the program asked for, of every tick.
    var lateness: [Int64] = []
    /// Ours: up to the first reading after each wait, where the others' lateness ends.
    var woke: [Int64] = []
    /// Against the exact grid, of one that keeps to something else.
    var grid: [Int64] = []
    /// Ours: CPU time of the tick thread.
    var thread: Int64?
    /// What the timer's own threads ran under, as they found it.
    var policy: String?

    /// How a line begins that bears a wake latency of ours.
    static let wokePrefix = "woke "
    static let gridPrefix = "grid "
    static let policyPrefix = "policy "

    /// - Throws: `BenchError.unreadable` unless there is a latency for each tick.
    init(_ contender: Contender, _ output: String, ticks: Int) throws(BenchError) {
        lateness.reserveCapacity(ticks)
        for line in output.split(separator: "\n") {
            if contender == .cyclictest {
                // Lines of another form are its header and its summary.
                let fields = line.split(separator: ":").map { $0.filter { $0 != " " } }
                guard fields.count == 3, Int(fields[0]) == 0, Int(fields[1]) != nil else { continue }
                if let value = Int64(fields[2]) { lateness.append(value) }
            } else if let value = Int64(line) {
                lateness.append(value)
            } else if let value = Self.figure(Self.wokePrefix, line) {
                woke.append(value)
            } else if let value = Self.figure(Self.gridPrefix, line) {
                grid.append(value)
            } else if line.hasPrefix(Self.policyPrefix) {
                policy = String(line.dropFirst(Self.policyPrefix.count))
            } else if let value = Self.figure(Turn.threadPrefix, line) {
                thread = value
            } else {
                throw .unreadable(program: contender.rawValue, "\"\(line)\"")
            }
        }
        guard lateness.count == ticks else {
            throw .unreadable(program: contender.rawValue, "\(lateness.count) latencies for \(ticks) ticks")
        }
        guard grid.isEmpty || grid.count == ticks else {
            throw .unreadable(program: contender.rawValue, "\(grid.count) distances from the grid for \(ticks) ticks")
        }
    }

    private static func figure(_ prefix: String, _ line: Substring) -> Int64? {
        line.hasPrefix(prefix) ? Int64(line.dropFirst(prefix.count)) : nil
    }

    /// The periods that passed without their tick having begun: every tick that is a period late, or, where one tick
    /// stands for several, as many as fit into its lateness.
    func missedPeriods(of contender: Contender, period: Int64) -> Int64 {
        lateness.reduce(0) { missed, late in
            missed + (contender.skipsPeriods ? max(0, late) / period : late >= period ? 1 : 0)
        }
    }

    /// How far a loop has moved from the exact grid between the first tenth of its ticks and the last: the least
    /// distance of each, for the least is what the waking has no part in.
    func drift(of contender: Contender, _ cell: JitterCell) -> Int64 {
        // It tells nothing but its lateness against its own grid, whose period is a whole number of microseconds.
        if contender == .cyclictest {
            let exact = (try? cell.rate.offset(ofTick: Int64(cell.ticks - 1)))?.count ?? 0
            return Int64(cell.ticks - 1) * cell.periodMicroseconds * 1_000 - exact
        }
        let distances = grid.isEmpty ? lateness : grid, tenth = max(1, distances.count / 10)
        return (distances.suffix(tenth).min() ?? 0) - (distances.prefix(tenth).min() ?? 0)
    }
}
