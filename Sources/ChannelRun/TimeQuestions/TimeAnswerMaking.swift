import ClusterClock
import ClusterLinux
import TickConfiguration
import TickLinux
package import TickReports
import TickTime
import TimeExchange

// An answer made by the node's own process, from what the node knows at one instant.

extension TimeAnswer {
    package init(_ moment: NodeMoment, _ question: TimeQuestion, _ setup: ClusterSetup) {
        let (file, report, reading, best) = (setup.file, moment.report, moment.reading, moment.best)
        let consensus = report.consensus, why = question.fault(moment, setup)
        self.init(
            schema: Self.schema, question: question.rawValue, holds: why == nil, why: why, cluster: file.cluster,
            node: file.node, status: moment.status.rawValue, lastFailure: report.lastFailure.map { "\($0)" },
            quality: best.quality.rawValue, traceable: best.isTraceable, localTimeMs: reading.realtime.milliseconds,
            consensusTimeMs: consensus.map { (reading.realtime +| $0.offset).milliseconds },
            driftMs: consensus.map { $0.drift.count / 1_000_000 }, driftNs: consensus?.drift.count,
            confidence: consensus?.confidence(at: reading.boot),
            consensusAgeMs: consensus.map { (reading.boot -| $0.made).count / 1_000_000 },
            sources: consensus?.included ?? 0, minConfidence: setup.consensus.minConfidence,
            ntpSynced: report.synchronizedWithin != nil, ntpWithinNs: report.synchronizedWithin?.count,
            statedErrorNs: report.statedError?.count, monotonicNs: reading.monotonic.nanoseconds,
            boottimeNs: reading.boot.nanoseconds, hostUtcNs: reading.realtime.nanoseconds,
            timeUtcNs: best.time.nanoseconds, earliestUtcNs: moment.earliest?.nanoseconds,
            latestUtcNs: moment.latest?.nanoseconds, boundNs: moment.bound?.count, heldNs: best.held.count,
            epoch: report.snapshot.epochNumber, agreeing: report.snapshot.epoch?.agreement.agreeing ?? 0,
            members: file.members.count, peers: Self.peers(moment, setup),
            ntp: report.ntp.map { Server($0, at: reading.boot) },
            ptp: report.ptp.map { PTP($0, changes: report.grandmasterChanges, at: reading.boot) },
            sourcesContradictByNs: report.sourcesContradictBy?.count,
            datagramsTaken: report.counts.taken,
            datagramsRefused: Dictionary(uniqueKeysWithValues: report.counts.refused.map { ($0.key.name, $0.value) }),
            samplesRefused: report.refusedSamples, datagramsUnsent: report.unsent)
    }

    /// The answer in one line.
    package var json: JSONText {
        do { return try JSONText(members: self) } catch {
            preconditionFailure("an answer of numbers and text is written without an error: \(error)")
        }
    }
}

extension TimeAnswer.Server {
    fileprivate init(_ server: NTPServerReport, at now: BootInstant) {
        let measurement = server.measurement
        self.init(
            server: server.server, address: server.address, offsetNs: measurement?.offset.count,
            boundNs: measurement?.bound.count, stratum: measurement.map { Int64($0.reference.stratum) },
            referenceId: measurement.map { Int64($0.reference.id) }, reference: measurement.map { "\($0.reference)" },
            provenance: measurement?.statement.provenance.name,
            ageMs: measurement.map { (now -| $0.received).count / 1_000_000 },
            failure: server.failure.map { "\($0)" } ?? measurement?.statement.provenance.fault,
            repliesRefused: server.refused)
    }
}
