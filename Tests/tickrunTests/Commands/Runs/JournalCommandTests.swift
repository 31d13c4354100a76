import Foundation
import Glibc
import TestSupport
import Testing

/// A temporary folder.
private func withFolder<Value>(_ body: (String) async throws -> Value) async throws -> Value {
    try await TemporaryFolder.with(body)
}

private func fixture(_ name: String) -> String {
    Vectors.packageRoot.appending(path: "Fixtures/journals/\(name).journal").path
}

@Suite("tickrun run --journal", .serialized)
struct RunJournalTests {
    @Test(
        "what a run records, its replay recomputes: every tick, and a chain that was ended",
        arguments: [
            ["100", "--ticks", "40"], ["50", "--ticks", "20", "--sessions", "3", "--work", "9ms", "--policy", "skip"],
        ])
    func replay(_ words: [String]) async throws {
        try await withFolder { folder in
            let file = "\(folder)/a.journal"
            let run = try await RunProcess.tickrun(words + ["--no-levels", "--journal", file, "--json=summary"]).run()
            #expect(run.exitCode == 0, "\(run.standardError)")
            let replay = try await RunProcess.tickrun("replay", file, "--json").run()
            #expect(replay.exitCode == 0, "\(replay.standardOutput)")
            let last = try #require(replay.lines.last)
            #expect(last.contains(#""schema":"tickrun/replay/1""#) && last.contains(#""verdict":"PASS""#))
            #expect(last.contains(#""has_ended":true"#) && last.contains(#""torn_bytes":0"#))
            #expect(replay.lines.count == 6)
            let stat = try await RunProcess.tickrun("journal", "stat", file, "--json").run()
            let delivered = words[0] == "100" ? 40 : nil
            if let delivered { #expect(stat.standardOutput.contains(#""OBS_TICK_V0":\#(delivered)"#)) }
            #expect(stat.standardOutput.contains(#""OBS_RUN_END_V0":1"#))
        }
    }

    @Test("a channel with blocks and a successor in mid-run is recorded with its blocks and its seam")
    func succession() async throws {
        let members = """
            "rate":"50","timecode":"none","blocks":[{"id":"a","duration":"600ms"},{"id":"b","duration":"1s"},{"id":"c","duration":"1s"}],\
            "at_plan_end":"end","succeed_at":"1500ms"
            """
        try await withFolder { folder in
            try await withProfile(members) { profile in
                let file = "\(folder)/a.journal"
                let run = try await RunProcess.tickrun(profile, "--no-levels", "--journal", file, "--quiet").run()
                #expect(run.exitCode == 0, "\(run.standardError)")
                let replay = try await RunProcess.tickrun("replay", file).run()
                #expect(replay.exitCode == 0, "\(replay.standardOutput)")
                // PASS would read as the run's verdict.
                #expect(replay.lines.contains { $0.hasPrefix("REPLAYED  \(file): ") })
                #expect(replay.standardOutput.contains("test  50: ") && replay.standardOutput.contains("test/2  50: "))
                let cat = try await RunProcess.tickrun("journal", "cat", file).run()
                #expect(cat.standardOutput.contains(#""predecessor":0"#) && cat.standardOutput.contains(#""name":"b""#))
                #expect(cat.standardOutput.contains(#""reason":"succeeded""#))
            }
        }
    }

    @Test("a run that is killed at any moment leaves a journal that replays up to its tail, fifty times")
    func killed() async throws {
        var random = SeededGenerator()
        print("seed \(random.seed)")
        try await withFolder { folder in
            var whole = 0
            for number in 0..<50 {
                let file = "\(folder)/\(number).journal"
                let seconds = Double.random(in: 0.03...0.6, using: &random)
                let run = RunProcess.tickrun(
                    "120", "--sessions", "8", "--duration", "20s", "--wait", "sleep", "--quiet", "--journal", file)
                let killed = RunProcess(
                    "/usr/bin/timeout", ["-s", "KILL", "\(seconds)", run.executable] + run.arguments)
                _ = try await killed.run()
                // If it was killed before it began, there is no journal.
                guard FileManager.default.fileExists(atPath: file) else { continue }
                let replay = try await RunProcess.tickrun("replay", file, "--json").run()
                // Killed between the creation of the file and the first event: nothing proves that it is a journal.
                if try FileManager.default.attributesOfItem(atPath: file)[.size] as? Int == 0 {
                    #expect(replay.exitCode == 65 && replay.standardError.contains("the file is empty"))
                    continue
                }
                #expect(
                    replay.exitCode == 0, "killed after \(seconds) s: \(replay.standardOutput) \(replay.standardError)")
                let last = try #require(replay.lines.last)
                #expect(last.contains(#""verdict":"PASS""#) && last.contains(#""has_ended":false"#))
                if last.contains(#""torn_bytes":0,"#) { whole += 1 }
            }
            print("\(whole) of 50 ended on a whole event")
        }
    }

    @Test("an existing name gets a number and its file is kept; a name that cannot be created is refused")
    func taken() async throws {
        try await withFolder { folder in
            let file = "\(folder)/a.journal"
            try Data("kept".utf8).write(to: URL(filePath: file))
            let there = try await RunProcess.tickrun("100", "--ticks", "1", "--no-levels", "--journal", file).run()
            #expect(there.exitCode == 0)
            #expect(there.standardError.contains(file) && there.standardError.contains("never overwrites a file"))
            #expect(there.standardError.contains("\(folder)/a-2.journal"))
            let third = try await RunProcess.tickrun("100", "--ticks", "1", "--no-levels", "--journal", file).run()
            #expect(third.exitCode == 0 && third.standardError.contains("\(folder)/a-3.journal"))
            let verified = try await RunProcess.tickrun("journal", "verify", "\(folder)/a-2.journal").run()
            #expect(verified.exitCode == 0)
            #expect(try Data(contentsOf: URL(filePath: file)) == Data("kept".utf8))
            let nowhere = try await RunProcess.tickrun("100", "--ticks", "1", "--journal", "\(folder)/no/a").run()
            #expect(nowhere.exitCode == 69)
            #expect(nowhere.standardError.contains("\(folder)/no/a"))
            let lone = try await RunProcess.tickrun("100", "--ticks", "1", "--journal-sync", "none").run()
            #expect(lone.exitCode == 2)
        }
    }

    @Test("a run that cannot begin leaves no journal behind")
    func neverBegan() async throws {
        try await withFolder { folder in
            let members = """
                "rate":"50","timecode":"none","plan_start":"2020-01-01T00:00:00Z",\
                "blocks":[{"id":"a","duration":"1s"}],"at_plan_end":"end"
                """
            try await withProfile(members) { profile in
                let run = try await RunProcess.tickrun(profile, "--journal", "\(folder)/a").run()
                #expect(run.exitCode == 78, "\(run.standardError)")
                #expect(!FileManager.default.fileExists(atPath: "\(folder)/a"))
            }
        }
    }

    @Test("a full disk ends the journal, not the run: it is reported at once, with exit code 69 at the end")
    func full() async throws {
        // A limit on the size of files replaces the full disk; its signal is ignored.
        try await withFolder { folder in
            let file = "\(folder)/a.journal"
            let run = RunProcess.tickrun("100", "--ticks", "60", "--json=summary", "--journal", file)
            let words = ([run.executable] + run.arguments).map { "'\($0)'" }.joined(separator: " ")
            let limited = try await RunProcess("/bin/bash", ["-c", "trap '' XFSZ; ulimit -f 4; exec \(words)"]).run()
            #expect(limited.exitCode == 69, "\(limited.standardError)")
            #expect(limited.standardError.contains("the run continues"))
            #expect(limited.standardError.contains("EFBIG") || limited.standardError.contains("large"))
            #expect(limited.standardOutput.contains(#""count":60"#), "\(limited.standardOutput)")
            let verify = try await RunProcess.tickrun("journal", "verify", file).run()
            #expect(verify.exitCode == 0)
            #expect(verify.standardOutput.contains("not ended"))
        }
    }

    @Test("with each sync setting, a journal holds the same kinds of events", arguments: ["none", "second", "always"])
    func sync(_ when: String) async throws {
        try await withFolder { folder in
            let file = "\(folder)/a.journal"
            let run = try await RunProcess.tickrun(
                "100", "--ticks", "20", "--no-levels", "--quiet", "--journal", file, "--journal-sync", when
            ).run()
            #expect(run.exitCode == 0)
            let verify = try await RunProcess.tickrun("journal", "verify", file).run()
            #expect(verify.standardOutput.contains("chain intact, ended"))
        }
    }
}

@Suite("tickrun replay")
struct ReplayCommandTests {
    @Test("the beliefs of a journal at its end, at a cut and along the way, by policy")
    func beliefs() async throws {
        let end = try await RunProcess.tickrun("replay", fixture("hybrid"), "--policy", "hybridMonotonicRTC").run()
        #expect(end.exitCode == 0)
        #expect(end.lines.first == "after 24 events")
        #expect(end.lines.count == 3 && end.lines[1].contains("2024-12-28T12:33:20.000000000Z  ± 12 ns"))
        let cut = try await RunProcess.tickrun("replay", fixture("hybrid"), "--cut", "1").run()
        #expect(cut.lines.filter { $0.contains("unknown") }.count == 5)
        #expect(cut.standardOutput.contains("1 events, chain intact, cut there"))
        let every = try await RunProcess.tickrun("replay", fixture("hybrid"), "--every", "10", "--json").run()
        #expect(every.lines.filter { $0.contains(#""schema":"tickrun/belief/1""#) }.count == 15)
        #expect(every.lines.contains { $0.contains(#""cut":10,"policy":"trustMonotonicLatest""#) })
    }

