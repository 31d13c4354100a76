import ChannelRun
import EtcdClient
import LinuxService
import StationAgent
import Stations
import TickConfiguration
import TickLinux
import TickReports
import TickScheduling
import TickTime

/// Runs one host of a station: its node, its channels, and its part in who has them.
enum AgentCommand: Command {
    static let name = "agent"
    static let summary = "run a host of a station: its channels, on air or as a standby"
    static let operands = ""
    static let discussion = """
        Runs this host's member of the cluster, and ticks the channels that name this host, each
        on air or off air. Which host has a channel is decided by transactions in etcd, as is the
        primary of the cluster. 'tickrun channel put' creates a channel, 'tickrun channel move'
        moves it, and 'tickrun station status' shows all.

        FILE is a JSON file ('tickrun config schema station' prints its form):

          { "schema": "tickrun/station/1", "station": "studio-a", "host": "a",
            "cluster": "a.json", "state": "a.station.json",
            "etcd": [ { "endpoint": "http://127.0.0.1:2379" } ],
            "channels": [ { "channel": "one", "exec": "play-one" } ] }

        A channel's "exec" is a shell command that receives one line of JSON a tick on its
        standard input, as 'tickrun RATE --json' prints it. A command that is too slow loses
        lines, and the agent says how many; no tick waits for it. With "consumer": "program" a
        program that links the library ticks the channel instead. It joins at "join_socket", and
        without it this host does not carry the channel.

        What happens is a line on standard error. With --json it is an object on standard output
        too, and the state of the channels follows once a second.

        The first SIGINT or SIGTERM gives the channels up and ends the agent: another host takes
        them over at once. Exit code 0; 65 where the file is wrong; 69 where the node's address is
        taken; 77 where others may read the keys; 78 where the keys do not fit the cluster. An
        etcd that does not answer ends nothing: the agent waits for it.
        """
    static let options: [CommandOption] = [
        CommandOption("--station", .required("FILE"), "the station, as this host has it"),
        CommandOption("--journal", .required("FILE"), "record the ticks and what happened to them"),
        CommandOption("--duration", .required("TIME"), "end after this time: 10s, 5m"),
        .json,
    ]
    static let examples = [
        "tickrun agent --station Fixtures/station/a.json --duration 20s"
    ]

    static func run(_ arguments: Arguments) throws(RunFailure) -> ExitCode {
        try arguments.refuseOperands(after: 0)
        guard let path = arguments.text("--station") else {
            throw arguments.failure("give --station FILE")
        }
        let duration = try arguments.duration("--duration")
        if let duration, duration <= .zero { throw arguments.failure("--duration: give more than 0") }
        let setup = try StationSetup(path)
        let cluster = try ClusterSetup(setup.place(setup.file.cluster))
        let interrupts: InterruptWatch
        do { interrupts = try InterruptWatch() } catch { throw RunFailure.unavailable("\(error)") }
        let lines = AgentLines(host: setup.file.host, asJSON: arguments.wantsJSON)
        var options = Agent.Options(program: RunProgram.tickrun.text)
        options.journal = arguments.text("--journal")
        let agent = try Agent(
            setup.file, cluster: cluster, store: setup.store, memoryPath: setup.place(setup.file.state),
            joinPath: setup.file.joinSocket.map { setup.place($0) }, options
        ) { lines.tell($0) }
        var notices = ServiceNotices(ServiceManager())
        notices.ready()
        var housekeeping = NodeHousekeeping(agent.node)
        let begin = HostClock.monotonic()
        var isOver = false
        while !isOver {
            let left = duration.map { $0 -| (HostClock.monotonic() -| begin) }
            let wait = min(.seconds(1), max(.zero, left ?? .seconds(1)))
            let wasInterrupted = interrupts.asksToEnd(within: wait)
            isOver = wasInterrupted || left.map { $0 <= wait } ?? false || lines.failure != nil
            notices.pet()
            if let moment = agent.node.moment {
                for text in housekeeping.look(moment.report) { lines.tell(.text(text)) }
            }
            let report = agent.member.report
            notices.status(lines.status(report, agent.counts))
            lines.write(report, agent.counts)
        }
        notices.tell("STOPPING=1")
        agent.stop()
        if let failure = lines.failure { throw failure }
        return .good
    }
}
