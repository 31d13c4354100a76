import ClusterClock
import Testing
import TickTime
import TimeSyncAudit

@Suite("The verdict on synchronization")
struct SyncAuditTests {
    /// The direct evidence on nodes a and b.
    enum Direct: String, CaseIterable {
        case allWithin
        case oneOver
        case oneMissing
        case allMissing
        case missingAndOver

        var evidence: [SyncEvidence] {
            let good = SyncEvidence.measured("a", milliseconds(1), bound: milliseconds(2))
            let bad = SyncEvidence.measured("a", milliseconds(40), bound: milliseconds(2))
            return switch self {
            case .allWithin: [good, .measured("b", milliseconds(-3), bound: milliseconds(1))]
            case .oneOver: [good, .measured("b", milliseconds(90), bound: milliseconds(1))]
            case .oneMissing: [good, .unknown("b")]
            case .allMissing: [.unknown("a")]
            case .missingAndOver: [bad, .unknown("b")]
            }
        }
    }

    enum Granted: String, CaseIterable {
        case none
        case valid
        case expired
        case otherVersion
        case otherEnvironment

        func exception() throws -> SyncException? {
            if self == .none { return nil }
            var exception = try SyncException.valid()
            switch self {
            case .expired: exception.expires = .noon
            case .otherVersion: exception.version = "1.0.1"
            case .otherEnvironment: exception.environment = "studio"
            case .none, .valid: break
            }
            return exception
        }
    }

    enum Hint: String, CaseIterable {
        case absent
        case passes
        case fails
        case unreadable

        var proxies: [SyncProxy] {
            switch self {
            case .absent: []
            case .passes: [.spread(["a", "b"], .seconds(5))]
            case .fails: [.spread(["a", "b"], .seconds(121))]
            case .unreadable: [SyncProxy(kind: .nodeHeartbeat, source: "x", finding: .failed("no JSON"))]
            }
        }
    }

    /// The table of the contract, written out once more.
    private func expected(_ direct: Direct, _ granted: Granted, _ hint: Hint) -> SyncStatus {
        switch (direct, granted, hint) {
        case (.allWithin, _, _): .pass
        case (.oneOver, _, _), (.missingAndOver, _, _): .fail
        case (_, .valid, .passes): .passWithException
        case (_, .valid, _): .failProxyPassSLA
        default: .fail
        }
    }

