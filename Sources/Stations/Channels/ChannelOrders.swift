// What operators write: the spec, the grid and the plan of a channel, and the request of a move. Each order is one
// transaction, which compares the records that it rests on. If those change in the meantime, etcd refuses it, and the
// caller reads them and asks again.

package import TickTime

/// An order that does not fit the records as they are. Nothing was written.
package struct OrderRefusal: Error, Hashable, Sendable, CustomStringConvertible {
    /// For people: the cause, and the remedy if there is one.
    package let description: String
}

/// The orders for one channel, as transactions over the records that were read.
package struct ChannelOrders: Sendable {
    package let name: String
    private let all: StationRecords
    private let records: StationRecords.Channel

    /// The most blocks of a plan. The loop of a host has room for this many when a session begins.
    package static let blockLimit = 1_000

    package init(_ name: String, _ all: StationRecords) {
        self.name = name
        self.all = all
        records = all.channels[name] ?? StationRecords.Channel()
    }

    /// The owner, if its tenure goes on.
    package var owner: AirRecord? {
        guard let air = records.air?.record, !all.isOver(air.host, air.generation) else { return nil }
        return air
    }

    package var spec: ChannelSpec? { records.spec?.record }

    // MARK: - The spec and the grid

    /// What `put` gives; what is `nil` stays as it is.
    package struct Change: Sendable {
        package var rate: FrameRate?
        /// Tick 0, on both scales.
        package var origin: (tai: TAIInstant, utc: UTCInstant)?
        package var timecode: String?
        package var hosts: [String]?
        package var standby: ChannelSpec.Standby?
        package var isolation: ChannelSpec.Isolation?
        package var acceptedBoundNanoseconds: Int64?

        package init() {}
    }

    /// Makes the channel, or changes its spec. A channel that was removed while it was on air can be made again when
    /// its last owner has given it up, or when that host's tenure is over: until then it may still deliver.
    ///
    /// - Parameter origin: tick 0 of a new channel if the change gives none.
    /// - Returns: `nil` if nothing would change.
    package func put(
        _ change: Change, origin: (tai: TAIInstant, utc: UTCInstant)
    ) throws(OrderRefusal) -> StationTransaction? {
        var transaction = StationTransaction()
        if let grid = records.grid?.record {
            try refuseOtherGrid(change, grid)
        } else {
            guard let rate = change.rate else { throw OrderRefusal(description: "'\(name)' is new; give its rate") }
            let origin = change.origin ?? origin
            let grid = GridRecord(
                rate: rate, originTAI: origin.tai, originUTC: origin.utc, timecode: change.timecode)
            transaction.put(.grid(name), .grid(grid))
            try startAnew(grid, &transaction)
        }
        guard var spec = records.spec?.record ?? change.hosts.map({ ChannelSpec(hosts: $0) }) else {
            throw OrderRefusal(description: "'\(name)' is new; give its hosts")
        }
        spec.hosts = change.hosts ?? spec.hosts
        spec.standby = change.standby ?? spec.standby
        spec.isolation = change.isolation ?? spec.isolation
        spec.acceptedBoundNanoseconds = change.acceptedBoundNanoseconds ?? spec.acceptedBoundNanoseconds
        if spec != records.spec?.record { transaction.put(.spec(name), .spec(spec)) }
        guard !transaction.puts.isEmpty else { return nil }
        transaction.compare(.spec(name), records.spec?.revision ?? 0)
        transaction.compare(.grid(name), records.grid?.revision ?? 0)
        return transaction
    }

    /// Handles the `air` of a removed channel of this name: its fencing number stays, but its ticks belong to another
    /// grid.
    private func startAnew(_ grid: GridRecord, _ transaction: inout StationTransaction) throws(OrderRefusal) {
        if let owner {
            throw OrderRefusal(
                description: "'\(name)' was removed, and \(owner.host) has not given it up yet, so it may still be on "
                    + "air; try again in a few seconds")
        }
        transaction.compare(.air(name), records.air?.revision ?? 0)
        if let air = records.air?.record { transaction.put(.air(name), .air(air.givenUp(for: grid.phase))) }
    }

    private func refuseOtherGrid(_ change: Change, _ grid: GridRecord) throws(OrderRefusal) {
        func refusal(_ text: String) -> OrderRefusal {
            OrderRefusal(
                description: "the grid of '\(name)' is written once, because hosts count its ticks on it; \(text); "
                    + "leave that out, or make a channel of another name")
        }
        if let rate = change.rate, rate != grid.rate {
            throw refusal("its rate is \(grid.rate?.description ?? "unknown"), not \(rate)")
        }
        if let origin = change.origin, origin.utc.nanoseconds != grid.originUTCNanoseconds {
            let utc = UTCInstant(nanoseconds: grid.originUTCNanoseconds)
            throw refusal("its tick 0 is at \(utc.iso8601), not at \(origin.utc.iso8601)")
        }
        if let timecode = change.timecode, timecode != grid.timecode {
            throw refusal("the label of its tick 0 is \(grid.timecode ?? "none"), not \(timecode)")
        }
    }

    // MARK: - The plan

    /// Adds a block at the end of the plan.
    ///
    /// - Parameters:
    ///   - start: where the caller expects it to begin; required for the first block.
    ///   - past: blocks that end by then are dropped from the plan; `nil`: none.
    package func append(
        _ block: PlanRecord.Block, start: UTCInstant?, droppingBefore past: UTCInstant? = nil
    ) throws(OrderRefusal) -> StationTransaction {
        guard records.grid != nil else { throw noChannel }
        var plan = records.plan?.record
        if let past { plan?.drop(endedBy: past) }
        guard block.lengthNanoseconds > 0 else { throw OrderRefusal(description: "a block must last longer than 0") }
        if let there = plan, !there.blocks.isEmpty {
            let end = there.end
            if let start, start != end {
                throw OrderRefusal(
                    description: "a block at \(start.iso8601) would \(start < end ? "overlap" : "leave a gap after") "
                        + "the plan of '\(name)', which ends at \(end.iso8601); start there, or leave the start out")
            }
            guard !there.blocks.contains(where: { $0.id == block.id }) else {
                throw OrderRefusal(description: "block \(block.id) is in the plan of '\(name)'; use another id")
            }
            guard there.blocks.count < Self.blockLimit else {
                throw OrderRefusal(
                    description: "the plan of '\(name)' has \(Self.blockLimit) blocks, which is the maximum; "
                        + "drop those that are over with --drop-before")
            }
        } else {
            guard let start else {
                throw OrderRefusal(description: "'\(name)' has no block yet; give the start of the first one")
            }
            plan = PlanRecord(startUTCNanoseconds: start.nanoseconds, blocks: [])
        }
        guard var plan, UTCInstant(admitting: (plan.end +| Nanoseconds(block.lengthNanoseconds)).nanoseconds) != nil
        else { throw OrderRefusal(description: "the block would end after \(AdmittedRange.utcText); give less") }
        plan.blocks.append(block)
        var transaction = StationTransaction()
        transaction.compare(.plan(name), records.plan?.revision ?? 0)
        transaction.compare(.grid(name), records.grid?.revision ?? 0)
        transaction.put(.plan(name), .plan(plan))
        return transaction
    }

    // MARK: - A move

    /// Asks the owner to hand the channel over.
    ///
    /// - Parameter id: distinguishes the move from earlier ones.
    package func move(
        to target: String, at place: RelayRecord.Place, id: UInt64
    ) throws(OrderRefusal) -> StationTransaction {
        guard let spec = records.spec?.record, records.grid != nil else { throw noChannel }
        func refusal(_ text: String) -> OrderRefusal { OrderRefusal(description: "'\(name)' is not moved: \(text)") }
        if let relay = records.relay?.record, !relay.isSettled {
            throw refusal("a move to \(relay.target) is under way")
        }
        guard spec.hosts.contains(target) else {
            throw refusal("its spec names \(spec.hosts.joined(separator: ", ")), not \(target)")
        }
        guard let owner else {
            throw refusal("no host has it on air; the first host of its spec that is fit will take it")
        }
        if owner.host == target { throw refusal("\(target) has it on air") }
        if let reason = unfitness(of: target, spec) { throw refusal(reason) }
        if place == .fence, records.plan == nil { throw refusal("it has no plan, and so no fence") }
        if case .tick(let tick) = place, tick <= owner.firstTick {
            throw refusal("\(owner.host) has it from tick \(owner.firstTick) on; give a later tick")
        }
        var transaction = StationTransaction()
        transaction.compare(.relay(name), records.relay?.revision ?? 0)
        transaction.compare(.air(name), records.air?.revision ?? 0)
        transaction.compare(.spec(name), records.spec?.revision ?? 0)
        transaction.put(.relay(name), .relay(RelayRecord(id: id, target: target, place: place)))
        return transaction
    }

    /// Why a host cannot take the channel now; `nil`: it can.
    package func unfitness(of target: String, _ spec: ChannelSpec) -> String? {
        guard let record = all.hosts[target]?.record, record.state == .active else { return "\(target) is not active" }
        return record.payload.fitness.refusal(of: name, accepting: spec.acceptedBoundNanoseconds).map {
            "\(target) is not fit: \($0)"
        }
    }

    /// The hosts that could take the channel, the preferred one first.
    package var standbys: [String] {
        guard let spec = records.spec?.record else { return [] }
        return spec.hosts.filter { $0 != owner?.host && unfitness(of: $0, spec) == nil }
    }

    // MARK: - The end

    /// Deletes the channel's records. `air` stays, because of its fencing number, and because its owner must give it
    /// up.
    ///
    /// - Parameter isForced: also while a host has it on air, but not during a move, when two hosts may have it.
    package func remove(isForced: Bool) throws(OrderRefusal) -> StationTransaction {
        guard records.exists else { throw noChannel }
        if let relay = records.relay?.record, !relay.isSettled, isAnyoneThere {
            throw OrderRefusal(
                description: "'\(name)' is not removed: a move to \(relay.target) is under way; try again after it")
        }
        if let owner, !isForced {
            throw OrderRefusal(
                description: "'\(name)' is on air on \(owner.host); with --force it goes off air and is removed")
        }
        var transaction = StationTransaction()
        for (key, revision) in [
            (StationKey.spec(name), records.spec?.revision), (.grid(name), records.grid?.revision),
            (.plan(name), records.plan?.revision), (.relay(name), records.relay?.revision),
        ] {
            transaction.compare(key, revision ?? 0)
            if revision != nil { transaction.delete(key) }
        }
        transaction.compare(.air(name), records.air?.revision ?? 0)
        return transaction
    }

    /// Whether any host of the station has a tenure, and so may be on air or settle a move.
    private var isAnyoneThere: Bool { all.tenures.values.contains { $0.record.state == .active } }

    private var noChannel: OrderRefusal {
        OrderRefusal(description: "the station has no channel '\(name)'; 'tickrun channel list' names them")
    }
}

