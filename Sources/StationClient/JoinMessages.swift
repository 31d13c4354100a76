// The messages between an agent and a program that ticks one of its channels, over a local stream socket: lines of JSON
// in UTF-8, each an object with "kind". The first line of either side names the format. Kinds and members that a side
// does not know are ignored.
//
//     program  {"schema":"tickrun/join/1","kind":"join","channel":"one","running":{…}}
//     agent    {"schema":"tickrun/join/1","kind":"joined"}, and with it the descriptor of the right (`SharedPage`)
//              {"schema":"tickrun/join/1","kind":"refused","text":"…"}, and then the end
//     agent    {"kind":"session","order":1,"rate_numerator":25,"rate_denominator":1,"tick":0,"tai_ns":…,"bound_ns":…,
//               "due_boot_ns":…,"first_tick":…,"plan_start_utc_ns":…,"blocks":[[ID,LENGTH_NS],…]}
//              {"kind":"append","order":1,"blocks":[[ID,LENGTH_NS],…]}
//              {"kind":"end","order":2}
//     program  {"kind":"began","order":1,"epoch_mono_ns":…,"first_tick":…,"lead_ns":…,"uncertainty_ns":…,
//               "rate_numerator":25,"rate_denominator":1,"last_block":…}
//              {"kind":"failed","order":1,"text":"…"}      {"kind":"ended","order":2}
//
// An order replaces the session by another, or ends it. The agent states instants on BOOTTIME, which goes on while the
// host is suspended, so an order that waits meanwhile stays correct. A running session follows CLOCK_MONOTONIC, so the
// program states its grid on that clock. Both clocks are the same in all processes of a host.
//
// The program says in its first line which session it has, so that an agent that was restarted does not end it.

import TickReports
package import TickScheduling
package import TickTime

/// The bounds and the name of the format.
package enum JoinFormat {
    package static let schema = "tickrun/join/1"
    /// The longest line, with room for the most blocks of a plan.
    package static let lineLimit = 1 << 18
    /// The most blocks in a message.
    package static let blockLimit = 2_000
}

/// The session that a program has.
package struct JoinedSession: Hashable, Sendable {
    package var rate: FrameRate
    /// The deadline of tick 0.
    package var epoch: MonotonicInstant
    package var firstTick: Int64
    package var lead: Nanoseconds
    /// How far the ticks may be from the instants that were ordered.
    package var uncertainty: Nanoseconds
    /// The last block of its plan; `nil`: it has none.
    package var lastBlock: Int64?

    package init(
        rate: FrameRate, epoch: MonotonicInstant, firstTick: Int64, lead: Nanoseconds = .zero,
        uncertainty: Nanoseconds = .zero, lastBlock: Int64? = nil
    ) {
        self.rate = rate
        self.epoch = epoch
        self.firstTick = firstTick
        self.lead = lead
        self.uncertainty = uncertainty
        self.lastBlock = lastBlock
    }

    package var grid: TickGrid { TickGrid(rate: rate, epoch: epoch) }
}

/// The session that a program must have.
package struct OrderedSession: Hashable, Sendable {
    package var rate: FrameRate
    package var grid: GridPhase
    /// When the grid's tick is due.
    package var due: BootInstant
    /// `nil`: the next tick that is due.
    package var firstTick: Int64?
    /// `nil`: no plan.
    package var planStart: UTCInstant?
    package var blocks: [Block]

    package init(
        rate: FrameRate, grid: GridPhase, due: BootInstant, firstTick: Int64? = nil, planStart: UTCInstant? = nil,
        blocks: [Block] = []
    ) {
        self.rate = rate
        self.grid = grid
        self.due = due
        self.firstTick = firstTick
        self.planStart = planStart
        self.blocks = blocks
    }
}

/// A line that means nothing.
package struct JoinFault: Error, Hashable, Sendable, CustomStringConvertible {
    package let description: String

    package init(_ description: String) { self.description = description }
}

/// What an agent says.
package enum AgentMessage: Hashable, Sendable {
    case joined
    case refused(String)
    case session(order: Int64, OrderedSession)
    case append(order: Int64, [Block])
    case end(order: Int64)
}

/// What a program says.
package enum ProgramMessage: Hashable, Sendable {
    case join(channel: String, running: JoinedSession?)
    case began(order: Int64, JoinedSession)
    case failed(order: Int64, String)
    case ended(order: Int64)
}

// MARK: - Writing

extension AgentMessage {
    /// The line, without its end.
    package var line: [UInt8] {
        JoinLine.object { json in
            switch self {
            case .joined:
                json.member("schema", JoinFormat.schema)
                json.member("kind", "joined")
            case .refused(let text):
                json.member("schema", JoinFormat.schema)
                json.member("kind", "refused")
                json.member("text", text)
            case .session(let order, let session):
                json.member("kind", "session")
                json.member("order", order)
                JoinLine.write(session.rate, to: &json)
                json.member("tick", session.grid.tick)
                json.member("tai_ns", session.grid.tai.nanoseconds)
                json.member("bound_ns", session.grid.bound.count)
                json.member("due_boot_ns", session.due.nanoseconds)
                json.member("first_tick", session.firstTick)
                json.member("plan_start_utc_ns", session.planStart?.nanoseconds)
                JoinLine.write(session.blocks, to: &json)
            case .append(let order, let blocks):
                json.member("kind", "append")
                json.member("order", order)
                JoinLine.write(blocks, to: &json)
            case .end(let order):
                json.member("kind", "end")
                json.member("order", order)
            }
        }
    }
}

extension ProgramMessage {
    /// The line, without its end.
    package var line: [UInt8] {
        JoinLine.object { json in
            switch self {
            case .join(let channel, let running):
                json.member("schema", JoinFormat.schema)
                json.member("kind", "join")
                json.member("channel", channel)
                if let running { json.object("running") { JoinLine.write(running, to: &$0) } }
            case .began(let order, let session):
                json.member("kind", "began")
                json.member("order", order)
                JoinLine.write(session, to: &json)
            case .failed(let order, let text):
                json.member("kind", "failed")
                json.member("order", order)
                json.member("text", text)
            case .ended(let order):
                json.member("kind", "ended")
                json.member("order", order)
            }
        }
    }
}

/// The parts that messages have in common.
enum JoinLine {
    static func object(_ body: (inout JSONText) -> Void) -> [UInt8] {
        var json = JSONText()
        json.object { body(&$0) }
        return json.utf8
    }

    static func write(_ rate: FrameRate, to json: inout JSONText) {
        json.member("rate_numerator", rate.numerator)
        json.member("rate_denominator", rate.denominator)
    }

    static func write(_ blocks: [Block], to json: inout JSONText) {
        json.array("blocks") { json in
            for block in blocks {
                json.array { json in
                    json.element(block.id.rawValue)
                    json.element(block.length.count)
                }
            }
        }
    }

    static func write(_ session: JoinedSession, to json: inout JSONText) {
        write(session.rate, to: &json)
        json.member("epoch_mono_ns", session.epoch.nanoseconds)
        json.member("first_tick", session.firstTick)
        json.member("lead_ns", session.lead.count)
        json.member("uncertainty_ns", session.uncertainty.count)
        json.member("last_block", session.lastBlock)
    }
}
