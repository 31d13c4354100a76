public import TickLinux

/// The agent of this host's station, for a program that ticks one or more of its channels.
///
/// The agent keeps the right to each channel. The program has a loop, ticks the channel on the grid that the agent
/// names, and learns at each tick whether it is on air. It does not talk to etcd.
///
/// ```swift
/// let station = try Station(joining: "/run/tickrun/join.sock")
/// let channel = try station.join("one", loop: runner.control, handler: TickHandler { tick in … })
/// ```
public final class Station: Sendable {
    /// The path of the agent's socket, `join_socket` in the station's file.
    public let socket: String

    /// - Parameter socket: the path of the agent's socket.
    /// - Throws: `StationError.noAgent` if no agent listens there, or if this user may not connect to it.
    public init(joining socket: String) throws(StationError) {
        self.socket = socket
        // Connects and leaves, so that a wrong path is an error here.
        do { _ = try JoinConnection.connect(socket) } catch { throw .noAgent(error) }
    }

    /// Ticks a channel from now on: adds a session to a loop when the agent orders one, replaces it when the agent
    /// orders another, and appends the blocks of the channel's plan. A standby may have a session or none, as the
    /// channel's spec says.
    ///
    /// If the agent ends, the session goes on, off air from the end of its right on, until an agent is there again.
    ///
    /// - Parameters:
    ///   - channel: its name. The agent's file gives it to a program by `"consumer": "program"`.
    ///   - loop: a loop that has begun, with room for two sessions and for the blocks of the plan. It must not end when
    ///     it is idle, because the first session may come later (`TickLoopOptions.endsWhenIdle`).
    ///   - tell: takes what happens, on a thread of the library.
    /// - Returns: after the agent has accepted the program, and perhaps before there is a session.
    /// - Throws: `StationError`: `.noAgent`; `.refused`, such as for a channel that another program ticks;
    ///   `.notUnderstood`; `.system`.
    public func join(
        _ channel: String, loop: LoopControl, options: StationChannel.Options = StationChannel.Options(),
        handler: TickHandler? = nil, tell: @escaping @Sendable (StationChannel.Event) -> Void = { _ in }
    ) throws(StationError) -> StationChannel {
        try StationChannel.start(socket, channel, loop, options, handler, tell)
    }
}

/// Why a program has not joined a channel.
public enum StationError: Error, Hashable, Sendable, CustomStringConvertible {
    /// No agent listens at the socket, or access is denied.
    case noAgent(SystemError)
    /// The agent does not let the program tick the channel, with its reason.
    case refused(String)
    /// The agent's answer is one that this library does not understand, or there is no answer.
    case notUnderstood(String)
    /// The host refused a call.
    case system(SystemError)

    public var description: String {
        switch self {
        case .noAgent(let error):
            "no agent can be reached: \(error); start 'tickrun agent' with \"join_socket\" in its file, "
                + "and let this user's group read and write the socket"
        case .refused(let reason): "the agent refuses: \(reason)"
        case .notUnderstood(let fault): "the agent gave no valid answer: \(fault)"
        case .system(let error): "\(error)"
        }
    }
}
