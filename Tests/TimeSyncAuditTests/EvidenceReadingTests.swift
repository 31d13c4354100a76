import ClusterClock
import Foundation
import Testing
import TickTime
import TimeSyncAudit

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
        #expect(tracking.interval == OffsetInterval(Nanoseconds(-1_596 - 4_807), Nanoseconds(-1_596 + 4_807)))
        #expect(tracking.raw["reference"] == "127.0.0.1")
    }

    @Test("a clock that chronyd sees 40 ms behind is 40 ms behind, and not ahead")
    func behind() throws {
        let interval = try tracking("chronyc-40ms-off.csv").interval
        #expect(interval.lower > milliseconds(39) && interval.upper < milliseconds(41))
    }

    @Test("an unsynchronized chronyd and one that is not there measure nothing, and say so")
    func withoutMeasurement() throws {
        #expect(throws: ChronyTracking.Failure.notSynchronised) { try tracking("chronyc-unsynchronized.csv") }
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

    private struct KernelCase: Decodable {
        let name: String
        let maxerrorUs: Int64
        let esterrorUs: Int64
        let offsetNs: Int64
        let status: Int64
        let state: Int64
        let boundNs: Int64
        let passesAlone: Bool
    }

    @Test("of the kernel's states maxerror decides, whatever STA_UNSYNC and an offset of 0 say")
    func kernelStates() throws {
        let decoder = JSONDecoder()
        decoder.keyDecodingStrategy = .convertFromSnakeCase
        let cases = try decoder.decode([KernelCase].self, from: Data(try fixture("adjtimex.json")))
        #expect(cases.count >= 6)
        for one in cases {
            let state = KernelState(
                maximumError: .microseconds(one.maxerrorUs), estimatedError: .microseconds(one.esterrorUs),
                offset: Nanoseconds(one.offsetNs), status: one.status, state: one.state)
            #expect(state.interval == OffsetInterval(.zero, bound: Nanoseconds(one.boundNs)), "\(one.name)")
            let audit = SyncAudit(
                evidence: [
                    SyncEvidence(
                        node: "n", method: .kernel, source: "adjtimex", finding: .measured(state.interval), taken: .noon
                    )
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

    @Test("leases are read to the microsecond")
    func leases() throws {
        let proxy = SyncProxy(kind: .nodeLease, json: try fixture("leases-2.776544s.json"), source: "leases")
        #expect(proxy.spread == Nanoseconds(2_776_544_000))
        #expect(proxy.nodes == ["aks-pool-0", "aks-pool-1", "aks-pool-2", "aks-pool-3"])
    }

    @Test(
        "heartbeats that cannot be read are no spread, and are told of with the node's name",
        arguments: [
            ("nodes-without-ready.json", "node 'n1' has no Ready condition with a lastHeartbeatTime"),
            ("nodes-unparsable-time.json", "'yesterday' of 'n1' is no time such as 2026-11-21T06:00:00Z"),
        ])
    func unreadable(file: String, fault: String) throws {
        let proxy = SyncProxy(kind: .nodeHeartbeat, json: try fixture(file), source: file)
        #expect(proxy.passes == nil && proxy.fault == fault)
    }

    @Test(
        "what is no list of nodes is no spread",
        arguments: [
            ("", "no JSON"), ("[]", "another type"), ("{}", "no 'items'"), (#"{"items":[{}]}"#, "no metadata.name"),
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
        #expect(proxy.passes == nil && proxy.fault?.hasPrefix("'\(time)' of 'a' is no time") == true)
    }

    @Test("one node has no spread, and a node told of twice makes none")
    func oneNode() {
        let condition = #""status":{"conditions":[{"type":"Ready","lastHeartbeatTime":"2026-11-17T12:00:00Z"}]}"#
        let node = #"{"metadata":{"name":"a"},\#(condition)}"#
        let one = SyncProxy(kind: .nodeHeartbeat, json: Array(#"{"items":[\#(node)]}"#.utf8), source: "x")
        #expect(one.passes == nil && one.nodes == ["a"])
        let twice = SyncProxy(kind: .nodeHeartbeat, json: Array(#"{"items":[\#(node),\#(node)]}"#.utf8), source: "x")
        #expect(twice.fault == "'a' stands there twice")
    }
}
