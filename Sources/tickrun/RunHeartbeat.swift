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
