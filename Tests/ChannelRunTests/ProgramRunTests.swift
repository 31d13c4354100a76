import ChannelRun
import Foundation
import Glibc
import Synchronization
import TestSupport
import Testing
import TickConfiguration
import TickLinux
import TickReports
import TickScheduling
import TickTime

/// A run as another program makes it: no command line, and what is said comes to the program.
@Suite("A run within another program", .serialized)
struct ProgramRunTests {
    private static func plan(
        length: RunLength = .ticks(20), work: Nanoseconds = .zero, levels: ServiceLevels? = nil
    ) throws -> RunPlan {
        let session = SessionProfile(
            id: "main", rate: try FrameRate(1_000), work: work, length: length,
            serviceLevels: levels ?? ServiceLevels(), statesLevels: true)
        return try RunPlan(Profile(name: "program", sessions: [session]))
    }

    /// Signals are the test process's own.
    private static var options: RunOptions {
        var options = RunOptions()
        options.readsSignals = false
        return options
    }

    private final class Said: Sendable {
        private let list = Mutex<[String]>([])
        var lines: [String] { list.withLock(\.self) }
        func add(_ line: String) { list.withLock { $0.append(line) } }
    }

    /// What is said while `body` runs.
    ///
    /// - Parameter hears: takes each line as it is said, on the thread that says it.
    private static func listening<Result>(
        _ hears: @escaping @Sendable (String) -> Void = { _ in }, _ body: () throws -> Result
    ) rethrows -> (Result, [String]) {
        let said = Said()
        Commentary.redirect { line, _ in
            said.add(line)
            hears(line)
        }
        defer { Commentary.redirect(to: nil) }
        return (try body(), said.lines)
    }

    @Test("a plan made in code delivers its ticks, and the summary counts them")
    func ticks() throws {
        let (result, _) = try Self.listening { try RunExecution.run(try Self.plan(), Self.options) }
        #expect(result.summary.name == "program" && result.summary.ending == .ticks)
        let session = try #require(result.summary.sessions.first)
        #expect(result.summary.sessions.count == 1 && session.id == "main" && session.isComplete)
        #expect(session.statistics.delivered == 20 && session.statistics.skipped == 0)
        #expect(result.summary.verdict == .notJudged)
        #expect(result.failure == nil && result.exitCode == .good)
        // Twenty periods of a millisecond, less the one after the last tick.
        #expect(result.summary.elapsed >= .milliseconds(19))
    }

    @Test("a level that is missed is a bad verdict, and no failure")
    func missedLevel() throws {
        let plan = try Self.plan(work: .milliseconds(3), levels: .standard)
        let (result, said) = try Self.listening { try RunExecution.run(plan, Self.options) }
        #expect(result.summary.verdict == .fail)
        #expect(result.failure == nil && result.exitCode == .badVerdict)
        #expect(said.contains { $0.contains("late") }, "\(said)")
    }

    @Test("journal, reports and metrics are left where the program wants them")
    func files() throws {
        let temporary = try TemporaryFolder()
        let folder = temporary.path
        var options = Self.options
        options.journal = .init("\(folder)/%{run}.journal", sync: .none)
        options.reports = ["\(folder)/page.html", "\(folder)/lateness.hgrm"]
        options.metrics = .init("\(folder)/run.prom", every: .milliseconds(100))
        let (result, _) = try Self.listening { try RunExecution.run(try Self.plan(), options) }
        #expect(result.failure == nil, "\(result.failure?.message ?? "")")
        let names = try FileManager.default.contentsOfDirectory(atPath: folder).sorted()
        #expect(names == ["lateness.hgrm", "page.html", "program.journal", "run.prom"])
    }

    @Test("metrics that cannot be written are a failure of the result; a report's folder is checked before the run")
    func unwritten() throws {
        var options = Self.options
        options.metrics = .init("/none/run.prom")
        let (result, _) = try Self.listening { try RunExecution.run(try Self.plan(), options) }
        #expect(result.summary.sessions.first?.statistics.delivered == 20)
        #expect(result.exitCode == .unavailable)
        #expect(result.failure?.message.contains("/none/run.prom") == true, "\(result.failure?.message ?? "")")
        options.reports = ["/none/page.html"]
        let error = #expect(throws: RunFailure.self) { try RunExecution.run(try Self.plan(), options) }
        #expect(error?.exitCode == .unavailable && error?.message.contains("/none/page.html") == true)
    }

    @Test("the program ends a run before its plan does")
    func stop() throws {
        let stop = RunStop()
        var options = Self.options
        options.stop = stop
        // Its first incident shows that it runs.
        let plan = try Self.plan(length: .duration(.seconds(600)), work: .milliseconds(3))
        let (result, _) = try Self.listening({ if $0.contains("late") { stop.request() } }) {
            try RunExecution.run(plan, options)
        }
        #expect(result.summary.ending == .request && result.exitCode == .good)
        #expect(result.summary.elapsed < .seconds(60))
        #expect(result.summary.lines.contains { $0.contains("ended on request") }, "\(result.summary.lines)")
    }

