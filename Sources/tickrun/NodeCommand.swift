import ClusterClock
import TickConfiguration
import TickLinux
import TickReports
import TickTime
import TimeExchange

/// Runs one member of a cluster, without ticks.
enum NodeCommand: Command {
    static let name = "node"
    static let summary = "run a member of a cluster: agree on time with its peers"
    static let operands = "CLUSTER"
    static let discussion = """
        Asks the other members for their time, answers them, and agrees with a majority. Prints how
        things stand once a second, until a signal or the end of --duration. CLUSTER is a JSON file:

          { "schema": "tickrun/cluster/1", "cluster": "studio-a", "node": "a", "keys": "a.keys.json",
            "members": [ { "name": "a", "address": "127.0.0.1:7101" },
                         { "name": "b", "address": "127.0.0.1:7102" } ] }

        beside it the node's keys ('tickrun key new'), which nobody but their owner may read. Where
        you know by how much this host's UTC may be off, say so: "stated_error_ns"; else the kernel
        is asked. Without a majority that states its error the time is agreed and untraceable.

        Exit code 0 if it was synchronized, or agreed, at the end; 1 if not; 78 where the file or the
        keys are wrong; 69 where the address is taken.

        With --json, one object a second: status, quality, traceable, time_utc_ns, earliest_utc_ns,
        latest_utc_ns, held_ns, agreements, peers (name, verdict, false_by_ns, round_trip_ns),
        datagrams_taken, datagrams_refused by reason.
        """
    static let options: [CommandOption] = [
        CommandOption("--duration", .required("TIME"), "end after so long: 10s, 5m"),
        .json,
    ]
    static let examples = ["tickrun node Fixtures/cluster/a.json --duration 20s"]

    static func run(_ arguments: Arguments) throws -> ExitCode {
        let path = try arguments.operand(0, called: "CLUSTER")
        try arguments.refuseOperands(after: 1)
        let duration = try arguments.duration("--duration")
        if let duration, duration <= .zero { throw arguments.failure("--duration: give more than 0") }
        let file = try cluster(path)
        let options = try options(file, path)
        let interrupts: InterruptWatch
        do { interrupts = try InterruptWatch() } catch {
            throw CommandFailure(exitCode: .unavailable, message: "\(error)")
        }
        let node: ClusterNode
        do {
            node = try ClusterNode.start(options) { notice in
                if let text = words(notice, file) { Commentary.say(text) }
            }
        } catch { throw CommandFailure(exitCode: .unavailable, message: "\(error)") }
        defer { node.stop() }

        let begin = HostClock.monotonic()
        var (isGood, isOver, hasWarned) = (false, false, false)
        while !isOver {
            // The last look is at the end, however soon that is.
            let left = duration.map { $0 - (HostClock.monotonic() - begin) }
            let wait = min(.seconds(1), max(.zero, left ?? .seconds(1)))
            let wasInterrupted = interrupts.wait(for: wait) != nil
            isOver = wasInterrupted || left.map { $0 <= wait } ?? false
            guard let report = node.report else { continue }
            if let drift = report.consensus?.drift, drift.magnitude > file.consensus.maxDrift, !hasWarned {
                hasWarned = true
                let side = drift > .zero ? "ahead" : "behind"
                Commentary.say("this host's UTC is \(Quantity.length(drift.magnitude)) \(side) of its peers'; set it")
            }
            isGood = [.synchronized, .agreedUntraceable, .holding, .alone].contains(report.status)
            try Output.writing { output in
                if arguments.wantsJSON {
                    try output.line(json(report, file))
                } else {
                    for line in text(report, file) { try output.line(line) }
                }
            }
        }
        return isGood ? .good : .badVerdict
    }

    // MARK: - Files

    private static func read(_ path: String) throws -> [UInt8] {
        do { return try SystemFile.read(path, limit: 1 << 20) } catch {
            throw CommandFailure(
                exitCode: error.isPermission ? .permission : .unavailable,
                message: "cannot read \(path): \(error.reason)")
        }
    }

    private static func cluster(_ path: String) throws -> ClusterFile {
        do { return try ClusterFile(json: try read(path), file: path) } catch let error as ProfileError {
            throw CommandFailure(exitCode: .configuration, message: "\(error)")
        }
    }

