// The sessions of a host's channels, in one loop or several. The station thread publishes the rights, which takes no
// lock of the loop. It leaves changes of sessions to one queue for each loop, because a change waits for its loop. So a
// handler that hangs delays neither the station thread nor the channels of another loop.

import Dispatch
package import Stations
import Synchronization
package import TickLinux
import TickScheduling
package import TickTime

/// The channels' sessions on the loops of an agent.
package final class AgentChannels: StationSessions {
    /// Something that happened to a session.
    package enum Event: Sendable {
        case began(channel: String, firstTick: Int64, epoch: SessionEpoch, phaseJump: Nanoseconds?, bound: Nanoseconds)
        case ended(channel: String)
        case failed(channel: String, String)
        case fencingNumberFell(channel: String, FencingNumberFell)
    }

    private struct Running {
        let id: SessionID
        let grid: TickGrid
        let epoch: SessionEpoch
        let firstTick: Int64
        let lead: Nanoseconds
        /// The last block of the plan that the session has; `nil`: it has no plan.
        var lastBlock: Int64?
    }

    private struct Channel {
        let gate = OnAirGate()
        /// The loop that ticks it.
        let loop: Int
        var right: AirRight?
        var wanted: StationMember.Decision?
        var running: Running?
        var isChanging = false
        /// A session that could not be begun is tried again at this time.
        var retryAt: MonotonicInstant?
    }

    /// A session's number within its loop.
    private struct Number: Hashable {
        let loop: Int
        let session: Int32
    }

    private struct State {
        var channels: [String: Channel] = [:]
        var loops: ChannelLoops
        var names: [Number: String] = [:]
        /// The channel of each loop whose session is being added: the loop reports it to its observers first.
        var beginning: [Int: String] = [:]
        var moment: HostMoment?
        var isEnded = false
    }

    private let controls: [LoopControl]
    private let queues: [DispatchQueue]
    private let state: Mutex<State>
    private let handler: @Sendable (String) -> TickHandler?
    private let tell: @Sendable (Event) -> Void

    /// - Parameters:
    ///   - controls: of the loops that tick the channels.
    ///   - loops: which loop ticks which channel.
    ///   - handler: the handler of a channel's session.
    package init(
        _ controls: [LoopControl], _ loops: ChannelLoops,
        handler: @escaping @Sendable (String) -> TickHandler? = { _ in nil },
        tell: @escaping @Sendable (Event) -> Void
    ) {
        self.controls = controls
        queues = controls.indices.map { DispatchQueue(label: "station sessions \($0)") }
        state = Mutex(State(loops: loops))
        self.handler = handler
        self.tell = tell
    }

    /// The channel of a session, by its number within a loop; `nil` if it has none.
    package func name(of session: Int32, inLoop loop: Int) -> String? {
        state.withLock { $0.names[Number(loop: loop, session: session)] ?? $0.beginning[loop] }
    }

    /// The loop that ticks a channel; `nil` for an unknown channel.
    func loop(of channel: String) -> Int? { state.withLock { $0.loops.loop(of: channel) } }

    /// Takes every channel off air, for good. Their sessions end with the loop.
    package func end() {
        state.withLock { state in
            state.isEnded = true
            for channel in state.channels.values { channel.gate.clear() }
        }
    }

    // MARK: - On the station thread

    package func states(at moment: HostMoment) -> [String: ChannelPart.SessionState] {
        // The monotonic clock and BOOTTIME, read so close together that their difference is the suspended time.
        let (monotonic, boot) = (HostClock.monotonic(), HostClock.boot())
        return state.withLock { state in
            state.moment = moment
            return state.channels.compactMapValues { channel in
                guard let running = channel.running else { return nil }
                return running.grid.state(
                    from: running.firstTick, lead: running.lead, uncertainty: running.epoch.uncertainty, at: moment,
                    monotonic, boot)
            }
        }
    }

    package func follow(_ decisions: [StationMember.Decision]) {
        let now = HostClock.monotonic()
        let changing = state.withLock { state -> [(name: String, loop: Int)] in
            guard !state.isEnded else { return [] }
            var changing: [(name: String, loop: Int)] = []
            state.loops.meet(decisions.map(\.channel))
            for decision in decisions {
                let loop = state.loops.loop(of: decision.channel) ?? 0
                var channel = state.channels[decision.channel] ?? Channel(loop: loop)
                publish(decision, &channel)
                channel.wanted = decision
                let mustChange = isDifferent(channel, state.moment) || !newBlocks(channel).isEmpty
                if !channel.isChanging, mustChange, channel.retryAt.map({ now >= $0 }) ?? true {
                    channel.isChanging = true
                    changing.append((decision.channel, loop))
                }
                state.channels[decision.channel] = channel
            }
            return changing
        }
        for (name, loop) in changing { queues[loop].async { [self] in change(name) } }
    }

    private func publish(_ decision: StationMember.Decision, _ channel: inout Channel) {
        guard decision.right != channel.right else { return }
        channel.right = decision.right
        guard let right = decision.right else { return channel.gate.clear() }
        do { try channel.gate.publish(right) } catch {
            channel.gate.clear()
            tell(.fencingNumberFell(channel: decision.channel, error))
        }
    }

    /// Whether a channel's session differs from the one that it must have.
    private func isDifferent(_ channel: Channel, _ moment: HostMoment?) -> Bool {
        guard let session = channel.wanted?.session else { return channel.running != nil }
        guard let running = channel.running else { return true }
        // A session on air is never moved. A standby's session begins again if the owner's ticks are due at other
        // instants.
        guard channel.right == nil, channel.wanted?.role == .standby, let moment,
            let jump = running.grid.jump(to: session.phase, moment)
        else { return false }
        return jump.magnitude > session.phase.tolerance(moment.taiBound ?? .zero)
    }

    /// The blocks that were appended to the channel's plan since its session began.
    private func newBlocks(_ channel: Channel) -> ArraySlice<PlanRecord.Block> {
        guard let last = channel.running?.lastBlock, let blocks = channel.wanted?.records?.plan?.record.blocks,
            let place = blocks.lastIndex(where: { $0.id == last })
        else { return [] }
        return blocks[(place + 1)...]
    }

    // MARK: - On the queue of a loop

    private func change(_ name: String) {
        let (channel, moment) = state.withLock { ($0.channels[name], $0.moment) }
        guard let channel else { return }
        guard isDifferent(channel, moment) else { return append(name, channel) }
        let control = controls[channel.loop]
        var running = channel.running
        var retryAt: MonotonicInstant?
        if let old = running {
            do { try control.remove(old.id) } catch {
                if !control.hasEnded { tell(.failed(channel: name, "\(error)")) }
            }
            running = nil
            tell(.ended(channel: name))
        }
        if let decision = channel.wanted, let session = decision.session {
            do {
                let begun = try begin(name, decision, session, channel, moment)
                running = begun.running
                let jump = moment.flatMap { begun.running.grid.jump(to: session.phase, $0) }
                tell(
                    .began(
                        channel: name, firstTick: begun.running.firstTick, epoch: begun.running.epoch, phaseJump: jump,
                        bound: Nanoseconds(session.phase.boundNanoseconds) +| (moment?.taiBound ?? .zero)))
            } catch {
                retryAt = HostClock.monotonic() +| .seconds(1)
                if !control.hasEnded { tell(.failed(channel: name, error.text)) }
            }
        }
        state.withLock { state in
            state.channels[name]?.running = running
            state.channels[name]?.isChanging = false
            state.channels[name]?.retryAt = retryAt
        }
    }

    /// Gives a running session the further blocks of its channel's plan. A block that is refused is not tried again.
    private func append(_ name: String, _ channel: Channel) {
        let control = controls[channel.loop]
        var last = channel.running?.lastBlock
        for block in newBlocks(channel) {
            guard let session = channel.running?.id else { break }
            last = block.id
            do {
                let length = Nanoseconds(block.lengthNanoseconds)
                try control.append(Block(id: BlockID(rawValue: block.id), length: length), to: session)
            } catch {
                if !control.hasEnded { tell(.failed(channel: name, "block \(block.id): \(error)")) }
            }
        }
        state.withLock { state in
            state.channels[name]?.running?.lastBlock = last
            state.channels[name]?.isChanging = false
        }
    }

    private struct Failure: Error {
        let text: String
    }

    private func begin(
        _ name: String, _ decision: StationMember.Decision, _ session: ChannelPart.Session, _ channel: Channel,
        _ moment: HostMoment?
    ) throws(Failure) -> (running: Running, request: SessionRequest) {
        guard let rate = decision.records?.grid?.record.rate else { throw Failure(text: "its rate is damaged") }
        let plan: SessionPlan
        do {
            let grid = try GridPhase(
                tick: session.phase.tick, tai: TAIInstant(nanoseconds: session.phase.taiNanoseconds),
                bound: Nanoseconds(session.phase.boundNanoseconds))
            // If the first tick is already due, it belongs to another host, and this session begins at the next one.
            var first = session.firstTick
            if let tick = first, let tai = moment?.tai, let due = try? grid.deadline(of: tick, at: rate), due < tai {
                first = nil
            }
            plan = try SessionPlan(rate: rate, grid: grid, firstTick: first, atPlanEnd: .continue)
        } catch {
            throw Failure(text: "\(error)")
        }
        let blocks = decision.records?.plan.map { stored in
            SessionBlocks(
                start: .utc(UTCInstant(nanoseconds: stored.record.startUTCNanoseconds)),
                blocks: stored.record.blocks.map {
                    Block(id: BlockID(rawValue: $0.id), length: Nanoseconds($0.lengthNanoseconds))
                })
        }
        let request = SessionRequest(plan, blocks: blocks, handler: handler(name), gate: channel.gate)
        let (loop, control) = (channel.loop, controls[channel.loop])
        state.withLock { $0.beginning[loop] = name }
        defer { state.withLock { $0.beginning[loop] = nil } }
        do {
            let id = try control.add(request)
            state.withLock { $0.names[Number(loop: loop, session: id.index)] = name }
            guard let epoch = control.epoch(of: id) else { throw Failure(text: "its session ended at once") }
            let grid = TickGrid(rate: rate, epoch: epoch.monotonic)
            let first = plan.firstTick ?? grid.firstTickDue(notBefore: HostClock.monotonic())
            return (
                Running(
                    id: id, grid: grid, epoch: epoch, firstTick: first, lead: plan.lead,
                    lastBlock: decision.records?.plan?.record.blocks.last?.id), request
            )
        } catch let error as LoopError {
            throw Failure(text: "\(error)")
        } catch let error as Failure {
            throw error
        } catch {
            throw Failure(text: "\(error)")
        }
    }
}
