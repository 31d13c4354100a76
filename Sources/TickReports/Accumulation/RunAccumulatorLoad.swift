internal import TickScheduling
internal import TickTime

// Overloads of the loop, and the periods in which a CPU quota stopped it, as incidents.

/// How many of them are incidents already.
struct ReportedLoads {
    var overloads = 0
    var spells = 0
    /// Whether the log knows of one that continues.
    var hasToldOverload = false
    var hasToldSpell = false
}

extension RunAccumulator {
    /// No further tick comes, so everything that continues has ended.
    public mutating func finish() {
        load.finish()
        throttle.finish()
        reportLoads()
    }

    /// Turns into incidents what has ended since the last call; the log gets one line about each that continues.
    mutating func reportLoads() {
        while reported.overloads < load.overloads.count {
            let overload = load.overloads[reported.overloads]
            reported.overloads += 1
            reported.hasToldOverload = false
            note(incident(of: overload, isOver: true))
        }
        while reported.spells < throttle.spells.count {
            let spell = throttle.spells[reported.spells]
            reported.spells += 1
            reported.hasToldSpell = false
            note(incident(of: spell, isOver: true))
        }
        if let overload = load.current, !reported.hasToldOverload {
            reported.hasToldOverload = true
            news.append(News(incident: incident(of: overload, isOver: false), phase: .ongoing))
        }
        if let spell = throttle.current, !reported.hasToldSpell {
            reported.hasToldSpell = true
            news.append(News(incident: incident(of: spell, isOver: false), phase: .ongoing))
        }
    }

    /// Those that have not been seen to end.
    var ongoingLoads: [RunIncident] {
        var all: [RunIncident] = []
        if let overload = load.current { all.append(incident(of: overload, isOver: false)) }
        if let spell = throttle.current { all.append(incident(of: spell, isOver: false)) }
        return all
    }

    /// The load of the run so far, in words and for JSON.
    var loadSummary: LoadSummary {
        LoadSummary(load, sessions: sessions.map { (SessionID(index: $0.number), $0.name) })
    }

    private func incident(of overload: LoopLoad.Overload, isOver: Bool) -> RunIncident {
        let text = overload.text { id in session(id.index)?.name }
        return RunIncident(
            .overloaded, begin: utc(at: overload.begin), end: isOver ? utc(at: overload.end) : nil,
            monotonic: overload.begin, count: Int64(overload.sessionCount),
            text: "overloaded: \(text)\(isOver ? "" : "; it goes on")")
    }

    private func incident(of spell: ThrottleMonitor.Spell, isOver: Bool) -> RunIncident {
        var incident = RunIncident(
            .cpuThrottled, begin: utc(at: spell.begin), end: isOver ? utc(at: spell.end) : nil,
            monotonic: spell.begin, size: spell.throttling.time, count: spell.throttling.throttledPeriods,
            text: spell.text + (isOver ? "" : "; it goes on"))
        incident.lateTicks = spell.lateTicks
        return incident
    }
}
