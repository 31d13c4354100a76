// The symbols of an object file that mean that it reads a clock or the system's random numbers.
//
// A pure target imports nothing. So it could only use the standard library's own clocks and random numbers, or a C
// function named by an attribute. Both leave an undefined symbol in the object file, for the linker.
//
// Swift mangles names: an identifier follows its length (`15ContinuousClock`). A random draw from a generator that is
// passed in has the label `using` and is deterministic.
//
// Limit: this does not find the order of a Dictionary or a Set, which differs between runs because Hasher is seeded.
// The reports' tests check that a report is the same twice.

/// Names to which pure code must not refer.
enum ReadingSymbols {
    /// C functions, by their whole name.
    static let cFunctions: Set<String> = [
        // Clocks and the waits that end by them.
        "clock_gettime", "clock_getres", "gettimeofday", "time", "times", "ftime", "clock", "timespec_get",
        "getrusage", "mach_absolute_time", "mach_continuous_time", "clock_nanosleep", "nanosleep", "sleep", "usleep",
        "adjtimex", "clock_adjtime", "ntp_gettime", "swift_get_time", "swift_get_clock_res",
        // Randomness.
        "arc4random", "arc4random_buf", "arc4random_uniform", "getrandom", "getentropy", "rand", "rand_r", "srand",
        "random", "random_r", "srandom", "drand48", "erand48", "lrand48", "nrand48", "mrand48", "jrand48",
        "swift_stdlib_random",
        // The ways to reach /dev/urandom and /proc, also without a wrapper.
        "open", "open64", "openat", "openat64", "fopen", "fopen64", "syscall",
    ]

    /// Clocks, generators and modules, at any place in a mangled name.
    static let swiftNames = [
        "15ContinuousClock", "15SuspendingClock", "27SystemRandomNumberGenerator",
        "10Foundation", "20FoundationEssentials", "8Dispatch", "5Glibc",
    ]

    /// Members of the standard library that draw from the system's generator unless they are given one.
    static let drawingMembers = ["6random", "13randomElement", "7shuffle", "8shuffled"]

    /// Whether an object file that refers to `symbol` is impure.
    static func contains(_ symbol: some StringProtocol) -> Bool {
        guard symbol.hasPrefix("$s") else { return cFunctions.contains(String(symbol)) }
        if swiftNames.contains(where: { symbol.contains($0) }) { return true }
        // The standard library's own names begin with s or S.
        guard symbol.hasPrefix("$ss") || symbol.hasPrefix("$sS") else { return false }
        if symbol.hasPrefix("$sScT"), symbol.contains("5sleep") { return true }
        return drawingMembers.contains { symbol.contains($0) } && !symbol.contains("5using")
    }
}
