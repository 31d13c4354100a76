import EtcdClient
import Foundation
import TestSupport
import TickTime
import Testing

/// What a gateway may send, from a server that sends exactly that.
@Suite("etcd's answers, from a fake gateway")
struct GatewayAnswersTests {
    private static let header = #""header":{"cluster_id":"1","member_id":"2","revision":"7","raft_term":"3"}"#

    private static func client(
        _ gateways: FakeGateway..., user: EtcdConfiguration.User? = nil, limit: Nanoseconds = .seconds(10)
    ) throws -> EtcdClient {
        EtcdClient(try EtcdConfiguration(endpoints: gateways.map(\.url), user: user, timeLimit: limit))
    }

    private static func base64(_ text: String) -> String { Data(text.utf8).base64EncodedString() }

    @Test("an answer in torn chunks is read whole; unknown fields are ignored, fields left out have their defaults")
    func torn() async throws {
        let kv =
            #"{"key":"\#(Self.base64("a"))","create_revision":"4","mod_revision":"6","version":"2","lease":"0","new":[1]}"#
        let body = #"{\#(Self.header),"kvs":[\#(kv)],"count":"1","later":{"x":true}}"#
        let gateway = try FakeGateway { _ in
            [.header(status: 200)] + body.map { .chunk(String($0)) } + [.end]
        }
        defer { gateway.stop() }
        let reply = try await onOwnThread { try Self.client(gateway).read(.key("a")) }
        #expect(reply.revision == 7 && reply.count == 1)
        let value = try #require(reply.values.first)
        #expect(value.key == "a" && value.value.isEmpty && value.createRevision == 4)
        #expect(value.modRevision == 6 && value.version == 2)
        #expect(gateway.requests.map(\.path) == ["/v3/kv/range"])
        #expect(gateway.requests[0].body == #"{"key":"YQ=="}"#)
    }

    @Test("a transaction that failed has no 'succeeded'; its reads are those of the other branch")
    func failedTransaction() async throws {
        let gateway = try FakeGateway { _ in
            FakeGateway.Step.answer(#"{\#(Self.header),"responses":[{"response_range":{\#(Self.header)}}]}"#)
        }
        defer { gateway.stop() }
        let transaction = Transaction(
            if: [.revision(of: "a", is: 3)], then: [.put(key: "a", value: Data("x".utf8))], otherwise: [.get(.key("a"))]
        )
        let reply = try await onOwnThread { try Self.client(gateway).transact(transaction) }
        #expect(!reply.succeeded && reply.reads == [[]])
        let body = try #require(gateway.requests.first?.body)
        #expect(body.contains(#""target":"MOD""#) && body.contains(#""mod_revision":"3""#))
    }

    @Test(
        "an answer that lacks what it must have is a typed error",
        arguments: [
            #"{}"#, #"{"header":{"member_id":"2"}}"#, #"{\#(header),"succeeded":true}"#,
            #"{\#(header),"succeeded":true,"responses":[{"response_range":{}}]}"#, #"{\#(header),"responses":[{}]}"#,
            #"{"header":{"revision":"99999999999999999999"},"succeeded":true,"responses":[{"response_put":{}}]}"#,
            #"{\#(header),"succeeded":"yes"}"#, "", "hello", "[1]", #"{"header":{"revision":"0"}}"#,
        ])
    func faulty(body: String) async throws {
        let gateway = try FakeGateway { _ in FakeGateway.Step.answer(body) }
        defer { gateway.stop() }
        let transaction = Transaction(if: [], then: [.put(key: "a", value: Data())], otherwise: [])
        let error = await #expect(throws: EtcdError.self) {
            try await onOwnThread { try Self.client(gateway).transact(transaction) }
        }
        guard case .malformed = error else {
            Issue.record("\(String(describing: error))")
            return
        }
        // The write may have been applied before its answer was garbled.
        #expect(error?.mayHaveBeenApplied == true)
    }

