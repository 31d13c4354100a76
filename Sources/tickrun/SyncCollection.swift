import ClusterClock
import TickLinux
import TickReports
import TickTime
import TimeExchange
import TimeSyncAudit

// What this host can be asked about its clock, as evidence. Whatever goes wrong becomes part of the evidence: a
// collector that fails never ends a check.

/// Gathers evidence about the clock of one host, and of the nodes that it can see.
struct SyncCollection {
    /// What the host is called among the nodes.
    let host: String
    private(set) var nodes: [String]
    private(set) var evidence: [SyncEvidence] = []
    private(set) var proxies: [SyncProxy] = []

    init(host: String) {
        self.host = host
        nodes = [host]
    }

    /// Files alone: this host is none of the nodes.
    init() {
        host = ""
        nodes = []
    }

    /// Whether anything could be asked.
    var hasRun: Bool {
        let directly = evidence.contains { if case .unknown = $0.finding { false } else { true } }
        return directly || proxies.contains { !$0.nodes.isEmpty }
    }

    // MARK: - The kernel

    mutating func addKernel() {
        do {
            let clock = try KernelClock.read()
            let state = KernelState(
                maximumError: clock.maximumError, estimatedError: clock.estimatedError, offset: clock.offset,
                status: clock.status, state: clock.state)
            add(.kernel, "adjtimex", .measured(state.interval), state.raw)
        } catch {
            let why = error.isPermission ? "; a seccomp filter may forbid the call, which needs no privilege" : ""
            add(.kernel, "adjtimex", .unknown("\(error)\(why)"))
        }
    }

    // MARK: - chronyd

    /// Asks a running chronyd.
    ///
    /// - Parameters:
    ///   - socket: of its commands, or its host; `nil` leaves that to chronyc.
    ///   - isWanted: whether a host without chrony is worth a word.
    mutating func addChrony(socket: String?, isWanted: Bool) {
        let words = ["chronyc", "-c", "-n"] + (socket.map { ["-h", $0] } ?? []) + ["tracking"]
        let source = words.joined(separator: " ")
        do {
            let outcome = try HostProgram.run(words)
            let text = String(decoding: outcome.output + outcome.errors, as: UTF8.self)
            addChrony(text, from: source, taken: HostClock.utc(), drifting: nil)
        } catch {
            if isWanted || !error.isMissing { add(.chronyTracking, source, .unknown("\(error)")) }
        }
    }

    /// Reads what chronyc printed.
    ///
    /// - Parameter now: when it is to hold; `nil`: when it was printed.
    mutating func addChrony(file: String, at now: UTCInstant?) {
        do {
            let bytes = try SystemFile.read(file, limit: 1 << 16)
            addChrony(
                String(decoding: bytes, as: UTF8.self), from: file, taken: try SystemFile.modified(file), drifting: now)
        } catch {
            add(.chronyTracking, file, .unknown(error.reason))
        }
    }

    private mutating func addChrony(_ text: String, from source: String, taken: UTCInstant, drifting now: UTCInstant?) {
        do {
            let tracking = try ChronyTracking(output: text)
            add(.chronyTracking, source, .measured(tracking.interval), tracking.raw, taken: taken)
            if let now, let last = evidence.popLast() { evidence.append(last.aged(to: now)) }
        } catch .noDaemon(let text) {
            add(.chronyTracking, source, .unknown(ChronyTracking.Failure.noDaemon(text).description), taken: taken)
        } catch {
            add(.chronyTracking, source, .failed("\(error)"), taken: taken)
        }
    }

    // MARK: - NTP

    mutating func addNTP(_ servers: [String]) {
        guard !servers.isEmpty else { return }
        var findings: [NTPFinding] = []
        for server in servers {
            do {
                let measured = try NTPClient.measure(server)
                findings.append(
                    .init(server: server, interval: OffsetInterval(measured.offset, bound: measured.bound), fault: nil))
            } catch {
                let wasRefused = if case .refused = error { true } else { false }
                findings.append(.init(server: server, interval: nil, fault: "\(error)", hasAnswered: wasRefused))
            }
        }
        add(findings)
    }

    /// What one server says of this host's clock.
    private struct NTPFinding {
        let server: String
        let interval: OffsetInterval?
        let fault: String?
        var hasAnswered = true
    }

    /// Of several servers counts what a majority of them shares, so that one that is wrong is outvoted.
    private mutating func add(_ findings: [NTPFinding]) {
        guard !findings.isEmpty else { return }
        let source = findings.map(\.server).joined(separator: ", ")
        var raw: [String: String] = [:]
        for found in findings {
            raw[found.server] =
                found.interval.map { "\($0.middle.count) ± \($0.bound.count) ns" } ?? found.fault ?? "not asked yet"
        }
        let intervals = findings.compactMap(\.interval)
        let majority = findings.count / 2 + 1
        if case .bounded(let bound) = UTCBound.among(intervals.span, majority: majority) {
            add(.ntpQuery, source, .measured(bound.interval), raw)
        } else if intervals.isEmpty {
            let faults = findings.compactMap(\.fault).joined(separator: "; ")
            add(.ntpQuery, source, findings.contains(where: \.hasAnswered) ? .failed(faults) : .unknown(faults), raw)
        } else {
            add(.ntpQuery, source, .failed("no time is shared by \(majority) of \(findings.count) servers"), raw)
        }
    }

