// One host of a station: its tenure, its part as primary, its part in each channel, and its look at the other hosts.
//
// The caller asks for requests every few milliseconds and whenever something has happened, sends them, and brings the
// answers. It owns the clocks, the network and the sessions. The same code runs in an agent and in the simulation.
//
//     poll         all records, read at one instant: every ttl/6, and sooner while something is under way
//     tenure       the rewrite of the host's own record
//     ending       of another host's tenure
//     primary      the taking of the part, and its ceilings
//     channel      one transaction for each channel
//
// At most one request of each kind is on its way.
//
// A store that was restored from a backup goes back in revisions. What it says of the present may then be old: a host
// that it shows as ended may have had a channel until a moment ago. So for a whole observation this host ends no tenure
// and takes nothing, and then it leaves out the fencing numbers that others may have used without its knowledge.

package import TickTime

/// What a host keeps on its disk.
package struct StationMemory: Hashable, Sendable, Codable {
    package var primary = HighestSeen()
    /// The greatest fencing number of each channel.
    package var fencingNumbers: [String: Int64] = [:]
    /// The greatest revision of the store.
    package var storeRevision: Int64 = 0

    package init() {}
}

/// A request to the store.
package struct StationRequest: Hashable, Sendable {
    package enum Kind: Hashable, Sendable {
        /// Read all records of the station.
        case readAll
        case transact(StationTransaction)
    }

    package let id: Int64
    package let kind: Kind
    package let timeLimit: Nanoseconds
    /// At most one request of a lane is on its way.
    package enum Lane: Hashable, Sendable {
        case poll
        case tenure
        case primary
        case ending
        case channel(String)
    }

    package let lane: Lane
}

