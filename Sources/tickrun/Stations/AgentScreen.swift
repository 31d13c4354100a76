import ChannelRun
import StationAgent
import Stations
import TickLinux
import TickReports
import TickTime

/// The live screen of an agent. The main thread paints it, so it does not delay a tick, a record or the station.
struct AgentScreen {
    /// How often it is painted.
    static let interval = Nanoseconds.milliseconds(200)
    /// How often the percentiles are computed, which needs a walk through each histogram.
    private static let figuresInterval = Nanoseconds.seconds(1)
    /// The last events that are on it, at most.
    private static let events = 4

    private var screen = LiveScreen()
    private let begin = HostClock.monotonic()
    private var figures: [StationFrame.Loop] = []
    private var nextFigures: MonotonicInstant?

    mutating func paint(_ agent: Agent) {
        let now = HostClock.monotonic()
        guard screen.isDue(at: now) else { return }
        if now >= nextFigures ?? now {
            nextFigures = now +| Self.figuresInterval
            figures = agent.figures
        }
        let state = agent.state(), best = agent.node.moment?.best
        let loops = state.channels.compactMap { channel in agent.loop(of: channel.name).map { (channel.name, $0) } }
        screen.paint(
            StationFrame(
                state, utc: HostClock.utc(), elapsed: now -| begin, primary: Self.primary(agent.member.report),
                time: best.map { "time \($0.quality.rawValue)\($0.isTraceable ? "" : ", untraceable")" } ?? "",
                loopOfChannel: Dictionary(uniqueKeysWithValues: loops), loops: figures,
                events: Commentary.held(last: Self.events)),
            at: now)
    }

    /// Gives the terminal back as it was.
    mutating func close() { screen.close() }

    private static func primary(_ report: StationMember.Report) -> String {
        if let right = report.right { return "primary (view \(right.view))" }
        guard let record = report.records?.primary?.record else { return "no primary" }
        return "primary \(record.host) (view \(record.view))"
    }
}
