// A day of forty channels in virtual time, with the schedule that a real loop runs.
//
// Time passes while the schedule waits and while a handler "runs". A seed gives how late each wait ends and how long
// each handler takes. Blocks are appended as fences come near. UTC is stepped in the morning, and every channel gets
// a successor at its next fence. House time is jammed at four. The run checks every tick in a second account: its
// number, its deadline's place in the plan and its block. At the end, every tick of the day must have been delivered
// once or reported as skipped.

internal import TickLinux
internal import TickScheduling
internal import TickTime

/// The result of a day.
struct DayResult: Equatable {
    var delivered: Int64 = 0
    var skipped: Int64 = 0
    /// The ticks that the channels' sessions own, counted from the fences.
    var owned: Int64 = 0
    var blocksBegun: Int64 = 0
    var blocksAppended: Int64 = 0
    var blocksWithoutTick: Int64 = 0
    var seams: Int64 = 0
    var jams: Int64 = 0
    var labelsRepeated: Int64 = 0
    var labelsSkipped: Int64 = 0
    var passes: Int64 = 0
    /// The number of rules that ticks broke.
    var broken: Int64 = 0
    /// A digest of each tick's session, number, deadline, start and block, and of each block's first label.
    var digest: UInt64 = 0xCBF2_9CE4_8422_2325

    var isWhole: Bool { broken == 0 && delivered + skipped == owned }

    mutating func mix(_ word: Int64) { digest = (digest ^ UInt64(bitPattern: word)) &* 0x100_0000_01B3 }
}

/// The second account of one session.
private struct DayAccount {
    var channel: Int
    var epoch: SessionEpoch
    var timecode: SessionTimecode?
    var expected: Int64 = 0
    /// The fences of the channel's blocks on this session's grid, computed in another way than the session does.
    var fences: [Int64]
    var block: Int
    var jams: Int64 = 0
    var appended: Int
    var isSucceeded = false
    /// The session owns the ticks below this one.
    var end: Int64
}

struct DayRun: ~Copyable {
    private let channels: [DayChannel]
    private var schedule: TickSchedule
    private var accounts: [DayAccount] = []
    private var now = MonotonicInstant(nanoseconds: 1_000_000_000)
    private let begin = MonotonicInstant(nanoseconds: 1_000_000_000)
    private var random: SplitMix64
    private var result = DayResult()

    static func run(seed: UInt64, slowedDown: UInt32 = 1) throws -> DayResult {
        var day = DayRun(channels: try DayPlan.drawn(seed: seed, slowedDown: slowedDown), seed: seed)
        try day.begins()
        try day.ticks()
        return day.result
    }

    private init(channels: [DayChannel], seed: UInt64) {
        self.channels = channels
        random = SplitMix64(state: ~seed)
        schedule = TickSchedule(capacity: 2 * channels.count, blockCapacity: 4_096)
    }

    /// UTC when the monotonic clock shows `instant`.
    private func utc(at instant: MonotonicInstant) -> UTCInstant {
        let unstepped = DayPlan.midnight + (instant - begin) - .seconds(1)
        return unstepped >= DayPlan.midnight + DayPlan.stepAt ? unstepped + DayPlan.step : unstepped
    }

    private func epoch(at utc: UTCInstant) -> SessionEpoch {
        let ahead = utc - self.utc(at: now)
        return SessionEpoch(
            utc: utc, utcSource: .system, hostUTC: utc, monotonic: now + ahead, uncertainty: Nanoseconds(40))
    }

    private mutating func begins() throws {
        for channel in channels.indices {
            let epoch = epoch(at: DayPlan.midnight)
            let first = channels[channel].blocks.prefix(12)
            _ = try schedule.add(
                channels[channel].plan, epoch: epoch,
                blocks: try BlockPlan(start: DayPlan.midnight, blocks: Array(first)), beginningAt: now)
            try open(channel, epoch, appended: first.count)
        }
    }

    /// Opens the account of the newest session.
    private mutating func open(_ channel: Int, _ epoch: SessionEpoch, appended: Int) throws {
        let plan = channels[channel].plan
        var (fences, end) = ([Int64](), DayPlan.midnight)
        for block in channels[channel].blocks {
            end = end + block.length
            // The least n with n · den · 10⁹ ≥ (end − epoch) · num, by its neighbours.
            let distance = Int128((end - epoch.utc).count) * Int128(plan.rate.numerator)
            let period = Int128(plan.rate.denominator) * 1_000_000_000
            var fence = Int64(max(0, distance / period - 1))
            while Int128(fence) * period < distance { fence += 1 }
            fences.append(fence)
        }
        accounts.append(
            DayAccount(
                channel: channel, epoch: epoch,
                timecode: try channels[channel].labels.map {
                    try SessionTimecode(format: $0, start: DayPlan.houseTime, epoch: epoch.utc)
                },
                fences: fences, block: 0, appended: appended, end: fences[fences.count - 1]))
    }

