// The on-air gate of a session: the right that was published last, and the code that judges a tick by it. Readers take
// no lock, allocate nothing, count no references, and never wait: a read copies 56 bytes between two loads of a count
// (`Published.swift`).
//
// A loop uses the gate's memory through a pointer. The session's request holds the gate, and the loop's registry holds
// the request until the loop has removed the session. The loop drops its pointer when it removes the session, so that
// a later session in the same place never has it.

internal import Synchronization
public import TickScheduling
public import TickTime

/// Says of each tick of a session whether it is on air. It begins without a right, and then every tick is off air.
///
/// Give it to the session with `SessionRequest.gate`, and publish the host's right whenever that changes or is renewed:
/// each renewal raises `AirRight.validUntil` and `AirRight.tickCeiling`. The session keeps the gate alive.
@safe public final class OnAirGate: @unchecked Sendable {
    /// Through a pointer, so that the tick path counts no references to this object.
    let storage: GateStorage
    /// The greatest fencing number so far. One thread at a time publishes.
    private let greatest: Mutex<Int64>
    /// The memory, where two processes share it; `nil`: the gate's own.
    private let page: SharedPage?

    /// - Parameter right: the right to begin with; `nil` for none.
    public init(_ right: AirRight? = nil) {
        storage = GateStorage(GateWords(right))
        greatest = Mutex(right?.fencingNumber ?? 0)
        page = nil
    }

    /// A gate on memory that two processes share. The process that reads must not publish.
    package init(_ page: SharedPage) {
        self.page = page
        storage = page.storage
        greatest = Mutex(0)
    }

    deinit { if page == nil { storage.deallocate() } }

    /// Publishes a right in place of the previous one. The next tick of the session is judged by it.
    ///
    /// - Throws: `FencingNumberFell` for a fencing number below an earlier one of this gate, which a sink would refuse.
    ///   The previous right stays.
    public func publish(_ right: AirRight) throws(FencingNumberFell) {
        try greatest.withLock { greatest throws(FencingNumberFell) in
            guard right.fencingNumber >= greatest else {
                throw FencingNumberFell(from: greatest, to: right.fencingNumber)
            }
            greatest = right.fencingNumber
            storage.publish(GateWords(right))
        }
    }

    /// Withdraws the right: from the next tick on, the session is off air, under any `isolation`.
    public func clear() { greatest.withLock { _ in storage.publish(GateWords(nil)) } }

    /// The right that was published last; `nil` without one.
    public var right: AirRight? { storage.right }

    /// Whether a tick is on air: what a loop asks at each tick.
    ///
    /// - Parameter boot: a reading of BOOTTIME that was made for this tick.
    #if !DEBUG
        @_noAllocation @_noLocks
    #endif
    public func state(ofTick tick: Int64, at boot: BootInstant) -> AirState { storage.state(ofTick: tick, at: boot) }
}

/// A right whose fencing number is below an earlier one of its gate.
public struct FencingNumberFell: Error, Hashable, Sendable, CustomStringConvertible {
    /// The greatest number so far.
    public let from: Int64
    /// The refused number.
    public let to: Int64

    public init(from: Int64, to: Int64) {
        self.from = from
        self.to = to
    }

    public var description: String {
        "the fencing number falls from \(from) to \(to); give each new right to a channel a number above all earlier ones"
    }
}
