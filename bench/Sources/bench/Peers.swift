internal import Glibc
internal import TickLinux

/// The programs in C to compare with, compiled on the spot into a folder that goes with them.
final class Peers {
    let nanosleepLoop: String
    let spinLoop: String
    let timerLoop: String
    /// A library that counts allocations, to be preloaded.
    let allocationCounter: String
    private let folder: String

    /// The sources: `Peers`, beside this package's `Sources`.
    private static let sources: String = {
        let parts = #filePath.split(separator: "/", omittingEmptySubsequences: false)
        return parts.dropLast(3).joined(separator: "/") + "/Peers"
    }()

    /// - Throws: `BenchError.missing` without a C compiler, `.failed` with its message.
    init() throws(BenchError) {
        let parent = unsafe getenv("TMPDIR").map { unsafe String(cString: $0) } ?? "/tmp"
        var template = "\(parent)/tick-bench-XXXXXX".utf8CString.map { $0 }
        guard unsafe mkdtemp(&template) != nil else {
            throw .system(SystemError(call: "mkdtemp", subject: parent, errno: errno))
        }
        folder = String(decoding: template.dropLast().map(UInt8.init(bitPattern:)), as: UTF8.self)
        nanosleepLoop = folder + "/nanosleep_loop"
        spinLoop = folder + "/spin_loop"
        timerLoop = folder + "/timerfd_loop"
        allocationCounter = folder + "/count_allocations.so"
        try Self.compile("nanosleep_loop.c", to: nanosleepLoop)
        try Self.compile("spin_loop.c", to: spinLoop)
        try Self.compile("timerfd_loop.c", to: timerLoop)
        try Self.compile("count_allocations.c", to: allocationCounter, ["-shared", "-fPIC"])
    }

    deinit {
        for file in [nanosleepLoop, spinLoop, timerLoop, allocationCounter] { unsafe unlink(file) }
        unsafe rmdir(folder)
    }

    private static func compile(_ source: String, to path: String, _ options: [String] = []) throws(BenchError) {
        let arguments = ["-O2", "-std=gnu11"] + options + ["\(sources)/\(source)", "-o", path]
        _ = try Command(program: "cc", arguments: arguments, package: "gcc").run()
    }
}
