public import TickScheduling
public import TickTime

extension RunSummary {
    /// A session besides its ticks: its plan on its grid, where it took over, and the jams of its labels.
    public struct Channel: Hashable, Sendable {
        /// The tick that the session begins with.
        public var firstTick: Int64
        /// The plan's blocks on the session's grid; empty without one.
        public var blocks: [PlacedBlock]
        /// What they are called, by their places in the plan.
        public var blockNames: [String]
        /// Where the session took over, and from whom.
        public var seam: Seam?
        public var predecessor: String?
        /// How it ended; `nil` if it was stopped from outside before it began.
        public var endReason: TickSession.EndReason?

        public init(
            firstTick: Int64 = 0, blocks: [PlacedBlock] = [], blockNames: [String] = [], seam: Seam? = nil,
            predecessor: String? = nil, endReason: TickSession.EndReason? = nil
        ) {
            self.firstTick = firstTick
            self.blocks = blocks
            self.blockNames = blockNames
            self.seam = seam
            self.predecessor = predecessor
            self.endReason = endReason
        }

        /// The blocks that fall between two ticks, so that no tick shows them.
        public var blocksWithoutTick: [PlacedBlock] { blocks.filter { $0.ownsNoTick && $0.fence > firstTick } }

        func name(of block: TickBlock) -> String { name(at: block.index) }

        func name(at index: Int64) -> String {
            blockNames.indices.contains(Int(index)) ? blockNames[Int(index)] : "block \(index)"
        }
    }
}

extension RunSummary.JudgedSession {
    /// The jams of house time up to the last delivered tick, oldest first, at most `jamLimit` of them. A jam on tick
    /// 0 counts if the session took over from another, because its labels continue from that one's. Jams before the
    /// first tick of a session on a given grid are not its own.
    public var jams: [TimecodeJam] {
        guard let timecode, let last = statistics.last else { return [] }
        let before = timecode.jamCount(throughTick: channel.firstTick - 1)
        let first = channel.seam != nil && timecode.beginsOnJam ? 0 : before + 1
        let count = timecode.jamCount(throughTick: last.index)
        guard first <= count else { return [] }
        return (first...min(count, before + Self.jamLimit)).map { timecode.jam($0) }
    }

    /// The most jams that a report lists: those of ten years.
    public static let jamLimit: Int64 = 3_653

    var channelLines: [String] {
        var lines: [String] = []
        if let seam = channel.seam {
            lines.append(
                "  took over       from \(channel.predecessor ?? "session \(seam.predecessor.index)") at \(seam.utc.iso8601), "
                    + "tick \(seam.predecessorEndTick) of it: phase jump \(seam.phaseJump.count) ns, "
                    + "UTC jump \(seam.utcJump.count) ns")
        }
        if let air = statistics.air {
            var line = "  air             \(air.onAir) on air, \(air.unfenced) unfenced; \(air.offAir) off air"
            if let number = air.fencingNumber { line += "; fencing number \(number)" }
            lines.append(line)
        }
        if plan.lead > .zero { lines.append("  lead            \(Quantity.length(plan.lead)) before each deadline") }
        if !channel.blocks.isEmpty { lines += blockLines }
        let jams = jams
        lines += jams.prefix(Self.jamsShown).map { jam in
            "  jam             \(jam.utc.iso8601), tick \(jam.tick): \(jam.to) instead of \(jam.from), \(jam.change)"
        }
        if jams.count > Self.jamsShown {
            lines.append("                  and \(jams.count - Self.jamsShown) more jams")
        }
        return lines
    }

    private static let jamsShown = 3

    private var blockLines: [String] {
        let shown = statistics.blocks
        var line = "  blocks          \(shown.begun) of \(channel.blocks.count) begun"
        if shown.unseen > 0 { line += ", \(shown.unseen) passed without a tick" }
        if let joined = shown.joined {
            line += "; joined \(channel.name(of: joined)) \(Quantity.length(joined.elapsed)) in"
        }
        line += shown.last.map { ", last \(channel.name(of: $0))" } ?? ", last none"
        var lines = [line]
        if shown.primingNotices > 0 { lines.append("                  priming notices: \(shown.primingNotices)") }
        let empty = channel.blocksWithoutTick
        if !empty.isEmpty {
            lines.append(
                "                  own no tick: "
                    + empty.prefix(5).map { channel.name(at: $0.index) }.joined(separator: ", ")
                    + (empty.count > 5 ? " and \(empty.count - 5) more" : ""))
        }
        return lines
    }
}

extension TimecodeJam {
    var change: String {
        if labelsSkipped > 0 { return "\(labelsSkipped) labels skipped" }
        if labelsRepeated > 0 { return "\(labelsRepeated) labels repeated" }
        return "no label skipped or repeated"
    }
}

extension JSONText {
    mutating func channel(of session: RunSummary.JudgedSession) {
        let channel = session.channel
        member("end_reason", channel.endReason?.rawValue)
        if let air = session.statistics.air {
            object("air") { json in
                json.member("on_air_ticks", air.onAir)
                json.member("off_air_ticks", air.offAir)
                json.member("unfenced_ticks", air.unfenced)
                json.member("fencing_number", air.fencingNumber)
            }
        }
        if session.plan.lead > .zero { member("lead_ns", session.plan.lead.count) }
        if let seam = channel.seam {
            object("seam") { json in
                json.member("predecessor", channel.predecessor)
                json.member("utc_ns", seam.utc.nanoseconds)
                json.member("mono_ns", seam.monotonic.nanoseconds)
                json.member("predecessor_end_tick", seam.predecessorEndTick)
                json.member("phase_jump_ns", seam.phaseJump.count)
                json.member("gap_ns", seam.gap?.count)
                json.member("utc_jump_ns", seam.utcJump.count)
            }
        }
        if !channel.blocks.isEmpty {
            let shown = session.statistics.blocks
            object("blocks") { json in
                json.member("planned", channel.blocks.count)
                json.member("begun", shown.begun)
                json.member("passed_without_tick", shown.unseen)
                json.member("joined", shown.joined.map { channel.name(of: $0) })
                json.member("joined_elapsed_ns", shown.joined?.elapsed.count)
                json.member("last", shown.last.map { channel.name(of: $0) })
                json.member("priming_notices", shown.primingNotices)
                json.array("owning_no_tick") { json in
                    for block in channel.blocksWithoutTick { json.element(channel.name(at: block.index)) }
                }
                json.member("at_plan_end", session.plan.atPlanEnd.rawValue)
            }
        }
        let jams = session.jams
        if !jams.isEmpty {
            array("jams") { json in
                for jam in jams {
                    json.object { json in
                        json.member("utc_ns", jam.utc.nanoseconds)
                        json.member("tick", jam.tick)
                        json.member("from", jam.from.description)
                        json.member("to", jam.to.description)
                        json.member("labels_skipped", jam.labelsSkipped)
                        json.member("labels_repeated", jam.labelsRepeated)
                    }
                }
            }
        }
    }
}
