// What the daemon of ClockBound publishes in shared memory, version 2 of its layout. Numbers are in the byte order of
// the host:
//
//      0  u32, u32     0x414D5A4E, 0x43420200
//      8  u32          the size of the memory, 80
//     12  u16          the version, 2
//     14  u16          the generation: odd while the daemon writes, 0 before it first wrote
//     16  i64, i64     as of: CLOCK_MONOTONIC_COARSE, seconds and nanoseconds
//     32  i64, i64     void after, in the same way
//     48  i64          the bound on |UTC − CLOCK_REALTIME| as of then, ns
//     56  u64          the VM's disruption marker when the daemon last looked
//     64  u32          how fast the clock may drift, ppb
//     68  i32          the status: 0 unknown, 1 synchronized, 2 free running, 3 disrupted
//     72  u8           1 if the daemon watches for disruptions
//
// The bound grows by its rate of drift, but by no less than 50 ppm, as every statement does here. After 'void after' it
// is no statement. ClockBound does not name the source of its time.

package import ClusterClock
package import TickTime

/// A statement of ClockBound about the host's clock.
package struct ClockBoundStatement: Hashable, Sendable {
    package enum Status: Int32, Hashable, Sendable {
        case unknown = 0
        case synchronized
        case freeRunning
        case disrupted
    }

    package var status: Status
    /// When the bound was computed.
    package var asOf: MonotonicInstant
    package var voidAfter: MonotonicInstant
    /// At `asOf`. Not negative.
    package var bound: Nanoseconds
    /// In parts per billion, at most `DriftGrowth.driftBoundLimit`.
    package var driftRate: Int64
    /// The VM's disruption marker, as the daemon last saw it.
    package var disruptionMarker: UInt64
    /// Whether the statement counts only while the VM's marker is still the same.
    package var watchesDisruption: Bool

    /// Why the memory states no bound.
    package enum Failure: Error, Hashable, Sendable, CustomStringConvertible {
        case form(String)
        case version(UInt16)
        /// The daemon has never written, or was writing at each look.
        case unwritten
        case unknown
        case disrupted
        /// The statement is void since this long.
        case void(since: Nanoseconds)
        /// The statement is from the future of the monotonic clock.
        case future(by: Nanoseconds)

        package var description: String {
            switch self {
            case .form(let what):
                "this is not the shared memory of ClockBound: \(what); give the file of clockbound, version 2 "
                    + "(/var/run/clockbound/shm0)"
            case .version(let version):
                "the shared memory of ClockBound has version \(version), and only version 2 can be read; "
                    + "use clockbound 2"
            case .unwritten: "clockbound has written no statement yet, or does not finish one; is it running?"
            case .unknown:
                "clockbound does not know the state of the clock; is chronyd running, and is it synchronized?"
            case .disrupted:
                "the clock was disrupted (the virtual machine was moved or restored), and clockbound has no bound "
                    + "since then; wait until it is synchronized again"
            case .void(let length):
                "clockbound's statement has been void for \(SyncText.length(length)); is clockbound running, and does "
                    + "it reach chronyd?"
            case .future(let length):
                "clockbound's statement is \(SyncText.length(length)) ahead of this host's monotonic clock; it is of "
                    + "another host, another boot or another time namespace"
            }
        }
    }

    private static let size = 80
    private static let magic: [UInt32] = [0x414D_5A4E, 0x4342_0200]

    /// - Parameter memory: the whole memory, from one moment.
    /// - Throws: `Failure.form`, `.version`, `.unwritten`.
    package init(memory: [UInt8]) throws(Failure) {
        let words = HostBytes(memory)
        guard let first = words.u32(0), let second = words.u32(4), [first, second] == Self.magic else {
            throw .form("it does not begin with ClockBound's signature")
        }
        guard let stated = words.u32(8), let version = words.u16(12), let generation = words.u16(14) else {
            throw .form("it has only \(memory.count) bytes")
        }
        guard version == 2 else { throw .version(version) }
        guard stated >= Self.size, memory.count >= Self.size else {
            throw .form("it has \(memory.count) bytes and states \(stated), and \(Self.size) are needed")
        }
        guard generation > 0, generation % 2 == 0 else { throw .unwritten }
        guard let asOf = Self.instant(words, at: 16), let voidAfter = Self.instant(words, at: 32) else {
            throw .form("its times are not times")
        }
        guard let bound = words.i64(48), bound >= 0 else { throw .form("its bound is negative") }
        guard let rate = words.u32(64), Int64(rate) <= DriftGrowth.driftBoundLimit else {
            throw .form("its rate of drift is above a tenth")
        }
        guard let number = words.u32(68), let status = Status(rawValue: Int32(bitPattern: number)) else {
            throw .form("its status is none that version 2 has")
        }
        (self.status, self.asOf, self.voidAfter) = (status, asOf, voidAfter)
        (self.bound, driftRate) = (Nanoseconds(bound), Int64(rate))
        disruptionMarker = words.u64(56) ?? 0
        watchesDisruption = memory[72] != 0
    }

    private static func instant(_ words: HostBytes, at place: Int) -> MonotonicInstant? {
        guard let seconds = words.i64(place), let rest = words.i64(place + 8), (0..<1 << 32).contains(seconds),
            (0..<1_000_000_000).contains(rest)
        else { return nil }
        return MonotonicInstant(nanoseconds: Int64(Int128(seconds) * 1_000_000_000 + Int128(rest)))
    }

    /// How far UTC may be ahead of the host's clock, or behind it.
    ///
    /// - Parameters:
    ///   - now: CLOCK_MONOTONIC, read after the memory.
    ///   - marker: the VM's disruption marker, read after the memory; it is only looked at if `watchesDisruption`.
    /// - Throws: `Failure.unknown`, `.disrupted`, `.void`, `.future`.
    package func interval(at now: MonotonicInstant, marker: UInt64? = nil) throws(Failure) -> OffsetInterval {
        switch status {
        case .unknown: throw .unknown
        case .disrupted: throw .disrupted
        case .synchronized, .freeRunning: break
        }
        if watchesDisruption, marker != disruptionMarker { throw .disrupted }
        // The coarse clock is never ahead of the fine one.
        guard now >= asOf else { throw .future(by: asOf -| now) }
        guard now < voidAfter else { throw .void(since: now -| voidAfter) }
        let growth = DriftGrowth(clocks: 1, driftBound: max(50_000, driftRate))
        return OffsetInterval(.zero, bound: bound +| growth(now -| asOf))
    }

    /// The values as the result of a check lists them.
    package func raw(at now: MonotonicInstant) -> [String: String] {
        [
            "status": "\(status)", "bound_ns": "\(bound.count)", "age_ns": "\((now -| asOf).count)",
            "max_drift_ppb": "\(driftRate)", "disruption_marker": "\(disruptionMarker)",
            "watches_disruption": "\(watchesDisruption)",
        ]
    }
}

