// Checks the values of a channel against each other.

import TickScheduling
import TickTime

extension SessionProfile {
    typealias ChannelFault = (field: FileField, fault: String, remedy: String)

    var channelFaults: [ChannelFault] {
        [leadFault, startLabelFault, planFault].compactMap { $0 }
    }

    private var leadFault: ChannelFault? {
        guard channel.lead < .zero || channel.lead > SessionPlan.leadLimit else { return nil }
        return (.lead, "\(channel.lead.count) is out of range", "write 0 to \(SessionPlan.leadLimit.count)")
    }

    private var startLabelFault: ChannelFault? {
        guard let start = channel.startTimecode, timecode.isLegal(at: rate) else { return nil }
        if timecode == .none {
            return (.startTimecode, "the session has no timecode", "remove it, or give the session a timecode")
        }
        guard case .label = start else { return nil }
        do {
            _ = try sessionTimecode(epoch: UTCInstant(nanoseconds: 0))
            return nil
        } catch {
            // A timecode's error states its remedy itself.
            return (.startTimecode, "\(error)", "")
        }
    }

    private var planFault: ChannelFault? {
        guard !channel.blocks.isEmpty else { return nil }
        let count = channel.blocks.reduce(Int128(0)) { $0 + Int128($1.times) }
        guard count <= Int128(FileField.blockLimit), channel.blocks.allSatisfy({ $0.times >= 1 }) else {
            return (.blocks, "\(count) blocks are more than a plan takes", "plan at most \(FileField.blockLimit)")
        }
        guard let length = channel.planLength, length <= Profile.longestRun else {
            return (.blocks, "the plan is longer than 100 years", "plan at most \"876600h\"")
        }
        var ids: Set<String> = []
        for block in channel.expandedBlocks where !ids.insert(block.id).inserted {
            return (.blocks, "\(quoted(block.id)) is the id of two blocks", "give each block a different id")
        }
        return contiguityFault
    }

    /// Stated starts that do not follow from the lengths before them.
    private var contiguityFault: ChannelFault? {
        var end: UTCInstant?
        if case .utc(let start) = channel.planStart { end = start }
        for (index, block) in channel.expandedBlocks.enumerated() {
            if let start = block.start {
                if let end, start != end {
                    let distance = Int128(start.nanoseconds) - Int128(end.nanoseconds)
                    let before = index == 0 ? "the plan's start" : "the end of the block before"
                    let side = distance > 0 ? "after" : "before"
                    return (
                        .blocks, "block \(quoted(block.id)) starts \(distance.magnitude) ns \(side) \(before)",
                        "blocks are contiguous: start it at \(end.iso8601)"
                    )
                }
                if end == nil, index > 0 || channel.planStart != nil {
                    return (
                        .blocks, "block \(quoted(block.id)) states its start, but the plan's start is unknown",
                        "make plan_start or the first block's start an instant, or remove this start"
                    )
                }
                end = start
            }
            if let known = end {
                let (next, overflow) = known.nanoseconds.addingReportingOverflow(block.length.count)
                guard !overflow else { return (.blocks, "the plan ends past the range of UTC", "plan fewer blocks") }
                end = UTCInstant(nanoseconds: next)
            }
        }
        return nil
    }
}
