import TickReports
import TickTime

/// The times of the machine's CPUs, or of a process, from /proc. The kernel counts in ticks of 10 ms.
struct ProcessorTicks: Hashable {
    var busy: Int64 = 0
    var waitingForDisk: Int64 = 0
    var total: Int64 = 0

    /// - Parameter text: the text of /proc/stat.
    init?(stat text: String) {
        guard let line = text.split(separator: "\n").first(where: { $0.hasPrefix("cpu ") }) else { return nil }
        // user nice system idle iowait irq softirq steal.
        let times = line.split(separator: " ").dropFirst().prefix(8).compactMap { Int64($0) }
        guard times.count == 8 else { return nil }
        total = times.reduce(0, +)
        waitingForDisk = times[4]
        busy = total - times[3] - times[4]
    }

    /// The CPU time of a process in ticks: user and system.
    ///
    /// - Parameter text: the text of /proc/PID/stat.
    static func process(_ text: String) -> Int64? {
        // The name in parentheses may hold blanks.
        guard let end = text.lastIndex(of: ")") else { return nil }
        let fields = text[text.index(after: end)...].split(separator: " ")
        guard fields.count > 12, let user = Int64(fields[11]), let system = Int64(fields[12]) else { return nil }
        return user + system
    }
}

/// What the hosts of one step came to.
struct LoadStep {
    let hosts: Int
    /// How long it was measured, in seconds.
    let seconds: Double
    let traffic: StationTraffic
    var rewrites: [Int64] = []
    var unanswered = 0
    var refused = 0
    var otherTransactions = 0
    var readings: [Int64] = []
    var failedReadings = 0
    /// Hosts without their right at the end, and how often a right was over or a tenure lost meanwhile.
    var withoutTenure = 0
    var lapses = 0
    var losses = 0
    var bytes: Int64 = 0
    var revisions: Int64 = 0
    var databaseBytes: Int64 = 0
    /// Shares of one CPU, in percent.
    var etcdCPU: [Double] = []
    var generatorCPU = 0.0
    /// Shares of the machine, in percent.
    var machineBusy = 0.0
    var machineWaiting = 0.0
    var cpus = 1
    /// How late a turn of the hosts was at most, in ns.
    var greatestDelay: Int64 = 0
    var agent = LoadDriver.Agent()

    /// The share of rewrites that may be without an answer in time.
    static let acceptedShare = 0.001

    var limit: Nanoseconds { Nanoseconds(traffic.ttl.count / 6) }
    /// Rewrites that needed more than ttl/6: those without an answer, and the refused and late ones.
    var late: Int { unanswered + rewrites.count { $0 > limit.count } }
    var lateShare: Double { share(late, of: rewrites.count + unanswered + refused) }
    var acceptedPerSecond: Double { Double(rewrites.count) / seconds }
    var readingsPerSecond: Double { Double(readings.count) / seconds }
    var megabytesPerSecond: Double { Double(bytes) / seconds / 1e6 }
    var failedShare: Double { share(failedReadings, of: readings.count + failedReadings) }

    /// The CPU time that a whole agent needs for its readings and its watch, as a share of one CPU in percent.
    var agentCPU: Double {
        let reading = agent.readings.isEmpty ? 0 : Self.percentile(agent.readings.map(\.cpu), 50)
        return 100 * (Double(reading) * traffic.perHost + Double(agent.watchCPU) / seconds) / 1e9
    }

    /// Why the step was too much; `nil`: it was not.
    var excess: String? {
        var reasons: [String] = []
        if lateShare > Self.acceptedShare { reasons.append("\(Self.fixed(100 * lateShare, 2)) % of the rewrites late") }
        if failedShare > Self.acceptedShare {
            reasons.append("\(Self.fixed(100 * failedShare, 2)) % of the readings without an answer")
        }
        if lapses + losses > 0 { reasons.append("\(lapses) rights over, \(losses) tenures lost") }
        if withoutTenure > 0 { reasons.append("\(withoutTenure) hosts without a tenure") }
        return reasons.isEmpty ? nil : reasons.joined(separator: "; ")
    }

    /// What there was none left of.
    var bottleneck: String {
        let etcd = etcdCPU.reduce(0, +)
        let shares = "etcd \(Self.fixed(etcd, 0)) %, this program \(Self.fixed(generatorCPU, 0)) % of one CPU"
        if machineBusy > 90 { return "the CPU time of this machine (\(cpus) CPUs: \(shares))" }
        if greatestDelay > 100_000_000 { return "this program, not etcd: its turns were late (\(shares))" }
        if machineWaiting > 25 { return "the disk (\(Self.fixed(machineWaiting, 0)) % of the time; \(shares))" }
        return "neither the CPU nor the disk was (\(shares)); see etcd's own log"
    }

    private func share(_ part: Int, of whole: Int) -> Double { whole > 0 ? Double(part) / Double(whole) : 0 }

