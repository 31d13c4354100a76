import ClusterClock
import Foundation
import TestSupport
import Testing
import TickTime
import TimeSyncAudit

@Suite("time_sync.json")
struct SyncResultTests {
    private func example() throws -> SyncResult {
        let proxy = SyncProxy(kind: .nodeHeartbeat, json: try fixture("nodes-3.2s.json"), source: "kubectl get nodes")
        let audit = SyncAudit(proxies: [proxy], exception: try .valid(), circumstances: .matching)
        return SyncResult(audit, audit.verdict(), host: nil, tool: "tickrun", toolVersion: "1")
    }

    @Test("a spread of 3.2 s under an assurance gives the published example, key by key")
    func publishedExample() throws {
        let object = try #require(
            try JSONSerialization.jsonObject(with: Data(try example().json(isPretty: true))) as? [String: Any])
        #expect(object["method"] as? String == "azure_ntp_sla_plus_heartbeat_proxy")
        #expect(object["azure_ntp_sla"] as? String == "TRUSTED")
        #expect(object["heartbeat_max_delta_seconds"] as? Double == 3.2)
        #expect(object["heartbeat_threshold_seconds"] as? Int == 5)
        #expect(object["status"] as? String == "PASS_WITH_EXCEPTION")
        #expect(object["exception"] as? String == "ITER_PILOT_TIME_SYNC_EXCEPTION_v1.0.0")
        #expect(
            object["note"] as? String
                == "Canonical ≤50ms sync externally assured via Azure SLA; heartbeat used as coarse cross-check.")
        // As text, for programs such as grep.
        let text = String(decoding: try example().json(isPretty: true), as: UTF8.self)
        #expect(text.contains(#""heartbeat_max_delta_seconds" : 3.2,"#))
        #expect(text.contains(#""heartbeat_threshold_seconds" : 5,"#))
    }

    @Test("what a clock is measured against is spelled utc or node:NAME, and nothing else is read")
    func references() {
        #expect(SyncEvidence.Reference.utc.text == "utc" && SyncEvidence.Reference("utc") == .utc)
        #expect(SyncEvidence.Reference.node("b").text == "node:b" && SyncEvidence.Reference("node:b") == .node("b"))
        for text in ["", "UTC", "node", "b", "nodes:b"] { #expect(SyncEvidence.Reference(text) == nil, "\(text)") }
    }

    @Test("keys without a value are null, and the assurance's key is present only if it was used")
    func nulls() throws {
        let audit = SyncAudit(
            evidence: [.measured("a", milliseconds(1), bound: milliseconds(1), .kernel)], circumstances: .matching)
        let result = SyncResult(audit, audit.verdict(), host: "a", tool: "tickrun", toolVersion: "1")
        let object = try #require(
            try JSONSerialization.jsonObject(with: Data(result.json(isPretty: false))) as? [String: Any])
        for key in [
            "exception", "external_assurance", "exception_considered", "pairwise_worst", "heartbeat_max_delta_seconds",
        ] {
            #expect(object[key] is NSNull, "\(key)")
        }
        #expect(object["azure_ntp_sla"] == nil)
        #expect(object["method"] as? String == "kernel_adjtimex")
        #expect(object["status"] as? String == "PASS")
    }

    @Test("another assurance is only under the general key")
    func otherAssurance() throws {
        var exception = try SyncException.valid()
        exception.accepts.name = "aws_time_sync"
        exception.accepts.title = "Amazon Time Sync"
        let audit = SyncAudit(
            proxies: [.spread(["a", "b"], .seconds(1))], exception: exception, circumstances: .matching)
        let result = SyncResult(audit, audit.verdict(), host: nil, tool: "t", toolVersion: "1")
        #expect(result.azureNtpSla == nil && result.externalAssurance?.name == "aws_time_sync")
        #expect(result.method == "aws_time_sync_plus_heartbeat_proxy")
        #expect(result.note.contains("Amazon Time Sync"))
    }

    @Test("names that look like keys come back as they were")
    func names() throws {
        let piece = SyncEvidence(
            node: "node_one-Two", other: "utc", ahead: .ours, source: "test", taken: .noon,
            raw: ["a_b": "1", "aB": "2", "server_x:123": "µ\n\"", "utc": "3"])
        let audit = SyncAudit(evidence: [piece], circumstances: .matching)
        let result = SyncResult(audit, audit.verdict(), host: nil, tool: "t", toolVersion: "1")
        let again = try SyncResult(json: result.json(isPretty: true), file: "x")
        #expect(again.allEvidence == [piece])
    }

    private static func damaged(_ from: String, _ to: String) throws -> [UInt8] {
        let audit = SyncAudit(
            evidence: [.measured("a", milliseconds(1), bound: milliseconds(1), .kernel)], circumstances: .matching)
        let result = SyncResult(audit, audit.verdict(), host: "a", tool: "tickrun", toolVersion: "1")
        return Array(String(decoding: result.json(isPretty: false), as: UTF8.self).replacing(from, with: to).utf8)
    }

    @Test(
        "a file that is no result is refused, and the place named",
        arguments: [
            (#"{"#, #""#, "it is not JSON"), ("tickrun/time-sync/1", "tickrun/time-sync/2", "schema: expected"),
            (#""status":"PASS""#, #""status":"FINE""#, "status has a value that is not allowed here"),
            (#""standing":"within""#, #""standing":1"#, "nodes.[0].standing is of another type"),
            (#""lower_ns":0"#, #""lower_ns":9000000"#, "evidence 0 of a contradicts itself"),
            (
                #""against":"utc""#, #""against":"bogus""#,
                "nodes.[0].evidence[0].against has a value that is not allowed here"
            ),
            (#""note":"#, #""nota":"#, "note is missing"),
        ])
    func damage(from: String, to: String, fault: String) throws {
        let bytes = try Self.damaged(from, to)
        let error = #expect(throws: SyncResult.ReadingFailure.self) {
            try SyncResult(json: bytes, file: "time_sync.json")
        }
        let text = error?.description.replacing("nodes[0]", with: "nodes.[0]") ?? ""
        #expect(text.hasPrefix("time_sync.json: ") && text.contains(fault), "\(text)")
    }

    @Test("a file with an instant or an offset beyond the range of clocks is refused, and the place is named")
    func beyond() throws {
        for (key, value, place) in [
            ("checked_utc_ns", Int64.max, "checked_utc_ns"), ("checked_utc_ns", -1, "checked_utc_ns"),
            ("taken_utc_ns", .min, "evidence 0 of a: taken_utc_ns"), ("upper_ns", .max, "evidence 0 of a: upper_ns"),
            ("lower_ns", .min, "evidence 0 of a: lower_ns"),
        ] {
            let audit = SyncAudit(
                evidence: [.measured("a", milliseconds(1), bound: milliseconds(1))], circumstances: .matching)
            let result = SyncResult(audit, audit.verdict(), host: "a", tool: "t", toolVersion: "1")
            let text = String(decoding: result.json(isPretty: false), as: UTF8.self)
            // The first such key is in the evidence, or is the only one.
            let pattern = try Regex("\"\(key)\":-?[0-9]+")
            let changed = text.replacing(pattern, maxReplacements: 1) { _ in "\"\(key)\":\(value)" }
            let error = #expect(throws: SyncResult.ReadingFailure.self) {
                try SyncResult(json: Array(changed.utf8), file: "time_sync.json")
            }
            #expect(error?.description.contains(place) == true, "\(error?.description ?? "")")
        }
    }

    @Test("the dossier states requirement, method, status, notes and what requires the exception")
    func dossier() throws {
        let text = try example().dossier
        let lines = text.split(separator: "\n").map(String.init)
        #expect(lines[0] == "## Time Synchronization Validation")
        #expect(lines[1].contains("≤ 50 ms between any two nodes"))
        #expect(text.contains("EXTERNALLY ASSURED via Azure SLA (claims 10 ms)"))
        #expect(
            text.contains(
                "- **Status**: PASS_WITH_EXCEPTION (exception applied: ITER_PILOT_TIME_SYNC_EXCEPTION_v1.0.0)"))
        #expect(text.contains("criteria not met") && text.contains("- [ ] every node's clock measured directly"))
        #expect(text.contains("| aks-pool-3 | unmeasured | none | – | – |"))
    }

    @Test("the dossier of a measured cluster says that the exception can go")
    func dossierOfPass() throws {
        let audit = SyncAudit(
            evidence: [.measured("a", milliseconds(1), bound: milliseconds(1))], exception: try .valid(),
            circumstances: .matching)
        let text = SyncResult(audit, audit.verdict(), host: "a", tool: "t", toolVersion: "1").dossier
        #expect(text.contains("criteria met") && !text.contains("[ ]"))
        #expect(text.contains("| a | within | NTP query | 1 ms | ± 1 ms |"))
    }

    @Test("a name cannot break the dossier's markup")
    func hostileNames() {
        let audit = SyncAudit(
            evidence: [.measured("a|b\n<script>`x`", .zero, bound: .zero)], circumstances: .matching)
        let text = SyncResult(audit, audit.verdict(), host: nil, tool: "t", toolVersion: "1").dossier
        #expect(!text.contains("<script>") && text.contains(#"a\|b"#))
    }
}
