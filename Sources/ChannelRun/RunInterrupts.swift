import Glibc
import LinuxService
import Synchronization
import TickLinux
import TickTime

/// Ends a run, from any thread.
public final class RunStop: Sendable {
    private let flag = Atomic<Bool>(false)

    public init() {}

    /// Ends the run within about 20 ms and a tick; its report says that it ended on request. A run that still waits
    /// for its clock or its cluster does not begin, and throws. More requests change nothing.
    public func request() { flag.store(true, ordering: .relaxed) }

    var isRequested: Bool { flag.load(ordering: .relaxed) }
}

/// Requests that end a run before its plan does: signals, if it reads them, and the program's `RunStop`.
struct RunInterrupts: ~Copyable {
    /// How long a request of the program may wait.
    private static let slice = Nanoseconds.milliseconds(20)

    private let signals: InterruptWatch?
    private let stop: RunStop?

    init(_ settings: RunSettings) throws(SystemError) {
        signals = settings.readsSignals ? try InterruptWatch(readsReportRequests: true) : nil
        stop = settings.stop
    }

    var isStopRequested: Bool { stop?.isRequested ?? false }

    /// The reason that ended a wait.
    var cause: String { isStopRequested ? "ended on request" : "ended by a signal" }

    /// Waits for a signal, at most for `length` (whole milliseconds).
    ///
    /// - Returns: the signal's number; `nil` if none came.
    func wait(for length: Nanoseconds) -> Int32? {
        guard signals != nil else {
            HostClock.sleep(until: HostClock.monotonic() +| length)
            return nil
        }
        return signals?.wait(for: length)
    }

    /// Waits for a request to end, at most for `length` (whole milliseconds). A request for a report that
    /// comes meanwhile is dropped, and may end the wait.
    ///
    /// - Returns: whether it came.
    func asksToEnd(within length: Nanoseconds) -> Bool {
        if stop == nil, signals != nil { return signals?.asksToEnd(within: length) ?? false }
        let end = HostClock.monotonic() +| length
        while !isStopRequested {
            let rest = end -| HostClock.monotonic()
            guard rest > .zero else { return false }
            if let signal = wait(for: min(rest, Self.slice)), signal != SIGUSR1 { return true }
        }
        return true
    }
}
