package import ClusterClock
import ClusterLinux
import LinuxService
import TickLinux
import TickReports
package import TickTime
import TimeExchange
package import TimeSyncAudit

// Evidence about this host's clock. An error becomes part of the evidence: a
// collector that fails never ends a check.

/// Gathers evidence about the clock of one host, and of the nodes that it can see.
package struct SyncCollection {
    /// The host's name among the nodes.
    package let host: String
    package private(set) var nodes: [String]
    package private(set) var evidence: [SyncEvidence] = []
    package private(set) var proxies: [SyncProxy] = []

    package init(host: String) {
        self.host = host
        nodes = [host]
    }

    /// Only files are judged: this host is not one of the nodes.
    package init() {
        host = ""
        nodes = []
    }

    /// Whether there is any evidence.
    package var hasRun: Bool {
        let directly = evidence.contains { if case .unknown = $0.finding { false } else { true } }
        return directly || proxies.contains { !$0.nodes.isEmpty }
    }

    // MARK: - The kernel

    package mutating func addKernel() {
        do {
            let clock = try KernelClock.read()
            add(.kernel, "adjtimex", clock.bound, clock.rawEvidence)
        } catch {
            let why = error.isPermission ? "; a seccomp filter may forbid the call, which needs no privilege" : ""
            add(.kernel, "adjtimex", fault: "\(error)\(why)", hasAnswered: false)
        }
    }

    // MARK: - chronyd

    /// Asks a running chronyd.
    ///
    /// - Parameters:
    ///   - socket: of its commands, or its host; `nil` leaves that to chronyc.
    ///   - isWanted: whether a host without chrony is reported.
    package mutating func addChrony(socket: String?, isWanted: Bool) {
        let words = ["chronyc", "-c", "-n"] + (socket.map { ["-h", $0] } ?? []) + ["tracking"]
        let source = words.joined(separator: " ")
        do {
            let outcome = try HostProgram.run(words)
            let text = String(decoding: outcome.output + outcome.errors, as: UTF8.self)
            addChrony(text, from: source) { tracking throws(ChronyTracking.Failure) in
                let now = HostClock.utc()
                return (try tracking.bound(printedAt: now, own: HostAddresses.references()), now)
            }
        } catch {
            if isWanted || !error.isMissing {
                add(.chronyTracking, source, fault: "\(error)", hasAnswered: false)
            }
        }
    }

    /// Reads what chronyc printed. The line counts as of its own reference time: the time of the file only shows when
    /// it was copied.
    ///
    /// - Parameters:
    ///   - now: the time for which it counts.
    ///   - own: the references that mean the host itself.
    package mutating func addChrony(file: String, at now: UTCInstant, own: OwnReferences) {
        do {
            let bytes = try SystemFile.read(file, limit: 1 << 16)
            addChrony(String(decoding: bytes, as: UTF8.self), from: file) { tracking throws(ChronyTracking.Failure) in
                (try tracking.bound(inFileReadFor: now, own: own), tracking.referenceTime)
            }
        } catch {
            add(.chronyTracking, file, fault: error.reason, hasAnswered: false, taken: now)
        }
    }

    private mutating func addChrony(
        _ text: String, from source: String,
        _ bound: (ChronyTracking) throws(ChronyTracking.Failure) -> (SourcedBound, taken: UTCInstant)
    ) {
        do {
            let tracking = try ChronyTracking(output: text)
            do throws(ChronyTracking.Failure) {
                let (bound, taken) = try bound(tracking)
                add(.chronyTracking, source, bound, tracking.raw, taken: taken)
            } catch {
                add(.chronyTracking, source, fault: "\(error)", hasAnswered: true, tracking.raw)
            }
        } catch .noDaemon(let text) {
            let fault = ChronyTracking.Failure.noDaemon(text).description
            add(.chronyTracking, source, fault: fault, hasAnswered: false)
        } catch {
            add(.chronyTracking, source, fault: "\(error)", hasAnswered: true)
        }
    }

    // MARK: - NTP

    package mutating func addNTP(_ servers: [String]) {
        add(servers.map { NTPClient.voter($0) }, at: HostClock.boot())
    }

    /// With several servers, the interval that a majority of their reference clocks shares counts, so that a wrong
    /// clock is outvoted.
    private mutating func add(_ voters: [NTPVoter], at now: BootInstant) {
        guard !voters.isEmpty else { return }
        let source = voters.map(\.server).joined(separator: ", ")
        var raw: [String: String] = [:]
        for voter in voters {
            var text = voter.fault ?? "not asked yet"
            if let measured = voter.measurement {
                text =
                    "\(measured.offset.count) ± \(measured.bound.count) ns, reference \(measured.reference), stratum \(measured.reference.stratum)"
                text += voter.fault.map { ", \($0)" } ?? ""
            }
            raw[voter.server] = text
        }
        let faults = voters.compactMap { voter in
            voter.fault.map { voters.count > 1 && voter.measurement != nil ? "\(voter.server): \($0)" : $0 }
        }.joined(separator: "; ")
        switch NTPSynchronization.outcome(of: voters, at: now) {
        case .bounded(let bound), .unfounded(let bound): add(.ntpQuery, source, bound, raw)
        case .contradiction(let needed, let clocks):
            add(
                .ntpQuery, source, fault: "no time is shared by \(needed) of \(clocks) servers", hasAnswered: true, raw)
        case .noMajority(let referenced, let clocks):
            let hasAnswered = voters.contains(where: \.hasAnswered)
            let names =
                clocks < voters.count ? "; \(voters.count) server names belong to \(Self.count(clocks, "clock"))" : ""
            let what =
                clocks == 1 && names.isEmpty
                ? faults
                : "\(referenced) of \(Self.count(clocks, "clock")) follow UTC and answer: no majority\(names)"
                    + (faults.isEmpty ? "" : "; \(faults)")
            add(.ntpQuery, source, fault: what, hasAnswered: hasAnswered, raw)
        }
    }

    private static func count(_ count: Int, _ word: String) -> String { "\(count) \(word)\(count == 1 ? "" : "s")" }

    // MARK: - The cluster

    /// Takes the answer of a cluster's member on this host: its peers, and its UTC.
    package mutating func add(_ answer: TimeAnswer, from source: String) {
        nodes = Set(nodes + answer.peers.map(\.name)).sorted()
        for peer in answer.peers {
            let raw = ["verdict": peer.verdict, "round_trip_ns": "\(peer.roundTripNs ?? -1)"]
            if let least = peer.aheadLeastNs, let most = peer.aheadMostNs, least <= most {
                evidence.append(
                    SyncEvidence(
                        node: host, other: peer.name, ahead: OffsetInterval(Nanoseconds(least), Nanoseconds(most)),
                        source: source, taken: HostClock.utc(), raw: raw))
            } else {
                let silence = peer.lastHeardMs.map { Quantity.length(Nanoseconds(1_000_000).saturatingTimes($0)) }
                evidence.append(
                    SyncEvidence(
                        node: host, reference: .node(peer.name), method: .peerExchange, source: source,
                        fault: "'\(peer.name)' has not answered\(silence.map { " for \($0)" } ?? "")",
                        hasAnswered: true, taken: HostClock.utc(), raw: raw))
            }
        }
        // The majority's bound counts only while the time comes from the cluster.
        if answer.quality == UTCSource.cluster.rawValue, answer.traceable, let earliest = answer.earliestUtcNs,
            let latest = answer.latestUtcNs, earliest <= latest
        {
            let interval = OffsetInterval(
                Nanoseconds(earliest) -| Nanoseconds(answer.hostUtcNs),
                Nanoseconds(latest) -| Nanoseconds(answer.hostUtcNs))
            add(
                .peerExchange, source, SourcedBound(referenced: interval),
                ["status": answer.status, "agreeing": "\(answer.agreeing)"])
        }
        if let ptp = answer.ptp { add(ptp, from: source) }
        let now = HostClock.boot()
        add(answer.ntp.map { $0.voter(at: now) }, at: now)
    }

    // MARK: - Other results, and proxies

    /// Takes the evidence of another host's check.
    ///
    /// - Parameter now: the time for which it counts.
    package mutating func add(_ result: SyncResult, at now: UTCInstant) {
        nodes = Set(nodes + result.nodes.map(\.node)).sorted()
        evidence += result.evidence(at: now)
    }

    /// Runs kubectl, or reads its output from a file.
    package mutating func addProxy(_ kind: SyncProxy.Kind, file: String?) {
        let words =
            kind == .nodeLease
            ? ["kubectl", "get", "leases", "-n", "kube-node-lease", "-o", "json"]
            : ["kubectl", "get", "nodes", "-o", "json"]
        let source = file ?? words.joined(separator: " ")
        if let file {
            do {
                proxies.append(SyncProxy(kind: kind, json: try SystemFile.read(file, limit: 64 << 20), source: source))
            } catch { proxies.append(SyncProxy(kind: kind, source: source, finding: .failed(error.reason))) }
            return
        }
        do {
            let outcome = try HostProgram.run(words, timeout: .seconds(30), limit: 64 << 20)
            guard outcome.exitCode == 0 else {
                let fault = Self.kubectlFault(
                    String(decoding: outcome.errors, as: UTF8.self),
                    option: kind == .nodeLease ? "--leases" : "--heartbeats")
                proxies.append(SyncProxy(kind: kind, source: source, finding: .failed(fault)))
                return
            }
            proxies.append(SyncProxy(kind: kind, json: outcome.output, source: source))
        } catch {
            proxies.append(SyncProxy(kind: kind, source: source, finding: .failed("\(error)")))
        }
    }

    /// What kubectl said last, which is the reason, and the remedy.
    static func kubectlFault(_ errors: String, option: String) -> String {
        let line =
            errors.split(whereSeparator: \.isNewline).last { !$0.allSatisfy(\.isWhitespace) } ?? "it said nothing"
        let shown = line.count > 300 ? "…\(line.suffix(300))" : String(line)
        return "kubectl failed: \(shown); name a cluster in its kubeconfig (KUBECONFIG), or give a file: \(option)=FILE"
    }

    mutating func add(_ found: SyncEvidence) { evidence.append(found) }

    mutating func add(
        _ method: SyncMethod, _ source: String, _ bound: SourcedBound, _ raw: [String: String] = [:],
        taken: UTCInstant = HostClock.utc()
    ) {
        evidence.append(
            SyncEvidence(node: host, method: method, source: source, utc: bound, taken: taken, raw: raw))
    }

    mutating func add(
        _ method: SyncMethod, _ source: String, fault: String, hasAnswered: Bool, _ raw: [String: String] = [:],
        taken: UTCInstant = HostClock.utc()
    ) {
        evidence.append(
            SyncEvidence(
                node: host, method: method, source: source, fault: fault, hasAnswered: hasAnswered, taken: taken,
                raw: raw))
    }
}

extension TimeAnswer.Server {
    /// The node's measurement of the server, as one voter among several.
    fileprivate func voter(at now: BootInstant) -> NTPVoter {
        var measurement: NTPMeasurement?
        if let offsetNs, let boundNs, boundNs >= 0, let age = ageMs {
            // A node of an earlier version does not say what the bound rests on.
            let reference = NTPReference(
                id: UInt32(clamping: referenceId ?? 0), stratum: UInt8(clamping: stratum ?? 0))
            let statement = SourcedBound(
                offset: Nanoseconds(offsetNs),
                claim: OffsetInterval(Nanoseconds(offsetNs), bound: Nanoseconds(boundNs)),
                provenance: BoundProvenance(named: provenance, reference))
            measurement = NTPMeasurement(
                statement, reference: reference, received: now -| Nanoseconds(1_000_000).saturatingTimes(max(0, age)))
        }
        return NTPVoter(
            server: server, address: address ?? server, measurement: measurement, fault: failure,
            hasAnswered: measurement != nil)
    }
}
