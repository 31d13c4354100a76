// The computations of the micro-benchmarks, and their inputs.
//
// A good compiler removes a loop over known numbers, so nothing here is known to it. Rate and epoch come from the
// command line and the clock, the inputs from a seeded generator, and every result goes into a sum that is printed.
// The inputs vary, so that no branch predictor learns them, and they fit the first caches, so that memory speed is
// not measured.
//
// A pass is one indirect call for 4096 operations. So the figure is throughput: neighbouring operations overlap as
// far as the CPU allows.

internal import TickLinux
internal import TickScheduling
internal import TickTime

/// One operation, done on every input in a pass.
struct MicroSubject {
    let name: String
    /// How it differs from ours, or what it gives up.
    let remark: String
    /// Runs one pass, and returns the sum of its results.
    let pass: () -> Int64
}

/// One of our operations, and the operations that it is compared with.
struct MicroComparison {
    let ours: MicroSubject
    let peers: [MicroSubject]
}

struct MicroWorkload {
    /// Operations in a pass.
    static let operations = 4096

    let grid: TickGrid
    private let ticks: [Int64]
    private let instants: [MonotonicInstant]
    private let latencies: [Nanoseconds]
    private let seed: UInt64

    /// - Parameter seed: the seed of the inputs. The same seed gives the same inputs.
    init(rate: FrameRate, epoch: MonotonicInstant, seed: UInt64) throws(TickTimeError) {
        self.seed = seed
        var generator = SplitMix64(state: seed)
        grid = TickGrid(rate: rate, epoch: epoch)
        ticks = (0..<Self.operations).map { _ in Int64(generator.next() >> 31) }
        // Anywhere within a period, not only on deadlines.
        let horizon = try rate.offset(ofTick: 1 << 33).count
        instants = (0..<Self.operations).map { _ in epoch + Nanoseconds(.random(in: 0...horizon, using: &generator)) }
        // From a nanosecond to a second, with every doubling equally frequent.
        latencies = (0..<Self.operations).map { _ in
            Nanoseconds(.random(in: 0..<(1 << Int64.random(in: 0...30, using: &generator)), using: &generator))
        }
    }

    var comparisons: [MicroComparison] {
        [
            MicroComparison(ours: deadline, peers: [naiveDeadline, doubleDeadline]),
            MicroComparison(ours: lastTickDue, peers: [naiveLastTickDue, doubleLastTickDue]),
            MicroComparison(ours: histogramRecord, peers: [arrayIncrement]),
            MicroComparison(
                ours: scheduleStep(1), peers: [10, 100, 1_000, 10_000].map { scheduleStep($0) } + [bareHeap(10_000)]),
            stamp,
        ] + ViewWorkload(seed: seed).comparisons + [GateWorkload(seed: seed).comparison]
    }

    private var stamp: MicroComparison {
        do { return try StampWorkload(seed: seed).comparison } catch { preconditionFailure("\(error)") }
    }

    /// The sizes of the schedules whose steps are timed.
    private func scheduleStep(_ sessions: Int) -> MicroSubject {
        let stepper: ScheduleStepper
        do {
            stepper = try ScheduleStepper(sessions: sessions, seed: seed)
        } catch {
            preconditionFailure("sessions at four usual rates fit a schedule made for them: \(error)")
        }
        let remark = sessions == 1 ? "wait, start, finish; distinct epochs" : ""
        return MicroSubject(name: "schedule step, \(sessions) session\(sessions == 1 ? "" : "s")", remark: remark) {
            stepper.steps(Self.operations)
        }
    }

    private func bareHeap(_ sessions: Int) -> MicroSubject {
        let heap = BareHeap(sessions: sessions, seed: seed)
        return MicroSubject(
            name: "bare heap, \(sessions) deadlines", remark: "the floor: deadlines alone, no ticks, no grid"
        ) { heap.steps(Self.operations) }
    }

