// Reads what a turn's program printed: one latency per line, and lines with a name before their figure.

internal import TickTime

/// The figures of one turn, in ns, in the order of the ticks.
struct ContenderOutput {
    /// The lateness of every tick against the time that the program asked for.
    var lateness: [Int64] = []
    /// Only ours: the lateness of the first reading after each wait, where the others' lateness ends.
    var woke: [Int64] = []
    /// The distance from the exact grid, for a program that does not keep it.
    var grid: [Int64] = []
    /// Only ours: the CPU time of the tick thread.
    var thread: Int64?
    /// The scheduling of the timer's threads, as these threads read it.
    var policy: String?

    /// The name that begins a line with one of our wake latencies.
    static let wokePrefix = "woke "
    static let gridPrefix = "grid "
    static let policyPrefix = "policy "

    /// - Throws: `BenchError.unreadable` if a tick has no latency.
    init(_ contender: Contender, _ output: String, ticks: Int) throws(BenchError) {
        lateness.reserveCapacity(ticks)
        for line in output.split(separator: "\n") {
            if contender == .cyclictest {
                // Other lines are its header and its summary.
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

    /// The periods that passed without the start of their tick: every tick that is at least a period late. If one
    /// tick counts for several, it is the number of periods in its lateness.
    func missedPeriods(of contender: Contender, period: Int64) -> Int64 {
        lateness.reduce(0) { missed, late in
            missed + (contender.skipsPeriods ? max(0, late) / period : late >= period ? 1 : 0)
        }
    }

    /// How far a loop has moved from the exact grid between the first tenth of its ticks and the last. The smallest
    /// distance of each tenth is used, because the wake-up latency affects it least.
    func drift(of contender: Contender, _ cell: JitterCell) -> Int64 {
        // The program only prints its lateness against its own grid, whose period is in whole microseconds.
        if contender == .cyclictest {
            let exact = (try? cell.rate.offset(ofTick: Int64(cell.ticks - 1)))?.count ?? 0
            return Int64(cell.ticks - 1) * cell.periodMicroseconds * 1_000 - exact
        }
        let distances = grid.isEmpty ? lateness : grid, tenth = max(1, distances.count / 10)
        return (distances.suffix(tenth).min() ?? 0) - (distances.prefix(tenth).min() ?? 0)
    }
}
