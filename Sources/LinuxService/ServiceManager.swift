// Tells the service manager how a service does (sd_notify(3)): a datagram of lines to the socket that
// NOTIFY_SOCKET names. Where WATCHDOG_USEC is set the manager ends a service that does not write WATCHDOG=1 so
// often; it is written at half that interval, and only while ticks pass.

internal import CLinuxShims
internal import Glibc
public import TickLinux
public import TickTime

/// The service manager that started this process.
public final class ServiceManager: Sendable {
    private let path: String
    /// How often the watchdog wants to be petted; `nil` where there is none.
    public let watchdogInterval: Nanoseconds?

    /// - Returns: `nil` where no service manager asks to be told.
    public init?() {
        guard let path = HostUser.environment("NOTIFY_SOCKET"), path.hasPrefix("/") || path.hasPrefix("@") else {
            return nil
        }
        self.path = path
        // The manager may mean another process of the service.
        let isOurs = HostUser.environment("WATCHDOG_PID").map { $0 == "\(getpid())" } ?? true
        let interval = HostUser.environment("WATCHDOG_USEC").flatMap { Int64($0) }
        watchdogInterval = interval.flatMap { isOurs && $0 > 0 && $0 < 1 << 50 ? .microseconds($0) : nil }
    }

    /// Sends lines such as `READY=1`. Never waits.
    ///
    /// - Throws: `SystemError`.
    public func tell(_ lines: String...) throws(SystemError) {
        let text = Array(lines.joined(separator: "\n").utf8)
        let error = unsafe text.withUnsafeBytes { unsafe shim_notify(path, $0.baseAddress, $0.count) }
        guard error == 0 else { throw SystemError(call: "sendto", subject: path, errno: error) }
    }
}

/// When the watchdog is petted: while ticks pass, and while none is due.
public struct WatchdogKeeper: Sendable {
    private let interval: Nanoseconds
    private var next: MonotonicInstant?
    private var delivered: Int64 = 0

    /// - Parameter watchdog: the manager's interval; it is petted twice as often.
    public init(watchdog: Nanoseconds) { interval = Nanoseconds(max(1, watchdog.count / 2)) }

    /// - Parameters:
    ///   - count: ticks that were delivered or skipped so far, all sessions together.
    ///   - due: the earliest deadline that no tick was delivered for; `nil` where no more is to come.
    /// - Returns: whether to pet the watchdog now.
    public mutating func shouldPet(
        at now: MonotonicInstant, delivered count: Int64, nextDeadline due: MonotonicInstant?
    )
        -> Bool
    {
        guard now >= next ?? now else { return false }
        // A tick whose deadline has only just passed is on its way.
        let isWaiting = due.map { now < $0 + Self.patience } ?? true
        guard count != delivered || isWaiting else { return false }
        delivered = count
        next = now + interval
        return true
    }

    /// A tick that is later than this is missed.
    private static let patience = Nanoseconds.milliseconds(50)
}