extension PlanRecord {
    /// When the last block ends.
    package var end: UTCInstant {
        blocks.reduce(UTCInstant(nanoseconds: startUTCNanoseconds)) { $0 +| Nanoseconds($1.lengthNanoseconds) }
    }

    /// Drops the blocks that end by an instant. Those that stay keep their instants, and so their fences.
    mutating func drop(endedBy past: UTCInstant) {
        var start = UTCInstant(nanoseconds: startUTCNanoseconds)
        let kept = blocks.drop { block in
            let end = start +| Nanoseconds(block.lengthNanoseconds)
            guard end <= past else { return false }
            start = end
            return true
        }
        // The last block stays, because the next one begins at its end.
        guard !kept.isEmpty else {
            if let last = blocks.last {
                startUTCNanoseconds = (end -| Nanoseconds(last.lengthNanoseconds)).nanoseconds
                blocks = [last]
            }
            return
        }
        (startUTCNanoseconds, blocks) = (start.nanoseconds, Array(kept))
    }
}

extension StationTransaction {
    /// Whether the records show that it was carried out: everything that it puts and deletes is so.
    ///
    /// A move is recognized by its id, because hosts act on it at once.
    package func isDone(in records: StationRecords) -> Bool {
        puts.allSatisfy { put in
            switch (put.value, records.value(at: put.key)) {
            case (.relay(let ours), .relay(let theirs)?): ours.id == theirs.id
            case (let ours, let theirs): ours == theirs
            }
        } && deletes.allSatisfy { records.value(at: $0) == nil }
    }

    /// Whether the records show that it can no longer be carried out: a revision that it compares has passed.
    package func isVoid(in records: StationRecords) -> Bool {
        comparisons.contains { $0.revision != records.revision(of: $0.key) }
    }
}
