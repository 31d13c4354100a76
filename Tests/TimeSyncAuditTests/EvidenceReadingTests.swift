import ClusterClock
import Foundation
import Testing
import TickTime

@testable import TimeSyncAudit

@Suite("Evidence, read")
struct EvidenceReadingTests {
    private func tracking(_ name: String) throws -> ChronyTracking {
        try ChronyTracking(output: String(decoding: try fixture(name), as: UTF8.self))
    }

    @Test("a synchronized chronyd bounds UTC by its offset, root dispersion and half its root delay")
    func synchronized() throws {
        let tracking = try tracking("chronyc-synchronized.csv")
        // 1.596 us fast of NTP time; 2.190 us + 5.233 us / 2, rounded up.
        #expect(tracking.offset == Nanoseconds(-1_596))
        let printed = tracking.referenceTime
        let bound = try tracking.bound(printedAt: printed, own: .ofTheTests)
        #expect(bound.interval == OffsetInterval(Nanoseconds(-1_596 - 4_807), Nanoseconds(-1_596 + 4_807)))
        #expect(tracking.raw["reference"] == "162.159.200.1")
    }

    @Test("a clock that chronyd reports as 40 ms behind is 40 ms behind, not ahead")
    func behind() throws {
        let tracking = try tracking("chronyc-40ms-off.csv")
        let interval = try #require(try tracking.bound(printedAt: tracking.referenceTime, own: .ofTheTests).interval)
        #expect(interval.lower > milliseconds(39) && interval.upper < milliseconds(41))
    }