    @Test("a cut beyond the events is refused, and so is an unknown policy")
    func refused() async throws {
        let cut = try await RunProcess.tickrun("replay", fixture("hybrid"), "--cut", "25").run()
        #expect(
            cut.exitCode == 2
                && cut.standardError.contains("a cut after event 25 does not exist: there are 24 events; give 0 to 24"))
        let policy = try await RunProcess.tickrun("replay", fixture("hybrid"), "--policy", "trustNTP").run()
        #expect(policy.exitCode == 2 && policy.standardError.contains("trustNTPLatest"))
        let missing = try await RunProcess.tickrun("replay", "/no/such.journal").run()
        #expect(missing.exitCode == 69 && missing.standardError.contains("/no/such.journal"))
        #expect(
            missing.standardError.contains("JOURNAL: cannot read") && missing.standardError.contains("check the path"))
        let folder = try await RunProcess.tickrun("replay", "/tmp").run()
        #expect(folder.exitCode == 69)
    }

    @Test("--digest prints one line, the recorded digest")
    func digest() async throws {
        let digests = try JSONDecoder().decode(
            [String: String].self,
            from: Data(contentsOf: Vectors.packageRoot.appending(path: "Fixtures/journals/digests.json")))
        #expect(digests.count == 11)
        for (name, digest) in digests {
            let replay = try await RunProcess.tickrun("replay", fixture(name), "--digest").run()
            #expect(replay.standardOutput == digest + "\n")
        }
    }

    @Test("a changed byte gives 65 and the place; cat prints the events before it")
    func damaged() async throws {
        try await withFolder { folder in
            var bytes = try Data(contentsOf: URL(filePath: fixture("pal")))
            bytes[20_000] ^= 1
            let file = "\(folder)/damaged.journal"
            try bytes.write(to: URL(filePath: file))
            for words in [["replay", file], ["journal", "verify", file], ["journal", "stat", file]] {
                let run = try await RunProcess.tickrun(words).run()
                #expect(run.exitCode == 65)
                #expect(run.standardError.contains("damaged at event "))
            }
            let cat = try await RunProcess.tickrun("journal", "cat", file).run()
            #expect(cat.exitCode == 65 && cat.lines.count > 20)
            let event = cat.lines.count + 1
            #expect(cat.standardError.contains("damaged at event \(event), byte "))
        }
    }
}

