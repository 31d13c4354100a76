import Foundation
import TestSupport
import Testing

// Plans, succession and house time on the real clock. What each tick should bear is told by another
// command (`tickrun plan`), or by the definition; how punctual the host lets it be is not judged.

extension RunTests {
    @Suite("a channel", .serialized)
    struct Channels {
        private func text(_ nanoseconds: Int64) -> String {
            Date(timeIntervalSince1970: Double(nanoseconds / 1_000_000_000)).formatted(.iso8601)
        }

        private var now: Int64 { Int64(Date().timeIntervalSince1970) * 1_000_000_000 }

        @Test("every tick lies in the block that the plan says, with its lead, its notice and its fence")
        func plan() async throws {
            let members = """
                "rate":"60000/1001","lead_ns":5000000,"priming_ticks":4,"timecode":"drop",
                "start_timecode":"09:59:59;30","blocks":[{"id":"film","duration":"400ms"},
                {"id":"blip","duration":"1ns"},{"id":"spot","duration":"200ms","times":2}]
                """
            try await withProfile(members) { path in
                let outcome = try await RunOutcome.of([path])
                outcome.expectSound()
                let session = outcome.summary.sessions[0]
                let epoch = UInt64(session.sessionEpochUtcNs)
                let seconds = text(Int64(epoch)).dropLast()
                let fraction = String(1_000_000_000 + epoch % 1_000_000_000).dropFirst()
                let planned = try await printedPlan(path, "--epoch", "\(seconds).\(fraction)Z")
                #expect(planned.map(\.block) == ["film", "blip", "spot-1", "spot-2"])
                #expect(session.endReason == "planEnded" && session.complete)
                #expect(session.ticks == planned.last?.fenceTick)
                for block in planned {
                    let own = outcome.ticks.filter { $0.block == block.block }
                    #expect(own.map(\.tick) == Array(block.firstTick..<block.fenceTick))
                    #expect(own.first?.timecode == block.timecode)
                    #expect(own.allSatisfy { $0.blockElapsedNs == $0.deadlineUtcNs - block.startUtcNs })
                    #expect(own.allSatisfy { $0.ticksToFence == block.fenceTick - $0.tick })
                    #expect(own.filter { $0.blockChanged == true }.map(\.tick) == own.first.map { [$0.tick] } ?? [])
                    #expect(own.filter { $0.priming == true }.map(\.ticksToFence) == (own.isEmpty ? [] : [4]))
                }
                // The blip lies between two ticks: its fence is passed with the film's.
                #expect(outcome.ticks.filter { $0.blocksPassed != 0 }.map(\.blocksPassed) == [2, 1])
                let blocks = try #require(session.blocks)
                #expect(blocks.planned == 4 && blocks.begun == 3 && blocks.owningNoTick == ["blip"])
                #expect(blocks.joined == "film" && blocks.joinedElapsedNs == 0 && blocks.last == "spot-2")
                #expect(blocks.primingNotices == 3 && blocks.passedWithoutTick == 1)
                // Called 5 ms ahead, and given till the next call.
                #expect(session.leadNs == 5_000_000)
                let ahead = Int64(outcome.ticks.count { $0.deadlineLatenessNs < 0 })
                #expect(session.ticksStartedBeforeDeadline ?? 0 == ahead)
                #expect(outcome.ticks.allSatisfy { $0.leadNs == 5_000_000 })
                for (tick, next) in zip(outcome.ticks, outcome.ticks.dropFirst()) {
                    #expect(tick.startMonoNs + tick.workBudgetNs == next.deadlineMonoNs - 5_000_000)
                }
            }
        }

        @Test("a plan that began before the session is joined in progress; after its end ticks go on without a block")
        func joins() async throws {
            // It has five seconds to begin in, on a host that may be busy with other tests, and runs for six.
            let start = now - 90_000_000_000
            let members = """
                "rate":"50","ticks":300,"at_plan_end":"continue","plan_start":"\(text(start))",
                "blocks":[{"id":"over","duration":"60s"},{"id":"on-air","duration":"35s"}]
                """
            let outcome = try await withProfile(members) { try await RunOutcome.of([$0]) }
            outcome.expectSound()
            let session = outcome.summary.sessions[0]
            let blocks = try #require(session.blocks)
            #expect(session.endReason == "ticksDelivered" && session.ticks == 300)
            #expect(blocks.joined == "on-air")
            #expect(blocks.joinedElapsedNs == session.sessionEpochUtcNs - start - 60_000_000_000)
            #expect(blocks.last == nil && blocks.owningNoTick.isEmpty && blocks.begun == 1)
            let within = outcome.ticks.filter { $0.deadlineUtcNs < start + 95_000_000_000 }
            #expect(!within.isEmpty && within.count < 300)
            #expect(within.allSatisfy { $0.block == "on-air" })
            #expect(outcome.ticks.dropFirst(within.count).allSatisfy { $0.block == nil && $0.ticksToFence == nil })
        }

