import TestSupport
import Testing

// One of the four tests of the invariant, for real: a preloaded library steps CLOCK_REALTIME, and
// nothing else, in mid-run. (The others, and this one in virtual time, stand beside TickScheduling.)
//
// The kernel's clock does not step, so timerfd, which tells of the kernel's steps alone, stays
// silent: the step must be found by divergence.

extension RunTests {
    @Suite("a step of UTC in mid-run", .serialized, .requires(.cc))
    struct UTCStep {
        private static let back: Int64 = -7_200_000

        /// Two seconds at 50 fps; the step comes 1 s into the process's life.
        private func run(stepByMs: Int64?, levels: String = "") async throws -> RunOutcome {
            let shim = try await RunShims.library("step_realtime")
            return try await withProfile(#""rate":"50","timecode":"none","ticks":100\#(levels)"#) { path in
                var environment = ["STEP_AFTER_MS": "1000"]
                if let stepByMs { environment["STEP_BY_MS"] = "\(stepByMs)" }
                return try await RunOutcome.of([path], preloading: shim, environment: environment)
            }
        }

        @Test("enforcement ignores a UTC step", arguments: [back, 3_600_000])
        func cadence(stepByMs: Int64) async throws {
            let outcome = try await run(stepByMs: stepByMs)
            // Every deadline on the grid of the one epoch, every index once, drift 0.
            outcome.expectSound()
            #expect(outcome.ticks.map(\.tick) == Array(0..<100))
            let session = outcome.summary.sessions[0]
            #expect(session.complete && session.skippedTicks == 0)
            // A loop that followed UTC would hang for two hours or start half its ticks late.
            #expect(session.ticksByClass.stall < 25)
            let first = try #require(outcome.ticks.first)
            let last = try #require(outcome.ticks.last)
            #expect(last.deadlineMonoNs - first.deadlineMonoNs == 1_980_000_000)
            #expect(last.deadlineUtcNs - first.deadlineUtcNs == 1_980_000_000)
            #expect(last.startMonoNs - first.startMonoNs < 4_000_000_000)
            // The epoch still names the instant before the step.
            #expect(session.sessionEpochUtcNs == first.deadlineUtcNs)
            #expect(session.sessionEpochHostUtcNs == session.sessionEpochUtcNs)

            expectReported(outcome, stepNs: stepByMs * 1_000_000)
        }

        private func expectReported(_ outcome: RunOutcome, stepNs: Int64) {
            let clocks = outcome.summary.clocks
            #expect(clocks.utcSteps == 1)
            // Bounded by the width of the readings and by what chrony may slew meanwhile.
            #expect(abs(clocks.utcStepsTotalNs - stepNs) < 10_000_000)
            #expect(abs((clocks.utcDivergenceNs ?? 0) - stepNs) < 10_000_000)
            #expect((clocks.utcDivergenceBoundNs ?? .max) < 10_000_000)
            // timerfd sees steps of the kernel's clock, and that did not step (nil: refused).
            #expect((clocks.utcSetsSeenByTimerfd ?? 0) == 0)
            let incidents = outcome.summary.incidents.filter { $0.kind == "utc_step" }
            #expect(incidents.count == 1)
            #expect(abs((incidents.first?.sizeNs ?? 0) - stepNs) < 10_000_000)
            let words = stepNs < 0 ? "UTC stepped back by 7200 s" : "UTC stepped forward by 3600 s"
            #expect(incidents.first?.text.contains(words) == true)
            #expect(outcome.result.standardError.contains(words))
        }

        @Test("a profile that allows no UTC step makes the run a FAIL, and only then", arguments: [0, 1])
        func serviceLevel(allowed: Int64) async throws {
            let levels = #","service_levels":{"utc_steps_max":\#(allowed)}"#
            let outcome = try await run(stepByMs: Self.back, levels: levels)
            outcome.expectSound()
            #expect(outcome.result.exitCode == (allowed == 0 ? 1 : 0))
            #expect(outcome.summary.sessions[0].serviceLevels.map(\.measured) == [1])
        }

        @Test("without a step the same library shows none")
        func control() async throws {
            let outcome = try await run(stepByMs: nil)
            outcome.expectSound()
            #expect(outcome.summary.clocks.utcSteps == 0)
            #expect(abs(outcome.summary.clocks.utcDivergenceNs ?? .max) < 10_000_000)
            #expect(outcome.summary.incidents.allSatisfy { $0.kind != "utc_step" })
        }
    }
}
