import TickLinux
import TickScheduling
import TickTime

final class Obs: LoopObserver, @unchecked Sendable {
    var l: [Int64] = []
    var w: [Int64] = []
    func delivered(_ r: TickRecord) { l.append(r.tick.startLateness.count); w.append(r.work.count) }
    func incident(_ i: LoopIncident) { print(i) }
    func drained(at now: MonotonicInstant) {}
}
for strategy in WaitStrategy.allCases {
    let obs = Obs()
    let plan = try SessionPlan(rate: .fps5994, tickCount: 300)
    let r = try TickRunner.start(
        [SessionRequest(plan, handler: TickHandler { _ in })],
        options: .init(
            loop: .init(wait: strategy, ringCapacity: 1000),
            thread: .init(fifoPriority: CommandLine.argc > 1 ? 80 : nil, lockMemory: true)), observer: obs)
    print(r.beginning)
    let e = r.wait()
    let s = obs.l.sorted()
    print(
        strategy, s.count, "p50", s[150], "p99", s[297], "max", s[299], "work", obs.w.sorted()[150], e.spin,
        e.tickThreadCPU, e.processCPU, e.elapsed, Double(e.processCPU.count) / Double(e.elapsed.count))
}
