import TestSupport
import TickTime
import Testing

/// A clockwork that shows labels: it is told one frame after the other, and shares no arithmetic with what
/// is tested.
private struct LabelCounter {
    let nominal: Int
    let dropped: Int
    var hours = 0, minutes = 0, seconds = 0, frames = 0

    init(_ format: TimecodeFormat, at label: Timecode) {
        nominal = Int(format.nominalFramesPerSecond)
        dropped = Int(format.droppedPerMinute)
        (hours, minutes) = (Int(label.hours), Int(label.minutes))
        (seconds, frames) = (Int(label.seconds), Int(label.frames))
    }

    mutating func advance() {
        frames += 1
        if frames == nominal { (frames, seconds) = (0, seconds + 1) }
        if seconds == 60 { (seconds, minutes) = (0, minutes + 1) }
        if minutes == 60 { (minutes, hours) = (0, (hours + 1) % 24) }
        if frames == 0, seconds == 0, minutes % 10 != 0 { frames = dropped }
    }

    var label: Timecode {
        Timecode(
            hours: UInt8(hours), minutes: UInt8(minutes), seconds: UInt8(seconds), frames: UInt32(frames),
            isDropFrame: dropped > 0)
    }
}

@Suite("House time")
struct SessionTimecodeTests {
    /// 2026-11-21T00:00:00Z.
    private static let midnight = UTCInstant(nanoseconds: 1_795_219_200_000_000_000)

    @Test(
        "tick 0 bears the time of day of its epoch on the house's clock, frames rounded down",
        arguments: [
            ("2026-11-21T09:00:00Z", "+01:00", "25", "10:00:00:00"),
            ("2026-11-21T09:00:00.499Z", "-05:30", "25", "03:30:00:12"),
            ("2026-11-21T23:59:59.999Z", "+14:00", "25", "13:59:59:24"),
            ("2026-11-21T00:30:00Z", "-01:00", "50", "23:30:00:00"),
            ("2026-11-21T10:00:00Z", "Z", "29.97", "10:00:00;00"),
            // Drop-frame has no frames 0 and 1 in minute 1.
            ("2026-11-21T10:01:00.010Z", "Z", "29.97", "10:01:00;02"),
            ("2026-11-21T10:01:00.040Z", "Z", "59.94", "10:01:00;04"),
            ("1969-12-31T23:59:58.500Z", "Z", "30", "23:59:58:15"),
        ])
    func tickZero(epoch: String, offset: String, rate: String, label: String) throws {
        let timecode = try SessionTimecode(
            format: TimecodeFormat(rate: FrameRate(parsing: rate)),
            start: .timeOfDay(offset: UTCOffset(parsing: offset), dailyJam: nil), epoch: UTCInstant(parsing: epoch))
        #expect(timecode.label(ofTick: 0).description == label)
    }

