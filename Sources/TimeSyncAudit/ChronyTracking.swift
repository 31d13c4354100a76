// What 'chronyc -c -n tracking' prints: one line of fourteen values with commas between them (chronyc(1)).
//
//     7F000001,127.0.0.1,4,1795278520.720628343,-0.000001596,0.000000153,0.000000882,-0.021,0.009,0.297,
//     0.000005233,0.000002190,0.5,Normal
//
// The fifth is how much the host's clock is behind ("slow of") NTP time; by chronyc's manual the host's clock is
// off true time by no more than |system time| + root dispersion + root delay / 2.

public import ClusterClock
public import TickTime

/// What chronyd says of its host's clock.
public struct ChronyTracking: Hashable, Sendable {
    public var referenceID: String
    public var source: String
    public var stratum: Int64
    /// NTP time − the host's UTC.
    public var offset: Nanoseconds
    public var rootDelay: Nanoseconds
    public var rootDispersion: Nanoseconds
    public var leapStatus: String

    /// Why a line says nothing of the clock.
    public enum Failure: Error, Hashable, Sendable, CustomStringConvertible {
        case noDaemon(String)
        case form(String)
        case notSynchronised

        public var description: String {
            switch self {
            case .noDaemon(let text): "chronyd does not answer (\(text)); is it running, and may this user ask it?"
            case .form(let text): "'\(text)' is not what 'chronyc -c -n tracking' prints"
            case .notSynchronised: "chronyd is not synchronised to any source ('chronyc sources' shows why)"
            }
        }
    }

    /// - Throws: `Failure`.
    public init(output: String) throws(Failure) {
        let line = output.split(whereSeparator: \.isNewline).first.map(String.init) ?? ""
        // '506 Cannot talk to daemon', and what it prints where there is no socket.
        if line.hasPrefix("506") || line.contains("Could not open connection") { throw .noDaemon(line) }
        let values = line.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
        guard values.count == 14, let stratum = Int64(values[2]),
            let offset = Self.nanoseconds(values[4]), let delay = Self.nanoseconds(values[10]),
            let dispersion = Self.nanoseconds(values[11]), delay >= .zero, dispersion >= .zero
        else { throw .form(String(line.prefix(80))) }
        referenceID = values[0]
        source = values[1]
        self.stratum = stratum
        self.offset = offset
        (rootDelay, rootDispersion) = (delay, dispersion)
        leapStatus = values[13]
        if leapStatus == "Not synchronised" || stratum == 0 { throw .notSynchronised }
    }

    /// How far UTC is ahead of the host's clock, if chronyd's sources are right.
    public var interval: OffsetInterval {
        OffsetInterval(offset, bound: rootDispersion +| rootDelay.halfRoundedUp)
    }

    public var raw: [String: String] {
        [
            "reference_id": referenceID, "reference": source, "stratum": "\(stratum)",
            "system_time_slow_ns": "\(offset.count)", "root_delay_ns": "\(rootDelay.count)",
            "root_dispersion_ns": "\(rootDispersion.count)", "leap_status": leapStatus,
        ]
    }

    /// Seconds with at most nine decimals, exactly.
    private static func nanoseconds(_ text: String) -> Nanoseconds? {
        let isNegative = text.hasPrefix("-")
        let parts = text.drop { $0 == "-" || $0 == "+" }.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 2, let whole = Int64(parts[0]), whole >= 0, whole < 1 << 31, parts[1].utf8.count <= 9,
            parts[1].utf8.allSatisfy({ (0x30...0x39).contains($0) }),
            let fraction = Int64(parts[1] + String(repeating: "0", count: 9 - parts[1].utf8.count))
        else { return nil }
        let count = whole * 1_000_000_000 + fraction
        return Nanoseconds(isNegative ? -count : count)
    }
}
