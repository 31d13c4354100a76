internal import CTestShims
import Foundation
import Glibc

// The plumbing of `RunProcess`: descriptors, arguments and environment for posix_spawn(3).
//
// Every descriptor made here closes on exec, so that programs started side by side do not hold
// each other's pipes open; dup2 in the child takes that mark off the three that it is to have.

extension RunProcess {
    /// A program that runs, and our ends of what it prints.
    struct Child {
        let pid: pid_t
        let standardOutput: Int32?
        let standardError: Int32?
    }

    /// Descriptors for one stream: the program's end (`nil`: closed) and ours (`nil`: none).
    private struct Ends {
        var theirs: Int32?
        var ours: Int32?
    }

    func spawn() throws -> Child {
        let input = try ends(for: standardInput)
        let output = try ends(for: standardOutput)
        let error = try ends(for: standardError)
        defer {
            for ends in [input, output, error] {
                if let theirs = ends.theirs { close(theirs) }
            }
        }
        var actions = unsafe posix_spawn_file_actions_t()
        unsafe posix_spawn_file_actions_init(&actions)
        defer { unsafe posix_spawn_file_actions_destroy(&actions) }
        for (target, ends) in [(STDIN_FILENO, input), (STDOUT_FILENO, output), (STDERR_FILENO, error)] {
            if let theirs = ends.theirs {
                unsafe posix_spawn_file_actions_adddup2(&actions, theirs, target)
            } else {
                unsafe posix_spawn_file_actions_addclose(&actions, target)
            }
        }
        if let workingDirectory {
            unsafe test_spawn_in_folder(&actions, workingDirectory)
        }

        // The thread that starts it may be one of Dispatch's, which block nearly every signal.
        var attributes = posix_spawnattr_t()
        unsafe posix_spawnattr_init(&attributes)
        defer { unsafe posix_spawnattr_destroy(&attributes) }
        var none = sigset_t()
        unsafe sigemptyset(&none)
        unsafe posix_spawnattr_setsigmask(&attributes, &none)
        unsafe posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK))

        var pid = pid_t()
        let code = unsafe withCStrings([executable] + arguments) { argv in
            unsafe withCStrings(childEnvironment()) { envp in
                unsafe posix_spawn(&pid, executable, &actions, &attributes, argv, envp)
            }
        }
        guard code == 0 else {
            for ours in [output.ours, error.ours].compactMap({ $0 }) { close(ours) }
            throw Failure(call: "posix_spawn \(executable)", errno: code)
        }
        return Child(pid: pid, standardOutput: output.ours, standardError: error.ours)
    }

    private func ends(for input: Input) throws -> Ends {
        switch input {
        case .closed: return Ends()
        case .empty: return Ends(theirs: try opened("/dev/null", O_RDONLY))
        case .text(let text):
            // A file without a name: a pipe would have to be fed while the output is read.
            let descriptor = try check("memfd_create", test_memory_file())
            let bytes = Array(text.utf8)
            let written = unsafe bytes.withUnsafeBytes { unsafe pwrite(descriptor, $0.baseAddress, $0.count, 0) }
            guard written == bytes.count else { throw Failure(call: "pwrite", errno: errno) }
            return Ends(theirs: descriptor)
        }
    }

    private func ends(for stream: Stream) throws -> Ends {
        switch stream {
        case .closed: return Ends()
        case .file(let path): return Ends(theirs: try opened(path, O_WRONLY | O_CREAT | O_TRUNC))
        case .terminal: return try terminal()
        case .captured, .nonBlocking, .withoutReader:
            var pair: [Int32] = [-1, -1]
            _ = try check("pipe2", unsafe test_pipe(&pair))
            if case .withoutReader = stream {
                close(pair[0])
                return Ends(theirs: pair[1])
            }
            if case .nonBlocking = stream { _ = try check("fcntl", fcntl(pair[1], F_SETFL, O_NONBLOCK)) }
            return Ends(theirs: pair[1], ours: pair[0])
        }
    }

    /// A raw pseudo-terminal: bytes pass as they were written.
    private func terminal() throws -> Ends {
        var (theirs, ours): (Int32, Int32) = (-1, -1)
        _ = try check("posix_openpt", unsafe test_terminal(&theirs, &ours))
        return Ends(theirs: theirs, ours: ours)
    }

    private func opened(_ path: String, _ flags: Int32) throws -> Int32 {
        try check("open \(path)", unsafe open(path, flags | O_CLOEXEC, 0o600))
    }

    private func check(_ call: String, _ result: Int32) throws -> Int32 {
        guard result >= 0 else { throw Failure(call: call, errno: errno) }
        return result
    }

    private func childEnvironment() -> [String] {
        var variables = ProcessInfo.processInfo.environment
        for (name, value) in environment { variables[name] = value }
        return variables.map { "\($0)=\($1)" }
    }
}

/// `strings` as C's array of strings, which ends with a null pointer.
private func withCStrings<Value>(
    _ strings: [String], _ body: (UnsafePointer<UnsafeMutablePointer<CChar>?>) throws -> Value
) rethrows -> Value {
    let pointers = unsafe strings.map { unsafe strdup($0) } + [nil]
    defer { unsafe pointers.forEach { unsafe free($0) } }
    return try unsafe pointers.withUnsafeBufferPointer { unsafe try body($0.baseAddress!) }
}
