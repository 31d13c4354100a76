import TestSupport
import Testing
import TickScheduling
import TickTime

/// One wait of the loop: that it compiles, from another module, is the proof that the margin
/// neither allocates nor locks.
@_noAllocation @_noLocks
private func waitOnTickPath(
    for deadline: MonotonicInstant, from now: MonotonicInstant, overshoot: Nanoseconds,
    with margin: inout SpinMargin
) -> MonotonicInstant {
    let asked = margin.sleepEnd(before: deadline, now: now)
    let woke = asked + overshoot
    margin.slept(until: asked, woke: woke)
    margin.reached(deadline, at: max(woke, deadline))
    return asked
}

@Suite("The spin margin")
struct SpinMarginTests {
    @Test("on a quiet host the margin lies half above the p99 overshoot, and ticks start on their deadline")
    func quietHost() throws {
        var loop = VirtualWaits { Int64.random(in: 50_000...80_000, using: &$0) }
        print("quiet host: seed \(loop.random.seed)")
        try loop.run(ticks: 1_000)
        try loop.run(ticks: 5_000)
        let (margin, late, share) = (loop.margin.margin, loop.lateness(percentile: 99), loop.spunShare)
        #expect(margin > .microseconds(115) && margin <= .microseconds(120))
        #expect(late == 40)
        #expect(share < 4_000)
        let (isSpinning, stops, waits) = (loop.margin.isSpinning, loop.margin.stops, loop.margin.waits)
        #expect(isSpinning && stops == 0 && waits == 6_000)
    }

    @Test(
        "two slow wake-ups in the last 256 do not raise the margin, and three do",
        arguments: [(2, 90_000), (3, 180_000)] as [(Int, Int64)])
    func slowWakeUps(slow: Int, expected: Int64) throws {
        var sleeps = 0
        var loop = VirtualWaits { _ in
            sleeps += 1
            return sleeps % 256 < slow ? 120_000 : 60_000
        }
        try loop.run(ticks: 2_000)
        let margin = loop.margin.margin
        #expect(margin == Nanoseconds(expected))
    }

    @Test("a host that wakes at once still gets a margin of 20 µs")
    func floor() throws {
        var loop = VirtualWaits { _ in 1_500 }
        try loop.run(ticks: 300)
        let margin = loop.margin.margin
        #expect(margin == .microseconds(20) && margin == SpinMargin.floor)
    }

    @Test("the initial margin is not undercut until 256 sleeps are known")
    func warmUp() throws {
        var loop = VirtualWaits(SpinMargin(initialMargin: .microseconds(150))) { _ in 40_000 }
        try loop.run(ticks: 256)
        let before = loop.margin.margin
        #expect(before == .microseconds(150))
        try loop.run(ticks: 17)
        let after = loop.margin.margin
        #expect(after == .microseconds(60))
    }

    @Test("sixteen slow sleeps raise the initial margin")
    func slowWarmUp() throws {
        var loop = VirtualWaits(SpinMargin(initialMargin: .microseconds(150))) { _ in 140_000 }
        try loop.run(ticks: 16)
        let before = loop.margin.margin
        try loop.run(ticks: 1)
        let after = loop.margin.margin
        #expect(before == .microseconds(150) && after == .microseconds(210))
    }

    @Test("the initial margin is cut to the budget once two deadlines are known")
    func warmUpBudget() throws {
        var loop = VirtualWaits(SpinMargin(budgetPercent: 5), rate: .aes67Millisecond) { _ in 0 }
        try loop.run(ticks: 3)
        let margin = loop.margin.margin
        #expect(margin == .microseconds(50))
    }

    enum Host: CaseIterable {
        case steady, spread, skewed, tailed, twoPeaks