        @Test("a successor takes over at a fence: no instant is delivered twice, none is lost, labels go on")
        func succession() async throws {
            let members = """
                "rate":"30000/1001","timecode":"drop","start_timecode":"00:00:58;00","succeed_at":"1500ms",
                "blocks":[{"id":"film","duration":"1s"},{"id":"break","duration":"700ms"},
                {"id":"news","duration":"1300ms"}]
                """
            let outcome = try await withProfile(members) { try await RunOutcome.of([$0]) }
            outcome.expectSound()
            #expect(outcome.summary.sessions.map(\.session) == ["test", "test/2"])
            let (before, after) = (outcome.summary.sessions[0], outcome.summary.sessions[1])
            #expect(before.endReason == "succeeded" && before.complete)
            #expect(after.endReason == "planEnded" && after.complete)
            let seam = try #require(after.seam)
            #expect(before.seam == nil && seam.predecessor == "test")
            // The first edge of a block after 1.5 s is the end of the break, at 1.7 s of the plan.
            #expect(seam.utcNs >= before.sessionEpochUtcNs + 1_700_000_000)
            #expect(seam.utcNs == after.sessionEpochUtcNs && seam.monoNs == after.sessionEpochMonoNs)
            #expect(seam.predecessorEndTick == before.ticks)
            let (old, new) = (outcome.ticks(of: before), outcome.ticks(of: after))
            // One after another, in one line, nothing in between.
            #expect(outcome.ticks.map(\.session) == old.map(\.session) + new.map(\.session))
            let (last, first) = (try #require(old.last), try #require(new.first))
            #expect(first.deadlineMonoNs - last.deadlineMonoNs == seam.gapNs)
            let uncertainty = before.sessionEpochUncertaintyNs + after.sessionEpochUncertaintyNs + 1
            #expect(seam.phaseJumpNs > -33_366_667 && seam.phaseJumpNs <= uncertainty)
            #expect(first.block == "news" && last.block == "break")
            #expect(Set(new.map(\.block)) == ["news"])
            // Labels: 00:00:58;00 and on, over the minute, where two are left out.
            var labels: [String] = []
            for frame in 0..<Int64(outcome.ticks.count) {
                let number = 58 * 30 + frame + (frame >= 60 ? 2 : 0)
                let second = number / 30
                func two(_ value: Int64) -> String { value < 10 ? "0\(value)" : "\(value)" }
                labels.append("00:\(two(second / 60)):\(two(second % 60));\(two(number % 30))")
            }
            #expect(outcome.ticks.map(\.timecode) == labels)
            let incidents = outcome.summary.incidents.filter { $0.kind == "succession" }
            #expect(incidents.map(\.sizeNs) == [seam.phaseJumpNs])
            #expect(outcome.result.standardError.contains("is succeeded at"))
        }

        @Test(
            "after a step of UTC a successor is the remedy: the old grid runs to the seam, the new has the new UTC",
            .requires(.cc))
        func remedy() async throws {
            let shim = try await RunShims.library("step_realtime")
            // The step, one second into the process's life, puts the host's UTC past the time to be succeeded.
            let members = #""rate":"50","ticks":150,"timecode":"none","succeed_at":"30m""#
            let outcome = try await withProfile(members) {
                try await RunOutcome.of(
                    [$0], preloading: shim, environment: ["STEP_AFTER_MS": "1000", "STEP_BY_MS": "3600000"])
            }
            outcome.expectSound()
            #expect(outcome.summary.clocks.utcSteps == 1)
            #expect(outcome.summary.sessions.map(\.session) == ["test", "test/2"])
            let (before, after) = (outcome.summary.sessions[0], outcome.summary.sessions[1])
            let seam = try #require(after.seam)
            #expect(abs(seam.utcJumpNs - 3_600_000_000_000) < 10_000_000)
            #expect(abs(after.sessionEpochUtcNs - before.sessionEpochUtcNs - 3_600_000_000_000) < 4_000_000_000)
            // What is left of the ticks is the successor's; on the monotonic clock nothing is missing.
            #expect(before.ticks + after.ticks == 150 && after.endReason == "ticksDelivered")
            let (old, new) = (outcome.ticks(of: before), outcome.ticks(of: after))
            let gap = try #require(new.first).deadlineMonoNs - (try #require(old.last)).deadlineMonoNs
            #expect(gap == seam.gapNs && gap > 0 && gap <= 20_000_000 + 10_000)
            #expect(outcome.ticks.map(\.session) == old.map(\.session) + new.map(\.session))
        }

        @Test("house time is the time of day, set anew at the daily jam, which is reported")
        func jam() async throws {
            let jam = now + 4_000_000_000
            let local = text(jam + 3_600_000_000_000).dropFirst(11).prefix(8)
            let members = """
                "rate":"60000/1001","timecode":"drop","start_timecode":"time_of_day","utc_offset":"+01:00",
                "daily_jam":"\(local)","duration":"5s"
                """
            let outcome = try await withProfile(members) { try await RunOutcome.of([$0]) }
            outcome.expectSound()
            let session = outcome.summary.sessions[0]
            let told = try #require(session.jams?.first)
            #expect(session.jams?.count == 1)
            #expect(told.utcNs == jam)
            #expect(outcome.ticks.first { $0.deadlineUtcNs >= jam }?.tick == told.tick)
            let jammed = try #require(outcome.ticks.first { $0.tick == told.tick })
            #expect(jammed.timecode == told.to)
            // On a minute of drop-frame the first four labels do not exist.
            let frames = local.hasSuffix("00") && local.dropLast(3).last != "0" ? "04" : "00"
            #expect(told.to == "\(local);\(frames)")
            let incidents = outcome.summary.incidents.filter { $0.kind == "timecode_jam" }
            #expect(incidents.count == 1)
            #expect(incidents.first?.text.contains(told.to) == true)
        }

        @Test("ten thousand sessions tick in one loop")
        func tenThousand() async throws {
            var process = RunProcess.tickrun("25", "--sessions", "10000", "--ticks", "3", "--json=summary")
            process.timeout = 60
            let result = try await process.run()
            let summary = try #require(
                try result.objects(schema: "tickrun/summary/1", as: SummaryObject.self).first)
            #expect(summary.sessions.count == 10_000)
            #expect(summary.sessions.allSatisfy { $0.ticks == 3 && $0.complete && $0.driftNs == 0 })
            #expect(summary.clocks.lostRecords == 0)
        }
    }
}