    private var deadline: MicroSubject {
        MicroSubject(name: "deadline(of:)", remark: "exact at every tick; ticks below 2^33") { [grid, ticks] in
            var sum: Int64 = 0
            do {
                for tick in ticks { sum &+= try grid.deadline(of: tick).nanoseconds }
            } catch {
                preconditionFailure("ticks below 2^33 are in range: \(error)")
            }
            return sum
        }
    }

    private var naiveDeadline: MicroSubject {
        let (numerator, denominator) = (Int64(grid.rate.numerator), Int64(grid.rate.denominator))
        let remark = "the floor: overflows within days at 1001-based rates"
        return MicroSubject(name: "n*10^9*den/num in 64 bits", remark: remark) { [grid, ticks] in
            var sum: Int64 = 0
            for tick in ticks {
                sum &+= grid.epoch.nanoseconds &+ (tick &* 1_000_000_000 &* denominator) / numerator
            }
            return sum
        }
    }

    private var doubleDeadline: MicroSubject {
        let period = 1e9 * Double(grid.rate.denominator) / Double(grid.rate.numerator)
        let remark = "inexact beyond 2^53 ns, 104 days"
        return MicroSubject(name: "n*period in Double", remark: remark) { [grid, ticks] in
            var sum: Int64 = 0
            for tick in ticks { sum &+= grid.epoch.nanoseconds &+ Int64(Double(tick) * period + 0.5) }
            return sum
        }
    }

    private var lastTickDue: MicroSubject {
        MicroSubject(name: "lastTickDue(at:)", remark: "the exact inverse, over the same range") { [grid, instants] in
            var sum: Int64 = 0
            for instant in instants { sum &+= grid.lastTickDue(at: instant) ?? -1 }
            return sum
        }
    }

    private var naiveLastTickDue: MicroSubject {
        let numerator = Int64(grid.rate.numerator)
        let divisor = Int64(grid.rate.denominator) * 1_000_000_000
        let remark = "the floor: overflows within days at 1001-based rates"
        return MicroSubject(name: "t*num/(10^9*den) in 64 bits", remark: remark) { [grid, instants] in
            var sum: Int64 = 0
            for instant in instants { sum &+= (instant - grid.epoch).count &* numerator / divisor }
            return sum
        }
    }

    private var doubleLastTickDue: MicroSubject {
        let rate = Double(grid.rate.numerator) / (1e9 * Double(grid.rate.denominator))
        let remark = "off by one near a deadline"
        return MicroSubject(name: "t*rate in Double", remark: remark) { [grid, instants] in
            var sum: Int64 = 0
            for instant in instants { sum &+= Int64(Double((instant - grid.epoch).count) * rate) }
            return sum
        }
    }

    private var histogramRecord: MicroSubject {
        let recorder = Recorder()
        return MicroSubject(name: "histogram record", remark: "three digits, 1 ns to 39 h; count, sum, extremes") {
            [latencies] in recorder.record(latencies)
        }
    }

    private var arrayIncrement: MicroSubject {
        let counter = Counter()
        return MicroSubject(name: "array increment", remark: "the floor: 1024 bins of 2^20 ns, no extremes") {
            [latencies] in counter.count(latencies)
        }
    }
}

/// Holds a histogram between passes, with one exclusive access per pass instead of one per operation.
private final class Recorder {
    private var histogram = LatencyHistogram()

    func record(_ latencies: [Nanoseconds]) -> Int64 {
        Self.record(latencies, in: &histogram)
        return histogram.count
    }

    private static func record(_ latencies: [Nanoseconds], in histogram: inout LatencyHistogram) {
        for latency in latencies { histogram.record(latency) }
    }
}

/// The same for a plain array.
private final class Counter {
    private var bins = [Int64](repeating: 0, count: 1024)

    func count(_ latencies: [Nanoseconds]) -> Int64 {
        Self.count(latencies, in: &bins)
        return bins[0]
    }

    private static func count(_ latencies: [Nanoseconds], in bins: inout [Int64]) {
        for latency in latencies { bins[Int(truncatingIfNeeded: latency.count >> 20) & 1023] &+= 1 }
    }
}

/// SplitMix64 (Steele, Lea, Flood: Fast Splittable Pseudorandom Number Generators, 2014).
struct SplitMix64: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}
