import Foundation
import TestSupport
import Testing

// No tick allocates: a preloaded library counts every allocation of every thread. The tick thread must have the same
// count in a run of 1200 ticks as in a run of 200 ticks.
//
// There is one small exception. Before the first tick and after the last, the runtime describes types that it needs
// for the first time, on this thread or on another, and allocates its descriptions piece by piece. Work that happens
// once a second makes it describe others earlier. This changes a count by a few, whatever the number of ticks. So a
// thousand more ticks may count eight more allocations. A tick that allocates, even every fiftieth, counts more.

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

        /// The allocations and frees of the thread with this name while the program ran.
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

        @Test("overdue ticks do not allocate")
        func overdue() async throws {
            try await expectNoneBetween(50, and: 500, ["--work", "1500us", "--wait", "hybrid"])
        }

        /// What happens once a process, or a few times. What a tick allocates would be hundreds.
        private static let once = 50

        /// The test compares the least count of up to three runs of each length. Work that happens once a process,
        /// such as describing a type, falls to this thread or to another by chance, so a longer run can count
        /// slightly more or less than a shorter one. The allocations of a tick appear in every run.
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
            long.allocations - short.allocations <= Self.once && long.frees - short.frees <= Self.once
        }

        @Test("a tick that a node stamps while it publishes does not allocate")
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

        @Test("the counter counts every function, in a program and on the drain thread")
        func control() async throws {
            let program = try await RunShims.program("allocate_each_tick")
            let short = try await counts(of: "tick", RunProcess(program, ["200"]))
            let long = try await counts(of: "tick", RunProcess(program, ["1200"]))
            // malloc twice, calloc, realloc, aligned_alloc, memalign, posix_memalign.
            #expect(long.allocations - short.allocations == 1_000 * 7)
            #expect(long.frees - short.frees == 1_000 * 6)
            // The drain writes one JSON line per tick, and may allocate for it.
            let few = try await counts(of: "tick-drain", ticks: 200, ["--json"])
            let many = try await counts(of: "tick-drain", ticks: 1_200, ["--json"])
            #expect(many.allocations > few.allocations)
        }
    }
}
