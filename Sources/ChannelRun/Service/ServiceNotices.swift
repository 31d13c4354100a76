package import LinuxService
import TickLinux
import TickTime

/// Notices to the service manager that started the command; without one, nothing is sent.
package struct ServiceNotices {
    private let manager: ServiceManager?
    private var isReady = false
    private var hasFailed = false
    private var keeper: WatchdogKeeper?
    private var nextStatus: MonotonicInstant?

    /// The least time between two STATUS= notices.
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

    /// WATCHDOG=1, if it is due: the caller is alive.
    package mutating func pet() { pet(delivered: 0, nextDeadline: nil) }

    /// WATCHDOG=1, if it is due and ticks pass, or no tick is due.
    mutating func pet(delivered: Int64, nextDeadline: MonotonicInstant?) {
        guard isReady, let now = keeper.map({ _ in HostClock.monotonic() }) else { return }
        if keeper?.shouldPet(at: now, delivered: delivered, nextDeadline: nextDeadline) == true { tell("WATCHDOG=1") }
    }

    /// Whether there is a service manager.
    package var isWanted: Bool { manager != nil }

    /// STATUS=, unless it was renewed less than five seconds ago.
    package mutating func status(_ text: @autoclosure () -> String) {
        guard isWanted else { return }
        let now = HostClock.monotonic()
        guard now >= nextStatus ?? now else { return }
        nextStatus = now + Self.statusInterval
        tell("STATUS=\(text())")
    }

    /// If a notice cannot be sent, one warning is printed.
    package mutating func tell(_ line: String) {
        guard let manager else { return }
        do {
            // A line ends the notice.
            try manager.tell(String(line.map { $0.isNewline ? " " : $0 }))
        } catch {
            if !hasFailed { Commentary.say("cannot notify the service manager: \(error)") }
            hasFailed = true
        }
    }
}
