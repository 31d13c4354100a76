import Stations
import TickTime
import Testing

@testable import StationAgent

@Suite("How large a station's records are")
struct StationRecordSizeTests {
    /// etcd refuses a request above this, if it is not told otherwise (--max-request-bytes).
    private static let requestLimit = 1_572_864
    /// Channels that an agent's loop has room for.
    private static let channels = Agent.Options(program: "").channels

    /// The greatest record of a host with so many channels, whose names have 63 letters.
    private static func hostBytes(_ claims: Int) -> Int {
        let phase = PhaseRecord(tick: .max, taiNanoseconds: .max, boundNanoseconds: .max)
        let names = (0..<claims).map { "\($0)-" + String(repeating: "x", count: 63 - "\($0)-".count) }
        let payload = HostPayload(
            claims: Dictionary(uniqueKeysWithValues: names.map { ($0, AirClaim(phase: phase, tickCeiling: .max)) }),
            fitness: HostFitness(clockBoundNanoseconds: .max))
        let record = HostRecord(
            generation: .max, state: .released, attempt: .init(process: .max, number: .max), payload: payload)
        return StationJSON.data(.host(record)).count
    }

    @Test("a host's record has at most 220 bytes, and 165 bytes and the name for each channel that it claims")
    func hosts() {
        for claims in [0, 1, 2, 64, 1_000] {
            #expect(Self.hostBytes(claims) <= 220 + claims * (165 + 63), "\(claims) claims")
        }
        // All channels of an agent fit into a request of etcd a hundred times over.
        #expect(Self.channels == 64 && Self.hostBytes(Self.channels) * 100 < Self.requestLimit)
    }

    @Test("the longest plan has at most 75 KB")
    func plan() {
        let blocks = (0..<ChannelOrders.blockLimit).map {
            PlanRecord.Block(id: .max - Int64($0), lengthNanoseconds: .max)
        }
        let bytes = StationJSON.data(.plan(PlanRecord(startUTCNanoseconds: .max, blocks: blocks))).count
        #expect(bytes <= 75_000 && bytes * 20 < Self.requestLimit, "\(bytes) bytes")
    }
}
