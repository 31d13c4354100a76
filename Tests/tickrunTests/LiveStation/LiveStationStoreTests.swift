import Foundation
import Glibc
import TestSupport
import Testing

extension LiveStationTests {
    @Test(
        "members of etcd that are killed one by one and started again put no index on air twice",
        .requires(.etcd, .etcdctl, .cc), .prefers(.ip, .nsenter))
    func members() async throws {
        var setup = LiveStation.Setup()
        setup.isInNamespaces = StationScale.isFull
        try await LiveStation.with(setup) { station in
            for member in 0..<3 {
                station.etcd.kill(member)
                try await Task.sleep(for: .seconds(StationScale.times(4, full: 10)))
                try station.etcd.start(member)
                // etcdctl goes on to another member where one does not answer.
                try await station.etcd.waitUntilHealthy()
                _ = try await station.owner()
                try await station.waitUntilFit(LiveStation.hosts)
            }
            try await station.endAgents()
            try await station.expectGoodEvidence { channel, evidence, line in
                StationScale.say(
                    "members of etcd killed one by one: \(line.owners.count) owners of '\(channel)', gaps "
                        + "\(StationSpread(evidence.gaps.map(\.length)))")
            }
        }
    }

    @Test(
        "without a majority of etcd the owner is off air at the end of its tenure, or goes on unfenced; and recovers",
        .requires(.etcd, .etcdctl, .cc), .prefers(.ip, .nsenter), arguments: ["stop", "continue"])
    func isolated(isolation: String) async throws {
        var setup = LiveStation.Setup()
        (setup.isolation, setup.isInNamespaces) = (isolation, StationScale.isFull)
        try await LiveStation.with(setup) { station in
            let owner = try await station.owner()
            for member in [1, 2] { station.etcd.send(SIGSTOP, to: member) }
            let cut = StationClock.now()
            try await station.wait(atMost: 60, "the tenure does not end") {
                station.line(owner).flatMap { $0.validForNs ?? 0 < -1_000_000_000 ? true : nil }
            }
            while StationClock.now() - cut < Int64(StationScale.times(6, full: 20)) * 1_000_000_000 {
                try await Task.sleep(for: .milliseconds(50))
            }
            let line = station.line(owner)?.channel("one")
            #expect(line?.onAir == (isolation == "continue") && line?.unfenced == (isolation == "continue"))
            #expect(station.process(owner)?.errors.contains("tenure is over") == true, "\(station.transcript)")
            let joined = StationClock.now()
            for member in [1, 2] { station.etcd.send(SIGCONT, to: member) }
            // By itself a host has it on air and fenced again.
            try await station.wait(atMost: 60, "nobody recovers") {
                LiveStation.hosts.first { host in
                    guard let line = station.line(host), line.isValid else { return false }
                    return line.channel("one").map { $0.role == "owner" && $0.onAir && !$0.unfenced } ?? false
                }
            }
            try await Task.sleep(for: .seconds(2))
            try await station.endAgents()
            try await station.expectGoodEvidence { _, evidence, line in
                #expect((line.ticksUnfenced > 0) == (isolation == "continue"))
                // What it delivers fenced rests on a rewrite that was sent while etcd had a majority.
                for host in LiveStation.hosts {
                    let late = evidence.ticks(of: host, after: cut + StationLimits.ttl, before: joined)
                    #expect(late.isEmpty, "\(late.prefix(3))\n\(station.transcript)")
                }
                #expect(evidence.onAir.contains { $0.startNs > joined && $0.fencingNumber != nil })
                let last = evidence.frames.last { $0.startNs < joined }?.startNs ?? cut
                StationScale.say(
                    "no majority of etcd for \((joined - cut) / 1_000_000) ms, '\(isolation)': the last fenced tick "
                        + "\((last - cut) / 1_000_000) ms after the cut, \(line.ticksUnfenced) unfenced, gaps "
                        + "\(StationSpread(evidence.gaps.map(\.length)))")
            }
        }
    }
}
