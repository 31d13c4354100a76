// time_sync.json: the verdict as a document, tickrun/time-sync/1, which is written, printed, kept as a history,
// read again by the gate before a run, and by a check that judges several hosts together.
//
// `method`, `azure_ntp_sla`, `heartbeat_max_delta_seconds`, `heartbeat_threshold_seconds`, `status`,
// `exception` and `note` are what certification dossiers already read; all else is beside them. Keys stand in
// alphabetical order, so that two results can be compared line by line.

internal import ClusterClock
public import TickTime

/// A value that is written as `null` if it is missing, instead of being left out.
@propertyWrapper public struct Nullable<Value: Codable & Hashable & Sendable>: Codable, Hashable, Sendable {
    public var wrappedValue: Value?

    public init(wrappedValue: Value?) { self.wrappedValue = wrappedValue }

    public init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        wrappedValue = container.decodeNil() ? nil : try container.decode(Value.self)
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        if let wrappedValue { try container.encode(wrappedValue) } else { try container.encodeNil() }
    }
}

/// A verdict as it is written down. Lengths are whole nanoseconds, but for the two in seconds.
public struct SyncResult: Codable, Hashable, Sendable {
    public static let schemaName = "tickrun/time-sync/1"

    public struct Evidence: Codable, Hashable, Sendable {
        public enum State: String, Codable, Sendable {
            case measured
            /// It answered, and what it states does not lead to UTC.
            case unfounded
            case failed
            case unknown
        }

        public var method: SyncMethod
        public var source: String
        /// What the clock is measured against; in the document as `SyncEvidence.Reference.text`.
        public var against: SyncEvidence.Reference
        public var state: State
        /// What a bound on UTC rests on: `referenced`, `unreferenced`, `circular` or `unstated`; `null` for an exchange
        /// of two nodes, and where nothing was stated.
        @Nullable public var provenance: String?
        /// How far the reference is ahead of the node's clock, and within what.
        @Nullable public var offsetNs: Int64?
        @Nullable public var boundNs: Int64?
        @Nullable public var lowerNs: Int64?
        @Nullable public var upperNs: Int64?
        @Nullable public var reason: String?
        public var takenUtc: String
        public var takenUtcNs: Int64
        public var raw: [String: String]
    }

    public struct Node: Codable, Hashable, Sendable {
        public var node: String
        public var standing: SyncVerdict.Standing
        @Nullable public var method: SyncMethod?
        @Nullable public var utcOffsetNs: Int64?
        @Nullable public var utcBoundNs: Int64?
        public var evidence: [Evidence]
    }

    public struct Pair: Codable, Hashable, Sendable {
        public var a: String
        public var b: String
        public var lowerNs: Int64
        public var upperNs: Int64
        /// The farthest that they may be apart.
        public var skewNs: Int64
    }

    public struct Proxy: Codable, Hashable, Sendable {
        public var kind: SyncProxy.Kind
        public var source: String
        @Nullable public var spreadSeconds: Double?
        @Nullable public var passes: Bool?
        @Nullable public var reason: String?
        public var times: [String: String]
        /// Heartbeats and leases that do not count, and why.
        public var discarded: [String: String]?
    }

    public struct Assurance: Codable, Hashable, Sendable {
        public var name: String
        public var title: String
        public var claimedBoundNs: Int64
        @Nullable public var document: String?
    }

    public struct Considered: Codable, Hashable, Sendable {
        public var id: String
        public var version: String
        public var environment: String
        public var authority: String
        public var issued: String
        public var expires: String
        public var accepts: Assurance
        public var applies: Bool
        public var refusals: [String]
        public var removable: Bool
        @Nullable public var reason: String?
    }

    public var schema: String
    public var method: String
    /// `TRUSTED`, where the assurance of that name was used; else left out.
    public var azureNtpSla: String?
    @Nullable public var externalAssurance: Assurance?
    @Nullable public var heartbeatMaxDeltaSeconds: Double?
    public var heartbeatThresholdSeconds: Int64
    public var status: SyncStatus
    /// The id of the exception that the status uses.
    @Nullable public var exception: String?
    @Nullable public var exceptionConsidered: Considered?
    public var note: String
    public var notes: [String]
    public var remedies: [String]
    public var thresholdPairwiseNs: Int64
    public var thresholdAloneNs: Int64
    @Nullable public var pairwiseWorst: Pair?
    public var nodes: [Node]
    public var proxies: [Proxy]
    /// What the host that checked is called among the nodes; `null` where files alone were judged.
    @Nullable public var host: String?
    public var version: String
    @Nullable public var environment: String?
    public var tool: String
    public var toolVersion: String
    public var checkedUtc: String
    public var checkedUtcNs: Int64

    /// - Parameters:
    ///   - host: `nil`, where nothing was measured here.
    ///   - toolVersion: of what writes the result.
    public init(_ audit: SyncAudit, _ verdict: SyncVerdict, host: String?, tool: String, toolVersion: String) {
        schema = Self.schemaName
        method = audit.method(verdict)
        let accepted = verdict.isExceptionUsed ? audit.exception?.accepts : nil
        azureNtpSla = accepted?.name == "azure_ntp_sla" ? "TRUSTED" : nil
        heartbeatThresholdSeconds = SyncLimits.heartbeat.count / 1_000_000_000
        status = verdict.status
        note = audit.note(verdict)
        notes = audit.notes(verdict)
        remedies = audit.remedies(verdict)
        thresholdPairwiseNs = SyncLimits.pairwise.count
        thresholdAloneNs = SyncLimits.alone.count
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