/// The state machine of one host of a station.
package struct StationHost: Sendable {
    package let name: String
    package private(set) var tenure: Tenure
    package var primary: Primary
    package private(set) var parts: [String: ChannelPart] = [:]
    /// The channels' names in their order: that of a dictionary differs from process to process.
    private var partNames: [String] = []
    /// All records, as they were read last.
    package private(set) var records: StationRecords?
    /// When a step back of the store's revision was noticed.
    package private(set) var restoredAt: BootInstant?

    private enum Purpose {
        case poll(order: Int)
        case tenure(Int64)
        case primary(Primary.Request)
        case ending
        case channel(String)

        var lane: StationRequest.Lane {
            switch self {
            case .poll: .poll
            case .tenure: .tenure
            case .primary: .primary
            case .ending: .ending
            case .channel(let name): .channel(name)
            }
        }

        /// At most one of each kind is on its way.
        func isOfOneKind(with other: Purpose) -> Bool {
            switch (self, other) {
            case (.poll, .poll), (.tenure, .tenure), (.primary, .primary), (.ending, .ending): true
            case (.channel(let own), .channel(let name)): own == name
            default: false
            }
        }
    }

    private let timing: TenureTiming
    private let channelTiming: ChannelTiming
    private let process: UInt64
    private var greatestRevision: Int64
    private var fencingNumbers: [String: Int64]
    private var observations: [String: HostObservation] = [:]
    private var inFlight: [Int64: Purpose] = [:]
    private var lastID: Int64 = 0
    private var answers = 0
    private var endings: Int64 = 0
    private var nextPoll: BootInstant?
    /// A primary's request that waits for the next reading of all records.
    private var primaryRead: (id: Int64, order: Int)?
    /// Channels whose claim was asked for.
    private var claimed: Set<String> = []

    package init(
        name: String, process: UInt64, timing: TenureTiming = TenureTiming(), lead: Nanoseconds? = nil,
        channelTiming: ChannelTiming = ChannelTiming(), memory: StationMemory = StationMemory()
    ) {
        self.name = name
        self.process = process
        self.timing = timing
        self.channelTiming = channelTiming
        tenure = Tenure(timing: timing, process: process)
        let lead = lead ?? min(.seconds(1), Nanoseconds(timing.ttl.count / 3))
        primary = Primary(host: name, timing: timing, lead: lead, highest: memory.primary)
        greatestRevision = memory.storeRevision
        fencingNumbers = memory.fencingNumbers
    }

    /// What is to be on disk before the host acts on it.
    package var memory: StationMemory {
        var memory = StationMemory()
        memory.primary = primary.highest
        memory.fencingNumbers = fencingNumbers
        for name in partNames { memory.fencingNumbers[name] = parts[name]?.usedFencingNumber }
        memory.storeRevision = greatestRevision
        return memory
    }

    /// Gives the tenure up. The caller has stopped all sessions, or moved them.
    package mutating func release() { tenure.release() }

    /// Asks for a reading of all records at once: a watch saw a change.
    package mutating func hurry() { nextPoll = nil }

    // MARK: - Requests

    /// The requests to send now.
    ///
    /// - Parameter sessions: this host's running sessions, by channel.
    package mutating func requests(
        at moment: HostMoment, fitness: HostFitness, sessions: [String: ChannelPart.SessionState]
    ) -> [StationRequest] {
        var requests: [StationRequest] = []
        let now = moment.boot
        requestTenure(moment, fitness, sessions, &requests)
        primary.holds(tenure.state == .held ? tenure.generation : nil)
        if mayTake(now) {
            requestEnding(now, &requests)
            requestPrimary(moment, &requests)
        }
        if let records {
            for name in partNames where !isInFlight(.channel(name)) {
                let context = context(moment, fitness, sessions[name])
                guard let transaction = parts[name]?.request(context, records) else { continue }
                send(.transact(transaction), .channel(name), timing.interval, &requests)
            }
        }
        claimSoon()
        if !isInFlight(.poll(order: 0)), nextPoll.map({ now >= $0 }) ?? true {
            send(.readAll, .poll(order: answers), timing.interval, &requests)
            nextPoll = now +| (isBusy ? Nanoseconds(timing.interval.count / 5) : timing.interval)
        }
        return requests
    }

    /// Whether something is under way that other hosts take part in.
    private var isBusy: Bool {
        parts.values.contains(where: \.isBusy)
    }

    private func isInFlight(_ purpose: Purpose) -> Bool { inFlight.values.contains { $0.isOfOneKind(with: purpose) } }

    private mutating func send(
        _ kind: StationRequest.Kind, _ purpose: Purpose, _ limit: Nanoseconds, _ requests: inout [StationRequest]
    ) {
        lastID += 1
        inFlight[lastID] = purpose
        requests.append(StationRequest(id: lastID, kind: kind, timeLimit: limit, lane: purpose.lane))
    }

    private func context(
        _ moment: HostMoment, _ fitness: HostFitness, _ session: ChannelPart.SessionState?
    ) -> ChannelPart.Context {
        ChannelPart.Context(
            moment: moment, tenure: tenure, fitness: fitness, mayTake: mayTake(moment.boot), session: session)
    }

    /// Whether the store says enough of the present.
    private func mayTake(_ now: BootInstant) -> Bool { restoredAt.map { now -| $0 >= timing.observation } ?? true }

    private mutating func requestTenure(
        _ moment: HostMoment, _ fitness: HostFitness, _ sessions: [String: ChannelPart.SessionState],
        _ requests: inout [StationRequest]
    ) {
        guard tenure.isDue(at: moment.boot) else { return }
        let (parts, records, before) = (parts, records, tenure)
        let request = tenure.request(at: moment.boot) { validUntil in
            var payload = HostPayload(fitness: fitness)
            guard let records else { return payload }
            for (name, part) in parts {
                let context = ChannelPart.Context(
                    moment: moment, tenure: before, fitness: fitness, mayTake: false, session: sessions[name])
                payload.claims[name] = part.claim(validUntil, context, records)
            }
            return payload
        }
        guard let request else { return }
        var transaction = StationTransaction()
        switch request.kind {
        case .read: transaction.gets = [.host(name)]
        case .write(let record, let revision):
            transaction.compare(.host(name), revision)
            transaction.put(.host(name), .host(record))
            if before.state != .held || record.state != .active {
                transaction.put(.tenure(name), .tenure(TenureRecord(record)))
            }
            transaction.otherwise = [.host(name)]
        }
        send(.transact(transaction), .tenure(request.id), request.timeLimit, &requests)
    }

    /// A channel that begins to claim ticks needs a rewrite at once.
    private mutating func claimSoon() {
        for (name, part) in parts where part.isClaiming != claimed.contains(name) {
            if part.isClaiming {
                claimed.insert(name)
                tenure.hurry()
            } else {
                claimed.remove(name)
            }
        }
    }

    private mutating func requestEnding(_ now: BootInstant, _ requests: inout [StationRequest]) {
        guard let records, tenure.isValid(at: now), !isInFlight(.ending) else { return }
        guard observations.values.contains(where: { $0.mayEnd(at: now, timing) }) else { return }
        for (host, observation) in observations.sorted(by: { $0.key < $1.key })
        where observation.mayEnd(at: now, timing) {
            guard let stored = records.hosts[host], stored.revision == observation.revision,
                stored.record.generation < .max
            else { continue }
            endings += 1
            var record = stored.record
            record.generation += 1
            record.state = .ended
            record.attempt = HostRecord.Attempt(process: process, number: -endings)
            var transaction = StationTransaction()
            transaction.compare(.host(host), stored.revision)
            transaction.put(.host(host), .host(record))
            transaction.put(.tenure(host), .tenure(TenureRecord(record)))
            return send(.transact(transaction), .ending, timing.interval, &requests)
        }
    }

    private mutating func requestPrimary(_ moment: HostMoment, _ requests: inout [StationRequest]) {
        guard let request = primary.request(at: moment.boot, utc: moment.utc) else { return }
        var transaction = StationTransaction()
        transaction.compare(.tenure(name), tenure.tenureRevision)
        switch request.kind {
        case .read:
            primaryRead = (request.id, answers)
            hurry()
            return
        case .take(let record, let revision):
            transaction.compare(.primary, revision)
            transaction.put(.primary, .primary(record))
            transaction.gets = [.ceiling]
        case .save(let record, let revision, let ceilingRevision):
            transaction.compare(.primary, revision)
            transaction.compare(.ceiling, ceilingRevision)
            transaction.put(.ceiling, .ceiling(record))
        }
        send(.transact(transaction), .primary(request), request.timeLimit, &requests)
    }

    // MARK: - Answers

    /// Whether a request has had no answer so far.
    package func awaits(_ id: Int64) -> Bool { inFlight[id] != nil }

    /// Takes the answer to a request.
    package mutating func receive(
        _ answer: StationAnswer, to id: Int64, at moment: HostMoment, fitness: HostFitness,
        sessions: [String: ChannelPart.SessionState]
    ) {
        guard let purpose = inFlight.removeValue(forKey: id) else { return }
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
            let context = context(moment, fitness, sessions[name])
            parts[name]?.receive(answer, order: order, context)
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
            // Why it was refused stands in the records.
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
        let isRestored = records.revision < greatestRevision
        if isRestored {
            restoredAt = moment.boot
            observations = [:]
        }
        greatestRevision = records.revision
        self.records = records
        observe(records, at: moment.boot)
        for name in records.channels.keys where parts[name] == nil {
            var part = ChannelPart(host: self.name, channel: name, timing: timing, settings: channelTiming)
            part.greatestFencingNumber = fencingNumbers[name] ?? 0
            if restoredAt != nil { part.storeWasRestored() }
            parts[name] = part
            partNames.append(name)
        }
        partNames.sort()
        for name in partNames {
            if isRestored { parts[name]?.storeWasRestored() }
            let context = context(moment, fitness, sessions[name])
            parts[name]?.see(records, order: order, context)
        }
        if let primaryRead, order >= primaryRead.order {
            self.primaryRead = nil
            primary.receive(.records(primaryRecords(records)), to: primaryRead.id, at: moment.boot)
        }
    }

    private func primaryRecords(_ records: StationRecords) -> Primary.Records {
        let holder = records.primary.map(\.record)
        return Primary.Records(
            primary: records.primary, ceiling: records.ceiling,
            holderGeneration: holder.flatMap { records.tenures[$0.host]?.record.generation },
            holderIsOver: holder.map { records.isOver($0.host, $0.generation) } ?? true)
    }

    /// Notes since when each other host's record has stood at its revision.
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