    @Test("every combination of direct evidence, exception and proxy", arguments: Direct.allCases, Granted.allCases)
    func table(direct: Direct, granted: Granted) throws {
        for hint in Hint.allCases {
            let audit = SyncAudit(
                nodes: ["a", "b"], evidence: direct.evidence, proxies: hint.proxies,
                exception: try granted.exception(), circumstances: .matching)
            let verdict = audit.verdict()
            #expect(verdict.status == expected(direct, granted, hint), "\(direct) \(granted) \(hint)")
            let result = SyncResult(audit, verdict, host: "a", tool: "t", toolVersion: "1")
            // The exception is named only if the status depends on it.
            let rests = verdict.status == .passWithException || verdict.status == .failProxyPassSLA
            #expect((result.exception != nil) == rests && (result.azureNtpSla == "TRUSTED") == rests)
            #expect((result.externalAssurance != nil) == rests)
            // A proxy that does not pass is always reported.
            if hint == .fails { #expect(result.notes.contains { $0.contains("fails: spread over 121 s") }) }
            if hint == .unreadable { #expect(result.notes.contains { $0.contains("no JSON") }) }
            // The result states why an exception does not count, and when it is no longer needed.
            if granted != .none {
                #expect(result.notes.contains { $0.contains("exception") } || rests)
                #expect(result.exceptionConsidered?.removable == (direct == .allWithin))
                #expect(result.exceptionConsidered?.applies == (granted == .valid))
            }
        }
    }

    private func status(_ evidence: [SyncEvidence], nodes: [String] = []) -> SyncStatus {
        SyncAudit(nodes: nodes, evidence: evidence, circumstances: .matching).verdict().status
    }

    @Test("a single node passes up to 25 ms of offset plus bound, and not a nanosecond beyond")
    func alone() {
        #expect(status([.measured("a", milliseconds(20), bound: milliseconds(5))]) == .pass)
        #expect(status([.measured("a", milliseconds(-20), bound: milliseconds(5))]) == .pass)
        #expect(status([.measured("a", milliseconds(20), bound: milliseconds(5) + Nanoseconds(1))]) == .fail)
        #expect(status([.measured("a", milliseconds(-20) - Nanoseconds(1), bound: milliseconds(5))]) == .fail)
    }

    @Test("two nodes pass up to 50 ms between them, with uncertainty, and not a nanosecond beyond")
    func pairwise() {
        func pair(_ offset: Nanoseconds, _ bound: Nanoseconds) -> SyncStatus {
            status([.measured("a", offset, bound: bound, against: .node("b"), .peerExchange)])
        }
        #expect(pair(milliseconds(40), milliseconds(10)) == .pass)
        #expect(pair(milliseconds(-40), milliseconds(10)) == .pass)
        #expect(pair(milliseconds(40), milliseconds(10) + Nanoseconds(1)) == .fail)
        #expect(pair(milliseconds(0), milliseconds(51)) == .fail)
    }

    @Test("nodes measured against UTC are compared with each other through UTC")
    func throughUTC() {
        let a = SyncEvidence.measured("a", milliseconds(24), bound: milliseconds(1))
        #expect(status([a, .measured("b", milliseconds(-24), bound: milliseconds(1))]) == .pass)
        #expect(status([a, .measured("b", milliseconds(-24), bound: milliseconds(2))]) == .fail)
        // 30 ms off UTC, and 6 ms from each other: any two are within 50 ms.
        #expect(
            status([
                .measured("a", milliseconds(30), bound: milliseconds(1)),
                .measured("b", milliseconds(35), bound: milliseconds(1)),
            ]) == .pass)
    }

    @Test("a node that only a peer has measured is measured")
    func throughPeer() {
        let audit = SyncAudit(
            evidence: [
                .measured("a", milliseconds(2), bound: milliseconds(1)),
                .measured("a", milliseconds(5), bound: milliseconds(1), against: .node("b"), .peerExchange),
                .measured("a", milliseconds(-5), bound: milliseconds(1), against: .node("c"), .peerExchange),
            ], circumstances: .matching)
        let verdict = audit.verdict()
        #expect(verdict.status == .pass)
        // b is 5 ms ahead of a, and UTC 2 ms: UTC is 3 ms behind b.
        #expect(verdict.nodes[1].utc == OffsetInterval(milliseconds(-3), bound: milliseconds(2)))
        #expect(verdict.worstPair?.a == "b" && verdict.worstPair?.b == "c")
        #expect(verdict.worstPair?.difference == OffsetInterval(milliseconds(-10), bound: milliseconds(2)))
    }

    @Test("peers that agree pass without UTC, and the result states that UTC is unknown")
    func untraceable() {
        let audit = SyncAudit(
            evidence: [.measured("a", milliseconds(1), bound: milliseconds(1), against: .node("b"), .peerExchange)],
            circumstances: .matching)
        let verdict = audit.verdict()
        #expect(verdict.status == .pass)
        let result = SyncResult(audit, verdict, host: "a", tool: "t", toolVersion: "1")
        #expect(result.notes == ["Agreed with each other, and not bounded against UTC: a, b."])
        #expect(result.note.contains("50 ms of each other") && result.note.contains("UTC is not proved"))
    }

    @Test("a pass of several nodes proves UTC only if each is bounded to 25 ms of it", arguments: [25, 26])
    func provesUTC(bound: Int64) {
        let evidence: [SyncEvidence] = [
            .measured("a", milliseconds(0), bound: milliseconds(bound)),
            .measured("a", milliseconds(0), bound: milliseconds(0), against: .node("b"), .peerExchange),
        ]
        let audit = SyncAudit(evidence: evidence, circumstances: .matching)
        let verdict = audit.verdict()
        #expect(verdict.status == .pass)
        let result = SyncResult(audit, verdict, host: "a", tool: "t", toolVersion: "1")
        #expect(result.note.contains("UTC is not proved") == (bound == 26), "\(result.note)")
    }

    @Test("peers that agree are over the limit if one is proved to be more than 50 ms off UTC")
    func togetherWrong() {
        let agreed = SyncEvidence.measured("a", .zero, bound: milliseconds(1), against: .node("b"), .peerExchange)
        #expect(status([agreed, .measured("a", milliseconds(60), bound: milliseconds(2))]) == .fail)
        // A wide bound alone does not prove that.
        #expect(status([agreed, .measured("a", .zero, bound: .seconds(16), .kernel)]) == .pass)
    }

    @Test("a bound that is too wide does not pass, but a better measurement of the same node does")
    func wide() {
        let kernel = SyncEvidence.measured("a", .zero, bound: .seconds(16), .kernel)
        #expect(status([kernel]) == .fail)
        #expect(status([kernel, .measured("a", milliseconds(1), bound: milliseconds(2))]) == .pass)
    }

    @Test("measurements that exclude each other fail, even if one of them would pass")
    func contradiction() {
        let verdict = SyncAudit(
            evidence: [
                .measured("a", .zero, bound: milliseconds(1), .kernel),
                .measured("a", milliseconds(10), bound: milliseconds(1)),
            ], circumstances: .matching
        ).verdict()
        #expect(verdict.status == .fail)
        #expect(verdict.over == ["the evidence on a contradicts itself: some of it is wrong"])
    }

    @Test("a circle of peers that cannot all be right is found")
    func circle() {
        #expect(
            status([
                .measured("a", milliseconds(10), bound: milliseconds(1), against: .node("b"), .peerExchange),
                .measured("b", milliseconds(10), bound: milliseconds(1), against: .node("c"), .peerExchange),
                .measured("c", milliseconds(10), bound: milliseconds(1), against: .node("a"), .peerExchange),
            ]) == .fail)
    }

