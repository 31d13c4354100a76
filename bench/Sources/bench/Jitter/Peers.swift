/// The C programs to compare with, compiled into a temporary folder that this value removes.
final class Peers {
    let nanosleepLoop: String
    let spinLoop: String
    let timerLoop: String
    let gstreamerLoop: String
    let relativeSleepLoop: String
    let wholeMillisecondsLoop: String
    /// Keeps a CPU busy.
    let busy: String
    /// A library that counts allocations, to be preloaded.
    let allocationCounter: String
    private let folder: TemporaryFolder

    /// - Throws: `BenchError.missing` without a C compiler, `.failed` with its message.
    init() throws(BenchError) {
        folder = try TemporaryFolder()
        nanosleepLoop = folder.path("nanosleep_loop")
        spinLoop = folder.path("spin_loop")
        timerLoop = folder.path("timerfd_loop")
        gstreamerLoop = folder.path("gstreamer_clock_loop")
        relativeSleepLoop = folder.path("relative_sleep_loop")
        wholeMillisecondsLoop = folder.path("whole_ms_loop")
        busy = folder.path("busy")
        allocationCounter = folder.path("count_allocations.so")
        try Self.compile("nanosleep_loop.c", to: nanosleepLoop)
        try Self.compile("spin_loop.c", to: spinLoop)
        try Self.compile("timerfd_loop.c", to: timerLoop)
        try Self.compile("relative_sleep_loop.c", to: relativeSleepLoop)
        try Self.compile("whole_ms_loop.c", to: wholeMillisecondsLoop)
        try Self.compile("busy.c", to: busy)
        try Self.compile("gstreamer_clock_loop.c", to: gstreamerLoop, try Self.gstreamerOptions())
        try Self.compile("count_allocations.c", to: allocationCounter, ["-shared", "-fPIC"])
    }

    /// Our own loop from C, linked against the shared library of the package's release build.
    ///
    /// - Throws: `BenchError.missing` without that library.
    func cInterface() throws(BenchError) -> String {
        let library = PackageFolder.release
        guard !Host.text(ofFile: library + "/libtickscheduler.so").isEmpty else {
            throw .missing(program: "libtickscheduler.so", remedy: "build it with swift build -c release")
        }
        let program = folder.path("c_interface")
        try Self.compile(
            "c_interface.c", to: program,
            [
                "-I", PackageFolder.scheduler + "/Sources/CTickScheduler/include", "-L", library, "-ltickscheduler",
                "-Wl,-rpath,\(library)",
            ])
        return program
    }

    /// The compiler options for GStreamer.
    private static func gstreamerOptions() throws(BenchError) -> [String] {
        let query = Command(
            program: "pkg-config", arguments: ["--cflags", "--libs", "gstreamer-1.0"], package: "pkg-config")
        do {
            return try query.run().output.split(whereSeparator: \.isWhitespace).map(String.init)
        } catch .failed {
            throw .missing(program: "GStreamer's library", package: "libgstreamer1.0-dev")
        }
    }

    private static func compile(_ source: String, to path: String, _ options: [String] = []) throws(BenchError) {
        // Libraries follow the files that need them.
        let arguments = ["-O2", "-std=gnu11", "\(PackageFolder.bench)/Peers/\(source)", "-o", path] + options
        _ = try Command(program: "cc", arguments: arguments, package: "gcc").run()
    }
}

/// The folders of this package's sources, and of the scheduler's.
enum PackageFolder {
    static let bench: String = {
        let parts = #filePath.split(separator: "/", omittingEmptySubsequences: false)
        return parts.dropLast(4).joined(separator: "/")
    }()

    static let scheduler = String(bench.dropLast("/bench".count))

    /// The folder that `swift build -c release` of the scheduler fills.
    static let release = scheduler + "/.build/release"
}
