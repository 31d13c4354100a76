package import LinuxService
import TickLinux
import TickTime

/// What a command tells the service manager that started it; nothing, where there is none.
package struct ServiceNotices {
    private let manager: ServiceManager?
    private var isReady = false
    private var hasFailed = false
    private var keeper: WatchdogKeeper?
    private var nextStatus: MonotonicInstant?

    /// STATUS= is renewed at most so often.
    static let statusInterval = Nanoseconds.seconds(5)

    package init(_ manager: ServiceManager?) {
        self.manager = manager
        keeper = manager?.watchdogInterval.map { WatchdogKeeper(watchdog: $0) }
    }

    /// READY=1, once.
    package mutating func ready() {
        guard !isReady else { return }
        isReady = true
        tell("READY=1")
    }

    /// WATCHDOG=1, when it is time: the caller is alive, and nothing else is to pass.
    package mutating func pet() { pet(delivered: 0, nextDeadline: nil) }

    /// WATCHDOG=1, when it is time and ticks pass, or none is due.
    mutating func pet(delivered: Int64, nextDeadline: MonotonicInstant?) {
        guard isReady, let now = keeper.map({ _ in HostClock.monotonic() }) else { return }
        if keeper?.shouldPet(at: now, delivered: delivered, nextDeadline: nextDeadline) == true { tell("WATCHDOG=1") }
    }

    /// Whether a service manager is told anything.
    package var isWanted: Bool { manager != nil }

    /// STATUS=, unless it was renewed less than five seconds ago.
    package mutating func status(_ text: @autoclosure () -> String) {
        guard isWanted else { return }
        let now = HostClock.monotonic()
        guard now >= nextStatus ?? now else { return }
        nextStatus = now + Self.statusInterval
        tell("STATUS=\(text())")
    }

    /// A manager that cannot be told is complained of once.
    package mutating func tell(_ line: String) {
        guard let manager else { return }
        do {
            // A line ends the notice.
            try manager.tell(String(line.map { $0.isNewline ? " " : $0 }))
        } catch {
            if !hasFailed { Commentary.say("the service manager cannot be told: \(error)") }
            hasFailed = true
        }
    }
}
