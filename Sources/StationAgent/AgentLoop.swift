import ChannelRun
import TickConfiguration
import TickJournal
import TickLinux
import TickReports
import TickScheduling
import TickTime

/// One loop of an agent: its thread, what watches it, and its journal.
struct AgentLoop: Sendable {
    let observer: AgentObserver
    let runner: TickRunner
    private let journal: JournalObserver?

    /// Starts the loop; it has no session yet.
    ///
    /// - Parameters:
    ///   - number: its place among the loops of the file.
    ///   - channels: which loop ticks which channel: each loop feeds the commands of its own.
    /// - Throws: `RunFailure`: 69 if a file cannot be made.
    init(
        _ number: Int, of file: StationFile, _ channels: ChannelLoops, _ time: ClusterTime, _ options: Agent.Options,
        tell: @escaping @Sendable (String) -> Void
    ) throws(RunFailure) {
        let commands = file.channels.compactMap { channel in
            channels.loop(of: channel.name) == number ? channel.exec.map { (channel.name, $0) } : nil
        }
        let observer = AgentObserver(commands: Dictionary(uniqueKeysWithValues: commands), tell: tell)
        self.observer = observer
        let request = file.loops[number]
        let runnerOptions = TickRunnerOptions(
            loop: TickLoopOptions(
                ringCapacity: TickRunnerOptions.defaultRingCapacity, spareSessions: 2 * options.channels,
                spareBlocks: 16_384, endsWhenIdle: false, time: time),
            thread: ThreadRequest(
                fifoPriority: request.fifoPriority, cpu: request.cpu, lockMemory: request.lockMemory))
        guard let path = options.journal else {
            self.journal = nil
            runner = try Self.start(runnerOptions, observer)
            return
        }
        let isAlone = file.loops.count == 1
        let recording = JournalObserver(
            try Self.journal(isAlone ? path : OutputNames.suffixed(path, "\(number)")),
            name: "\(file.station) \(file.host)" + (isAlone ? "" : " \(number)"), wait: .hybrid,
            program: options.program,
            names: { .init(session: observer.channel(of: $0.id.index) ?? "session \($0.id.index)") },
            complain: { tell("the journal ends here: \($0)") }, observer: observer)
        self.journal = recording
        runner = try Self.start(runnerOptions, recording)
    }

    /// The requests of the loops that the host refused, each once.
    static func refusals(_ loops: [AgentLoop]) -> [String] {
        var said: [String] = []
        for grant in loops.flatMap(\.runner.beginning.grants) {
            guard let refusal = grant.refusal else { continue }
            let text = "\(grant.detail): \(refusal); \(grant.remedy)"
            if !said.contains(text) { said.append(text) }
        }
        return said
    }

    private static func journal(_ path: String) throws(RunFailure) -> JournalFile {
        do throws(SystemError) {
            return try OutputNames.firstFree(path) { name throws(SystemError) in try JournalFile(creating: name) }
        } catch {
            throw RunFailure(
                error, "the journal \(path) cannot be created: \(error); \(OutputFile.remedy(after: error))")
        }
    }

    private static func start(
        _ options: TickRunnerOptions, _ observer: some LoopObserver
    ) throws(RunFailure) -> TickRunner {
        do { return try TickRunner.start([], options: options, observer: observer) } catch {
            throw RunFailure.unavailable("\(error)")
        }
    }

    /// Ends the loop, and completes its journal.
    func stop() {
        runner.control.requestStop()
        let ending = runner.wait()
        journal?.finish(ending)
    }
}
