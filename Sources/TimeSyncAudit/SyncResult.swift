// time_sync.json: the verdict as a document, tickrun/time-sync/1, which is written, printed, kept as a history,
// read again by the gate before a run, and by a check that judges several hosts together.
//
// Certification dossiers already read `method`, `azure_ntp_sla`, `heartbeat_max_delta_seconds`,
// `heartbeat_threshold_seconds`, `status`, `exception` and `note`; all other keys are additions. Keys stand in
// alphabetical order, so that two results can be compared line by line.

internal import ClusterClock
package import TickTime

/// A value that is written as `null` if it is missing, instead of being left out.
@propertyWrapper package struct Nullable<Value: Codable & Hashable & Sendable>: Codable, Hashable, Sendable {
    package var wrappedValue: Value?

    package init(wrappedValue: Value?) { self.wrappedValue = wrappedValue }

    package init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        wrappedValue = container.decodeNil() ? nil : try container.decode(Value.self)
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        if let wrappedValue { try container.encode(wrappedValue) } else { try container.encodeNil() }
    }
}

/// A verdict as it is written down. Lengths are whole nanoseconds, except for the two in seconds.
package struct SyncResult: Codable, Hashable, Sendable {
    package static let schemaName = "tickrun/time-sync/1"

    package struct Evidence: Codable, Hashable, Sendable {
        package enum State: String, Codable, Sendable {
            case measured
            /// It answered, but its statement does not lead to UTC.
            case unfounded
            case failed
            case unknown
        }

        package var method: SyncMethod
        package var source: String
        /// What the clock is measured against; in the document as `SyncEvidence.Reference.text`.
        package var against: SyncEvidence.Reference
        package var state: State
        /// What a bound on UTC rests on: `referenced`, `unreferenced`, `circular` or `unstated`; `null` for an exchange
        /// of two nodes, and where nothing was stated.
        @Nullable package var provenance: String?
        /// How far the reference is ahead of the node's clock, and within what.
        @Nullable package var offsetNs: Int64?
        @Nullable package var boundNs: Int64?
        @Nullable package var lowerNs: Int64?
        @Nullable package var upperNs: Int64?
        @Nullable package var reason: String?
        package var takenUtc: String
        package var takenUtcNs: Int64
        package var raw: [String: String]
    }

    package struct Node: Codable, Hashable, Sendable {
        package var node: String
        package var standing: SyncVerdict.Standing
        @Nullable package var method: SyncMethod?
        @Nullable package var utcOffsetNs: Int64?
        @Nullable package var utcBoundNs: Int64?
        package var evidence: [Evidence]
    }

    package struct Pair: Codable, Hashable, Sendable {
        package var a: String
        package var b: String
        package var lowerNs: Int64
        package var upperNs: Int64
        /// The farthest that they may be apart.
        package var skewNs: Int64
    }

    package struct Proxy: Codable, Hashable, Sendable {
        package var kind: SyncProxy.Kind
        package var source: String
        @Nullable package var spreadSeconds: Double?
        @Nullable package var passes: Bool?
        @Nullable package var reason: String?
        package var times: [String: String]
        /// Heartbeats and leases that do not count, and why.
        package var discarded: [String: String]?
    }

    package struct Assurance: Codable, Hashable, Sendable {
        package var name: String
        package var title: String
        package var claimedBoundNs: Int64
        @Nullable package var document: String?
    }

    package struct Considered: Codable, Hashable, Sendable {
        package var id: String
        package var version: String
        package var environment: String
        package var authority: String
        package var issued: String
        package var expires: String
        package var accepts: Assurance
        package var applies: Bool
        package var refusals: [String]
        package var removable: Bool
        @Nullable package var reason: String?
    }

    package var schema: String
    package var method: String
    /// `TRUSTED`, where the assurance of that name was used; else left out.
    package var azureNtpSla: String?
    @Nullable package var externalAssurance: Assurance?
    @Nullable package var heartbeatMaxDeltaSeconds: Double?
    package var heartbeatThresholdSeconds: Int64
    package var status: SyncStatus
    /// The id of the exception that the status uses.
    @Nullable package var exception: String?
    @Nullable package var exceptionConsidered: Considered?
    package var note: String
    package var notes: [String]
    package var remedies: [String]
    package var thresholdPairwiseNs: Int64
    package var thresholdAloneNs: Int64
    /// `true` if every node was compared with UTC; else left out.
    package var thresholdAloneIsForEveryNode: Bool?
    @Nullable package var pairwiseWorst: Pair?
    package var nodes: [Node]
    package var proxies: [Proxy]
    /// The name of the checking host among the nodes; `null` if only files were judged.
    @Nullable package var host: String?
    package var version: String
    @Nullable package var environment: String?
    package var tool: String
    package var toolVersion: String
    package var checkedUtc: String
    package var checkedUtcNs: Int64

    /// - Parameters:
    ///   - host: `nil`, where nothing was measured here.
    ///   - toolVersion: of the program that writes the result.
    package init(_ audit: SyncAudit, _ verdict: SyncVerdict, host: String?, tool: String, toolVersion: String) {
        schema = Self.schemaName
        method = audit.method(verdict)
        let accepted = verdict.isExceptionUsed ? audit.exception?.accepts : nil
        azureNtpSla = accepted?.name == "azure_ntp_sla" ? "TRUSTED" : nil
        heartbeatThresholdSeconds = SyncLimits.heartbeat.count / 1_000_000_000
        status = verdict.status
        note = audit.note(verdict)
        notes = audit.notes(verdict)
        remedies = audit.remedies(verdict)
        let limits = audit.circumstances.limits
        thresholdPairwiseNs = limits.pairwise.count
        thresholdAloneNs = limits.alone.count
        thresholdAloneIsForEveryNode = limits.comparesEveryNodeWithUTC ? true : nil
        nodes = verdict.nodes.map { Node($0, audit.evidence) }
        proxies = audit.judgedProxies.map { Proxy($0) }
        version = audit.circumstances.version
        self.tool = tool
        self.toolVersion = toolVersion
        checkedUtc = audit.circumstances.now.iso8601
        checkedUtcNs = audit.circumstances.now.nanoseconds
        externalAssurance = accepted.map { Assurance($0) }
        heartbeatMaxDeltaSeconds = (verdict.proxy?.spread).map { seconds($0) }
        exception = verdict.isExceptionUsed ? audit.exception?.id : nil
        exceptionConsidered = audit.exception.map { Considered($0, verdict) }
        pairwiseWorst = verdict.worstPair.map { pair in
            Pair(
                a: pair.a, b: pair.b, lowerNs: pair.difference.lower.count, upperNs: pair.difference.upper.count,
                skewNs: pair.difference.most.count)
        }
        self.host = host
        environment = audit.circumstances.environment
    }
}

