import Foundation
import TestSupport
import Testing
import TickJournal
import TickScheduling
import TickTime

/// What a station's hosts had on air of a channel, read from their journals, in the order of true time.
struct StationEvidence {
    struct OnAir {
        let host: String
        let start: Int
        let tick: Int64
        /// `nil`: unfenced.
        let fencingNumber: Int64?
        let startNs: Int64
        let deadlineNs: Int64
    }

    struct Gap {
        let before: OnAir
        let after: OnAir
        /// Between the two deliveries around it.
        var length: Int64 { after.startNs - before.startNs }
    }

    let onAir: [OnAir]

    /// Reads the journals of one channel.
    static func read(_ station: LiveStation, _ channel: String = "one") throws -> StationEvidence {
        var onAir: [OnAir] = []
        for start in station.starts {
            guard let bytes = try? Data(contentsOf: URL(filePath: start.journal)) else { continue }
            var reader = JournalReader()
            reader.append(Array(bytes))
            var sessions: Set<Int32> = []
            while let event = try reader.next() {
                switch try event.record() {
                case .session(let anchor) where anchor.name == channel: sessions.insert(anchor.session)
                case .tick(let entry) where sessions.contains(entry.session):
                    guard let air = entry.air, air.isOnAir else { continue }
                    onAir.append(
                        OnAir(
                            host: start.host, start: start.number, tick: entry.tick,
                            fencingNumber: air.isUnfenced ? nil : air.fencingNumber,
                            startNs: entry.start.nanoseconds, deadlineNs: entry.deadline.nanoseconds))
                default: break
                }
            }
        }
        return StationEvidence(onAir: onAir.sorted { $0.startNs < $1.startNs })
    }

    /// The fenced deliveries, as a device gets them that shows each at once.
    var frames: [FencingSink.Frame] {
        onAir.compactMap { tick in
            tick.fencingNumber.map { .init(fencingNumber: $0, tick: tick.tick, startNs: tick.startNs) }
        }
    }

    /// Where fenced indices are missing.
    var gaps: [Gap] {
        let fenced = onAir.filter { $0.fencingNumber != nil }
        return zip(fenced, fenced.dropFirst()).filter { $1.tick > $0.tick + 1 }.map { Gap(before: $0, after: $1) }
    }

    /// How far each owner's first deadline is off the grid of the owner before it, in true time.
    func phaseJumps(at rate: FrameRate) throws -> [Int64] {
        let fenced = onAir.filter { $0.fencingNumber != nil }
        return try zip(fenced, fenced.dropFirst()).filter { $0.fencingNumber != $1.fencingNumber }.map {
            before, after in
            let ticks = try rate.offset(ofTick: after.tick) -| rate.offset(ofTick: before.tick)
            return after.deadlineNs - before.deadlineNs - ticks.count
        }
    }

    /// Checks that a device that fences refuses nothing.
    func expectNothingRefused(_ station: LiveStation) {
        var sink = FencingSink()
        for frame in frames { sink.take(frame) }
        #expect(sink.taken > 0)
        #expect(sink.refused.isEmpty, "\(sink.refused.prefix(5))\n\(station.transcript)")
    }

    /// What a host had on air between two instants.
    func ticks(of host: String, after begin: Int64, before end: Int64, unfenced: Bool = false) -> [OnAir] {
        onAir.filter {
            $0.host == host && $0.startNs > begin && $0.startNs < end && ($0.fencingNumber == nil) == unfenced
        }
    }
}

extension LiveStation {
    /// Checks what the hosts had on air of each channel: no index twice, in order, and nothing that a device refuses.
    ///
    /// - Parameter body: further checks of a channel.
    func expectGoodEvidence(
        _ body: (_ channel: String, StationEvidence, ChannelReplayLine) throws -> Void = { _, _, _ in }
    ) async throws {
        for channel in setup.channels {
            let (_, line) = try await replay(channel.name)
            #expect(line.faults == 0, "\(line)\n\(transcript)")
            let evidence = try StationEvidence.read(self, channel.name)
            #expect(Int64(evidence.frames.count) == line.ticksOnAir)
            evidence.expectNothingRefused(self)
            try body(channel.name, evidence, line)
        }
    }

    func rate(of channel: String) throws -> FrameRate {
        let rate = try #require(setup.channels.first { $0.name == channel }?.rate)
        return try FrameRate(rate.0, over: rate.1)
    }

    func period(of channel: String) -> Int64 {
        guard let rate = setup.channels.first(where: { $0.name == channel })?.rate else { return 0 }
        return 1_000_000_000 * Int64(rate.1) / Int64(rate.0)
    }
}