@Suite("tickrun journal")
struct JournalCommandTests {
    @Test("verify states how a journal ends: ended, or torn by a number of bytes")
    func verify() async throws {
        let ended = try await RunProcess.tickrun("journal", "verify", fixture("ntsc")).run()
        #expect(ended.exitCode == 0 && ended.standardOutput.hasSuffix("133 events, chain intact, ended\n"))
        let torn = try await RunProcess.tickrun("journal", "verify", fixture("torn")).run()
        #expect(torn.exitCode == 0 && torn.standardOutput.contains("254 bytes of a torn event follow"))
        let json = try await RunProcess.tickrun("journal", "verify", fixture("torn"), "--json").run()
        #expect(json.standardOutput.contains(#""torn_bytes":254"#))
    }

    @Test("cat prints every event with its id, and the parents chain them")
    func cat() async throws {
        struct Line: Decodable {
            let event: Int
            let id: String
            let parents: [String]
            let tag: String?
        }
        let cat = try await RunProcess.tickrun("journal", "cat", fixture("weighted"), "--json").run()
        let lines = try cat.lines.map { try JSONDecoder().decode(Line.self, from: Data($0.utf8)) }
        #expect(lines.map(\.event) == Array(1...34))
        for (before, after) in zip(lines, lines.dropFirst()) { #expect(after.parents == [before.id]) }
        #expect(lines.allSatisfy { $0.tag == "OBS_CLOCK_SAMPLE_V0" })
    }

    @Test(
        "a cut beyond the events is refused by every action, and nothing is printed",
        arguments: ["verify", "cat", "stat"])
    func cutBeyond(action: String) async throws {
        let run = try await RunProcess.tickrun("journal", action, fixture("ntsc"), "--cut", "99999").run()
        #expect(run.exitCode == 2 && run.standardOutput.isEmpty, "\(run.standardOutput)")
        #expect(run.standardError.contains("--cut: a cut after event 99999 does not exist: there are 133 events"))
        let whole = try await RunProcess.tickrun("journal", action, fixture("ntsc"), "--cut", "133").run()
        #expect(whole.exitCode == 0)
    }

    @Test("an empty file and a text are no journals: 65, and no word of damage")
    func noJournal() async throws {
        for words in [["replay"], ["journal", "verify"], ["journal", "cat"], ["journal", "stat"]] {
            let empty = try await RunProcess.tickrun(words + ["/dev/null"]).run()
            #expect(empty.exitCode == 65 && empty.standardError.contains("the file is empty"), "\(empty)")
            let profile = try await RunProcess.tickrun(words + ["Fixtures/profiles/pal-25.json"]).run()
            #expect(profile.exitCode == 65 && profile.standardError.contains("this is text, not a journal"))
            #expect(empty.standardOutput.isEmpty && profile.standardOutput.isEmpty)
        }
    }

    @Test("an unknown action is refused, with the nearest one")
    func refused() async throws {
        let run = try await RunProcess.tickrun("journal", "verfy", fixture("pal")).run()
        #expect(run.exitCode == 2 && run.standardError.contains("verify"))
    }
}
