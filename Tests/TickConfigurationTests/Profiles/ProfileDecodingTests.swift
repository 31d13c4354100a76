import Testing
import TickScheduling
import TickTime

@testable import TickConfiguration

@Suite("Decoding a profile")
struct ProfileDecodingTests {
    @Test("a key that is left out has its documented default")
    func defaults() throws {
        let profile = try decode()
        #expect(profile.name == "test")
        #expect(profile.description == nil)
        #expect(profile.wait == .hybrid)
        #expect(profile.spinBudgetPercent == 2)
        #expect(profile.realtime == RealtimeRequest(fifoPriority: nil, cpu: nil, lockMemory: false))
        let session = try #require(profile.sessions.first)
        #expect(profile.sessions.count == 1)
        #expect(session.id == "test")
        #expect(session.rate == .fps25)
        #expect(session.timecode == .nonDrop)
        #expect(session.policy == .everyTick)
        #expect(session.alignment == .none)
        #expect(session.onTimeWithin.count == 1_000_000)
        #expect(session.backlogMax.count == 10_000_000_000)
        #expect(session.work.count == 0)
        #expect(session.length == .ticks(100))
        #expect(session.serviceLevels.isEmpty)
    }

    @Test("a profile made in code has the same defaults")
    func sameDefaults() throws {
        let made = Profile(name: "test", sessions: [SessionProfile(id: "test", rate: .fps25, length: .ticks(100))])
        #expect(try decode() == made)
        try made.validate(file: "made")
    }

    @Test(
        "a rate is read as it is spelled on the command line, and its suffix chooses the labels",
        arguments: [
            ("59.940", FrameRate.fps5994, TimecodeMode.drop), ("50p", .fps50, .nonDrop),
            ("29.97ndf", .fps2997, .nonDrop),
            ("29.97df", .fps2997, .drop), ("23.98", .fps23976, .nonDrop), ("1000fps", .aes67Millisecond, .none),
        ])
    func rates(_ spelling: String, rate: FrameRate, timecode: TimecodeMode) throws {
        let session = try #require(try decode(["rate": "\"\(spelling)\""]).sessions.first)
        #expect(session.rate == rate && session.timecode == timecode)
    }

