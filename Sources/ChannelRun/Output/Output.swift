import Glibc
package import TickReports

/// Standard output: buffered, and every write checked.
///
/// A pipe whose reader has gone, a full disk or a closed descriptor must not end in silence and
/// exit code 0: `flush` then throws, and the command ends with 69 and a message that names the
/// cause.
///
/// What was written before an error is still printed: `Output.writing` flushes either way.
package struct Output: ~Copyable {
    private let descriptor: Int32
    private var buffer: [UInt8] = []

    /// The width of the terminal that the text goes to; `nil`: it goes to no terminal.
    private let width: Int?

    package init(descriptor: Int32 = STDOUT_FILENO) {
        self.descriptor = descriptor
        width = Self.width(of: descriptor)
        buffer.reserveCapacity(Self.flushThreshold + 512)
    }

    /// The buffer is written when it holds this many bytes: few system calls for a long list.
    private static let flushThreshold = 64 * 1024

    /// Runs `body` with standard output and flushes at its end, whether it throws or not.
    package static func writing<Result>(
        _ body: (inout Output) throws(RunFailure) -> Result
    ) throws(RunFailure) -> Result {
        var output = Output()
        let result: Result
        do {
            result = try body(&output)
        } catch {
            try output.flush()
            throw error
        }
        try output.flush()
        return result
    }

    /// Prints one text and flushes.
    package static func print(_ text: String) throws(RunFailure) {
        try writing { output throws(RunFailure) in try output.line(text) }
    }

    package mutating func line(_ text: String) throws(RunFailure) {
        buffer.append(contentsOf: text.utf8)
        try endLine()
    }

    /// A row of a table or a report, for a person: folded at the width of a terminal. For a file or another program it
    /// is one line. A text of several lines is several rows.
    package mutating func row(_ text: String) throws(RunFailure) {
        guard let width else { return try line(text) }
        for row in text.split(separator: "\n", omittingEmptySubsequences: false) {
            for part in LineFolding.fold(String(row), width: width) { try line(part) }
        }
    }

    /// A text of paragraphs, for a person: filled to the width of a terminal, except for lines that are a command.
    package mutating func paragraphs(_ text: String, command: String) throws(RunFailure) {
        guard let width else { return try line(text) }
        for part in LineFolding.fill(text, width: width, command: command) { try line(part) }
    }

    private static func width(of descriptor: Int32) -> Int? {
        var size = winsize()
        guard unsafe ioctl(descriptor, UInt(TIOCGWINSZ), &size) == 0 else { return nil }
        return size.ws_col > 0 ? Int(size.ws_col) : 80
    }

    /// One JSON object a line.
    package mutating func line(_ json: JSONText) throws(RunFailure) {
        buffer.append(contentsOf: json.utf8)
        try endLine()
    }

    private mutating func endLine() throws(RunFailure) {
        buffer.append(UInt8(ascii: "\n"))
        if buffer.count >= Self.flushThreshold { try flush() }
    }

    /// - Throws: `RunFailure` with exit code 69, which names the cause. What could not be
    ///   written is dropped, so that a second flush does not repeat half a line.
    package mutating func flush() throws(RunFailure) {
        defer { buffer.removeAll(keepingCapacity: true) }
        var written = 0
        while written < buffer.count {
            let count = unsafe buffer.withUnsafeBytes { bytes in
                unsafe write(descriptor, bytes.baseAddress! + written, bytes.count - written)
            }
            if count >= 0 {
                written += count
            } else if errno == EAGAIN {
                // The parent process made the pipe non-blocking, and it is full.
                var waiting = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
                _ = unsafe poll(&waiting, 1, -1)
            } else if errno != EINTR {
                throw Self.failure(errno)
            }
        }
    }

    private static func failure(_ code: Int32) -> RunFailure {
        let cause =
            switch code {
            case EPIPE: "its reader has gone (EPIPE); nothing was printed beyond that point"
            case ENOSPC: "there is no space left where it is stored (ENOSPC); make room and run again"
            case EBADF: "it is closed (EBADF); open it, or send it to /dev/null"
            default: unsafe "\(String(cString: strerror(code))) (errno \(code))"
            }
        return RunFailure.unavailable("cannot write to standard output: \(cause)")
    }
}
