import Synchronization
import TickLinux
import TickScheduling
import TickTime

/// How far a run has come, written by the drain thread for whoever pets the watchdog.
final class RunHeartbeat: Sendable {
    private let count = Atomic<Int64>(0)
    /// The earliest deadline that no tick was delivered for; the greatest number: none is to come.
    private let deadline = Atomic<Int64>(.max)

    func write(delivered: Int64, nextDeadline: MonotonicInstant?) {
        deadline.store(nextDeadline?.nanoseconds ?? .max, ordering: .relaxed)
        count.store(delivered, ordering: .relaxed)
    }

    var delivered: Int64 { count.load(ordering: .relaxed) }

    var nextDeadline: MonotonicInstant? {
        let next = deadline.load(ordering: .relaxed)
        return next == .max ? nil : MonotonicInstant(nanoseconds: next)
    }
}

extension RunObserver.Session {
    /// The first tick that is not the session's, as its plan was when it was added; `nil`: it has no end.
    var plannedEnd: Int64? {
        let planEnd =
            addition.plan.atPlanEnd == .end
            ? addition.blocks?.placements(rate: addition.plan.rate, epoch: addition.epoch.utc).last?.fence
            : nil
        return [addition.plan.tickCount, planEnd].compactMap(\.self).min()
    }

    /// When its next tick is due; `nil` if there is none.
    var nextDeadline: MonotonicInstant? {
        let next = statistics.last.map { $0.index + 1 } ?? 0
        guard !isOver, end.map({ next < $0 }) ?? true else { return nil }
        return try? TickGrid(rate: addition.plan.rate, epoch: addition.epoch.monotonic).deadline(of: next)
    }
}
