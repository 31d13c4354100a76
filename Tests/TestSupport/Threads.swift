import Foundation
import Synchronization

/// Runs `body` on a new thread, which ends with it. What a loop, a signal mask or a scheduling request
/// leaves behind on the thread ends too.
public func onOwnThread<Value: Sendable>(_ body: @escaping @Sendable () throws -> Value) async throws -> Value {
    try await withCheckedThrowingContinuation { continuation in
        Thread { continuation.resume(with: Result { try body() }) }.start()
    }
}

/// Looks until something holds, and says whether it did within the limit. For what runs beside the test: processes,
/// servers and threads. What the code under test decides by itself is tested in virtual time.
public func waitUntil(
    within limit: Duration = .seconds(60), isolation: isolated (any Actor)? = #isolation,
    _ holds: () async throws -> Bool
) async throws -> Bool {
    try await waitFor(within: limit) { try await holds() ? true : nil } ?? false
}

/// Looks until something is there; `nil`: it was not within the limit.
public func waitFor<Value>(
    within limit: Duration = .seconds(60), every pause: Duration = .milliseconds(20),
    isolation: isolated (any Actor)? = #isolation,
    _ look: () async throws -> Value?
) async throws -> Value? {
    let end = ContinuousClock.now + limit
    while true {
        if let found = try await look() { return found }
        // The last look comes after the limit, however long this thread had to wait for a CPU.
        guard ContinuousClock.now < end else { return nil }
        try await Task.sleep(for: pause)
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
