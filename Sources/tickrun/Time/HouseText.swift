import ClusterLinux
import TickReports
import TickTime
import TimeExchange

/// What synchronization metadata says, by this host's leap seconds, for people and as JSON.
struct HouseReport {
    let metadata: SynchronizationMetadata
    let utc: UTCInstant
    let leapSeconds: LeapSecondTable

    /// An instant that metadata announces.
    struct Announced {
        let second: UInt64
        let tai: String
        let utc: String
        let local: String
    }

    /// TAI − UTC now.
    var taiOffset: Int64 { leapSeconds.offset(at: utc) }

    /// How far local time is ahead of UTC now, in seconds.
    var utcOffset: Int64 { metadata.secondsAheadOfUTC(at: utc, leapSeconds: leapSeconds) }

    /// Which leap seconds this host uses.
    var leapSecondsName: String { leapSeconds == .builtIn ? "built_in" : "leap_seconds_list" }

    /// - Parameter offset: the local offset then; `nil`: as the present one and the next jump give it.
    /// - Returns: `nil` for 0, which announces nothing.
    func announced(_ second: UInt64, offset: Int32? = nil) -> Announced? {
        guard second != 0, let tai = TAIInstant(ptpSecond: second), let utc = try? leapSeconds.utc(from: tai) else {
            return nil
        }
        let offset = offset.map(Int64.init) ?? metadata.localOffset(atPTPSecond: second)
        let local = UTCInstant(nanoseconds: tai.nanoseconds) +| Nanoseconds(1_000_000_000).saturatingTimes(offset)
        // TAI at the instant − UTC at the instant; TAI counts no leap seconds, so the difference is their number.
        let ahead =
            offset + (tai.nanoseconds.subtractingReportingOverflow(utc.nanoseconds).partialValue) / 1_000_000_000
        return Announced(
            second: second, tai: Self.seconds(UTCInstant(nanoseconds: tai.nanoseconds)) + " TAI",
            utc: Self.seconds(utc) + "Z", local: Self.seconds(local) + Self.text(offset: ahead))
    }

    private var nextJump: Announced? { announced(metadata.nextJump) }
    private var nextJam: Announced? { announced(metadata.nextJam) }
    private var previousJam: Announced? { announced(metadata.previousJam, offset: metadata.previousJamOffset) }

    /// `2026-11-30T19:00:00`.
    private static func seconds(_ instant: UTCInstant) -> String { String(instant.iso8601.prefix(19)) }

    /// `-05:00`, or `-05:00:37` where it is not whole minutes.
    static func text(offset: Int64) -> String {
        let size = Int64(clamping: offset.magnitude)
        let parts = [size / 3_600, size / 60 % 60, size % 60].map { $0 < 10 ? "0\($0)" : "\($0)" }
        return (offset < 0 ? "-" : "+") + parts.prefix(parts[2] == "00" ? 2 : 3).joined(separator: ":")
    }

    /// What an operator must check although it is no fault.
    var notes: [String] {
        var notes: [String] = []
        if utcOffset % 60 != 0 {
            let leftOut = Int64(metadata.localOffset) % 60 == 0
            notes.append(
                "local time is not whole minutes from UTC: "
                    + (leftOut
                        ? "the local offset leaves out TAI - UTC, \(taiOffset) s"
                        : "the sender and this host do not use the same TAI - UTC (here \(taiOffset) s)"))
        }
        if leapSeconds.isExpired(at: utc) {
            notes.append("this host's leap-seconds.list has expired; update it (tzdata)")
        }
        if metadata.locking != .locked {
            notes.append("the sender is not locked: \(metadata.locking.name)")
        }
        return notes
    }

    // MARK: - For people

    var lines: [String] {
        let labels = metadata.isDropFrame ? "drop-frame" : "non-drop-frame"
        let rate =
            metadata.frameRate.map { "\($0)" } ?? "\(metadata.frameRateNumerator)/\(metadata.frameRateDenominator)"
        var lines = [
            "Frame rate     \(rate), \(labels) labels, colour frames "
                + (metadata.isColorFrame ? "identified" : "not identified"),
            "Locking        \(metadata.locking.name)",
            "Local time     \(Self.text(offset: utcOffset)) from UTC (local offset \(metadata.localOffset) s, "
                + "TAI - UTC \(taiOffset) s: \(leapSecondsText))",
            "Daylight       \(daylight)",
        ]
        lines.append("Next jump      " + text(nextJump, jumpText))
        lines.append("Next jam       " + text(nextJam))
        lines.append("Previous jam   " + text(previousJam))
        return lines
    }

    private var jumpText: String {
        ", by \(metadata.jump > 0 ? "+" : "")\(metadata.jump) s" + (metadata.isLeapSecondJump ? ", a leap second" : "")
    }

    private var daylight: String {
        let now = metadata.isDaylightSaving ? "saving" : "standard"
        let next = metadata.isDaylightSavingNext ? "saving" : "standard"
        let previous = metadata.wasDaylightSaving ? "saving" : "standard"
        let later = metadata.nextJump == 0 ? "" : "; after the next jump \(next)"
        return "\(now) time\(later); at the previous jam \(previous)"
    }

    private var leapSecondsText: String {
        leapSeconds == .builtIn
            ? "the built-in table, which knows no leap second after 2017-01-01" : "the system's leap-seconds.list"
    }

    private func text(_ announced: Announced?, _ rest: String = "") -> String {
        guard let announced else { return "none" }
        return "\(announced.local) local, \(announced.utc), \(announced.tai)\(rest)"
    }

    // MARK: - JSON

    func write(to json: inout JSONText) {
        json.member("frame_rate", "\(metadata.frameRateNumerator)/\(metadata.frameRateDenominator)")
        json.member("locking", metadata.locking.name)
        json.member("drop_frame", metadata.isDropFrame)
        json.member("color_frame", metadata.isColorFrame)
        json.member("local_offset_s", metadata.localOffset)
        json.member("utc_offset_s", utcOffset)
        json.member("utc_offset", Self.text(offset: utcOffset))
        json.member("tai_minus_utc_s", taiOffset)
        json.member("leap_seconds", leapSecondsName)
        json.member("leap_seconds_expire_utc_ns", leapSeconds.expires?.nanoseconds)
        json.member("jump_s", metadata.jump)
        json.member("leap_second_jump", metadata.isLeapSecondJump)
        for (name, announced) in [("next_jump", nextJump), ("next_jam", nextJam), ("previous_jam", previousJam)] {
            json.member("\(name)_tai_s", announced?.second)
            json.member("\(name)_utc", announced?.utc)
            json.member("\(name)_local", announced?.local)
        }
        json.member("previous_jam_local_offset_s", metadata.previousJamOffset)
        json.member("daylight_saving", metadata.isDaylightSaving)
        json.member("daylight_saving_next", metadata.isDaylightSavingNext)
        json.member("daylight_saving_previous", metadata.wasDaylightSaving)
        json.array("notes") { json in for note in notes { json.element(note) } }
    }
}
