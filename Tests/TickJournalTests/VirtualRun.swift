import TestSupport
import TickJournal
import TickScheduling
import TickTime

/// A run of a virtual loop with changes while it runs, and its journal, as an observer records it: changes
/// first, then the ticks that had waited.
struct VirtualRun {
    private(set) var bytes: [UInt8] = []
    private(set) var ticks = 0
    /// What happened in it.
    private(set) var seen: Set<String> = []
    private var writer = JournalWriter()
    private var epochs: [Int32: SessionEpoch] = [:]
    private var told = 0

    init(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        var script = VirtualScript()
        let works = (0..<64).map { _ in
            Nanoseconds(
                Int64.random(in: 0...99, using: &random) < 85
                    ? 200_000 : Int64.random(in: 0...90_000_000, using: &random))
        }
        let long = Int64.random(in: 40...200, using: &random)
        script.work = { session, tick in
            tick == long && session.index == 0
                ? .milliseconds(700) : works[Int(truncatingIfNeeded: tick &* 7 &+ Int64(session.index) &* 13) & 63]
        }
        let wakes = (0..<32).map { _ in Nanoseconds(Int64.random(in: 0...3_000_000, using: &random)) }
        script.wakeLatency = { wakes[$0 & 31] }
        script.dispatch = Nanoseconds(Int64.random(in: 0...2_000, using: &random))
        var loop = VirtualLoop(
            [], script: script, prepares: Bool.random(using: &random), capacity: 16, blockCapacity: 64)
        let late = Int64.random(in: 0...9, using: &random) == 0
        for _ in 0..<Int.random(in: 1...4, using: &random) {
            try add(to: &loop, in: late ? .milliseconds(-30) : .milliseconds(25), &random)
        }
        var (live, seam): ([SessionID], Seam?) = (epochs.keys.sorted().map { SessionID(index: $0) }, nil)
        for _ in 0..<Int.random(in: 100...400, using: &random) {
            guard loop.next() != nil else { break }
            switch Int.random(in: 0..<60, using: &random) {
            case 0 where loop.count < 14: live.append(try add(to: &loop, in: .milliseconds(30), &random))
            case 1 where seam == nil && loop.count < 14:
                seam = try succeed(&loop, live.randomElement(using: &random) ?? live[0])
                if let seam { live.append(seam.successor) }
            case 2 where live.count > 2:
                remove(live.remove(at: Int.random(in: 0..<live.count, using: &random)), from: &loop)
            case 3: try append(to: &loop, live.randomElement(using: &random) ?? live[0])
            case 4..<10: tell(loop)
            default: break
            }
        }
        loop.requestStop()
        _ = loop.next()
        tell(loop)
        writer.takePending { bytes = $0 }
    }

    private mutating func plan(_ random: inout SeededGenerator) throws -> SessionPlan {
        let rate = [FrameRate.fps5994, .fps25, .fps2997, .fps24].randomElement(using: &random) ?? .fps25
        let policy: OverduePolicy =
            switch Int.random(in: 0..<3, using: &random) {
            case 0: .everyTick
            case 1: .skip
            default: .paced(spacing: .milliseconds(5))
            }
        if case .paced = policy { seen.insert("paced") }
        return try SessionPlan(
            rate: rate, tickCount: Bool.random(using: &random) ? nil : 150, policy: policy,
            backlogMax: Bool.random(using: &random) ? .milliseconds(300) : SessionPlan.defaultBacklogMax,
            lead: Bool.random(using: &random) ? .zero : .milliseconds(4),
            atPlanEnd: Bool.random(using: &random) ? .end : .continue,
            primingTicks: Bool.random(using: &random) ? 5 : nil)
    }

    @discardableResult
    private mutating func add(
        to loop: inout VirtualLoop, in lead: Nanoseconds, _ random: inout SeededGenerator
    ) throws -> SessionID {
        let plan = try plan(&random)
        var blocks: BlockPlan?
        if Bool.random(using: &random) {
            let start = loop.clocks.utc(at: loop.now) + .milliseconds(Int64.random(in: -500...500, using: &random))
            blocks = try BlockPlan(
                start: start,
                blocks: (0..<Int64.random(in: 3...6, using: &random)).map {
                    Block(id: BlockID(rawValue: $0), length: .milliseconds(Int64.random(in: 10...900, using: &random)))
                })
        }
        let id: SessionID
        do { id = try loop.add(plan, in: lead, blocks: blocks) } catch {
            // A plan that is over before it begins.
            id = try loop.add(plan, in: lead)
            blocks = nil
        }
        anchor(loop.session(id.index), blocks, nil)
        return id
    }

    private mutating func anchor(_ session: TickSession, _ blocks: BlockPlan?, _ predecessor: SessionID?) {
        let id = session.id.index
        epochs[id] = session.epoch
        writer.append(
            .session(
                SessionAnchor(
                    session: id, name: "s\(id)", plan: session.plan, epoch: session.epoch, planStart: blocks?.start,
                    blockCount: Int64(blocks?.blocks.count ?? 0), predecessor: predecessor?.index)))
        for (index, block) in (blocks?.blocks ?? []).enumerated() {
            writer.append(
                .block(BlockRecord(session: id, index: Int64(index), id: block.id, name: nil, length: block.length)))
        }
    }

    private mutating func succeed(_ loop: inout VirtualLoop, _ id: SessionID) throws -> Seam? {
        guard loop.contains(id), loop.session(id.index).endReason == nil else { return nil }
        let utc = loop.clocks.utc(at: loop.now) + .milliseconds(120)
        guard let seam = try? loop.succeed(id, at: utc) else { return nil }
        seen.insert("successor")
        anchor(loop.session(seam.successor.index), nil, id)
        return seam
    }

    private mutating func remove(_ id: SessionID, from loop: inout VirtualLoop) {
        guard loop.remove(id) != nil else { return }
        seen.insert("removed")
        writer.append(.sessionRemoved(id.index))
    }

    private mutating func append(to loop: inout VirtualLoop, _ id: SessionID) throws {
        guard loop.contains(id),
            let placed = try? loop.append(Block(id: BlockID(rawValue: 99), length: .milliseconds(50)), to: id)
        else { return }
        seen.insert("appended")
        writer.append(
            .block(
                BlockRecord(
                    session: id.index, index: placed.index, id: placed.id, name: nil, length: .milliseconds(50),
                    wasAppended: true)))
    }

    /// Records the ticks that have waited.
    private mutating func tell(_ loop: borrowing VirtualLoop) {
        for record in loop.records[told...] {
            let tick = record.tick
            if tick.skippedBefore > 0 { seen.insert("skipped") }
            if tick.crossedBacklog { seen.insert("backlog") }
            if tick.blockChanged { seen.insert("block") }
            if tick.cause != .wake { seen.insert(tick.cause.name) }
            guard let epoch = epochs[tick.session.index] else { continue }
            writer.append(.tick(TickEntry(tick, work: record.work, epoch: epoch)))
            ticks += 1
        }
        told = loop.records.count
    }
}
