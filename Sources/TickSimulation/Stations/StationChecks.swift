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
    /// Owners after the first one of each channel.
    package internal(set) var takeOvers: Int64 = 0
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
        sum.takeOvers += b.takeOvers
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

/// What a station's hosts delivered, held to what must be true of it.
struct StationChecks {
    struct Delivery {
        /// True time, at the reading of the clock that decided.
        let time: Int64
        let host: Int
        let index: Int64
        let fencingNumber: Int64
        let isFenced: Bool
    }

    private struct Channel {
        var last: Delivery?
        /// First ticks of moves that were done, with the fencing number of the new owner.
        var seams: [Int64: Int64] = [:]
        /// When the present owner died, if the gap after it is limited.
        var died: Int64?
    }

    /// The store went back, so what hosts believe of it may contradict.
    var wasRestored = false
    private var channels: [String: Channel] = [:]
    private var owners: [String: String] = [:]
    private var greatest: (view: Int64, stamp: Int64)?

    /// Notes what a transaction wrote.
    mutating func saw(_ transaction: StationTransaction, at time: Int64) {
        var done: Set<String> = []
        for put in transaction.puts {
            if case .relay(let name) = put.key, case .relay(let relay) = put.value, case .done = relay.state {
                done.insert(name)
            }
        }
        for put in transaction.puts {
            guard case .air(let name) = put.key, case .air(let air) = put.value else { continue }
            owners[name] = air.host
            if done.contains(name) { channels[name, default: Channel()].seams[air.fencingNumber] = air.firstTick }
        }
    }

    mutating func died(_ host: String, at time: Int64) {
        for (name, owner) in owners where owner == host { channels[name, default: Channel()].died = time }
    }

    /// - Returns: what it violates.
    mutating func deliver(
        _ delivery: Delivery, _ name: String, _ plan: StationPlan, _ counts: inout StationCounts
    ) -> String? {
        guard delivery.isFenced else {
            counts.unfenced += 1
            return nil
        }
        counts.deliveries += 1
        var channel = channels[name] ?? Channel()
        defer { channels[name] = channel }
        guard let last = channel.last else {
            channel.last = delivery
            return nil
        }
        let isNew = delivery.fencingNumber != last.fencingNumber || delivery.host != last.host
        let who = "\(name): host \(delivery.host) delivers tick \(delivery.index) (fence \(delivery.fencingNumber))"
        let before = "host \(last.host) tick \(last.index) (fence \(last.fencingNumber))"
        counts.exclusive.look(isNew)
        // A number that nobody but its owner saw before the store went back may be given again.
        let isShared = delivery.fencingNumber == last.fencingNumber && delivery.host != last.host && !wasRestored
        if delivery.fencingNumber < last.fencingNumber || isShared {
            return "\(who) after \(before)"
        }
        counts.once.look(isNew)
        if delivery.index <= last.index { return "\(who) again, after \(before)" }
        if isNew {
            counts.takeOvers += 1
            if let seam = channel.seams[delivery.fencingNumber] {
                counts.nothingLost.look(plan.movesAreWhole)
                if plan.movesAreWhole, delivery.index != seam || last.index != seam - 1 {
                    return "\(who) after \(before): the move at \(seam) is not whole"
                }
            } else if let died = channel.died, let limit = plan.gapLimit {
                counts.gap.look(true)
                if delivery.time - died > limit { return "\(who) \(delivery.time - died) ns after the owner died" }
            }
            channel.died = nil
        }
        channel.last = delivery
        return nil
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

    func end(_ plan: StationPlan, _ counts: inout StationCounts) {}
}
