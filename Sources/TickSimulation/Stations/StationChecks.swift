import Stations

/// What was asserted of a station, how often, and how often its premise held.
package struct StationCounts: Hashable, Sendable {
    package typealias Property = SimulationCounts.Property

    package init() {}

    package internal(set) var events: Int64 = 0
    package internal(set) var deliveries: Int64 = 0
    package internal(set) var unfenced: Int64 = 0
    package internal(set) var stamps: Int64 = 0
    package internal(set) var views: Int64 = 0
    package internal(set) var refusedAtCeiling: Int64 = 0
    package internal(set) var moves: Int64 = 0
    /// The fencing numbers after the first one of each channel, by moves, take-overs and owners that took a channel
    /// again.
    package internal(set) var newFencingNumbers: Int64 = 0
    /// On-air deliveries of two hosts never overlap: a lower fencing number never comes after a higher one.
    package internal(set) var exclusive = Property()
    /// Each index is delivered at most once, and in order; premise: an owner before this one delivered.
    package internal(set) var once = Property()
    /// A move that was done loses nothing: the first index of the new owner follows the last of the old one.
    package internal(set) var nothingLost = Property()
    /// The gap after a failure keeps its limit; premise: the store was well, and a standby was fit.
    package internal(set) var gap = Property()
    /// Stamps never fall from one view to the next.
    package internal(set) var stampsRise = Property()

    package static func + (a: StationCounts, b: StationCounts) -> StationCounts {
        var sum = a
        sum.events += b.events
        sum.deliveries += b.deliveries
        sum.unfenced += b.unfenced
        sum.stamps += b.stamps
        sum.views += b.views
        sum.refusedAtCeiling += b.refusedAtCeiling
        sum.moves += b.moves
        sum.newFencingNumbers += b.newFencingNumbers
        for path in properties.map(\.path) { sum[keyPath: path] = a[keyPath: path] + b[keyPath: path] }
        return sum
    }

    static let properties: [(name: String, path: any WritableKeyPath<StationCounts, Property> & Sendable)] = [
        ("exclusive", \.exclusive), ("once", \.once), ("nothing_lost", \.nothingLost), ("gap", \.gap),
        ("stamps_rise", \.stampsRise),
    ]

    /// Every property with its name and its counts, in the order of reports.
    package var all: [(name: String, property: Property)] { Self.properties.map { ($0.name, self[keyPath: $0.path]) } }

    /// The properties of `scenario` whose premises never held: the runs did not test them.
    package func untested(in scenario: StationScenario) -> [String] {
        all.filter { scenario.required.contains($0.name) && $0.property.held == 0 }.map(\.name)
    }
}

/// What a station's hosts delivered, and what must hold for it.
struct StationChecks {
    struct Delivery {
        /// True time, at the reading of the clock that decided.
        let time: Int64
        let host: Int
        let index: Int64
        let fencingNumber: Int64
        let isFenced: Bool

        fileprivate var words: String { "host \(host), tick \(index), fencing number \(fencingNumber)" }
    }

    private struct Channel {
        let name: String
        var owner: String?
        var last: Delivery?
        /// First ticks of moves that were done, with the fencing number of the new owner.
        var seams: [Int64: Int64] = [:]
        /// When the present owner died, if the gap after it is limited.
        var died: Int64?
    }

    /// The store went back.
    var wasRestored = false
    /// In the order of the plan.
    private var channels: [Channel]
    private var greatest: (view: Int64, stamp: Int64)?

    init(_ plan: StationPlan) { channels = plan.channels.map { Channel(name: $0.name) } }

    /// Notes what a transaction wrote.
    mutating func saw(_ transaction: StationTransaction) {
        for channel in channels.indices {
            for put in transaction.puts {
                guard put.key == .air(channels[channel].name), case .air(let air) = put.value else { continue }
                channels[channel].owner = air.host
                if transaction.isDone(channels[channel].name) {
                    channels[channel].seams[air.fencingNumber] = air.firstTick
                }
            }
        }
    }

    mutating func died(_ host: String, at time: Int64) {
        for channel in channels.indices where channels[channel].owner == host { channels[channel].died = time }
    }

    /// - Returns: what it violates.
    mutating func deliver(
        _ delivery: Delivery, _ channel: Int, _ plan: StationPlan, _ counts: inout StationCounts
    ) -> String? {
        guard delivery.isFenced else {
            counts.unfenced += 1
            return nil
        }
        counts.deliveries += 1
        guard let last = channels[channel].last else {
            channels[channel].last = delivery
            return nil
        }
        let isNew = delivery.fencingNumber != last.fencingNumber || delivery.host != last.host
        counts.exclusive.look(isNew)
        // A number that only its owner saw before the store went back may be given again.
        let isShared = delivery.fencingNumber == last.fencingNumber && delivery.host != last.host && !wasRestored
        if delivery.fencingNumber < last.fencingNumber || isShared {
            return "\(words(delivery, channel)) after \(last.words)"
        }
        counts.once.look(isNew)
        if delivery.index <= last.index { return "\(words(delivery, channel)) again, after \(last.words)" }
        channels[channel].last = delivery
        return isNew ? firstDelivery(delivery, after: last, channel, plan, &counts) : nil
    }

    /// Looks at the first delivery of an owner.
    private mutating func firstDelivery(
        _ delivery: Delivery, after last: Delivery, _ channel: Int, _ plan: StationPlan, _ counts: inout StationCounts
    ) -> String? {
        counts.newFencingNumbers += 1
        defer { channels[channel].died = nil }
        if let seam = channels[channel].seams[delivery.fencingNumber] {
            counts.nothingLost.look(plan.movesAreWhole)
            if plan.movesAreWhole, delivery.index != seam || last.index != seam - 1 {
                return "\(words(delivery, channel)) after \(last.words): the move at \(seam) is not whole"
            }
        } else if let died = channels[channel].died, let limit = plan.gapLimit {
            counts.gap.look(true)
            if delivery.time - died > limit {
                return "\(words(delivery, channel)) \(delivery.time - died) ns after the owner died"
            }
        }
        return nil
    }

    private func words(_ delivery: Delivery, _ channel: Int) -> String {
        "\(channels[channel].name): host \(delivery.host) delivers tick \(delivery.index), "
            + "fencing number \(delivery.fencingNumber),"
    }

    /// - Returns: what it violates.
    mutating func stamp(_ stamp: Int64, view: Int64, _ counts: inout StationCounts) -> String? {
        counts.stamps += 1
        guard let greatest else {
            self.greatest = (view, stamp)
            return nil
        }
        if view > greatest.view { counts.views += 1 }
        counts.stampsRise.look(view != greatest.view)
        if view < greatest.view {
            return "view \(view) stamps \(stamp) after view \(greatest.view) has stamped \(greatest.stamp)"
        }
        if view > greatest.view, stamp < greatest.stamp {
            return "view \(view) stamps \(stamp) below \(greatest.stamp) of view \(greatest.view)"
        }
        if view >= greatest.view { self.greatest = (view, max(stamp, greatest.stamp)) }
        return nil
    }
}

extension StationTransaction {
    /// Whether it marks a channel's move as done.
    fileprivate func isDone(_ channel: String) -> Bool {
        puts.contains { put in
            guard put.key == .relay(channel), case .relay(let relay) = put.value, case .done = relay.state else {
                return false
            }
            return true
        }
    }
}
