import Foundation
import Synchronization

/// Runs `body` on a new thread, which ends with it. What a loop, a signal mask or a scheduling request
/// leaves behind on the thread ends too.
public func onOwnThread<Value: Sendable>(_ body: @escaping @Sendable () throws -> Value) async throws -> Value {
    try await withCheckedThrowingContinuation { continuation in
        Thread { continuation.resume(with: Result { try body() }) }.start()
    }
}

/// Entries that several threads append and a test reads.
public final class Log<Entry: Sendable>: Sendable {
    private let stored = Mutex<[Entry]>([])

    public init() {}

    public var entries: [Entry] { stored.withLock { $0 } }
    public func append(_ entry: Entry) { stored.withLock { $0.append(entry) } }
}

/// A flag that one thread raises once and others see.
public final class Flag: Sendable {
    private let raised = Atomic<Bool>(false)

    public init() {}

    public var isRaised: Bool { raised.load(ordering: .acquiring) }
    public func raise() { raised.store(true, ordering: .releasing) }
}