    // MARK: - The cluster

    /// Takes what a member of a cluster, on this host, knows of its peers and of UTC.
    mutating func add(_ report: TimeReport, from source: String) {
        nodes = Set(nodes + report.peers.map(\.name)).sorted()
        for peer in report.peers {
            let finding: SyncEvidence.Finding
            if let least = peer.aheadLeastNs, let most = peer.aheadMostNs, least <= most {
                finding = .measured(OffsetInterval(Nanoseconds(least), Nanoseconds(most)))
            } else {
                finding = .failed("'\(peer.name)' has not answered")
            }
            add(
                .peerExchange, source, finding,
                ["verdict": peer.verdict, "round_trip_ns": "\(peer.roundTripNs ?? -1)"],
                against: .node(peer.name))
        }
        // What a majority of the members states, as long as that is where the time comes from.
        if report.quality == UTCSource.cluster.rawValue, report.traceable, let earliest = report.earliestUtcNs,
            let latest = report.latestUtcNs, earliest <= latest
        {
            let interval = OffsetInterval(
                Nanoseconds(earliest) -| Nanoseconds(report.hostUtcNs),
                Nanoseconds(latest) -| Nanoseconds(report.hostUtcNs))
            add(
                .peerExchange, source, .measured(interval), ["status": report.status, "agreeing": "\(report.agreeing)"])
        }
        add(
            report.ntp.map { server in
                let isMeasured = server.failure == nil
                let interval =
                    isMeasured
                    ? server.offsetNs.flatMap { offset in
                        server.boundNs.map { bound in
                            OffsetInterval(
                                Nanoseconds(offset),
                                bound: Nanoseconds(bound)
                                    +| Self.drift(over: Nanoseconds(1_000_000).saturatingTimes(server.ageMs ?? 0)))
                        }
                    } : nil
                return NTPFinding(server: server.server, interval: interval, fault: server.failure)
            })
    }

    private static func drift(over age: Nanoseconds) -> Nanoseconds {
        DriftGrowth(clocks: 1, driftBound: 50_000)(max(.zero, age))
    }

    // MARK: - Other results, and proxies

    /// Takes what another host's check rested on.
    ///
    /// - Parameter now: when it is to hold; `nil`: when it was measured.
    mutating func add(_ result: TimeSyncResult, at now: UTCInstant?) {
        nodes = Set(nodes + result.nodes.map(\.node)).sorted()
        evidence += result.allEvidence.map { piece in now.map { piece.aged(to: $0) } ?? piece }
    }

    /// Asks kubectl, or reads what it printed.
    mutating func addProxy(_ kind: SyncProxy.Kind, file: String?) {
        let words =
            kind == .nodeLease
            ? ["kubectl", "get", "leases", "-n", "kube-node-lease", "-o", "json"]
            : ["kubectl", "get", "nodes", "-o", "json"]
        let source = file ?? words.joined(separator: " ")
        do {
            if let file {
                proxies.append(SyncProxy(kind: kind, json: try SystemFile.read(file, limit: 64 << 20), source: file))
                return
            }
            let outcome = try HostProgram.run(words, timeout: .seconds(30), limit: 64 << 20)
            guard outcome.exitCode == 0 else {
                let complaint = String(decoding: outcome.errors.prefix(300), as: UTF8.self)
                let line = complaint.split(whereSeparator: \.isNewline).last.map(String.init) ?? ""
                proxies.append(
                    SyncProxy(
                        kind: kind, source: source,
                        finding: .failed("kubectl failed: \(line.isEmpty ? "it said nothing" : line)")))
                return
            }
            proxies.append(SyncProxy(kind: kind, json: outcome.output, source: source))
        } catch let error as SystemError {
            proxies.append(SyncProxy(kind: kind, source: source, finding: .failed(error.reason)))
        } catch {
            proxies.append(SyncProxy(kind: kind, source: source, finding: .failed("\(error)")))
        }
    }

    private mutating func add(
        _ method: SyncMethod, _ source: String, _ finding: SyncEvidence.Finding, _ raw: [String: String] = [:],
        against reference: SyncEvidence.Reference = .utc, taken: UTCInstant = HostClock.utc()
    ) {
        evidence.append(
            SyncEvidence(
                node: host, reference: reference, method: method, source: source, finding: finding, taken: taken,
                raw: raw))
    }
}
