// The thread of a joined channel. No other thread reads or writes the connection, or changes the loop's sessions.

internal import Glibc
internal import Synchronization
internal import TickLinux
internal import TickScheduling
internal import TickTime

/// What the thread of a channel does. One thread at a time uses it.
final class JoinWork: @unchecked Sendable {
    private let channel: StationChannel
    private var connection: JoinConnection?
    /// The session that the loop has, as this program reports it to the agent.
    private var running: JoinedSession?
    /// Lines that came with the agent's first one.
    private var pending: [[UInt8]] = []

    /// How long an agent may take to accept a program.
    private static let patience = Nanoseconds.seconds(5)
    /// How long the thread waits for the agent before it looks at the loop and at `leave`.
    private static let slice: Int32 = 50

    init(_ channel: StationChannel) { self.channel = channel }

    // MARK: - Joining

    /// Connects, and waits until the agent has accepted the program.
    func join() throws(StationError) {
        var made: JoinConnection
        do { made = try JoinConnection.connect(channel.socket) } catch { throw .noAgent(error) }
        var isGood = made.send(ProgramMessage.join(channel: channel.name, running: running).line)
        let end = HostClock.monotonic() +| Self.patience
        while isGood {
            let (lines, isOver) = made.receive()
            for (place, line) in lines.enumerated() {
                let message: AgentMessage?
                do { message = try AgentMessage(line: line) } catch { throw .notUnderstood("\(error)") }
                switch message {
                case .refused(let reason)?: throw .refused(reason)
                case .joined?:
                    try attach(&made)
                    connection = consume made
                    channel.state.withLock { $0.isJoined = true }
                    channel.tell(.joined)
                    // More may have come with it.
                    pending = Array(lines[(place + 1)...])
                    return
                default: throw .notUnderstood("its first line neither accepts nor refuses the program")
                }
            }
            guard !isOver else { throw .notUnderstood("it closed the connection without an answer") }
            guard HostClock.monotonic() < end, !channel.state.withLock({ $0.isLeaving }) else {
                throw .notUnderstood("it does not answer")
            }
            made.wait(Self.slice)
            isGood = made.flush()
        }
        throw .notUnderstood("it closed the connection")
    }

    private func attach(_ made: inout JoinConnection) throws(StationError) {
        guard let descriptor = made.takeDescriptor() else { throw .notUnderstood("it gave no memory for the right") }
        defer { close(descriptor) }
        do { try channel.page.attach(descriptor) } catch { throw .notUnderstood("\(error)") }
        // `leave` may have come in between; it is off air for good.
        if channel.state.withLock({ $0.isLeaving }) { channel.page.detach() }
    }

    // MARK: - The thread

    func run() {
        var wait = Nanoseconds.milliseconds(100), fault = ""
        while !isOver {
            if connection == nil {
                do throws(StationError) {
                    try join()
                    (wait, fault) = (.milliseconds(100), "")
                } catch {
                    // Once: an agent may be away for long.
                    if "\(error)" != fault { channel.tell(.lost("\(error)")) }
                    fault = "\(error)"
                    pause(wait)
                    wait = min(.seconds(2), wait +| wait)
                    continue
                }
            }
            if let end = serve() { lose(end) }
        }
        channel.page.detach()
        connection = nil
        removeSession()
        channel.state.withLock { $0.isJoined = false }
    }

    private var isOver: Bool { channel.control.hasEnded || channel.state.withLock { $0.isLeaving } }

    private func pause(_ length: Nanoseconds) {
        let end = HostClock.monotonic() +| length
        while !isOver, HostClock.monotonic() < end {
            HostClock.sleep(until: HostClock.monotonic() +| .milliseconds(20))
        }
    }

    /// The agent has gone: off air at once.
    private func lose(_ fault: String) {
        channel.page.detach()
        connection = nil
        channel.state.withLock { $0.isJoined = false }
        channel.tell(.lost(fault))
    }

    /// Waits for the agent once, and does what it says.
    ///
    /// - Returns: why the connection ends; `nil` if it does not.
    private func serve() -> String? {
        if pending.isEmpty { connection?.wait(Self.slice) }
        guard connection?.flush() ?? false else { return "the agent does not read" }
        let (lines, isOver) = connection?.receive() ?? ([], true)
        let all = pending + lines
        pending = []
        for line in all where !take(line) { return "the agent sent a line that is not understood" }
        if isOver { return "the agent has closed the connection" }
        noticeRemoval()
        return nil
    }

    /// - Returns: whether the connection can go on.
    private func take(_ line: [UInt8]) -> Bool {
        let message: AgentMessage?
        do { message = try AgentMessage(line: line) } catch {
            channel.tell(.failed("the agent sent \(error)"))
            return false
        }
        switch message {
        case .session(let order, let session)?: return begin(session, order)
        case .append(let order, let blocks)?: return append(blocks, order)
        case .end(let order)?:
            removeSession()
            return say(.ended(order: order))
        case .refused?: return false
        case .joined?, nil: return true
        }
    }

    private func say(_ message: ProgramMessage) -> Bool { connection?.send(message.line) ?? false }

    // MARK: - The session

    private func begin(_ ordered: OrderedSession, _ order: Int64) -> Bool {
        removeSession()
        let control = channel.control
        do {
            let plan = try SessionPlan(
                rate: ordered.rate, grid: ordered.grid, firstTick: ordered.firstTick, policy: channel.options.policy,
                lead: channel.options.lead, atPlanEnd: .continue, primingTicks: channel.options.primingTicks)
            let blocks = ordered.planStart.map { SessionBlocks(start: .utc($0), blocks: ordered.blocks) }
            var request = SessionRequest(plan, blocks: blocks, handler: channel.handler, gate: channel.gate)
            request.gridDue = ordered.due
            let id = try control.add(request)
            guard let epoch = control.epoch(of: id), let first = control.firstTick(of: id) else {
                return say(.failed(order: order, "the session ended at once"))
            }
            let session = JoinedSession(
                rate: ordered.rate, epoch: epoch.monotonic, firstTick: first, lead: plan.lead,
                uncertainty: epoch.uncertainty, lastBlock: ordered.blocks.last?.id.rawValue)
            running = session
            channel.state.withLock { $0.session = id }
            channel.tell(.began(id, firstTick: first))
            return say(.began(order: order, session))
        } catch {
            if !control.hasEnded { channel.tell(.failed("\(error)")) }
            return say(.failed(order: order, "\(error)"))
        }
    }

    private func append(_ blocks: [Block], _ order: Int64) -> Bool {
        guard let id = channel.session, var session = running else {
            return say(.failed(order: order, "there is no session"))
        }
        for block in blocks {
            // A block that is refused is not tried again.
            session.lastBlock = block.id.rawValue
            do { try channel.control.append(block, to: id) } catch {
                channel.tell(.failed("block \(block.id.rawValue): \(error)"))
            }
        }
        running = session
        return say(.began(order: order, session))
    }

    private func removeSession() {
        running = nil
        let id = channel.state.withLock { state in
            defer { state.session = nil }
            return state.session
        }
        guard let id else { return }
        _ = try? channel.control.remove(id)
        channel.tell(.ended(id))
    }

    /// A session that the program itself removed.
    private func noticeRemoval() {
        guard let id = channel.session, channel.control.epoch(of: id) == nil, !isOver else { return }
        running = nil
        channel.state.withLock { $0.session = nil }
        channel.tell(.ended(id))
        _ = say(.failed(order: 0, "the program removed the session"))
    }
}
