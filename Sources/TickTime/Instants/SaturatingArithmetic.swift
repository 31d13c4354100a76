// Arithmetic on values that come from outside: `+|` and `-|`.
//
//     may trap        + - *       own clock readings, and lengths that this program chose
//     cannot trap     +| -|       everything else: peers' and servers' times, files, sockets, C, arguments
//
// A trap ends the process and takes every channel off air, so one peer with a broken clock must not be able to cause
// one. A value from outside is therefore bounded when it is admitted (`AdmittedRange`), and behind that the operators
// of this file are used, which stop at the ends of the `Int64` range. Bounds are not enough, because several admitted
// values together (2200-01-01 + 100 years + an error) can pass the range.
//
// A saturated result is deliberately wrong. It is so far out that every later comparison (with a tolerance, a limit
// or a majority) refuses it, which is right for an impossible input.
//
// The names are those of Zig's saturating operators. `Tests/ArchitectureTests/OverflowRulesTests.swift` lists the
// sources that handle outside values and checks in their object files that they call no operator that traps.

infix operator +| : AdditionPrecedence
infix operator -| : AdditionPrecedence

extension Int64 {
    /// The sum, or the end of the range that it passed.
    @inlinable @inline(__always) func saturatingSum(_ other: Int64) -> Int64 {
        let (sum, overflow) = addingReportingOverflow(other)
        return overflow ? (other < 0 ? .min : .max) : sum
    }

    /// The difference, or the end of the range that it passed.
    @inlinable @inline(__always) func saturatingDifference(_ other: Int64) -> Int64 {
        let (difference, overflow) = subtractingReportingOverflow(other)
        return overflow ? (other < 0 ? .max : .min) : difference
    }
}

extension Nanoseconds {
    /// The sum; ±292 years where it would pass the range of `Int64` nanoseconds.
    @inlinable @inline(__always) public static func +| (a: Nanoseconds, b: Nanoseconds) -> Nanoseconds {
        Nanoseconds(a.count.saturatingSum(b.count))
    }

    /// The difference; ±292 years where it would pass the range of `Int64` nanoseconds.
    @inlinable @inline(__always) public static func -| (a: Nanoseconds, b: Nanoseconds) -> Nanoseconds {
        Nanoseconds(a.count.saturatingDifference(b.count))
    }

    /// Half of the length; of an odd number of nanoseconds, rounded away from 0.
    package var halfRoundedUp: Nanoseconds { Nanoseconds(count / 2 + count % 2) }

    /// The length `factor` times; ±292 years where it would pass the range of `Int64` nanoseconds.
    public func saturatingTimes(_ factor: Int64) -> Nanoseconds {
        Nanoseconds(Int64(clamping: Int128(count) * Int128(factor)))
    }
}

extension Instant {
    /// The time from `b` to `a`; ±292 years where it would pass the range of `Int64` nanoseconds.
    @inlinable @inline(__always) public static func -| (a: Self, b: Self) -> Nanoseconds {
        Nanoseconds(a.nanoseconds.saturatingDifference(b.nanoseconds))
    }

    /// The instant `length` later; the end of the clock's range where it would pass it.
    @inlinable @inline(__always) public static func +| (a: Self, length: Nanoseconds) -> Self {
        Self(nanoseconds: a.nanoseconds.saturatingSum(length.count))
    }

    /// The instant `length` earlier; the end of the clock's range where it would pass it.
    @inlinable @inline(__always) public static func -| (a: Self, length: Nanoseconds) -> Self {
        Self(nanoseconds: a.nanoseconds.saturatingDifference(length.count))
    }
}
