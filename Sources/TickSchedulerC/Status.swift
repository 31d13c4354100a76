// swift-format-ignore-file: AlwaysUseLowerCamelCase
// The names are those of the header.

// Turns Swift's errors into a status and a message for the calling thread.

public import CTickScheduler
internal import ClusterClock
internal import ClusterLinux
internal import StationClient
internal import TickLinux
internal import TickScheduling
internal import TickTime
internal import TimeExchange

/// The error of a call of the interface.
struct CallError: Error {
    let status: tick_status
    let message: String

    init(_ status: tick_status, _ message: String) {
        (self.status, self.message) = (status, message)
    }

    static func null(_ name: String) -> CallError { CallError(TICK_ERROR_NULL, "\(name) is null; give a pointer") }

    init(_ error: FrameRateError) { self.init(TICK_ERROR_RATE, "\(error)") }
    init(_ error: SessionPlanError) { self.init(TICK_ERROR_ARGUMENT, "\(error)") }

    init(_ error: TickTimeError) {
        switch error {
        case .negativeTick, .zeroClockRate: self.init(TICK_ERROR_ARGUMENT, "\(error)")
        default: self.init(TICK_ERROR_RANGE, "\(error)")
        }
    }

    init(_ error: ScheduleError) {
        let status =
            switch error {
            case .full: TICK_ERROR_FULL
            case .noSession: TICK_ERROR_NO_SESSION
            case .blocks, .predecessorEnded, .hasSuccessor, .pastSeam: TICK_ERROR_PLAN
            }
        self.init(status, "\(error)")
    }

    init(_ error: LoopError) {
        switch error {
        case .schedule(let error): self.init(error)
        case .epoch(let error): self.init(error)
        case .wallClockUnsteady: self.init(TICK_ERROR_CLOCK, "\(error)")
        case .noSessions, .alreadyBegun, .notBegun: self.init(TICK_ERROR_STATE, "\(error)")
        case .plan, .alignedGrid, .gridOfSuccessor: self.init(TICK_ERROR_ARGUMENT, "\(error)")
        case .noFence, .endsBeforeFence: self.init(TICK_ERROR_PLAN, "\(error)")
        case .queueFull: self.init(TICK_ERROR_FULL, "\(error)")
        case .loopEnded: self.init(TICK_ERROR_LOOP_ENDED, "\(error)")
        case .calledOnTickThread:
            self.init(
                TICK_ERROR_THREAD,
                "a handler runs on the loop's own thread, which cannot wait for itself; "
                    + "use tick_loop_request_removal, or let another thread ask")
        case .system(let error): self.init(error)
        }
    }

    init(_ error: StationError) {
        switch error {
        case .system(let error): self.init(error)
        default: self.init(TICK_ERROR_STATION, "\(error)")
        }
    }

    init(_ error: SystemError) { self.init(TICK_ERROR_SYSTEM, "\(error)") }
    init(_ error: ClusterClockError) { self.init(TICK_ERROR_CLUSTER, "\(error)") }
    init(_ error: PeerKeyError) { self.init(TICK_ERROR_CLUSTER, "\(error)") }

    init(_ error: ClusterNodeError) {
        switch error {
        case .system(let error): self.init(TICK_ERROR_SYSTEM, "\(error); is another node at this address?")
        case .cluster(let error): self.init(error)
        }
    }
}

/// Makes a call. Returns its status, and stores the message of a failure.
func call(_ body: () throws(CallError) -> Void) -> tick_status {
    do throws(CallError) {
        try body()
        return TICK_OK
    } catch {
        Message.keep(error.message)
        return error.status
    }
}

@c @implementation
public func tick_version() -> UInt32 { UInt32(TICK_SCHEDULER_VERSION) }

@c @implementation
public func tick_last_message() -> UnsafePointer<CChar>! { unsafe Message.pointer }

@c @implementation
public func tick_status_text(_ status: tick_status) -> UnsafePointer<CChar>! {
    let text: StaticString =
        switch status {
        case TICK_OK: "no error"
        case TICK_ENDED: "no tick follows"
        case TICK_ERROR_NULL: "a required pointer is null"
        case TICK_ERROR_HANDLE: "the handle is not of this kind, or was destroyed"
        case TICK_ERROR_STRUCT_SIZE: "the library does not know this struct_size"
        case TICK_ERROR_ARGUMENT: "an argument is out of its range"
        case TICK_ERROR_RATE: "this is not a frame rate"
        case TICK_ERROR_RANGE: "the result does not fit its clock"
        case TICK_ERROR_STATE: "the loop's state does not allow this call"
        case TICK_ERROR_THREAD: "the call belongs to another thread"
        case TICK_ERROR_LOOP_ENDED: "the loop has ended"
        case TICK_ERROR_NO_SESSION: "there is no such session"
        case TICK_ERROR_FULL: "all places are taken"
        case TICK_ERROR_PLAN: "the block plan is invalid, or the session cannot be succeeded there"
        case TICK_ERROR_CLOCK: "the wall clock was set during every attempt to read it"
        case TICK_ERROR_CLUSTER: "the cluster is invalid, or its clock does not allow this"
        case TICK_ERROR_SYSTEM: "the host refused a call"
        case TICK_ERROR_STATION: "no agent answers, or it refuses the program"
        default: "this is not a status"
        }
    return unsafe UnsafeRawPointer(text.utf8Start).assumingMemoryBound(to: CChar.self)
}
