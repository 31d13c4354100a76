import Foundation
import TestSupport
import Testing

extension RunTests {
    @Suite("broken input", .serialized)
    struct Input {
        @Test("a broken profile is refused with 65, and the file, the place and the fault are named")
        func brokenProfiles() async throws {
            let folder = Vectors.packageRoot.appending(path: "Fixtures/broken-profiles")
            let files = try FileManager.default.contentsOfDirectory(atPath: folder.path).filter {
                $0.hasSuffix(".json")
            }
            #expect(files.count > 50)
            for file in files.sorted() {
                let path = "Fixtures/broken-profiles/\(file)"
                let result = try await RunProcess.tickrun(path).run()
                #expect(result.exitCode == 65, "\(file)")
                #expect(result.standardOutput.isEmpty, "\(file)")
                let prefix = "tickrun: \(path)"
                #expect(result.standardError.hasPrefix(prefix), "\(file)")
                #expect(result.standardError.utf8.count > prefix.utf8.count + 30, "\(file)")
            }
        }

        /// Arguments, exit code, and the parts of the message: the place and the remedy.
        @Test(
            "a wrong command line names the place and the remedy",
            arguments: [
                ("25 --plicy skip", 2, ["'--plicy'", "did you mean '--policy'"]),
                ("25 --wait spinn", 2, ["--wait", "sleep, hybrid, spin", "did you mean 'spin'"]),
                ("25 --policy Skip", 2, ["--policy", "did you mean 'skip'"]),
                ("25 --align tai", 2, ["--align", "none, second, st2059"]),
                ("59,94", 2, ["RATE", "no file", "write 59.94"]),
                ("60hz", 2, ["RATE", "no file", "write 60"]),
                ("25df", 2, ["RATE", "25 or 25ndf"]),
                ("30df", 2, ["RATE", "29.97df"]),
                ("hlep", 2, ["'hlep'", "did you mean 'help'"]),
                ("repaly a.journal", 2, ["'repaly'", "did you mean 'replay'"]),
                ("deadlines 29,97", 2, ["RATE", "write 29.97"]),
                ("timecode 29.97df --non-drop 0", 2, ["RATE '29.97df'", "--non-drop"]),
                ("timecode 29.97ndf --drop 0", 2, ["RATE '29.97ndf'", "--drop"]),
                ("59.9", 2, ["RATE", "599/10", "59.94 (60000/1001)", "60"]),
                ("29.98", 2, ["RATE", "1499/50", "29.97 (30000/1001)"]),
                ("26/0", 2, ["RATE", "at least 1"]),
                ("1000001", 2, ["RATE", "1000000"]),
                ("25 26", 2, ["'26'", "give one PROFILE or RATE"]),
                ("25 --align utc", 2, ["--align: 'utc' is not allowed", "use one of: none, second, st2059"]),
                ("node a.json --config b.json", 2, ["CLUSTER and --cluster exclude each other"]),
                ("plan 25", 2, ["25 is a rate", "takes a profile"]),
                ("profile 29.97", 2, ["29.97 is a rate", "takes a profile"]),
                ("key", 2, ["write: tickrun key new --nodes A,B"]),
                (
                    "manifest", 2,
                    ["name one of: kubernetes, kubernetes-realtime, kubernetes-station, systemd, prometheus-rules"]
                ),
                ("time foo", 2, ["'foo' is not allowed", "use one of: status, sync, peers, drift, now, wait"]),
                ("Fixtures/journals/ntsc.journal", 65, ["this is the journal of a run", "tickrun replay"]),
                (
                    "node Fixtures/profiles/pal-25.json", 65,
                    ["schema: this is a profile", "run it with 'tickrun FILE'"]
                ),
                ("Fixtures/cluster/a.json", 65, ["schema: this is a cluster's file", "tickrun node FILE"]),
                ("25 --cluster /none/a.json", 69, ["--cluster: cannot read /none/a.json", "check the path"]),
                ("25 --require-sync /none/a.json", 69, ["--require-sync: cannot read /none/a.json", "check the path"]),
                ("check --offline --exception /none/a.json r", 69, ["--exception: cannot read /none/a.json"]),
                ("node /none/a.json", 69, ["CLUSTER: cannot read /none/a.json", "check the path"]),
                ("time now --socket /none/s", 69, ["--socket: no node answers at /none/s", "tickrun node"]),
                ("key new --nodes a,b --folder /none/k", 69, ["--folder /none/k", "name a folder that exists"]),
                ("--ticks 5", 2, ["PROFILE or RATE is missing"]),
                ("25 --ticks", 2, ["--ticks N"]),
                ("25 --ticks 0", 2, ["--ticks", "from 1"]),
                ("25 --ticks 1e3", 2, ["--ticks", "'1e3'", "whole number"]),
                ("25 --ticks 1 --ticks 2", 2, ["--ticks", "once"]),
                ("25 --ticks 1 --duration 1s", 2, ["--ticks and --duration", "give one"]),
                ("25 --duration 5", 2, ["--duration", "5s"]),
                ("25 --duration 0s", 2, ["--duration", "more than 0"]),
                ("25 --duration 9000000h", 2, ["--duration", "292 years"]),
                ("25 --work -1s", 2, ["--work", "10s"]),
                ("25 --sessions 0", 2, ["--sessions", "from 1 to 10000"]),
                ("25 --fifo 100", 2, ["--fifo", "from 1 to 99"]),
                ("25 --cpu -1", 2, ["--cpu", "from 0"]),
                ("25 --lock-memory=1", 2, ["--lock-memory", "no value"]),
                ("25 --json=all", 2, ["--json=all", "--json=summary"]),
                ("25 --policy paced", 2, ["--spacing TIME"]),
                ("25 --spacing 1ms", 2, ["--policy paced"]),
                ("Fixtures/profiles/multi-rate.json --sessions 2", 2, ["--sessions", "has 5"]),
                ("59.94 --policy paced --spacing 1s", 78, ["'main'", "60000/1001", "16683333 ns", "less than"]),
                ("Fixtures/profiles/pal-25.json --policy paced --spacing 40ms", 78, ["'pal-25'", "less than"]),
                ("25 --ticks 9223372036854775807", 78, ["'main'", "292 years", "give fewer"]),
                (
                    "no-such.json", 69,
                    ["no-such.json", "no such file", "check the path; Fixtures/profiles has examples"]
                ),
                ("Fixtures/profiles", 69, ["Fixtures/profiles", "directory", "name a file in it"]),
            ])
        func refused(line: String, exitCode: Int32, parts: [String]) async throws {
            let result = try await RunProcess.tickrun(line.split(separator: " ").map(String.init)).run()
            #expect(result.exitCode == exitCode)
            #expect(result.standardOutput.isEmpty)
            for part in parts {
                #expect(result.standardError.contains(part), "\(result.standardError)")
            }
            #expect(result.standardError.split(separator: "\n").count == 1)
        }

