internal import CLinuxShims
internal import Glibc
public import TickTime

/// SIGINT and SIGTERM, read instead of suffered: the first is to finish the tick and report.
///
/// Made before any other thread, so that all of them leave the signals to it.
public struct InterruptWatch: ~Copyable {
    private let descriptor: Int32

    /// Blocks both signals in the calling thread, and in those that it starts from here on.
    ///
    /// - Throws: `SystemError` naming signalfd.
    public init() throws(SystemError) {
        descriptor = shim_interrupt_watch()
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
}