    @Test("a single node over the limit fails, although another node is not measured")
    func aloneBesideUnmeasured() throws {
        let audit = SyncAudit(
            nodes: ["a", "b"], evidence: [.measured("a", milliseconds(26), bound: .zero)],
            proxies: [.spread(["a", "b"], .seconds(1))], exception: try .valid(), circumstances: .matching)
        #expect(audit.verdict().status == .fail)
        #expect(audit.verdict().nodes.map(\.standing) == [.over, .unmeasured])
    }

    @Test("a proxy that does not cover a node without evidence proves nothing")
    func uncovered() throws {
        let audit = SyncAudit(
            nodes: ["a", "b", "c"], evidence: [.measured("a", .zero, bound: .zero)],
            proxies: [.spread(["a", "b"], .seconds(1))], exception: try .valid(), circumstances: .matching)
        let verdict = audit.verdict()
        #expect(verdict.status == .failProxyPassSLA)
        let result = SyncResult(audit, verdict, host: "a", tool: "t", toolVersion: "1")
        #expect(result.note.contains("node_heartbeat does not cover c"))
    }

    @Test("leases count before heartbeats, and a failing heartbeat is still reported")
    func leases() throws {
        let audit = SyncAudit(
            proxies: [.spread(["a", "b"], .seconds(225)), .spread(["a", "b"], .seconds(3), .nodeLease)],
            exception: try .valid(), circumstances: .matching)
        let verdict = audit.verdict()
        #expect(verdict.status == .passWithException)
        let result = SyncResult(audit, verdict, host: nil, tool: "t", toolVersion: "1")
        #expect(result.method == "azure_ntp_sla_plus_lease_proxy")
        #expect(result.heartbeatMaxDeltaSeconds == 3)
        #expect(result.notes.contains { $0.contains("node_heartbeat") && $0.contains("225 s") })
    }

    @Test("no evidence at all is a FAIL")
    func nothing() {
        #expect(status([]) == .fail)
        #expect(status([], nodes: ["a"]) == .fail)
    }

    @Test("five thousand unmeasured nodes are each reported")
    func manyUnmeasured() throws {
        let names = (0..<5_000).map { "n\($0)" }
        let audit = SyncAudit(
            evidence: [.measured("n7", .zero, bound: .zero)], proxies: [.spread(names, .seconds(2))],
            exception: try .valid(), circumstances: .matching)
        let verdict = audit.verdict()
        #expect(verdict.status == .passWithException && verdict.unmeasured.count == 4_999)
    }

    @Test("evidence of five hundred nodes is judged, for every pair")
    func many() {
        let evidence = (0..<500).map {
            SyncEvidence.measured("n\($0)", milliseconds(Int64($0 % 40) - 20), bound: milliseconds(1))
        }
        let verdict = SyncAudit(evidence: evidence, circumstances: .matching).verdict()
        #expect(verdict.status == .pass)
        #expect(verdict.worstPair?.difference.most == milliseconds(41))
    }
}
