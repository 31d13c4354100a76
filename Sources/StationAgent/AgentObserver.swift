import Synchronization
package import TickLinux
package import TickReports
package import TickScheduling
package import TickTime

/// Receives the ticks of an agent's loop, on its drain thread: feeds the channels' commands and counts.
package final class AgentObserver: LoopObserver, @unchecked Sendable {
    /// What a channel delivered so far.
    package struct Counts: Hashable, Sendable {
        /// `nil` for a channel that a program ticks: the agent does not count its ticks.
        package var onAir: Int64?
        package var offAir: Int64?
        package var unfenced: Int64?
        package var lastOnAir: Int64?

        /// Of a channel that the agent ticks, before its first tick.
        package static let none = Counts(onAir: 0, offAir: 0, unfenced: 0)
    }

    /// The ticks of a channel so far, in all sessions that it had in this loop.
    package struct Measured: Sendable {
        package fileprivate(set) var statistics: SessionStatistics
        package fileprivate(set) var lastOnAir: Int64?
        /// The number of the session that ticks it; `nil`: none does.
        fileprivate var session: Int32?

        /// Whether a session ticks it.
        package var isTicking: Bool { session != nil }

        package var counts: Counts {
            let air = statistics.air ?? AirStatistics()
            return Counts(
                onAir: air.onAir - air.unfenced, offAir: air.offAir, unfenced: air.unfenced, lastOnAir: lastOnAir)
        }
    }

    /// Only the drain thread writes it.
    private struct State {
        var channels: [String: Measured] = [:]
        let latencies = LatencyStatistics()
        var lostRecords: Int64 = 0
    }

    private let state = Mutex(State())

    /// A separate type holds the function. If the function were the value of a `Mutex`, each access would wrap it once
    /// more, and after some ten thousand ticks a call would need more stack than the thread has.
    private struct Names: Sendable {
        let name: @Sendable (Int32) -> String?
    }

    private let names = Mutex<Names?>(nil)
    private var commands: [String: AgentExec]
    private let tell: @Sendable (String) -> Void
    private var json = JSONText(capacity: 1_024)

    /// - Parameter commands: by channel.
    package init(commands: [String: String], tell: @escaping @Sendable (String) -> Void) {
        self.commands = commands.mapValues { AgentExec($0) }
        self.tell = tell
    }

    /// Names the channels' sessions from now on.
    package func names(_ names: @escaping @Sendable (Int32) -> String?) {
        self.names.withLock { $0 = Names(name: names) }
    }

    /// By channel.
    package var measured: [String: Measured] { state.withLock { $0.channels } }

    /// What the loop measured, as metrics show it.
    package var metrics: StationMetrics.Loop {
        state.withLock { StationMetrics.Loop($0.latencies, lostRecords: $0.lostRecords) }
    }

    /// What the loop measured, as a screen shows it.
    package var figures: StationFrame.Loop { state.withLock { StationFrame.Loop($0.latencies) } }

    package func channel(of session: Int32) -> String? { names.withLock { $0 }?.name(session) }

    package func changed(_ change: LoopChange) {
        switch change {
        case .added(let addition):
            guard let channel = channel(of: addition.id.index) else { return }
            let (epoch, rate, first) = (addition.epoch, addition.plan.rate, addition.plan.beginTick)
            state.withLock { state in
                if state.channels[channel] == nil {
                    let statistics = SessionStatistics(epoch: epoch, rate: rate, firstTick: first)
                    state.channels[channel] = Measured(statistics: statistics)
                } else {
                    state.channels[channel]?.statistics.goOn(with: epoch, rate: rate, firstTick: first)
                }
                state.channels[channel]?.session = addition.id.index
            }
        case .withdrawn(let id), .removed(let id, _):
            state.withLock { state in
                for (name, channel) in state.channels where channel.session == id.index {
                    state.channels[name]?.session = nil
                }
            }
        case .appended: break
        }
    }

    package func delivered(_ record: TickRecord) {
        guard let channel = channel(of: record.tick.session.index) else { return }
        state.withLock { state in
            state.latencies.record(record)
            state.channels[channel]?.statistics.record(record)
            if record.tick.air?.isOnAir ?? false { state.channels[channel]?.lastOnAir = record.tick.index }
        }
        guard let command = commands[channel] else { return }
        json.removeAll()
        TickLine.write(record, session: channel, timecode: nil, to: &json)
        command.add(json.utf8)
    }

    package func incident(_ incident: LoopIncident) {
        if case .recordsLost(let count) = incident { state.withLock { $0.lostRecords += Int64(count) } }
    }

    package func drained(at now: MonotonicInstant) {
        for (channel, command) in commands {
            if let text = command.flush(at: now) { tell("\(channel): \(text)") }
        }
    }
}
