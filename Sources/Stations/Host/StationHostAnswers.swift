// What a host does with the answers to its requests.

import TickTime

extension StationHost {
    /// Whether a request has had no answer so far.
    package func awaits(_ id: Int64) -> Bool { inFlight.contains { $0.id == id } }

    /// Takes the answer to a request.
    package mutating func receive(
        _ answer: StationAnswer, to id: Int64, at moment: HostMoment, fitness: HostFitness,
        sessions: [String: ChannelPart.SessionState]
    ) {
        guard let place = inFlight.firstIndex(where: { $0.id == id }) else { return }
        let (_, purpose, known) = inFlight.remove(at: place)
        // A store answers no request from a state before those that were seen when the request was sent. Not only a
        // reading shows it: the restored store may accept what was meant for the store before.
        if let revision = answer.revision, revision < known { storeWasRestored(to: revision, at: moment.boot) }
        let order = answers
        answers += 1
        switch purpose {
        case .poll(let asked):
            guard case .accepted(let records) = answer else {
                if let primaryRead { primary.receive(.none, to: primaryRead.id, at: moment.boot) }
                primaryRead = nil
                return
            }
            see(records, order: asked, moment, fitness, sessions)
        case .tenure(let request): receiveTenure(answer, to: request, at: moment.boot)
        case .primary(let request): receivePrimary(answer, to: request, at: moment.boot)
        case .ending: hurry()
        case .channel(let name):
            if let index = parts.firstIndex(where: { $0.channel == name }) {
                var context = context(moment, fitness)
                context.session = sessions[name]
                parts[index].receive(answer, order: order, context)
            }
            hurry()
        }
        primary.holds(tenure.state == .held ? tenure.generation : nil)
    }

    private mutating func receiveTenure(_ answer: StationAnswer, to request: Int64, at now: BootInstant) {
        let translated: Tenure.Answer =
            switch answer {
            case .none: .none
            case .refused(let records): .record(records.hosts[name])
            case .accepted(let records):
                // A reading has no comparison, so it is always accepted.
                tenure.isReading(request) ? .record(records.hosts[name]) : .accepted(revision: records.revision)
            }
        tenure.receive(translated, to: request, at: now)
    }

    private mutating func receivePrimary(_ answer: StationAnswer, to request: Primary.Request, at now: BootInstant) {
        switch answer {
        case .none: primary.receive(.none, to: request.id, at: now)
        case .refused:
            // The records show why it was refused.
            primaryRead = (request.id, answers)
            hurry()
        case .accepted(let records):
            primary.receive(.accepted(revision: records.revision, ceiling: records.ceiling), to: request.id, at: now)
        }
    }

    private mutating func see(
        _ records: StationRecords, order: Int, _ moment: HostMoment, _ fitness: HostFitness,
        _ sessions: [String: ChannelPart.SessionState]
    ) {
        greatestRevision = records.revision
        self.records = records
        observe(records, at: moment.boot)
        for name in records.channels.keys where !parts.contains(where: { $0.channel == name }) {
            var part = ChannelPart(host: self.name, channel: name, timing: timing, settings: channelTiming)
            part.greatestFencingNumber = fencingNumbers[name] ?? 0
            if restoredAt != nil { part.storeWasRestored() }
            parts.insert(part, at: parts.firstIndex { $0.channel > name } ?? parts.endIndex)
        }
        var context = context(moment, fitness)
        for index in parts.indices {
            context.session = sessions[parts[index].channel]
            parts[index].see(records, order: order, context)
        }
        if let primaryRead, order >= primaryRead.order {
            self.primaryRead = nil
            primary.receive(.records(primaryRecords(records)), to: primaryRead.id, at: moment.boot)
        }
    }

    private mutating func storeWasRestored(to revision: Int64, at now: BootInstant) {
        restoredAt = now
        observations = [:]
        greatestRevision = revision
        // Requests that are on their way would show the same restore again.
        for index in inFlight.indices { inFlight[index].revision = 0 }
        for index in parts.indices { parts[index].storeWasRestored() }
    }

    private func primaryRecords(_ records: StationRecords) -> Primary.Records {
        let holder = records.primary.map(\.record)
        return Primary.Records(
            primary: records.primary, ceiling: records.ceiling,
            holderGeneration: holder.flatMap { records.tenures[$0.host]?.record.generation },
            holderIsOver: holder.map { records.isOver($0.host, $0.generation) } ?? true)
    }

    /// Notes how long the record of each other host has been at its revision.
    private mutating func observe(_ records: StationRecords, at now: BootInstant) {
        for (host, stored) in records.hosts where host != name {
            guard stored.record.state == .active else {
                observations[host] = nil
                continue
            }
            if observations[host]?.revision != stored.revision {
                observations[host] = HostObservation(revision: stored.revision, since: now)
            }
        }
        observations = observations.filter { records.hosts[$0.key] != nil }
    }
}
