// What in synchronization metadata contradicts the standard (SMPTE ST 2059-2), itself or the time. Metadata with a fault
// is refused as a whole, because the sender that computed one field wrongly also computed the others.
//
// Local time = PTP seconds + local offset = UTC + (TAI − UTC) + local offset. So the offset from UTC that the metadata
// states is local offset + (TAI − UTC), and no place on Earth is farther from UTC than 14 hours.

public import TickTime

extension SynchronizationMetadata {
    /// How far an announced time may be on the wrong side of the host's clock, which may itself be off.
    static let clockTolerance = Nanoseconds.seconds(60)

    /// What in it contradicts the standard or itself, without full stops; empty if nothing does.
    public var faults: [String] {
        var faults: [String] = []
        if frameRate?.numerator != frameRateNumerator {
            faults.append(
                "the frame rate \(frameRateNumerator)/\(frameRateDenominator) is not in lowest terms, or too fast")
        }
        if isDropFrame, let rate = frameRate, !TimecodeFormat.allowsDropFrame(rate) {
            faults.append("drop-frame labels do not exist at \(rate) frames a second")
        }
        // A jam at or after the jump may be stated in the local time before it or after it.
        let offsets = nextJump != 0 && nextJam >= nextJump ? [0, Int64(jump)] : [0]
        if nextJam != 0, offsets.allSatisfy({ !Self.isWholeTenMinutes(nextJam, Int64(localOffset) + $0) }) {
            faults.append("the next jam is not at a whole ten minutes of local time")
        }
        if previousJam != 0, !Self.isWholeTenMinutes(previousJam, Int64(previousJamOffset)) {
            faults.append("the previous jam is not at a whole ten minutes of local time")
        }
        if nextJam != 0, previousJam != 0, nextJam <= previousJam {
            faults.append("the next jam is not after the previous one")
        }
        if (jump == 0) != (nextJump == 0) {
            faults.append(
                jump == 0 ? "a jump is planned, of 0 seconds" : "a jump of \(jump) s is announced without its time")
        }
        return faults
    }

    /// What in it contradicts the standard, itself, or the time of day.
    ///
    /// - Parameters:
    ///   - utc: the host's time of day.
    ///   - leapSeconds: what the host knows of TAI − UTC.
    public func faults(at utc: UTCInstant, leapSeconds: LeapSecondTable) -> [String] {
        var faults = faults
        let taiOffset = leapSeconds.offset(at: utc)
        for (name, offset) in [
            ("local offset", Int64(localOffset)), ("previous jam's local offset", Int64(previousJamOffset)),
            ("local offset after the jump", Int64(localOffset) + Int64(jump)),
        ] where abs(offset + taiOffset) > Self.farthestFromUTC {
            // A jump of 0 changes nothing, and would be named twice.
            if name.hasSuffix("jump"), jump == 0 { continue }
            faults.append("the \(name), \(offset) s, is more than 14 hours from UTC")
        }
        guard let now = try? leapSeconds.tai(from: utc) else { return faults }
        if let instant = TAIInstant(ptpSecond: nextJump), nextJump != 0, now -| instant > Self.clockTolerance {
            faults.append("the next jump is in the past by this host's clock")
        }
        if let instant = TAIInstant(ptpSecond: nextJam), nextJam != 0, now -| instant > Self.clockTolerance {
            faults.append("the next jam is in the past by this host's clock")
        }
        if let instant = TAIInstant(ptpSecond: previousJam), instant -| now > Self.clockTolerance {
            faults.append("the previous jam is in the future by this host's clock")
        }
        return faults
    }

    /// The seconds of 14 hours.
    private static let farthestFromUTC: Int64 = 50_400

    /// - Parameter second: before 2200, so that the sum cannot overflow.
    private static func isWholeTenMinutes(_ second: UInt64, _ offset: Int64) -> Bool {
        let (sum, overflow) = Int64(clamping: second).addingReportingOverflow(offset)
        return !overflow && sum % 600 == 0
    }

    /// How far local time is ahead of UTC, in seconds: the local offset without TAI − UTC.
    ///
    /// - Parameter utc: when; also selects the leap seconds.
    public func secondsAheadOfUTC(at utc: UTCInstant, leapSeconds: LeapSecondTable) -> Int64 {
        let taiOffset = leapSeconds.offset(at: utc)
        // Within two days of 0 from outside, and within a day of it from a list.
        guard let now = try? leapSeconds.tai(from: utc) else { return Int64(localOffset) + taiOffset }
        return localOffset(atPTPSecond: UInt64(clamping: now.nanoseconds / 1_000_000_000)) + taiOffset
    }
}

extension TAIInstant {
    /// An instant that a PTP message states in whole seconds.
    ///
    /// - Returns: `nil` from 2200-01-01 on.
    public init?(ptpSecond second: UInt64) {
        guard second < PTPTimestamp.limit else { return nil }
        self.init(nanoseconds: Int64(second) * 1_000_000_000)
    }
}
