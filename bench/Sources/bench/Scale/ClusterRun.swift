// Measures what a node costs the ticks, and what a flood costs a node's ticks. It runs the same turn without a node,
// with a node that stamps every tick, and with a node that receives 50 000 datagrams a second from a member's
// address, in each round in another order. The peer and the flood run in this process; the loop and its node run in
// the turn's process.

internal import ClusterClock
internal import Dispatch
internal import MessageDigest
internal import Synchronization
internal import ClusterLinux
internal import TickLinux
internal import TickScheduling
internal import TickTime
internal import TimeExchange

/// Three members on loopback: the turn's, ours, and one whose address the flood uses.
struct BenchCluster {
    static let id = ClusterID(rawValue: 77)
    let port: UInt16

    private func address(of member: UInt64) throws(BenchError) -> SocketAddress {
        do { return try SocketAddress("127.0.0.1:\(port + UInt16(member) - 1)", isNumeric: true) } catch {
            throw .usage("--cluster \(port): \(error)")
        }
    }

    private static func secret(_ from: UInt64, _ to: UInt64) -> [UInt8] {
        [UInt8](repeating: UInt8(16 * from + to), count: PeerKeys.secretLength)
    }

    /// Starts a member.
    func node(_ member: UInt64) throws(BenchError) -> ClusterNode {
        let others = [UInt64(1), 2, 3].filter { $0 != member }
        var (addresses, rows): ([NodeID: SocketAddress], [PeerKeys.Row]) = ([:], [])
        let own = NodeID(rawValue: member)
        for other in others {
            let id = NodeID(rawValue: other)
            addresses[id] = try address(of: other)
            rows.append(.init(from: own, to: id, id: 1, secret: Self.secret(member, other)))
            rows.append(.init(from: id, to: own, id: 1, secret: Self.secret(other, member)))
        }
        do {
            var options = ClusterNodeOptions(
                ClusterConfiguration(node: own, peers: others.map { NodeID(rawValue: $0) }), cluster: Self.id,
                listen: try address(of: member), addresses: addresses,
                keys: try PeerKeys(rows, of: own, sending: 1), statedError: .milliseconds(5))
            options.consensus.isEnabled = false
            return try ClusterNode.start(options)
        } catch { throw .failed(program: "our node", status: "not begun", said: "\(error)") }
    }

    /// Sends datagrams of the right form with no member's key, until it is stopped.
    ///
    /// - Returns: the number of datagrams.
    func flood(_ perSecond: Int, until isOver: () -> Bool) throws(BenchError) -> Int {
        let wrong = HMACSHA256(key: Self.secret(9, 9).span)
        let request = PeerDatagram(
            cluster: Self.id, sender: NodeID(rawValue: 3), receiver: NodeID(rawValue: 1), keyID: 1,
            nonce: PeerNonce(high: 1, low: 2))
        let bytes = request.encoded(with: wrong)
        let target = try address(of: 1)
        do throws(SystemError) {
            let socket = try UDPSocket(boundTo: try addressOrFail(of: 3))
            let begin = HostClock.monotonic()
            var sent = 0
            while !isOver() {
                let due = Int((HostClock.monotonic() - begin).count) / (1_000_000_000 / perSecond)
                while sent < due {
                    try? socket.send(bytes, to: target)
                    sent += 1
                }
                HostClock.sleep(until: HostClock.monotonic() + .microseconds(500))
            }
            return sent
        } catch { throw .system(error) }
    }

    private func addressOrFail(of member: UInt64) throws(SystemError) -> SocketAddress {
        do { return try address(of: member) } catch { throw SystemError(call: "getaddrinfo", errno: 22) }
    }
}

struct ClusterReport {
    static let floodPerSecond = 50_000

    let options: JournalOptions
    let plain: [LoopTurn]
    let stamped: [LoopTurn]
    let flooded: [LoopTurn]
    /// The datagrams sent per second.
    let sentPerSecond: Double

    private final class Flag: Sendable {
        let isOver = Atomic<Bool>(false)
        let sent = Atomic<Int>(0)
    }

    static func run(_ options: JournalOptions) throws(BenchError) -> ClusterReport {
        let cluster = BenchCluster(port: UInt16.random(in: 20_000...32_000))
        let peer = try cluster.node(2)
        defer { peer.stop() }
        let turn = Turn(
            rate: options.rate, ticks: options.ticks, strategy: options.strategy, priority: options.fifo,
            cpu: options.cpu)
        var turns = [[LoopTurn]](repeating: [], count: 3)
        var (sent, seconds) = (0.0, 0.0)
        for round in 0..<options.rounds {
            for place in 0..<3 {
                let kind = (place + round) % 3
                let command = turn.command(cluster: kind > 0 ? cluster.port : nil)
                if kind == 2 {
                    let (finished, count) = try flooded(command, cluster)
                    turns[2].append(try LoopTurn(finished, ticks: options.ticks))
                    sent += Double(count)
                    seconds += Double(finished.wall.count) / 1e9
                } else {
                    turns[kind].append(try LoopTurn(try command.run(), ticks: options.ticks))
                }
            }
            progress("cluster: round \(round + 1)/\(options.rounds)")
        }
        return ClusterReport(
            options: options, plain: turns[0], stamped: turns[1], flooded: turns[2], sentPerSecond: sent / seconds)
    }

    private static func flooded(
        _ command: Command, _ cluster: BenchCluster
    ) throws(BenchError) -> (finished: Finished, sent: Int) {
        let flag = Flag(), done = DispatchSemaphore(value: 0)
        Detached.thread {
            let sent = try? cluster.flood(floodPerSecond) { flag.isOver.load(ordering: .relaxed) }
            flag.sent.store(sent ?? 0, ordering: .relaxed)
            done.signal()
        }
        let result: Result<Finished, BenchError>
        do throws(BenchError) { result = .success(try command.run()) } catch { result = .failure(error) }
        flag.isOver.store(true, ordering: .relaxed)
        done.wait()
        return (try result.get(), flag.sent.load(ordering: .relaxed))
    }

    var text: String {
        var lines = [
            "cluster: \(options.rate.nameWithRational) fps, \(options.ticks) ticks a turn, wait \(options.strategy.rawValue), "
                + "CPU \(options.cpu); medians of \(options.rounds) rounds", "(\(Host.processor))", "",
        ]
        lines += PairedTurns(with: stamped, without: plain).rows(with: "stamped", without: "plain")
        lines += [""]
        lines += PairedTurns(with: flooded, without: stamped).rows(with: "flooded", without: "stamped")
        lines += [
            "plain: no node; stamped: each tick from a node within the process, with a peer; flooded: that, and",
            "\(fixed(sentPerSecond, 0)) datagrams a second to the node from a member's address, none authentic.",
        ]
        lines += [Host.buildWarning].compactMap { $0 }
        return lines.joined(separator: "\n")
    }

    var json: JSONValue {
        .object([
            ("schema", .string("tickbench/cluster/1")), ("rate", .string(options.rate.rational)),
            ("ticks_per_turn", .integer(Int64(options.ticks))), ("rounds", .integer(Int64(options.rounds))),
            ("wait", .string(options.strategy.rawValue)), ("cpu", .integer(Int64(options.cpu))),
            ("processor", .string(Host.processor)), ("flood_per_second", .number(sentPerSecond)),
            ("stamped_by_plain", PairedTurns(with: stamped, without: plain).json),
            ("flooded_by_stamped", PairedTurns(with: flooded, without: stamped).json),
        ])
    }
}
