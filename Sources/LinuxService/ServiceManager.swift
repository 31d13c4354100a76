// Tells the service manager the state of a service (sd_notify(3)): a datagram of lines to the socket that
// NOTIFY_SOCKET names. If WATCHDOG_USEC is set, the manager ends a service that does not send WATCHDOG=1 within that
// interval. The service sends it at half the interval, and only while ticks are delivered.

internal import CLinuxShims
internal import Glibc
package import TickLinux
package import TickTime

/// The service manager that started this process.
package final class ServiceManager: Sendable {
    private let path: String
    /// The watchdog's interval; `nil` without a watchdog.
    package let watchdogInterval: Nanoseconds?

    /// - Returns: `nil` if no service manager asks for notifications.
    package init?() {
        guard let path = HostUser.environment("NOTIFY_SOCKET"), path.hasPrefix("/") || path.hasPrefix("@") else {
            return nil
        }
        self.path = path
        // The variable may be meant for another process of the service.
        let isOurs = HostUser.environment("WATCHDOG_PID").map { $0 == "\(getpid())" } ?? true
        let interval = HostUser.environment("WATCHDOG_USEC").flatMap { Int64($0) }
        watchdogInterval = interval.flatMap { isOurs && $0 > 0 && $0 < 1 << 50 ? .microseconds($0) : nil }
    }

    /// Sends lines such as `READY=1`. Never waits.
    ///
    /// - Throws: `SystemError`.
    package func tell(_ lines: String...) throws(SystemError) {
        let text = Array(lines.joined(separator: "\n").utf8)
        let error = unsafe text.withUnsafeBytes { unsafe shim_notify(path, $0.baseAddress, $0.count) }
        guard error == 0 else { throw SystemError(call: "sendto", subject: path, errno: error) }
    }
}

/// Decides when to notify the watchdog: while ticks are delivered, and while none is due.
package struct WatchdogKeeper: Sendable {
    private let interval: Nanoseconds
    private var next: MonotonicInstant?
    private var delivered: Int64 = 0

    /// - Parameter watchdog: the manager's interval. The service notifies twice as often.
    package init(watchdog: Nanoseconds) { interval = Nanoseconds(max(1, watchdog.count / 2)) }

    /// - Parameters:
    ///   - count: ticks that were delivered or skipped so far, all sessions together.
    ///   - due: the earliest deadline without a delivered tick; `nil` if no more ticks follow.
    /// - Returns: whether to notify the watchdog now.
    package mutating func shouldPet(
        at now: MonotonicInstant, delivered count: Int64, nextDeadline due: MonotonicInstant?
    )
        -> Bool
    {
        guard now >= next ?? now else { return false }
        // A tick whose deadline has just passed may still be delivered.
        let isWaiting = due.map { now < $0 + Self.patience } ?? true
        guard count != delivered || isWaiting else { return false }
        delivered = count
        next = now + interval
        return true
    }

    /// A tick that is later than this counts as missed.
    private static let patience = Nanoseconds.milliseconds(50)
}
