import Foundation
import TestSupport
import Testing

extension RunTests {
    /// What a run says where its work or its CPU time does not fit.
    @Suite("load and quota", .serialized)
    struct Load {
        struct Summary: Decodable {
            let load: LoopLoad
            let cpuQuota: Quota?
            let incidents: [Incident]
        }

        struct LoopLoad: Decodable {
            let loadPpm: Int64?
            let sessions: [Share]
            let overloads: [Overload]
        }

        struct Share: Decodable {
            let session: String
            let loadPpm: Int64
        }

        struct Overload: Decodable {
            let beginMonoNs: Int64
            let endMonoNs: Int64
            let worstLoadPpm: Int64
            let largest: [Share]
        }

        struct Quota: Decodable {
            let periods: Int64
            let throttledPeriods: Int64
            let throttledNs: Int64
            let lateTicks: Int64
        }

        struct Incident: Decodable {
            let kind: String
            let lateTicks: Int64?
            let count: Int64?
            let sizeNs: Int64?
            let text: String
        }

        private func summary(_ result: RunProcess.Result) throws -> Summary {
            try #require(try result.objects(as: Summary.self).last)
        }

        @Test("twenty sessions of 3 ms a pass: the verdict, an incident and the JSON name the sessions")
        func overloaded() async throws {
            let words = ["25", "--sessions", "20", "--work", "3ms", "--duration", "2s"]
            let json = try await RunProcess.tickrun(words + ["--json=summary"]).run()
            let summary = try summary(json)
            // Handlers take 3 ms at least; a busy host makes that more.
            #expect(summary.load.loadPpm.map { $0 >= 1_500_000 } == true)
            #expect(summary.load.sessions.count == 20 && summary.load.sessions.allSatisfy { $0.loadPpm >= 75_000 })
            let overload = try #require(summary.load.overloads.first)
            #expect(overload.worstLoadPpm >= 1_500_000 && overload.largest.count == 3)
            #expect(overload.endMonoNs - overload.beginMonoNs >= 2_000_000_000)
            let incident = try #require(summary.incidents.first { $0.kind == "overloaded" })
            #expect(incident.count == 20 && incident.text.contains("20 sessions need "))
            // On standard error while it goes on, and in the line of the verdict.
            let text = try await RunProcess.tickrun(words).run()
            #expect(text.standardError.contains("overloaded: 20 sessions need"))
            let verdict = try #require(text.lines.first)
            #expect(verdict.hasPrefix("FAIL") && verdict.contains("; overloaded: 20 sessions need"))
            #expect(verdict.contains("main-"))
        }

        @Test("work that fits is no overload")
        func fits() async throws {
            let result = try await RunProcess.tickrun(
                "25", "--sessions", "2", "--work", "100us", "--duration", "1s", "--json=summary"
            ).run()
            let summary = try summary(result)
            #expect(!summary.incidents.contains { $0.kind == "overloaded" } && summary.load.overloads.isEmpty)
            #expect(summary.load.sessions.map(\.session).sorted() == ["main-1", "main-2"])
        }

        @Test(
            "a CPU quota that stops the loop is an incident with its late ticks, of the run and of its journal",
            .enabled(if: QuotaGroup.isPossible))
        func quota() async throws {
            let own = try TemporaryFolder(), folder = own.path
            try await QuotaGroup.with(microseconds: 20_000) { group in
                let tickrun = RunProcess.tickrun().executable
                // A quarter of a CPU is asked for, and a fifth given.
                let result = try await group.shell(
                    "\(tickrun) 25 --work 10ms --duration 4s --journal \(folder)/run.journal --json=summary"
                ).run()
                let summary = try summary(result)
                let quota = try #require(summary.cpuQuota)
                #expect(quota.throttledPeriods > 10 && quota.throttledPeriods <= quota.periods)
                #expect(quota.throttledNs > 0 && quota.lateTicks > 0)
                let incident = try #require(summary.incidents.first { $0.kind == "cpu_throttled" })
                #expect(incident.text.contains("a CPU quota stopped the process in"))
                #expect(incident.lateTicks.map { $0 > 0 } == true && incident.sizeNs.map { $0 > 0 } == true)
            }
            let page = try await RunProcess.tickrun(
                "report", "\(folder)/run.journal", "-o", "\(folder)/page.html"
            ).run()
            #expect(page.exitCode == 0, "\(page.standardError)")
            let html = try String(contentsOfFile: "\(folder)/page.html", encoding: .utf8)
            #expect(html.contains("CPU quota") && html.contains("a CPU quota stopped the process in"))
        }
    }
}
