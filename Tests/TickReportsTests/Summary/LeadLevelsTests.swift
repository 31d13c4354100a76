import Foundation
import TestSupport
import Testing
import TickReports
import TickScheduling
import TickTime

/// What a late wake comes to in a session with a lead: the session of `blocks-60s.json`, in virtual time.
@Suite("Service levels of a session with a lead")
struct LeadLevelsTests {
    private struct Profile: Decodable {
        let leadNs: Int64
        let serviceLevels: [String: Int64]

        enum CodingKeys: String, CodingKey {
            case leadNs = "lead_ns"
            case serviceLevels = "service_levels"
        }

        static func blocks() throws -> Profile {
            let file = Vectors.packageRoot.appending(path: "Fixtures/profiles/blocks-60s.json")
            return try JSONDecoder().decode(Profile.self, from: Data(contentsOf: file))
        }
    }

    /// A minute at 59.94 whose wakes are all late by `late`.
    private static func run(wokenLate late: Nanoseconds) throws -> (records: [TickRecord], plan: SessionPlan) {
        let plan = try SessionPlan(
            rate: .fps5994, tickCount: 3_600, lead: Nanoseconds(try Profile.blocks().leadNs))
        var script = VirtualScript()
        script.wakeLatency = { _ in late }
        var loop = VirtualLoop(plan, script: script)
        return (loop.run(), plan)
    }

    private static func judged(
        _ run: (records: [TickRecord], plan: SessionPlan), _ levels: ServiceLevels
    ) -> RunSummary.JudgedSession {
        let latencies = LatencyStatistics()
        var statistics = SessionStatistics(
            epoch: VirtualClocks().epoch(), rate: run.plan.rate)
        for record in run.records {
            statistics.record(record)
            latencies.record(record)
        }
        let total = RunSummary.Latencies(latencies)
        var session = RunSummary.JudgedSession(
            id: "main", plan: run.plan, statistics: statistics, latencies: total, timecode: nil, isComplete: true)
        session.judge(levels, loop: total, clocks: RunSummaryFixture.clocks())
        return session
    }

    @Test("wakes that are 3 ms late within a lead of 4 ms are 3 ms late, and fail the levels that forbid it")
    func late() throws {
        let run = try Self.run(wokenLate: .milliseconds(3))
        var levels = ServiceLevels()
        levels[.startLatenessP50] = 2_900_000
        levels[.startLatenessP99] = 2_900_000
        levels[.startLateness] = 3_000_000
        levels[.lateTicks] = 0
        levels[.stallTicks] = 0
        let session = Self.judged(run, levels)
        #expect(session.levels.map(\.isMet) == [false, false, true, false, true])
        #expect(session.levels[2].measured == 3_000_000 && session.levels[3].measured == 3_600)
        #expect(session.statistics.lateCount(by: .wake) == 3_600 && session.statistics.overdue == 0)
        let latencies = try #require(session.latencies)
        #expect(latencies.deadlineLateness == .milliseconds(-1) ... .milliseconds(-1))
        #expect(latencies.beforeDeadline == 3_600)
    }

    @Test("the profile's own level on start lateness is missed by wakes that are 6 ms late")
    func profile() throws {
        let limit = try #require(try Profile.blocks().serviceLevels["start_lateness_p99_ns_max"])
        for (late, isMet) in [(Nanoseconds(limit - 10_000), true), (.milliseconds(6), false)] {
            var levels = ServiceLevels()
            levels[.startLatenessP99] = limit
            #expect(Self.judged(try Self.run(wokenLate: late), levels).levels.map(\.isMet) == [isMet])
        }
    }

    @Test("text and JSON show the lateness against the wanted instant and against the deadline")
    func shown() throws {
        let session = Self.judged(try Self.run(wokenLate: .milliseconds(3)), ServiceLevels())
        var summary = try RunSummaryFixture.summary([], of: 1)
        summary.sessions = [session]
        summary.latencies = try #require(session.latencies)
        let text = summary.lines.joined(separator: "\n")
        #expect(text.contains("  start lateness  p50 3.00 ms  p99 3.00 ms  p99.9 3.00 ms  max 3.00 ms\n"))
        #expect(text.contains("  after deadline  min -1.00 ms  max -1.00 ms; 3600 started before their deadline\n"))
        let json = summary.json.text
        #expect(json.contains(#""deadline_lateness_ns":{"min":-1000000,"max":-1000000}"#))
        #expect(json.contains(#""ticks_started_before_deadline":3600"#))
        // Without a lead the second line would repeat the first.
        let plain = try RunSummaryFixture.summary([RunSummaryFixture.record(0)], of: 1).lines
        #expect(!plain.contains { $0.contains("after deadline") })
    }

    @Test("a tick's JSON line has both")
    func line() throws {
        let record = try Self.run(wokenLate: .milliseconds(3)).records[0]
        var json = JSONText()
        TickLine.write(record, session: "main", timecode: nil, to: &json)
        #expect(json.text.contains(#""start_lateness_ns":3000000,"deadline_lateness_ns":-1000000,"#))
    }
}
