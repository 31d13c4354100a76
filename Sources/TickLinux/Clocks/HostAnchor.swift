// Reads both clocks together, to anchor a session.
//
// Slow work (reading the kernel's state and the leap-second file) is done first. The bracketed reads come last, so
// that only 20 ms and some arithmetic lie between them and the epoch.

internal import CLinuxShims
internal import ClusterClock
internal import Glibc
public import TickTime

/// The readings from which a session's epoch is planned.
public struct HostAnchor: Hashable, Sendable {
    /// Both clocks at one instant.
    public let reading: AnchorReading
    /// TAI − UTC, and its source.
    public let taiOffset: TAIOffset
    /// The source of the schedule's UTC: a member of a cluster, or the host with or without a bound.
    public let utcSource: UTCSource
    /// The schedule's UTC − the host's; 0 if the host gave the time.
    public let utcCorrection: Nanoseconds

    /// The schedule's UTC at the reading.
    public var utc: UTCInstant { reading.utc +| utcCorrection }

    /// How often the reads are repeated if the wall clock is set during them.
    public static let maximumAttempts = 8
    /// Reads in one attempt.
    static let readings = 32

    /// Captures both clocks.
    ///
    /// - Parameter time: the source of the schedule's UTC; `nil` for the host.
    /// - Throws: `LoopError.wallClockUnsteady` if the wall clock was set during each attempt.
    public static func capture(_ time: ClusterTime? = nil) throws(LoopError) -> HostAnchor {
        let kernel = try? KernelClock.read()
        let offset = HostTAIOffset.current()
        let source: UTCSource = kernel?.utcError == nil ? .system : .ntp
        for _ in 0..<maximumAttempts {
            guard case .captured(let reading) = readClocks() else { continue }
            guard let time else {
                return HostAnchor(reading, offset, source, .zero)
            }
            return corrected(reading, offset, time)
        }
        throw .wallClockUnsteady(attempts: maximumAttempts)
    }

    /// The cluster's time at the instant of a reading.
    private static func corrected(_ reading: AnchorReading, _ offset: TAIOffset, _ time: ClusterTime) -> HostAnchor {
        // BOOTTIME at the reading, from the narrowest of a few brackets.
        let (ahead, half) = HostClock.narrowest(Self.readings) {
            let before = HostClock.monotonic()
            let boot = HostClock.boot()
            let half = (HostClock.monotonic() -| before).halfRoundedUp
            return ((boot -| BootInstant(nanoseconds: (before +| half).nanoseconds), half), half)
        }
        let instant = BootInstant(nanoseconds: reading.monotonic.nanoseconds) +| ahead
        let best = time.best.time(at: instant)
        // For plain system time, the host's reading is fresher than any published line.
        let isHost = best.held == .zero && (best.quality == .ntp || best.quality == .system)
        if isHost { return HostAnchor(reading, offset, best.quality, .zero) }
        let reading = AnchorReading(
            monotonic: reading.monotonic, utc: reading.utc, uncertainty: reading.uncertainty +| half)
        return HostAnchor(reading, offset, best.quality, best.time -| reading.utc)
    }

    /// The same readings, by the time of another process of this host, which says when a tick of a grid is due.
    func following(_ grid: GridPhase, due: MonotonicInstant) throws(TickTimeError) -> HostAnchor {
        let ahead = due -| reading.monotonic
        let correction = (try taiOffset.utc(of: grid.tai) -| reading.utc) -| ahead
        return HostAnchor(reading, taiOffset, .cluster, correction)
    }

    private init(
        _ reading: AnchorReading, _ offset: TAIOffset, _ source: UTCSource, _ correction: Nanoseconds
    ) {
        (self.reading, taiOffset, utcSource, utcCorrection) = (reading, offset, source, correction)
    }

    private static func readClocks() -> AnchorCapture {
        var readings: [BracketedReading] = []
        readings.reserveCapacity(Self.readings)
        for _ in 0..<Self.readings {
            let before = HostClock.monotonic()
            let utc = HostClock.utc()
            readings.append(BracketedReading(before: before, utc: utc, after: HostClock.monotonic()))
        }
        return AnchorCapture.narrowest(of: readings.span)
    }
}

/// The offset between UTC and TAI on this host.
public enum HostTAIOffset {
    /// Where distributions keep `leap-seconds.list` (tzdata), and where a time daemon may be given
    /// the IERS file.
    public static let listPaths = ["/usr/share/zoneinfo/leap-seconds.list", "/etc/leap-seconds.list"]

    /// The environment variable that names another list, which replaces those of `listPaths`.
    package static let listVariable = "TICKRUN_LEAP_SECONDS"

    /// The kernel's offset if it is set. Otherwise the offset of an unexpired list, or of an expired list that knows
    /// a later leap second than the built-in table, or else of the built-in table. The source of the result says
    /// which.
    ///
    /// - Parameter complain: receives why a list is not used: it is damaged, or the environment names one that cannot
    ///   be read.
    public static func current(complain: (LeapSecondListFault) -> Void = { _ in }) -> TAIOffset {
        let kernel = (try? KernelClock.read())?.taiOffsetSeconds ?? 0
        let named = HostUser.environment(listVariable)
        return offset(
            kernelSeconds: kernel, listPaths: named.map { [$0] } ?? listPaths,
            variable: named == nil ? nil : listVariable, at: HostClock.utc(), complain: complain)
    }

    /// The TAI instant of `utc`, also where leap seconds lie between that and now.
    ///
    /// - Throws: `TickTimeError.instantOutOfRange` at the end of the range.
    public static func tai(from utc: UTCInstant) throws(TickTimeError) -> TAIInstant {
        return try current().tai(from: utc, now: HostClock.utc(), by: leapSeconds())
    }

    /// The leap seconds that this host knows: of the list that reaches furthest, or the built-in ones.
    package static func leapSeconds() -> LeapSecondTable {
        let paths = HostUser.environment(listVariable).map { [$0] } ?? listPaths
        return LeapSecondTable.latest(of: lists(paths, nil) { _ in })
    }

    /// The offset, with values that a test gives.
    ///
    /// - Parameters:
    ///   - kernelSeconds: the kernel's offset; 0 if none is set.
    ///   - listPaths: the files to look for, the preferred one first.
    ///   - variable: the environment variable that names them, if one does.
    ///   - utc: the instant at which the offset is wanted.
    package static func offset(
        kernelSeconds: Int64, listPaths: [String], variable: String? = nil, at utc: UTCInstant,
        complain: (LeapSecondListFault) -> Void = { _ in }
    ) -> TAIOffset {
        let tables = kernelSeconds == 0 ? lists(listPaths, variable, complain) : []
        return .best(kernelSeconds: kernelSeconds, lists: tables, at: utc)
    }

    private static func lists(
        _ paths: [String], _ variable: String?, _ complain: (LeapSecondListFault) -> Void
    ) -> [LeapSecondTable] {
        paths.compactMap { path in
            let bytes: [UInt8]
            do throws(SystemError) { bytes = try SystemFile.read(path) } catch {
                // A host need not have each of the system's lists.
                if variable != nil { complain(LeapSecondListFault(path, variable, .unreadable(error))) }
                return nil
            }
            do throws(LeapSecondError) {
                return try LeapSecondTable(parsingLeapSecondsList: String(decoding: bytes, as: UTF8.self))
            } catch {
                complain(LeapSecondListFault(path, variable, .damaged(error)))
                return nil
            }
        }
    }
}
