import ClusterClock
import Foundation
import TestSupport
import Testing
import TickConfiguration
import TickJournal
import TickReports
import TickTime
import TimeExchange

@testable import ClusterLinux
@testable import TickLinux
@testable import ChannelRun
@testable import tickrun

/// A member with valid keys that states one value at an end of its range, in every reply.
@Suite("A value held at its extreme")
struct SteadyExtremesTests {
    @Test(
        "for 30 s in each field in turn: the others agree, their times and stamps do not fall, and the refusals are counted",
        arguments: try PeerExtreme.all())
    func steady(extreme: PeerExtreme) throws {
        var cluster = try SteadyCluster()
        try cluster.run(.seconds(30)) { $0.set(extreme) }
        for member in [cluster.first, cluster.second] {
            #expect(member.clock.status == .synchronized, "\(member.clock.status)")
            let refused = member.admission.counts.refused.map { ($0.key.name, $0.value) }
            if let reason = extreme.reason {
                #expect(refused.count == 1 && refused.first?.0 == reason && (refused.first?.1 ?? 0) >= 55)
            } else {
                #expect(refused.isEmpty, "\(refused)")
            }
            #expect(member.times.count > 500 && member.stamps.count > 400)
            for (before, after) in zip(member.times, member.times.dropFirst()) { #expect(before.time <= after.time) }
            for (before, after) in zip(member.stamps, member.stamps.dropFirst()) { #expect(before.time <= after.time) }
            // Within 10 ms of the host's own clock, which is 2 ms off at the most.
            let distance = member.times.last.map { ($0.time -| member.reading(cluster.now).realtime).magnitude }
            #expect(distance.map { $0 < .milliseconds(10) } == true)
        }
        let both = (cluster.first.stamps.last, cluster.second.stamps.last)
        let apart = try #require(both.0).time -| (try #require(both.1)).time
        #expect(apart.magnitude < .milliseconds(10))
    }

    @Test(
        "what a node says of it is JSON that is read again, and text; its journal's record is read as it was written",
        arguments: try PeerExtreme.all())
    func said(extreme: PeerExtreme) throws {
        var cluster = try SteadyCluster()
        try cluster.run(.seconds(5)) { $0.set(extreme) }
        let report = cluster.first.report(at: cluster.now)
        let setup = try Self.setup()
        let moment = cluster.first.moment(at: cluster.now)
        let json = TimeAnswer(moment, .status, setup).json
        let read = try TimeAnswer(decoding: json.utf8)
        #expect(read.peers.count == 2 && read.status == report.status.rawValue)
        #expect(read.statusLines.count > 7 && read.peerLines.count == 3)
        #expect(read.holds && read.nowText.contains("at CLOCK_MONOTONIC "))
        if let reason = extreme.reason {
            #expect(String(decoding: Array(json.utf8), as: UTF8.self).contains(#""\#(reason)":"#))
        }
        try Self.expectJournal(report)
    }

    @Test("a socket's answer with a number that no node sends is refused, and the number is named")
    func crafted() throws {
        var cluster = try SteadyCluster()
        try cluster.run(.seconds(5)) { _ in }
        let whole = String(
            decoding: TimeAnswer(cluster.first.moment(at: cluster.now), .now, try Self.setup()).json.utf8,
            as: UTF8.self)
        for key in [
            "local_time_ms", "drift_ns", "consensus_time_ms", "host_utc_ns", "time_utc_ns", "earliest_utc_ns",
            "latest_utc_ns", "bound_ns", "time_ms", "ahead_most_ns", "false_by_ns", "epoch", "monotonic_ns",
            "boottime_ns", "reach", "last_heard_ms", "offset_ns", "error_ns",
        ] {
            for value in [Int64.min, .max] {
                let changed = whole.replacing(try Regex("\"\(key)\":-?[0-9]+")) { _ in "\"\(key)\":\(value)" }
                try #require(changed != whole, "\(key)")
                let error = #expect(throws: RunFailure.self) { try TimeAnswer(decoding: Array(changed.utf8)) }
                #expect(error?.message.contains(key) == true, "\(error?.message ?? "")")
            }
        }
    }

    private static func expectJournal(_ report: ClusterNodeReport) throws {
        let record = ClusterRecord(
            monotonic: MonotonicInstant(nanoseconds: report.boot.nanoseconds), status: report.status.rawValue,
            best: report.best, epoch: report.snapshot.epochNumber,
            agreeing: Int64(report.snapshot.epoch?.agreement.agreeing ?? 0))
        var (writer, bytes) = (JournalWriter(), [UInt8]())
        writer.append(.cluster(record))
        writer.takePending { bytes = $0 }
        var reader = JournalReader()
        reader.append(bytes)
        let event = try #require(try reader.next())
        #expect(try event.record() == .cluster(record))
        var survey = JournalSurvey()
        _ = try survey.add(event)
        var replay = JournalReplay(survey)
        try replay.apply(event)
        #expect(replay.contradictions.isEmpty)
    }

    /// The file of a cluster whose members have the names that give `SteadyCluster` its ids.
    private static func setup() throws -> ClusterSetup {
        let path = Vectors.packageRoot.appending(path: "Fixtures/cluster/a.json").path
        return try ClusterSetup(path, try Arguments(["status"], for: TimeCommand.self))
    }
}

extension SteadyMember {
    /// The answer about it to a question.
    fileprivate func moment(at now: Nanoseconds) -> NodeMoment {
        let reading = reading(now)
        return NodeMoment(report: report(at: now), best: plan.time(at: reading.boot), reading: reading)
    }

    /// The state that the node's thread publishes.
    fileprivate func report(at now: Nanoseconds) -> ClusterNodeReport {
        let reading = reading(now)
        return ClusterNodeReport(
            node: id, status: clock.status, peers: clock.peers, counts: admission.counts,
            refusedSamples: refusedSamples, unsent: 0, lastFailure: clock.lastFailure, consensus: round.consensus,
            snapshot: clock.snapshot, best: plan.time(at: reading.boot), kernel: nil, ntp: [], ptp: nil,
            grandmasterChanges: 0, sourcesContradictBy: nil, statedError: .milliseconds(3), peerOffsets: round.latest,
            peerIntervals: intervals.intervals(at: reading.boot), peersSay: [:], synchronizedWithin: nil,
            boot: reading.boot, hostUTC: reading.realtime)
    }
}
