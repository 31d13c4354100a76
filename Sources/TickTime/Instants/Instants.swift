// Instants and lengths of time.
//
// Every clock has its own instant type, so the compiler refuses to subtract a reading of one clock from a reading of
// another, or to compare the two. The difference of two
// readings of *one* clock is a `Nanoseconds`, and that is what may be compared across clocks (the
// divergence of UTC from the monotonic clock is a difference of two such lengths).
//
// All are whole nanoseconds in an `Int64`, which reaches 292 years to either side of the origin.
// The operators trap on overflow, as those of `Int64` do, so they are for the readings of this host's own clocks
// and for lengths that this program chose. A value from outside (a peer, a server, a file, an argument, C) is
// bounded when it is admitted (`AdmittedRange.swift`); behind that, only `+|` and `-|` are used, which saturate
// (`SaturatingArithmetic.swift`), or the throwing functions of `TickGrid` and `FrameRate`.
//
// All six comparisons are spelled out: the defaults of `Equatable` and `Comparable` are generic, and the checks of
// the tick path (`@_noAllocation`, `@_noLocks`) cannot see through generics. Those attributes are always inside `#if
// !DEBUG`: a debug build compiles file by file and cannot see the functions that a checked function calls. Every
// release build is checked.

/// A length of time in whole nanoseconds, negative when it points backwards.
@frozen public struct Nanoseconds: Hashable, Comparable, Sendable, BitwiseCopyable {
    /// The number of nanoseconds.
    public var count: Int64

    @inlinable public init(_ count: Int64) { self.count = count }

    @inlinable public static var zero: Nanoseconds { Nanoseconds(0) }

    /// - Precondition: the result fits an `Int64` of nanoseconds (about 292 years).
    @inlinable public static func microseconds(_ count: Int64) -> Nanoseconds { Nanoseconds(count * 1_000) }
    /// - Precondition: the result fits an `Int64` of nanoseconds (about 292 years).
    @inlinable public static func milliseconds(_ count: Int64) -> Nanoseconds { Nanoseconds(count * 1_000_000) }
    /// - Precondition: the result fits an `Int64` of nanoseconds (about 292 years).
    @inlinable public static func seconds(_ count: Int64) -> Nanoseconds { Nanoseconds(count * 1_000_000_000) }

    @inlinable public static func == (a: Nanoseconds, b: Nanoseconds) -> Bool { a.count == b.count }
    @inlinable public static func != (a: Nanoseconds, b: Nanoseconds) -> Bool { a.count != b.count }
    @inlinable public static func < (a: Nanoseconds, b: Nanoseconds) -> Bool { a.count < b.count }
    @inlinable public static func <= (a: Nanoseconds, b: Nanoseconds) -> Bool { a.count <= b.count }
    @inlinable public static func > (a: Nanoseconds, b: Nanoseconds) -> Bool { a.count > b.count }
    @inlinable public static func >= (a: Nanoseconds, b: Nanoseconds) -> Bool { a.count >= b.count }

    @inlinable public static func + (a: Nanoseconds, b: Nanoseconds) -> Nanoseconds { Nanoseconds(a.count + b.count) }
    @inlinable public static func - (a: Nanoseconds, b: Nanoseconds) -> Nanoseconds { Nanoseconds(a.count - b.count) }
    @inlinable public static prefix func - (a: Nanoseconds) -> Nanoseconds { Nanoseconds(-a.count) }

    /// The length without its direction.
    ///
    /// −2⁶³ ns has no positive counterpart; its magnitude is 2⁶³ − 1 ns.
    @inlinable public var magnitude: Nanoseconds { count < 0 ? .zero -| self : self }
}

/// A reading of one clock: nanoseconds since that clock's origin.
@frozen public struct Instant<Clock>: Hashable, Comparable, Sendable, BitwiseCopyable {
    /// Nanoseconds since the clock's origin.
    public var nanoseconds: Int64

    @inlinable public init(nanoseconds: Int64) { self.nanoseconds = nanoseconds }

    @inlinable public static func == (a: Self, b: Self) -> Bool { a.nanoseconds == b.nanoseconds }
    @inlinable public static func != (a: Self, b: Self) -> Bool { a.nanoseconds != b.nanoseconds }
    @inlinable public static func < (a: Self, b: Self) -> Bool { a.nanoseconds < b.nanoseconds }
    @inlinable public static func <= (a: Self, b: Self) -> Bool { a.nanoseconds <= b.nanoseconds }
    @inlinable public static func > (a: Self, b: Self) -> Bool { a.nanoseconds > b.nanoseconds }
    @inlinable public static func >= (a: Self, b: Self) -> Bool { a.nanoseconds >= b.nanoseconds }

    /// The time from `b` to `a`, both read on the same clock.
    @inlinable public static func - (a: Self, b: Self) -> Nanoseconds { Nanoseconds(a.nanoseconds - b.nanoseconds) }

    @inlinable public static func + (a: Self, length: Nanoseconds) -> Self {
        Self(nanoseconds: a.nanoseconds + length.count)
    }

    @inlinable public static func - (a: Self, length: Nanoseconds) -> Self {
        Self(nanoseconds: a.nanoseconds - length.count)
    }
}

/// Tags that give each clock its own instant type. None has a value.
public enum ClockDomain {
    public enum Monotonic {}
    public enum Boot {}
    public enum Raw {}
    public enum UTC {}
    public enum TAI {}
}

/// A reading of one host's CLOCK_MONOTONIC. It means nothing on another host, nor after a reboot,
/// and it stands still while the host is suspended.
public typealias MonotonicInstant = Instant<ClockDomain.Monotonic>

/// A reading of one host's CLOCK_BOOTTIME: like CLOCK_MONOTONIC, but it also counts time in suspend.
/// Ages of clock samples are measured on it.
public typealias BootInstant = Instant<ClockDomain.Boot>

/// A reading of CLOCK_MONOTONIC_RAW: the unmodified oscillator, which no time daemon slews. The rate of
/// CLOCK_MONOTONIC is measured against it.
public typealias RawInstant = Instant<ClockDomain.Raw>

/// POSIX UTC: nanoseconds since 1970-01-01T00:00:00Z, leap seconds not counted (POSIX.1-2017, 4.16).
public typealias UTCInstant = Instant<ClockDomain.UTC>

/// TAI: nanoseconds since the SMPTE epoch 1970-01-01T00:00:00 TAI (SMPTE ST 2059-1, 5).
public typealias TAIInstant = Instant<ClockDomain.TAI>
