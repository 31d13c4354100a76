// One host's part in one channel.
//
//     bystander ──named by the spec──▶ standby ──the owner is over, its turn──▶ arming ──its claim is stored──▶ taking
//                                        ▲                                                                       │
//          ┌─────────────────────────────┘                                                    accepted, or read back
//          │ the air is another's, the tenure was lost, or S has passed                                          ▼
//          └──────────────────────────────────────────────────────────────────────────────────────────────── owner
//
// A planned move, by the states of its record:
//
//     requested ──the owner chooses the seam S──▶ seam ──the other's session is ready from S──▶ ready
//         │                                        │ not ready in time                            │ the owner stops at S
//         ▼                                        ▼                                              ▼ and swaps `air`
//     cancelled ◀──────────────────────────── cancelled ◀──the air is still its own────────────── done
//                                                                                                 │ S has passed
//                                                                                                 ▼
//                                                                                              settled
//
// The owner publishes S as its end before it sends the swap. Without an answer it stays stopped at S. It goes on only
// after it has read back that `air` is still its own, and after it has cancelled the relay. The swap compares the
// relay's revision, so it can then no longer be applied.
//
// The host that takes a channel over begins beyond the ticks that the host before it claimed. A claim is stored before
// the tenure that it belongs to counts, so nothing beyond it was delivered.
//
// An operator may remove a channel while this host has it on air. Without a spec there is no right. The owner then
// gives `air` up, in the same turn or later; only after that may the channel be put again. Until a move is settled, a
// second host may be on air, so the channel cannot be removed.
//
// At most one request of a channel is on its way. Records that were read before the answer to the last request are
// ignored, because they show nothing new. After a request that was refused or had no answer, the next request waits for
// a later reading. Otherwise requests that are answered faster than a reading would make every reading too old, for
// ever.

import TickScheduling
import TickTime

