// Frame numbers and labels, both directions, after SMPTE ST 12-1:2014 (5.1 counting, 5.2 drop-frame).
//
// Labels count ⌈rate⌉ frames a second. At 30000/1001 that runs 3.6 s slow in an hour, so drop-frame
// leaves out labels (never frames): the first two of each minute, except in minutes 0, 10, … 50. Ten
// minutes then hold 10·60·30 − 9·2 = 17 982 labels, and last 599.9994 s. At 59.94 and 119.88 it is
// four and eight labels, nominal/15, in the same places.
//
// With D labels dropped, a minute of 60·nominal − D and ten minutes of 600·nominal − 9·D frames, the
// frame with r frames of its ten minutes before it lies ⌊(r − D) / minute⌋ dropping minutes in, once
// r ≥ D: minute 0 of the ten has D frames more than the others. D = 0 is non-drop, the same code.
//
// A second of labels holds a whole number of frames, and lasts 1 s or 1.001 s. So labels exist at whole rates and at
// 1000/1001 of whole rates. At 12.5 or 1/10 fps there are no labels, and a format is refused.
//
// What can go wrong: a frame before 0 or past 24 h (labels wrap, backwards too); a label that does
// not exist (refused, not rounded to a neighbour); `;` mistaken for `:` (refused: the same digits
// name another frame).

/// How the frames of a rate are labelled: drop-frame or not.
public struct TimecodeFormat: Hashable, Sendable, BitwiseCopyable {
    /// The rate of the frames.
    public let rate: FrameRate
    /// Frames in a label's second: the rate rounded up, 30 for 29.97.
    public let nominalFramesPerSecond: Int64
    /// Labels left out in a dropping minute: 2, 4 or 8; 0 for non-drop.
    public let droppedPerMinute: Int64

    /// Drop-frame at 29.97, 59.94 and 119.88; non-drop at every other rate that has labels.
    ///
    /// - Throws: `TimecodeError.noLabels` at a rate such as 25/2 or 1/10.
    public init(rate: FrameRate) throws(TimecodeError) {
        guard Self.allowsLabels(rate) else { throw .noLabels(rate: rate) }
        self.init(rate: rate, unchecked: Self.allowsDropFrame(rate))
    }

    /// Drop-frame or non-drop, by `isDropFrame`; non-drop is possible at every rate that has labels.
    ///
    /// - Throws: `TimecodeError.noLabels` at a rate such as 25/2 or 1/10; `.dropFrameUnavailable` for drop-frame at
    ///   a rate that has none, such as 23.976.
    public init(rate: FrameRate, dropFrame: Bool) throws(TimecodeError) {
        guard Self.allowsLabels(rate) else { throw .noLabels(rate: rate) }
        guard !dropFrame || Self.allowsDropFrame(rate) else { throw .dropFrameUnavailable(rate: rate) }
        self.init(rate: rate, unchecked: dropFrame)
    }

    private init(rate: FrameRate, unchecked dropFrame: Bool) {
        self.rate = rate
        nominalFramesPerSecond = Int64(rate.nominalFramesPerSecond)
        droppedPerMinute = dropFrame ? nominalFramesPerSecond / 15 : 0
    }

    /// Whether frames of `rate` can be labelled: the rate is a whole number of frames a second, or 1000/1001 of one.
    public static func allowsLabels(_ rate: FrameRate) -> Bool {
        rate.isWhole || UInt64(rate.numerator) * 1_001 % (UInt64(rate.denominator) * 1_000) == 0
    }

    /// Whether drop-frame exists at `rate`.
    public static func allowsDropFrame(_ rate: FrameRate) -> Bool {
        rate == .fps2997 || rate == .fps5994 || rate == .fps11988
    }

    /// Whether labels are left out, and `;` is before the frames.
    public var isDropFrame: Bool { droppedPerMinute > 0 }

    private var framesPerMinute: Int64 { 60 * nominalFramesPerSecond - droppedPerMinute }
    private var framesPerTenMinutes: Int64 { 600 * nominalFramesPerSecond - 9 * droppedPerMinute }

    /// Labels in 24 hours: 2 589 408 in drop-frame at 29.97.
    public var framesPerDay: Int64 { 144 * framesPerTenMinutes }
}

extension TimecodeFormat {
    /// The label of frame `frame`, frame 0 being `00:00:00:00`. Labels wrap after 24 h, and backwards
    /// before frame 0: frame −1 is the day's last label.
    ///
    /// - Complexity: O(1), without allocation.
    @_noAllocation
    public func label(ofFrame frame: Int64) -> Timecode {
        let inDay = Self.remainder(of: frame, modulo: framesPerDay)
        let (tens, inTen) = inDay.quotientAndRemainder(dividingBy: framesPerTenMinutes)
        var number = inDay + 9 * droppedPerMinute * tens
        if inTen >= droppedPerMinute {
            number += droppedPerMinute * ((inTen - droppedPerMinute) / framesPerMinute)
        }
        let (second, frames) = number.quotientAndRemainder(dividingBy: nominalFramesPerSecond)
        return Timecode(
            hours: UInt8(truncatingIfNeeded: second / 3600),
            minutes: UInt8(truncatingIfNeeded: second / 60 % 60),
            seconds: UInt8(truncatingIfNeeded: second % 60),
            frames: UInt32(truncatingIfNeeded: frames),
            isDropFrame: isDropFrame)
    }

