/// The ticks of a session with a gate, on air and off air.
public struct AirStatistics: Hashable, Sendable {
    /// Delivered ticks that were on air, the unfenced ones among them.
    public private(set) var onAir: Int64 = 0
    public private(set) var offAir: Int64 = 0
    public private(set) var unfenced: Int64 = 0
    /// Of the last tick.
    public private(set) var last: AirState?
    /// The fencing number of the last tick on air; `nil` if none was.
    public private(set) var fencingNumber: Int64?

    public init() {}

    public mutating func record(_ state: AirState) {
        if state.isOnAir { onAir += 1 } else { offAir += 1 }
        if state.isUnfenced { unfenced += 1 }
        last = state
        fencingNumber = state.fencingNumber ?? fencingNumber
    }
}
