import TestSupport
import Testing

// Work that is longer than the period, under each policy, on the real clock. The work keeps the CPU busy for its time
// on any host, so its effects are certain. The tests do not judge how much later the host makes a tick.

extension RunTests {
    @Suite("work longer than the period", .serialized)
    struct Policies {
        private static let words = ["50", "--ticks", "20", "--work", "30ms"]

        @Test("everyTick delivers each index once and falls behind; the cause is work")
        func everyTick() async throws {
            let outcome = try await RunOutcome.of(Self.words)
            outcome.expectSound()
            #expect(outcome.ticks.map(\.tick) == Array(0..<20))
            let session = outcome.summary.sessions[0]
            #expect(session.skippedTicks == 0)
            // From tick 1 on, every tick is overdue: tick n starts at 30 n ms and is due at 20 n ms.
            #expect(session.overdueTicks == 19)
            #expect(outcome.ticks.dropFirst().allSatisfy { $0.overdue && $0.cause == "work" && $0.class != "onTime" })
            #expect(outcome.ticks.enumerated().allSatisfy { $1.startLatenessNs >= Int64($0) * 10_000_000 })
            // Late by 10 ms a tick: a period from tick 2 on, 50 ms from tick 5 on.
            #expect(outcome.ticks.dropFirst(2).allSatisfy { $0.class == "overPeriod" || $0.class == "stall" })
            #expect(outcome.ticks.dropFirst(5).allSatisfy { $0.class == "stall" })
        }

        @Test("skip delivers the last due tick at once, and counts the skipped ones")
        func skip() async throws {
            let outcome = try await RunOutcome.of(Self.words + ["--policy", "skip"])
            outcome.expectSound()
            let session = outcome.summary.sessions[0]
            #expect(session.complete)
            #expect(session.skippedTicks > 0)
            #expect(session.backlogsCrossed == 0)
            #expect(outcome.ticks.contains { $0.overdue && $0.cause == "work" })
            // The overdue tick is the last one that was due: when the previous handler returned, the next tick was
            // not yet due.
            for (before, tick) in zip(outcome.ticks, outcome.ticks.dropFirst()) where tick.overdue {
                let returned = before.startMonoNs + before.workNs
                if tick.tick < 19 { #expect(returned < tick.deadlineMonoNs + 20_000_000) }
            }
        }

        @Test("paced catches up with starts at least the spacing apart, and loses no tick")
        func paced() async throws {
            // A neighbour's long work causes one stall; after it, the backlog is worked off.
            let outcome = try await withProfile(
                #"""
                "sessions":[
                {"id":"slow","rate":"2","ticks":1,"work_ns":200000000},
                {"id":"paced","rate":"50","ticks":60,"policy":"paced","paced_spacing_ns":5000000}]
                """#
            ) { try await RunOutcome.of([$0]) }
            outcome.expectSound()
            let ticks = outcome.ticks.filter { $0.session == "paced" }
            #expect(ticks.map(\.tick) == Array(0..<60))
            for (before, tick) in zip(ticks, ticks.dropFirst()) {
                #expect(tick.startMonoNs - before.startMonoNs >= 5_000_000)
            }
            // The neighbour held back what was due within its 200 ms.
            #expect(ticks[0].cause == "neighbour")
            #expect(ticks[0].startLatenessNs >= 200_000_000)
            #expect(ticks.contains { $0.cause == "neighbour" && $0.class == "stall" })
        }

        @Test("under every policy, one recorded skip crosses a backlog above backlog_max")
        func backlog() async throws {
            let outcome = try await withProfile(
                #""rate":"100","ticks":60,"work_ns":40000000,"backlog_max_ns":100000000,"timecode":"none""#
            ) { try await RunOutcome.of([$0]) }
            outcome.expectSound()
            let session = outcome.summary.sessions[0]
            #expect(session.backlogsCrossed >= 1)
            #expect(session.skippedTicks >= 10)
            #expect(outcome.ticks.allSatisfy { $0.crossedBacklog == ($0.skippedBefore > 0) })
        }

        @Test("a punctual session beside one that falls behind loses no tick")
        func neighbours() async throws {
            let outcome = try await withProfile(
                #"""
                "sessions":[
                {"id":"behind","rate":"100","ticks":40,"work_ns":15000000},
                {"id":"punctual","rate":"25","ticks":15}]
                """#
            ) { try await RunOutcome.of([$0]) }
            outcome.expectSound()
            let punctual = outcome.summary.sessions[1]
            #expect(punctual.ticks == 15)
            // It waits for at most one handler of its neighbour, never for the backlog. So it is never overdue
            // itself, unless the host held the thread up: its own work ends long before its next tick.
            let isHeldUp = outcome.ticks.contains { $0.workNs > 20_000_000 || $0.wakeLatencyNs ?? 0 > 15_000_000 }
            if !isHeldUp { #expect(punctual.overdueTicks == 0) }
            #expect(punctual.lateTicksByCause.work == 0)
            #expect(outcome.summary.sessions[0].lateTicksByCause.work > 30)
        }
    }

    @Suite("several sessions", .serialized)
    struct Sessions {
        @Test("--sessions N runs N copies that tick together, ordered by session")
        func copies() async throws {
            let outcome = try await RunOutcome.of(["50", "--ticks", "10", "--sessions", "50"])
            outcome.expectSound()
            #expect(outcome.summary.sessions.map(\.session) == (1...50).map { "main-\($0)" })
            #expect(outcome.summary.sessions.allSatisfy { $0.ticks == 10 && $0.complete && $0.startLatenessNs != nil })
            #expect(Set(outcome.summary.sessions.map(\.sessionEpochMonoNs)).count == 1)
            // At one deadline, only the order of the sessions decides.
            for tick in 0..<Int64(10) where outcome.ticks.allSatisfy({ !$0.overdue }) {
                #expect(
                    outcome.ticks.filter { $0.tick == tick }.map(\.session) == (1...50).map { "main-\($0)" })
            }
        }

        @Test("beyond 64 sessions the levels are judged on the loop's histogram, and the report has less on each")
        func many() async throws {
            try await withProfile(
                #""rate":"25","ticks":3,"service_levels":{"start_lateness_p99_ns_max":9000000000}"#
            ) { path in
                let outcome = try await RunOutcome.of([path, "--sessions", "65"])
                outcome.expectSound()
                #expect(outcome.summary.ticks == 195)
                #expect(outcome.summary.sessions.allSatisfy { $0.startLatenessNs == nil })
                #expect(
                    outcome.summary.sessions.allSatisfy {
                        $0.serviceLevels.map(\.measured) == [outcome.summary.startLatenessNs.p99]
                    })
                let text = try await RunProcess.tickrun(path, "--sessions", "65").run()
                #expect(text.exitCode == 0)
                #expect(text.lines.contains { $0.hasPrefix("55 more sessions") })
            }
        }

        @Test("rates and policies of several sessions each keep their own grid")
        func multiRate() async throws {
            let outcome = try await RunOutcome.of(["Fixtures/profiles/multi-rate.json", "--duration", "500ms"])
            outcome.expectSound()
            // 500 ms hold the ticks 0 ..< ceil(0.5 s × rate).
            let expected: [Int64] = [30, 13, 15, 25, 500]
            #expect(outcome.summary.sessions.map(\.tickCount) == expected)
        }
    }
}
