import Synchronization
import TickLinux
import TickReports
package import TickScheduling
package import TickTime

/// Receives the ticks of an agent's loop, on its drain thread: feeds the channels' commands and counts.
package final class AgentObserver: LoopObserver, @unchecked Sendable {
    /// What a channel delivered so far.
    package struct Counts: Hashable, Sendable {
        package var onAir: Int64 = 0
        package var offAir: Int64 = 0
        package var unfenced: Int64 = 0
        package var lastOnAir: Int64?
    }

    /// The function has a type of its own around it. As the value of a `Mutex`, each access would wrap it once more, and
    /// after some ten thousand ticks a call would need more stack than the thread has.
    private struct Names: Sendable {
        let name: @Sendable (Int32) -> String?
    }

    private let counted = Mutex<[String: Counts]>([:])
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

    package var counts: [String: Counts] { counted.withLock { $0 } }

    package func channel(of session: Int32) -> String? { names.withLock { $0 }?.name(session) }

    package func delivered(_ record: TickRecord) {
        guard let channel = channel(of: record.tick.session.index) else { return }
        counted.withLock { counts in
            switch record.tick.air {
            case .onAir: counts[channel, default: Counts()].onAir += 1
            case .unfenced: counts[channel, default: Counts()].unfenced += 1
            case .offAir, nil: counts[channel, default: Counts()].offAir += 1
            }
            if record.tick.air?.isOnAir ?? false { counts[channel]?.lastOnAir = record.tick.index }
        }
        guard let command = commands[channel] else { return }
        json.removeAll()
        TickLine.write(record, session: channel, timecode: nil, to: &json)
        command.add(json.utf8)
    }

    package func drained(at now: MonotonicInstant) {
        for (channel, command) in commands {
            if let text = command.flush(at: now) { tell("\(channel): \(text)") }
        }
    }
}
