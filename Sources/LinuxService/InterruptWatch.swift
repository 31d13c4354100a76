internal import CLinuxShims
internal import Glibc
public import TickLinux
public import TickTime

/// Signals that a program reads instead of being ended by them: SIGINT, SIGTERM and SIGHUP, which ask it to end,
/// and SIGUSR1, which asks for a report, if the program makes reports.
///
/// Made before any other thread, so that all of them leave these signals to it. A SIGHUP that is ignored when the
/// watch is made stays ignored, as nohup(1) wants it.
public struct InterruptWatch: ~Copyable {
    private let descriptor: Int32

    /// Blocks the signals in the calling thread, and in those that it starts from here on.
    ///
    /// - Parameter readsReportRequests: whether SIGUSR1 is read as well; else it is left alone.
    /// - Throws: `SystemError` naming signalfd.
    public init(readsReportRequests: Bool = false) throws(SystemError) {
        descriptor = shim_interrupt_watch(readsReportRequests)
        guard descriptor >= 0 else { throw SystemError(call: "signalfd", errno: -descriptor) }
    }

    deinit { close(descriptor) }

    /// Waits for a signal, at most for `length` (whole milliseconds).
    ///
    /// - Returns: the signal's number; `nil` if none came.
    public func wait(for length: Nanoseconds) -> Int32? {
        var poll = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
        guard unsafe Glibc.poll(&poll, 1, Int32(clamping: length.count / 1_000_000)) > 0 else { return nil }
        var information = signalfd_siginfo()
        let size = MemoryLayout<signalfd_siginfo>.size
        guard unsafe read(descriptor, &information, size) == size else { return nil }
        return Int32(information.ssi_signo)
    }

    /// Waits for a signal that asks the program to end, at most for `length` (whole milliseconds). A request for
    /// a report that comes meanwhile is dropped and ends the wait.
    ///
    /// - Returns: whether one came.
    package func asksToEnd(within length: Nanoseconds) -> Bool {
        guard let signal = wait(for: length) else { return false }
        return signal != SIGUSR1
    }

    /// What a signal that is read is called: `SIGTERM`.
    package static func name(of signal: Int32) -> String {
        switch signal {
        case SIGINT: "SIGINT"
        case SIGTERM: "SIGTERM"
        case SIGHUP: "SIGHUP"
        case SIGUSR1: "SIGUSR1"
        default: "signal \(signal)"
        }
    }
}