        func overshoot(_ random: inout SeededGenerator) -> Int64 {
            switch self {
            case .steady: Int64.random(in: 60_000...62_000, using: &random)
            case .spread: Int64.random(in: 60_000...150_000, using: &random)
            case .skewed: 30_000 + Int64(1 << Int.random(in: 10...18, using: &random))
            case .tailed:
                Int.random(in: 0..<50, using: &random) == 0
                    ? Int64.random(in: 150_000...1_500_000, using: &random)
                    : Int64.random(in: 40_000...80_000, using: &random)
            case .twoPeaks: Bool.random(using: &random) ? 8_000 : 140_000
            }
        }
    }

    @Test(
        "spinning stays within its share of elapsed time", arguments: Host.allCases,
        [FrameRate.fps24, .fps5994, .fps120, .aes67Millisecond])
    func budget(host: Host, rate: FrameRate) throws {
        for percent in [1, 2, 10] {
            var loop = VirtualWaits(SpinMargin(budgetPercent: percent), rate: rate) { host.overshoot(&$0) }
            try loop.run(ticks: 5_000)
            let share = loop.spunShare
            // The budget is kept over the overshoots seen; those to come differ from them a little.
            #expect(share <= Int64(percent) * 10_500, "\(share) ppm of \(percent) %, seed \(loop.random.seed)")
        }
    }

    @Test("at 59.94 with overshoots of 60 to 150 µs spinning goes on, and p99 starts on the deadline")
    func ordinaryHost() throws {
        var loop = VirtualWaits { Host.spread.overshoot(&$0) }
        print("ordinary host: seed \(loop.random.seed)")
        try loop.run(ticks: 1_000)
        try loop.run(ticks: 20_000)
        let (stops, late) = (loop.margin.stops, loop.lateness(percentile: 99))
        #expect(stops == 0 && late == 40)
    }

    @Test("at 1000 fps with overshoots of 60 µs the budget still buys punctual ticks, since the overshoot is slept")
    func fastLoop() throws {
        var loop = VirtualWaits(rate: .aes67Millisecond) { Host.steady.overshoot(&$0) }
        print("fast loop: seed \(loop.random.seed)")
        try loop.run(ticks: 1_000)
        try loop.run(ticks: 10_000)
        let (stops, late, share) = (loop.margin.stops, loop.lateness(percentile: 99), loop.spunShare)
        #expect(stops == 0 && late == 40 && share <= 20_500)
    }

    @Test("a spin that is preempted more than a sleep is late stops, and says why and when")
    func noisyNeighbour() throws {
        var loop = VirtualWaits { Int64.random(in: 60_000...100_000, using: &$0) }
        loop.spinDelay = { Int.random(in: 0..<15, using: &$0) == 0 ? 4_000_000 : 40 }
        print("noisy neighbour: seed \(loop.random.seed)")
        try loop.run(ticks: 512)
        let (early, whileSpinning) = (loop.margin.stops, loop.lateness(percentile: 99))
        #expect(early == 0 && whileSpinning == 4_000_000)

        let before = loop.now
        try loop.run(ticks: 16)
        let (stops, isSpinning, stop) = (loop.margin.stops, loop.margin.isSpinning, loop.margin.lastStop)
        #expect(stops == 1 && !isSpinning && stop?.reason == .spinLaterThanSleep)
        #expect(stop.map { $0.at >= before && $0.at <= loop.now } ?? false)

        let spun = loop.margin.spunTime
        try loop.run(ticks: 2_000)
        let (stopped, spunSince) = (loop.lateness(percentile: 99), loop.margin.spunTime - spun)
        #expect(stopped >= 60_000 && stopped <= 100_000)
        #expect(spunSince == .zero)
    }

    @Test("a budget that reaches fewer than half of the wake-ups stops the spinning")
    func budgetBelowOvershoot() throws {
        var sleeps = 0
        var loop = VirtualWaits(rate: .aes67Millisecond) { _ in
            sleeps += 1
            return sleeps % 5 < 2 ? 5_000 : 300_000
        }
        try loop.run(ticks: 600)
        let stop = loop.margin.lastStop
        #expect(stop?.reason == .budgetBelowOvershoot)
        let late = loop.lateness(percentile: 50)
        #expect(late > 200_000)
    }

