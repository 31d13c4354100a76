import Foundation
import Glibc
import TestSupport
import Testing

/// A committed stamp of a primary.
struct StationStamp {
    /// Which start of an agent gave it.
    let start: Int
    let startNs: Int64
    let utcNs: Int64

    /// Stamps that lie below the one before them.
    ///
    /// - Parameter stamps: in the order of true time.
    static func falls(_ stamps: [StationStamp]) -> [(StationStamp, StationStamp)] {
        zip(stamps, stamps.dropFirst()).filter { $1.utcNs < $0.utcNs }
    }

    /// Where another process goes on.
    static func changes(_ stamps: [StationStamp]) -> [(StationStamp, StationStamp)] {
        zip(stamps, stamps.dropFirst()).filter { $0.start != $1.start }
    }
}

extension LiveStationTests {
    @Test(
        "a primary that is killed while it stamps is followed by another one, and no stamp lies below an earlier view's",
        .requires(.etcd, .etcdctl, .cc), .prefers(.ip, .nsenter))
    func stamps() async throws {
        // Each host ticks the channel and asks for a stamp at each tick; only the primary's are committed.
        let rate = StationScale.times(200, full: 1_000)
        var setup = LiveStation.Setup()
        (setup.channels, setup.isInNamespaces) = ([("one", (UInt32(rate), 1))], StationScale.isFull)
        setup.hasJournals = false
        let scripts = try TemporaryFolder(), script = "\(scripts.path)/committed.sed"
        try Data(
            (#"s/.*"start_mono_ns":\([0-9]*\),.*"timestamp_utc_ns":\([0-9]*\),.*"timestamp_committed":true.*/\1 \2/p"#
                + "\n").utf8
        ).write(to: URL(filePath: script))
        setup.command = { folder, host, number in "exec sed -u -n -f \(script) > \(folder)/\(number).stamps" }
        var random = SeededGenerator()
        StationScale.say("kills of the primary at \(rate) stamps a second: TICK_SEED=\(random.seed)")
        let stalls = StallMeter()
        defer { stalls.stop() }
        try await LiveStation.with(setup) { station in
            var (kills, view) = (0, Int64(0))
            for _ in 0..<StationScale.times(2, full: 20) {
                let primary = try await station.primary(above: view)
                view = primary.view
                try await station.waitUntilFit(LiveStation.hosts)
                try await Task.sleep(for: .milliseconds(Int.random(in: 500...3_000, using: &random)))
                station.cluster.kill(primary.host)
                kills += 1
                _ = try await station.primary(above: view)
                try await station.start(primary.host)
            }
            let last = try await station.primary(above: view)
            try await Task.sleep(for: .seconds(2))
            try await station.endAgents()
            try await Task.sleep(for: .seconds(1))
            let stamps = try Self.stamps(station)
            try #require(stamps.count > rate * kills / 4, "\(stamps.count)\n\(station.transcript)")
            let falls = StationStamp.falls(stamps)
            #expect(falls.isEmpty, "\(falls.prefix(3))")
            // A view is of one host, and they follow each other.
            let changes = StationStamp.changes(stamps)
            let views = station.starts.flatMap { station.events($0, "primary") }.compactMap(\.view)
            #expect(Set(views).count == views.count && changes.count < views.count, "\(views)")
            #expect(changes.count >= kills && views.max() ?? 0 >= last.view)
            Self.expectFloors(station, stamps)
            for (before, after) in changes where StationScale.isFull {
                let lost = stalls.lost(between: before.startNs, and: after.startNs)
                #expect(after.startNs - before.startNs <= StationLimits.primary + lost)
            }
            StationScale.say(
                "fail-overs of the primary: \(kills), \(stamps.count) stamps in \(views.count) views, \(falls.count) "
                    + "below an earlier one; without a primary "
                    + "\(StationSpread(changes.map { $1.startNs - $0.startNs })), limit "
                    + "\(Double(StationLimits.primary) / 1e9) s")
        }
    }

    /// The committed stamps of all hosts, in the order of true time.
    private static func stamps(_ station: LiveStation) throws -> [StationStamp] {
        var stamps: [StationStamp] = []
        for start in station.starts {
            let path = "\(station.cluster.folder)/\(start.number).stamps"
            guard let text = try? String(contentsOfFile: path, encoding: .utf8) else { continue }
            for line in text.split(separator: "\n") {
                let words = line.split(separator: " ").compactMap { Int64($0) }
                try #require(words.count == 2, "\(path): \(line)")
                stamps.append(StationStamp(start: start.number, startNs: words[0], utcNs: words[1]))
            }
        }
        return stamps.sorted { $0.startNs < $1.startNs }
    }

    /// A process that was the primary once gave no stamp below the floor of its view.
    private static func expectFloors(_ station: LiveStation, _ stamps: [StationStamp]) {
        for start in station.starts {
            let floors = station.events(start, "primary").compactMap(\.floorUtcNs)
            let own = stamps.filter { $0.start == start.number }
            guard let floor = floors.min(), let least = own.map(\.utcNs).min() else { continue }
            #expect(least >= floor)
        }
    }
}
