// Runs a program of the host and reads its output, for facts that no system call gives.

internal import CLinuxShims
internal import Glibc
package import TickLinux
package import TickTime

/// A program of the host that ran to its end.
package enum HostProgram {
    /// Why it gave no output.
    package struct Outcome: Hashable, Sendable {
        package let output: [UInt8]
        package let errors: [UInt8]
        /// `nil` if a signal ended it.
        package let exitCode: Int32?
    }

    package enum Failure: Error, Hashable, Sendable, CustomStringConvertible {
        /// The program cannot be started. `errno` `ENOENT` means that it is not installed.
        case start(SystemError)
        case timeout(program: String, after: Nanoseconds)
        /// The program printed more than the limit.
        case tooMuch(program: String, limit: Int)

        package var description: String {
            switch self {
            case .start(let error): error.isMissing ? "\(error.subject) is not installed" : "\(error)"
            case .timeout(let program, let length):
                "\(program) did not end within \(length.count / 1_000_000_000) s, and was killed"
            case .tooMuch(let program, let limit): "\(program) printed more than \(limit) bytes, and was killed"
            }
        }

        package var isMissing: Bool {
            if case .start(let error) = self { return error.isMissing }
            return false
        }
    }

    /// - Parameters:
    ///   - words: the program's name, found in PATH, and its arguments.
    ///   - limit: the most that it may print.
    /// - Throws: `Failure`, after the program has ended.
    package static func run(
        _ words: [String], timeout: Nanoseconds = .seconds(10), limit: Int = 16 << 20
    ) throws(Failure) -> Outcome {
        let program = words.first ?? ""
        var (output, errors): (Int32, Int32) = (-1, -1)
        let pid = spawn(words, &output, &errors)
        guard pid > 0 else { throw .start(SystemError(call: "posix_spawn", subject: program, errno: -pid)) }
        defer {
            close(output)
            close(errors)
        }
        var (printed, complained) = ([UInt8](), [UInt8]())
        var (isOutputOpen, isErrorOpen) = (true, true)
        let end = HostClock.monotonic() + timeout
        while isOutputOpen || isErrorOpen {
            let left = end - HostClock.monotonic()
            guard left > .zero else {
                _ = reap(pid, killing: true)
                throw .timeout(program: program, after: timeout)
            }
            let ready = shim_wait_readable(
                isOutputOpen ? output : -1, isErrorOpen ? errors : -1, Int32(clamping: left.count / 1_000_000 + 1))
            if ready > 0, ready & 1 != 0 { isOutputOpen = take(output, &printed) }
            if ready > 0, ready & 2 != 0 { isErrorOpen = take(errors, &complained) }
            guard printed.count + complained.count <= limit else {
                _ = reap(pid, killing: true)
                throw .tooMuch(program: program, limit: limit)
            }
        }
        // The program has closed its streams. Most programs end then; the wait for one that does not is limited.
        var status: Int32 = 0
        while unsafe waitpid(pid, &status, WNOHANG) == 0 {
            guard HostClock.monotonic() < end else {
                _ = reap(pid, killing: true)
                throw .timeout(program: program, after: timeout)
            }
            HostClock.sleep(until: HostClock.monotonic() + .milliseconds(1))
        }
        let exitCode = status & 0x7F == 0 ? status >> 8 & 0xFF : nil
        return Outcome(output: printed, errors: complained, exitCode: exitCode)
    }

    private static func spawn(_ words: [String], _ output: inout Int32, _ errors: inout Int32) -> Int32 {
        var pointers: [UnsafeMutablePointer<CChar>?] = unsafe []
        for word in words { unsafe pointers.append(strdup(word)) }
        unsafe pointers.append(nil)
        defer { for index in words.indices { unsafe free(pointers[index]) } }
        return unsafe pointers.withUnsafeBufferPointer { list in
            guard let base = list.baseAddress else { return -EINVAL }
            return unsafe shim_spawn(base, &output, &errors, environ)
        }
    }

    /// - Returns: whether more output may come.
    private static func take(_ descriptor: Int32, _ bytes: inout [UInt8]) -> Bool {
        var part = [UInt8](repeating: 0, count: 65_536)
        let count = unsafe part.withUnsafeMutableBytes { unsafe read(descriptor, $0.baseAddress, $0.count) }
        if count > 0 { bytes += part[..<count] }
        return count > 0 || (count < 0 && errno == EINTR)
    }

    private static func reap(_ pid: Int32, killing: Bool) -> Int32 {
        if killing { kill(pid, SIGKILL) }
        var status: Int32 = 0
        while unsafe waitpid(pid, &status, 0) < 0, errno == EINTR {}
        return status
    }
}
