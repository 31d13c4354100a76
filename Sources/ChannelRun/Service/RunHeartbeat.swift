import Synchronization
import TickLinux
import TickScheduling
import TickTime

/// A run's progress. The drain thread writes it, and the main thread passes it to the service manager.
final class RunHeartbeat: Sendable {
    private let count = Atomic<Int64>(0)
    /// The earliest deadline without a delivered tick; the greatest number if no tick follows.
    private let deadline = Atomic<Int64>(.max)

    private let status = Mutex(Status())

    private struct Status {
        var next: MonotonicInstant?
        var text: String?
    }

    /// Whether a status is due: the first five seconds after the first call.
    func isStatusDue(at now: MonotonicInstant) -> Bool {
        status.withLock { status in
            let next = status.next ?? now + ServiceNotices.statusInterval
            status.next = now >= next ? now + ServiceNotices.statusInterval : next
            return now >= next
        }
    }

    func offer(status text: String) { status.withLock { $0.text = text } }

    /// The status that was offered since the last call.
    func takeStatus() -> String? {
        status.withLock { status in
            defer { status.text = nil }
            return status.text
        }
    }

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