    /// The label of frame `frame` if frame 0 has a start label.
    ///
    /// - Parameter start: the number of the start label, as `frame(of:)` gives it; every number is allowed.
    /// - Complexity: O(1), without allocation.
    @_noAllocation
    public func label(ofFrame frame: Int64, startingAt start: Int64) -> Timecode {
        // Each is first reduced to one day, so that their sum cannot overflow.
        label(
            ofFrame: Self.remainder(of: frame, modulo: framesPerDay)
                + Self.remainder(of: start, modulo: framesPerDay))
    }

    /// The frame that has `label`, in 0 ..< `framesPerDay`: the inverse of `label(ofFrame:)`.
    ///
    /// - Throws: `TimecodeError.fieldOutOfRange`, `.wrongSeparator` where the label is drop-frame and
    ///   the format is not, or the other way round, `.droppedLabel`.
    public func frame(of label: Timecode) throws(TimecodeError) -> Int64 {
        try checkFields(of: label)
        guard label.isDropFrame == isDropFrame else {
            throw .wrongSeparator(label: label, remedy: existing(label), rate: rate)
        }
        guard existing(label) == label else {
            throw .droppedLabel(label, next: existing(label), rate: rate)
        }
        let minute = Int64(label.hours) * 60 + Int64(label.minutes)
        let number = (minute * 60 + Int64(label.seconds)) * nominalFramesPerSecond + Int64(label.frames)
        return number - droppedPerMinute * (minute - minute / 10)
    }

    /// The label that `text` spells, `HH:MM:SS:FF` or, in drop-frame, `HH:MM:SS;FF`. The label exists in this format.
    ///
    /// Each field has two digits; the frames may have up to nine, for rates above 100.
    ///
    /// - Throws: `TimecodeError.malformed`, and as `frame(of:)`.
    public func parse(_ text: String) throws(TimecodeError) -> Timecode {
        guard let label = Timecode(fields: text) else {
            let example = Timecode(hours: 1, minutes: 0, seconds: 0, frames: 0, isDropFrame: isDropFrame)
            throw .malformed(text: text, example: example)
        }
        _ = try frame(of: label)
        return label
    }

    private func checkFields(of label: Timecode) throws(TimecodeError) {
        let lastFrame = UInt32(nominalFramesPerSecond - 1)
        if label.hours > 23 { throw .fieldOutOfRange(label: label, field: .hours, maximum: 23) }
        if label.minutes > 59 { throw .fieldOutOfRange(label: label, field: .minutes, maximum: 59) }
        if label.seconds > 59 { throw .fieldOutOfRange(label: label, field: .seconds, maximum: 59) }
        if label.frames > lastFrame { throw .fieldOutOfRange(label: label, field: .frames, maximum: lastFrame) }
    }

    /// The label itself if it exists in this format, or else the next one.
    func existing(_ label: Timecode) -> Timecode {
        let isDropped = label.minutes % 10 != 0 && label.seconds == 0 && label.frames < droppedPerMinute
        return Timecode(
            hours: label.hours, minutes: label.minutes, seconds: label.seconds,
            frames: isDropped ? UInt32(droppedPerMinute) : label.frames, isDropFrame: isDropFrame)
    }

    /// The remainder in 0 ..< modulus, also for negative numbers.
    private static func remainder(of value: Int64, modulo modulus: Int64) -> Int64 {
        let remainder = value % modulus
        return remainder < 0 ? remainder + modulus : remainder
    }
}

extension Timecode {
    /// The fields of `HH:MM:SS:FF` or `HH:MM:SS;FF` without a check of their values; `nil` if
    /// the text has another form.
    fileprivate init?(fields text: String) {
        let bytes = Array(text.utf8)
        let separators = [UInt8(ascii: ":"), UInt8(ascii: ";")]
        guard
            (11...18).contains(bytes.count), bytes[2] == separators[0], bytes[5] == separators[0],
            separators.contains(bytes[8]),
            let hours = Self.number(bytes[0..<2]), let minutes = Self.number(bytes[3..<5]),
            let seconds = Self.number(bytes[6..<8]), let frames = Self.number(bytes[9...])
        else { return nil }
        self.init(
            hours: UInt8(hours), minutes: UInt8(minutes), seconds: UInt8(seconds), frames: frames,
            isDropFrame: bytes[8] == separators[1])
    }

    /// Nine digits at most, so that no value overflows.
    private static func number(_ digits: ArraySlice<UInt8>) -> UInt32? {
        var value: UInt32 = 0
        for byte in digits {
            guard (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) else { return nil }
            value = value * 10 + UInt32(byte - UInt8(ascii: "0"))
        }
        return value
    }
}
