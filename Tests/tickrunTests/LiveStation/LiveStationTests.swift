import Foundation
import Glibc
import TestSupport
import Testing

// Real agents on a real etcd of three members. What is checked holds on any machine; how long things take is not. A
// tick that a busy machine delivers more than half a period late at a seam is missed, and never doubled.
//
// With TICK_STATION=full (`Tests/Station/run`) each scenario has its full length, the hosts have network namespaces of
// their own where that is allowed, and limits are checked with the machine's own stalls added. The figures are printed.

@Suite("Stations of real processes", .serialized)
struct LiveStationTests {
    /// At 25 and at 59.94.
    static let channels: [(name: String, rate: (UInt32, UInt32))] = [("one", (60_000, 1_001)), ("two", (25, 1))]

    @Test(
        "planned moves at 59.94 and 25, some at fences: each index is on air once, and the checker finds a doctored journal",
        .requires(.etcd, .etcdctl, .cc), .prefers(.ip, .nsenter))
    func moves() async throws {
        var setup = LiveStation.Setup()
        (setup.channels, setup.blockSeconds, setup.isInNamespaces) = (Self.channels, 4, StationScale.isFull)
        let count = StationScale.times(5, full: 50)
        let stalls = StallMeter()
        defer { stalls.stop() }
        try await LiveStation.with(setup) { station in
            let begin = StationClock.now()
            // The line that a host printed last may be from before the move, so the owner is remembered.
            var owner = try await station.owner()
            for turn in 0..<count {
                owner = owner == "b" ? (turn % 2 == 0 ? "a" : "c") : "b"
                try await station.move(to: owner, place: turn % 3 == 1 ? "fence" : "soonest")
            }
            try await station.move("two", to: try await station.owner(of: "two") == "c" ? "b" : "c", place: "fence")
            try await station.endAgents()
            let lost = stalls.lost(between: begin, and: StationClock.now())
            try await station.expectGoodEvidence { channel, evidence, line in
                #expect(line.owners.count >= (channel == "one" ? count : 1) + 1, "\(line)")
                // A machine that loses no time loses no tick.
                if StationScale.isFull {
                    #expect(line.ticksMissed == 0 || lost > station.period(of: channel) / 2, "\(line.gaps)")
                }
                // All hosts read the same clock here, and state an error of 5 ms. Two bounds are a little above 10 ms.
                let jumps = try evidence.phaseJumps(at: station.rate(of: channel)).map(abs)
                for jump in jumps { #expect(jump <= 20_000_000, "\(jumps)") }
                for owner in line.owners { #expect(abs(owner.phaseJumpNs ?? 0) <= 20_000_000, "\(owner)") }
                StationScale.say(
                    "moves of '\(channel)': \(line.owners.count - 1), \(line.ticksOnAir) ticks on air, "
                        + "\(line.faults) faults, \(line.ticksMissed) missed in \(line.gaps.count) gaps, phase jumps at "
                        + "most \((jumps.max() ?? 0) / 1_000) µs, \(station.cancelled.count) asked for again")
            }
            StationScale.say("machine: stalls of \(lost / 1_000_000) ms, the longest \(stalls.greatest / 1_000_000) ms")
            // Every index twice. Which host had the channel is not known before.
            let copies = try station.starts.enumerated().map { number, start in
                let copy = "\(station.cluster.folder)/doctored-\(number).journal"
                try FileManager.default.copyItem(atPath: start.journal, toPath: copy)
                return copy
            }
            let (doctored, found) = try await station.replay("one", copies)
            #expect(doctored == 1 && !found.good && found.faults > 0)
        }
    }

    @Test(
        "an owner that is killed at a random moment loses the channel to a standby, with no index twice",
        .requires(.etcd, .etcdctl, .cc), .prefers(.ip, .nsenter), arguments: ["hot", "cold"])
    func killed(standby: String) async throws {
        var setup = LiveStation.Setup()
        (setup.channels, setup.standby, setup.isInNamespaces) = (Self.channels, standby, StationScale.isFull)
        var random = SeededGenerator()
        StationScale.say("kills, \(standby) standby: TICK_SEED=\(random.seed)")
        let stalls = StallMeter()
        defer { stalls.stop() }
        try await LiveStation.with(setup) { station in
            var kills: [(host: String, at: Int64)] = []
            for turn in 0..<StationScale.times(1, full: 10) {
                let owner = try await station.owner()
                let others = LiveStation.hosts.filter { $0 != owner }
                try await station.waitUntilFit(others)
                let before = try await station.fencingNumber()
                // Some die while a move is under way, at any step of it.
                if turn % 3 == 2 { try await station.ask("one", to: others[turn % 2]) }
                try await Task.sleep(for: .milliseconds(Int.random(in: 0...3_000, using: &random)))
                station.cluster.kill(owner)
                kills.append((owner, StationClock.now()))
                let next = try await station.owner(above: before)
                #expect(next != owner)
                try await station.start(owner)
                try await station.waitUntilFit([owner])
            }
            try await station.endAgents()
            try await station.expectGoodEvidence { channel, evidence, line in
                let period = station.period(of: channel)
                // The channel may have been on another host by then: the one that the move went to, or its own.
                let struck = kills.filter { kill in
                    evidence.onAir.last { $0.startNs <= kill.at }?.host == kill.host
                }
                let gaps = struck.compactMap { kill in
                    evidence.gaps.first {
                        $0.before.host == kill.host && $0.before.startNs <= kill.at
                            && $0.after.startNs > kill.at && $0.after.start != $0.before.start
                    }
                }
                if channel == "one" { #expect(line.owners.count > kills.count, "\(line)") }
                if StationScale.isFull {
                    for gap in evidence.gaps {
                        let lost = stalls.lost(between: gap.before.startNs, and: gap.after.startNs)
                        #expect(gap.length <= StationLimits.gap(period: period) + lost, "\(gap)")
                    }
                }
                let limit = StationLimits.gap(period: period)
                StationScale.say(
                    "kills, \(standby) standby: \(struck.count) of \(kills.count) while '\(channel)' was on air there: gaps "
                        + "\(StationSpread(gaps.map(\.length))), "
                        + "limit \(Double(limit) / 1e9) s, \(line.faults) faults")
            }
        }
    }

    @Test(
        "an owner that was stopped delivers nothing on air after it goes on, and a device that fences shows each index once",
        .requires(.etcd, .etcdctl, .cc), .prefers(.ip, .nsenter))
    func stopped() async throws {
        let pipe = try TemporaryFolder(), path = "\(pipe.path)/frames"
        let isMade = unsafe mkfifo(path, 0o600) == 0
        try #require(isMade)
        let sink = try LiveProcess(RunProcess.built("fencingsink", [path]), named: "sink", in: pipe.path)
        var setup = LiveStation.Setup()
        (setup.channels, setup.isInNamespaces) = (Self.channels, StationScale.isFull)
        // A line is one write, so lines of several hosts do not mix.
        setup.command = { _, _, _ in #"exec grep --line-buffered '"on_air":true' > \#(path)"# }
        try await LiveStation.with(setup) { station in
            let owner = try await station.owner()
            let before = try await station.fencingNumber()
            let process = try #require(station.process(owner))
            process.send(SIGSTOP)
            try await station.wait(atMost: 30, "\(owner) does not stop") { process.isStopped ? true : nil }
            let stopped = StationClock.now()
            let next = try await station.owner(above: before)
            #expect(next != owner)
            // As long as an operator or a hypervisor may take.
            while StationClock.now() - stopped < Int64(StationScale.times(4, full: 10)) * 1_000_000_000 {
                try await Task.sleep(for: .milliseconds(50))
            }
            process.send(SIGCONT)
            try await Task.sleep(for: .seconds(3))
            try await station.endAgents()
            try await station.expectGoodEvidence { channel, evidence, line in
                #expect(line.owners.count >= 2 || channel == "two", "\(line)\n\(station.transcript)")
                let own = evidence.onAir.filter { $0.host == owner }
                let number = own.last { $0.startNs <= stopped }?.fencingNumber ?? 0
                let late = own.filter { $0.startNs > stopped && $0.fencingNumber ?? 0 <= number }
                #expect(late.isEmpty, "\(late.prefix(3))")
                // What it delivered on air ends before the tick with which the other one began.
                for (earlier, later) in zip(line.owners, line.owners.dropFirst()) {
                    #expect(earlier.lastTick < later.firstTick)
                }
                StationScale.say(
                    "stopped owner of '\(channel)': \(late.count) ticks on air after it went on, gaps "
                        + "\(StationSpread(evidence.gaps.map(\.length)))")
            }
            try Self.end(path)
            let exitCode = try await sink.exitCode(within: 30)
            try Self.expectOnlyLateLinesRefused(sink, exitCode, stopped)
        }
    }

    /// Writes the line that ends a sink.
    private static func end(_ path: String) throws {
        let file = try #require(FileHandle(forWritingAtPath: path))
        try file.write(contentsOf: Data("end\n".utf8))
        try file.close()
    }

    /// The lines of frames that were delivered before the stop may have stayed in the stopped process. Then they come
    /// after those of the next owner, and the device is right to refuse them.
    private static func expectOnlyLateLinesRefused(
        _ sink: LiveProcess, _ exitCode: Int32?, _ stopped: Int64
    ) throws {
        struct Printed: Decodable {
            let channel: String
            let startMonoNs: Int64?
            let taken: Int?
        }
        let lines: [Printed] = try sink.lines.map { try StationJSON.decode($0) }
        let refused = lines.filter { $0.startMonoNs != nil }
        for line in refused { #expect(line.startMonoNs ?? .max <= stopped, "\(sink.output)") }
        #expect(exitCode == (refused.isEmpty ? 0 : 1), "\(sink.errors)")
        for channel in Self.channels {
            #expect(lines.contains { $0.channel == channel.name && $0.taken ?? 0 > 50 }, "\(sink.output)")
        }
        StationScale.say("device that fences: \(sink.lines.filter { $0.contains("taken") }.joined(separator: ", "))")
    }

    @Test("a device that fences refuses a lower fencing number and a repeated index, and nothing else")
    func sink() async throws {
        func line(_ number: Int64, _ tick: Int64, _ more: String = #""on_air":true,"unfenced":false"#) -> String {
            #"{"session":"one","tick":\#(tick),"start_mono_ns":\#(tick),\#(more),"fencing_number":\#(number)}"# + "\n"
        }
        let good = line(1, 1) + line(1, 2) + line(3, 7) + line(3, 8, #""on_air":false,"unfenced":false"#) + line(3, 9)
        for (lines, exitCode, words) in [
            (good, Int32(0), #""taken":4,"refused_frames":0"#),
            (good + line(2, 10) + line(3, 10), 1, #""refused":"lower_number","fencing_number":2,"tick":10"#),
            (good + line(3, 9), 1, #""refused":"repeated_tick","fencing_number":3,"tick":9"#),
            (good + line(4, 5), 1, #""refused":"repeated_tick","fencing_number":4,"tick":5"#),
            (good + "no line\n", 2, ""),
        ] {
            var process = RunProcess.built("fencingsink", [])
            process.standardInput = .text(lines)
            let result = try await process.run()
            #expect(
                result.exitCode == exitCode && (words.isEmpty || result.standardOutput.contains(words)), "\(result)")
        }
    }
}
