import TickTime

/// The block plan of a channel: the record `channels/CHANNEL/plan`. The blocks are contiguous.
package struct PlanRecord: Hashable, Sendable, Codable {
    package struct Block: Hashable, Sendable, Codable {
        package var id: Int64
        package var lengthNanoseconds: Int64

        package init(id: Int64, lengthNanoseconds: Int64) {
            self.id = id
            self.lengthNanoseconds = lengthNanoseconds
        }
    }

    package var startUTCNanoseconds: Int64
    package var blocks: [Block]

    private enum CodingKeys: String, CodingKey {
        case blocks
        case startUTCNanoseconds = "startUtcNanoseconds"
    }

    package init(startUTCNanoseconds: Int64, blocks: [Block]) {
        self.startUTCNanoseconds = startUTCNanoseconds
        self.blocks = blocks
    }

    /// The first fence at or after a tick, counted on the planned grid as every session of the channel counts it; `nil`
    /// if the plan has none there. The start of the plan is a fence as well.
    package func fence(from tick: Int64, on grid: GridRecord) -> Int64? {
        guard let rate = grid.rate else { return nil }
        let origin = UTCInstant(nanoseconds: grid.originUTCNanoseconds)
        var end = UTCInstant(nanoseconds: startUTCNanoseconds)
        var fence = rate.fence(of: end, epoch: origin)
        for block in blocks where fence < tick {
            end = end +| Nanoseconds(block.lengthNanoseconds)
            fence = rate.fence(of: end, epoch: origin)
        }
        return fence >= tick ? fence : nil
    }
}
