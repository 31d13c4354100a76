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

/// Runs one host of a station: its node, its channels, and its part in the decision which host has them.
enum AgentCommand: Command {
    static let name = "agent"
    static let summary = "run a host of a station: its channels, on air or as a standby"
    static let operands = ""
    static let discussion = """
        Runs this host's member of the cluster, and ticks the channels that name this host, each
        on air or off air. Transactions in etcd decide which host has a channel, and which host is
        the primary of the cluster. 'tickrun channel put' creates a channel, 'tickrun channel
        move' moves it, and 'tickrun station status' shows all.

        FILE is a JSON file ('tickrun config schema station' prints its form):

          { "schema": "tickrun/station/1", "station": "studio-a", "host": "a",
            "cluster": "a.json", "state": "a.station.json",
            "etcd": [ { "endpoint": "http://127.0.0.1:2379" } ],
            "loops": [ { "cpu": 2, "fifo_priority": 80 }, { "cpu": 3, "fifo_priority": 80 } ],
            "channels": [ { "channel": "one", "exec": "play-one", "loop": 1 } ] }

        "loops" are threads that tick the channels; the default is one. A channel has the "loop"
        that the file gives it. Every other channel gets the loop with the fewest channels: first
        those of the file in the order of their names, and then those that are put. A channel
        never changes its loop. With one loop the journal is FILE; with several, each loop has its
        own: NAME-0.journal, NAME-1.journal.

        A channel's "exec" is a shell command that receives one line of JSON a tick on its
        standard input, as 'tickrun RATE --json' prints it. A command that is too slow loses
        lines, and the agent says how many; no tick waits for it. With "consumer": "program" a
        program that links the library ticks the channel instead. It joins at "join_socket".
        Without the program this host does not carry the channel.

        The name of the journal may contain %{run} (STATION_HOST), %{date} and %{time}, as for
        'tickrun run'. A journal never overwrites a file: if the name is taken, it gets a number.

        --metrics keeps the state of the host and its channels in a file for Prometheus. Metrics
        of ticks have the names that they have in a run, with a channel as a session.

        Each event is one line on standard error. On a terminal a screen covers these lines; they
        are printed when the screen closes. The screen shows the host's tenure, the primary, how
        long ago etcd answered, and each channel with its role, its ticks and whether it is on
        air. With --json an event is an object on standard output too, and the state of the
        channels follows once a second.

        The first SIGINT or SIGTERM gives the channels up and ends the agent; another host takes
        them over at once. Exit code 0; 65 if the file is wrong; 69 if the node's address is
        taken; 77 if others may read the keys; 78 if the keys do not fit the cluster. If etcd does
        not answer, the agent does not end: it waits for etcd.
        """
    static let options: [CommandOption] =
        [
            CommandOption("--station", .required("FILE"), "this host's station file"),
            CommandOption("--journal", .required("FILE"), "record the ticks in a new file, for 'tickrun replay'"),
            CommandOption("--duration", .required("TIME"), "end after this time: 10s, 5m (default: on a signal)"),
        ] + RunMetricsFile.options
        + [
            CommandOption("--live", .required("on|off"), "a screen of the host and its channels (on a terminal: on)"),
            CommandOption("--quiet", .none, "print only warnings; no screen"),
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
        let metrics = try RunMetricsFile(arguments)
        let setup = try StationSetup(path)
        let cluster = try ClusterSetup(setup.place(setup.file.cluster))
        let interrupts: InterruptWatch
        do { interrupts = try InterruptWatch() } catch { throw RunFailure.unavailable("\(error)") }
        let isQuiet = arguments.has("--quiet"), wanted = try arguments.onOff("--live")
        if wanted == true, !LiveScreen.isPossible {
            Commentary.say("--live on: standard error is not a terminal, so the agent runs without a screen")
        }
        let isLive = LiveScreen.isPossible && !isQuiet && (wanted ?? !arguments.wantsJSON)
        let lines = AgentLines(host: setup.file.host, asJSON: arguments.wantsJSON, isQuiet: isQuiet)
        var options = Agent.Options(program: RunProgram.tickrun.text)
        if let journal = arguments.text("--journal") {
            let names = OutputNames(run: "\(setup.file.station) \(setup.file.host)", begin: HostClock.utc())
            options.journal = try names.fill(journal, option: "--journal")
        }
        let agent = try Agent(
            setup.file, cluster: cluster, store: setup.store, memoryPath: setup.place(setup.file.state),
            joinPath: setup.file.joinSocket.map { setup.place($0) }, options
        ) { lines.tell($0) }
        var notices = ServiceNotices(ServiceManager())
        notices.ready()
        var screen = isLive ? AgentScreen() : nil
        watch(agent, interrupts, for: duration, &notices, &screen, lines, metrics)
        screen?.close()
        notices.tell("STOPPING=1")
        agent.stop()
        if let metrics {
            agent.offer(metrics, .tickrun, isOver: true)
            metrics.write()
        }
        if let failure = metrics?.failure { throw failure }
        if let failure = lines.failure { throw failure }
        return .good
    }

    /// Shows the state until a signal comes, the duration is over, or the results can no longer be written.
    private static func watch(
        _ agent: Agent, _ interrupts: borrowing InterruptWatch, for duration: Nanoseconds?,
        _ notices: inout ServiceNotices, _ screen: inout AgentScreen?, _ lines: AgentLines, _ metrics: RunMetricsFile?
    ) {
        var housekeeping = NodeHousekeeping(agent.node)
        let begin = HostClock.monotonic(), turn = screen == nil ? Nanoseconds.seconds(1) : AgentScreen.interval
        var next = begin, isOver = false
        while !isOver {
            let left = duration.map { $0 -| (HostClock.monotonic() -| begin) }
            let wait = min(turn, max(.zero, left ?? turn))
            let wasInterrupted = interrupts.asksToEnd(within: wait)
            isOver = wasInterrupted || left.map { $0 <= wait } ?? false || lines.failure != nil
            notices.pet()
            screen?.paint(agent)
            // Everything else happens once a second, independent of how often the screen is painted.
            let now = HostClock.monotonic()
            guard now >= next || isOver else { continue }
            next = now +| .milliseconds(900)
            if let moment = agent.node.moment {
                for text in housekeeping.look(moment.report) { lines.tell(.text(text)) }
            }
            let report = agent.member.report, counts = agent.counts
            notices.status(lines.status(report, counts))
            lines.write(report, counts) { agent.loop(of: $0) }
            if let metrics, metrics.isDue(at: now) {
                agent.offer(metrics, .tickrun)
                metrics.write()
            }
        }
    }
}
