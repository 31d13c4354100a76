import TestSupport
import Testing
import TickTime

private struct LabelCase: Decodable, Sendable {
    let rate: String, frame: Int64, timecode: String
}

@Suite("Timecode")
struct TimecodeFormatTests {
    @Test("drop-frame: the vectors, both directions")
    func vectors() throws {
        for given in try Vectors.cases("drop_frame", as: LabelCase.self) {
            let format = try TimecodeFormat(rate: FrameRate(parsing: given.rate))
            #expect(format.label(ofFrame: given.frame).description == given.timecode, "\(given)")
            let day = format.framesPerDay
            let frame = try format.frame(of: format.parse(given.timecode))
            #expect(frame == (given.frame % day + day) % day, "\(given)")
        }
    }

    @Test(
        "24 h of labels against counting them one by one, both directions",
        arguments: [(.fps2997, true), (.fps5994, true), (.fps11988, true), (.fps23976, false), (.fps2997, false)]
            as [(FrameRate, Bool)])
    func bruteForce(rate: FrameRate, dropFrame: Bool) throws {
        let format = try TimecodeFormat(rate: rate, dropFrame: dropFrame)
        let perSecond = UInt32(rate.nominalFramesPerSecond)
        var (frame, mismatches): (Int64, [String]) = (0, [])
        for hours in UInt8(0)...23 {
            for minutes in UInt8(0)...59 {
                for seconds in UInt8(0)...59 {
                    let drops = dropFrame && seconds == 0 && minutes % 10 != 0
                    for frames in (drops ? perSecond / 15 : 0)..<perSecond {
                        let expected = Timecode(
                            hours: hours, minutes: minutes, seconds: seconds, frames: frames, isDropFrame: dropFrame)
                        if format.label(ofFrame: frame) != expected { mismatches.append("label of \(frame)") }
                        // The way back is a formula of its own; one label in 13 is enough of it.
                        if frame % 13 == 0, try format.frame(of: expected) != frame { mismatches.append("\(expected)") }
                        frame += 1
                    }
                }
            }
        }
        #expect(mismatches.isEmpty, "\(mismatches.prefix(5))")
        #expect(format.framesPerDay == frame)
    }

    @Test("labels wrap after 24 h, and backwards before frame 0", arguments: FrameRate.listed)
    func wrap(rate: FrameRate) throws {
        var generator = SeededGenerator()
        let format = try TimecodeFormat(rate: rate)
        let day = format.framesPerDay
        #expect(format.label(ofFrame: day) == format.label(ofFrame: 0))
        #expect(try format.frame(of: format.label(ofFrame: -1)) == day - 1)
        for _ in 0..<500 {
            let frame = Int64.random(in: 0..<day, using: &generator)
            let days = Int64.random(in: -1_000...1_000, using: &generator)
            let label = format.label(ofFrame: frame + days * day)
            #expect(label == format.label(ofFrame: frame), "seed \(generator.seed), frame \(frame), \(days) days")
            #expect(try format.parse(label.description) == label, "seed \(generator.seed)")
            #expect(try format.frame(of: label) == frame, "seed \(generator.seed)")
        }
        for extreme in [Int64.min, .max] {
            #expect((0..<day).contains(try format.frame(of: format.label(ofFrame: extreme))))
        }
    }