    private mutating func ticks() throws {
        while true {
            switch schedule.next(at: now) {
            case .ended:
                result.passes = schedule.passCount
                for account in accounts { result.owned += account.end }
                return
            case .wait(let until):
                // Nineteen of twenty wakes are within 16 µs, the other within a millisecond.
                let drawn = random.next()
                now = until + Nanoseconds(Int64(drawn & 0x3FFF) << (drawn >> 60 == 0 ? 6 : 0))
            case .start:
                let tick = schedule.start(at: now)
                take(tick)
                let channel = channels[accounts[Int(tick.session.index)].channel]
                let isStalled = tick.index == channel.stallTick
                now = now + Nanoseconds(tick.index &* 7 & 0x7FF) + (isStalled ? channel.stall : .zero)
                schedule.finish(at: now)
                if tick.isPriming { try prime(tick) }
            }
        }
    }

    /// Compares a tick with its session's account.
    private mutating func take(_ tick: Tick) {
        let number = Int(tick.session.index)
        result.delivered += 1
        result.skipped += tick.skippedBefore
        result.mix(Int64(number) << 48 ^ tick.index)
        result.mix(tick.deadline.nanoseconds)
        result.mix(tick.start.nanoseconds)
        accounts[number].take(tick, &result)
    }

    /// Plans more blocks near a fence and, in the morning, lets a successor take over.
    private mutating func prime(_ tick: Tick) throws {
        let number = Int(tick.session.index)
        let channel = accounts[number].channel
        let blocks = channels[channel].blocks
        if !accounts[number].isSucceeded {
            // A dozen blocks are always ahead.
            while accounts[number].appended < min(blocks.count, accounts[number].block + 12) {
                let placed = try schedule.append(blocks[accounts[number].appended], to: tick.session)
                result.blocksAppended += 1
                if placed.ownsNoTick { result.blocksWithoutTick += 1 }
                accounts[number].appended += 1
            }
        }
        let isDue = tick.deadlineUTC - DayPlan.midnight >= DayPlan.successionAt
        guard isDue, number < channels.count, !accounts[number].isSucceeded else { return }
        // The end of the block on air, in today's UTC.
        var end = DayPlan.midnight
        for block in blocks[...accounts[number].block] { end = end + block.length }
        let epoch = epoch(at: end)
        var session = TickSession(
            id: SessionID(index: schedule.addedCount), plan: channels[channel].plan, epoch: epoch)
        let planned = try BlockPlan(start: DayPlan.midnight, blocks: Array(blocks[..<accounts[number].appended]))
        let upcoming = session.join(planned)
        let seam = try schedule.succeed(tick.session, by: session, upcoming: upcoming.span, at: now)
        if seam.utcJump.magnitude - DayPlan.step.magnitude != .zero { result.broken += 1 }
        accounts[number].isSucceeded = true
        accounts[number].end = seam.predecessorEndTick
        result.seams += 1
        result.mix(seam.phaseJump.count)
        try open(channel, epoch, appended: accounts[number].appended)
    }
}

extension DayAccount {
    mutating func take(_ tick: Tick, _ result: inout DayResult) {
        if tick.index != expected + tick.skippedBefore { result.broken += 1 }
        expected = tick.index + 1
        let before = block
        while block < fences.count, tick.index >= fences[block] { block += 1 }
        guard let own = tick.block, own.index == Int64(block), tick.ticksToFence == fences[block] - tick.index else {
            result.broken += 1
            return
        }
        if tick.blockChanged {
            result.blocksBegun += 1
            if tick.index > 0, tick.blocksPassed != Int64(block - before) { result.broken += 1 }
            result.mix(own.index)
            if let label = timecode?.label(ofTick: tick.index) {
                result.mix(Int64(label.hours) << 24 ^ Int64(label.minutes) << 16 ^ Int64(label.frames))
            }
        } else if block != before {
            result.broken += 1
        }
        if tick.isPriming { jam(upTo: tick.index, &result) }
    }

    /// Looks for jams at each fence, because a jam is only reported when it is looked for.
    private mutating func jam(upTo tick: Int64, _ result: inout DayResult) {
        guard let timecode else { return }
        let count = timecode.jamCount(throughTick: tick)
        while jams < count {
            jams += 1
            let jam = timecode.jam(jams)
            result.jams += 1
            result.labelsRepeated += jam.labelsRepeated
            result.labelsSkipped += jam.labelsSkipped
        }
    }
}
