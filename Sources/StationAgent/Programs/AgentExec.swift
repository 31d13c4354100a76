// The command of a channel: a process that receives a line for each tick on its standard input. A full pipe delays
// nothing: lines that do not fit are dropped and counted. All of this happens on the drain thread.

import Foundation
import Glibc
import TickTime

/// A process that is fed lines.
final class AgentExec {
    /// How many bytes wait for a slow process at most.
    private static let limit = 1 << 20

    private let command: String
    private var process: Process?
    private var pipe: Pipe?
    private var waiting: [UInt8] = []
    /// Lines that a slow process lost since the last report of it.
    private(set) var dropped = 0
    private var retryAt: MonotonicInstant?

    init(_ command: String) { self.command = command }

    deinit { end() }

    /// Adds a line.
    func add(_ line: some Sequence<UInt8>) {
        guard waiting.count < Self.limit else {
            dropped += 1
            return
        }
        waiting.append(contentsOf: line)
        waiting.append(0x0A)
    }

    /// Writes what fits into the pipe. A process that ended is started again, a second later.
    ///
    /// - Returns: what to tell the operator.
    func flush(at now: MonotonicInstant) -> String? {
        var text: String?
        if let process, !process.isRunning {
            text = "'\(command)' ended with \(process.terminationStatus); it is started again in 1 s"
            close()
            retryAt = now +| .seconds(1)
        }
        if process == nil {
            if let retryAt, now < retryAt { return text }
            do { try start() } catch {
                retryAt = now +| .seconds(1)
                return "'\(command)' cannot be started: \(error.localizedDescription)"
            }
        }
        write()
        if dropped > 0, waiting.isEmpty {
            text = "'\(command)' was too slow: \(dropped) lines were dropped"
            dropped = 0
        }
        return text
    }

    private func start() throws {
        let process = Process(), pipe = Pipe()
        process.executableURL = URL(filePath: "/bin/sh")
        process.arguments = ["-c", command]
        process.standardInput = pipe
        try process.run()
        let descriptor = pipe.fileHandleForWriting.fileDescriptor
        _ = fcntl(descriptor, F_SETFL, fcntl(descriptor, F_GETFL) | O_NONBLOCK)
        (self.process, self.pipe) = (process, pipe)
    }

    private func write() {
        guard let pipe, !waiting.isEmpty else { return }
        let descriptor = pipe.fileHandleForWriting.fileDescriptor
        let written = unsafe waiting.withUnsafeBytes { bytes in
            unsafe Glibc.write(descriptor, bytes.baseAddress, bytes.count)
        }
        if written > 0 { waiting.removeFirst(written) }
    }

    private func close() {
        try? pipe?.fileHandleForWriting.close()
        (process, pipe) = (nil, nil)
        waiting = []
    }

    /// Closes the input, so that the process ends itself.
    func end() { close() }
}
