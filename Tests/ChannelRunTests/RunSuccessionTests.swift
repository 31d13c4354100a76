import TickConfiguration
import TickLinux
import TickScheduling
import TickTime
import Testing

@testable import ChannelRun

/// A loop that takes changes or refuses them as it is told to.
private final class ScriptedLoop: SuccessionControl {
    var sessions: Set<Int32> = [0]
    private var added: Int32 = 1
    /// What the next changes are answered with; `nil` takes one.
    var removals: [LoopError?] = []
    var successions: [LoopError?] = []
    private(set) var calls: [String] = []

    func remove(_ session: SessionID) throws(LoopError) -> TickSession.EndReason {
        calls.append("remove \(session.index)")
        if !removals.isEmpty, let error = removals.removeFirst() { throw error }
        guard sessions.remove(session.index) != nil else { throw .schedule(.noSession(session)) }
        return .succeeded
    }

    func succeed(_ predecessor: SessionID, atOrAfter utc: UTCInstant) throws(LoopError) -> Seam {
        calls.append("succeed \(predecessor.index)")
        if !successions.isEmpty, let error = successions.removeFirst() { throw error }
        guard sessions.contains(predecessor.index) else { throw .schedule(.noSession(predecessor)) }
        defer { added += 1 }
        sessions.insert(added)
        return Seam(
            predecessor: predecessor, successor: SessionID(index: added), utc: utc,
            monotonic: MonotonicInstant(nanoseconds: 0), predecessorEndTick: 0, phaseJump: .zero, gap: nil,
            utcJump: .zero)
    }
}

@Suite("A run's daily succession")
struct RunSuccessionTests {
    private static let six = "2026-11-21T06:00:00Z"

    private static func succession(at moment: Moment, epoch: UTCInstant) -> RunSuccession {
        var channel = ChannelProfile()
        channel.succeedAt = moment
        var profile = SessionProfile(id: "news", rate: .fps25, length: nil)
        profile.channel = channel
        return RunSuccession([(profile, SessionID(index: 0), epoch)])
    }

    private static func sixOClock(day: Int64) throws -> UTCInstant {
        try UTCInstant(parsing: six) + .seconds(86_400 * day)
    }

    /// Looks twice a second around six o'clock of each day.
    private static func look(
        _ succession: inout RunSuccession, _ loop: ScriptedLoop, days: ClosedRange<Int64>
    ) throws -> [String] {
        var complaints: [String] = []
        for day in days {
            let six = try sixOClock(day: day)
            for half in Int64(-4)...4 {
                succession.look(loop, at: six + .milliseconds(500 * half)) { complaints.append($0) }
            }
        }
        return complaints
    }

    @Test("each day the session on air is succeeded, and the one before it is taken out")
    func daily() throws {
        let loop = ScriptedLoop()
        var succession = Self.succession(at: .timeOfDay(TimeOfDay(hours: 6)), epoch: try Self.sixOClock(day: -1))
        #expect(try Self.look(&succession, loop, days: 0...3).isEmpty)
        #expect(
            loop.calls == [
                "succeed 0", "remove 0", "succeed 1", "remove 1", "succeed 2", "remove 2", "succeed 3",
            ])
        #expect(loop.sessions == [3, 4])
    }

    @Test("a day on which the successor is refused is reported, and the next day has its successor")
    func failedDay() throws {
        let loop = ScriptedLoop()
        loop.successions = [nil, .queueFull(capacity: 16), nil]
        var succession = Self.succession(at: .timeOfDay(TimeOfDay(hours: 6)), epoch: try Self.sixOClock(day: -1))
        let complaints = try Self.look(&succession, loop, days: 0...3)
        #expect(complaints.count == 1)
        let complaint = try #require(complaints.first)
        #expect(
            complaint.contains("session news is not succeeded at 2026-11-22T06:00:00")
                && complaint.contains("16 changes"))
        #expect(complaint.contains("the next attempt is at 2026-11-23T06:00:00"))
        // Day 1 took session 0 out before its successor was refused; day 2 does not ask for it again.
        #expect(
            loop.calls == [
                "succeed 0", "remove 0", "succeed 1", "succeed 1", "remove 1", "succeed 2",
            ])
    }

    @Test("a predecessor that is gone already does not keep the next successor from coming")
    func goneAlready() throws {
        let loop = ScriptedLoop()
        var succession = Self.succession(at: .timeOfDay(TimeOfDay(hours: 6)), epoch: try Self.sixOClock(day: -1))
        #expect(try Self.look(&succession, loop, days: 0...0).isEmpty)
        loop.sessions.remove(0)
        #expect(try Self.look(&succession, loop, days: 1...2).isEmpty)
        #expect(loop.calls.suffix(3) == ["succeed 1", "remove 1", "succeed 2"])
    }

    @Test("a removal that the loop refuses is reported, and asked for again the next day")
    func refusedRemoval() throws {
        let loop = ScriptedLoop()
        loop.removals = [.queueFull(capacity: 16), nil]
        var succession = Self.succession(at: .timeOfDay(TimeOfDay(hours: 6)), epoch: try Self.sixOClock(day: -1))
        #expect(try Self.look(&succession, loop, days: 0...2).count == 1)
        #expect(loop.calls == ["succeed 0", "remove 0", "remove 0", "succeed 1"])
    }

    @Test("a loop that has ended needs no successor, and nobody is told")
    func ended() throws {
        let loop = ScriptedLoop()
        loop.successions = [.loopEnded]
        var succession = Self.succession(at: .timeOfDay(TimeOfDay(hours: 6)), epoch: try Self.sixOClock(day: -1))
        #expect(try Self.look(&succession, loop, days: 0...0).isEmpty)
    }

    @Test("after UTC was set forward by days, one successor comes, and not one for each day")
    func setForward() throws {
        let loop = ScriptedLoop()
        var succession = Self.succession(at: .timeOfDay(TimeOfDay(hours: 6)), epoch: try Self.sixOClock(day: -1))
        let late = try Self.sixOClock(day: 9) + .seconds(3_600)
        for half in Int64(0)...8 { succession.look(loop, at: late + .milliseconds(500 * half)) { _ in } }
        #expect(loop.calls == ["succeed 0"])
        #expect(try Self.look(&succession, loop, days: 10...10).isEmpty)
        #expect(loop.calls.last == "succeed 1")
    }

    @Test(
        "a succession past the end of UTC's range never comes, and does not trap",
        arguments: [
            Moment.afterEpoch(Nanoseconds(.max)), .timeOfDay(TimeOfDay(hours: 6)), .utc(UTCInstant(nanoseconds: .max)),
        ])
    func pastRange(_ moment: Moment) {
        let loop = ScriptedLoop()
        var succession = Self.succession(at: moment, epoch: UTCInstant(nanoseconds: .max - 5))
        succession.look(loop, at: UTCInstant(nanoseconds: .max - 4)) { _ in }
        #expect(loop.calls.isEmpty)
    }
}
