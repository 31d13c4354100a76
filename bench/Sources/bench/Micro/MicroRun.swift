// Runs all subjects in turn, in each repeat in another order, so that ours and its peers run at the same clock speed.
// The report shows the median over the repeats, the minimum, and the median of the ratios within each repeat.

internal import TickLinux
internal import TickTime

struct MicroOptions {
    let rate: FrameRate
    let cpu: Int
    let repeats: Int
    let seed: UInt64

    static let valued: Set<String> = ["--rate", "--cpu", "--repeats", "--seed"]

    init(_ arguments: Arguments) throws(BenchError) {
        rate = try arguments.rate()
        cpu = try arguments.cpu()
        repeats = try arguments.integer("--repeats", in: 5...10_000, or: 51, because: "their median is the result")
        seed = UInt64(try arguments.integer("--seed", in: 0...Int.max, or: 1, because: "the seed of the inputs"))
    }
}

/// One subject's time in each repeat, in ns per operation.
struct MicroResult {
    let subject: MicroSubject
    var nanoseconds: [Double] = []
    /// The sum of all results, so that the compiler removes no computation.
    var checksum: Int64 = 0

    var median: Double { bench.median(nanoseconds) }
    var least: Double { nanoseconds.min() ?? 0 }

    /// The median over the repeats of this subject's time divided by `peer`'s.
    func ratio(to peer: MicroResult) -> Double {
        bench.median(zip(nanoseconds, peer.nanoseconds).map { $0 / $1 })
    }
}

struct MicroReport {
    let options: MicroOptions
    /// For each comparison: ours, then the peers.
    let groups: [[MicroResult]]
    let allocations: [AllocationCount]
    let stamps: [StampLatency]
}

enum MicroRun {
    /// The passes that are timed together: a quarter of a million operations take about a millisecond, so two clock
    /// readings do not matter.
    private static let passes = 64

    static func run(_ options: MicroOptions, _ peers: Peers) throws(BenchError) -> MicroReport {
        // Counted before this thread is bound to a CPU, because the started program inherits the CPU.
        let allocations = try AllocationCount.all(cpu: options.cpu, peers)
        // The same holds for threads that must run on the other CPUs.
        let stamps = try StampLatencyRun.all()
        for grant in RealTimeThread.prepareCurrent(ThreadRequest(cpu: options.cpu, holdWakeLatency: false))
        where !grant.isGranted {
            throw .refused(grant.detail, remedy: grant.remedy)
        }
        let workload: MicroWorkload
        do {
            workload = try MicroWorkload(rate: options.rate, epoch: HostClock.monotonic(), seed: options.seed)
        } catch {
            throw .usage("--rate \(options.rate): give one at which 2^33 ticks fit the clock; \(error)")
        }
        var groups = workload.comparisons.map { ([$0.ours] + $0.peers).map { MicroResult(subject: $0) } }
        for turn in 0..<options.repeats {
            for group in groups.indices {
                for place in groups[group].indices {
                    time(&groups[group][(place + turn) % groups[group].count])
                }
            }
            if turn % 10 == 0 { progress("micro: repeat \(turn + 1)/\(options.repeats)") }
        }
        return MicroReport(options: options, groups: groups, allocations: allocations, stamps: stamps)
    }

    private static func time(_ result: inout MicroResult) {
        let pass = result.subject.pass
        // Run once untimed, to fill the caches and branch predictors.
        var sum = pass()
        let start = HostClock.monotonic()
        for _ in 0..<passes { sum &+= pass() }
        let elapsed = HostClock.monotonic() - start
        result.checksum &+= sum
        result.nanoseconds.append(Double(elapsed.count) / Double(passes * MicroWorkload.operations))
    }
}
