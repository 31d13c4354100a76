/// A SMPTE ST 12-1 label of a frame: a time of day whose last field counts frames.
///
/// It is a name and not an instant: at 29.97 an hour of non-drop labels takes 3.6 s longer than an hour.
/// `TimecodeFormat` decides which labels exist and which frame each one names; a value of this type may be a label
/// that does not exist.
public struct Timecode: Hashable, Sendable, BitwiseCopyable {
    /// 0 ... 23.
    public let hours: UInt8
    /// 0 ... 59.
    public let minutes: UInt8
    /// 0 ... 59.
    public let seconds: UInt8
    /// Whether it is a drop-frame label, written with `;` before the frames.
    public let isDropFrame: Bool
    /// 0 ..< the nominal frames per second (30 at 29.97).
    public let frames: UInt32

    @_noAllocation
    public init(hours: UInt8, minutes: UInt8, seconds: UInt8, frames: UInt32, isDropFrame: Bool = false) {
        self.hours = hours
        self.minutes = minutes
        self.seconds = seconds
        self.isDropFrame = isDropFrame
        self.frames = frames
    }
}

/// `HH:MM:SS:FF`, or `HH:MM:SS;FF` in drop-frame. Frames have two digits, and more where the number
/// needs them: the label before `00:00:15;00` at 119.88 is `00:00:14;119`.
extension Timecode: CustomStringConvertible {
    public var description: String {
        let separator = isDropFrame ? ";" : ":"
        return "\(twoDigits(hours)):\(twoDigits(minutes)):\(twoDigits(seconds))\(separator)\(twoDigits(frames))"
    }
}

/// At least two digits: `07`, `119`.
private func twoDigits(_ value: some UnsignedInteger) -> String {
    value < 10 ? "0\(value)" : "\(value)"
}

/// A part of a label.
public enum TimecodeField: String, Hashable, Sendable, CaseIterable, BitwiseCopyable {
    case hours, minutes, seconds, frames
}

/// Why a label or a format was refused. Each description names the input, the place and the remedy.
public enum TimecodeError: Error, Hashable, Sendable {
    /// A second of labels would not hold a whole number of frames.
    case noLabels(rate: FrameRate)
    /// Drop-frame exists at 29.97, 59.94 and 119.88 only.
    case dropFrameUnavailable(rate: FrameRate)
    /// Not of the form `HH:MM:SS:FF`; `example` is a label of the format.
    case malformed(text: String, example: Timecode)
    /// A field above its greatest value.
    case fieldOutOfRange(label: Timecode, field: TimecodeField, maximum: UInt32)
    /// `:` before the frames in a drop-frame format, or `;` in a non-drop format. `remedy` is the format's label for
    /// that place.
    case wrongSeparator(label: Timecode, remedy: Timecode, rate: FrameRate)
    /// One of the labels that drop-frame leaves out; `next` is the first that exists after it.
    case droppedLabel(Timecode, next: Timecode, rate: FrameRate)
}

extension TimecodeError: CustomStringConvertible {
    public var description: String {
        switch self {
        case .noLabels(let rate):
            "frames at \(rate.nameWithRational) have no timecode: a second of labels must hold a whole number of frames, "
                + "which only whole rates and 1000/1001 of them do; use such a rate (25, 23.976), or no timecode"
        case .dropFrameUnavailable(let rate):
            "drop-frame does not exist at \(rate.nameWithRational), only at 29.97 (30000/1001), 59.94 (60000/1001) "
                + "and 119.88 (120000/1001); use non-drop"
        case .malformed(let text, let example):
            "\(quoted(text)) is not a timecode; write HH:MM:SS\(example.isDropFrame ? ";" : ":")FF, as in \(example)"
        case .fieldOutOfRange(let label, let field, let maximum):
            "the \(field.rawValue) of timecode \(label) are above \(maximum); use 0 to \(maximum)"
        case .wrongSeparator(let label, let remedy, let rate) where remedy.isDropFrame:
            "timecode \(label) has \":\" before the frames, but this format counts drop-frame at "
                + "\(rate.nameWithRational); write \(remedy), or use a non-drop format"
        case .wrongSeparator(let label, let remedy, let rate):
            "timecode \(label) has \";\" before the frames, but this format counts non-drop at "
                + "\(rate.nameWithRational); write \(remedy)"
        case .droppedLabel(let label, let next, let rate):
            "timecode \(label) does not exist in drop-frame at \(rate.nameWithRational): frame numbers below "
                + "\(next.frames) are left out in the first second of each minute except every tenth; use \(next)"
        }
    }
}
