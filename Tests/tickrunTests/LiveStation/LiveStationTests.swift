import Foundation
import Glibc
import TestSupport
import Testing

// Real agents on a real etcd of three members. What is checked holds on any machine; how long things take is not. A
// tick that a busy machine delivers more than a period late at a seam is missed, and never doubled.
//
// TICK_STATION_FACTOR (default 1) repeats each scenario that often.

@Suite("Stations of real processes", .serialized)
struct LiveStationTests {
    private static var factor: Int {
        max(1, ProcessInfo.processInfo.environment["TICK_STATION_FACTOR"].flatMap { Int($0) } ?? 1)
    }

    @Test(
        "planned moves at 59.94, back and forth: no index is on air twice, and the checker finds a doctored journal",
        .requires(.etcd, .etcdctl, .cc))
    func moves() async throws {
        try await LiveStation.with(rate: (60_000, 1_001)) { station in
            // The line that a host printed last may be from before the move, so the owner is remembered.
            var owner = try await station.owner(atMost: 60)
            for turn in 0..<5 * Self.factor {
                owner = owner == "b" ? (turn % 2 == 0 ? "a" : "c") : "b"
                try await station.move(to: owner)
            }
            try await station.endAgents()
            let (exitCode, line) = try await station.replay()
            #expect(exitCode == 0 && line.good && line.faults == 0, "\(line)\n\(station.transcript)")
            #expect(line.owners.count >= 5 * Self.factor + 1, "\(line)")
            // All hosts read the same clock here, so their grids agree to within its bounds.
            for owner in line.owners { #expect(abs(owner.phaseJumpNs ?? 0) <= 20_000_000, "\(owner)") }
            let copy = "\(station.cluster.folder)/doctored.journal"
            try FileManager.default.copyItem(atPath: station.journalPaths[0], toPath: copy)
            let (doctored, found) = try await station.replay([copy])
            #expect(doctored == 1 && !found.good && found.faults > 0)
        }
    }

    @Test(
        "an owner that is killed loses the channel to a standby, with no index twice",
        .requires(.etcd, .etcdctl, .cc), arguments: ["hot", "cold"])
    func killed(standby: String) async throws {
        try await LiveStation.with(rate: (25, 1), standby: standby) { station in
            for _ in 0..<Self.factor {
                let owner = try await station.owner(atMost: 60)
                let before = try await station.fencingNumber()
                station.cluster.kill(owner)
                let next = try await station.owner(above: before, atMost: 60)
                #expect(next != owner)
                try await station.start(owner)
                try await Task.sleep(for: .seconds(2))
            }
            try await station.endAgents()
            let (_, line) = try await station.replay()
            #expect(line.faults == 0 && line.owners.count >= 2, "\(line)\n\(station.transcript)")
        }
    }

    @Test(
        "an owner that was stopped delivers nothing on air after it goes on",
        .requires(.etcd, .etcdctl, .cc))
    func stopped() async throws {
        try await LiveStation.with(rate: (25, 1)) { station in
            let owner = try await station.owner(atMost: 60)
            let before = try await station.fencingNumber()
            station.cluster.processes[owner]?.send(SIGSTOP)
            let next = try await station.owner(above: before, atMost: 60)
            #expect(next != owner)
            station.cluster.processes[owner]?.send(SIGCONT)
            try await Task.sleep(for: .seconds(3))
            try await station.endAgents()
            let (_, line) = try await station.replay()
            #expect(line.faults == 0 && line.owners.count >= 2, "\(line)\n\(station.transcript)")
            // What it delivered on air ends before the tick with which the other one began.
            for (earlier, later) in zip(line.owners, line.owners.dropFirst()) {
                #expect(earlier.lastTick < later.firstTick)
            }
        }
    }

    @Test(
        "without a majority of etcd the owner is off air at the end of its tenure, or goes on unfenced; and recovers",
        .requires(.etcd, .etcdctl, .cc), arguments: ["stop", "continue"])
    func isolated(isolation: String) async throws {
        try await LiveStation.with(rate: (25, 1), isolation: isolation) { station in
            let owner = try await station.owner(atMost: 60)
            for member in [1, 2] { station.etcd.send(SIGSTOP, to: member) }
            let end = ContinuousClock.now + .seconds(60)
            var wasOver = false
            while ContinuousClock.now < end, !wasOver {
                wasOver = (station.line(owner)?.validForNs ?? 0) < -1_000_000_000
                try await Task.sleep(for: .milliseconds(100))
            }
            #expect(wasOver, "\(station.transcript)")
            let unfenced = station.line(owner)?.channels.first?.ticksUnfenced ?? 0
            #expect(isolation == "stop" ? unfenced == 0 : unfenced > 0, "\(unfenced)\n\(station.transcript)")
            for member in [1, 2] { station.etcd.send(SIGCONT, to: member) }
            _ = try await station.owner(atMost: 60)
            var isBack = false
            let limit = ContinuousClock.now + .seconds(60)
            while ContinuousClock.now < limit, !isBack {
                isBack = LiveStation.hosts.contains { station.line($0)?.validForNs ?? 0 > 0 }
                try await Task.sleep(for: .milliseconds(100))
            }
            #expect(isBack, "\(station.transcript)")
            try await station.endAgents()
            let (_, line) = try await station.replay()
            #expect(line.faults == 0, "\(line)\n\(station.transcript)")
            #expect((line.ticksUnfenced > 0) == (isolation == "continue"))
        }
    }
}
