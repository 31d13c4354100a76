import Foundation
import TestSupport
import Testing

// Zero allocations a tick: a preloaded library counts every allocation of every thread. A run of
// 1200 ticks must count on the tick thread what one of 200 ticks counts.
//
// Nearly: before the first tick and after the last the runtime describes types that it needs for the
// first time, on this thread or on another, and takes room for its descriptions piece by piece; what
// happens once a second has it describe others before. That moves a count by a few, once, however
// many ticks there are. So a thousand ticks more may count eight more: a tick that allocates,
// even every fiftieth, counts more.

extension RunTests {
    @Suite("allocations on the tick thread", .serialized, .requires(.cc))
    struct Allocations {
        private struct Count: Hashable {
            let allocations: Int
            let frees: Int

            func least(_ other: Count) -> Count {
                Count(allocations: min(allocations, other.allocations), frees: min(frees, other.frees))
            }
        }

        /// What the thread of that name allocated and freed while the program ran.
        private func counts(of thread: String, _ process: RunProcess) async throws -> Count {
            let folder = try TemporaryFolder(), file = folder.url.appending(path: "allocations")
            var process = process
            process.environment["LD_PRELOAD"] = .some(try await RunShims.library("count_allocations"))
            process.environment["ALLOCATIONS_FILE"] = .some(file.path)
            let result = try await process.run()
            #expect(result.exitCode == 0, "\(result.standardError)")
            let lines = try String(contentsOf: file, encoding: .utf8).split(separator: "\n").map {
                $0.split(separator: " ")
            }
            let own = lines.filter { $0.count == 3 && $0[0] == thread }
            try #require(own.count == 1, "one thread is named \(thread): \(lines)")
            return Count(allocations: try #require(Int(own[0][1])), frees: try #require(Int(own[0][2])))
        }

        private func counts(of thread: String, ticks: Int, _ options: [String]) async throws -> Count {
            let work = options.contains("--work") ? [] : ["--work", "10us"]
            return try await counts(
                of: thread,
                .tickrun(["1000", "--ticks", "\(ticks)", "--no-levels", "--log", "none", "--quiet"] + work + options))
        }

        @Test(
            "a tick allocates nothing and frees nothing, under each wait and policy",
            arguments: [
                ["--wait", "sleep"], ["--wait", "hybrid"], ["--wait", "spin"], ["--wait", "hybrid", "--json"],
                ["--policy", "skip"], ["--policy", "paced", "--spacing", "500us"],
            ])
        func perTick(options: [String]) async throws {
            try await expectNoneBetween(200, and: 1_200, options)
        }

        @Test("overdue ticks allocate nothing either")
        func overdue() async throws {
            try await expectNoneBetween(50, and: 500, ["--work", "1500us", "--wait", "hybrid"])
        }

        private static let once = 8

        /// The least of up to three runs of each length is compared, and only for more. What is done once a process,
        /// such as describing a type, falls to this thread or to another as they happen to run: a longer run can
        /// count more or less than a shorter one by some of it. What a tick does is there in every run.
        private func expectNoneBetween(_ few: Int, and many: Int, _ options: [String]) async throws {
            var short = try await counts(of: "tick", ticks: few, options)
            var long = try await counts(of: "tick", ticks: many, options)
            for _ in 1..<3 where !isWithinOnce(long, short) {
                short = short.least(try await counts(of: "tick", ticks: few, options))
                long = long.least(try await counts(of: "tick", ticks: many, options))
            }
            #expect(isWithinOnce(long, short), "\(few) ticks: \(short), \(many) ticks: \(long)")
        }

        private func isWithinOnce(_ long: Count, _ short: Count) -> Bool {
            let once = 8
            return long.allocations - short.allocations <= once && long.frees - short.frees <= once
        }

        @Test("nor does a tick that is stamped by a node, while that publishes")
        func stamped() async throws {
            let cluster = try await LiveCluster(["a", "b", "c"])
            let result: Result<Void, any Error>
            do {
                let file = try cluster.file(of: "a")
                result = .success(
                    try await expectNoneBetween(200, and: 1_200, ["--cluster", file, "--cluster-wait", "0s"]))
            } catch { result = .failure(error) }
            await cluster.end()
            try result.get()
        }

        @Test("the counter does count: every entry, in a program and on the drain thread")
        func control() async throws {
            let program = try await RunShims.program("allocate_each_tick")
            let short = try await counts(of: "tick", RunProcess(program, ["200"]))
            let long = try await counts(of: "tick", RunProcess(program, ["1200"]))
            // malloc twice, calloc, realloc, aligned_alloc, memalign, posix_memalign.
            #expect(long.allocations - short.allocations == 1_000 * 7)
            #expect(long.frees - short.frees == 1_000 * 6)
            // The drain writes a JSON line a tick, and may allocate for it.
            let few = try await counts(of: "tick-drain", ticks: 200, ["--json"])
            let many = try await counts(of: "tick-drain", ticks: 1_200, ["--json"])
            #expect(many.allocations > few.allocations)
        }
    }
}