    @Test(
        "through two days of daily jams, every label is that of a clockwork that is set by hand",
        arguments: [
            ("29.97", 2...3, 0...0), ("59.94", 5...6, 0...0), ("25", 0...0, 0...0), ("23.976", 0...0, 2_071...2_072),
        ])
    func jams(rate: String, repeated: ClosedRange<Int64>, skipped: ClosedRange<Int64>) throws {
        let rate = try FrameRate(parsing: rate)
        let (offset, jamTime) = (try UTCOffset(parsing: "+01:00"), try TimeOfDay(parsing: "04:00:00"))
        let epoch = try UTCInstant(parsing: "2026-11-22T02:59:50.123Z")
        let format = TimecodeFormat(rate: rate)
        let timecode = try SessionTimecode(
            format: format, start: .timeOfDay(offset: offset, dailyJam: jamTime), epoch: epoch)
        // 04:00 at +01:00 is 03:00 UTC.
        var jamInstants = try ["2026-11-22T03:00:00Z", "2026-11-23T03:00:00Z"].map { try UTCInstant(parsing: $0) }
        var clockwork = LabelCounter(format, at: timecode.label(ofTick: 0))
        let jamLabel = Timecode(hours: 4, minutes: 0, seconds: 0, frames: 0, isDropFrame: format.isDropFrame)
        let ticks = rate.fence(of: epoch + .seconds(24 * 3_600 + 20), epoch: epoch)
        var jams: Int64 = 0
        for tick in 1..<ticks {
            clockwork.advance()
            // A tick's UTC, in units of 1/num nanoseconds: nothing is rounded.
            let past = Int128(tick) * Int128(rate.denominator) * 1_000_000_000
            if let jam = jamInstants.first, past >= Int128((jam - epoch).count) * Int128(rate.numerator) {
                jamInstants.removeFirst()
                jams += 1
                let report = timecode.jam(jams)
                #expect(report.tick == tick && report.utc == jam && report.number == jams)
                #expect(report.from == clockwork.label && report.to == jamLabel)
                if jams == 2 {
                    #expect(repeated.contains(report.labelsRepeated) && skipped.contains(report.labelsSkipped))
                }
                // Counted by hand: as many steps as lead from the one label to the other.
                var (counter, steps) = (LabelCounter(format, at: report.labelsRepeated > 0 ? jamLabel : report.from), 0)
                let goal = report.labelsRepeated > 0 ? report.from : jamLabel
                while counter.label != goal, steps < 5_000 {
                    counter.advance()
                    steps += 1
                }
                #expect(Int64(steps) == report.labelsSkipped + report.labelsRepeated)
                clockwork = LabelCounter(format, at: jamLabel)
            }
            // One comparison in a hundred, and all around the jams: a day has two million.
            if tick % 101 == 0 || timecode.jamCount(throughTick: tick) != timecode.jamCount(throughTick: tick - 1) {
                try #require(timecode.label(ofTick: tick) == clockwork.label, "tick \(tick)")
                try #require(timecode.jamCount(throughTick: tick) == jams, "tick \(tick)")
            }
        }
        #expect(jams == 2 && jamInstants.isEmpty)
    }

    @Test("an epoch on the jam instant is no jam: the first is a day later")
    func epochOnJam() throws {
        let timecode = try SessionTimecode(
            format: TimecodeFormat(rate: .fps25), start: .timeOfDay(offset: .utc, dailyJam: .midnight),
            epoch: Self.midnight)
        #expect(timecode.jamCount(throughTick: 0) == 0 && timecode.jamCount(throughTick: 25 * 86_400 - 1) == 0)
        #expect(timecode.jamCount(throughTick: 25 * 86_400) == 1)
        let jam = timecode.jam(1)
        #expect(jam.labelsSkipped == 0 && jam.labelsRepeated == 0 && jam.from == jam.to)
    }

    @Test("below a tick a day, the jams of several days fall on one tick, and all are counted")
    func slow() throws {
        let rate = try FrameRate(1, over: 200_000)
        let timecode = try SessionTimecode(
            format: TimecodeFormat(rate: rate), start: .timeOfDay(offset: .utc, dailyJam: .midnight),
            epoch: Self.midnight)
        #expect((0...4).map { timecode.jamCount(throughTick: $0) } == [0, 2, 4, 6, 9])
        #expect(timecode.label(ofTick: 2).description == "00:00:00:00")
    }

    @Test("counted from a label, there are no jams, and a label that does not exist is refused")
    func label() throws {
        let format = TimecodeFormat(rate: .fps2997)
        let start = try format.parse("23:59:59;28")
        let timecode = try SessionTimecode(format: format, start: .label(start), epoch: Self.midnight)
        #expect(
            (0..<4).map { timecode.label(ofTick: $0).description } == [
                "23:59:59;28", "23:59:59;29", "00:00:00;00", "00:00:00;01",
            ])
        #expect(timecode.jamCount(throughTick: .max) == 0)
        let dropped = Timecode(hours: 0, minutes: 1, seconds: 0, frames: 0, isDropFrame: true)
        #expect(throws: TimecodeError.self) {
            _ = try SessionTimecode(format: format, start: .label(dropped), epoch: Self.midnight)
        }
        #expect(SessionTimecode(format: format).label(ofTick: 1_800).description == "00:01:00;02")
    }

    @Test("any tick number has a label and a count of jams, to the end of the range")
    func range() throws {
        let timecode = try SessionTimecode(
            format: TimecodeFormat(rate: FrameRate(parsing: "59.94")),
            start: .timeOfDay(offset: .utc, dailyJam: .midnight), epoch: UTCInstant(nanoseconds: .max - 5))
        for tick in [-5, 0, 1, 1 << 40, Int64.max - 1, .max] { _ = timecode.label(ofTick: tick) }
        #expect(timecode.jam(1).utc == UTCInstant(nanoseconds: .max))
    }
}