    @Test("a timecode that contradicts the rate's suffix is refused, and one that repeats it is not")
    func contradiction() throws {
        let error = try #require(throws: FileError.self) {
            try decode(["rate": #""29.97df""#, "timecode": #""non_drop""#])
        }
        #expect("\(error)".contains("timecode") && "\(error)".contains("\"drop\""), "\(error)")
        let agreeing = try decode(["rate": #""29.97df""#, "timecode": #""drop""#])
        #expect(agreeing.sessions.first?.timecode == .drop)
    }

    @Test("every key of a single session is read")
    func everyKey() throws {
        let profile = try decode([
            "description": #""d""#, "rate": #""59.94""#, "timecode": #""non_drop""#, "policy": #""paced""#,
            "paced_spacing_ns": "16683333", "align": #""st2059""#, "on_time_within_ns": "50000000",
            "backlog_max_ns": "1",
            "work_ns": "7", "ticks": nil, "duration": #""1.5s""#, "wait": #""spin""#, "spin_budget_percent": "100",
            "realtime": #"{ "fifo_priority": 99, "cpu": 1023, "lock_memory": true }"#,
            "service_levels": #"{ "late_ticks_max": 3, "drift_ns_max": 0 }"#,
        ])
        var levels = ServiceLevels()
        levels[.lateTicks] = 3
        levels[.drift] = 0
        #expect(
            profile
                == Profile(
                    name: "test", description: "d",
                    sessions: [
                        SessionProfile(
                            id: "test", rate: .fps5994, timecode: .nonDrop,
                            policy: .paced(spacing: Nanoseconds(16_683_333)), alignment: .st2059,
                            onTimeWithin: .milliseconds(50), backlogMax: Nanoseconds(1), work: Nanoseconds(7),
                            length: .duration(.milliseconds(1_500)), serviceLevels: levels)
                    ],
                    wait: .spin, spinBudgetPercent: 100,
                    realtime: RealtimeRequest(fifoPriority: 99, cpu: 1023, lockMemory: true)))
    }

    @Test("beside sessions, a run length and service levels at the top apply where a session has none of its own")
    func shared() throws {
        let profile = try decode([
            "rate": nil, "ticks": "5", "service_levels": #"{ "late_ticks_max": 1, "stall_ticks_max": 0 }"#,
            "sessions": """
            [ { "id": "a", "rate": "25" },
              { "id": "b", "rate": "50", "duration": "1s", "service_levels": { "late_ticks_max": 9 } } ]
            """,
        ])
        #expect(profile.sessions.map(\.id) == ["a", "b"])
        #expect(profile.sessions.map(\.length) == [.ticks(5), .duration(.seconds(1))])
        #expect(profile.sessions.map { $0.serviceLevels[.lateTicks] } == [1, 9])
        #expect(profile.sessions.map { $0.serviceLevels[.stallTicks] } == [0, 0])
        #expect(profile.sessions.map { $0.serviceLevels[.drift] } == [nil, nil])
    }

    @Test("a fault in a value that a session takes from the top is reported at the top")
    func sharedFault() throws {
        let error = try refusal([
            "rate": nil, "ticks": "100000000000000000", "sessions": #"[ { "id": "a", "rate": "25" } ]"#,
        ])
        #expect(error.problems.map(\.path) == ["ticks"])
    }

    @Test(
        "the usual timecode is drop-frame where that exists, non-drop at the other picture rates, else none",
        arguments: [
            ("23.976", .nonDrop), ("24", .nonDrop), ("29.97", .drop), ("30", .nonDrop), ("47.952", .nonDrop),
            ("59.94", .drop), ("100", .nonDrop), ("119.88", .drop), ("120", .nonDrop), ("1000", .none), ("121", .none),
            ("2997/100", .none), ("30030/1001", .nonDrop), ("15000/1001", .nonDrop), ("90000/1001", .nonDrop),
        ] as [(String, TimecodeMode)])
    func usualTimecode(rate: String, timecode: TimecodeMode) throws {
        #expect(try decode(["rate": "\"\(rate)\""]).sessions[0].timecode == timecode)
    }

    @Test(
        "drop-frame is refused wherever ST 12-1 has none",
        arguments: [
            "23.976", "24", "25", "30", "47.952", "48", "50", "60", "100", "120", "15000/1001", "90000/1001", "1000",
        ])
    func dropFrame(rate: String) throws {
        let error = try refusal(["rate": "\"\(rate)\"", "timecode": "\"drop\""])
        #expect(error.problems.map(\.path) == ["timecode"])
    }

    @Test("ten thousand sessions are read, one more is refused")
    func manySessions() throws {
        func list(_ count: Int) -> [String: String?] {
            let sessions = (0..<count).map { #"{ "id": "\#($0)", "rate": "25" }"# }
            return ["rate": nil, "sessions": "[\(sessions.joined(separator: ","))]"]
        }
        #expect(try decode(list(10_000)).sessions.count == 10_000)
        #expect(try refusal(list(10_001)).problems.map(\.path) == ["sessions"])
    }

    @Test("an empty file, a number and a list are not profiles, and a session must not repeat a key")
    func shapes() throws {
        for text in ["", "25", "[]", "\"x\"", "null"] {
            #expect(throws: FileError.self) { _ = try Profile(json: Array(text.utf8), file: "f") }
        }
        let error = try refusal(["rate": nil, "sessions": #"[ { "id": "a", "rate": "25", "rate": "25" } ]"#])
        #expect(error.problems.map(\.path) == ["sessions[0].rate"])
    }
}
