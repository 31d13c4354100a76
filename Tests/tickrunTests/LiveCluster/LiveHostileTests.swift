import ClusterClock
import Foundation
import Glibc
import MessageDigest
import TestSupport
import Testing
import TickConfiguration
import ClusterLinux
import TickLinux
import TickTime
import TimeExchange

/// What a node hears from those who are none of its peers, or pretend to be.
@Suite("A node under attack", .serialized, .requires(.cc))
struct LiveHostileTests {
    /// Runs while `a` ticks and `b` is its peer through a relay; the third member's address is the attacker's.
    private static func with(_ body: (LiveCluster, SeededRelay) async throws -> Void) async throws {
        try await LiveCluster.with(["a", "b", "c"]) { cluster in
            let relay = try SeededRelay(between: cluster.address(of: "a"), and: cluster.address(of: "b"), seed: 1)
            defer { relay.stop() }
            cluster.detours["a"] = ["b": relay.facingFirst]
            cluster.detours["b"] = ["a": relay.facingSecond]
            try await body(cluster, relay)
        }
    }

    private static func request(
        from sender: String, to receiver: String = "a", cluster: String = "live", secret: [UInt8]
    ) -> [UInt8] {
        PeerDatagram(
            cluster: ClusterID(named: cluster), sender: NodeID(named: sender), receiver: NodeID(named: receiver),
            keyID: 1, nonce: PeerNonce(high: 7, low: 9)
        ).encoded(with: HMACSHA256(key: secret.span))
    }

    private static func reply(from sender: String, high: UInt64, low: UInt64, secret: [UInt8]) -> [UInt8] {
        PeerDatagram(
            cluster: ClusterID(named: "live"), sender: NodeID(named: sender), receiver: NodeID(named: "a"), keyID: 1,
            nonce: PeerNonce(high: high, low: low),
            answer: .init(
                bootID: 1, view: 99, utc: UTCInstant(nanoseconds: 0), hold: .zero, statedError: .zero,
                isSynchronized: true, isDisrupted: false)
        ).encoded(with: HMACSHA256(key: secret.span))
    }

