package import ChannelRun
package import ClusterClock
import Foundation
package import Stations
import Synchronization
package import TickConfiguration
package import TickLinux
import TickTime

/// The part of a run in its station: the run stamps as the primary while the station's records say so. It carries no
/// channel.
package final class StationLeadership: RunLeadership {
    private let file: StationFile
    private let store: StationStore
    private let memoryPath: String
    private let timing: TenureTiming
    private let tell: @Sendable (StationMember.Event) -> Void
    private let member = Mutex<StationMember?>(nil)

    /// - Parameters:
    ///   - memoryPath: the file that keeps what must outlive the process.
    ///   - tell: takes each event, on a thread of the station's.
    package init(
        _ file: StationFile, cluster: ClusterSetup, store: StationStore, memoryPath: String,
        tell: @escaping @Sendable (StationMember.Event) -> Void
    ) {
        self.file = file
        self.store = store
        self.memoryPath = memoryPath
        self.tell = tell
        timing = TenureTiming(ttl: file.ttl, driftBound: cluster.file.configuration.driftBound)
    }

    package func begin(_ time: ClusterTime, _ authority: consuming LeadershipAuthority) throws(RunFailure) {
        let memory = try StationMember.memory(orFailing: memoryPath)
        var settings = StationMember.Settings(host: file.host, memoryPath: memoryPath)
        settings.timing = timing
        let (leading, clocks) = (Leading(time, authority), AgentClocks(time))
        do {
            let started = try StationMember.start(
                settings, store, memory: memory, sessions: NoSessions(),
                read: {
                    var reading = clocks.reading()
                    reading.fitness.reason = "it runs a profile, and carries no channel"
                    return reading
                },
                lead: { right, tenure in leading.publish(right, tenure) }, tell: tell)
            member.withLock { $0 = started }
        } catch {
            throw RunFailure.unavailable("\(error)")
        }
    }

    package func end() { member.withLock { $0.take() }?.stop() }

    /// A run's sessions are its own.
    private final class NoSessions: StationSessions {
        func states(at moment: HostMoment) -> [String: ChannelPart.SessionState] { [:] }
        func follow(_ decisions: [StationMember.Decision]) {}
    }
}

extension StationMember {
    /// What a station's member kept; nothing at its first start.
    package static func memory(at path: String) throws(SystemError) -> StationMemory? {
        let bytes: [UInt8]
        do { bytes = try SystemFile.read(path, limit: 1 << 20) } catch {
            if error.isMissing { return StationMemory() }
            throw error
        }
        return try? StationJSON.decode(Data(bytes))
    }

    /// What a member kept.
    ///
    /// - Throws: `RunFailure`: 65 if the file is damaged, 69 or 77 if it cannot be read.
    static func memory(orFailing path: String) throws(RunFailure) -> StationMemory {
        let memory: StationMemory?
        do { memory = try StationMember.memory(at: path) } catch {
            throw RunFailure(error, "the state \(path) cannot be read: \(error)")
        }
        guard let memory else {
            throw RunFailure.badData(
                "\(path) is damaged; restore it, or remove it if no other host of the station runs now")
        }
        return memory
    }
}
