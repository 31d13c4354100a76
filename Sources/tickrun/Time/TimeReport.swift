import ClusterClock
import Foundation
import TickConfiguration
import ClusterLinux
import TickLinux
import TickReports
import TickTime
import TimeExchange

/// What a node says of the time: one JSON object, `tickrun/time/1`, as it goes through the node's socket and is
/// printed by 'tickrun time --json', and read again to be shown to people.
struct TimeReport: Decodable {
    static let schema = "tickrun/time/1"

    struct Peer: Decodable {
        let name: String
        let id: String
        /// `majority`, `agreeing`, `wide`, `false`, `unjudged` or `silent`.
        let state: String
        /// Which of the last eight polls were answered; the newest is bit 0.
        let reach: Int64
        let lastHeardMs: Int64?
        let timeMs: Int64?
        /// Its clock − this host's, and how far that may be off.
        let offsetNs: Int64?
        let errorNs: Int64?
        let aheadLeastNs: Int64?
        let aheadMostNs: Int64?
        let included: Bool
        /// Why not.
        let reason: String?
        let verdict: String
        let falseByNs: Int64
        let roundTripNs: Int64?
    }

    struct Server: Decodable {
        let server: String
        let offsetNs: Int64?
        let boundNs: Int64?
        let ageMs: Int64?
        let failure: String?
        /// What the name stood for, with the port.
        let address: String?
        let stratum: Int64?
        /// The clock that the server follows: the identifier of its reference, as a number.
        let referenceId: Int64?
        let provenance: String?
    }

    let error: String?
    /// What was asked, whether it holds, and why not.
    let question: String
    let holds: Bool
    let why: String?
    let cluster: String
    let node: String
    let status: String
    let lastFailure: String?
    let quality: String
    let traceable: Bool
    let localTimeMs: Int64
    let consensusTimeMs: Int64?
    let driftMs: Int64?
    let driftNs: Int64?
    let confidence: Double?
    let consensusAgeMs: Int64?
    let sources: Int
    let ntpSynced: Bool
    let ntpWithinNs: Int64?
    /// The instant that the report is for, on three clocks of this host.
    let monotonicNs: Int64
    let boottimeNs: Int64
    let hostUtcNs: Int64
    let timeUtcNs: Int64
    let earliestUtcNs: Int64?
    let latestUtcNs: Int64?
    let boundNs: Int64?
    let heldNs: Int64
    let epoch: Int64
    let agreeing: Int
    let members: Int
    let minConfidence: Double
    let peers: [Peer]
    let ntp: [Server]

    init(decoding line: [UInt8]) throws {
        let decoder = JSONDecoder()
        decoder.keyDecodingStrategy = .convertFromSnakeCase
        struct Failure: Decodable { let error: String? }
        if let error = try decoder.decode(Failure.self, from: Data(line)).error {
            throw CommandFailure(exitCode: .unavailable, message: "the node answers: \(error)")
        }
        self = try decoder.decode(TimeReport.self, from: Data(line))
        if let fault = valueFault {
            throw CommandFailure(
                exitCode: .unavailable, message: "the node's answer is not from a working node: \(fault); restart it")
        }
    }

    /// How far true UTC may be from the time shown, if it is bounded.
    var utcBound: Nanoseconds? { traceable ? boundNs.map { Nanoseconds($0) } : nil }

    // MARK: - From a node

