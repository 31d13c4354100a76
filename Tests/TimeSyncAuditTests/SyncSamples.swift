import ClusterClock
import Foundation
import TestSupport
import TickConfiguration
import TickTime
import TimeSyncAudit

// Samples for the tests of the audit.

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
        switch reference {
        case .utc: .stated(node, offset, bound: bound, NTPReference(id: 0x4750_5300, stratum: 1), method)
        case .node(let other):
            SyncEvidence(
                node: node, other: other, ahead: OffsetInterval(offset, bound: bound), method: method, source: "test",
                taken: .noon)
        }
    }

    /// The same against UTC, by a server or a daemon that follows `reference`.
    static func stated(
        _ node: String, _ offset: Nanoseconds, bound: Nanoseconds, _ reference: NTPReference,
        _ method: SyncMethod = .ntpQuery
    ) -> SyncEvidence {
        SyncEvidence(
            node: node, method: method, source: "test",
            utc: SourcedBound(offset, bound: bound, reference: reference, own: .ofTheTests), taken: .noon)
    }

    static func unknown(_ node: String, _ method: SyncMethod = .kernel) -> SyncEvidence {
        SyncEvidence(
            node: node, method: method, source: "test", fault: "EPERM", hasAnswered: false, taken: .noon)
    }
}

extension OwnReferences {
    /// 192.0.2.44 is the host's address.
    static let ofTheTests = OwnReferences([0xC000_022C])
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
    /// The version and environment for which the fixtures' exception is valid.
    static let matching = SyncCircumstances(now: .noon, version: "1.0.0", environment: "pilot-aks")
}
