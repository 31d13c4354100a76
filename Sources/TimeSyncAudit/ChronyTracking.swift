// What 'chronyc -c -n tracking' prints: one line of fourteen values with commas between them (chronyc(1)).
//
//     A29FC801,162.159.200.1,4,1795278520.720628343,-0.000001596,0.000000153,0.000000882,-0.021,0.009,0.297,
//     0.000005233,0.000002190,0.5,Normal
//
// The first is the reference identifier, the fourth when the clock was last set by it. The fifth is how much the host's
// clock is behind ("slow of") NTP time; by chronyc's manual the host's clock is off true time by no more than |system
// time| + root dispersion + root delay / 2. The reference shows what that rests on: `SourcedBound`.

package import ClusterClock
package import TickTime

/// What chronyd states about its host's clock.
package struct ChronyTracking: Hashable, Sendable {
    package var reference: NTPReference
    /// The reference identifier as it was printed, and the source's name or address.
    package var referenceID: String
    package var source: String
    /// When the reference last set the clock; the line was printed then, or later.
    package var referenceTime: UTCInstant
    /// NTP time − the host's UTC.
    package var offset: Nanoseconds
    package var rootDelay: Nanoseconds
    package var rootDispersion: Nanoseconds
    package var leapStatus: String

    /// Why a line gives no information about the clock.
    package enum Failure: Error, Hashable, Sendable, CustomStringConvertible {
        case noDaemon(String)
        case form(String)
        case notSynchronised
        /// Nothing in the line says when it was printed.
        case noReferenceTime
        /// It was printed after the time for which it must count.
        case future(UTCInstant, now: UTCInstant)

        package var description: String {
            switch self {
            case .noDaemon(let text): "chronyd does not answer (\(text)); is it running, and may this user ask it?"
            case .form(let text): "'\(text)' is not what 'chronyc -c -n tracking' prints"
            case .notSynchronised: "chronyd is not synchronised to any source ('chronyc sources' shows why)"
            case .noReferenceTime: "it has no reference time, so its age is unknown; print it again"
            case .future(let time, let now):
                "its reference time \(time.iso8601) is after the time of the check (\(now.iso8601)); "
                    + "print it again, or check --at a later time"
            }
        }
    }

    /// - Throws: `Failure`.
    package init(output: String) throws(Failure) {
        let line = output.split(whereSeparator: \.isNewline).first.map(String.init) ?? ""
        // '506 Cannot talk to daemon', and what it prints where there is no socket.
        if line.hasPrefix("506") || line.contains("Could not open connection") { throw .noDaemon(line) }
        let values = line.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
        guard values.count == 14, let id = UInt32(values[0], radix: 16), values[0].utf8.count == 8,
            let stratum = UInt8(values[2]), let reference = Self.nanoseconds(values[3], below: 7_258_118_400),
            let offset = Self.nanoseconds(values[4]), let delay = Self.nanoseconds(values[10]),
            let dispersion = Self.nanoseconds(values[11]), reference >= .zero, delay >= .zero, dispersion >= .zero
        else { throw .form(String(line.prefix(80))) }
        referenceID = values[0]
        source = values[1]
        self.reference = NTPReference(id: id, stratum: stratum)
        referenceTime = UTCInstant(nanoseconds: reference.count)
        self.offset = offset
        (rootDelay, rootDispersion) = (delay, dispersion)
        leapStatus = values[13]
        if leapStatus == "Not synchronised" || stratum == 0 { throw .notSynchronised }
    }

    /// How far UTC is ahead of the host's clock, from a line that was printed just now.
    ///
    /// - Parameters:
    ///   - now: the host's UTC.
    ///   - own: the references that mean this host.
    /// - Throws: `Failure.future`.
    package func bound(printedAt now: UTCInstant, own: OwnReferences) throws(Failure) -> SourcedBound {
        try refuseFuture(now)
        let age = referenceTime == Self.none ? .zero : now +| offset -| referenceTime
        return bound(dispersion: max(rootDispersion, SourcedBound.leastDispersion(ofReferenceAged: age)), own)
    }

    /// The same from a line in a file. Nothing says when the line was printed, so it counts as of the reference time,
    /// and its bound grows by what the clock may have drifted from then to `now`.
    ///
    /// - Throws: `Failure.noReferenceTime`, `.future`.
    package func bound(inFileReadFor now: UTCInstant, own: OwnReferences) throws(Failure) -> SourcedBound {
        guard referenceTime != Self.none else { throw .noReferenceTime }
        try refuseFuture(now)
        return bound(dispersion: rootDispersion, own).aged(by: now +| offset -| referenceTime)
    }

    private static let none = UTCInstant(nanoseconds: 0)

    /// The reference time is NTP's, so the host's time is taken as NTP's as well.
    private func refuseFuture(_ now: UTCInstant) throws(Failure) {
        guard referenceTime -| (now +| offset) <= SyncLimits.canon.pairwise else {
            throw .future(referenceTime, now: now)
        }
    }

    private func bound(dispersion: Nanoseconds, _ own: OwnReferences) -> SourcedBound {
        SourcedBound(offset, bound: dispersion +| rootDelay.halfRoundedUp, reference: reference, own: own)
    }

    package var raw: [String: String] {
        [
            "reference_id": referenceID, "reference": source, "stratum": "\(reference.stratum)",
            "reference_utc_ns": "\(referenceTime.nanoseconds)",
            "system_time_slow_ns": "\(offset.count)", "root_delay_ns": "\(rootDelay.count)",
            "root_dispersion_ns": "\(rootDispersion.count)", "leap_status": leapStatus,
        ]
    }

    /// Seconds with at most nine decimals, exactly, of less than `limit`.
    private static func nanoseconds(_ text: String, below limit: Int64 = 1 << 31) -> Nanoseconds? {
        let isNegative = text.hasPrefix("-")
        let parts = text.drop { $0 == "-" || $0 == "+" }.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 2, let whole = Int64(parts[0]), whole >= 0, whole < limit, parts[1].utf8.count <= 9,
            parts[1].utf8.allSatisfy({ (0x30...0x39).contains($0) }),
            let fraction = Int64(parts[1] + String(repeating: "0", count: 9 - parts[1].utf8.count))
        else { return nil }
        let count = whole * 1_000_000_000 + fraction
        return Nanoseconds(isNegative ? -count : count)
    }
}