    @Test(
        "spinning is tried again after 60 s, not before, and stays if the host has quietened",
        arguments: [true, false])
    func retry(quietens: Bool) throws {
        var loop = VirtualWaits(rate: .fps50) { Int64.random(in: 60_000...100_000, using: &$0) }
        loop.spinDelay = { Int.random(in: 0..<12, using: &$0) == 0 ? 4_000_000 : 40 }
        print("retry: seed \(loop.random.seed)")
        var waited = 0
        while loop.margin.isSpinning, waited < 2_000 {
            try loop.run(ticks: 1)
            waited += 1
        }
        if quietens { loop.spinDelay = { _ in 40 } }
        // A minute holds 3000 waits at 50 fps. The decision may have been up to 4 ms into its wait, when
        // the spin before had been preempted, so that the next to be tried is the 3000th or 3001st.
        try loop.run(ticks: 2_998)
        let before = loop.margin.isSpinning
        #expect(!before)
        try loop.run(ticks: 3)
        let after = loop.margin.isSpinning
        #expect(after)

        try loop.run(ticks: 540)
        let (stops, isSpinning, reason) = (loop.margin.stops, loop.margin.isSpinning, loop.margin.lastStop?.reason)
        #expect(stops == (quietens ? 1 : 2) && isSpinning == quietens)
        #expect(reason == .spinLaterThanSleep)
    }

    @Test("a sleep that was interrupted before its end is no overshoot")
    func interrupted() {
        var margin = SpinMargin()
        let deadline = MonotonicInstant(nanoseconds: 1_000_000_000)
        for _ in 0..<100 {
            let asked = margin.sleepEnd(before: deadline, now: deadline - .milliseconds(10))
            margin.slept(until: asked, woke: asked - .milliseconds(5))
        }
        let (length, waits) = (margin.margin, margin.waits)
        #expect(length == .microseconds(200) && waits == 0)
    }

    @Test("a wake-up before the deadline is no lateness, and one within the margin is spun away")
    func oneWait() {
        var margin = SpinMargin()
        let deadline = MonotonicInstant(nanoseconds: 1_000_000_000)
        let asked = waitOnTickPath(
            for: deadline, from: deadline - .milliseconds(10), overshoot: .microseconds(70), with: &margin)
        let (spun, waits) = (margin.spunTime, margin.waits)
        #expect(asked == deadline - .microseconds(200))
        #expect(spun == .microseconds(130) && waits == 1)
    }

    @Test("a wake-up after the deadline leaves nothing to spin")
    func wokeLate() {
        var margin = SpinMargin()
        let deadline = MonotonicInstant(nanoseconds: 1_000_000_000)
        let asked = margin.sleepEnd(before: deadline, now: deadline - .milliseconds(10))
        margin.slept(until: asked, woke: deadline + .microseconds(5))
        margin.reached(deadline, at: deadline + .microseconds(6))
        let (spun, waits) = (margin.spunTime, margin.waits)
        #expect(spun == .zero && waits == 1)
    }

    @Test("a wait that begins inside the margin spins without a sleep")
    func insideMargin() {
        var margin = SpinMargin()
        let deadline = MonotonicInstant(nanoseconds: 1_000_000_000)
        let now = deadline - .microseconds(120)
        let asked = margin.sleepEnd(before: deadline, now: now)
        #expect(asked <= now)
        margin.reached(deadline, at: deadline + Nanoseconds(30))
        let spun = margin.spunTime
        #expect(spun == Nanoseconds(120_030))
    }

    @Test("a budget outside 1 ... 100 % is refused")
    func badBudget() async {
        await #expect(processExitsWith: .failure) { _ = SpinMargin(budgetPercent: 0) }
        await #expect(processExitsWith: .failure) { _ = SpinMargin(budgetPercent: 101) }
    }
}