/// The state machine of one host's part in one channel. The caller reads the records and sends its requests.
package struct ChannelPart: Sendable {
    package enum Role: Hashable, Sendable, CaseIterable {
        /// The spec does not name this host.
        case bystander
        case standby
        /// It will take the channel as soon as its claim is stored.
        case arming
        case taking
        case owner
    }

    /// The input of a step.
    package struct Context: Sendable {
        package var moment: HostMoment
        package var tenure: Tenure
        package var fitness: HostFitness
        /// Whether the store can be trusted with what this host remembers; not shortly after it was restored.
        package var mayTake: Bool
        package var session: SessionState?

        package init(
            moment: HostMoment, tenure: Tenure, fitness: HostFitness, mayTake: Bool, session: SessionState?
        ) {
            self.moment = moment
            self.tenure = tenure
            self.fitness = fitness
            self.mayTake = mayTake
            self.session = session
        }
    }

    package private(set) var role = Role.bystander
    /// The owner's record, while the channel is this host's, and after a move until the seam has passed.
    package internal(set) var air: Stored<AirRecord>?
    /// The first tick that this host does not deliver, from the sending of a swap on.
    package internal(set) var endTick: Int64?
    /// When the other host may deliver that tick, at the earliest.
    var endInstant: BootInstant?
    /// The greatest fencing number that this host saw. The caller keeps it on disk.
    package var greatestFencingNumber: Int64 = 0
    /// After a restore of the store: hosts whose records are lost may have used numbers up to this one.
    private var unseenFencingNumber: Int64 = 0
    /// The records that were read last.
    package internal(set) var records: StationRecords.Channel?

    let host: String
    package let channel: String
    let timing: TenureTiming
    let settings: ChannelTiming
    var isHandedOver = false
    /// The relay's revision that a swap without an acceptance compares.
    var openSwap: Int64?
    /// The ceiling of the air's host when this host began to arm.
    private var armedCeiling: Int64 = -1
    /// Since when the channel has had no owner.
    private var freeSince: BootInstant?
    private var inFlight: Kind?
    /// The last request was not accepted, and nothing was read since.
    private var mustRead = false
    /// Records that were asked for before this count are ignored.
    private var oldestOrder = 0

    enum Kind: Sendable {
        case take(AirRecord)
        /// With the relay's revision that the transaction compares.
        case swap(AirRecord, relay: Int64)
        case relay(RelayRecord)
        case giveUp(AirRecord)
    }

    package init(host: String, channel: String, timing: TenureTiming, settings: ChannelTiming = ChannelTiming()) {
        self.host = host
        self.channel = channel
        self.timing = timing
        self.settings = settings
    }

    /// Other hosts may have used numbers that this host never saw and that the store has lost.
    ///
    /// A taking of this host that has no answer may be accepted by the restored store, although another host took the
    /// channel in the store before. So its number, the next one, counts as used: such an air is not this host's.
    mutating func storeWasRestored() {
        if air == nil, usedFencingNumber < .max - 2 { greatestFencingNumber = usedFencingNumber + 2 }
        unseenFencingNumber = usedFencingNumber < .max - Self.unseenLimit ? usedFencingNumber + Self.unseenLimit : .max
    }

    /// More numbers than are ever used between two readings of one host.
    private static let unseenLimit: Int64 = 1_000_000

    /// The greatest number that may have been used.
    var usedFencingNumber: Int64 { max(greatestFencingNumber, unseenFencingNumber) }

    /// The number of the next owner; `nil`: there is none left.
    var nextFencingNumber: Int64? {
        usedFencingNumber < AirRight.fencingNumbers.upperBound ? usedFencingNumber + 1 : nil
    }

    // MARK: - Steps

    /// Takes the records that were read.
    ///
    /// - Parameter order: how many answers had been taken when the reading was asked for.
    package mutating func see(_ all: StationRecords, order: Int, _ context: Context) {
        guard order >= oldestOrder else { return }
        let name = channel
        var channel = all.channels[name] ?? StationRecords.Channel()
        if let records { channel.keep(records, where: all.damaged.contains, of: name) }
        records = channel
        if let seen = channel.air?.record.fencingNumber { greatestFencingNumber = max(greatestFencingNumber, seen) }
        mustRead = false
        settle(channel, context)
        // The channel was removed during a move: nothing is left to deliver up to the seam.
        if isHandedOver, channel.spec == nil { leave() }
        let isNamed = channel.spec?.record.hosts.contains(host) ?? false
        switch role {
        case .bystander where isNamed: role = .standby
        case .standby where !isNamed, .arming where !isNamed: role = .bystander
        case .taking where inFlight == nil: role = .standby
        default: break
        }
        if isFree(all) {
            if freeSince == nil { freeSince = context.moment.boot }
        } else {
            freeSince = nil
            if role == .arming { role = .standby }
        }
    }

    /// Compares what this host believes with the `air` that was read.
    private mutating func settle(_ channel: StationRecords.Channel, _ context: Context) {
        if let stored = channel.air, holds(stored.record, context.tenure), !isStale(stored.record) {
            if air?.revision != stored.revision { (endTick, isHandedOver, openSwap) = (nil, false, nil) }
            // The relay has changed since: the swap was not applied, and cannot be.
            if let openSwap, channel.relay?.revision != openSwap { (endTick, self.openSwap) = (nil, nil) }
            (air, role) = (stored, .owner)
            return
        }
        guard let own = air else { return }
        // The swap without an answer was applied: `air` is the target's, from the seam on.
        let isSwapped =
            endTick != nil && channel.air?.record.firstTick == endTick
            && channel.air?.record.fencingNumber ?? 0 > own.record.fencingNumber
        if holds(own.record, context.tenure), isHandedOver || isSwapped {
            isHandedOver = true
        } else {
            leave()
        }
    }

    /// Whether the record is older than what this host has seen: the store was restored. Its number is used up.
    private func isStale(_ air: AirRecord) -> Bool { air.fencingNumber < greatestFencingNumber }

    /// The channel is no longer this host's.
    mutating func leave() {
        (air, endTick, isHandedOver, openSwap) = (nil, nil, false, nil)
        role = .standby
    }

    /// Whether nobody has the channel.
    func isFree(_ all: StationRecords) -> Bool {
        guard let air = records?.air?.record else { return records?.spec != nil && records?.grid != nil }
        return all.isOver(air.host, air.generation) || air.host == host && isStale(air)
    }

    /// The transaction to send now, if one is due.
    package mutating func request(_ context: Context, _ all: StationRecords) -> StationTransaction? {
        if let air, !holds(air.record, context.tenure) { leave() }
        endMove(context, all)
        guard inFlight == nil, !mustRead, context.tenure.isValid(at: context.moment.boot),
            let kind = kind(context, all)
        else { return nil }
        inFlight = kind
        return transaction(kind, context, all)
    }

    /// After a move, this host's part is over when the seam has passed.
    private mutating func endMove(_ context: Context, _ all: StationRecords) {
        guard isHandedOver, let endTick, let grid = grid(context, all), let due = grid.due(endTick) else { return }
        if context.moment.boot -| due >= settings.prepare { leave() }
    }

    private mutating func kind(_ context: Context, _ all: StationRecords) -> Kind? {
        switch role {
        case .bystander: return nil
        case .owner:
            if isHandedOver { return nil }
            return records?.spec == nil ? givingUp() : moveAsOwner(context, all)
        case .standby:
            // An owner whose tenure is over hands nothing over: its channel is taken like any other.
            if isTarget, !isFree(all) { return moveAsTarget(context, all) }
            guard isItsTurn(context, all) else { return nil }
            role = .arming
            armedCeiling = claimedCeiling(all)
            return nil
        case .arming, .taking:
            guard isItsTurn(context, all) else {
                role = .standby
                return nil
            }
            guard let record = taking(context, all) else { return nil }
            role = .taking
            return .take(record)
        }
    }

    /// What to write after an operator has removed the channel: without the spec there is no right.
    private func givingUp() -> Kind? {
        air.map { .giveUp($0.record.givenUp(for: $0.record.phase)) }
    }

    /// Whether this host should take a channel that no host has: the first fit host of the spec takes it, and each
    /// further one waits an interval longer.
    private func isItsTurn(_ context: Context, _ all: StationRecords) -> Bool {
        guard let freeSince, context.mayTake, let spec = records?.spec?.record, isFree(all),
            let rank = spec.hosts.firstIndex(of: host),
            context.fitness.refusal(of: channel, accepting: spec.acceptedBoundNanoseconds) == nil
        else { return false }
        let before = spec.hosts[..<rank].filter { name in
            guard let record = all.hosts[name]?.record, record.state == .active else { return false }
            return record.payload.fitness.refusal(of: channel, accepting: spec.acceptedBoundNanoseconds) == nil
        }
        return context.moment.boot -| freeSince >= timing.interval.saturatingTimes(Int64(before.count))
    }

    /// The greatest tick that the host of the air claimed; -1 for none.
    private func claimedCeiling(_ all: StationRecords) -> Int64 {
        records?.air.flatMap { all.hosts[$0.record.host]?.record.payload.claims[channel]?.tickCeiling } ?? -1
    }

    /// The record with which it takes the channel; `nil` while its claim does not reach that far.
    private func taking(_ context: Context, _ all: StationRecords) -> AirRecord? {
        guard let grid = grid(context, all), let phase = phase(all), let number = nextFencingNumber else { return nil }
        var first = grid.firstTick(from: context.moment.boot +| settings.prepare)
        if let air = records?.air?.record {
            // If the channel was this host's own, its claims have risen since, for what it is to deliver next.
            let ceiling = air.host == host ? armedCeiling : claimedCeiling(all)
            guard ceiling < .max else { return nil }
            first = max(first, air.firstTick, ceiling + 1, firstTickAfterMove(to: air, grid, phase, context))
        }
        guard context.tenure.accepted.claims[channel]?.tickCeiling ?? -1 >= first else { return nil }
        return AirRecord(
            host: host, generation: context.tenure.generation, firstTick: first,
            fencingNumber: number, phase: phase)
    }

    /// Takes the answer to its request.
    ///
    /// - Parameter order: how many answers were taken before.
    package mutating func receive(_ answer: StationAnswer, order: Int, _ context: Context) {
        guard let kind = inFlight else { return }
        inFlight = nil
        oldestOrder = order + 1
        if case .accepted = answer { mustRead = false } else { mustRead = true }
        switch (kind, answer) {
        case (.take(let record), .accepted(let result)):
            let stored = Stored(record, revision: result.revision)
            records?.air = stored
            greatestFencingNumber = max(greatestFencingNumber, record.fencingNumber)
            guard holds(record, context.tenure), !isStale(record) else { return }
            (air, role, endTick, isHandedOver, openSwap) = (stored, .owner, nil, false, nil)
        case (.swap(let record, _), .accepted(let result)):
            records?.air = Stored(record, revision: result.revision)
            greatestFencingNumber = max(greatestFencingNumber, record.fencingNumber)
            isHandedOver = true
        case (.relay(let record), .accepted(let result)):
            records?.relay = Stored(record, revision: result.revision)
            // A swap that was open compares the relay's revision, so it can no longer be applied.
            if openSwap != nil { (endTick, openSwap) = (nil, nil) }
        case (.swap(_, let relay), _):
            // The records that were read meanwhile may show that it was applied.
            if isHandedOver { return }
            // Or that the relay changed without it: it can then no longer be applied.
            if records?.relay?.revision == relay { openSwap = relay } else { endTick = nil }
        case (.giveUp(let record), .accepted(let result)):
            records?.air = Stored(record, revision: result.revision)
            leave()
        case (.take, _), (.relay, _), (.giveUp, _): break
        }
    }
}
