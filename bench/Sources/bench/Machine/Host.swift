internal import Glibc
internal import TickLinux
internal import TickTime

/// The machine on which a comparison runs: its facts and its load.
enum Host {
    static var lastCPU: Int { max(sysconf(Int32(_SC_NPROCESSORS_ONLN)), 1) - 1 }

    /// The warning about a build whose figures mean nothing; `nil` for a release build.
    static var buildWarning: String? {
        #if DEBUG
            "A DEBUG BUILD: its figures mean nothing; use swift run -c release"
        #else
            nil
        #endif
    }

    /// Now, in UTC, to the second.
    static var date: String { HostClock.utc().iso8601.prefix(19).replacing("T", with: " ") + " UTC" }

    static var kernel: String { line(ofFile: "/proc/sys/kernel/osrelease") }

    static var clockSource: String {
        line(ofFile: "/sys/devices/system/clocksource/clocksource0/current_clocksource")
    }

    /// The processor's name; `unknown` if /proc/cpuinfo has none.
    static var processor: String {
        let lines = text(ofFile: "/proc/cpuinfo").split(separator: "\n")
        guard let model = lines.first(where: { $0.hasPrefix("model name") }), let colon = model.firstIndex(of: ":")
        else { return "unknown" }
        return String(model[model.index(after: colon)...].drop { $0 == " " })
    }

    /// Waits until the whole machine has been at most 3 % busy for one second.
    ///
    /// - Throws: `BenchError.notIdle` after ten minutes.
    static func waitUntilIdle() throws(BenchError) {
        let limit = 600
        var busy = 0.0
        for second in 0..<limit {
            let before = try ProcessorTime.now(ofCPU: nil)
            HostClock.sleep(until: HostClock.monotonic() + .seconds(1))
            busy = try ProcessorTime.now(ofCPU: nil).busyPercent(since: before)
            if busy <= 3 { return }
            if second == 0 { progress("waiting: the machine is \(fixed(busy, 0)) % busy") }
        }
        throw .notIdle(busyPercent: busy, seconds: limit)
    }

    private static func line(ofFile path: String) -> String {
        text(ofFile: path).split(separator: "\n").first.map(String.init) ?? "unknown"
    }

    /// The text of a file, such as one of /proc or /sys; empty if it cannot be read.
    static func text(ofFile path: String) -> String { String(decoding: bytes(ofFile: path), as: UTF8.self) }

    /// The bytes of a file; none if it cannot be read.
    static func bytes(ofFile path: String) -> [UInt8] {
        let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return [] }
        defer { close(descriptor) }
        return (try? readAll(descriptor)) ?? []
    }
}

/// The times of a CPU, or of all together, since boot, from /proc/stat (proc_stat(5)).
///
/// The kernel counts in ticks of 10 ms: over a turn of ten seconds, 0.1 % is one tick.
struct ProcessorTime {
    private let total: Int64
    private let idle: Int64
    private let steal: Int64

    static func now(ofCPU cpu: Int?) throws(BenchError) -> ProcessorTime {
        guard let time = ProcessorTime(Host.text(ofFile: "/proc/stat"), cpu: cpu) else {
            let name = cpu.map(String.init) ?? "all"
            throw .refused("/proc/stat for CPU \(name)", remedy: "mount /proc, or name a CPU that is online")
        }
        return time
    }

    /// - Parameter text: the text of /proc/stat.
    init?(_ text: String, cpu: Int?) {
        let name = "cpu" + (cpu.map(String.init) ?? "")
        for line in text.split(separator: "\n") {
            let fields = line.split(separator: " ")
            guard fields.first.map(String.init) == name else { continue }
            // user nice system idle iowait irq softirq steal; guest time is counted within user.
            let times = fields.dropFirst().prefix(8).compactMap { Int64($0) }
            guard times.count == 8 else { return nil }
            (total, idle, steal) = (times.reduce(0, +), times[3] + times[4], times[7])
            return
        }
        return nil
    }

    /// The share of the time since `before` in which the host did not run this machine.
    func stealPercent(since before: ProcessorTime) -> Double {
        Self.percent(steal - before.steal, of: total - before.total)
    }

    /// The share of the time since `before` that was not idle.
    func busyPercent(since before: ProcessorTime) -> Double {
        100 - Self.percent(idle - before.idle, of: total - before.total)
    }

    private static func percent(_ part: Int64, of whole: Int64) -> Double {
        whole > 0 ? 100 * Double(part) / Double(whole) : 0
    }
}
