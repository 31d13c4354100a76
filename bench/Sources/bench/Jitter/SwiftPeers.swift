// What a Swift program has without this library: a strict timer source of Dispatch, and Task.sleep(until:). Their
// threads belong to these libraries. They inherit their scheduling from the main thread, and this program prints the
// scheduling that they read.

internal import Dispatch
internal import Glibc
internal import Synchronization
internal import TickLinux
internal import TickTime

/// A turn of one of them, as a process of its own.
struct SwiftPeer: Sendable {
    let turn: Turn

    struct Samples: Sendable {
        var lateness: [Int64] = []
        /// The distance of a repeating timer's times from the grid.
        var grid: [Int64] = []
        var policy = ""

        var text: String {
            lateness.map { "\($0)\n" }.joined() + grid.map { "\(ContenderOutput.gridPrefix)\($0)\n" }.joined()
                + ContenderOutput.policyPrefix + policy
        }
    }

    /// - Throws: `BenchError.refused` if the host refuses what it grants to the others.
    private func prepare() throws(BenchError) {
        let request = ThreadRequest(
            fifoPriority: turn.priority, cpu: turn.cpu, lockMemory: true, holdWakeLatency: true)
        for grant in RealTimeThread.prepareCurrent(request)
        where !grant.isGranted && grant.request != .wakeLatency {
            throw .refused(grant.detail, remedy: grant.remedy)
        }
    }

    /// The scheduling of the calling thread.
    private static var policy: String {
        var parameters = sched_param()
        var policy: Int32 = 0
        guard unsafe pthread_getschedparam(pthread_self(), &policy, &parameters) == 0 else { return "unknown" }
        return policy == SCHED_FIFO
            ? "FIFO \(parameters.sched_priority)" : policy == SCHED_OTHER ? "OTHER" : "\(policy)"
    }

    private func offset(_ tick: Int) -> Int64 { (try? turn.rate.offset(ofTick: Int64(tick)))?.count ?? .max }

    /// A repeating source without leeway.
    func dispatch() throws(BenchError) -> Samples {
        try prepare()
        let samples = Mutex(reserved()), ended = DispatchSemaphore(value: 0)
        let period = offset(1)
        let source = DispatchSource.makeTimerSource(
            flags: .strict, queue: DispatchQueue(label: "bench.dispatch", qos: .userInteractive))
        let epoch = HostClock.monotonic().nanoseconds + 20_000_000
        source.setEventHandler { [self] in
            let now = HostClock.monotonic().nanoseconds
            let isLast = samples.withLock { samples in
                // If several have passed, this is the first.
                let tick = samples.lateness.count
                for later in 0..<min(Int(source.data), turn.ticks - tick) {
                    samples.lateness.append(now - epoch - Int64(tick + later) * period)
                    samples.grid.append(now - epoch - offset(tick + later))
                }
                if tick == 0 { samples.policy = Self.policy }
                return samples.lateness.count >= turn.ticks
            }
            if isLast {
                source.cancel()
                ended.signal()
            }
        }
        source.schedule(
            deadline: DispatchTime(uptimeNanoseconds: UInt64(epoch)), repeating: .nanoseconds(Int(period)),
            leeway: .nanoseconds(0))
        source.activate()
        ended.wait()
        return samples.withLock { $0 }
    }

    /// A task that sleeps until each deadline.
    func taskSleep() throws(BenchError) -> Samples {
        try prepare()
        let ended = DispatchSemaphore(value: 0)
        let result = Mutex(Samples())
        Task {
            var samples = reserved()
            let clock = ContinuousClock()
            let epoch = clock.now.advanced(by: .milliseconds(20))
            for tick in 0..<turn.ticks {
                let deadline = epoch.advanced(by: .nanoseconds(offset(tick)))
                try? await Task.sleep(until: deadline, tolerance: .zero, clock: clock)
                samples.lateness.append(Self.nanoseconds(clock.now - deadline))
            }
            samples.policy = Self.policy
            result.withLock { [samples] in $0 = samples }
            ended.signal()
        }
        ended.wait()
        return result.withLock { $0 }
    }

    private func reserved() -> Samples {
        var samples = Samples()
        samples.lateness.reserveCapacity(turn.ticks)
        samples.grid.reserveCapacity(turn.ticks)
        return samples
    }

    private static func nanoseconds(_ duration: Duration) -> Int64 {
        let (seconds, attoseconds) = duration.components
        return seconds * 1_000_000_000 + attoseconds / 1_000_000_000
    }
}
