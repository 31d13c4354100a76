// The sessions of channels that programs of this host tick. The station thread publishes the rights, in memory that
// the programs' loops read; the thread of the socket (`JoinServer`) tells the programs which sessions to have, and
// notices their end.
//
// When a program ends, its right ends at once: its memory is cleared, and a later program gets other memory. Until a
// later program joins, the host states that it is not fit for the channel. It does not take the channel, and does not
// keep it.

package import StationClient
package import Stations
import Synchronization
package import TickLinux
import TickScheduling
package import TickTime

/// The channels' sessions in other programs.
package final class ProgramSessions: StationSessions {
    /// Something that happened to a channel's program.
    package enum Event: Hashable, Sendable {
        case joined(channel: String, process: Int32)
        case left(channel: String)
        case began(channel: String, firstTick: Int64, phaseJump: Nanoseconds?, bound: Nanoseconds)
        case ended(channel: String)
        case failed(channel: String, String)
    }

    private struct State {
        var channels: [String: ProgramChannel] = [:]
        var moment: HostMoment?
        var lastOrder: Int64 = 0
        var isEnded = false
    }

    /// The channels that the station's file gives to programs.
    package let names: Set<String>
    private let state: Mutex<State>
    private let tell: @Sendable (Event) -> Void
    /// Called when there may be something to order. A separate type holds the function: if it were the value of a
    /// `Mutex`, each access would wrap it once more.
    private struct Hint: Sendable {
        let give: @Sendable () -> Void
    }

    private let hint = Mutex<Hint?>(nil)

    /// How long a program may take to carry out an order before its host counts as unfit.
    private static let patience = Nanoseconds.seconds(5)

    package init(_ names: some Sequence<String>, tell: @escaping @Sendable (Event) -> Void) {
        self.names = Set(names)
        self.tell = tell
        var state = State()
        for name in self.names { state.channels[name] = ProgramChannel() }
        self.state = Mutex(state)
    }

    /// Calls this from now on when there may be something to order.
    package func hints(_ hint: @escaping @Sendable () -> Void) { self.hint.withLock { $0 = Hint(give: hint) } }

    /// Takes every channel off air, for good.
    package func end() {
        state.withLock { state in
            state.isEnded = true
            for channel in state.channels.values { channel.link?.gate.clear() }
        }
    }

    /// Why this host cannot carry single channels; `nil`: it can carry all.
    package var refusals: [String: String]? {
        let now = HostClock.monotonic()
        let refusals = state.withLock { state in
            state.channels.compactMapValues { channel -> String? in
                guard let link = channel.link else { return "no program has joined it" }
                if let failure = link.failure { return "its program: \(failure)" }
                guard let open = link.open, now -| open.since > Self.patience else { return nil }
                return "its program does not answer"
            }
        }
        return refusals.isEmpty ? nil : refusals
    }

    /// The last tick that was due in a program with a right, by channel: what is on air as far as this process knows.
    package var lastTicksOnAir: [String: Int64] {
        let now = HostClock.monotonic()
        return state.withLock { state in
            state.channels.compactMapValues { channel in
                guard let link = channel.link, let running = link.running, let right = link.published,
                    let tick = running.grid.lastTickDue(at: now), tick >= max(running.firstTick, right.firstTick)
                else { return nil }
                return tick
            }
        }
    }

    // MARK: - On the station thread

    package func states(at moment: HostMoment) -> [String: ChannelPart.SessionState] {
        // The monotonic clock and BOOTTIME, read so close together that their difference is the suspended time.
        let (monotonic, boot) = (HostClock.monotonic(), HostClock.boot())
        return state.withLock { state in
            state.moment = moment
            return state.channels.compactMapValues { channel in
                guard let running = channel.link?.running else { return nil }
                return running.grid.state(
                    from: running.firstTick, lead: running.lead, uncertainty: running.uncertainty, at: moment,
                    monotonic, boot)
            }
        }
    }

    package func follow(_ decisions: [StationMember.Decision]) {
        let hasOrders = state.withLock { state -> Bool in
            guard !state.isEnded else { return false }
            var hasOrders = false
            for decision in decisions {
                guard var channel = state.channels[decision.channel] else { continue }
                channel.wanted = decision
                publish(&channel)
                state.channels[decision.channel] = channel
                hasOrders = hasOrders || channel.due(state.moment) != nil
            }
            return hasOrders
        }
        if hasOrders { hint.withLock { $0 }?.give() }
    }

    private func publish(_ channel: inout ProgramChannel) {
        var right = channel.wanted?.right
        if let floor = channel.floor, floor.grid == channel.wanted?.records?.grid?.revision {
            right = right?.beginning(atOrAfter: floor.tick)
        }
        guard let link = channel.link, right != link.published else { return }
        channel.link?.published = right
        guard let right else { return link.gate.clear() }
        do { try link.gate.publish(right) } catch {
            link.gate.clear()
            channel.link?.failure = "\(error)"
        }
    }

    // MARK: - On the thread of the socket

    /// A program wants to tick a channel.
    ///
    /// - Parameters:
    ///   - id: of its connection.
    ///   - running: the session that it has already.
    /// - Returns: the memory of its right.
    /// - Throws: `JoinFault`, with the reason for the program.
    package func join(
        _ name: String, id: Int, process: Int32, running: JoinedSession?
    ) throws(JoinFault) -> SharedPage {
        guard names.contains(name) else {
            throw JoinFault(
                "the station's file does not give the channel '\(name)' to a program; "
                    + #"add { "channel": "\#(name)", "consumer": "program" } to its channels"#)
        }
        let page: SharedPage
        do { page = try SharedPage() } catch { throw JoinFault("\(error)") }
        try state.withLock { state throws(JoinFault) in
            guard !state.isEnded else { throw JoinFault("the agent is ending") }
            guard state.channels[name]?.link == nil else {
                throw JoinFault("another program ticks the channel '\(name)'; end it first")
            }
            state.channels[name]?.link = ProgramChannel.Link(id: id, gate: OnAirGate(page), running: running)
            if var channel = state.channels[name] {
                publish(&channel)
                state.channels[name] = channel
            }
        }
        tell(.joined(channel: name, process: process))
        return page
    }

    /// The connection of a program is over.
    package func lost(_ name: String, id: Int) {
        let wasThere = state.withLock { state -> Bool in
            guard let link = state.channels[name]?.link, link.id == id else { return false }
            link.gate.clear()
            state.channels[name]?.link = nil
            guard let running = link.running, let grid = state.channels[name]?.wanted?.records?.grid?.revision else {
                return true
            }
            // Read after the end of the right. No tick is delivered earlier than its lead before its deadline.
            let now = HostClock.monotonic()
            let next = running.grid.lastTickDue(at: now +| running.lead).map { $0 + 1 } ?? 0
            let before = state.channels[name]?.floor.flatMap { $0.grid == grid ? $0.tick : nil } ?? 0
            state.channels[name]?.floor = (max(next, before), grid)
            return true
        }
        if wasThere { tell(.left(channel: name)) }
    }

    /// A program has answered an order.
    package func receive(_ message: ProgramMessage, _ name: String, id: Int) {
        let now = HostClock.monotonic()
        let event = state.withLock { state -> Event? in
            guard var link = state.channels[name]?.link, link.id == id else { return nil }
            defer { state.channels[name]?.link = link }
            switch message {
            case .join: return nil
            case .began(let order, let running):
                let isNew = link.running.map { $0.epoch != running.epoch || $0.firstTick != running.firstTick } ?? true
                link.running = running
                link.failure = nil
                if link.open?.order == order { link.open = nil }
                guard isNew else { return nil }
                let wanted = state.channels[name]?.wanted?.session, moment = state.moment
                return .began(
                    channel: name, firstTick: running.firstTick,
                    phaseJump: wanted.flatMap { session in
                        moment.flatMap { running.grid.jump(to: session.phase, $0) }
                    },
                    bound: Nanoseconds(wanted?.phase.boundNanoseconds ?? 0) +| (moment?.taiBound ?? .zero))
            case .failed(let order, let text):
                link.running = nil
                link.failure = text
                link.retryAt = now +| .seconds(1)
                if order == 0 || link.open?.order == order { link.open = nil }
                return .failed(channel: name, text)
            case .ended(let order):
                link.running = nil
                link.failure = nil
                if link.open?.order == order { link.open = nil }
                return .ended(channel: name)
            }
        }
        if let event { tell(event) }
    }

    /// What programs must do now, by the ids of their connections. Each program gets one order at a time.
    package func orders() -> [(id: Int, message: AgentMessage)] {
        let now = HostClock.monotonic()
        return state.withLock { state in
            guard !state.isEnded else { return [] }
            var orders: [(Int, AgentMessage)] = []
            for name in state.channels.keys.sorted() {
                guard let channel = state.channels[name], let link = channel.link,
                    let kind = channel.due(state.moment)
                else { continue }
                state.lastOrder += 1
                guard let message = channel.message(kind, state.lastOrder, state.moment) else { continue }
                state.channels[name]?.link?.open = (state.lastOrder, now)
                orders.append((link.id, message))
            }
            return orders
        }
    }
}
