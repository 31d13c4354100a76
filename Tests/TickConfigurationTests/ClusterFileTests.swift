import ClusterClock
import Testing
import TickConfiguration
import TickTime
import TimeExchange

@Suite("A cluster's file")
struct ClusterFileTests {
    private static func json(_ more: String = "", node: String = "a", members: String? = nil) -> [UInt8] {
        let members = members ?? #"{"name":"a","address":"h:1"},{"name":"b","address":"h:2"}"#
        return Array(
            #"{"schema":"tickrun/cluster/1","cluster":"c","node":"\#(node)","keys":"k"\#(more),"members":[\#(members)]}"#
                .utf8)
    }

    private static func refusal(_ json: [UInt8]) -> String {
        do { _ = try ClusterFile(json: json, file: "f") } catch { return "\(error)" }
        return ""
    }

    @Test("the smallest file has the defaults, and identifies members by the digest of their names")
    func least() throws {
        let file = try ClusterFile(json: Self.json(), file: "f")
        #expect(file.listen == "h:1" && file.statedError == nil && file.consensus == ConsensusConfiguration())
        let configuration = ClusterConfiguration(node: NodeID(named: "a"), peers: [NodeID(named: "b")])
        #expect(file.configuration == configuration)
        #expect(file.name(of: NodeID(named: "b")) == "b")
        // SHA-256 of "node a": fixed for ever, because members of two versions must know each other.
        #expect(NodeID(named: "a").rawValue == 0x4b1c_42f3_3ed7_f5ab)
        #expect(ClusterID(named: "c").rawValue == 0x80bd_e041_6f5e_317f)
    }

    @Test("a single member needs no keys, and several do")
    func keysOfOne() throws {
        func json(_ members: String) -> [UInt8] {
            Array(#"{"schema":"tickrun/cluster/1","cluster":"c","node":"a","members":[\#(members)]}"#.utf8)
        }
        #expect(try ClusterFile(json: json(#"{"name":"a","address":"h:1"}"#), file: "f").keys == nil)
        let two = json(#"{"name":"a","address":"h:1"},{"name":"b","address":"h:2"}"#)
        #expect(Self.refusal(two).contains("keys: the key is missing"))
    }

    @Test("every setting is read")
    func settings() throws {
        let file = try ClusterFile(
            json: Self.json(
                #","stated_error_ns":7,"poll_interval_ns":100000000,"tolerance_ns":300000000,"consensus":{"enabled":false,"interval_ns":30000000000,"outlier_threshold_permille":1500,"min_peers":2,"max_peers":5,"peer_timeout_ns":1000000000,"min_confidence_percent":60,"max_drift_ns":5},"ptp":{"socket":"/p","monitor":"/m","domain":127,"hop_error_ns":900,"holdover_error_ns":0}"#
            ), file: "f")
        #expect(file.ptp?.socket == "/p" && file.ptp?.monitor == "/m" && file.ptp?.domain == 127)
        #expect(file.ptp?.hopError == Nanoseconds(900) && file.ptp?.holdoverError == .zero)
        #expect(file.statedError == Nanoseconds(7))
        #expect(
            file.configuration.pollInterval == .milliseconds(100) && file.configuration.tolerance == .milliseconds(300))
        let consensus = file.consensus
        #expect(!consensus.isEnabled && consensus.interval == .seconds(30) && consensus.outlierThreshold == 1_500)
        #expect(consensus.minPeers == 2 && consensus.maxPeers == 5 && consensus.peerTimeout == .seconds(1))
        #expect(consensus.minConfidence == 0.6 && consensus.maxDrift == Nanoseconds(5))
    }

    @Test(
        "a fault is named with its place and what to write",
        arguments: [
            (json(node: "x"), "node: 'x' is not one of the members"),
            (json(members: #"{"name":"a","address":"h:1"},{"name":"a","address":"h:2"}"#), "members[1].name"),
            (json(members: #"{"name":"a","address":"h:1"},{"name":"b","address":"h:1"}"#), "members[1].address"),
            (json(members: ""), "members: 0 elements"),
            (json(#","tolerance_ns":1"#), "tolerance_ns: 1 is out of range"),
            (json(#","consensus":{"min_peers":5,"max_peers":3}"#), "consensus: its values contradict"),
            (json(#","ptp":{"domain":256}"#), "ptp.domain: 256 is out of range"),
            (json(#","nope":1"#), "nope: unknown key"), (Array("{}".utf8), "cluster: the key is missing"),
            (Array("{".utf8), "f:1:"),
        ])
    func faults(_ json: [UInt8], _ fault: String) {
        #expect(Self.refusal(json).contains(fault), "\(Self.refusal(json))")
    }
}

@Suite("A node's key file")
struct NodeKeyFileTests {
    private static func json(_ secret: String, from: String = "a", to: String = "b") -> [UInt8] {
        Array(
            #"{"schema":"tickrun/keys/1","node":"a","use":1,"rows":[{"id":1,"from":"\#(from)","to":"\#(to)","secret":"\#(secret)"}]}"#
                .utf8)
    }

    @Test("rows are read, and only this node's rows are accepted")
    func rows() throws {
        let secret = String(repeating: "0f", count: 32)
        let file = try NodeKeyFile(json: Self.json(secret), file: "f")
        #expect(file.rows == [.init(from: "a", to: "b", id: 1, secret: Array(repeating: 15, count: 32))])
        #expect(try file.keys().missing(of: [NodeID(named: "b")]) == [NodeID(named: "b")])
        let foreign = try NodeKeyFile(json: Self.json(secret, from: "b", to: "c"), file: "f")
        #expect(throws: PeerKeyError.self) { try foreign.keys() }
    }

    @Test("an invalid secret is refused, and not shown")
    func secrets() {
        let error = #expect(throws: FileError.self) { try NodeKeyFile(json: Self.json("abcdef"), file: "f") }
        #expect(error.map { "\($0)".contains("rows[0].secret") && !"\($0)".contains("abcdef") } == true)
    }
}
