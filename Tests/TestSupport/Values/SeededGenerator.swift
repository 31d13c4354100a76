import Foundation

/// A small seeded generator (SplitMix64, Steele et al. 2014), so that a property that fails can be
/// run again: every property prints the seed that it ran with.
public struct SeededGenerator: RandomNumberGenerator, Sendable {
    public let seed: UInt64
    private var state: UInt64

    /// The seed given, else the environment's `TICK_SEED`, else a fresh one.
    public init(seed: UInt64? = nil) {
        let environment = ProcessInfo.processInfo.environment["TICK_SEED"].flatMap { UInt64($0) }
        self.seed = seed ?? environment ?? UInt64.random(in: 0...UInt64(UInt32.max))
        self.state = self.seed
    }

    public mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }
}
