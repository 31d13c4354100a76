internal import CLinuxShims
internal import Glibc
package import TickLinux
package import TickTime

/// Signals that a program reads, so that they do not end it: SIGINT, SIGTERM and SIGHUP ask it to end, and
/// SIGUSR1 asks for a report, if the program makes reports.
///
/// Create the watch before any other thread, so that all threads block these signals. If SIGHUP is ignored when
/// the watch is created, it stays ignored, as nohup(1) expects.
package struct InterruptWatch: ~Copyable {
    private let descriptor: Int32

    /// Blocks the signals in the calling thread, and in the threads that it starts later.
    ///
    /// - Parameter readsReportRequests: whether SIGUSR1 is read as well; otherwise it keeps its action.
    /// - Throws: `SystemError` naming signalfd.
    package init(readsReportRequests: Bool = false) throws(SystemError) {
        descriptor = shim_interrupt_watch(readsReportRequests)
        guard descriptor >= 0 else { throw SystemError(call: "signalfd", errno: -descriptor) }
    }

    deinit { close(descriptor) }

    /// Waits for a signal, at most for `length` (whole milliseconds).
    ///
    /// - Returns: the signal's number; `nil` if none came.
    package func wait(for length: Nanoseconds) -> Int32? {
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
    /// - Returns: whether such a signal came.
    package func asksToEnd(within length: Nanoseconds) -> Bool {
        guard let signal = wait(for: length) else { return false }
        return signal != SIGUSR1
    }

    /// The name of a signal that the watch reads, such as `SIGTERM`.
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
