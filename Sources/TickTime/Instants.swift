/// Instants and lengths of time.
///
/// Every clock has an instant type of its own, so that a reading of one clock cannot be
/// subtracted from, or compared with, a reading of another: the compiler refuses. The difference
/// of two readings of *one* clock is a `Nanoseconds`, and that is what may be compared across
/// clocks (the divergence of UTC from the monotonic clock is a difference of two such lengths).
///
/// All are whole nanoseconds in an `Int64`, which reaches 292 years to either side of the origin.
/// The operators trap on overflow, as those of `Int64` do; where a value comes from outside (a
/// tick number, a command line), the throwing functions of `TickGrid` and `FrameRate` are used.
///
/// Initializers that the tick path calls are marked `@_noAllocation`, so that the compiler accepts
/// them in functions of other files that promise the same.

/// A length of time in whole nanoseconds, negative when it points backwards.
public struct Nanoseconds: Hashable, Comparable, Sendable, BitwiseCopyable {
    /// The number of nanoseconds.
    public var count: Int64

    @_noAllocation
    @inlinable public init(_ count: Int64) { self.count = count }

    public static let zero = Nanoseconds(0)

    /// - Precondition: the result fits an `Int64` of nanoseconds (about 292 years).
    @inlinable public static func microseconds(_ count: Int64) -> Nanoseconds { Nanoseconds(count * 1_000) }
    /// - Precondition: the result fits an `Int64` of nanoseconds (about 292 years).
    @inlinable public static func milliseconds(_ count: Int64) -> Nanoseconds { Nanoseconds(count * 1_000_000) }
    /// - Precondition: the result fits an `Int64` of nanoseconds (about 292 years).
    @inlinable public static func seconds(_ count: Int64) -> Nanoseconds { Nanoseconds(count * 1_000_000_000) }

    @inlinable public static func < (a: Nanoseconds, b: Nanoseconds) -> Bool { a.count < b.count }
    @inlinable public static func + (a: Nanoseconds, b: Nanoseconds) -> Nanoseconds { Nanoseconds(a.count + b.count) }
    @inlinable public static func - (a: Nanoseconds, b: Nanoseconds) -> Nanoseconds { Nanoseconds(a.count - b.count) }
    @inlinable public static prefix func - (a: Nanoseconds) -> Nanoseconds { Nanoseconds(-a.count) }

    /// The length without its direction.
    @inlinable public var magnitude: Nanoseconds { Nanoseconds(abs(count)) }
}

/// A reading of one clock.
public protocol ClockInstant: Comparable, Hashable, Sendable, BitwiseCopyable {
    /// Nanoseconds since the clock's origin.
    var nanoseconds: Int64 { get }
    init(nanoseconds: Int64)
}

extension ClockInstant {
    @inlinable public static func < (a: Self, b: Self) -> Bool { a.nanoseconds < b.nanoseconds }

    /// The time from `b` to `a`, both read on the same clock.
    @inlinable public static func - (a: Self, b: Self) -> Nanoseconds { Nanoseconds(a.nanoseconds - b.nanoseconds) }

    @inlinable public static func + (a: Self, length: Nanoseconds) -> Self {
        Self(nanoseconds: a.nanoseconds + length.count)
    }

    @inlinable public static func - (a: Self, length: Nanoseconds) -> Self {
        Self(nanoseconds: a.nanoseconds - length.count)
    }
}

/// A reading of one host's CLOCK_MONOTONIC. It means nothing on another host, nor after a reboot,
/// and it stands still while the host is suspended.
public struct MonotonicInstant: ClockInstant {
    public var nanoseconds: Int64
    @_noAllocation
    @inlinable public init(nanoseconds: Int64) { self.nanoseconds = nanoseconds }
}

/// A reading of one host's CLOCK_BOOTTIME: CLOCK_MONOTONIC, but it goes on during suspend.
/// Ages of clock samples are measured on it.
public struct BootInstant: ClockInstant {
    public var nanoseconds: Int64
    @inlinable public init(nanoseconds: Int64) { self.nanoseconds = nanoseconds }
}

/// A reading of CLOCK_MONOTONIC_RAW: the oscillator as it is, which no time daemon slews.
/// The yardstick for the rate of CLOCK_MONOTONIC.
public struct RawInstant: ClockInstant {
    public var nanoseconds: Int64
    @inlinable public init(nanoseconds: Int64) { self.nanoseconds = nanoseconds }
}

/// POSIX UTC: nanoseconds since 1970-01-01T00:00:00Z, leap seconds not counted (POSIX.1-2017, 4.16).
public struct UTCInstant: ClockInstant {
    public var nanoseconds: Int64
    @inlinable public init(nanoseconds: Int64) { self.nanoseconds = nanoseconds }
}

/// TAI: nanoseconds since the SMPTE epoch 1970-01-01T00:00:00 TAI (SMPTE ST 2059-1, 5).
public struct TAIInstant: ClockInstant {
    public var nanoseconds: Int64
    @inlinable public init(nanoseconds: Int64) { self.nanoseconds = nanoseconds }
}