    @Test("an unsynchronized chronyd and a missing one give no measurement, and are reported")
    func withoutMeasurement() throws {
        for name in ["chronyc-unsynchronized.csv", "chronyc-not-synchronised.csv"] {
            #expect(throws: ChronyTracking.Failure.notSynchronised) { try tracking(name) }
        }
        #expect(throws: ChronyTracking.Failure.noDaemon("506 Cannot talk to daemon")) {
            try tracking("chronyc-no-daemon.txt")
        }
    }

    @Test(
        "what chronyc does not print is refused",
        arguments: [
            "", "hello", "1,2,3", "7F000001,x,4,1.0,nan,0,0,0,0,0,0.1,0.1,0.5,Normal",
            "7F000001,x,4,1.0,0.1,0,0,0,0,0,-0.1,0.1,0.5,Normal", "7F000001,x,4,1.0,1e3,0,0,0,0,0,0.1,0.1,0.5,Normal",
            "7F000001,x,4,1.0,99999999999.0,0,0,0,0,0,0.1,0.1,0.5,Normal",
        ])
    func garbage(text: String) {
        #expect(throws: ChronyTracking.Failure.form(text)) { try ChronyTracking(output: text) }
    }

    @Test("chronyd with 'local' is unreferenced, one set by hand states no bound, one just started may be 48 s off")
    func referenceOfChronyd() throws {
        func bound(_ tracking: ChronyTracking) throws -> SourcedBound {
            try tracking.bound(printedAt: tracking.referenceTime, own: .ofTheTests)
        }
        let local = try bound(try tracking("chronyc-local-reference.csv"))
        #expect(local.interval == nil && local.provenance.name == "unreferenced")
        #expect(local.provenance.fault?.contains("127.127.1.1") == true)
        let wide = try bound(try tracking("chronyc-huge-dispersion.csv"))
        #expect(wide.interval.map { $0.most > .seconds(47) && $0.most < .seconds(48) } == true)
        var byHand = try tracking("chronyc-synchronized.csv")
        byHand.reference = NTPReference(id: 0x4D41_4E55, stratum: 2)
        let set = try bound(byHand)
        #expect(set.claim == nil && set.provenance == .unstated(.setByHand))
    }

    @Test("an old reference time needs a dispersion of 15 ppm of its age; a statement with more keeps its value")
    func age() throws {
        let tracking = try tracking("chronyc-synchronized.csv")
        let hour = try tracking.bound(printedAt: tracking.referenceTime + .seconds(3_600), own: .ofTheTests)
        // 15 ppm of an hour, less what the host's clock is ahead by, and half the root delay of 5.233 us.
        let most = try #require(hour.interval).bound.count
        #expect(abs(most - 54_000_000 - 2_617) <= 2, "\(most)")
        var wide = tracking
        wide.rootDispersion = .seconds(2)
        #expect(
            try wide.bound(printedAt: wide.referenceTime + .seconds(3_600), own: .ofTheTests).claim?.bound.count
                == 2_000_002_617)
    }

    @Test("a line from a file holds for its reference time, and its bound grows by 50 ppm from then on")
    func file() throws {
        let tracking = try tracking("chronyc-synchronized.csv")
        let hour = try tracking.bound(inFileReadFor: tracking.referenceTime + .seconds(3_600), own: .ofTheTests)
        let bound = try #require(hour.interval).bound
        // grow(1, 1 h) = 180.009 ms.
        #expect(bound > .milliseconds(180) && bound < .milliseconds(180) + .microseconds(100), "\(bound)")
        var undated = tracking
        undated.referenceTime = UTCInstant(nanoseconds: 0)
        #expect(throws: ChronyTracking.Failure.noReferenceTime) {
            try undated.bound(inFileReadFor: .noon, own: .ofTheTests)
        }
    }

    @Test("a reference time in the future is refused, in a file and live")
    func future() throws {
        let tracking = try tracking("chronyc-synchronized.csv")
        let before = tracking.referenceTime - .seconds(1)
        let failure = ChronyTracking.Failure.future(tracking.referenceTime, now: before)
        #expect(throws: failure) { try tracking.bound(inFileReadFor: before, own: .ofTheTests) }
        #expect(throws: failure) { try tracking.bound(printedAt: before, own: .ofTheTests) }
        #expect(failure.description.contains("2026-11-17T11:59:58.720628343Z"))
        // The host's clock may be behind by the accepted amount.
        let near = tracking.referenceTime - .milliseconds(49)
        #expect(try tracking.bound(printedAt: near, own: .ofTheTests).interval != nil)
    }

    private struct KernelCase: Decodable {
        let name: String
        let maxerrorUs: Int64
        let esterrorUs: Int64
        let offsetNs: Int64
        let status: Int64
        let state: Int64
        let boundNs: Int64?
        let provenance: String
        let passesAlone: Bool
    }

    @Test(
        "of the kernel's states maxerror decides where somebody computed it, whatever STA_UNSYNC and an offset of 0 say"
    )
    func kernelStates() throws {
        let decoder = JSONDecoder()
        decoder.keyDecodingStrategy = .convertFromSnakeCase
        let cases = try decoder.decode([KernelCase].self, from: Data(try fixture("adjtimex.json")))
        #expect(cases.count >= 12)
        for one in cases {
            let state = KernelClock(
                maximumError: .microseconds(one.maxerrorUs), estimatedError: .microseconds(one.esterrorUs),
                offset: Nanoseconds(one.offsetNs), status: one.status, state: one.state)
            let interval = one.boundNs.map { OffsetInterval(.zero, bound: Nanoseconds($0)) }
            #expect(state.bound.interval == interval, "\(one.name)")
            #expect(state.bound.provenance.name == one.provenance, "\(one.name)")
            // Without a bound the offset is still shown, and the reason names the remedy.
            #expect(state.bound.offset == Nanoseconds(one.offsetNs), "\(one.name)")
            let isExplained = state.bound.provenance.fault?.contains("use chrony, or name NTP servers with --ntp")
            #expect(isExplained == (interval == nil ? true : nil), "\(one.name)")
            let audit = SyncAudit(
                evidence: [
                    SyncEvidence(node: "n", method: .kernel, source: "adjtimex", utc: state.bound, taken: .noon)
                ], circumstances: .matching)
            #expect((audit.verdict().status == .pass) == one.passesAlone, "\(one.name)")
        }
    }

    @Test(
        "the spread of kubectl's heartbeats, to 5 s inclusive",
        arguments: [
            ("nodes-3.2s.json", 3_200_000_000, true), ("nodes-5s.json", 5_000_000_000, true),
            ("nodes-121s.json", 121_000_000_000, false), ("nodes-225s.json", 225_000_000_000, false),
        ])
    func heartbeats(file: String, spread: Int64, passes: Bool) throws {
        let proxy = SyncProxy(kind: .nodeHeartbeat, json: try fixture(file), source: file)
        #expect(proxy.spread == Nanoseconds(spread))
        #expect(proxy.passes == passes)
    }

    @Test("a nanosecond beyond 5 s fails")
    func justBeyond() {
        #expect(SyncProxy.spread(["a", "b"], Nanoseconds(5_000_000_000)).passes == true)
        #expect(SyncProxy.spread(["a", "b"], Nanoseconds(5_000_000_001)).passes == false)
    }

    private func lease(
        _ name: String, _ time: String, namespace: String = "kube-node-lease", duration: Int = 40
    ) -> String {
        let spec = #""spec":{"renewTime":"\#(time)","leaseDurationSeconds":\#(duration)}"#
        return #"{"metadata":{"name":"\#(name)","namespace":"\#(namespace)"},\#(spec)}"#
    }

    @Test("heartbeats of sixteen days ago, or seven hours ahead of the check, prove nothing")
    func oldHeartbeats() throws {
        let proxy = SyncProxy(kind: .nodeHeartbeat, json: try fixture("nodes-3.2s.json"), source: "x")
        #expect(proxy.judged(at: .noon, among: nil).passes == true)
        for now in [UTCInstant.noon + .seconds(16 * 86_400), .noon - .seconds(7 * 3_600)] {
            let judged = proxy.judged(at: now, among: nil)
            #expect(judged.passes == nil && judged.nodes.isEmpty && judged.discarded.count == proxy.nodes.count)
            var audit = SyncAudit(proxies: [proxy], exception: try .valid(), circumstances: .matching)
            audit.circumstances.now = now
            audit.exception?.issued = now - .seconds(1)
            audit.exception?.expires = now + .seconds(1)
            // The nodes exist, but nothing is known about their clocks.
            #expect(audit.verdict().status == .failProxyPassSLA && audit.allNodes == proxy.nodes)
        }
    }

    @Test("an age of twice the period counts, and 5 s ahead too; a nanosecond more does not")
    func periods() {
        for (kind, period) in [(SyncProxy.Kind.nodeHeartbeat, Int64(300)), (.nodeLease, 10)] {
            for (age, counts) in [
                (2 * period * 1_000_000_000, true), (2 * period * 1_000_000_000 + 1, false), (-5_000_000_000, true),
                (-5_000_000_001, false),
            ] {
                let times = ["a": UTCInstant.noon, "b": .noon - Nanoseconds(age)]
                let proxy = SyncProxy(kind: kind, source: "x", finding: .times(times))
                #expect(proxy.judged(at: .noon, among: nil).nodes == (counts ? ["a", "b"] : ["a"]), "\(kind) \(age)")
            }
        }
    }

    @Test("a lease of a removed node is not a node: two months old, or not in the list of nodes")
    func orphanedLease() throws {
        let leases = [
            lease("a", "2026-11-17T11:59:59.1Z"), lease("b", "2026-11-17T12:00:00Z"),
            lease("gone", "2026-09-17T12:00:00Z"),
        ]
        let json = Array(#"{"items":[\#(leases.joined(separator: ","))]}"#.utf8)
        let proxy = SyncProxy(kind: .nodeLease, json: json, source: "x")
        let audit = SyncAudit(proxies: [proxy], exception: try .valid(), circumstances: .matching)
        let verdict = audit.verdict()
        #expect(verdict.status == .passWithException && audit.allNodes == ["a", "b"])
        #expect(verdict.proxy?.spread == .milliseconds(900))
        #expect(audit.notes(verdict).contains { $0.contains("'gone' does not count") })
        // A fresh lease of a node that is not in the list of nodes.
        let nodes = SyncProxy(kind: .nodeHeartbeat, source: "n", finding: .times(["a": .noon, "b": .noon]))
        let fresh = SyncProxy(
            kind: .nodeLease, source: "x", finding: .times(["a": .noon, "b": .noon, "gone": .noon - .seconds(6)]))
        #expect(SyncAudit(proxies: [nodes, fresh], circumstances: .matching).allNodes == ["a", "b"])
    }

    @Test("leases of controllers are not nodes, and a lease's duration gives its renewal interval")
    func otherLeases() {
        let leases = [
            lease("kube-controller-manager", "2026-11-17T12:00:00Z", namespace: "kube-system", duration: 15),
            lease("a", "2026-11-17T11:59:00Z", duration: 120), lease("b", "2026-11-17T11:59:59Z"),
        ]
        let proxy = SyncProxy(
            kind: .nodeLease, json: Array(#"{"items":[\#(leases.joined(separator: ","))]}"#.utf8), source: "x")
        #expect(proxy.nodes == ["a", "b"] && proxy.discarded.keys.sorted() == ["kube-system/kube-controller-manager"])
        #expect(proxy.judged(at: .noon, among: nil).nodes == ["a", "b"])
        #expect(proxy.judged(at: .noon + .seconds(1), among: nil).nodes == ["b"])
    }

    @Test("leases are read to the microsecond")
    func leases() throws {
        let proxy = SyncProxy(kind: .nodeLease, json: try fixture("leases-2.776544s.json"), source: "leases")
        #expect(proxy.spread == Nanoseconds(2_776_544_000))
        #expect(proxy.nodes == ["aks-pool-0", "aks-pool-1", "aks-pool-2", "aks-pool-3"])
    }

    @Test(
        "heartbeats that cannot be read are no spread, and are reported with the node's name",
        arguments: [
            ("nodes-without-ready.json", "node 'n1' has no Ready condition with a lastHeartbeatTime"),
            ("nodes-unparsable-time.json", "'yesterday' of 'n1' is not a time such as 2026-11-21T06:00:00Z"),
        ])
    func unreadable(file: String, fault: String) throws {
        let proxy = SyncProxy(kind: .nodeHeartbeat, json: try fixture(file), source: file)
        #expect(proxy.passes == nil && proxy.fault == fault)
    }

    @Test(
        "what is no list of nodes is no spread",
        arguments: [
            ("", "is not JSON"), ("[]", "another type"), ("{}", "no 'items'"), (#"{"items":[{}]}"#, "no metadata.name"),
            (#"{"items":[{"metadata":{"name":3}}]}"#, "items[0].metadata.name is of another type"),
            (#"{"items":[{"kind":"Lease","metadata":{"name":"a"}}]}"#, "is a Lease, not a Node"),
            (#"{"items":[]}"#, "fewer than two nodes"),
        ])
    func noList(text: String, fault: String) {
        let proxy = SyncProxy(kind: .nodeHeartbeat, json: Array(text.utf8), source: "x")
        #expect(proxy.passes == nil)
        #expect(proxy.fault?.contains(fault) == true, "\(proxy.fault ?? "-")")
    }

    @Test(
        "heartbeats centuries apart are no spread, and no trap",
        arguments: ["1678-01-01T00:00:00Z", "2261-01-01T00:00:00Z"])
    func centuries(time: String) {
        func node(_ name: String, _ time: String) -> String {
            let condition = #""status":{"conditions":[{"type":"Ready","lastHeartbeatTime":"\#(time)"}]}"#
            return #"{"metadata":{"name":"\#(name)"},\#(condition)}"#
        }
        let list = #"{"items":[\#(node("a", time)),\#(node("b", "1970-01-01T00:00:00Z"))]}"#
        let proxy = SyncProxy(kind: .nodeHeartbeat, json: Array(list.utf8), source: "x")
        #expect(proxy.passes == nil && proxy.fault?.hasPrefix("'\(time)' of 'a' is not a time") == true)
    }

    @Test("one node has no spread, and neither has a node that is listed twice")
    func oneNode() {
        let condition = #""status":{"conditions":[{"type":"Ready","lastHeartbeatTime":"2026-11-17T12:00:00Z"}]}"#
        let node = #"{"metadata":{"name":"a"},\#(condition)}"#
        let one = SyncProxy(kind: .nodeHeartbeat, json: Array(#"{"items":[\#(node)]}"#.utf8), source: "x")
        #expect(one.passes == nil && one.nodes == ["a"])
        let twice = SyncProxy(kind: .nodeHeartbeat, json: Array(#"{"items":[\#(node),\#(node)]}"#.utf8), source: "x")
        #expect(twice.fault == "'a' is listed twice")
    }
}
