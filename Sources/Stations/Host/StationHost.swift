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
// A store that was restored from a backup goes back in revisions. Its content may then be old: a host that it shows as
// ended may have had a channel until a moment ago. So for a whole observation this host ends no tenure and takes
// nothing. After that it skips the fencing numbers that others may have used without its knowledge. Any answer can show
// the restore, also the acceptance of a taking that was meant for the store before: such a taking gives no right.

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
    package internal(set) var tenure: Tenure
    package var primary: Primary
    /// Its part in each channel, in the order of their names.
    package internal(set) var parts: [ChannelPart] = []
    /// All records, as they were read last.
    package internal(set) var records: StationRecords?
    /// When the caller stopped delivering, for good.
    private var stoppedAt: BootInstant?
    /// When a step back of the store's revision was noticed.
    package internal(set) var restoredAt: BootInstant?

    enum Purpose {
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

    let timing: TenureTiming
    let channelTiming: ChannelTiming
    let process: UInt64
    var greatestRevision: Int64
    var fencingNumbers: [String: Int64]
    var observations: [String: HostObservation] = [:]
    /// The requests that have had no answer so far, a few, each with the greatest revision when it was sent.
    var inFlight: [(id: Int64, purpose: Purpose, revision: Int64)] = []
    var lastID: Int64 = 0
    var answers = 0
    var endings: Int64 = 0
    var nextPoll: BootInstant?
    /// A primary's request that waits for the next reading of all records.
    var primaryRead: (id: Int64, order: Int)?
    /// Channels whose claim was asked for.
    var claimed: Set<String> = []
    /// What the host last stated about the channels that it cannot carry.
    var saidRefusals: [String: String]?

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

    /// What must be on disk before the host acts on it.
    package var memory: StationMemory {
        var memory = StationMemory()
        memory.primary = primary.highest
        memory.fencingNumbers = fencingNumbers
        for part in parts { memory.fencingNumbers[part.channel] = part.usedFencingNumber }
        memory.storeRevision = greatestRevision
        return memory
    }

    /// Gives the tenure up.
    ///
    /// - Parameter stop: by then the caller had taken every channel off air. So the next owner begins after the ticks
    ///   that were due by then, and not after all ticks that this host had claimed.
    package mutating func release(stoppedAt stop: BootInstant) {
        stoppedAt = stop
        tenure.release()
    }

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
        if fitness.refusedChannels != saidRefusals {
            // Other hosts decide by it, so they must know it at once.
            saidRefusals = fitness.refusedChannels
            tenure.hurry()
        }
        requestTenure(moment, fitness, sessions, &requests)
        primary.holds(tenure.state == .held ? tenure.generation : nil)
        if mayTake(now) {
            requestEnding(now, &requests)
            requestPrimary(moment, &requests)
        }
        if let records {
            var context = context(moment, fitness)
            for index in parts.indices {
                let name = parts[index].channel
                guard !isInFlight(.channel(name)) else { continue }
                context.session = sessions[name]
                guard let transaction = parts[index].request(context, records) else { continue }
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
    var isBusy: Bool {
        parts.contains(where: \.isBusy)
    }

    func isInFlight(_ purpose: Purpose) -> Bool { inFlight.contains { $0.purpose.isOfOneKind(with: purpose) } }

    mutating func send(
        _ kind: StationRequest.Kind, _ purpose: Purpose, _ limit: Nanoseconds, _ requests: inout [StationRequest]
    ) {
        lastID += 1
        inFlight.append((lastID, purpose, greatestRevision))
        requests.append(StationRequest(id: lastID, kind: kind, timeLimit: limit, lane: purpose.lane))
    }

    /// What every channel's step is given; the session is still to be set.
    func context(_ moment: HostMoment, _ fitness: HostFitness) -> ChannelPart.Context {
        ChannelPart.Context(
            moment: moment, tenure: tenure, fitness: fitness, mayTake: mayTake(moment.boot), session: nil)
    }

    /// The part in one channel; `nil` while no record of the channel was read.
    package func part(of channel: String) -> ChannelPart? { parts.first { $0.channel == channel } }

    /// Whether the store's content is recent enough to act on.
    func mayTake(_ now: BootInstant) -> Bool { restoredAt.map { now -| $0 >= timing.observation } ?? true }

    mutating func requestTenure(
        _ moment: HostMoment, _ fitness: HostFitness, _ sessions: [String: ChannelPart.SessionState],
        _ requests: inout [StationRequest]
    ) {
        guard tenure.isDue(at: moment.boot) else { return }
        let (parts, records, before, stoppedAt) = (parts, records, tenure, stoppedAt)
        let request = tenure.request(at: moment.boot) { validUntil in
            var payload = HostPayload(fitness: fitness)
            guard let records else { return payload }
            var context = ChannelPart.Context(
                moment: moment, tenure: before, fitness: fitness, mayTake: false, session: nil)
            for part in parts {
                context.session = sessions[part.channel]
                payload.claims[part.channel] =
                    if let stoppedAt { part.lastClaim(stoppedAt: stoppedAt, context) } else {
                        part.claim(validUntil, context, records)
                    }
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
    mutating func claimSoon() {
        for index in parts.indices where parts[index].isClaiming != claimed.contains(parts[index].channel) {
            if parts[index].isClaiming {
                claimed.insert(parts[index].channel)
                tenure.hurry()
            } else {
                claimed.remove(parts[index].channel)
            }
        }
    }

    mutating func requestEnding(_ now: BootInstant, _ requests: inout [StationRequest]) {
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

    mutating func requestPrimary(_ moment: HostMoment, _ requests: inout [StationRequest]) {
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
}