    @Test(
        "a key without a name or a revision is refused",
        arguments: [
            #"{"value":"eA=="}"#, #"{"key":"YQ=="}"#, #"{"key":"YQ==","mod_revision":"0"}"#, #"{"key":"%"}"#,
            #"{"key":"/w==","mod_revision":"3","create_revision":"3","version":"1"}"#,
            #"{"key":"YQ==","mod_revision":"-3","create_revision":"3","version":"1"}"#,
        ])
    func faultyKey(kv: String) async throws {
        let gateway = try FakeGateway { _ in FakeGateway.Step.answer(#"{\#(Self.header),"kvs":[\#(kv)]}"#) }
        defer { gateway.stop() }
        let error = await #expect(throws: EtcdError.self) {
            try await onOwnThread { try Self.client(gateway).read(.key("a")) }
        }
        guard case .malformed = error else {
            Issue.record("\(String(describing: error))")
            return
        }
    }

    @Test("etcd's own errors keep its message; only those that exclude a write say so")
    func refused() async throws {
        let answers = [
            (400, 3, "etcdserver: key is not provided", false), (503, 14, "etcdserver: request timed out", true),
            (500, 13, "internal", true), (400, 11, "etcdserver: mvcc: required revision is a future revision", false),
        ]
        for (status, code, message, mayBeApplied) in answers {
            let gateway = try FakeGateway { _ in
                FakeGateway.Step.answer(
                    #"{"error":"\#(message)","message":"\#(message)","code":\#(code)}"#, status: status)
            }
            defer { gateway.stop() }
            let error = await #expect(throws: EtcdError.self) {
                try await onOwnThread { try Self.client(gateway).put("a", Data()) }
            }
            #expect(
                error == .refused(endpoint: gateway.url, status: status, code: code, message: message),
                "\(String(describing: error))")
            #expect(error?.mayHaveBeenApplied == mayBeApplied)
        }
    }