    static func json(_ moment: NodeMoment, _ question: TimeQuestion, _ setup: ClusterSetup) -> JSONText {
        let (file, report, reading, best) = (setup.file, moment.report, moment.reading, moment.best)
        let consensus = report.consensus, fault = question.fault(moment, setup)
        var json = JSONText(capacity: 4_096)
        json.object { json in
            json.member("schema", schema)
            json.member("question", question.rawValue)
            json.member("holds", fault == nil)
            json.member("why", fault)
            json.member("cluster", file.cluster)
            json.member("node", file.node)
            json.member("status", moment.status.rawValue)
            json.member("last_failure", report.lastFailure.map { "\($0)" })
            json.member("quality", best.quality.rawValue)
            json.member("traceable", best.isTraceable)
            json.member("local_time_ms", reading.realtime.milliseconds)
            json.member("consensus_time_ms", consensus.map { (reading.realtime +| $0.offset).milliseconds })
            json.member("drift_ms", consensus.map { $0.drift.count / 1_000_000 })
            json.member("drift_ns", consensus?.drift.count)
            json.member("confidence", consensus?.confidence(at: reading.boot), decimals: 3)
            json.member("consensus_age_ms", consensus.map { (reading.boot -| $0.made).count / 1_000_000 })
            json.member("sources", consensus?.included ?? 0)
            json.member("min_confidence", setup.consensus.minConfidence, decimals: 2)
            json.member("ntp_synced", report.synchronizedWithin != nil)
            json.member("ntp_within_ns", report.synchronizedWithin?.count)
            json.member("stated_error_ns", report.statedError?.count)
            json.member("monotonic_ns", reading.monotonic.nanoseconds)
            json.member("boottime_ns", reading.boot.nanoseconds)
            json.member("host_utc_ns", reading.realtime.nanoseconds)
            json.member("time_utc_ns", best.time.nanoseconds)
            json.member("earliest_utc_ns", moment.earliest?.nanoseconds)
            json.member("latest_utc_ns", moment.latest?.nanoseconds)
            json.member("bound_ns", moment.bound?.count)
            json.member("held_ns", best.held.count)
            json.member("epoch", report.snapshot.epochNumber)
            json.member("agreeing", report.snapshot.epoch?.agreement.agreeing ?? 0)
            json.member("members", file.members.count)
            json.array("peers") { json in peers(moment, setup, &json) }
            json.array("ntp") { json in
                for server in report.ntp { json.object { $0.server(server, reading.boot) } }
            }
            json.member("datagrams_taken", report.counts.taken)
            json.object("datagrams_refused") { json in
                for (reason, count) in report.counts.refused.sorted(by: { $0.key.name < $1.key.name }) {
                    json.member(reason.name, count)
                }
            }
            json.object("samples_refused") { json in
                for (kind, count) in report.refusedSamples.sorted(by: { $0.key < $1.key }) { json.member(kind, count) }
            }
            json.member("datagrams_unsent", report.unsent)
        }
        return json
    }
}

extension UTCInstant {
    /// Whole milliseconds, rounded down.
    var milliseconds: Int64 {
        let (quotient, remainder) = nanoseconds.quotientAndRemainder(dividingBy: 1_000_000)
        return remainder < 0 ? quotient - 1 : quotient
    }
}

extension BestTime {
    /// How far true UTC (untraceable: the cluster's clocks) may be from the time; `nil` where nobody says.
    var bound: Nanoseconds? {
        guard let earliest, let latest else { return nil }
        return max((time -| earliest).magnitude, (latest -| time).magnitude)
    }
}

extension JSONText {
    fileprivate mutating func server(_ server: NTPServerReport, _ now: BootInstant) {
        member("server", server.server)
        member("address", server.address)
        member("offset_ns", server.measurement?.offset.count)
        member("bound_ns", server.measurement?.bound.count)
        member("stratum", server.measurement?.reference.stratum)
        member("reference_id", server.measurement.map { Int64($0.reference.id) })
        member("reference", server.measurement.map { "\($0.reference)" })
        member("provenance", server.measurement?.statement.provenance.name)
        member("age_ms", server.measurement.map { (now -| $0.received).count / 1_000_000 })
        member("failure", server.failure.map { "\($0)" } ?? server.measurement?.statement.provenance.fault)
        object("replies_refused") { json in
            for (reason, count) in server.refused.sorted(by: { $0.key < $1.key }) { json.member(reason, count) }
        }
    }
}
