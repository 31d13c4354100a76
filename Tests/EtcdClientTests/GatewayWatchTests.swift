import EtcdClient
import Foundation
import TestSupport
import TickTime
import Testing

/// What a watch does with streams that tear, end, stay silent or are refused.
@Suite("A watch, at a fake gateway")
struct GatewayWatchTests {
    private static func header(_ revision: Int) -> String {
        #""header":{"cluster_id":"1","member_id":"2","revision":"\#(revision)","raft_term":"3"}"#
    }

    private static func event(_ key: String, _ value: String, _ revision: Int) -> String {
        let (key, value) = (Data(key.utf8).base64EncodedString(), Data(value.utf8).base64EncodedString())
        return #"{"kv":{"key":"\#(key)","value":"\#(value)","create_revision":"1","mod_revision":"\#(revision)","#
            + #""version":"1"}}"#
    }

    private static func line(_ revision: Int, _ events: String...) -> String {
        #"{"result":{\#(header(revision)),"events":[\#(events.joined(separator: ","))]}}"# + "\n"
    }

    private static func created(_ revision: Int) -> String {
        #"{"result":{\#(header(revision)),"created":true}}"# + "\n"
    }

    /// What a watch gives within the time, at most `count` events.
    private static func events(
        _ urls: [String], count: Int, silence: Nanoseconds = .seconds(5)
    ) async throws -> (events: [EtcdWatch.Event], streams: Int, failure: EtcdError?) {
        try await onOwnThread {
            let client = EtcdClient(try EtcdConfiguration(endpoints: urls))
            let watch = EtcdWatch(client, .prefix("/t/"), silence: silence)
            var events: [EtcdWatch.Event] = []
            while events.count < count, let event = watch.next(timeLimit: .seconds(30)) { events.append(event) }
            return (events, watch.streams, watch.lastFailure)
        }
    }

    private static func change(_ key: String, _ value: String, _ revision: Int64) -> KeyChange {
        KeyChange(key: key, kind: .put(value: Data(value.utf8)), revision: revision)
    }

