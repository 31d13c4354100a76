/// What a device does that shows the frames of several hosts: it refuses lower fencing numbers and repeated indices.
///
/// It knows nothing of the scheduler's own checks. A frame that it refuses was valid only if it came late.
public struct FencingSink: Sendable {
    public struct Frame: Hashable, Sendable {
        public var fencingNumber: Int64
        public var tick: Int64
        /// When the host began to deliver it, on CLOCK_MONOTONIC, which all processes of a machine share.
        public var startNs: Int64

        public init(fencingNumber: Int64, tick: Int64, startNs: Int64) {
            self.fencingNumber = fencingNumber
            self.tick = tick
            self.startNs = startNs
        }
    }

    public enum Refusal: String, Sendable {
        case lowerNumber = "lower_number"
        case repeatedTick = "repeated_tick"
    }

    public private(set) var last: Frame?
    public private(set) var taken = 0
    public private(set) var refused: [(frame: Frame, why: Refusal)] = []

    public init() {}

    /// Shows a frame, or refuses it.
    @discardableResult
    public mutating func take(_ frame: Frame) -> Refusal? {
        var why: Refusal?
        if let last {
            if frame.fencingNumber < last.fencingNumber {
                why = .lowerNumber
            } else if frame.tick <= last.tick {
                why = .repeatedTick
            }
        }
        if let why {
            refused.append((frame, why))
        } else {
            last = frame
            taken += 1
        }
        return why
    }
}
