// Counts the memory allocations of the tick thread in a running loop.
//
// A preloaded library wraps malloc and its relatives and counts their calls for each thread. The handler of the last
// tick reads the count of its own thread, the tick thread. The allocations before the first tick are the same in a
// run of any length. So the difference of two runs of different length shows what a tick allocates. A count above
// zero shows that the counter works.

internal import Glibc
internal import TickLinux
internal import TickScheduling
internal import TickTime

struct AllocationCount {
    let strategy: WaitStrategy
    /// The tick thread's allocations up to the last tick, in a run of 1000 ticks and in a run of 2000 ticks.
    let after1000: Int
    let after2000: Int

    var perTick: Double { Double(after2000 - after1000) / 1000 }

    /// Counts for every wait strategy, at 1000 ticks a second.
    static func all(cpu: Int, _ peers: Peers) throws(BenchError) -> [AllocationCount] {
        var counts: [AllocationCount] = []
        for strategy in WaitStrategy.allCases {
            progress("micro: allocations under \(strategy.rawValue)")
            counts.append(
                AllocationCount(
                    strategy: strategy, after1000: try count(strategy, ticks: 1000, cpu, peers),
                    after2000: try count(strategy, ticks: 2000, cpu, peers)))
        }
        return counts
    }

    private static func count(
        _ strategy: WaitStrategy, ticks: Int, _ cpu: Int, _ peers: Peers
    ) throws(BenchError) -> Int {
        let turn = Turn(rate: .aes67Millisecond, ticks: ticks, strategy: strategy, priority: nil, cpu: cpu)
        var command = turn.command("allocation-turn")
        command.environment = ["LD_PRELOAD=\(peers.allocationCounter)"]
        let output = try command.run().output
        guard let count = Int(output.split(separator: "\n").first ?? ""), count > 0 else {
            throw .unreadable(program: "the counting turn", "\"\(output)\", but the set-up allocates memory")
        }
        return count
    }
}

extension Turn {
    private typealias Counter = @convention(c) () -> UInt64

    /// The handler's context: where to read the count, and where to store it.
    private struct Reading {
        let counter: Counter
        var count: UInt64 = 0
    }

    /// Runs this turn and returns the tick thread's allocations up to its last tick.
    ///
    /// - Throws: `BenchError.missing` without the preloaded counter, and what `run` throws.
    func countAllocations() throws(BenchError) -> Int {
        guard let symbol = unsafe dlsym(nil, "bench_thread_allocations") else {
            throw .usage("allocation-turn needs the counting library preloaded; run bench micro, which starts it")
        }
        let reading = UnsafeMutablePointer<Reading>.allocate(capacity: 1)
        unsafe reading.initialize(to: Reading(counter: unsafeBitCast(symbol, to: Counter.self)))
        defer { unsafe reading.deallocate() }
        let handler = unsafe TickHandler(
            function: { context, _ in
                guard let reading = unsafe context?.assumingMemoryBound(to: Reading.self) else { return }
                unsafe reading.pointee.count = reading.pointee.counter()
            }, context: reading)
        _ = try run(handler: handler)
        return Int(unsafe reading.pointee.count)
    }
}