    @Test("no answer within the time limit, and a connection that breaks, leave a write's outcome open")
    func unknownOutcomes() async throws {
        let silent = try FakeGateway { _ in [.pause(milliseconds: 3_000)] }
        defer { silent.stop() }
        let late = await #expect(throws: EtcdError.self) {
            try await onOwnThread { try Self.client(silent, limit: .milliseconds(100)).put("a", Data()) }
        }
        #expect(late == .timedOut(endpoint: silent.url, milliseconds: 100) && late?.mayHaveBeenApplied == true)
        let torn = try FakeGateway { _ in [.header(status: 200), .chunk(#"{"header""#), .hangUp] }
        defer { torn.stop() }
        let broken = await #expect(throws: EtcdError.self) {
            try await onOwnThread { try Self.client(torn).put("a", Data()) }
        }
        #expect(broken?.mayHaveBeenApplied == true, "\(String(describing: broken))")
    }

    @Test("a write whose outcome is open goes to no other member; a read does")
    func failOver() async throws {
        let broken = try FakeGateway { _ in [.hangUp] }
        let sound = try FakeGateway { _ in FakeGateway.Step.answer(#"{\#(Self.header)}"#) }
        defer {
            broken.stop()
            sound.stop()
        }
        let client = try Self.client(broken, sound)
        await #expect(throws: EtcdError.self) { try await onOwnThread { try client.put("a", Data()) } }
        #expect(sound.requests.isEmpty)
        // The client has left the member that failed.
        _ = try await onOwnThread { try client.put("a", Data()) }
        #expect(sound.requests.count == 1)
        let reader = try Self.client(broken, sound)
        _ = try await onOwnThread { try reader.read(.key("a")) }
        #expect(sound.requests.count == 2)
    }

    @Test("endpoints that accept no connection are left at once, and all named if none does")
    func unreachable() async throws {
        // Nobody listens at port 1.
        let gone = "http://127.0.0.1:1"
        let sound = try FakeGateway { _ in FakeGateway.Step.answer(#"{\#(Self.header)}"#) }
        defer { sound.stop() }
        let client = EtcdClient(try EtcdConfiguration(endpoints: [gone, sound.url]))
        _ = try await onOwnThread { try client.put("a", Data()) }
        let alone = EtcdClient(try EtcdConfiguration(endpoints: [gone]))
        let error = await #expect(throws: EtcdError.self) { try await onOwnThread { try alone.put("a", Data()) } }
        #expect("\(error!)".contains(gone) && error?.mayHaveBeenApplied == false, "\(error!)")
    }

    @Test("a member whose packets are lost uses up one request's time; the next request asks the next member")
    func silent() async throws {
        let silent = try SilentListener()
        let sound = try FakeGateway { _ in FakeGateway.Step.answer(#"{\#(Self.header)}"#) }
        defer { sound.stop() }
        let client = EtcdClient(
            try EtcdConfiguration(endpoints: [silent.url, sound.url], timeLimit: .seconds(1)))
        let error = await #expect(throws: EtcdError.self) { try await onOwnThread { try client.put("a", Data()) } }
        #expect("\(error!)".contains(silent.url) && error?.mayHaveBeenApplied == false, "\(error!)")
        // No longer than the first, which would leave time for both members.
        _ = try await onOwnThread { try client.put("a", Data()) }
        #expect(sound.requests.count == 1)
        // With more time, as a command has, the first request reaches the next member.
        let patient = EtcdClient(
            try EtcdConfiguration(endpoints: [silent.url, sound.url], timeLimit: .seconds(30)))
        _ = try await onOwnThread { try patient.put("a", Data()) }
        #expect(sound.requests.count == 2)
        withExtendedLifetime(silent) {}
    }

    @Test("a user's token goes with each request, is renewed once when refused, and a wrong password ends it")
    func user() async throws {
        let gateway = try FakeGateway { request in
            if request.path.hasSuffix("authenticate") {
                return FakeGateway.Step.answer(#"{\#(Self.header),"token":"t\#(request.index)"}"#)
            }
            // The first token is refused, as after a restart of the member.
            if request.headers["authorization"] == "t0" {
                return FakeGateway.Step.answer(#"{"message":"etcdserver: invalid auth token","code":16}"#, status: 401)
            }
            return FakeGateway.Step.answer(#"{\#(Self.header)}"#)
        }
        defer { gateway.stop() }
        let client = try Self.client(gateway, user: .init(name: "station", password: "secret"))
        _ = try await onOwnThread { try client.put("a", Data()) }
        _ = try await onOwnThread { try client.put("a", Data()) }
        #expect(gateway.requests.map { $0.headers["authorization"] ?? "-" } == ["-", "t0", "-", "t2", "t2"])
        let refusing = try FakeGateway { _ in
            FakeGateway.Step.answer(
                #"{"message":"etcdserver: authentication failed, invalid user ID or password","code":3}"#, status: 400)
        }
        defer { refusing.stop() }
        let wrong = try Self.client(refusing, user: .init(name: "station", password: "x"))
        let error = await #expect(throws: EtcdError.self) { try await onOwnThread { try wrong.put("a", Data()) } }
        guard case .notAuthenticated = error else {
            Issue.record("\(String(describing: error))")
            return
        }
        #expect(refusing.requests.count == 1, "a wrong password was sent twice")
    }

    @Test("a redirection is not followed, and an endless answer is cut")
    func hostile() async throws {
        let other = try FakeGateway { _ in FakeGateway.Step.answer(#"{\#(Self.header)}"#) }
        let redirecting = try FakeGateway { _ in
            [.raw("HTTP/1.1 307 X\r\nLocation: \(other.url)/v3/kv/put\r\nContent-Length: 0\r\n\r\n")]
        }
        defer {
            other.stop()
            redirecting.stop()
        }
        await #expect(throws: EtcdError.self) {
            try await onOwnThread { try Self.client(redirecting).put("a", Data()) }
        }
        #expect(other.requests.isEmpty)
        let chunk = String(repeating: " ", count: 1 << 20)
        let endless = try FakeGateway { _ in
            [.header(status: 200)] + Array(repeating: .chunk(chunk), count: 80) + [.end]
        }
        defer { endless.stop() }
        let error = await #expect(throws: EtcdError.self) {
            try await onOwnThread { try Self.client(endless, limit: .seconds(60)).put("a", Data()) }
        }
        #expect("\(error!)".contains("64 MiB"), "\(error!)")
    }

    @Test(
        "an endpoint that is none is refused with its spelling",
        arguments: ["127.0.0.1:2379", "ftp://a:1", "http://", "http://a:1/v3", "http://u:p@a:1", "http://a:1?x=1", ""])
    func endpoints(text: String) {
        let error = #expect(throws: EtcdConfiguration.Fault.self) { try EtcdConfiguration(endpoints: [text]) }
        #expect(error?.description.contains("'\(text)'") == true && error?.description.contains("2379") == true)
    }
}
