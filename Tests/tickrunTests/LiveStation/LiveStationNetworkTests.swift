import Foundation
import TestSupport
import Testing

extension LiveStationTests {
    /// What the network of one host does for a while.
    struct Fault: CustomTestStringConvertible {
        let testDescription: String
        var cut: TCPRelay.Cut = []
        var delay: Duration = .zero
        /// Whether the host's rewrites, or their answers, are lost or come later than the time limit of a request.
        var endsTenure = true

        static let all = [
            Fault(testDescription: "cut both ways", cut: .both),
            Fault(testDescription: "its answers are lost", cut: .answers),
            Fault(testDescription: "its requests are lost", cut: .requests),
            Fault(testDescription: "150 ms each way", delay: .milliseconds(150), endsTenure: false),
            Fault(testDescription: "400 ms each way", delay: .milliseconds(400)),
        ]
    }

    @Test(
        "an owner whose network is cut both ways or one way, or slowed, is off air at the end of its tenure, and recovers",
        .requires(.etcd, .etcdctl, .cc))
    func network() async throws {
        // Relays are in the test's own process, so the hosts are on loopback.
        var setup = LiveStation.Setup()
        setup.relayed = "a"
        try await LiveStation.with(setup) { station in
            let relays = try #require(station.relays)
            var spans: [(fault: Fault, begin: Int64, end: Int64, owner: String)] = []
            for fault in StationScale.isFull ? Fault.all : Fault.all.filter({ $0.cut != .requests && $0.endsTenure }) {
                try await station.waitUntilFit(LiveStation.hosts)
                if try await station.owner() != "a" { try await station.move(to: "a") }
                try await Task.sleep(for: .seconds(1))
                let number = try await station.fencingNumber()
                let begin = relays.set(cut: fault.cut, delay: fault.delay)
                if fault.endsTenure {
                    let owner = try await station.owner(above: number)
                    #expect(owner != "a", "\(fault.testDescription)")
                }
                try await Task.sleep(for: .seconds(StationScale.times(2, full: 8)))
                let end = StationClock.now()
                spans.append((fault, begin, end, try await station.owner()))
                // What waited in the relay reaches etcd now, long after the host gave it up.
                relays.set(cut: [])
            }
            try await station.waitUntilFit(LiveStation.hosts)
            #expect(relays.connections > 3)
            try await station.endAgents()
            try await station.expectGoodEvidence { _, evidence, _ in
                for span in spans {
                    // It rests on a rewrite that was sent before the fault.
                    let late = evidence.ticks(of: "a", after: span.begin + StationLimits.ttl, before: span.end)
                    #expect(!span.fault.endsTenure || late.isEmpty, "\(span.fault.testDescription): \(late.prefix(3))")
                    let last = evidence.onAir.last { $0.host == "a" && $0.startNs < span.end }?.startNs ?? span.begin
                    let gaps = evidence.gaps.filter { $0.after.startNs > span.begin && $0.before.startNs < span.end }
                    StationScale.say(
                        "network of the owner, \(span.fault.testDescription): its last tick "
                            + "\((last - span.begin) / 1_000_000) ms after the begin, gaps "
                            + "\(StationSpread(gaps.map(\.length))), then on air on \(span.owner)")
                }
            }
        }
    }

    @Test(
        "an owner whose host loses its link, with its member of etcd, is off air at the end of its tenure, and recovers",
        .enabled(if: StationScale.isFull, "the full form has it"),
        .requires(.etcd, .etcdctl, .cc), .prefers(.ip, .nsenter))
    func link() async throws {
        var setup = LiveStation.Setup()
        setup.isInNamespaces = true
        let stalls = StallMeter()
        defer { stalls.stop() }
        try await LiveStation.with(setup) { station in
            guard case .namespaces(let network) = station.cluster.network else { return }
            for _ in 0..<2 {
                let owner = try await station.owner(), number = try await station.fencingNumber()
                // etcdctl asks from a host that stays.
                station.etcd.controlMember = LiveStation.hosts.firstIndex { $0 != owner } ?? 0
                try await network.link(owner, up: false)
                let cut = StationClock.now()
                let next = try await station.owner(above: number)
                #expect(next != owner)
                try await Task.sleep(for: .seconds(8))
                let joined = StationClock.now()
                try await network.link(owner, up: true)
                try await station.etcd.waitUntilHealthy()
                try await station.waitUntilFit(LiveStation.hosts)
                let evidence = try StationEvidence.read(station)
                let late = evidence.ticks(of: owner, after: cut + StationLimits.ttl, before: joined)
                #expect(late.isEmpty, "\(late.prefix(3))")
                let gaps = evidence.gaps.filter { $0.after.startNs > cut && $0.before.startNs < joined }
                StationScale.say("link of the owner's host down: gaps \(StationSpread(gaps.map(\.length)))")
                for gap in gaps {
                    // Two members of etcd remain. They elect a leader, and requests to the member that is gone use up
                    // their time.
                    let limit = StationLimits.gap(period: station.period(of: "one")) + 5_000_000_000
                    let lost = stalls.lost(between: gap.before.startNs, and: gap.after.startNs)
                    #expect(gap.length <= limit + lost, "\(gap)\n\(station.transcript)")
                }
            }
            try await station.endAgents()
            try await station.expectGoodEvidence()
        }
    }
}
