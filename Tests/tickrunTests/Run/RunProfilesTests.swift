import Foundation
import TestSupport
import Testing

/// The shipped profiles, as files.
private let profiles: [String] = {
    let folder = Vectors.packageRoot.appending(path: "Fixtures/profiles")
    let names = (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []
    return names.filter { $0.hasSuffix(".json") }.sorted().map { "Fixtures/profiles/\($0)" }
}()

/// What a profile's file itself says, read by Foundation.
private struct ProfileFile {
    struct Session {
        let id: String
        let levels: [String: Int64]
        let dropFrame: Bool
        let hasTimecode: Bool
        /// A label, `time_of_day`, or nothing: from 0.
        let start: String?
        let utcOffset: String
        let dailyJam: String
    }

    let sessions: [Session]

    init(_ path: String) throws {
        let data = try Data(contentsOf: Vectors.packageRoot.appending(path: path))
        let root = try #require(try JSONSerialization.jsonObject(with: data) as? [String: Any])
        let common = root["service_levels"] as? [String: Int64] ?? [:]
        let members = root["sessions"] as? [[String: Any]] ?? [root]
        sessions = members.map { member in
            let own = member["service_levels"] as? [String: Int64] ?? [:]
            let timecode = member["timecode"] as? String
            return Session(
                id: member["id"] as? String ?? root["name"] as? String ?? "",
                levels: common.merging(own) { $1 }, dropFrame: timecode == "drop", hasTimecode: timecode != "none",
                start: member["start_timecode"] as? String, utcOffset: member["utc_offset"] as? String ?? "+00:00",
                dailyJam: member["daily_jam"] as? String ?? "00:00:00")
        }
    }
}

extension RunTests {
    @Suite("every shipped profile", .serialized)
    struct Profiles {
        @Test("there is one for each rate that the project promises, one of several sessions, and two with plans")
        func all() {
            #expect(profiles.count == 17)
        }

        @Test("it exits as its service levels say, on its grid, with the right labels", arguments: profiles)
        func run(profile: String) async throws {
            let file = try ProfileFile(profile)
            let outcome = try await RunOutcome.of([profile, "--duration", "400ms"])
            outcome.expectSound()
            #expect(outcome.summary.endedBy == "ticks")
            #expect(outcome.summary.sessions.map(\.session) == file.sessions.map(\.id))
            var isGood = true
            for (session, said) in zip(outcome.summary.sessions, file.sessions) {
                #expect(session.complete && session.ticks > 0)
                let ticks = outcome.ticks(of: session)
                #expect(
                    Dictionary(uniqueKeysWithValues: session.serviceLevels.map { ($0.level, $0.limit) }) == said.levels)
                for level in session.serviceLevels {
                    let measured = try #require(measure(level.level, session, ticks, outcome.summary.clocks))
                    #expect(level.measured == measured, "\(level.level)")
                    // A run of 400 ms is too short for percentiles: they can be missed, and not be met.
                    #expect(level.met == (measured <= level.limit && level.judged), "\(level.level)")
                    isGood = isGood && measured <= level.limit
                }
                expectLabels(ticks, said, session)
            }
            #expect(outcome.summary.verdict == (isGood ? "PASS" : "FAIL"))
        }

        /// A level's figure from the run's ticks where they give it exactly, else from the summary's.
        private func measure(
            _ level: String, _ session: SummaryObject.Session, _ ticks: [TickObject], _ clocks: SummaryObject.Clocks
        ) -> Int64? {
            switch level {
            case "start_lateness_p50_ns_max": session.startLatenessNs?.p50
            case "start_lateness_p99_ns_max": session.startLatenessNs?.p99
            case "start_lateness_p999_ns_max": session.startLatenessNs?.p999
            case "wake_latency_p99_ns_max": session.wakeLatencyNs?.p99
            case "start_lateness_ns_max": ticks.map(\.startLatenessNs).max()
            case "late_ticks_max": Int64(ticks.count { $0.class != "onTime" })
            case "over_period_ticks_max": Int64(ticks.count { $0.class == "overPeriod" || $0.class == "stall" })
            case "stall_ticks_max": Int64(ticks.count { $0.startLatenessNs >= 50_000_000 })
            case "skipped_ticks_max": ticks.reduce(0) { $0 + $1.skippedBefore }
            case "utc_steps_max": clocks.utcSteps
            case "lost_records_max": clocks.lostRecords
            case "drift_ns_max": session.driftNs
            default: nil
            }
        }

        /// Labels go on by the rule of drop-frame (the first two of a minute are left out, but for every
        /// tenth) from where the profile says: a label, or the local time of day at the epoch.
        private func expectLabels(_ ticks: [TickObject], _ said: ProfileFile.Session, _ session: SummaryObject.Session)
        {
            guard said.hasTimecode else {
                #expect(ticks.allSatisfy { $0.timecode == nil })
                return
            }
            let parts = session.rate.split(separator: "/").compactMap { Int64($0) }
            let nominal = (parts[0] + parts[1] - 1) / parts[1]
            var expected = [Int64](repeating: 0, count: 4)
            if said.start == "time_of_day" {
                let offset = fields(said.utcOffset)
                let minutes = (offset[0] * 60 + offset[1]) * (said.utcOffset.hasPrefix("-") ? -1 : 1)
                let time = (session.sessionEpochUtcNs + minutes * 60_000_000_000) % 86_400_000_000_000
                // Counted from the jam on, ten minutes of labels at a time.
                let jam = fields(said.dailyJam)
                let day: Int64 = 86_400_000_000_000
                let since = ((time - (jam[0] * 3_600 + jam[1] * 60) * 1_000_000_000) % day + day) % day
                let frames = Int64(Int128(since) * Int128(parts[0]) / (Int128(parts[1]) * 1_000_000_000))
                let tenMinutes = 600 * nominal - (said.dropFrame ? 9 * nominal / 15 : 0)
                let minute = jam[0] * 60 + jam[1] + frames / tenMinutes * 10
                expected = [minute / 60 % 24, minute % 60, 0, 0]
                for _ in 0..<frames % tenMinutes { expected = next(expected, nominal, drops: said.dropFrame) }
            } else if let start = said.start {
                expected = fields(start)
            }
            for tick in ticks {
                #expect(fields(tick.timecode ?? "") == expected, "tick \(tick.tick)")
                #expect(tick.timecode?.contains(";") == said.dropFrame)
                expected = next(expected, nominal, drops: said.dropFrame)
            }
        }

        private func fields(_ label: String) -> [Int64] {
            label.split { "+-:;".contains($0) }.compactMap { Int64($0) }
        }

        private func next(_ label: [Int64], _ nominal: Int64, drops: Bool) -> [Int64] {
            var label = label
            label[3] += 1
            for (place, limit) in [(3, nominal), (2, 60), (1, 60), (0, 24)] where label[place] == limit {
                label[place] = 0
                if place > 0 { label[place - 1] += 1 }
            }
            if drops, label[2] == 0, label[3] == 0, label[1] % 10 != 0 { label[3] = nominal / 15 }
            return label
        }
    }

    @Suite("the figures", .serialized)
    struct Figures {
        @Test("percentiles are nearest-rank ones of the ticks, to three digits; extremes are exact")
        func percentiles() async throws {
            let outcome = try await RunOutcome.of(["1000", "--ticks", "300"])
            outcome.expectSound()
            let sorted = outcome.ticks.map(\.startLatenessNs).sorted()
            let told = outcome.summary.startLatenessNs
            #expect(told.count == 300)
            #expect(told.min == sorted.first)
            #expect(told.max == sorted.last)
            // Of 300: the median is the 150th, p99 the 297th, p99.9 the last.
            for (value, rank) in [(told.p50, 150), (told.p99, 297), (told.p999, 300)] {
                let exact = Double(sorted[rank - 1])
                let near = Double(try #require(value))
                #expect(abs(near - exact) <= exact / 1_000 + 1, "rank \(rank)")
            }
        }

        @Test("alignment puts the epoch where it belongs", arguments: ["none", "second", "st2059"])
        func alignment(to name: String) async throws {
            let outcome = try await RunOutcome.of(["25", "--ticks", "2", "--align", name])
            outcome.expectSound()
            let epoch = outcome.summary.sessions[0].sessionEpochUtcNs
            // 25 divides the second, and TAI lies whole seconds from UTC.
            let grain: Int64 = ["none": 1_000_000, "second": 1_000_000_000, "st2059": 40_000_000][name] ?? 0
            #expect(epoch % grain == 0)
        }
    }
}