        @Test("a folder with examples is named only where it exists")
        func examples() async throws {
            var process = RunProcess.tickrun("no-such.json")
            process.workingDirectory = "/"
            let result = try await process.run()
            #expect(result.exitCode == 69 && !result.standardError.contains("Fixtures"), "\(result.standardError)")
        }

        @Test("a file without read permission is refused with 77 and the remedy, by every command", .requires(.setpriv))
        func forbidden() async throws {
            try await withProfile(#""rate":"25","ticks":1"#) { path in
                try FileManager.default.setAttributes([.posixPermissions: 0], ofItemAtPath: path)
                for words in [[], ["profile"], ["plan"], ["config", "validate"], ["node"], ["replay"]] {
                    let program = RunProcess.tickrun(words + [path])
                    // Root may read everything, unless it drops its capabilities.
                    var process = RunProcess(
                        Requirement.setpriv.path,
                        ["--bounding-set=-all", "--inh-caps=-all", program.executable] + words + [path])
                    if getuid() != 0 { process = program }
                    process.workingDirectory = program.workingDirectory
                    let result = try await process.run()
                    #expect(result.exitCode == 77, "\(words): \(result.standardError)")
                    #expect(result.standardError.contains(path))
                    #expect(result.standardError.contains("chmod +r"))
                }
            }
        }

        @Test("a wrong file is refused with 65 by every command")
        func wrong() async throws {
            for words in [[], ["profile"], ["plan"], ["config", "validate"], ["node"], ["replay"]] {
                let result = try await RunProcess.tickrun(words + ["Fixtures/broken-profiles/unknown-key.json"]).run()
                #expect(result.exitCode == 65, "\(words): \(result.standardError)")
            }
        }

        @Test("a profile may come through standard input")
        func standardInput() async throws {
            var process = RunProcess.tickrun("/dev/stdin", "--no-levels", "--json=summary")
            process.standardInput = .text(#"{"schema":"tickrun/profile/1","name":"piped","rate":"100","ticks":3}"#)
            let result = try await process.run()
            #expect(result.exitCode == 0, "\(result.standardError)")
            #expect(result.standardOutput.contains(#""name":"piped""#))
        }

        @Test("options override the profile: ticks, policy, wait, and related ones")
        func overrides() async throws {
            let words = [
                "Fixtures/profiles/pal-50.json", "--ticks", "7", "--wait", "sleep", "--policy", "paced",
                "--spacing", "3ms",
            ]
            let outcome = try await RunOutcome.of(words)
            outcome.expectSound()
            #expect(outcome.summary.sessions[0].tickCount == 7)
            #expect(outcome.summary.sessions[0].policy == "paced")
            #expect(outcome.result.standardOutput.contains(#""strategy":"sleep""#))
        }
    }
}
