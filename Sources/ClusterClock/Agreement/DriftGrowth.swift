// How the uncertainty about clocks grows with time.
//
//     grow(k, Δ) = ⌈k·ρ·(1 + k·ρ)·Δ⌉ + 1 ns
//
// ρ bounds |rate − 1| of each clock against true time, so k clocks drift apart by at most k·ρ·Δ in true time. Δ is
// measured on one of these clocks, which can itself run slow. The second factor covers that. All values are integers:
// with ρ in parts per billion, k·ρ·(1 + k·ρ) is a whole number c of parts in 10¹⁸.
//
// A stamp is taken between two clock readings, and a division of 128 bits would take longer than the readings. So
// ⌊c · 2⁶⁴ / 10¹⁸⌋ is computed once. Its product with Δ, shifted down by 64 bits, is ⌊c·Δ/10¹⁸⌋ or one less. The
// remainder tells which of the two: it is below 2 · 10¹⁸, so it is exact in 64 bits that wrap.

public import TickTime

/// `grow(k, ·)` for one bound on drift.
public struct DriftGrowth: Hashable, Sendable, BitwiseCopyable {
    /// k·ρ·(1 + k·ρ) in parts of 10¹⁸.
    @usableFromInline let coefficient: UInt64
    /// ⌊coefficient · 2⁶⁴ / 10¹⁸⌋.
    @usableFromInline let reciprocal: UInt64

    @usableFromInline static var unit: UInt64 { 1_000_000_000_000_000_000 }

    /// The greatest bound on drift, in parts per billion: a tenth.
    public static let driftBoundLimit: Int64 = 100_000_000

    /// - Parameters:
    ///   - clocks: how many clocks drift: 1 against true time, 2 from each other.
    ///   - driftBound: ρ, in parts per billion, 0 ... `driftBoundLimit`.
    /// - Precondition: `clocks` is 1 or 2, and `driftBound` is in its range.
    public init(clocks: Int, driftBound: Int64) {
        precondition((1...2).contains(clocks) && (0...Self.driftBoundLimit).contains(driftBound), "ρ is a bound")
        let rate = UInt64(clocks) * UInt64(driftBound)
        coefficient = rate * (1_000_000_000 + rate)
        reciprocal = Self.unit.dividingFullWidth((coefficient, 0)).quotient
    }

    /// - Parameter elapsed: the time since the reading; a negative time counts as 0.
    #if !DEBUG
        @_noAllocation @_noLocks
    #endif
    @inlinable @inline(__always) public func callAsFunction(_ elapsed: Nanoseconds) -> Nanoseconds {
        let length = UInt64(max(0, elapsed.count))
        var quotient = reciprocal.multipliedFullWidth(by: length).high
        var remainder = coefficient &* length &- quotient &* Self.unit
        if remainder >= Self.unit {
            quotient &+= 1
            remainder &-= Self.unit
        }
        return Nanoseconds(Int64(quotient) &+ (remainder > 0 ? 2 : 1))
    }
}
