/// The one source of chance in a simulation: SplitMix64 (Steele, Lea and Flood, 2014), from a seed.
struct SimulationRandom: Sendable {
    private var state: UInt64

    init(seed: UInt64) {
        state = seed
        // Consecutive seeds must give runs that have nothing in common.
        for _ in 0..<2 { state = next() ^ seed }
    }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }

    /// Evenly from `range`.
    mutating func integer(_ range: ClosedRange<Int64>) -> Int64 {
        let width = UInt64(bitPattern: range.upperBound &- range.lowerBound) &+ 1
        guard width != 0 else { return Int64(bitPattern: next()) }
        // The high half of the product: as even as a simulation needs, and without a loop.
        return range.lowerBound &+ Int64(bitPattern: next().multipliedFullWidth(by: width).high)
    }

    mutating func index(below count: Int) -> Int { Int(integer(0...Int64(count - 1))) }

    /// True `percent` times of a hundred.
    mutating func chance(_ percent: Int64) -> Bool { percent > 0 && integer(0...99) < percent }

    /// Either sign.
    mutating func signed(_ range: ClosedRange<Int64>) -> Int64 { next() & 1 == 0 ? integer(range) : -integer(range) }
}