    @Test(
        "wrong keys, other members' names, replays, reflections, cut and long datagrams and other clusters are counted by reason, and change nothing; nor does a flood of 50 000 a second from a peer's address",
        .timeLimit(.minutes(2)))
    func hostile() async throws {
        try await Self.with { cluster, relay in
            for name in ["a", "b"] { cluster.settings[name] = #""stated_error_ns":3000000"# }
            let secret = [UInt8](repeating: 0x5A, count: 32)
            try await cluster.start("b")
            let run = try await cluster.start(
                "a", ["50", "--duration", "40s", "--cluster", try cluster.file(of: "a"), "--json"])
            let agreed = try await cluster.ask("a", atMost: 20) { $0.status == "synchronized" }
            #expect(agreed != nil, "\(cluster.transcript)")

            let attacker = try UDPSocket(boundTo: SocketAddress(cluster.address(of: "c")))
            let stranger = try UDPSocket(boundTo: SocketAddress("127.0.0.1:0"))
            let target = try SocketAddress(cluster.address(of: "a"))
            // Its own request to us, sent back to it.
            var reflected: [UInt8]?
            for _ in 0..<100 where reflected == nil {
                // b asks it too.
                if let datagram = try attacker.receive(),
                    (try? PeerDatagram(datagram.bytes.span))?.sender == NodeID(named: "a")
                {
                    reflected = datagram.bytes
                }
                try await Task.sleep(for: .milliseconds(20))
            }
            let own = try #require(reflected)
            let replayed = relay.recorded.filter { $0.toFirst }.map(\.bytes)
            try #require(replayed.count > 3)

            let whole = Self.request(from: "c", secret: secret)
            try attacker.send(Array(whole.dropLast()), to: target)
            try attacker.send(whole + [UInt8](repeating: 0, count: 500), to: target)
            try attacker.send([UInt8](repeating: 0xFF, count: whole.count), to: target)
            try attacker.send(Self.request(from: "c", cluster: "other", secret: secret), to: target)
            try attacker.send(Self.request(from: "c", to: "b", secret: secret), to: target)
            try attacker.send(Self.request(from: "b", secret: secret), to: target)
            try attacker.send(whole, to: target)
            try attacker.send(Self.reply(from: "c", high: 1, low: 2, secret: secret), to: target)
            try attacker.send(own, to: target)
            try stranger.send(whole, to: target)
            for bytes in replayed.suffix(3) { relay.inject(bytes, toFirst: true) }
            // And what was said before the peer's restart.
            try await cluster.start("b")
            let back = try await cluster.ask("a", atMost: 20) { line in
                line.status == "synchronized" && line.peer("b")?.verdict == "agreeing"
            }
            #expect(back != nil, "\(cluster.transcript)")
            for bytes in replayed.prefix(3) { relay.inject(bytes, toFirst: true) }
            try await Task.sleep(for: .milliseconds(500))
            let said = try await cluster.ask("a")
            for reason in ["length", "form", "cluster", "receiver", "sender", "mac", "nonce", "reflected", "address"] {
                #expect(said.datagramsRefused[reason] ?? 0 > 0, "\(reason): \(said.datagramsRefused)")
            }
            #expect(said.status == "synchronized" && said.peer("c")?.verdict == "silent")

            // Half of them are requests, half replies, of the right form and of nobody's key.
            let before = try await cluster.ask("a")
            let wrongReply = Self.reply(from: "c", high: 1, low: 2, secret: secret)
            let begin = ContinuousClock.now
            var sent = 0
            while ContinuousClock.now - begin < .seconds(10) {
                for index in 0..<50 {
                    try? attacker.send(index & 1 == 0 ? whole : wrongReply, to: target)
                    sent += 1
                }
                // 50 a millisecond.
                let due = begin + .microseconds(sent * 20)
                while ContinuousClock.now < due { usleep(100) }
            }
            // b is silent for as long as a busy host drops its replies.
            let heard = try await cluster.ask("a", atMost: 10) { $0.peer("b")?.verdict == "agreeing" }
            let after = try #require(heard, "\(cluster.transcript)")
            #expect(sent > 300_000, "this host sent \(sent) datagrams in 10 s")
            let refused = after.datagramsRefused.values.reduce(0, +) - before.datagramsRefused.values.reduce(0, +)
            // What a busy host's queue drops is not even refused.
            #expect(refused > 5_000, "\(after.datagramsRefused)")
            // The true peer was heard all the while: less often where this host is busy with other tests as well,
            // and drops what the socket's queue cannot hold.
            #expect(after.datagramsTaken - before.datagramsTaken >= 5, "\(before) \(after)")
            #expect(after.epoch > before.epoch && after.status == "synchronized")
            #expect(after.peer("b")?.verdict == "agreeing" && after.peer("c")?.verdict == "silent")
            let (earliest, latest) = (try #require(after.earliestUtcNs), try #require(after.latestUtcNs))
            #expect(after.traceable && earliest <= after.hostUtcNs && after.hostUtcNs <= latest)

            run.send(SIGINT)
            #expect(try await run.exitCode(within: 10) != nil)
            try Self.expectTicks(run)
        }
    }

    private struct TickObject: Decodable {
        let tick: Int64?
        let skippedBefore: Int64?
        let timestampUtcNs: Int64?
    }

    /// Each tick was delivered, once and in order, with a timestamp that does not fall.
    private static func expectTicks(_ run: LiveProcess) throws {
        let decoder = JSONDecoder()
        decoder.keyDecodingStrategy = .convertFromSnakeCase
        var (count, last) = (Int64(0), Int64.min)
        for line in run.lines {
            let tick = try decoder.decode(TickObject.self, from: Data(line.utf8))
            guard let index = tick.tick else { continue }
            #expect(index == count && tick.skippedBefore == 0)
            let time = try #require(tick.timestampUtcNs)
            #expect(time >= last)
            (count, last) = (count + 1, time)
        }
        #expect(count > 500)
    }
}
