// Runs one program at a time and measures its CPU time.
//
// The CPU time comes from wait4(2) for the ended child, the same for every program. It covers all threads from exec
// to exit, including start and output.

internal import Glibc
internal import TickLinux
internal import TickTime

/// A program and its arguments.
struct Command {
    /// Its name in errors, if that is not the program.
    var name: String?
    /// A path, or a name to be found in PATH.
    let program: String
    let arguments: [String]
    /// Variables to add to the environment.
    var environment: [String] = []
    /// The Debian package that contains it.
    var package: String?
}

/// A program that has ended successfully.
struct Finished {
    let output: String
    let wall: Nanoseconds
    /// User and system time of the whole process.
    let cpu: Nanoseconds

    /// The share of one CPU.
    var cpuPercent: Double { 100 * Double(cpu.count) / Double(wall.count) }
}

extension Command {
    /// Runs the program to its end.
    ///
    /// - Throws: `BenchError.missing` if there is no such program; `.refused` if it exits with 77, as our programs
    ///   do, with the remedy, when the host refuses them something; `.failed` with its message on stderr if it does
    ///   not exit with 0.
    ///
    /// - Parameter terminal: the program's standard error, instead of a pipe.
    func run(errors terminal: Int32? = nil) throws(BenchError) -> Finished {
        let output = try Pipe(), errors = try Pipe()
        defer { [output, errors].forEach { $0.close() } }
        let start = HostClock.monotonic()
        let child = try spawn(output: output.write, errors: terminal ?? errors.write)
        output.closeWriting()
        errors.closeWriting()

        // The programs' stderr fits the pipe's 64 KiB, so the pipes can be read one after the other.
        let printed = try readAll(output.read)
        let said = try readAll(errors.read)
        var status: Int32 = 0
        var usage = rusage()
        while unsafe wait4(child, &status, 0, &usage) < 0 {
            guard errno == EINTR else { throw .system(SystemError(call: "wait4", errno: errno)) }
        }
        let wall = HostClock.monotonic() - start

        guard status == 0 else {
            let (signal, code) = (status & 0x7F, status >> 8 & 0xFF)
            let lines = String(decoding: said, as: UTF8.self).split(separator: "\n")
            // Our own program puts its name before its messages.
            let words = lines.suffix(3).map { $0.hasPrefix("bench: ") ? $0.dropFirst(7) : $0 }.joined(separator: "; ")
            if signal == 0, code == 77 {
                throw .refused("what \(name ?? program) needs", remedy: words)
            }
            throw .failed(
                program: name ?? program, status: signal != 0 ? "signal \(signal)" : "exit \(code)", said: words)
        }
        return Finished(
            output: String(decoding: printed, as: UTF8.self), wall: wall,
            cpu: Nanoseconds(usage.ru_utime) + Nanoseconds(usage.ru_stime))
    }

    /// Starts the program. It inherits the streams that are not given.
    func spawn(input: Int32? = nil, output: Int32? = nil, errors: Int32? = nil) throws(BenchError) -> pid_t {
        var actions = unsafe posix_spawn_file_actions_t()
        var results = [unsafe posix_spawn_file_actions_init(&actions)]
        defer { unsafe posix_spawn_file_actions_destroy(&actions) }
        for (given, standard) in [(input, STDIN_FILENO), (output, STDOUT_FILENO), (errors, STDERR_FILENO)] {
            guard let given else { continue }
            results.append(unsafe posix_spawn_file_actions_adddup2(&actions, given, standard))
        }
        if let error = results.first(where: { $0 != 0 }) {
            throw .system(SystemError(call: "posix_spawn_file_actions_adddup2", errno: error))
        }

        var inherited: [String] = []
        var entry = unsafe environ
        while let text = unsafe entry.pointee {
            unsafe inherited.append(String(cString: text))
            unsafe entry += 1
        }
        var words = unsafe CStrings([program] + arguments), variables = unsafe CStrings(inherited + environment)
        defer {
            unsafe words.free()
            unsafe variables.free()
        }
        var child: pid_t = 0
        let error = unsafe posix_spawnp(&child, program, &actions, nil, &words.pointers, &variables.pointers)
        if error == ENOENT, let package { throw .missing(program: program, package: package) }
        guard error == 0 else { throw .system(SystemError(call: "posix_spawnp", subject: program, errno: error)) }
        return child
    }
}

/// A pipe whose ends a child does not inherit, except as the streams that it is given.
final class Pipe {
    private(set) var read: Int32
    private(set) var write: Int32

    init() throws(BenchError) {
        var ends: [Int32] = [-1, -1]
        guard unsafe pipe(&ends) == 0 else { throw .system(SystemError(call: "pipe", errno: errno)) }
        (read, write) = (ends[0], ends[1])
        // No other thread starts a program, so no child inherits the ends between these calls.
        for end in ends {
            guard fcntl(end, F_SETFD, FD_CLOEXEC) == 0 else { throw .system(SystemError(call: "fcntl", errno: errno)) }
        }
    }

    func closeWriting() {
        if write >= 0 { Glibc.close(write) }
        write = -1
    }

    func close() {
        closeWriting()
        if read >= 0 { Glibc.close(read) }
        read = -1
    }
}

/// A list of strings for C: pointers, with a null at the end.
@unsafe private struct CStrings {
    var pointers: [UnsafeMutablePointer<CChar>?]

    init(_ strings: [String]) {
        unsafe pointers = strings.map { unsafe strdup($0) } + [nil]
    }

    func free() {
        unsafe pointers.forEach { unsafe Glibc.free($0) }
    }
}

extension Nanoseconds {
    fileprivate init(_ time: timeval) {
        self.init(Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_usec) * 1_000)
    }
}

/// Everything up to the end of a file or pipe.
func readAll(_ descriptor: Int32) throws(BenchError) -> [UInt8] {
    var bytes: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 1 << 16)
    while true {
        let count = unsafe read(descriptor, &buffer, buffer.count)
        if count == 0 { return bytes }
        if count < 0 {
            if errno == EINTR { continue }
            throw .system(SystemError(call: "read", errno: errno))
        }
        bytes += buffer[..<count]
    }
}