extension SyncResult {
    /// The limits that it was judged by.
    package var limits: SyncLimits {
        SyncLimits(
            pairwise: Nanoseconds(thresholdPairwiseNs), alone: Nanoseconds(thresholdAloneNs),
            comparesEveryNodeWithUTC: thresholdAloneIsForEveryNode == true)
    }
}

private func seconds(_ length: Nanoseconds) -> Double { Double(length.count) / 1e9 }

extension SyncResult.Node {
    fileprivate init(_ node: SyncVerdict.Node, _ evidence: [SyncEvidence]) {
        self.init(
            node: node.name, standing: node.standing, method: node.method, utcOffsetNs: node.utc?.middle.count,
            utcBoundNs: node.utc?.bound.count,
            evidence: evidence.filter { $0.node == node.name }.map { SyncResult.Evidence($0) })
    }
}

extension SyncResult.Evidence {
    fileprivate init(_ piece: SyncEvidence) {
        var provenance: String?
        let (state, offset, claim): (State, Nanoseconds?, OffsetInterval?)
        switch piece.finding {
        case .measured(let interval):
            (state, offset, claim) = (.measured, interval.middle, interval)
            if case .utc = piece.reference { provenance = BoundProvenance.referenced.name }
        case .unfounded(let unfounded):
            (state, offset, claim) = (.unfounded, unfounded.offset, unfounded.claim)
            provenance = unfounded.provenance
        case .failed: (state, offset, claim) = (.failed, nil, nil)
        case .unknown: (state, offset, claim) = (.unknown, nil, nil)
        }
        self.init(
            method: piece.method, source: piece.source, against: piece.reference, state: state, provenance: provenance,
            offsetNs: offset?.count, boundNs: claim?.bound.count, lowerNs: claim?.lower.count,
            upperNs: claim?.upper.count, reason: piece.fault, takenUtc: piece.taken.iso8601,
            takenUtcNs: piece.taken.nanoseconds, raw: piece.raw)
    }
}

extension SyncResult.Proxy {
    fileprivate init(_ proxy: SyncProxy) {
        var times: [String: String] = [:]
        if case .times(let found) = proxy.finding { times = found.mapValues(\.iso8601) }
        self.init(
            kind: proxy.kind, source: proxy.source, spreadSeconds: proxy.spread.map { seconds($0) },
            passes: proxy.passes, reason: proxy.fault, times: times,
            discarded: proxy.discarded)
    }
}

extension SyncResult.Assurance {
    fileprivate init(_ assurance: SyncException.Assurance) {
        self.init(
            name: assurance.name, title: assurance.title, claimedBoundNs: assurance.claimedBound.count,
            document: assurance.document)
    }
}

extension SyncResult.Considered {
    fileprivate init(_ exception: SyncException, _ verdict: SyncVerdict) {
        self.init(
            id: exception.id, version: exception.version, environment: exception.environment,
            authority: exception.authority, issued: exception.issued.iso8601, expires: exception.expires.iso8601,
            accepts: .init(exception.accepts), applies: verdict.exceptionRefusals.isEmpty,
            refusals: verdict.exceptionRefusals.map(\.description), removable: verdict.canExceptionGo,
            reason: exception.reason)
    }
}
