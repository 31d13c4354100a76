// An agent: a host's member of its cluster, its member of the station, and loops with its channels.

package import ChannelRun
import ClusterClock
import ClusterLinux
import Stations
import Synchronization
package import TickConfiguration
import TickLinux
package import TickReports
import TickTime

/// The agent of one host.
package final class Agent: Sendable {
    package struct Options: Sendable {
        /// The journal's path. With several loops each loop has its own journal, with the loop's number in the name. A
        /// name that is taken gets another number.
        package var journal: String?
        package var program: String
        /// How many channels each loop has room for.
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
    let station: String
    let host: String
    private let channels: AgentChannels
    private let programs: ProgramSessions
    private let joins: JoinServer?
    private let loops: [AgentLoop]

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
        (station, host) = (file.station, file.host)
        node = try NodeService(cluster, isAskable: true) { _, text in tell(.text(text)) }
        let channelLoops = ChannelLoops(file.channels, count: file.loops.count), time = node.node.time
        var loops: [AgentLoop] = []
        do throws(RunFailure) {
            for number in file.loops.indices {
                loops.append(try AgentLoop(number, of: file, channelLoops, time, options) { tell(.text($0)) })
            }
        } catch {
            for loop in loops { loop.stop() }
            node.stop()
            throw error
        }
        self.loops = loops
        for refusal in AgentLoop.refusals(loops) { tell(.text(refusal)) }
        let channels = AgentChannels(loops.map(\.runner.control), channelLoops) { tell(.session($0)) }
        self.channels = channels
        for (number, loop) in loops.enumerated() {
            loop.observer.names { channels.name(of: $0, inLoop: number) }
        }
        let programs = ProgramSessions(file.channels.filter { $0.consumer == .program }.map(\.name)) {
            tell(.program($0))
        }
        self.programs = programs
        do { joins = try joinPath.map { path throws(SystemError) in try JoinServer.start(path, programs) } } catch {
            for loop in loops { loop.stop() }
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
            for loop in loops { loop.stop() }
            node.stop()
            throw RunFailure.unavailable("\(error)")
        }
    }

    /// The loop that ticks a channel; `nil`: the agent has not met it.
    package func loop(of channel: String) -> Int? { channels.loop(of: channel) }

    /// What each channel delivered so far. For a channel that a program ticks, only the last tick on air is known.
    package var counts: [String: AgentObserver.Counts] {
        let last = programs.lastTicksOnAir
        return programs.names.reduce(into: measured.mapValues(\.counts)) { counts, name in
            counts[name] = AgentObserver.Counts(lastOnAir: last[name])
        }
    }

    /// The ticks of each channel so far. A channel is in one loop.
    var measured: [String: AgentObserver.Measured] {
        loops.reduce(into: [:]) { all, loop in all.merge(loop.observer.measured) { first, _ in first } }
    }

    /// What each loop measured.
    var loopMetrics: [StationMetrics.Loop] { loops.map(\.observer.metrics) }

    /// The same for a screen. It must walk through each loop's histogram.
    package var figures: [StationFrame.Loop] { loops.map(\.observer.figures) }

    /// Ends the agent: takes all channels off air, gives the tenure up, and ends the loops.
    package func stop() {
        channels.end()
        programs.end()
        member.stop()
        joins?.stop()
        for loop in loops { loop.stop() }
        node.stop()
    }
}
