import Foundation
import TestSupport
import Testing

/// The suites that run ticks on the real clock run one test after another, because two runs at a time would disturb
/// each other.
@Suite("tickrun run", .serialized)
enum RunTests {}

/// One object of `tickrun --json`: a tick.
struct TickObject: Decodable {
    let session: String
    let tick: Int64
    let timecode: String?
    let deadlineMonoNs: Int64
    let deadlineUtcNs: Int64
    let startMonoNs: Int64
    let wakeLatencyNs: Int64?
    let startLatenessNs: Int64
    let deadlineLatenessNs: Int64
    let workNs: Int64
    let `class`: String
    let cause: String
    let overdue: Bool
    let skippedBefore: Int64
    let crossedBacklog: Bool
    let workBudgetNs: Int64
    let leadNs: Int64?
    let block: String?
    let blockIndex: Int64?
    let blockElapsedNs: Int64?
    let blockChanged: Bool?
    let blocksPassed: Int64?
    let ticksToFence: Int64?
    let priming: Bool?
}

/// The last object of `tickrun --json`: the summary.
struct SummaryObject: Decodable {
    struct Percentiles: Decodable {
        let count: Int64
        let min: Int64?
        let p50: Int64?
        let p99: Int64?
        let p999: Int64?
        let max: Int64?
    }

    struct Level: Decodable {
        let level: String
        let limit: Int64
        let measured: Int64?
        let met: Bool
        let judged: Bool
    }

    struct Classes: Decodable {
        let onTime: Int64
        let late: Int64
        let overPeriod: Int64
        let stall: Int64
        var all: Int64 { onTime + late + overPeriod + stall }
    }

    struct Causes: Decodable {
        let wake: Int64
        let neighbour: Int64
        let work: Int64
        let begin: Int64
        var all: Int64 { wake + neighbour + work + begin }
    }

    struct Session: Decodable {
        let session: String
        let rate: String
        let policy: String
        let sessionEpochUtcNs: Int64
        let sessionEpochUtcMs: Int64
        let sessionEpochHostUtcNs: Int64
        let sessionEpochMonoNs: Int64
        let sessionEpochUncertaintyNs: Int64
        let ticks: Int64
        let tickCount: Int64?
        let firstTick: Int64?
        let complete: Bool
        let lastTick: Int64?
        let lateTicks: Int64
        let overdueTicks: Int64
        let skippedTicks: Int64
        let backlogsCrossed: Int64
        let earlyTicks: Int64
        let unexplainedTicks: Int64
        let driftNs: Int64
        let ticksByClass: Classes
        let lateTicksByCause: Causes
        let wakeLatencyNs: Percentiles?
        let startLatenessNs: Percentiles?
        let serviceLevels: [Level]
        let lastTimecode: String?
        let endReason: String?
        let leadNs: Int64?
        let ticksStartedBeforeDeadline: Int64?
        let seam: Seam?
        let blocks: Blocks?
        let jams: [Jam]?
    }

    struct Seam: Decodable {
        let predecessor: String?
        let utcNs: Int64
        let monoNs: Int64
        let predecessorEndTick: Int64
        let phaseJumpNs: Int64
        let gapNs: Int64?
        let utcJumpNs: Int64
    }

    struct Blocks: Decodable {
        let planned: Int64
        let begun: Int64
        let passedWithoutTick: Int64
        let joined: String?
        let joinedElapsedNs: Int64?
        let last: String?
        let primingNotices: Int64
        let owningNoTick: [String]
        let atPlanEnd: String
    }

    struct Jam: Decodable {
        let utcNs: Int64
        let tick: Int64
        let from: String
        let to: String
        let labelsSkipped: Int64
        let labelsRepeated: Int64
    }

    struct Clocks: Decodable {
        let utcDivergenceNs: Int64?
        let utcDivergenceBoundNs: Int64?
        let utcSteps: Int64
        let utcStepsTotalNs: Int64
        let utcSetsSeenByTimerfd: Int64?
        let lostRecords: Int64
    }

    struct Incident: Decodable {
        let kind: String
        let sizeNs: Int64?
        let text: String
    }

    let verdict: String
    let endedBy: String
    let ticks: Int64
    let lateTicks: Int64
    let skippedTicks: Int64
    let driftNs: Int64
    let wakeLatencyNs: Percentiles
    let startLatenessNs: Percentiles
    let sessions: [Session]
    let clocks: Clocks
    let incidents: [Incident]
}

/// What a run with `--json` printed, decoded.
struct RunOutcome {
    let result: RunProcess.Result
    let ticks: [TickObject]
    let summary: SummaryObject

