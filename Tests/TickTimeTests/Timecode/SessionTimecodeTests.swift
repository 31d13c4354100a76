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

    private struct Case: Decodable {
        let rate: String, dropFrame: Bool, epochUtcNs: Int64, utcOffsetMin: Int, dailyJamS: Int
        let tick: Int64, timecode: String

        func labels() throws -> SessionTimecode {
            let jam = TimeOfDay(hours: dailyJamS / 3_600, minutes: dailyJamS / 60 % 60, seconds: dailyJamS % 60)
            return try SessionTimecode(
                format: TimecodeFormat(rate: FrameRate(parsing: rate), dropFrame: dropFrame),
                start: .timeOfDay(offset: UTCOffset(minutes: utcOffsetMin), dailyJam: jam),
                epoch: UTCInstant(nanoseconds: epochUtcNs))
        }
    }

    @Test("a label counts from the last jam, whenever the session began: the cases; and the way back")
    func cases() throws {
        for given in try Cases.read("house_time", as: Case.self) {
            let timecode = try given.labels()
            let label = timecode.label(ofTick: given.tick)
            #expect(label.description == given.timecode, "\(given)")
            let back = try timecode.ticks(bearing: label, inDayOfTick: given.tick)
            #expect(back.contains(given.tick) && back.count <= 2, "\(given)")
            #expect(back.allSatisfy { timecode.label(ofTick: $0) == label }, "\(given)")
        }
    }

    /// A clockwork on the grid of one session: it is set at each jam and told one frame after the other, without the
    /// arithmetic of what is tested.
    private struct Walk {
        let rate: FrameRate
        let jamLabel: LabelCounter
        var counter: LabelCounter
        var tick: Int64 = 0
        /// The instant of `tick`: whole nanoseconds, and a rest in units of 1/num.
        var whole: Int64
        var rest: Int64 = 0
        var jam: Int64
        var steps = 0

        /// Goes back from tick 0 to the first frame at or after the last jam, then forward to tick 0.
        init(_ format: TimecodeFormat, epoch: UTCInstant, firstJam: Int64, jamLabel: Timecode) {
            (rate, whole, jam) = (format.rate, epoch.nanoseconds, firstJam)
            self.jamLabel = LabelCounter(format, at: jamLabel)
            counter = self.jamLabel
            while rounded >= jam { step(-1) }
            step(1)
            while tick < 0 { advance() }
            while tick > 0 { step(-1) }
        }

        var rounded: Int64 { whole + (2 * rest >= Int64(rate.numerator) ? 1 : 0) }

        private mutating func step(_ by: Int64) {
            let period = Int64(rate.denominator) * 1_000_000_000
            tick += by
            whole += by * (period / Int64(rate.numerator))
            rest += by * (period % Int64(rate.numerator))
            if rest >= Int64(rate.numerator) { (rest, whole) = (rest - Int64(rate.numerator), whole + 1) }
            if rest < 0 { (rest, whole) = (rest + Int64(rate.numerator), whole - 1) }
        }

        /// - Returns: whether the frame is the first at or after a jam.
        @discardableResult
        mutating func advance() -> Bool {
            step(1)
            counter.advance()
            let next = jam + 86_400_000_000_000
            guard rounded >= next else { return false }
            (jam, counter) = (next, jamLabel)
            return true
        }
    }

    /// Begun at a millisecond, restarted at noon, taken over by a successor, and started by hand.
    private static let epochs = [
        "2026-11-22T02:59:50.123Z", "2026-11-22T12:00:00Z", "2026-11-22T18:30:00.017Z",
        "2026-11-23T09:41:07.123456789Z",
    ]

    @Test(
        "through three days of jams, every label of every session is that of a clockwork that is set at each jam",
        arguments: [
            ("29.97", 2...3, 0...0), ("59.94", 5...6, 0...0), ("23.976", 0...0, 2_071...2_072), ("25", 0...0, 0...0),
        ] as [(String, ClosedRange<Int64>, ClosedRange<Int64>)], epochs)
    func threeDays(
        given: (rate: String, repeated: ClosedRange<Int64>, skipped: ClosedRange<Int64>), begun: String
    )
        throws
    {
        let format = try TimecodeFormat(rate: FrameRate(parsing: given.rate))
        let epoch = try UTCInstant(parsing: begun)
        let timecode = try SessionTimecode(
            format: format, start: .timeOfDay(offset: UTCOffset(minutes: 60), dailyJam: TimeOfDay(hours: 4)),
            epoch: epoch)
        let jamLabel = Timecode(hours: 4, minutes: 0, seconds: 0, frames: 0, isDropFrame: format.isDropFrame)
        // 04:00 at +01:00 is 03:00 UTC.
        var firstJam = try UTCInstant(parsing: "2026-11-21T03:00:00Z").nanoseconds
        while firstJam + 86_400_000_000_000 <= epoch.nanoseconds { firstJam += 86_400_000_000_000 }
        var walk = Walk(format, epoch: epoch, firstJam: firstJam, jamLabel: jamLabel)
        #expect(timecode.label(ofTick: 0) == walk.counter.label)
        // The first session is followed for three days, the others past their first jam.
        let end = begun == Self.epochs[0] ? epoch.nanoseconds + 3 * 86_400_000_000_000 : walk.jam + 86_460_000_000_000
        var (jams, near): (Int64, Int64) = (0, 0)
        while walk.whole < end {
            var borne = walk.counter
            borne.advance()
            if walk.advance() {
                jams += 1
                near = walk.tick + 3
                let report = timecode.jam(jams)
                try #require(report.tick == walk.tick && report.utc.nanoseconds == walk.jam && report.number == jams)
                #expect(report.from == borne.label && report.to == jamLabel)
                #expect(timecode.label(ofTick: walk.tick - 1) != jamLabel || given.repeated.upperBound > 0)
                if jams > 1 {
                    #expect(given.repeated.contains(report.labelsRepeated))
                    #expect(given.skipped.contains(report.labelsSkipped))
                }
            }
            if walk.tick % 101 == 0 || walk.tick < near {
                try #require(timecode.label(ofTick: walk.tick) == walk.counter.label, "tick \(walk.tick)")
                try #require(timecode.jamCount(throughTick: walk.tick) == jams, "tick \(walk.tick)")
            }
        }
        #expect(jams == (begun == Self.epochs[0] ? 3 : 1))
    }

    @Test(
        "sessions on alignment points label one instant alike, at the jam too, wherever they began",
        arguments: [FrameRate.fps24, .fps60, .fps23976, .fps2997, .fps5994, .fps11988])
    func aligned(rate: FrameRate) throws {
        var random = SeededGenerator()
        print("aligned sessions: seed \(random.seed)")
        let format = try TimecodeFormat(rate: rate)
        let tai = TAIOffset(seconds: 37, source: .kernel)
        func session(_ utc: Int64) throws -> (index: Int64, labels: SessionTimecode) {
            let reading = AnchorReading(
                monotonic: MonotonicInstant(nanoseconds: 0), utc: UTCInstant(nanoseconds: utc), uncertainty: .zero)
            let epoch = try SessionEpoch.plan(
                reading: reading, rate: rate, alignment: .st2059, utcSource: .system, taiOffset: tai)
            let start = TimecodeStart.timeOfDay(offset: .utc, dailyJam: .midnight)
            return try (
                #require(epoch.alignmentIndex), SessionTimecode(format: format, start: start, epoch: epoch.utc)
            )
        }
        let reference = try session(Self.midnight.nanoseconds - 86_400_000_000_000)
        let atMidnight = try rate.firstAlignmentPoint(
            notBefore: TAIInstant(nanoseconds: Self.midnight.nanoseconds + 37_000_000_000)
        ).index
        #expect(reference.labels.label(ofTick: atMidnight - reference.index) == format.label(ofFrame: 0))
        for _ in 0..<500 {
            let other = try session(
                Self.midnight.nanoseconds + .random(in: -80_000_000_000_000...(-1_000_000_000), using: &random))
            for index in [atMidnight - 1, atMidnight, atMidnight + 1, atMidnight + 1_234_567] {
                #expect(
                    other.labels.label(ofTick: index - other.index)
                        == reference.labels.label(ofTick: index - reference.index),
                    "seed \(random.seed), point \(index), begun at point \(other.index)")
            }
        }
    }

    @Test("without a stated jam labels count from the last local midnight, so that yesterday's session agrees too")
    func midnights() throws {
        func labels(_ epoch: String) throws -> SessionTimecode {
            try SessionTimecode(
                format: TimecodeFormat(rate: .fps2997),
                start: .timeOfDay(offset: UTCOffset(minutes: -300), dailyJam: nil), epoch: UTCInstant(parsing: epoch))
        }
        // 1001 s are 30 000 frames: epochs so far apart are on one grid.
        let (early, late) = (try labels("2026-11-20T12:00:00Z"), try labels("2026-11-21T15:48:20Z"))
        for tick in stride(from: Int64(0), to: 3_000_000, by: 9_973) {
            #expect(early.label(ofTick: tick + 3_000_000) == late.label(ofTick: tick))
        }
    }

    @Test(
        "an epoch on the jam instant is no jam of the session; what it did to a predecessor's labels can be asked for")
    func epochOnJam() throws {
        let timecode = try SessionTimecode(
            format: TimecodeFormat(rate: .fps5994), start: .timeOfDay(offset: .utc, dailyJam: .midnight),
            epoch: Self.midnight)
        #expect(timecode.jamCount(throughTick: 0) == 0 && timecode.beginsOnJam)
        let jam = timecode.jam(0)
        #expect(jam.tick == 0 && jam.utc == Self.midnight && (5...6).contains(jam.labelsRepeated))
        let later = try SessionTimecode(
            format: TimecodeFormat(rate: .fps5994), start: .timeOfDay(offset: .utc, dailyJam: .midnight),
            epoch: Self.midnight + .seconds(1))
        #expect(!later.beginsOnJam && later.jam(0).tick < 0)
    }

    @Test("counted from a label, there are no jams, and a label that does not exist is refused")
    func label() throws {
        let format = try TimecodeFormat(rate: .fps2997)
        let start = try format.parse("23:59:59;28")
        let timecode = try SessionTimecode(format: format, start: .label(start), epoch: Self.midnight)
        #expect(
            (0..<4).map { timecode.label(ofTick: $0).description } == [
                "23:59:59;28", "23:59:59;29", "00:00:00;00", "00:00:00;01",
            ])
        #expect(timecode.jamCount(throughTick: .max) == 0 && !timecode.beginsOnJam)
        #expect(try timecode.ticks(bearing: format.label(ofFrame: 1), inDayOfTick: 5) == [3])
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
        for tick in [Int64.min, -5, 0, 1, 1 << 40, Int64.max - 1, .max] {
            _ = timecode.label(ofTick: tick)
            _ = timecode.jamCount(throughTick: tick)
        }
        #expect(timecode.jam(1).utc == UTCInstant(nanoseconds: .max))
    }
}