    private static func options(_ file: ClusterFile, _ path: String) throws -> ClusterNodeOptions {
        let folder = path.lastIndex(of: "/").map { String(path[...$0]) } ?? ""
        let keyPath = file.keys.hasPrefix("/") ? file.keys : folder + file.keys
        let bytes = try read(keyPath)
        guard (try? SystemFile.isPrivate(keyPath)) == true else {
            throw CommandFailure(
                exitCode: .permission,
                message:
                    "\(keyPath): others than its owner may read these keys; chmod 600 it, and make new keys if they have"
            )
        }
        do {
            let keyFile = try NodeKeyFile(json: bytes, file: keyPath)
            guard keyFile.node == file.node else {
                throw configuration("\(keyPath) holds the keys of '\(keyFile.node)', and this node is '\(file.node)'")
            }
            let keys = try keyFile.keys()
            let missing = keys.missing(of: file.configuration.peers).map { file.name(of: $0) }
            guard missing.isEmpty else {
                throw configuration("\(keyPath) has no keys for \(missing.joined(separator: ", ")); make them anew")
            }
            var addresses: [NodeID: SocketAddress] = [:]
            for member in file.members { addresses[NodeID(named: member.name)] = try SocketAddress(member.address) }
            var options = ClusterNodeOptions(
                file.configuration, cluster: ClusterID(named: file.cluster), listen: try SocketAddress(file.listen),
                addresses: addresses, keys: keys, statedError: file.statedError)
            options.consensus = file.consensus
            return options
        } catch let error as ProfileError {
            throw configuration("\(error)")
        } catch let error as PeerKeyError {
            throw configuration("\(keyPath): \(error)")
        } catch let error as SocketAddress.Failure {
            throw configuration("\(path): members: \(error)")
        }
    }

    private static func configuration(_ message: String) -> CommandFailure {
        CommandFailure(exitCode: .configuration, message: message)
    }

    // MARK: - What it says

    private static func words(_ notice: ClusterNotice, _ file: ClusterFile) -> String? {
        switch notice {
        case .agreed, .notAgreed: nil
        case .windowClosed(let error): "no agreement within the window\(error.map { ": \($0)" } ?? "")"
        case .stepped(let size): "this host's UTC was set by \(Quantity.length(size))"
        case .suspended(let length): "this host slept for \(Quantity.length(length))"
        case .leapSecond: "a leap second; a fresh window must agree"
        case .slewed(let rate): "this host's clocks run \(Quantity.partsPerMillion(rate)) off the raw oscillator"
        case .inconsistent(let peer, let by):
            "\(file.name(of: peer)) contradicts what it said before, by \(Quantity.length(by)): one of us drifts, was set, or lies"
        case .rebooted(let peer): "\(file.name(of: peer)) began anew"
        case .peerDisrupted(let peer): "\(file.name(of: peer)) says that its clocks were disrupted"
        }
    }

    private static func text(_ report: ClusterNodeReport, _ file: ClusterFile) -> [String] {
        let best = report.best
        var first = "\(best.time.iso8601)  \(report.status.rawValue)  quality \(best.quality.rawValue)"
        if let earliest = best.earliest, let latest = best.latest {
            let what = best.isTraceable ? "UTC" : "cluster"
            first +=
                "  \(what) within -\(Quantity.length(best.time - earliest)) +\(Quantity.length(latest - best.time))"
        }
        if best.held > .zero { first += "  held by \(Quantity.length(best.held))" }
        let peers = file.inOrder(report.peers).map { peer in
            var text = "\(file.name(of: peer.id)) \(peer.verdict.name)"
            if peer.verdict == .false { text += " by \(Quantity.length(peer.falseBy))" }
            return text + (peer.lastRoundTrip.map { " (\(Quantity.length($0)))" } ?? "")
        }
        let refused = report.counts.refused.sorted { $0.key.name < $1.key.name }.map { "\($0.value) \($0.key.name)" }
        let lines = [first, "      \(peers.joined(separator: ", "))"]
        return refused.isEmpty ? lines : lines + ["      refused: \(refused.joined(separator: ", "))"]
    }

    private static func json(_ report: ClusterNodeReport, _ file: ClusterFile) -> JSONText {
        var json = JSONText()
        json.object { json in
            json.member("schema", "tickrun/node/1")
            json.member("node", file.node)
            json.member("status", report.status.rawValue)
            json.member("quality", report.best.quality.rawValue)
            json.member("traceable", report.best.isTraceable)
            json.member("time_utc_ns", report.best.time.nanoseconds)
            json.member("earliest_utc_ns", report.best.earliest?.nanoseconds)
            json.member("latest_utc_ns", report.best.latest?.nanoseconds)
            json.member("held_ns", report.best.held.count)
            json.member("host_utc_ns", report.hostUTC.nanoseconds)
            json.member("agreements", report.agreements)
            json.member("last_failure", report.lastFailure.map { "\($0)" })
            json.array("peers") { json in
                for peer in file.inOrder(report.peers) {
                    json.object { json in
                        json.member("name", file.name(of: peer.id))
                        json.member("verdict", peer.verdict.name)
                        json.member("false_by_ns", peer.falseBy.count)
                        json.member("times_false", peer.timesFalse)
                        json.member("round_trip_ns", peer.lastRoundTrip?.count)
                    }
                }
            }
            json.member("datagrams_taken", report.counts.taken)
            json.object("datagrams_refused") { json in
                for (reason, count) in report.counts.refused.sorted(by: { $0.key.name < $1.key.name }) {
                    json.member(reason.name, count)
                }
            }
            json.member("datagrams_unsent", report.unsent)
        }
        return json
    }
}

extension ClusterFile {
    /// Peers in the order in which the file lists them.
    fileprivate func inOrder(_ peers: [PeerRecord]) -> [PeerRecord] {
        members.compactMap { member in peers.first { $0.id == NodeID(named: member.name) } }
    }
}
