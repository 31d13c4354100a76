internal import CTestShims
import Dispatch
import Foundation
import Glibc

/// A program run to its end, for tests of what it prints and how it exits.
///
/// ```swift
/// let result = try await RunProcess.tickrun("deadlines", "25", "--count", "1").run()
/// #expect(result.exitCode == 0)
/// ```
public struct RunProcess: Sendable {
    public enum Input: Sendable {
        /// /dev/null.
        case empty
        /// Descriptor 0 is closed.
        case closed
        case text(String)
    }

    public enum Stream: Sendable {
        /// Its text stands in the result.
        case captured
        /// As `captured`, but a write takes only what fits, or nothing (EAGAIN).
        case nonBlocking
        /// As `captured`, but the program finds a terminal there.
        case terminal
        /// The descriptor is closed.
        case closed
        /// A pipe whose reader has gone.
        case withoutReader
        /// Written to this file, such as /dev/full.
        case file(String)
    }

    /// A signal, sent once, as soon as a line on either stream contains `text`.
    public struct SignalAfterLine: Sendable {
        public let text: String
        public let signal: Int32

        public init(containing text: String, send signal: Int32) {
            self.text = text
            self.signal = signal
        }
    }

    public struct Result: Sendable {
        public var standardOutput = ""
        public var standardError = ""
        /// `nil` if a signal ended it.
        public var exitCode: Int32?
        /// The signal that ended it.
        public var signal: Int32?
        /// Whether it was killed because its time was up.
        public var timedOut = false

        /// The lines of standard output.
        public var lines: [String] { standardOutput.split(separator: "\n").map(String.init) }
    }

    /// A call that failed before the program ran.
    public struct Failure: Error {
        public let call: String
        public let errno: Int32
    }

    public var executable: String
    public var arguments: [String]
    /// Added to this process's environment; `nil` takes a variable away.
    public var environment: [String: String?] = [:]
    public var workingDirectory: String?
    public var standardInput = Input.empty
    public var standardOutput = Stream.captured
    public var standardError = Stream.captured
    /// Sent in this order, each after the one before.
    public var signals: [SignalAfterLine] = []
    /// Whether it starts without waiting for the programs of other tests, because it asks a running process.
    public var isUrgent = false
    /// After that many seconds the program is killed, and the result says so.
    public var timeout: Double = 30

    public init(_ executable: String, _ arguments: [String]) {
        self.executable = executable
        self.arguments = arguments
    }

    /// The `tickrun` of this build, in the folder of the test's executable. It runs in the folder of the package.
    public static func tickrun(_ arguments: String...) -> RunProcess { tickrun(arguments) }

    public static func tickrun(_ arguments: [String]) -> RunProcess { built("tickrun", arguments) }

    /// Another program of this build.
    public static func built(_ name: String, _ arguments: [String]) -> RunProcess {
        var buffer = [UInt8](repeating: 0, count: Int(PATH_MAX))
        let count = unsafe buffer.withUnsafeMutableBytes {
            unsafe readlink("/proc/self/exe", $0.baseAddress!.assumingMemoryBound(to: CChar.self), $0.count)
        }
        let own = String(decoding: buffer.prefix(max(0, count)), as: UTF8.self)
        var process = RunProcess(own.prefix(upTo: own.lastIndex(of: "/") ?? own.startIndex) + "/\(name)", arguments)
        process.workingDirectory = Vectors.packageRoot.path
        return process
    }

    /// The same program, without waiting for other tests' programs.
    public var urgently: RunProcess {
        var process = self
        process.isUrgent = true
        return process
    }

    /// Runs the program and waits, on a thread of its own, until it has ended or its time is up.
    ///
    /// - Throws: `Failure` if it cannot be started.
    ///
    /// Only a few programs run at a time. Otherwise tests that begin together would start hundreds, and their times
    /// would only show the host's load.
    public func run() async throws -> Result {
        Requirement.expectDeclared([programName])
        if !isUrgent { await ProcessSlots.shared.take() }
        let result: Swift.Result<Result, any Error> = await withCheckedContinuation { continuation in
            DispatchQueue.global().async {
                continuation.resume(returning: Swift.Result { try runAndWait() })
            }
        }
        if !isUrgent { await ProcessSlots.shared.give() }
        return try result.get()
    }

    /// The name of the program that finally runs.
    public var programName: Substring {
        let name = executable.split(separator: "/").last ?? ""
        return name == "env" ? arguments.first.map { $0[...] } ?? name : name
    }

    private func runAndWait() throws -> Result {
        let child = try spawn()
        var result = Result()
        var outputs = [Collected(child.standardOutput), Collected(child.standardError)]
        var pending = signals[...]
        let end = monotonicSeconds() + timeout
        while outputs.contains(where: { $0.isOpen }) {
            let rest = end - monotonicSeconds()
            guard rest > 0 else {
                result.timedOut = true
                kill(child.pid, SIGKILL)
                break
            }
            wait(for: &outputs, atMost: rest)
            if let next = pending.first, outputs.contains(where: { $0.hasLine(containing: next.text) }) {
                kill(child.pid, next.signal)
                pending.removeFirst()
            }
        }
        reap(child.pid, until: end, into: &result)
        for output in outputs { output.closeDescriptor() }
        result.standardOutput = outputs[0].text
        result.standardError = outputs[1].text
        return result
    }

    private func wait(for outputs: inout [Collected], atMost seconds: Double) {
        var polled = outputs.map { pollfd(fd: $0.isOpen ? $0.descriptor : -1, events: Int16(POLLIN), revents: 0) }
        guard unsafe poll(&polled, nfds_t(polled.count), Int32(min(seconds * 1_000 + 1, 60_000))) > 0 else { return }
        for index in outputs.indices where polled[index].revents != 0 { outputs[index].read() }
    }

    /// A program may close its streams and go on: its time counts here as well.
    private func reap(_ pid: pid_t, until end: Double, into result: inout Result) {
        var status: Int32 = 0
        while unsafe waitpid(pid, &status, result.timedOut ? 0 : WNOHANG) != pid {
            if monotonicSeconds() > end, !result.timedOut {
                result.timedOut = true
                kill(pid, SIGKILL)
            }
            test_wait_for_end(pid, Int32(min(max(0, end - monotonicSeconds()) * 1_000 + 1, 60_000)))
        }
        let signal = status & 0x7F
        if signal == 0 { result.exitCode = status >> 8 & 0xFF } else { result.signal = signal }
    }
}

/// What came through one descriptor.
private struct Collected {
    let descriptor: Int32
    var isOpen: Bool
    var bytes: [UInt8] = []

    init(_ descriptor: Int32?) {
        self.descriptor = descriptor ?? -1
        isOpen = descriptor != nil
    }

    var text: String { String(decoding: bytes, as: UTF8.self) }

    mutating func read() {
        var chunk = [UInt8](repeating: 0, count: 65_536)
        let count = unsafe chunk.withUnsafeMutableBytes { unsafe Glibc.read(descriptor, $0.baseAddress!, $0.count) }
        if count > 0 {
            bytes += chunk[..<count]
        } else if count == 0 || errno != EINTR {
            // A terminal whose other end is closed answers EIO.
            isOpen = false
        }
    }

    /// Whether a complete line contains `part`.
    func hasLine(containing part: String) -> Bool {
        text.split(separator: "\n", omittingEmptySubsequences: false).dropLast().contains { $0.contains(part) }
    }

    func closeDescriptor() {
        if descriptor >= 0 { close(descriptor) }
    }
}

private func monotonicSeconds() -> Double {
    var time = timespec()
    unsafe clock_gettime(CLOCK_MONOTONIC, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
}