@Suite("Civil time, read")
struct CivilTimeTests {
    @Test("an instant reads back as it was written, over the whole range")
    func roundTrip() throws {
        let seeds = SeededGenerator()
        print("instants: seed \(seeds.seed)")
        var random = seeds
        for _ in 0..<2_000 {
            let instant = UTCInstant(
                nanoseconds: .random(in: -9_200_000_000_000_000_000...9_200_000_000_000_000_000, using: &random))
            #expect(try UTCInstant(parsing: instant.iso8601) == instant)
        }
        #expect(try UTCInstant(parsing: "1970-01-01T00:00:00Z").nanoseconds == 0)
        #expect(try UTCInstant(parsing: "2024-02-29T12:00:00.5Z").nanoseconds == 1_709_208_000_500_000_000)
    }

    @Test(
        "what is no instant is refused, with the form to write",
        arguments: [
            "2026-02-29T00:00:00Z", "2026-13-01T00:00:00Z", "2026-11-21T24:00:00Z", "2026-11-21T23:59:60Z",
            "2026-11-21T00:00:00", "2026-11-21T00:00:00+01:00", "2026-11-21 00:00:00Z", "2026-11-21T00:00:00.Z",
            "2026-11-21T00:00:00.1234567890Z", "", "Z", "1500-01-01T00:00:00Z", "２026-11-21T00:00:00Z",
        ])
    func notInstants(text: String) {
        #expect(throws: CivilTimeError.instant(text)) { _ = try UTCInstant(parsing: text) }
        #expect("\(CivilTimeError.instant(text))".contains("2026-11-21T06:00:00Z"))
    }

    @Test("times of day and offsets read back; what is none is refused")
    func timesAndOffsets() throws {
        for text in ["00:00:00", "23:59:59", "04:30:05"] { #expect(try TimeOfDay(parsing: text).description == text) }
        for text in ["24:00:00", "1:00:00", "01:60:00", "01:00", "01:00:00Z"] {
            #expect(throws: CivilTimeError.timeOfDay(text)) { _ = try TimeOfDay(parsing: text) }
        }
        for text in ["+01:00", "-05:30", "+14:00", "Z"] { #expect(try UTCOffset(parsing: text).description == text) }
        #expect(try UTCOffset(parsing: "-00:00") == .utc)
        for text in ["+14:01", "01:00", "+1:00", "+01:60", "", "z"] {
            #expect(throws: CivilTimeError.offset(text)) { _ = try UTCOffset(parsing: text) }
        }
    }

    @Test("the same day on a house's clock, where that is another day in UTC")
    func sameDay() throws {
        let instant = try UTCInstant(parsing: "2026-11-21T23:30:00.25Z")
        let offset = try UTCOffset(parsing: "+01:00")
        #expect(instant.timeOfDay(at: offset).description == "00:30:00")
        #expect(instant.sameDay(at: .midnight, offset).iso8601 == "2026-11-21T23:00:00.000000000Z")
        #expect(instant.sameDay(at: .midnight, .utc).iso8601 == "2026-11-21T00:00:00.000000000Z")
        #expect(
            try UTCInstant(parsing: "1969-12-31T01:00:00Z").sameDay(at: TimeOfDay(hours: 23), .utc).nanoseconds
                == -3_600_000_000_000)
    }
}
