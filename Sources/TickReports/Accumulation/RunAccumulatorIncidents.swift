public import TickScheduling
public import TickTime

// The results of a run besides its ticks: incidents, clocks, and the news for a log.

extension RunAccumulator {
    public mutating func add(_ incident: LoopIncident) {
        switch incident {
        case .clockJump(let jump):
            clocks.add(jump)
            note(RunIncident(jump))
        case .clockSet(let utc):
            clocks.sets += 1
            note(RunIncident(clockSetAt: utc))
        case .monotonicRate(let interval):
            note(
                RunIncident(
                    partsPerBillion: interval.partsPerBillion, over: interval.length, until: utc(at: interval.end)))
        case .recordsLost(let count):
            clocks.lostRecords = clocks.lostRecords.addingClamped(Int64(count))
            note(RunIncident(recordsLost: Int64(count), at: lastSeen.map { utc(at: $0) } ?? beginning))
        case .handlerHangs(let handler, let since):
            let hang = self.incident(of: handler, since, hasReturned: false)
            hanging[handler] = hang
            news.append(News(incident: hang, phase: .ongoing))
        case .handlerReturned(let handler, let after):
            hanging[handler] = nil
            note(self.incident(of: handler, after, hasReturned: true))
        }
    }

    private func incident(of handler: RunningHandler, _ lasted: Nanoseconds, hasReturned: Bool) -> RunIncident {
        let session = session(handler.session.index)
        return RunIncident(
            hanging: handler, of: session?.name ?? "session \(handler.session.index)",
            timecode: session?.timecode.map { $0.label(ofTick: handler.tick).description }, rate: session?.plan.rate,
            begin: utc(at: handler.start), lasted: lasted, hasReturned: hasReturned)
    }

    /// The host refused a request: what was asked for, why it was refused, and the remedy.
    public mutating func add(refused text: String) {
        if let first = sessions.first {
            note(RunIncident(refused: text, at: first.epoch.utc(ofFirstTickOf: first.plan)))
        } else {
            refused.append(text)
        }
    }

    /// An incident that no tick and no clock of the loop shows, such as a lost peer.
    public mutating func add(_ incident: RunIncident) { note(incident) }

    /// The clocks were read.
    ///
    /// - Parameters:
    ///   - stolen: CPU time that the hypervisor has taken since the boot; `nil` if the kernel does not report it.
    ///   - throttling: how long CPU quotas have stopped the process since their groups were made; `nil` without a
    ///     quota.
    public mutating func observe(
        monotonic: MonotonicInstant, utc: UTCInstant, stolen: Nanoseconds?, throttling: CPUThrottling? = nil
    ) {
        saw(monotonic)
        throttle.observe(throttling, at: monotonic)
        reportLoads()
        guard let epoch = sessions.first?.epoch else { return }
        let divergence = epoch.divergence(monotonic: monotonic, utc: utc)
        clocks.divergence = divergence
        clocks.add(stolen: stolen)
        trace?.observe(at: monotonic, divergence: divergence, stolen: stolen)
    }

    /// Time passes: the log is informed again, less and less often, of late ticks that continue.
    public mutating func look(at now: MonotonicInstant) {
        guard lateSessions > 0 else { return }
        for place in sessions.indices {
            guard let run = sessions[place].lateRun, let next = run.nextReminder, now >= next else { continue }
            sessions[place].lateRun?.reminded(at: now)
            news.append(News(incident: incident(of: run, place, isOver: false), phase: .ongoing))
        }
    }

    /// The tally, including current stalls and handlers that have not returned.
    public var tallySoFar: IncidentTally {
        var tally = tally
        for (place, session) in sessions.enumerated() {
            guard let run = session.lateRun, run.stalls > 0 else { continue }
            tally.add(incident(of: run, place, isOver: false))
        }
        for incident in hanging.values { tally.add(incident) }
        for incident in ongoingLoads { tally.add(incident) }
        return tally
    }

    /// Takes the news for a log, in order.
    public mutating func takeNews() -> [News] {
        defer { news.removeAll(keepingCapacity: true) }
        return news
    }

    /// Whether there is anything for a log.
    public var hasNews: Bool { !news.isEmpty }

    mutating func note(_ incident: RunIncident) {
        tally.add(incident)
        news.append(News(incident: incident, phase: .whole))
        guard incidents.count < Self.incidentLimit else {
            furtherIncidents += 1
            return
        }
        incidents.append(incident)
    }

    /// Incidents in the order in which they began, including those that continue.
    public var allIncidents: [RunIncident] {
        var all = incidents
        for (place, session) in sessions.enumerated() {
            if let run = session.lateRun { all.append(incident(of: run, place, isOver: false)) }
        }
        all += hanging.values
        all += ongoingLoads
        return all.enumerated().sorted { ($0.element.begin, $0.offset) < ($1.element.begin, $1.offset) }
            .map(\.element)
    }

    // MARK: - Instants

    mutating func saw(_ instant: MonotonicInstant) { lastSeen = max(lastSeen ?? instant, instant) }

    /// When the first session began, by its UTC.
    public var beginning: UTCInstant {
        sessions.map { $0.epoch.utc(ofFirstTickOf: $0.plan) }.min() ?? UTCInstant(nanoseconds: 0)
    }

    /// The schedule's UTC at an instant of the monotonic clock, by the first session's anchor.
    func utc(at instant: MonotonicInstant) -> UTCInstant {
        guard let epoch = sessions.first?.epoch else { return UTCInstant(nanoseconds: 0) }
        let since = instant.nanoseconds.subtractingClamped(epoch.monotonic.nanoseconds)
        return epoch.utc.advancedClamped(by: Nanoseconds(since))
    }
}
