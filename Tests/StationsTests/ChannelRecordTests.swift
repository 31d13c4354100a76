import Foundation
import Stations
import TestSupport
import Testing
import TickTime

@Suite("The records of a station")
struct ChannelRecordTests {
    private static let rates = ["25", "50", "60000/1001", "24000/1001", "10", "1000"].compactMap {
        try? FrameRate(parsing: $0)
    }

    /// A tick's deadline after that of tick 0, in ns, as an exact fraction: n × denominator × 10⁹ / numerator.
    private static func isBefore(_ tick: Int64, _ rate: FrameRate, _ nanoseconds: Int128) -> Bool {
        Int128(tick) * Int128(rate.denominator) * 1_000_000_000 < nanoseconds * Int128(rate.numerator)
    }

    @Test("the last tick before an instant is due before it, and the next one is not, whatever tick fixed the grid")
    func inverse() throws {
        let seed = UInt64.random(in: 0...UInt64.max)
        var random = SeededGenerator(seed: seed)
        for _ in 0..<2_000 {
            let rate = try #require(Self.rates.randomElement(using: &random))
            let origin = Int64.random(in: -1_000_000_000_000_000...1_000_000_000_000, using: &random)
            let tick = Int64.random(in: 0...100_000_000, using: &random)
            let offset = Int64(
                Int128(tick) * Int128(rate.denominator) * 1_000_000_000 / Int128(rate.numerator))
            let grid = try #require(
                ChannelGrid(rate: rate, tick: tick, due: BootInstant(nanoseconds: origin + offset)))
            let instant = BootInstant(nanoseconds: origin + Int64.random(in: 10...100_000_000_000_000, using: &random))
            let last = grid.lastTick(before: instant)
            #expect(grid.firstTick(from: instant) == last + 1)
            // Deadlines are rounded to whole nanoseconds: and so is the one that fixed the grid.
            let length = Int128(instant.nanoseconds - origin)
            #expect(Self.isBefore(last, rate, length + 3), "seed \(seed): tick \(last) of \(rate) at \(length) ns")
            #expect(!Self.isBefore(last + 1, rate, length - 3), "seed \(seed): tick \(last) of \(rate) at \(length) ns")
            // Exactly, by the deadlines themselves.
            let due = try #require(grid.due(last)), next = try #require(grid.due(last + 1))
            #expect(due < instant && next >= instant, "seed \(seed)")
        }
        let grid = try #require(ChannelGrid(rate: .fps25, tick: 0, due: BootInstant(nanoseconds: 1_000)))
        #expect(grid.lastTick(before: BootInstant(nanoseconds: 1_000)) == -1)
        #expect(grid.lastTick(before: BootInstant(nanoseconds: 1_001)) == 0)
    }

    @Test("another host's phase gives the same deadlines on this host's clock; without TAI it gives none")
    func phase() {
        let phase = PhaseRecord(tick: 100, taiNanoseconds: ChannelBench.tai, boundNanoseconds: 0)
        var moment = HostMoment(
            boot: BootInstant(nanoseconds: 7_000_000_000),
            tai: TAIInstant(nanoseconds: ChannelBench.tai - 500_000_000), utc: nil)
        let grid = ChannelGrid(rate: .fps25, phase: phase, at: moment)
        #expect(grid?.due(100) == BootInstant(nanoseconds: 7_500_000_000))
        #expect(grid?.due(125) == BootInstant(nanoseconds: 8_500_000_000))
        moment.tai = nil
        #expect(ChannelGrid(rate: .fps25, phase: phase, at: moment) == nil)
    }

    @Test("the fence of a plan is the first block's end at or after a tick, counted on the planned grid")
    func fences() throws {
        let seed = UInt64.random(in: 0...UInt64.max)
        var random = SeededGenerator(seed: seed)
        for _ in 0..<500 {
            let rate = try #require(Self.rates.randomElement(using: &random))
            let grid = GridRecord(
                rate: rate, originTAI: TAIInstant(nanoseconds: ChannelBench.tai),
                originUTC: UTCInstant(nanoseconds: ChannelBench.utc))
            let start = Int64.random(in: 0...5_000_000_000, using: &random)
            let lengths = (0..<Int.random(in: 0...8, using: &random)).map { _ in
                Int64.random(in: 1...9_000_000_000, using: &random)
            }
            let plan = PlanRecord(
                startUTCNanoseconds: ChannelBench.utc + start,
                blocks: lengths.map { PlanRecord.Block(id: 1, lengthNanoseconds: $0) })
            let tick = Int64.random(in: 0...1_000, using: &random)
            // Each fence is the first tick due at the block's end or later: found by counting.
            var ends = [start], fences: [Int64] = []
            for length in lengths { ends.append((ends.last ?? 0) + length) }
            for end in ends {
                let estimate = Int64(Int128(end) * Int128(rate.numerator) / Int128(rate.denominator) / 1_000_000_000)
                let fence = try #require(
                    (max(0, estimate - 2)...estimate + 2).first { !Self.isBefore($0, rate, Int128(end)) })
                fences.append(fence)
            }
            let found = plan.fence(from: tick, on: grid), expected = fences.first { $0 >= tick }
            #expect(found == expected, "seed \(seed): \(rate), \(ends), from \(tick)")
        }
    }

    private static func isKept<Record: Codable & Equatable>(_ record: Record) throws -> Bool {
        let text = try JSONEncoder().encode(record)
        return try JSONDecoder().decode(Record.self, from: text) == record
    }

    @Test("every record is the same after its way through JSON, with the extremes of its numbers")
    func json() throws {
        for number in [Int64.min, -1, 0, 1, Int64.max] {
            let phase = PhaseRecord(tick: number, taiNanoseconds: number, boundNanoseconds: number)
            let payload = HostPayload(
                claims: ["one": AirClaim(phase: phase, tickCeiling: number)],
                fitness: HostFitness(clockBoundNanoseconds: number, reason: number == 0 ? nil : "drained \"by\" hand"))
            for state in [HostRecord.State.active, .released, .ended] {
                let record = HostRecord(
                    generation: number, state: state, attempt: .init(process: .max, number: number), payload: payload)
                #expect(try Self.isKept(record) && Self.isKept(TenureRecord(record)))
            }
            #expect(try Self.isKept(PrimaryRecord(host: "a", generation: number, view: number)))
            #expect(try Self.isKept(CeilingRecord(view: number, utc: UTCInstant(nanoseconds: number))))
            #expect(try Self.isKept(HighestSeen(view: number, stamp: UTCInstant(nanoseconds: number))))
            #expect(
                try Self.isKept(
                    AirRecord(host: "é", generation: number, firstTick: number, fencingNumber: number, phase: phase)))
            for state in [
                RelayRecord.State.requested, .seam(tick: number, phase: phase),
                .ready(tick: number, phase: phase, generation: number), .done(tick: number), .settled(tick: number),
                .cancelled(reason: "no\nfence"),
            ] {
                for place in [RelayRecord.Place.soonest, .fence, .tick(number)] {
                    #expect(try Self.isKept(RelayRecord(id: .max, target: "b", place: place, state: state)))
                }
            }
            let block = PlanRecord.Block(id: number, lengthNanoseconds: number)
            #expect(try Self.isKept(PlanRecord(startUTCNanoseconds: number, blocks: [block])))
            var memory = StationMemory()
            memory.fencingNumbers = ["one": number]
            memory.storeRevision = number
            #expect(try Self.isKept(memory))
        }
        for isolation in [ChannelSpec.Isolation.stop, .continue] {
            for standby in [ChannelSpec.Standby.hot, .cold] {
                #expect(try Self.isKept(ChannelSpec(hosts: ["a", ""], standby: standby, isolation: isolation)))
            }
        }
        for timecode in [nil, "10:00:00;00"] {
            let grid = GridRecord(
                rate: .fps2997, originTAI: TAIInstant(nanoseconds: .max), originUTC: UTCInstant(nanoseconds: .min),
                timecode: timecode)
            #expect(try Self.isKept(grid))
        }
    }
}
