internal import TickTime

/// One loop with one to ten thousand sessions, compared with timers in an epoll set.
struct ScaleReport {
    let options: ScaleOptions
    let rows: [ScaleRow]
    let saturations: [ScaleSaturation]

    var targets: [PerformanceTarget] {
        rows.compactMap(target)
    }

    /// What is aimed at under a load; `nil` where nothing is stated.
    private func target(of row: ScaleRow) -> PerformanceTarget? {
        if row.load == ScaleLoad(sessions: 10_000, rates: ScaleLoad.same, work: .zero) {
            return PerformanceTarget(
                "missed periods, \(row.load.name)", atMost: 0, measured: Double(ScaleRow.missed(row.ours)),
                text: { fixed($0, 0) })
        }
        if row.load == .thousandAt5994 {
            return PerformanceTarget(
                "CPU of the process, \(row.load.name)", atMost: 25, unit: " % of one CPU",
                measured: ScaleRow.median(row.ours, \.processPercent), text: { fixed($0, 2) })
        }
        return nil
    }

    private func budget(of row: ScaleRow) -> String {
        guard let target = target(of: row) else { return "" }
        let verdict = target.isReached ? "" : "MISSED "
        return verdict + (target.limit == 0 ? "none missed" : "\(fixed(target.limit, 0)) % CPU")
    }

    var text: String {
        var lines = [
            "scale: one loop, hybrid wait, \(options.seconds) s a turn, CPU \(options.cpu), "
                + (options.fifo.map { "SCHED_FIFO \($0)" } ?? "SCHED_OTHER") + "; medians of \(options.rounds) rounds",
            "(\(Host.processor), kernel \(Host.kernel), clock source \(Host.clockSource))", "",
        ]
        lines += table(Self.header, cells, leftColumns: 2, lastLeft: true)
        lines += [
            "",
            "  rates          sessions take turns at them; one session has the first",
            "  p50, p99       start - deadline of every tick, in us; the n-th of a pass waits for n - 1 others",
            "  missed         ticks that started a period late or later, or were lost to the report; of all rounds",
            "  CPU            of one CPU, in steady state: the tick thread, and the whole process with its drain",
            "  ns a tick      CPU time of the tick thread by its ticks, its waking and its handlers' work included",
            "  timerfd        a loop in C on one periodic timerfd a session, in one epoll set, in turn with ours",
            "  budget         the goal for that load: the process's CPU, or missed periods",
            "  ratio          ours divided by the peer's in the same round; CPU of the whole process",
            "",
        ]
        if !saturations.isEmpty { lines += saturations.map(line) + [""] }
        lines += targets.isEmpty ? ["targets: stated for 1000 and 10000 sessions"] : targets.map(\.line)
        return (lines + [Host.buildWarning].compactMap { $0 }).joined(separator: "\n")
    }

    static let header = [
        "rates", "work", "sessions", "p50 us", "p99 us", "missed", "thread %", "process %", "ns a tick",
        "timerfd p50", "p99", "missed", "process %", "CPU ratio", "p99 ratio", "budget",
    ]

    var cells: [[String]] { rows.map(cells) }

    private func cells(of row: ScaleRow) -> [String] {
        func microseconds(_ results: [ScaleResult], _ value: (ScaleResult) -> Int64) -> String {
            fixed(ScaleRow.median(results) { Double(value($0)) } / 1_000, 2)
        }
        return [
            row.load.rateText, row.load.workText, "\(row.load.sessions)", microseconds(row.ours, \.p50),
            microseconds(row.ours, \.p99), "\(ScaleRow.missed(row.ours))",
            fixed(ScaleRow.median(row.ours, \.threadPercent), 2), fixed(ScaleRow.median(row.ours, \.processPercent), 2),
            fixed(ScaleRow.median(row.ours, \.nanosecondsPerTick), 0), microseconds(row.peer, \.p50),
            microseconds(row.peer, \.p99), "\(ScaleRow.missed(row.peer))",
            fixed(ScaleRow.median(row.peer, \.processPercent), 2), ratioText(row.cpuRatio),
            ratioText(row.p99Ratio), budget(of: row),
        ]
    }

    private func line(of saturation: ScaleSaturation) -> String {
        guard let load = (saturation.clean ?? saturation.missed)?.load else { return "" }
        var text = "saturation, \(load.rateText), \(load.workText): "
        if let clean = saturation.clean {
            text +=
                "\(clean.load.sessions) sessions without a missed period (tick thread "
                + "\(fixed(clean.result.threadPercent, 0)) %, p99 \(fixed(Double(clean.result.p99) / 1e6, 1)) ms)"
        }
        if let missed = saturation.missed {
            text +=
                (saturation.clean == nil ? "" : ", ")
                + "\(missed.load.sessions) missed \(missed.result.missed)"
                + (missed.result.lost > 0 ? " and lost \(missed.result.lost) records" : "")
        } else {
            text += "; more were not tried"
        }
        return text
    }

    var json: JSONValue {
        .object([
            ("schema", .string("tickbench/scale/1")), ("seconds_per_turn", .integer(Int64(options.seconds))),
            ("rounds", .integer(Int64(options.rounds))), ("cpu", .integer(Int64(options.cpu))),
            ("fifo_priority", .integer(Int64(options.fifo ?? 0))), ("kernel", .string(Host.kernel)),
            ("clock_source", .string(Host.clockSource)), ("processor", .string(Host.processor)),
            ("loads", .array(rows.map(json))), ("saturation", .array(saturations.map(json))),
            ("targets", .array(targets.map(\.json))),
        ])
    }

    private func members(_ load: ScaleLoad) -> [(String, JSONValue)] {
        [
            ("sessions", .integer(Int64(load.sessions))), ("rates", .array(load.rates.map { .string($0.rational) })),
            ("work_ns", .integer(load.work.count)),
        ]
    }

    private func json(of row: ScaleRow) -> JSONValue {
        .object(
            members(row.load) + [
                ("ours", .array(row.ours.map(json))), ("timerfd", .array(row.peer.map(json))),
                ("cpu_ratio", .number(row.cpuRatio)),
                ("p99_ratio", .number(row.p99Ratio)), ("budget", target(of: row)?.json ?? .null),
            ])
    }

    private func json(of result: ScaleResult) -> JSONValue {
        .object([
            ("ticks", .integer(result.ticks)), ("missed_periods", .integer(result.missed)),
            ("lost_records", .integer(result.lost)), ("start_lateness_p50_ns", .integer(result.p50)),
            ("start_lateness_p99_ns", .integer(result.p99)), ("start_lateness_max_ns", .integer(result.max)),
            ("window_ns", .integer(result.window)), ("window_ticks", .integer(result.windowTicks)),
            ("thread_cpu_ns", .integer(result.threadCPU)), ("process_cpu_ns", .integer(result.processCPU)),
            ("thread_cpu_percent", .number(result.threadPercent)),
            ("process_cpu_percent", .number(result.processPercent)),
            ("cpu_ns_per_tick", .number(result.nanosecondsPerTick)),
        ])
    }

    private func json(of saturation: ScaleSaturation) -> JSONValue {
        func side(_ side: (load: ScaleLoad, result: ScaleResult)?) -> JSONValue {
            guard let side else { return .null }
            return .object(members(side.load) + [("turn", json(of: side.result))])
        }
        return .object([("clean", side(saturation.clean)), ("missed", side(saturation.missed))])
    }
}
