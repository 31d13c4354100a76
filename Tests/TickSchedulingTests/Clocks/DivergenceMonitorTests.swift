import TestSupport
import Testing
import TickScheduling
import TickTime

/// A host's three clocks, told apart only by what happened to each: true time passes, and a
/// reading's brackets hide where in them each clock was read.
private struct VirtualClocks {
    /// What the monotonic clock shows; slews and true time both arrive here.
    var monotonic: Int64 = 5_000_000_000
    /// UTC − monotonic: steps and suspends.
    var utcLead: Int64 = 1_790_000_000_000_000_000
    /// BOOTTIME − monotonic: suspends.
    var bootLead: Int64 = 777_000_000

    var epoch: SessionEpoch {
        let anchor = monotonic
        return SessionEpoch(
            utc: UTCInstant(nanoseconds: anchor + utcLead), utcSource: .system,
            hostUTC: UTCInstant(nanoseconds: anchor + utcLead), monotonic: MonotonicInstant(nanoseconds: anchor),
            uncertainty: Nanoseconds(40)
        )
    }

    mutating func pass(_ length: Nanoseconds) { monotonic += length.count }
    mutating func step(_ size: Nanoseconds) { utcLead += size.count }
    mutating func suspend(_ length: Nanoseconds) {
        utcLead += length.count
        bootLead += length.count
    }

    /// A reading whose brackets are `width` ns apart, UTC and BOOTTIME read anywhere between.
    mutating func read(width: Int64 = 60, using random: inout SeededGenerator) -> ClockReading {
        let first = monotonic
        let utc = first + Int64.random(in: 0...width, using: &random) + utcLead
        let boot = first + Int64.random(in: 0...width, using: &random) + bootLead
        monotonic += width
        return ClockReading(
            monotonic: MonotonicInstant(nanoseconds: first + width / 2), utc: UTCInstant(nanoseconds: utc),
            boot: BootInstant(nanoseconds: boot), uncertainty: Nanoseconds((width + 1) / 2)
        )
    }
}

@Suite("The divergence of UTC from the grid")
struct DivergenceMonitorTests {
    @Test(
        "a step is found once, with its size, its bound and when",
        arguments: [1_000_000_000, -1_000_000_000, 3_600_000_000_000, -3_600_000_000_000, 5_000, -7_200_000_000_000])
    func step(size: Int64) {
        var random = SeededGenerator()
        print("step of \(size) ns: seed \(random.seed)")
        var clocks = VirtualClocks()
        var monitor = DivergenceMonitor(epoch: clocks.epoch)
        for round in 0..<50 {
            clocks.pass(.milliseconds(100))
            if round == 20 { clocks.step(Nanoseconds(size)) }
            let reading = clocks.read(using: &random)
            let observation = monitor.observe(reading)
            #expect((observation.step != nil) == (round == 20), "round \(round), seed \(random.seed)")
            #expect(observation.suspend == nil)
            #expect(observation.bound == Nanoseconds(70))
            let expected = round < 20 ? 0 : size
            let error = (observation.utcDivergence - Nanoseconds(expected)).magnitude
            #expect(error <= observation.bound, "round \(round), seed \(random.seed)")
            guard let step = observation.step else { continue }
            #expect(step.kind == .step && step.monotonic == reading.monotonic && step.utc == reading.utc)
            #expect(step.bound == Nanoseconds(62))
            #expect((step.size - Nanoseconds(size)).magnitude <= step.bound, "seed \(random.seed)")
        }
        #expect(monitor.steps.count == 1 && monitor.suspends.count == 0)
        #expect(monitor.steps.last == monitor.steps.largest && monitor.steps.last?.size == monitor.steps.total)
    }

    @Test("a leap second, in which UTC repeats a second, is a step of minus one second")
    func leapSecond() {
        var random = SeededGenerator()
        var clocks = VirtualClocks()
        var monitor = DivergenceMonitor(epoch: clocks.epoch)
        var found: [Int64] = []
        var previous: ClockReading?
        for tenth in 0..<30 {
            clocks.pass(.milliseconds(100))
            if tenth == 15 { clocks.step(.seconds(-1)) }
            let reading = clocks.read(width: 0, using: &random)
            if let step = monitor.observe(reading).step {
                found.append(step.size.count)
                #expect(reading.utc - (previous ?? reading).utc == .milliseconds(-900))
            }
            previous = reading
        }
        #expect(found == [-1_000_000_000])
    }

    @Test(
        "a slew of up to 83 333 ppm bends both clocks alike, and is no step",
        arguments: [500, -500, 83_333, -83_333])
    func slew(partsPerMillion: Int64) {
        var random = SeededGenerator()
        print("slew of \(partsPerMillion) ppm: seed \(random.seed)")
        var clocks = VirtualClocks()
        var monitor = DivergenceMonitor(epoch: clocks.epoch)
        for _ in 0..<600 {
            clocks.pass(Nanoseconds(100_000_000 + 100 * partsPerMillion))
            let observation = monitor.observe(
                clocks.read(width: Int64.random(in: 20...3_000, using: &random), using: &random))
            #expect(observation.utcDivergence.magnitude <= observation.bound, "seed \(random.seed)")
        }
        #expect(monitor.steps.count == 0 && monitor.suspends.count == 0, "seed \(random.seed)")
        #expect(monitor.steps.largest == nil && monitor.last != nil)
    }