/// The disruption marker of a virtual machine's clock (vmclock-abi.h), which changes when the machine is moved or
/// restored.
package struct DisruptionMarker: Hashable, Sendable {
    package let value: UInt64

    /// - Parameter memory: what /dev/vmclock0 contains, from one moment.
    /// - Returns: `nil` if it is not a VM's clock, or if that is being written.
    package init?(memory: [UInt8]) {
        let words = HostBytes(memory)
        guard words.u32(0) == 0x4B4C_4356, let sequence = words.u32(12), sequence % 2 == 0, let value = words.u64(16)
        else { return nil }
        self.value = value
    }
}

/// Numbers in the byte order of this host; `nil` beyond the end.
private struct HostBytes {
    private let bytes: [UInt8]

    init(_ bytes: [UInt8]) { self.bytes = bytes }

    private func number<Number: FixedWidthInteger>(_ place: Int, as type: Number.Type) -> Number? {
        let size = MemoryLayout<Number>.size
        guard place >= 0, bytes.count >= size, place <= bytes.count - size else { return nil }
        return unsafe bytes[place..<place + size].withUnsafeBytes { unsafe $0.loadUnaligned(as: Number.self) }
    }

    func u16(_ place: Int) -> UInt16? { number(place, as: UInt16.self) }
    func u32(_ place: Int) -> UInt32? { number(place, as: UInt32.self) }
    func u64(_ place: Int) -> UInt64? { number(place, as: UInt64.self) }
    func i64(_ place: Int) -> Int64? { number(place, as: Int64.self) }
}