    @Test("a run that may not begin throws before its first tick, with the exit code that tells why")
    func gate() throws {
        var options = Self.options
        options.gate = try RunSyncGate(.result(file: "/none/time_sync.json", maxAge: nil))
        let error = #expect(throws: RunFailure.self) { try RunExecution.run(try Self.plan(), options) }
        #expect(error?.exitCode == .unavailable)
        #expect(error?.message.contains("/none/time_sync.json") == true, "\(error?.message ?? "")")
    }

    @Test("the program ends a run that still waits for its clock, before its first tick")
    func stopWhileWaiting() throws {
        let stop = RunStop()
        var options = Self.options
        options.gate = try RunSyncGate(.result(file: "/none/time_sync.json", maxAge: nil), wait: .seconds(600))
        options.stop = stop
        let plan = try Self.plan()
        let (error, said) = Self.listening({ if $0.hasPrefix("waiting for the clock") { stop.request() } }) {
            #expect(throws: RunFailure.self) { try RunExecution.run(plan, options) }
        }
        #expect(error?.exitCode == .unavailable)
        #expect(error?.message == "ended on request while it waited for the clock")
        #expect(said.contains { $0.hasPrefix("waiting for the clock") }, "\(said)")
    }

    /// What a handler leaves for another thread.
    private final class Frames: Sendable {
        let calls = Atomic<Int64>(0)
        let indexes = Atomic<Int64>(0)
        let thread = Atomic<UInt>(0)
    }

    @Test("a session's handler receives each of its ticks, on a thread of the loop's own")
    func handler() throws {
        let frames = Frames()
        var options = Self.options
        options.handlers["main"] = TickHandler { tick in
            frames.calls.add(1, ordering: .relaxed)
            frames.indexes.add(tick.index, ordering: .relaxed)
            frames.thread.store(pthread_self(), ordering: .relaxed)
        }
        // The work that the profile simulates is left out: the handler is called in its place.
        let plan = try Self.plan(work: .microseconds(1))
        let (result, _) = try Self.listening { try RunExecution.run(plan, options) }
        #expect(result.summary.sessions.first?.statistics.delivered == 20)
        #expect(frames.calls.load(ordering: .relaxed) == 20)
        #expect(frames.indexes.load(ordering: .relaxed) == 190)
        let thread = frames.thread.load(ordering: .relaxed)
        #expect(thread != 0 && thread != pthread_self())
    }

    @Test("a handler of a session that the plan does not have is refused before the run begins")
    func handlerOfNoSession() throws {
        var options = Self.options
        options.handlers["mian"] = TickHandler { _ in }
        let error = #expect(throws: RunFailure.self) { try RunExecution.run(try Self.plan(), options) }
        #expect(error?.exitCode == .usage)
        #expect(error?.message == "handlers: the plan has no session 'mian'; it has main")
    }

    @Test("everything that a run leaves behind names the program that made it, and not tickrun")
    func maker() throws {
        let temporary = try TemporaryFolder()
        let folder = temporary.path
        let (journal, page, log) = ("\(folder)/a.journal", "\(folder)/a.html", "\(folder)/a.hlog")
        let (cyclictest, metrics) = ("\(folder)/a.cyclictest.json", "\(folder)/a.prom")
        var options = Self.options
        options.program = RunProgram(name: "playout", version: "2.1.0")
        options.journal = .init(journal, sync: .none)
        options.reports = [page, log, cyclictest]
        options.metrics = .init(metrics)
        let (result, _) = try Self.listening { try RunExecution.run(try Self.plan(), options) }
        #expect(result.failure == nil, "\(result.failure?.message ?? "")")
        for path in [journal, page, log, cyclictest] {
            let text = String(decoding: try Data(contentsOf: URL(filePath: path)), as: UTF8.self)
            #expect(text.contains("playout 2.1.0"), "\(path)")
            #expect(!text.contains("tickrun 0."), "\(path)")
        }
        let text = try String(contentsOfFile: metrics, encoding: .utf8)
        #expect(text.contains("version=\"2.1.0\""))
    }

    @Test("a program that gives no name is named as its process")
    func makerByDefault() throws {
        #expect(RunOptions().program == .ofThisProcess)
        #expect(
            RunProgram.ofThisProcess.name == CommandLine.arguments.first?.split(separator: "/").last.map(String.init))
    }

    @Test("a profile made in code is checked, and every fault is named")
    func faults() throws {
        let session = SessionProfile(id: "", rate: .fps25, length: .ticks(0))
        let error = #expect(throws: RunFailure.self) {
            try RunPlan(Profile(name: "broken", sessions: [session]))
        }
        #expect(error?.exitCode == .badData)
        #expect(error?.message.contains("sessions[0].id") == true, "\(error?.message ?? "")")
    }

    @Test("a length of time out of its range is a wrong use")
    func ranges() throws {
        #expect(throws: RunFailure.self) { try RunSyncGate(wait: .seconds(86_401)) }
        var options = Self.options
        options.metrics = .init("/none/run.txt")
        let error = #expect(throws: RunFailure.self) { try RunExecution.run(try Self.plan(), options) }
        #expect(error?.exitCode == .usage)
    }
}
