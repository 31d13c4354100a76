import Glibc
import Synchronization
import TestSupport
import Testing
import TickLinux
import TickScheduling
import TickTime

/// Counts what it is told, and what its thread runs under.
private final class Counter: LoopObserver {
    struct State: Sendable {
        var indices: [Int64] = []
        var changes = 0
        var policy: Int32 = -1
        var drains = 0
    }

    private let state = Mutex(State())
    var all: State { state.withLock { $0 } }

    func began(_ beginning: TickRunner.Beginning, control: LoopControl) {
        var (policy, parameters): (Int32, sched_param) = (-1, sched_param())
        unsafe pthread_getschedparam(pthread_self(), &policy, &parameters)
        state.withLock { [policy] in $0.policy = policy }
    }
    func changed(_ change: LoopChange) { state.withLock { $0.changes += 1 } }
    func delivered(_ record: TickRecord) { state.withLock { $0.indices.append(record.tick.index) } }
    func drained(at now: MonotonicInstant) { state.withLock { $0.drains += 1 } }
}

@Suite("A pulled loop with an observer")
struct ObservedLoopTests {
    private static func options(fifo: Int? = nil) -> TickRunnerOptions {
        TickRunnerOptions(
            loop: TickLoopOptions(wait: .sleep, ringCapacity: 1 << 10),
            thread: ThreadRequest(fifoPriority: fifo, holdWakeLatency: false))
    }

    @Test("its observer is told of every tick, and of changes made on the pulling thread")
    func told() async throws {
        let counter = Counter()
        let ending = try await onOwnThread {
            var loop = try ObservedLoop.begin(
                [SessionRequest(try SessionPlan(rate: .fps100, tickCount: 10))], options: Self.options(),
                observer: counter)
            var (pulled, added) = (0, false)
            while let tick = loop.next() {
                pulled += 1
                if tick.index == 3, !added {
                    added = true
                    try loop.loop.add(SessionRequest(try SessionPlan(rate: .fps50, tickCount: 4)))
                }
            }
            #expect(pulled == 14)
            let ending = loop.finish()
            // Once more says the same.
            #expect(loop.finish().endReasons == ending.endReasons && loop.next() == nil)
            return ending
        }
        #expect(counter.all.indices.sorted() == ([0, 1, 2, 3] + Array(0..<10)).sorted() && counter.all.changes == 1)
        #expect(ending.endReasons == [0: .ticksDelivered, 1: .ticksDelivered] && ending.clocks.lostRecords == 0)
    }

    @Test("finished early, it has stopped; let go of, it has told of all that was done before it is gone")
    func ended() async throws {
        let (first, second) = (Counter(), Counter())
        try await onOwnThread {
            let endless = SessionRequest(try SessionPlan(rate: .fps100))
            var loop = try ObservedLoop.begin([endless], options: Self.options(), observer: first)
            #expect(loop.next() != nil)
            #expect(loop.finish().endReasons == [0: .stopped])
            var other = try ObservedLoop.begin([endless], options: Self.options(), observer: second)
            #expect(other.next() != nil && other.next() != nil)
        }
        // Of the second loop one tick was done, and another under way.
        #expect(first.all.indices == [0] && second.all.indices == [0])
    }

    @Test("its drain does not compete with the thread that pulls, whatever that asked for")
    func drainIsOrdinary() async throws {
        let counter = Counter()
        try await onOwnThread {
            // As an engine's thread may be before it begins a loop.
            _ = RealTimeThread.prepareCurrent(ThreadRequest(fifoPriority: 5, holdWakeLatency: false))
            var loop = try ObservedLoop.begin(
                [SessionRequest(try SessionPlan(rate: .fps100, tickCount: 2))], options: Self.options(fifo: 5),
                observer: counter)
            while loop.next() != nil {}
            _ = loop.finish()
        }
        #expect(counter.all.policy == SCHED_OTHER)
    }

    @Test("a loop that cannot begin leaves no thread behind")
    func refused() async throws {
        let counter = Counter()
        try await onOwnThread {
            _ = #expect(throws: LoopError.noSessions) {
                _ = try ObservedLoop.begin([], options: Self.options(), observer: counter).beginning
            }
        }
        #expect(counter.all.drains == 0)
    }
}
