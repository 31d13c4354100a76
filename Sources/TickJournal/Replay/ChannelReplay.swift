// Combines what several hosts recorded of one channel, by fencing number and index.
//
//     once      each index is on air at most once, on all hosts
//     in order  along fencing numbers the indices rise: what a sink that fences takes
//     owner     a fencing number belongs to one session at a time, of one journal
//     gaps      indices that nobody had on air, between the first and the last one
//     phase     by how much a host's first deadline is off the grid of the host before it
//
// Ticks that are on air unfenced are counted, and left out: two hosts may have them.

import TickScheduling
public import TickTime

/// Checks the journals of a channel's hosts against each other.
public struct ChannelReplay: Sendable {
    /// What one host delivered under one fencing number.
    public struct Owner: Hashable, Sendable {
        public let fencingNumber: Int64
        /// Which journal, in the order in which they were added.
        public let journal: Int
        public internal(set) var firstTick: Int64
        public internal(set) var lastTick: Int64
        public internal(set) var ticks: Int64
        /// How far its first deadline is off the grid of the owner before it; `nil` for the first owner.
        public internal(set) var phaseJump: Nanoseconds?
    }

    /// Indices that no host had on air.
    public struct Gap: Hashable, Sendable {
        public let firstTick: Int64
        public let lastTick: Int64
        /// The time between the two deliveries around it, by the hosts' UTC.
        public let length: Nanoseconds
        public var ticks: Int64 { lastTick - firstTick + 1 }
    }

    private struct Delivery {
        let journal: Int
        let tick: Int64
        let fencingNumber: Int64
        let deadline: UTCInstant
        let start: UTCInstant
    }

    public let channel: String
    /// Deliveries on air that were fenced, and that were not.
    public private(set) var ticks: Int64 = 0
    public private(set) var unfencedTicks: Int64 = 0
    public private(set) var owners: [Owner] = []
    public private(set) var gaps: [Gap] = []
    /// The first contradictions found, in words; at most `faultLimit` are kept.
    public private(set) var faults: [String] = []
    public private(set) var faultCount: Int64 = 0
    public static let faultLimit = 20

    private var rates: [Key: FrameRate] = [:]
    private var deliveries: [Delivery] = []
    private var rate: FrameRate?

    private struct Key: Hashable {
        let journal: Int
        let session: Int32
    }

    public init(channel: String) { self.channel = channel }

    /// Adds a record of a journal.
    ///
    /// - Parameter journal: which journal it is of, counted from 0.
    public mutating func add(_ record: JournalRecord, of journal: Int) {
        switch record {
        case .session(let anchor) where anchor.name == channel:
            rates[Key(journal: journal, session: anchor.session)] = anchor.plan.rate
            if let rate, rate != anchor.plan.rate {
                note("journal \(journal) ticks the channel at \(anchor.plan.rate), another one at \(rate)")
            }
            rate = anchor.plan.rate
        case .tick(let entry):
            guard rates[Key(journal: journal, session: entry.session)] != nil, let air = entry.air, air.isOnAir else {
                return
            }
            guard !air.isUnfenced, let number = air.fencingNumber else {
                unfencedTicks += 1
                return
            }
            ticks += 1
            deliveries.append(
                Delivery(
                    journal: journal, tick: entry.tick, fencingNumber: number,
                    deadline: entry.gridUTC -| (entry.start -| entry.deadline), start: entry.gridUTC))
        default: break
        }
    }

    private mutating func note(_ fault: String) {
        faultCount += 1
        if faults.count < Self.faultLimit { faults.append(fault) }
    }

    /// Compares what was added. Call it once, after the last record.
    public mutating func finish() {
        deliveries.sort { ($0.fencingNumber, $0.tick, $0.journal) < ($1.fencingNumber, $1.tick, $1.journal) }
        var last: Delivery?
        for delivery in deliveries {
            guard let before = last else {
                begin(delivery, after: nil)
                last = delivery
                continue
            }
            if delivery.fencingNumber != before.fencingNumber {
                begin(delivery, after: before)
            } else if delivery.journal != before.journal {
                note(
                    "fencing number \(delivery.fencingNumber) is in journals \(before.journal) and "
                        + "\(delivery.journal): tick \(delivery.tick)")
            } else {
                owners[owners.count - 1].lastTick = delivery.tick
                owners[owners.count - 1].ticks += 1
            }
            if delivery.tick <= before.tick {
                let relation = delivery.tick == before.tick ? "again" : "below tick \(before.tick)"
                note(
                    "tick \(delivery.tick) is on air \(relation) in journal \(delivery.journal), fencing number "
                        + "\(delivery.fencingNumber); before it journal \(before.journal), fencing number "
                        + "\(before.fencingNumber)")
                continue
            }
            if delivery.tick > before.tick + 1 {
                gaps.append(
                    Gap(
                        firstTick: before.tick + 1, lastTick: delivery.tick - 1,
                        length: delivery.start -| before.start))
            }
            last = delivery
        }
        deliveries = []
    }

    private mutating func begin(_ delivery: Delivery, after before: Delivery?) {
        var owner = Owner(
            fencingNumber: delivery.fencingNumber, journal: delivery.journal, firstTick: delivery.tick,
            lastTick: delivery.tick, ticks: 1)
        if let before, let rate, let offset = try? rate.offset(ofTick: delivery.tick),
            let earlier = try? rate.offset(ofTick: before.tick)
        {
            owner.phaseJump = (delivery.deadline -| before.deadline) -| (offset -| earlier)
        }
        owners.append(owner)
    }
}