    @Test("a suspend is no step, and is told by BOOTTIME")
    func suspend() {
        var random = SeededGenerator()
        print("suspend: seed \(random.seed)")
        var clocks = VirtualClocks()
        var monitor = DivergenceMonitor(epoch: clocks.epoch)
        _ = monitor.observe(clocks.read(using: &random))
        clocks.suspend(.seconds(95))
        let observation = monitor.observe(clocks.read(using: &random))
        #expect(observation.step == nil && observation.suspend?.kind == .suspend)
        let error = observation.suspend.map { ($0.size - .seconds(95)).magnitude <= $0.bound } ?? false
        #expect(error, "seed \(random.seed)")
        let behind = (observation.utcDivergence - .seconds(95)).magnitude
        #expect(behind <= observation.bound, "seed \(random.seed)")
    }

    @Test("a step during a suspend is told apart from it", arguments: [-95_000_000_000, -2_000_000_000, 1_000_000])
    func both(size: Int64) {
        var random = SeededGenerator()
        print("step of \(size) ns in a suspend: seed \(random.seed)")
        var clocks = VirtualClocks()
        var monitor = DivergenceMonitor(epoch: clocks.epoch)
        for _ in 0..<100 {
            _ = monitor.observe(clocks.read(width: 5_000, using: &random))
            clocks.suspend(.seconds(95))
            clocks.step(Nanoseconds(size))
            let observation = monitor.observe(clocks.read(width: 5_000, using: &random))
            let step = observation.step.map { ($0.size - Nanoseconds(size)).magnitude <= $0.bound } ?? false
            let suspend = observation.suspend.map { ($0.size - .seconds(95)).magnitude <= $0.bound } ?? false
            #expect(step && suspend, "seed \(random.seed)")
        }
        #expect(monitor.steps.count == 100 && monitor.suspends.count == 100, "seed \(random.seed)")
    }

    @Test("suspends alone never look like steps, however wide the brackets")
    func suspendNoise() {
        var random = SeededGenerator()
        print("suspends in wide brackets: seed \(random.seed)")
        var clocks = VirtualClocks()
        var monitor = DivergenceMonitor(epoch: clocks.epoch)
        for _ in 0..<2_000 {
            clocks.suspend(.milliseconds(Int64.random(in: 100...5_000, using: &random)))
            _ = monitor.observe(
                clocks.read(width: Int64.random(in: 0...2_000_000, using: &random), using: &random))
        }
        // The first suspend came before the first reading, when BOOTTIME had nothing to be compared with.
        #expect(monitor.suspends.count == 1_999 && monitor.steps.count == 1, "seed \(random.seed)")
    }

    @Test("a step within the uncertainty of the two readings is not claimed")
    func belowBound() {
        var random = SeededGenerator()
        let epoch = VirtualClocks().epoch
        for (size, isClaimed) in [(Int64(2_002), false), (2_003, true), (-2_002, false), (-2_003, true)] {
            var monitor = DivergenceMonitor(epoch: epoch)
            var exact = VirtualClocks()
            for round in 0..<2 {
                exact.pass(.seconds(1))
                if round == 1 { exact.step(Nanoseconds(size)) }
                let reading = exact.read(width: 0, using: &random)
                let observation = monitor.observe(
                    ClockReading(
                        monotonic: reading.monotonic, utc: reading.utc, boot: reading.boot,
                        uncertainty: Nanoseconds(1_000)))
                #expect((observation.step != nil) == (isClaimed && round == 1), "\(size) ns")
            }
        }
    }

    @Test("a step between the epoch's capture and the first reading is found")
    func beforeFirstReading() {
        var random = SeededGenerator()
        var clocks = VirtualClocks()
        var monitor = DivergenceMonitor(epoch: clocks.epoch)
        clocks.step(.seconds(-2))
        let step = monitor.observe(clocks.read(width: 0, using: &random)).step
        #expect(step?.size == .seconds(-2) && step?.bound == Nanoseconds(42))
    }

    @Test("the tally keeps count, signed total, the largest and the last")
    func tally() {
        var random = SeededGenerator()
        var clocks = VirtualClocks()
        var monitor = DivergenceMonitor(epoch: clocks.epoch)
        for seconds: Int64 in [3, -10, 10, 1] {
            clocks.pass(.seconds(1))
            clocks.step(.seconds(seconds))
            _ = monitor.observe(clocks.read(width: 0, using: &random))
        }
        #expect(monitor.steps.count == 4 && monitor.steps.total == .seconds(4))
        #expect(monitor.steps.largest?.size == .seconds(-10) && monitor.steps.last?.size == .seconds(1))
    }

    @Test("a wall clock set to either end of its range does not trap")
    func endsOfRange() {
        let clocks = VirtualClocks()
        var monitor = DivergenceMonitor(epoch: clocks.epoch)
        for (second, utc) in [Int64.min, .max, .min].enumerated() {
            let instant = clocks.monotonic + Int64(second) * 1_000_000_000
            let step = monitor.observe(
                ClockReading(
                    monotonic: MonotonicInstant(nanoseconds: instant), utc: UTCInstant(nanoseconds: utc),
                    boot: BootInstant(nanoseconds: instant), uncertainty: .zero)
            ).step
            #expect(step != nil)
        }
        #expect(monitor.steps.count == 3)
    }

    @Test("a monotonic clock that falls is refused, and so is a negative uncertainty")
    func preconditions() async {
        await #expect(processExitsWith: .failure) {
            var random = SeededGenerator()
            var clocks = VirtualClocks()
            var monitor = DivergenceMonitor(epoch: clocks.epoch)
            _ = monitor.observe(clocks.read(using: &random))
            clocks.pass(.seconds(-1))
            _ = monitor.observe(clocks.read(using: &random))
        }
        await #expect(processExitsWith: .failure) {
            _ = ClockReading(
                monotonic: MonotonicInstant(nanoseconds: 0), utc: UTCInstant(nanoseconds: 0),
                boot: BootInstant(nanoseconds: 0), uncertainty: Nanoseconds(-1))
        }
    }
}