    @Test("a stream that breaks is opened again after the last change seen; what comes twice counts once")
    func broken() async throws {
        let gateway = try FakeGateway { request in
            guard request.path == "/v3/watch" else { return FakeGateway.Step.answer("{\(Self.header(7))}") }
            let lines = Self.created(7) + Self.line(8, Self.event("/t/a", "1", 8))
            if request.body.contains(#""start_revision":"8""#) {
                // Torn in the middle of a line, twice.
                let middle = lines.index(lines.startIndex, offsetBy: lines.count / 2)
                let torn = String(Self.line(9, Self.event("/t/a", "2", 9)).dropLast(20))
                return [
                    .header(status: 200), .chunk(String(lines[..<middle])), .chunk(String(lines[middle...]) + torn),
                    .hangUp,
                ]
            }
            let again = Self.line(9, Self.event("/t/a", "1", 8), Self.event("/t/a", "2", 9))
            return [.header(status: 200), .chunk(Self.created(9) + again), .pause(milliseconds: 4_000)]
        }
        defer { gateway.stop() }
        let seen = try await Self.events([gateway.url], count: 3)
        #expect(
            seen.events == [
                .state([], revision: 7), .changes([Self.change("/t/a", "1", 8)], revision: 8),
                .changes([Self.change("/t/a", "2", 9)], revision: 9),
            ])
        #expect(seen.streams == 2)
        let starts = gateway.requests.filter { $0.path == "/v3/watch" }.map(\.body)
        try #require(starts.count == 2)
        #expect(starts[0].contains(#""start_revision":"8""#) && starts[1].contains(#""start_revision":"9""#))
    }

    @Test("where the revision was compacted, the keys are read anew")
    func compacted() async throws {
        let gateway = try FakeGateway { request in
            if request.path == "/v3/kv/range" {
                let kv =
                    #"{"key":"L3QvYQ==","value":"eA==","create_revision":"9","mod_revision":"20","version":"3"}"#
                return FakeGateway.Step.answer(
                    request.index == 0 ? "{\(Self.header(7))}" : #"{\#(Self.header(21)),"kvs":[\#(kv)],"count":"1"}"#)
            }
            if request.body.contains(#""start_revision":"8""#) {
                let cancelled =
                    #"{"result":{"header":{"cluster_id":"1","member_id":"2"},"canceled":true,"compact_revision":"18"}}"#
                return [.header(status: 200), .chunk(Self.created(21) + cancelled + "\n"), .pause(milliseconds: 3_000)]
            }
            return [.header(status: 200), .chunk(Self.created(21)), .pause(milliseconds: 3_000)]
        }
        defer { gateway.stop() }
        let seen = try await Self.events([gateway.url], count: 2)
        guard case .state(let values, revision: 21) = try #require(seen.events.last) else {
            Issue.record("\(seen.events)")
            return
        }
        #expect(values.map(\.modRevision) == [20] && seen.failure == .compacted(18))
    }

    @Test("a member that is silent about a change is left for the next one, which brings it")
    func silent() async throws {
        let silent = try FakeGateway { request in
            switch request.path {
            case "/v3/watch": return [.header(status: 200), .chunk(Self.created(7)), .pause(milliseconds: 20_000)]
            case _ where request.body.contains("min_mod_revision"):
                let kv = #"{"key":"L3QvYQ==","value":"eA==","create_revision":"9","mod_revision":"9","version":"1"}"#
                return FakeGateway.Step.answer(#"{\#(Self.header(9)),"kvs":[\#(kv)],"count":"1"}"#)
            default: return FakeGateway.Step.answer("{\(Self.header(7))}")
            }
        }
        let sound = try FakeGateway { _ in
            [
                .header(status: 200), .chunk(Self.created(9) + Self.line(9, Self.event("/t/a", "x", 9))),
                .pause(milliseconds: 5_000),
            ]
        }
        defer {
            silent.stop()
            sound.stop()
        }
        let seen = try await Self.events([silent.url, sound.url], count: 2, silence: .milliseconds(200))
        #expect(seen.events.last == .changes([Self.change("/t/a", "x", 9)], revision: 9))
        #expect(sound.requests.first?.body.contains(#""start_revision":"8""#) == true)
    }

    @Test("a store that went back in revisions is read anew")
    func restored() async throws {
        let gateway = try FakeGateway { request in
            if request.path == "/v3/watch" {
                return [.header(status: 200), .chunk(Self.created(3)), .pause(milliseconds: 3_000)]
            }
            return FakeGateway.Step.answer("{\(Self.header(request.index == 0 ? 7 : 3))}")
        }
        defer { gateway.stop() }
        let seen = try await Self.events([gateway.url], count: 2, silence: .milliseconds(200))
        #expect(seen.events == [.state([], revision: 7), .state([], revision: 3)])
    }

    @Test("a watch that is refused is tried again, and its failure can be read")
    func refused() async throws {
        let gateway = try FakeGateway { request in
            if request.path == "/v3/watch", request.index < 3 {
                return FakeGateway.Step.answer(#"{"error":"x","message":"no room","code":8}"#, status: 429)
            }
            if request.path == "/v3/watch" {
                return [
                    .header(status: 200), .chunk(Self.created(7) + Self.line(8, Self.event("/t/a", "1", 8))),
                    .pause(milliseconds: 3_000),
                ]
            }
            return FakeGateway.Step.answer("{\(Self.header(7))}")
        }
        defer { gateway.stop() }
        let seen = try await Self.events([gateway.url], count: 2)
        #expect(seen.events.last == .changes([Self.change("/t/a", "1", 8)], revision: 8))
        #expect("\(seen.failure.map { "\($0)" } ?? "")".contains("no room"))
    }
}
