// A channel that a program ticks for an agent. A thread of its own reads what the agent orders and changes the loop's
// sessions; the loop itself reads the right in the memory that the agent shares.
//
//     joined ──the connection is lost──▶ alone: off air, the session goes on ──an agent accepts it──▶ joined
//        │                                  │
//        └──────── leave(), or the loop has ended ────────▶ over

internal import Synchronization
internal import TickLinux
public import TickScheduling
public import TickTime

/// A channel that this program ticks. It goes on until `leave()` or the end of its loop, even if the program keeps no
/// reference to it.
public final class StationChannel: Sendable {
    /// How the program ticks a channel.
    public struct Options: Hashable, Sendable {
        /// What happens to overdue ticks.
        public var policy = OverduePolicy.everyTick
        /// How long before its deadline each tick is delivered: 0 to 10 s.
        public var lead = Nanoseconds.zero
        /// How many ticks before a fence `Tick.isPriming` is set; `nil`: never.
        public var primingTicks: Int64?

        public init() {}
    }

    /// Something that happened to the channel.
    public enum Event: Hashable, Sendable {
        /// The agent has accepted the program, at the beginning or again.
        case joined
        /// A session of the channel is in the loop.
        case began(SessionID, firstTick: Int64)
        /// The session is no longer in the loop.
        case ended(SessionID)
        /// The agent ordered a session or a block that the loop does not take.
        case failed(String)
        /// The agent has gone. The channel is off air, and the program tries to join again.
        case lost(String)
    }

    struct State {
        var session: SessionID?
        var isJoined = false
        var isLeaving = false
    }

    /// The channel's name.
    public let name: String
    let socket: String
    let control: LoopControl
    let options: Options
    let handler: TickHandler?
    let tell: @Sendable (Event) -> Void
    let page: SharedPage
    let gate: OnAirGate
    let state = Mutex(State())
    private let thread = Mutex<RealTimeThread.Handle?>(nil)

    private init(
        _ socket: String, _ name: String, _ control: LoopControl, _ options: Options, _ handler: TickHandler?,
        _ tell: @escaping @Sendable (Event) -> Void, _ page: SharedPage
    ) {
        (self.socket, self.name, self.control, self.options) = (socket, name, control, options)
        (self.handler, self.tell, self.page) = (handler, tell, page)
        gate = OnAirGate(page)
    }

    static func start(
        _ socket: String, _ name: String, _ control: LoopControl, _ options: Options, _ handler: TickHandler?,
        _ tell: @escaping @Sendable (Event) -> Void
    ) throws(StationError) -> StationChannel {
        let page: SharedPage
        do { page = try SharedPage(reading: ()) } catch { throw .system(error) }
        let channel = StationChannel(socket, name, control, options, handler, tell, page)
        let work = JoinWork(channel)
        try work.join()
        do throws(SystemError) {
            let handle = try RealTimeThread.start(named: "tick-join") { work.run() }
            channel.thread.withLock { $0 = handle }
        } catch {
            throw .system(error)
        }
        return channel
    }

    /// The channel's session in the loop; `nil` while it has none.
    public var session: SessionID? { state.withLock { $0.session } }

    /// Whether an agent is there.
    public var isJoined: Bool { state.withLock { $0.isJoined } }

    /// This host's right to the channel, as the agent published it last; `nil`: the channel is off air.
    public var right: AirRight? { gate.right }

    /// Stops ticking the channel. It is off air at once, and the agent gives it to another host.
    ///
    /// Returns when the session is removed: its handler is not called any longer. On the loop's own thread it cannot
    /// wait for that, and the handler may be called once more.
    public func leave() {
        let session = state.withLock { state -> SessionID? in
            state.isLeaving = true
            return state.session
        }
        page.detach()
        let handle = thread.withLock { handle in
            defer { handle = nil }
            return handle
        }
        guard control.isOnLoopThread else {
            handle?.join()
            return
        }
        if let session { try? control.requestRemoval(of: session) }
        handle?.detach()
    }
}