    @Test(
        "a rate whose second of labels is no whole number of frames has none, and is refused with what to use",
        arguments: [
            "1/10", "25/2", "2997/100", "375/8", "1/1", "7/1", "1000/1001", "12000/1001", "1000/143", "1001/1000",
        ])
    func noLabels(text: String) throws {
        let rate = try FrameRate(parsing: text)
        let parts = text.split(separator: "/").compactMap { Int($0) }
        // A second of labels lasts 1 s or 1.001 s: one of the two holds whole frames.
        let exists = [1_000, 1_001].contains { parts[0] * $0 % (parts[1] * 1_000) == 0 }
        #expect(TimecodeFormat.allowsLabels(rate) == exists)
        guard !exists else {
            #expect(try TimecodeFormat(rate: rate).label(ofFrame: 0).description == "00:00:00:00")
            return
        }
        for dropFrame in [nil, false, true] {
            let error = try #require(throws: TimecodeError.self) {
                _ = try dropFrame.map { try TimecodeFormat(rate: rate, dropFrame: $0) } ?? TimecodeFormat(rate: rate)
            }
            #expect(error == .noLabels(rate: rate))
            #expect("\(error)".contains(text) && "\(error)".hasSuffix("use such a rate (25, 23.976), or no timecode"))
        }
        #expect(throws: FrameRateError.noLabels(spelling: "\(text)ndf", rate: rate)) {
            _ = try RateSpelling(parsing: "\(text)ndf")
        }
    }

    @Test("the last labels of the day before midnight")
    func beforeMidnight() throws {
        #expect(try TimecodeFormat(rate: .fps2997).label(ofFrame: -1).description == "23:59:59;29")
        #expect(try TimecodeFormat(rate: .fps11988).label(ofFrame: -1).description == "23:59:59;119")
        #expect(try TimecodeFormat(rate: .fps23976).label(ofFrame: -1).description == "23:59:59:23")
        #expect(try TimecodeFormat(rate: .aes67Millisecond).label(ofFrame: -1).description == "23:59:59:999")
    }

    @Test("a start label is borne by frame 0, and counted on from")
    func startLabel() throws {
        let format = try TimecodeFormat(rate: .fps2997)
        let start = try format.frame(of: format.parse("23:59:59;28"))
        let labels = (-1...2).map { format.label(ofFrame: $0, startingAt: start).description }
        #expect(labels == ["23:59:59;27", "23:59:59;28", "23:59:59;29", "00:00:00;00"])
        for extreme in [Int64.min, .max] {
            let both = format.label(ofFrame: extreme, startingAt: extreme)
            let halves = 2 * (extreme % format.framesPerDay)
            #expect(both == format.label(ofFrame: halves))
        }
    }

    @Test("drop-frame is the choice at 29.97, 59.94 and 119.88, and refused elsewhere", arguments: FrameRate.listed)
    func choice(rate: FrameRate) throws {
        let drops: [FrameRate: Int64] = [.fps2997: 2, .fps5994: 4, .fps11988: 8]
        #expect(try TimecodeFormat(rate: rate).droppedPerMinute == drops[rate] ?? 0)
        #expect(try !TimecodeFormat(rate: rate, dropFrame: false).isDropFrame)
        if drops[rate] == nil {
            let error = try #require(throws: TimecodeError.self) { try TimecodeFormat(rate: rate, dropFrame: true) }
            #expect(error == .dropFrameUnavailable(rate: rate))
            #expect(error.description.contains("use non-drop"))
        } else {
            #expect(try TimecodeFormat(rate: rate, dropFrame: true) == TimecodeFormat(rate: rate))
        }
    }

    @Test(
        "a label that does not exist is refused, with the next that does",
        arguments: [
            (.fps2997, "00:01:00;00", "00:01:00;02"), (.fps2997, "23:59:00;01", "23:59:00;02"),
            (.fps5994, "00:11:00;03", "00:11:00;04"), (.fps11988, "01:01:00;07", "01:01:00;08"),
        ] as [(FrameRate, String, String)])
    func dropped(rate: FrameRate, text: String, next: String) throws {
        let format = try TimecodeFormat(rate: rate)
        let error = try #require(throws: TimecodeError.self) { try format.parse(text) }
        guard case .droppedLabel(let label, let found, rate) = error else {
            Issue.record("\(error)")
            return
        }
        #expect((label.description, found.description) == (text, next))
        #expect(error.description.contains(text) && error.description.hasSuffix("use \(next)"))
        // It exists where no label is left out: every tenth minute, and in a non-drop count.
        let tenth = text.prefix(3) + "10" + text.dropFirst(5)
        #expect(try format.parse(String(tenth)).description == tenth)
        let nonDrop = try TimecodeFormat(rate: rate, dropFrame: false)
        #expect(try nonDrop.parse(text.replacing(";", with: ":")).description == text.replacing(";", with: ":"))
    }

    @Test("the wrong separator is refused: the same digits name another frame there")
    func separators() throws {
        let drop = try TimecodeFormat(rate: .fps2997)
        let missing = try #require(throws: TimecodeError.self) { try drop.parse("00:01:00:00") }
        #expect(missing.description.contains("00:01:00:00") && missing.description.contains("write 00:01:00;02"))
        let plain = try TimecodeFormat(rate: .fps25)
        let extra = try #require(throws: TimecodeError.self) { try plain.parse("10:00:00;12") }
        #expect(extra.description.contains("10:00:00;12") && extra.description.hasSuffix("write 10:00:00:12"))
        let label = Timecode(hours: 1, minutes: 0, seconds: 0, frames: 0, isDropFrame: false)
        #expect(throws: TimecodeError.self) { try drop.frame(of: label) }
    }

    @Test(
        "a field out of range is named with its range",
        arguments: [
            ("24:00:00:00", TimecodeField.hours, 23), ("00:60:00:00", .minutes, 59), ("00:00:60:00", .seconds, 59),
            ("00:00:00:25", .frames, 24), ("00:00:00:999999999", .frames, 24), ("99:99:99:99", .hours, 23),
        ] as [(String, TimecodeField, UInt32)])
    func fields(text: String, field: TimecodeField, maximum: UInt32) throws {
        let error = try #require(throws: TimecodeError.self) { try TimecodeFormat(rate: .fps25).parse(text) }
        guard case .fieldOutOfRange(let label, field, maximum) = error else {
            Issue.record("\(error)")
            return
        }
        #expect(label.description == text)
        #expect(
            error.description == "the \(field.rawValue) of timecode \(text) are above \(maximum); use 0 to \(maximum)")
    }

    @Test(
        "text of another form is refused, with an example",
        arguments: [
            "", "1:00:00:00", "01:00:00", "01:00:00.00", "01:00:00;", "01:00:00:0", "01;00:00:00", " 01:00:00:00",
            "01:00:00:00 ", "-1:00:00:00", "01:00:0a:00", "01:00:00:0000000000", "01-00-00-00", "０1:00:00:00",
        ])
    func malformed(text: String) throws {
        for format in try [TimecodeFormat(rate: .fps25), TimecodeFormat(rate: .fps2997)] {
            let error = try #require(throws: TimecodeError.self) { try format.parse(text) }
            guard case .malformed(text, let example) = error else {
                Issue.record("\(error)")
                return
            }
            #expect(try format.parse(example.description) == example)
            #expect(error.description.hasSuffix("as in \(example)"))
        }
    }
}