    /// The value that so many percent of the values do not exceed, by nearest rank; 0 without values.
    static func percentile(_ values: [Int64], _ percent: Int) -> Int64 {
        guard !values.isEmpty else { return 0 }
        return values.sorted()[(values.count * percent + 99) / 100 - 1]
    }

    static func fixed(_ value: Double, _ places: Int) -> String {
        let scale = (0..<places).reduce(1.0) { power, _ in power * 10 }
        let units = Int64((abs(value) * scale).rounded())
        let sign = value < 0 && units > 0 ? "-" : ""
        guard places > 0 else { return "\(sign)\(units)" }
        let decimals = String(units % Int64(scale))
        return "\(sign)\(units / Int64(scale))." + String(repeating: "0", count: places - decimals.count) + decimals
    }
}

// MARK: - As text and JSON

extension LoadStep {
    static let columns = [
        "hosts", "rewrites/s", "on paper", "p50 ms", "p99 ms", "late %", "lapses", "lost", "readings/s", "on paper",
        "p50 ms", "p99 ms", "MB/s", "etcd CPU %", "generator %", "busy %", "an agent %", "B/revision",
    ]

    private static func milliseconds(_ values: [Int64], _ percent: Int) -> String {
        fixed(Double(percentile(values, percent)) / 1e6, 1)
    }

    var bytesPerRevision: Double { revisions > 0 ? Double(databaseBytes) / Double(revisions) : 0 }

    var row: [String] {
        [
            "\(hosts)", Self.fixed(acceptedPerSecond, 1), Self.fixed(traffic.rewritesPerSecond, 1),
            Self.milliseconds(rewrites, 50), Self.milliseconds(rewrites, 99), Self.fixed(100 * lateShare, 2),
            "\(lapses)", "\(losses)",
            Self.fixed(readingsPerSecond, 1), Self.fixed(traffic.readingsPerSecond.lowerBound, 1),
            Self.milliseconds(readings, 50), Self.milliseconds(readings, 99), Self.fixed(megabytesPerSecond, 1),
            Self.fixed(etcdCPU.reduce(0, +), 0), Self.fixed(generatorCPU, 0), Self.fixed(machineBusy, 0),
            Self.fixed(agentCPU, 1), Self.fixed(bytesPerRevision, 0),
        ]
    }

    /// A row of the table, each column as wide as its head or 8 characters.
    static func line(_ cells: [String]) -> String {
        zip(columns, cells).map { head, cell in
            String(repeating: " ", count: max(0, max(head.count, 5) - cell.count)) + cell
        }.joined(separator: "  ")
    }

    var json: JSONText {
        var json = JSONText()
        json.object { json in
            json.member("schema", "stationload/step/1")
            json.member("hosts", hosts)
            json.member("seconds", seconds, decimals: 3)
            json.member("rewrites_per_second", acceptedPerSecond, decimals: 3)
            json.member("rewrites_per_second_on_paper", traffic.rewritesPerSecond, decimals: 3)
            json.member("rewrite_p50_ns", Self.percentile(rewrites, 50))
            json.member("rewrite_p99_ns", Self.percentile(rewrites, 99))
            json.member("rewrites_late", late)
            json.member("rewrites_late_share", lateShare, decimals: 6)
            json.member("rewrites_refused", refused)
            json.member("lapses", lapses)
            json.member("tenures_lost", losses)
            json.member("hosts_without_tenure", withoutTenure)
            json.member("readings_per_second", readingsPerSecond, decimals: 3)
            json.member(
                "readings_per_second_on_paper", traffic.readingsPerSecond.lowerBound, decimals: 3)
            json.member("reading_p50_ns", Self.percentile(readings, 50))
            json.member("reading_p99_ns", Self.percentile(readings, 99))
            json.member("readings_failed", failedReadings)
            json.member("other_transactions", otherTransactions)
            json.member("bytes_per_second", Double(bytes) / seconds, decimals: 0)
            json.member("revisions", revisions)
            json.member("database_bytes", databaseBytes)
            json.member("etcd_cpu_percent", etcdCPU.reduce(0, +), decimals: 2)
            json.member("generator_cpu_percent", generatorCPU, decimals: 2)
            json.member("machine_busy_percent", machineBusy, decimals: 2)
            json.member("machine_waiting_percent", machineWaiting, decimals: 2)
            json.member("cpus", cpus)
            json.member("greatest_delay_ns", greatestDelay)
            json.member("agent_cpu_percent", agentCPU, decimals: 3)
            json.member("agent_reading_cpu_p50_ns", Self.percentile(agent.readings.map(\.cpu), 50))
            json.member("agent_watch_events", agent.events)
            json.member("agent_watch_cpu_ns", agent.watchCPU)
            json.member("excess", excess)
            json.member("bottleneck", excess == nil ? nil : bottleneck)
        }
        return json
    }
}
