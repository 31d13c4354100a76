// The JSON format of cyclictest(8) (rt-tests 2.x, --json), so that its plotters read our runs: one thread per
// session, a histogram in whole microseconds. cyclictest drops values beyond its histogram; here `histogram_overflow`
// counts every value without a bucket.
//
// The keys "cmdline:" and "rt_test_version:" end in a colon there as well.

public import TickScheduling
public import TickTime

/// A run in the shape of cyclictest's JSON.
public struct CyclictestJSON: Sendable {
    /// The host, as uname(2) describes it.
    public struct Host: Sendable {
        public var node: String
        public var release: String
        public var version: String
        public var machine: String

        public init(node: String, release: String, version: String, machine: String) {
            self.node = node
            self.release = release
            self.version = version
            self.machine = machine
        }
    }

    private var threads: [JSONText] = []
    private let commandLine: String
    private let program: String
    private let host: Host

    public init(commandLine: String, program: String, host: Host) {
        self.commandLine = commandLine
        self.program = program
        self.host = host
    }

    /// Adds what was measured of one session.
    ///
    /// - Parameter cpu: where it ran; 0 where it was not pinned.
    public mutating func add(_ histogram: borrowing LatencyHistogram, session: String, cpu: Int) {
        var counts: [(microsecond: Int64, count: Int64)] = []
        histogram.forEachBucket { lowest, _, count in
            let microsecond = lowest.count / 1_000
            if counts.last?.microsecond == microsecond {
                counts[counts.count - 1].count += count
            } else {
                counts.append((microsecond, count))
            }
        }
        var json = JSONText(capacity: 4_096)
        json.object { json in
            json.object("histogram") { json in
                for one in counts { json.member("\(one.microsecond)", one.count) }
            }
            json.member("histogram_overflow", histogram.overflowCount)
            json.member("cycles", histogram.count)
            json.member("min", (histogram.minimum?.count ?? 0) / 1_000)
            json.member("max", (histogram.maximum?.count ?? 0) / 1_000)
            json.member("avg", (histogram.mean ?? 0) / 1_000, decimals: 2)
            json.member("cpu", cpu)
            json.member("node", 0)
            json.member("session", session)
        }
        threads.append(json)
    }

    /// - Parameters:
    ///   - begin, end: of the run.
    ///   - isGood: whether it passed.
    public func text(begin: UTCInstant, end: UTCInstant, isGood: Bool, isRealtime: Bool) -> String {
        var json = JSONText(capacity: 8_192)
        json.object { json in
            json.member("file_version", 1)
            json.member("cmdline:", commandLine)
            json.member("rt_test_version:", program)
            json.member("start_time", begin.iso8601)
            json.member("end_time", end.iso8601)
            json.member("return_code", isGood ? 0 : 1)
            json.object("sysinfo") { json in
                json.member("sysname", "Linux")
                json.member("nodename", host.node)
                json.member("release", host.release)
                json.member("version", host.version)
                json.member("machine", host.machine)
                json.member("realtime", isRealtime ? 1 : 0)
            }
            json.member("num_threads", threads.count)
            json.member("resolution_in_ns", 0)
            json.object("thread") { json in
                for (place, thread) in threads.enumerated() { json.member("\(place)", json: thread) }
            }
        }
        return json.text
    }
}
