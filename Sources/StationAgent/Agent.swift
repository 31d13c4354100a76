// An agent: a host's member of its cluster, its member of the station, and a loop with its channels.

package import ChannelRun
import ClusterClock
import ClusterLinux
import Stations
import Synchronization
package import TickConfiguration
import TickJournal
package import TickLinux
import TickReports
import TickScheduling
import TickTime

/// The agent of one host.
package final class Agent: Sendable {
    package struct Options: Sendable {
        package var journal: String?
        package var thread = ThreadRequest()
        package var program: String
        /// How many channels the loop has room for.
        package var channels = 64

        package init(program: String) { self.program = program }
    }

    /// Something that an operator should know.
    package enum Event: Sendable {
        case station(StationMember.Event)
        case session(AgentChannels.Event)
        case program(ProgramSessions.Event)
        case text(String)
    }

    package let node: NodeService
    package let member: StationMember
    package let observer: AgentObserver
    private let channels: AgentChannels
    private let programs: ProgramSessions
    private let joins: JoinServer?
    private let runner: TickRunner
    private let journal: JournalObserver?
    private let journalPath: String?

    /// Starts a host's agent.
    ///
    /// - Parameters:
    ///   - memoryPath: the file that keeps what must outlive the process.
    ///   - joinPath: the socket at which programs join channels; `nil`: none.
    ///   - tell: takes each event; called on several threads.
    /// - Throws: `RunFailure`: 69 the node's address or the socket is taken, or a file cannot be made, 77 or 78 for keys.
    package init(
        _ file: StationFile, cluster: ClusterSetup, store: StationStore, memoryPath: String, joinPath: String? = nil,
        _ options: Options, tell: @escaping @Sendable (Event) -> Void
    ) throws(RunFailure) {
        let memory = try StationMember.memory(orFailing: memoryPath)
        node = try NodeService(cluster, isAskable: true) { _, text in tell(.text(text)) }
        let observer = AgentObserver(
            commands: Dictionary(
                uniqueKeysWithValues: file.channels.compactMap { channel in channel.exec.map { (channel.name, $0) } }),
            tell: { tell(.text($0)) })
        let time = node.node.time
        let runnerOptions = TickRunnerOptions(
            loop: TickLoopOptions(
                ringCapacity: TickRunnerOptions.defaultRingCapacity, spareSessions: 2 * options.channels,
                spareBlocks: 16_384, endsWhenIdle: false, time: time),
            thread: options.thread)
        var journal: JournalObserver?
        do throws(RunFailure) {
            if let path = options.journal {
                let made = JournalObserver(
                    try Self.journal(path), name: "\(file.station) \(file.host)", wait: .hybrid,
                    program: options.program,
                    names: { .init(session: observer.channel(of: $0.id.index) ?? "session \($0.id.index)") },
                    complain: { tell(.text("the journal ends here: \($0)")) }, observer: observer)
                journal = made
                runner = try Self.start(runnerOptions, made)
            } else {
                runner = try Self.start(runnerOptions, observer)
            }
        } catch {
            node.stop()
            throw error
        }
        self.journal = journal
        journalPath = options.journal
        self.observer = observer
        let channels = AgentChannels(runner.control) { tell(.session($0)) }
        self.channels = channels
        observer.names { channels.name(of: $0) }
        let programs = ProgramSessions(file.channels.filter { $0.consumer == .program }.map(\.name)) {
            tell(.program($0))
        }
        self.programs = programs
        do { joins = try joinPath.map { path throws(SystemError) in try JoinServer.start(path, programs) } } catch {
            runner.control.requestStop()
            _ = runner.wait()
            node.stop()
            throw RunFailure(error, "programs cannot join at the socket: \(error)")
        }
        var settings = StationMember.Settings(host: file.host, memoryPath: memoryPath)
        settings.timing = TenureTiming(ttl: file.ttl, driftBound: cluster.file.configuration.driftBound)
        let clocks = AgentClocks(time)
        let leading = Leading(time, node.node.takeLeadershipAuthority())
        do {
            member = try StationMember.start(
                settings, store, memory: memory, sessions: ConsumedSessions(channels, programs),
                read: {
                    var reading = clocks.reading()
                    reading.fitness.refusedChannels = programs.refusals
                    return reading
                },
                lead: { right, tenure in leading.publish(right, tenure) },
                tell: { tell(.station($0)) })
        } catch {
            joins?.stop()
            runner.control.requestStop()
            _ = runner.wait()
            node.stop()
            throw RunFailure.unavailable("\(error)")
        }
    }

    /// What each channel delivered so far. Of one that a program ticks, the last tick on air alone is known.
    package var counts: [String: AgentObserver.Counts] {
        let programs = programs.lastTicksOnAir.mapValues { AgentObserver.Counts(lastOnAir: $0) }
        return observer.counts.merging(programs) { _, programs in programs }
    }

    private static func journal(_ path: String) throws(RunFailure) -> JournalFile {
        do { return try JournalFile(creating: path) } catch {
            throw RunFailure(error, "the journal \(path) cannot be created: \(error)")
        }
    }

    private static func start(
        _ options: TickRunnerOptions, _ observer: some LoopObserver
    ) throws(RunFailure) -> TickRunner {
        do { return try TickRunner.start([], options: options, observer: observer) } catch {
            throw RunFailure.unavailable("\(error)")
        }
    }

    /// Ends the agent: off air, the tenure given up, the loop ended.
    package func stop() {
        channels.end()
        programs.end()
        member.stop()
        joins?.stop()
        runner.control.requestStop()
        let ending = runner.wait()
        journal?.finish(ending)
        node.stop()
    }
}