    /// Runs `tickrun` with these arguments and `--json`.
    static func of(
        _ words: [String], preloading shim: String? = nil, environment: [String: String] = [:]
    )
        async throws -> RunOutcome
    {
        var process = RunProcess.tickrun(words + ["--json"])
        process.environment = environment
        if let shim { process.environment["LD_PRELOAD"] = .some(shim) }
        return try RunOutcome(try await process.run())
    }

    init(_ result: RunProcess.Result) throws {
        self.result = result
        var tickLines = result
        let summaryLine = try #require(result.lines.last, "nothing was printed; \(result.standardError)")
        tickLines.standardOutput = result.lines.dropLast().joined(separator: "\n")
        ticks = try tickLines.objects(schema: "tickrun/tick/1", as: TickObject.self)
        var summaryOnly = result
        summaryOnly.standardOutput = summaryLine
        summary = try #require(try summaryOnly.objects(schema: "tickrun/summary/1", as: SummaryObject.self).first)
    }

    func ticks(of session: SummaryObject.Session) -> [TickObject] { ticks.filter { $0.session == session.session } }

    /// Checks that hold for every run, however late the host makes it: the exit code by the verdict, correct sums of
    /// counts, no early start, every deadline on the grid.
    func expectSound(sourceLocation: SourceLocation = #_sourceLocation) {
        #expect(result.exitCode == (summary.verdict == "FAIL" ? 1 : 0), sourceLocation: sourceLocation)
        #expect(summary.ticks == Int64(ticks.count), sourceLocation: sourceLocation)
        #expect(summary.driftNs == 0 && summary.clocks.lostRecords == 0, sourceLocation: sourceLocation)
        for session in summary.sessions {
            let own = ticks(of: session)
            #expect(session.ticks == Int64(own.count), sourceLocation: sourceLocation)
            #expect(session.earlyTicks == 0 && session.driftNs == 0, sourceLocation: sourceLocation)
            #expect(session.unexplainedTicks == 0, sourceLocation: sourceLocation)
            #expect(
                own.allSatisfy { $0.startMonoNs >= $0.deadlineMonoNs - ($0.leadNs ?? 0) },
                sourceLocation: sourceLocation)
            #expect(
                own.allSatisfy {
                    $0.deadlineLatenessNs == $0.startMonoNs - $0.deadlineMonoNs
                        && $0.startLatenessNs == $0.deadlineLatenessNs + ($0.leadNs ?? 0) && $0.startLatenessNs >= 0
                },
                sourceLocation: sourceLocation)
            #expect(session.ticksByClass.all == session.ticks, sourceLocation: sourceLocation)
            #expect(session.lateTicks == session.ticks - session.ticksByClass.onTime, sourceLocation: sourceLocation)
            #expect(session.lateTicksByCause.all == session.lateTicks, sourceLocation: sourceLocation)
            #expect(session.skippedTicks == own.reduce(0) { $0 + $1.skippedBefore }, sourceLocation: sourceLocation)
            if session.complete, session.endReason == "ticksDelivered" {
                #expect(session.ticks + session.skippedTicks == session.tickCount, sourceLocation: sourceLocation)
            }
            expectOnGrid(own, of: session, sourceLocation)
        }
    }

    /// The grid by its definition, without a division: `offset` is n·10⁹·den/num to nearest, halves
    /// up, exactly if twice its distance from that, times num, lies above −num and at most at num.
    private func expectOnGrid(
        _ ticks: [TickObject], of session: SummaryObject.Session, _ sourceLocation: SourceLocation
    ) {
        let parts = session.rate.split(separator: "/").compactMap { Int64($0) }
        guard parts.count == 2 else {
            Issue.record("the rate is \(session.rate)", sourceLocation: sourceLocation)
            return
        }
        for tick in ticks {
            let offset = tick.deadlineMonoNs - session.sessionEpochMonoNs
            // In 128 bits: a given grid may have begun decades ago.
            let exact = Int128(tick.tick) * 1_000_000_000 * Int128(parts[1])
            let twiceOff = 2 * (Int128(offset) * Int128(parts[0]) - exact), half = Int128(parts[0])
            #expect(twiceOff > -half && twiceOff <= half, "tick \(tick.tick)", sourceLocation: sourceLocation)
            #expect(tick.deadlineUtcNs - session.sessionEpochUtcNs == offset, sourceLocation: sourceLocation)
        }
        var next = session.firstTick ?? 0
        for tick in ticks {
            #expect(tick.tick == next + tick.skippedBefore, sourceLocation: sourceLocation)
            next = tick.tick + 1
        }
    }
}

/// A file with a profile of one session, which exists while `body` runs.
func withProfile<Value>(_ members: String, _ body: (String) async throws -> Value) async throws -> Value {
    let folder = try TemporaryFolder(), file = folder.url.appending(path: "tickrun-test.json")
    try Data(#"{"schema":"tickrun/profile/1","name":"test",\#(members)}"#.utf8).write(to: file)
    return try await body(file.path)
}
