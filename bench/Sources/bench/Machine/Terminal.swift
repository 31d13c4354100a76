internal import Dispatch
internal import Glibc
internal import Synchronization
internal import TickLinux

/// A pseudo-terminal for a program's standard error, read as fast as it is written (pty(7)).
final class Terminal: Sendable {
    /// The program's end.
    let program: Int32
    private let own: Int32
    private let repaintCount = Atomic<Int>(0)
    private let ended = DispatchSemaphore(value: 0)

    /// - Throws: `BenchError.system` if the host has none free.
    init() throws(BenchError) {
        var (own, program): (Int32, Int32) = (-1, -1)
        guard unsafe openpty(&own, &program, nil, nil, nil) == 0 else {
            throw .system(SystemError(call: "openpty", errno: errno))
        }
        (self.own, self.program) = (own, program)
        // A program that has one end as its standard error inherits neither end as another descriptor.
        for end in [own, program] {
            guard fcntl(end, F_SETFD, FD_CLOEXEC) == 0 else { throw .system(SystemError(call: "fcntl", errno: errno)) }
        }
        Detached.thread { [self] in drain() }
    }

    /// Counts the cursor's returns to the first place, with which each repaint begins.
    private func drain() {
        let home: [UInt8] = [0x1B, 0x5B, 0x48]
        var (buffer, matched) = ([UInt8](repeating: 0, count: 1 << 16), 0)
        while true {
            let count = unsafe read(own, &buffer, buffer.count)
            if count < 0, errno == EINTR { continue }
            // EIO: the program's end is closed everywhere.
            guard count > 0 else { break }
            for byte in buffer[..<count] {
                matched = byte == home[matched] ? matched + 1 : byte == home[0] ? 1 : 0
                if matched == home.count {
                    repaintCount.wrappingAdd(1, ordering: .relaxed)
                    matched = 0
                }
            }
        }
        ended.signal()
    }

    /// How often the screen was painted, once the program has ended.
    func finish() -> Int {
        close(program)
        ended.wait()
        close(own)
        return repaintCount.load(ordering: .relaxed)
    }
}
