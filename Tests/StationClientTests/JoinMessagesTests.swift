import TestSupport
import Testing
import TickScheduling
import TickTime

@testable import StationClient

@Suite("The lines between an agent and a program")
struct JoinMessagesTests {
    static let running = JoinedSession(
        rate: .fps5994, epoch: MonotonicInstant(nanoseconds: -5), firstTick: 9, lead: .milliseconds(3),
        uncertainty: Nanoseconds(120), lastBlock: -4)

    static func ordered(firstTick: Int64? = 7, blocks: Int64 = 3) throws -> OrderedSession {
        OrderedSession(
            rate: .fps25, grid: try GridPhase(tick: 5, tai: TAIInstant(nanoseconds: 1_800_000_037_000_000_001)),
            due: BootInstant(nanoseconds: -7), firstTick: firstTick,
            planStart: blocks > 0 ? UTCInstant(nanoseconds: 1_800_000_000_000_000_000) : nil,
            blocks: (0..<blocks).map { Block(id: BlockID(rawValue: -$0), length: .seconds(30)) })
    }

    @Test("each message is read back as it was written")
    func roundTrip() throws {
        let agents: [AgentMessage] = [
            .joined, .refused("no \"such\"\n\u{1F4FA}"), .session(order: 3, try Self.ordered()),
            .session(order: 0, try Self.ordered(firstTick: nil, blocks: 0)),
            .append(order: .max, [Block(id: BlockID(rawValue: .min), length: Nanoseconds(1))]), .end(order: 4),
        ]
        for message in agents { #expect(try AgentMessage(line: message.line) == message) }
        var bare = Self.running
        bare.lastBlock = nil
        let programs: [ProgramMessage] = [
            .join(channel: "one.hd-1_b", running: nil), .join(channel: "ä\u{0}", running: Self.running),
            .began(order: 3, bare), .failed(order: 4, "x"), .ended(order: 5),
        ]
        for message in programs { #expect(try ProgramMessage(line: message.line) == message) }
    }

    @Test("the longest plan fits a line")
    func longest() throws {
        var session = try Self.ordered()
        session.blocks = (0..<2_000).map {
            Block(id: BlockID(rawValue: .min + $0), length: Nanoseconds(Int64(3_155_760_000_000_000_000)))
        }
        let line = AgentMessage.session(order: .max, session).line
        #expect(line.count < JoinFormat.lineLimit)
        #expect(try AgentMessage(line: line) == .session(order: .max, session))
    }

    @Test("kinds and members that a later version added are ignored")
    func later() throws {
        #expect(try AgentMessage(line: #"{"kind":"later","x":[{"y":[1.5e3,null,true]}]}"#.utf8) == nil)
        #expect(try ProgramMessage(line: #"{"x":1}"#.utf8) == nil)
        #expect(try AgentMessage(line: #" { "later" : {"a":[]} , "kind":"end","order":4 } "#.utf8) == .end(order: 4))
        let joined = #"{"schema":"tickrun/join/1","kind":"joined","later":-0.5}"#
        #expect(try AgentMessage(line: joined.utf8) == .joined)
    }

    @Test(
        "a first line of another version names both versions",
        arguments: ["joined", "refused", "join"])
    func version(kind: String) {
        let line = #"{"schema":"tickrun/join/2","kind":"\#(kind)","channel":"one"}"#
        let fault = #expect(throws: JoinFault.self) {
            if kind == "join" { _ = try ProgramMessage(line: line.utf8) } else { _ = try AgentMessage(line: line.utf8) }
        }
        #expect(fault?.description.contains("tickrun/join/2") == true)
        #expect(fault?.description.contains("this side tickrun/join/1") == true)
    }

    @Test(
        "what is no message is refused, and the fault names the member",
        arguments: [
            ("", "not a JSON"), ("[]", "not a JSON"), ("{", "not a JSON"), (#"{"kind":"end"}"#, "order"),
            (#"{"kind":"end","order":-1}"#, "order"), (#"{"kind":"end","order":1.5}"#, "order"),
            (#"{"kind":"end","order":9223372036854775808}"#, "order"), (#"{"kind":"end","order":"1"}"#, "order"),
            (#"{"kind":"append","order":1,"blocks":[[1]]}"#, "block"),
            (#"{"kind":"append","order":1,"blocks":[[1,0]]}"#, "block"),
            (#"{"kind":"append","order":1,"blocks":[[1,3155760000000000001]]}"#, "block"),
            (#"{"kind":"append","order":1,"blocks":{}}"#, "blocks"), (#"{"kind":"session","order":1}"#, "tick"),
            (#"{"kind":"end","order":1}x"#, "not a JSON"), (#"{"kind":"end","kind":"end","order":1}"#, "not a JSON"),
            ("{\"kind\":\"e\nd\"}", "not a JSON"),
        ])
    func faults(line: String, part: String) {
        let fault = #expect(throws: JoinFault.self) { _ = try AgentMessage(line: line.utf8) }
        #expect(fault?.description.contains(part) == true, "\(String(describing: fault))")
    }

    @Test(
        "a program's numbers are bounded",
        arguments: [
            #""rate_numerator":0"#, #""rate_denominator":4294967296"#, #""first_tick":-1"#, #""lead_ns":10000000001"#,
            #""uncertainty_ns":-1"#, #""epoch_mono_ns":0.5"#,
        ])
    func numbers(member: String) {
        let name = member.prefix { $0 != ":" }
        let whole = [
            #""rate_numerator":25"#, #""rate_denominator":1"#, #""first_tick":0"#, #""lead_ns":0"#,
            #""uncertainty_ns":0"#, #""epoch_mono_ns":-9223372036854775808"#,
        ]
        func line(_ members: [String]) -> String { #"{"kind":"began","order":1,\#(members.joined(separator: ","))}"# }
        #expect(throws: Never.self) { try ProgramMessage(line: line(whole).utf8) }
        let changed = whole.map { $0.hasPrefix(name + ":") ? member : $0 }
        #expect(throws: JoinFault.self) { _ = try ProgramMessage(line: line(changed).utf8) }
    }

    @Test("no line that is torn, changed or random is a trap")
    func hostile() throws {
        var random = SeededGenerator()
        let lines = [
            AgentMessage.session(order: 3, try Self.ordered()).line,
            ProgramMessage.join(channel: "one", running: Self.running).line,
            Array(#"{"kind":"refused","text":"\ud83d\udcfa\u0000\"\\\/\b","schema":"tickrun/join/1"}"#.utf8),
        ]
        for _ in 0..<20_000 {
            var line = lines.randomElement(using: &random)!
            for _ in 0..<Int.random(in: 0...3, using: &random) {
                guard let place = line.indices.randomElement(using: &random) else { break }
                switch Int.random(in: 0...2, using: &random) {
                case 0: line[place] = UInt8.random(in: 0 ... .max, using: &random)
                case 1: line.removeSubrange(place...)
                default: line.insert(Array("{[\"\\-1eu,".utf8).randomElement(using: &random)!, at: place)
                }
            }
            _ = try? AgentMessage(line: line)
            _ = try? ProgramMessage(line: line)
        }
        // Deep nesting is refused before it is followed.
        #expect(JoinJSON(Array(repeating: UInt8(ascii: "["), count: 100_000)) == nil)
    }
}
