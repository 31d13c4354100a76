// The one moment at which a session is tied to the world: both clocks, read together.
//
// What takes long (reading the kernel's state and the leap-second file) is done first; the bracketed
// reads come last, so that nothing stands between them and the epoch but 20 ms of arithmetic.

internal import CLinuxShims
internal import Glibc
public import TickTime

/// What a session's epoch is planned from.
public struct HostAnchor: Hashable, Sendable {
    /// Both clocks at one instant.
    public let reading: AnchorReading
    /// TAI − UTC, and where it came from.
    public let taiOffset: TAIOffset
    /// Whether the host's UTC is synchronized.
    public let utcSource: UTCSource

    /// How often the reads are repeated when the wall clock is set under them.
    public static let maximumAttempts = 8
    /// Reads in one attempt.
    static let readings = 32

    /// Captures both clocks.
    ///
    /// - Throws: `LoopError.wallClockUnsteady` if the wall clock was set during each attempt.
    public static func capture() throws(LoopError) -> HostAnchor {
        let kernel = try? KernelClock.read()
        let offset = HostTAIOffset.current()
        let source: UTCSource = kernel?.isSynchronized == true ? .ntp : .system
        for _ in 0..<maximumAttempts {
            if case .captured(let reading) = readClocks() {
                return HostAnchor(reading: reading, taiOffset: offset, utcSource: source)
            }
        }
        throw .wallClockUnsteady(attempts: maximumAttempts)
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

    /// The kernel's offset if it is set, else that of an unexpired list, else the built-in table's.
    ///
    /// - Parameter complain: told of a list that is there and cannot be understood.
    public static func current(complain: (LeapSecondError) -> Void = { _ in }) -> TAIOffset {
        let kernel = (try? KernelClock.read())?.taiOffsetSeconds ?? 0
        return .best(kernelSeconds: kernel, list: kernel == 0 ? list(complain) : nil, at: HostClock.utc())
    }

    private static func list(_ complain: (LeapSecondError) -> Void) -> LeapSecondTable? {
        for path in listPaths {
            guard let bytes = try? SystemFile.read(path) else { continue }
            do {
                return try LeapSecondTable(parsingLeapSecondsList: String(decoding: bytes, as: UTF8.self))
            } catch {
                complain(error)
            }
        }
        return nil
    }
}
