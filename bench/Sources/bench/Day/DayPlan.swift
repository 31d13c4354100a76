// Plans forty channels over a day from a seed: rates, policies, programmes and breaks.

internal import TickScheduling
internal import TickTime

/// One channel, with its blocks and its labels.
struct DayChannel {
    let plan: SessionPlan
    /// All blocks of the day and a little more, in order. The first hour or two are planned from the beginning; the
    /// rest is appended while the channel is on air.
    let blocks: [Block]
    /// `nil` if `--slow` divides the rate into one without labels.
    let labels: TimecodeFormat?
    /// The ticks at which its handler stalls, and for how long.
    let stallTick: Int64
    let stall: Nanoseconds
}

enum DayPlan {
    static let channels = 40
    /// 2026-11-21T00:00:00Z, a second after the loop begins.
    static let midnight = UTCInstant(nanoseconds: 1_795_219_200_000_000_000)
    static let length = Nanoseconds.seconds(86_400)
    /// The step of UTC at ten in the morning.
    static let step = Nanoseconds(-1_234_567_891)
    static let stepAt = Nanoseconds.seconds(10 * 3_600)
    /// From this time on, each channel gets a successor at its next fence.
    static let successionAt = Nanoseconds.seconds(10 * 3_600 + 300)
    /// House time is one hour ahead of UTC, and labels are jammed at four.
    static let houseTime = TimecodeStart.timeOfDay(
        offset: UTCOffset(minutes: 60), dailyJam: TimeOfDay(hours: 4))

    /// The number of ticks of forty such channels in a day: 87 million.
    static func drawn(seed: UInt64, slowedDown: UInt32 = 1) throws -> [DayChannel] {
        try (0..<channels).map { number in
            var random = SplitMix64(state: seed &+ UInt64(number) &* 0x9E37_79B9)
            let usual: FrameRate =
                switch number % 10 {
                case 0...6: .fps25
                case 7: .fps2997
                case 8: .fps24
                default: .fps23976
                }
            let rate = try FrameRate(usual.numerator, over: usual.denominator * slowedDown)
            let policy: OverduePolicy = number % 4 == 3 ? .skip : .everyTick
            let lead = number % 8 == 1 ? Nanoseconds.milliseconds(12) : .zero
            return DayChannel(
                plan: try SessionPlan(
                    rate: rate, policy: policy, lead: lead, atPlanEnd: .end, primingTicks: 100 / Int64(slowedDown) + 1),
                blocks: blocks(&random), labels: try? TimecodeFormat(rate: rate),
                stallTick: Int64(random.next() % 1_000_000) / Int64(slowedDown),
                stall: number % 5 == 0 ? Nanoseconds(Int64(random.next() % 3_000_000_000)) : .zero)
        }
    }

    /// Programmes and breaks until the day is full, plus two minutes for the step of UTC.
    private static func blocks(_ random: inout SplitMix64) -> [Block] {
        var blocks: [Block] = []
        var left = length.count
        func add(_ length: Int64) {
            let bounded = min(length, left)
            guard bounded > 0 else { return }
            blocks.append(Block(id: BlockID(rawValue: Int64(blocks.count)), length: Nanoseconds(bounded)))
            left -= bounded
        }
        while left > 0 {
            add(Int64(5 + random.next() % 50) * 60_000_000_000)
            for _ in 0..<(2 + random.next() % 6) { add(random.next() % 2 == 0 ? 15_000_000_000 : 30_000_000_000) }
            // Some blocks between programmes are shorter than a frame.
            if random.next() % 3 == 0 { add(Int64(1 + random.next() % 9_000_000)) }
        }
        return blocks
    }
}
