import Foundation
import Synchronization
import TickLinux
import TickScheduling
import TickTime

/// Runs `body` on a thread that is new, and gone afterwards: what a loop, a signal mask or a
/// scheduling request leaves behind goes with it.
func onOwnThread<Value: Sendable>(_ body: @escaping @Sendable () throws -> Value) async throws -> Value {
    try await withCheckedThrowingContinuation { continuation in
        Thread { continuation.resume(with: Result { try body() }) }.start()
    }
}

/// What threads write down for a test.
final class Log<Entry: Sendable>: Sendable {
    private let stored = Mutex<[Entry]>([])
    var entries: [Entry] { stored.withLock { $0 } }
    func append(_ entry: Entry) { stored.withLock { $0.append(entry) } }
}

/// Raised once by one thread, seen by others.
final class Flag: Sendable {
    private let raised = Atomic<Bool>(false)
    var isRaised: Bool { raised.load(ordering: .acquiring) }
    func raise() { raised.store(true, ordering: .releasing) }
}

extension Tick {
    /// A tick whose parts all follow from its number, so that a mixture of two shows.
    static func numbered(_ index: Int64) -> Tick {
        Tick(
            session: SessionID(index: Int32(index % 7)), index: index, deadline: MonotonicInstant(nanoseconds: index),
            deadlineUTC: UTCInstant(nanoseconds: -index), arrival: MonotonicInstant(nanoseconds: index - 1),
            start: MonotonicInstant(nanoseconds: index + 1),
            wakeLatency: nil, lateness: .onTime, cause: .wake, isOverdue: false, crossedBacklog: false,
            skippedBefore: index ^ 0x5555)
    }
}

extension TickRecord {
    static func numbered(_ index: Int64) -> TickRecord {
        TickRecord(tick: .numbered(index), work: Nanoseconds(index * 3))
    }
}

extension SessionPlan {
    /// A thousand ticks a second.
    static func fast(_ count: Int64) throws -> SessionPlan {
        try SessionPlan(rate: FrameRate(1_000), tickCount: count)
    }
}

/// The state letter of a thread of this process (proc(5): R runs, S sleeps).
func threadState(_ thread: String) -> Character? {
    let stat = try? String(contentsOfFile: "/proc/self/task/\(thread)/stat", encoding: .utf8)
    return stat.flatMap { text in text.lastIndex(of: ")").map { text[$0...].dropFirst(2).first } } ?? nil
}

/// The calling thread's number.
func currentThread() throws -> String {
    let link = try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/thread-self")
    return String(link.split(separator: "/").last ?? "")
}
