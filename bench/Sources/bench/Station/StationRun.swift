// What a station does to a channel: the phase at planned moves between two hosts, and the starts of an owner's ticks
// while members of etcd die under it, in turn with a run that takes part in the same cluster and has no station, and
// with a run that has neither.

internal import TickJournal
internal import TickLinux
internal import TickScheduling
internal import TickTime

/// The starts of one turn's ticks.
struct StationTurn: Equatable {
    let lateness: Percentiles
    let ticks: Int
    /// Ticks within the turn that were not on air; 0 without a station.
    var offAir = 0
    /// Members of etcd that died in the turn.
    var deaths = 0
}

/// The phase at planned moves, in ns.
struct HandOvers: Equatable {
    let jumps: [Int64]
    /// The greatest bound that a host stated of its own phase.
    let bound: Int64
    let missed: Int64
    let faults: Int64
}

/// Every start in a journal: when it was wanted, how late it was, and whether it was on air.
struct JournalStarts {
    struct Start: Equatable {
        let deadline: MonotonicInstant
        let lateness: Int64
        /// `nil`: the session has no gate.
        let isOnAir: Bool?
    }

    var starts: [Start] = []

    mutating func add(_ record: JournalRecord) {
        guard case .tick(let tick) = record else { return }
        starts.append(
            Start(deadline: tick.deadline, lateness: (tick.start - tick.deadline).count, isOnAir: tick.air?.isOnAir))
    }

    /// The starts of the ticks that are due from one instant up to another one.
    ///
    /// - Throws: `BenchError.unreadable` if there is none.
    func turn(from begin: MonotonicInstant, to end: MonotonicInstant) throws(BenchError) -> StationTurn {
        let within = starts.filter { $0.deadline >= begin && $0.deadline < end }
        guard !within.isEmpty else { throw .unreadable(program: "tickrun", "no tick within the turn") }
        return StationTurn(
            lateness: Percentiles(within.map(\.lateness)), ticks: within.count,
            offAir: within.count { $0.isOnAir == false })
    }

    /// Reads a journal.
    static func read(_ path: String, _ body: (JournalRecord) -> Void) throws(BenchError) {
        var reader = JournalReader()
        reader.append(Host.bytes(ofFile: path))
        do throws(JournalError) {
            while let event = try reader.next() {
                if let record = try event.record() { body(record) }
            }
        } catch { throw .unreadable(program: "tickrun", "\(path): \(error)") }
    }
}

enum StationRun {
    /// The time between two deaths of members, and how long a member is dead.
    static let deathInterval = Nanoseconds.seconds(4)
    static let deathLength = Nanoseconds.seconds(1)

    static func run(_ options: StationOptions) throws(BenchError) -> StationReport {
        let handOvers = try handOvers(options)
        let turns = try turns(options)
        return StationReport(
            options: options, handOvers: handOvers, with: turns[.station] ?? [], without: turns[.cluster] ?? [],
            plain: turns[.plain] ?? [])
    }

    private static func handOvers(_ options: StationOptions) throws(BenchError) -> HandOvers {
        let station = try BenchStation(options)
        try station.put(options.rate, hosts: BenchStation.hosts)
        let journals = [try station.start("a"), try station.start("b")]
        var owner = try station.waitUntilOnAir(BenchStation.hosts)
        for number in 0..<options.moves {
            let target = owner == "a" ? "b" : "a"
            try station.move(from: owner, to: target)
            owner = target
            progress("station: move \(number + 1)/\(options.moves)")
        }
        // The last owner needs a moment on air, so that its journal has its first tick.
        HostClock.sleep(until: HostClock.monotonic() + .milliseconds(200))
        let bounds = BenchStation.hosts.flatMap { StationLines.phaseBounds(station.output($0)) }
        for host in BenchStation.hosts { station.end(host) }
        var replay = ChannelReplay(channel: BenchStation.channel)
        for (number, journal) in journals.enumerated() {
            try JournalStarts.read(journal) { replay.add($0, of: number) }
        }
        replay.finish()
        let jumps = replay.owners.compactMap(\.phaseJump?.count)
        guard jumps.count >= options.moves else {
            throw .unreadable(
                program: "tickrun", "\(jumps.count) hand-overs in the journals after \(options.moves) moves")
        }
        return HandOvers(
            jumps: jumps, bound: bounds.max() ?? 0, missed: replay.gaps.reduce(0) { $0 + $1.ticks },
            faults: replay.faultCount)
    }

    /// What takes turns.
    private enum Contender: CaseIterable {
        /// The owner of a channel, whose etcd members die.
        case station
        /// A run that takes part in the cluster.
        case cluster
        /// A run.
        case plain
    }

    private static func turns(_ options: StationOptions) throws(BenchError) -> [Contender: [StationTurn]] {
        let station = try BenchStation(options)
        try station.put(options.rate, hosts: ["a"])
        var turns: [Contender: [StationTurn]] = [:]
        let length = Nanoseconds.seconds(Int64(options.seconds))
        let ticks = Int(Int64(options.rate.numerator) * Int64(options.seconds) / Int64(options.rate.denominator))
        let all = Contender.allCases
        for round in 0..<options.rounds {
            for place in all.indices {
                let contender = all[(place + round) % all.count]
                let turn: StationTurn
                switch contender {
                case .station: turn = try owned(station, length, round)
                case .cluster:
                    try station.startNode("b")
                    turn = try Self.turn(of: station.run(options.rate, ticks: ticks, asMember: "a"))
                    station.end("b")
                case .plain: turn = try Self.turn(of: station.run(options.rate, ticks: ticks, asMember: nil))
                }
                turns[contender, default: []].append(turn)
            }
            progress("station: round \(round + 1)/\(options.rounds)")
        }
        return turns
    }

    /// All ticks of a run.
    private static func turn(of journal: String) throws(BenchError) -> StationTurn {
        var starts = JournalStarts()
        try JournalStarts.read(journal) { starts.add($0) }
        return try starts.turn(from: MonotonicInstant(nanoseconds: 0), to: MonotonicInstant(nanoseconds: .max))
    }

    /// A turn of an owner, under which members of etcd die one after another.
    private static func owned(
        _ station: BenchStation, _ length: Nanoseconds, _ round: Int
    ) throws(BenchError) -> StationTurn {
        try station.startNode("b")
        let journal = try station.start("a")
        try station.waitUntilOnAir(["a"])
        let begin = HostClock.monotonic(), end = begin + length
        var deaths = 0, due = begin + min(deathInterval, Nanoseconds(length.count / 4))
        while due + deathLength < end {
            HostClock.sleep(until: due)
            let member = (round + deaths) % EtcdMembers.count
            station.etcd.kill(member)
            HostClock.sleep(until: due + min(deathLength, Nanoseconds(length.count / 4)))
            try station.etcd.start(member)
            deaths += 1
            due = due + deathInterval
        }
        HostClock.sleep(until: end)
        for host in BenchStation.hosts { station.end(host) }
        var starts = JournalStarts()
        try JournalStarts.read(journal) { starts.add($0) }
        var turn = try starts.turn(from: begin, to: end)
        turn.deaths = deaths
        return turn
    }
}
