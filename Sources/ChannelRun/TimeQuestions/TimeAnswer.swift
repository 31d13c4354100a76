import ClusterClock
import Foundation
import TickConfiguration
import ClusterLinux
import TickLinux
package import TickReports
package import TickTime
import TimeExchange

/// What a node says of the time: one JSON object, `tickrun/time/1`, as it goes through the node's socket and is
/// printed by 'tickrun time --json', and read again to be shown to people.
package struct TimeAnswer: Decodable {
    package static let schema = "tickrun/time/1"

    package struct Peer: Decodable {
        package let name: String
        package let id: String
        /// `majority`, `agreeing`, `wide`, `false`, `unjudged` or `silent`.
        package let state: String
        /// Which of the last eight polls were answered; the newest is bit 0.
        package let reach: Int64
        package let lastHeardMs: Int64?
        package let timeMs: Int64?
        /// Its clock − this host's, and how far that may be off.
        package let offsetNs: Int64?
        package let errorNs: Int64?
        package let aheadLeastNs: Int64?
        package let aheadMostNs: Int64?
        package let included: Bool
        /// Why not.
        package let reason: String?
        package let verdict: String
        package let falseByNs: Int64
        package let roundTripNs: Int64?
    }

    package struct Server: Decodable {
        package let server: String
        package let offsetNs: Int64?
        package let boundNs: Int64?
        package let ageMs: Int64?
        package let failure: String?
        /// What the name stood for, with the port.
        package let address: String?
        package let stratum: Int64?
        /// The clock that the server follows: the identifier of its reference, as a number.
        package let referenceId: Int64?
        package let provenance: String?
    }

    package let error: String?
    /// What was asked, whether it holds, and why not.
    package let question: String
    package let holds: Bool
    package let why: String?
    package let cluster: String
    package let node: String
    package let status: String
    package let lastFailure: String?
    package let quality: String
    package let traceable: Bool
    package let localTimeMs: Int64
    package let consensusTimeMs: Int64?
    package let driftMs: Int64?
    package let driftNs: Int64?
    package let confidence: Double?
    package let consensusAgeMs: Int64?
    package let sources: Int
    package let ntpSynced: Bool
    package let ntpWithinNs: Int64?
    /// The instant that the report is for, on three clocks of this host.
    package let monotonicNs: Int64
    package let boottimeNs: Int64
    package let hostUtcNs: Int64
    package let timeUtcNs: Int64
    package let earliestUtcNs: Int64?
    package let latestUtcNs: Int64?
    package let boundNs: Int64?
    package let heldNs: Int64
    package let epoch: Int64
    package let agreeing: Int
    package let members: Int
    package let minConfidence: Double
    package let peers: [Peer]
    package let ntp: [Server]

    package init(decoding line: [UInt8]) throws(RunFailure) {
        let decoder = JSONDecoder()
        decoder.keyDecodingStrategy = .convertFromSnakeCase
        struct Failure: Decodable { let error: String? }
        do {
            if let error = try decoder.decode(Failure.self, from: Data(line)).error {
                throw RunFailure.unavailable("the node answers: \(error)")
            }
            self = try decoder.decode(TimeAnswer.self, from: Data(line))
        } catch let failure as RunFailure {
            throw failure
        } catch {
            throw .unavailable("the node's answer is not from a working node: \(error); restart it")
        }
        if let fault = valueFault {
            throw RunFailure.unavailable("the node's answer is not from a working node: \(fault); restart it")
        }
    }

    /// How far true UTC may be from the time shown, if it is bounded.
    package var utcBound: Nanoseconds? { traceable ? boundNs.map { Nanoseconds($0) } : nil }

    // MARK: - From a node

    package static func json(_ moment: NodeMoment, _ question: TimeQuestion, _ setup: ClusterSetup) -> JSONText {
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
