import ClusterClock
import Foundation
import TestSupport
import TickConfiguration
import TickTime
import TimeSyncAudit

// What the tests of the audit are made of.

func milliseconds(_ count: Int64) -> Nanoseconds { .milliseconds(count) }

func fixture(_ name: String) throws -> [UInt8] {
    Array(try Data(contentsOf: Vectors.packageRoot.appending(path: "Fixtures/timesync/\(name)")))
}

extension UTCInstant {
    /// The instant of the fixtures.
    static let noon = UTCInstant(nanoseconds: 1_794_916_800_000_000_000)
}

extension SyncEvidence {
    /// `node` is behind `reference` by `offset ± bound`.
    static func measured(
        _ node: String, _ offset: Nanoseconds, bound: Nanoseconds, against reference: Reference = .utc,
        _ method: SyncMethod = .ntpQuery
    ) -> SyncEvidence {
        SyncEvidence(
            node: node, reference: reference, method: method, source: "test",
            finding: .measured(OffsetInterval(offset, bound: bound)), taken: .noon)
    }

    static func unknown(_ node: String, _ method: SyncMethod = .kernel) -> SyncEvidence {
        SyncEvidence(node: node, method: method, source: "test", finding: .unknown("EPERM"), taken: .noon)
    }
}

extension SyncProxy {
    static func spread(_ nodes: [String], _ length: Nanoseconds, _ kind: Kind = .nodeHeartbeat) -> SyncProxy {
        var times = Dictionary(uniqueKeysWithValues: nodes.map { ($0, UTCInstant.noon) })
        times[nodes[0]] = .noon - length
        return SyncProxy(kind: kind, source: "test", finding: .times(times))
    }
}

extension SyncException {
    static func valid() throws -> SyncException {
        try SyncException(json: try fixture("exception.json"), file: "exception.json")
    }
}

extension SyncCircumstances {
    /// Those that the exception of the fixtures holds in.
    static let matching = SyncCircumstances(now: .noon, version: "1.0.0", environment: "pilot-aks")
}
