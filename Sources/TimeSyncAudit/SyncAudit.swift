// From evidence to a verdict.
//
//     direct evidence             exception        proxy              status
//     every node within limits    any              any                PASS
//     any over the limit          any              any                FAIL
//     some node has none          applies          passes             PASS_WITH_EXCEPTION
//     some node has none          applies          fails, or absent   FAIL_PROXY_PASS_SLA
//     some node has none          none that does   any                FAIL
//
// Several nodes are compared with each other: any two must be within 50 ms, uncertainty included. A single node, or a
// node without evidence that relates it to another node, is compared with UTC: it must be within 25 ms. A node that is
// not shown to be within a limit is over it, so a bound that is too wide passes nothing. UTC is a clock too: a node
// that is shown to be more than 50 ms off UTC is over the limit, even if its peers share the error. A check may have stricter
// limits, and may compare every node with UTC.

package import ClusterClock
package import TickTime

/// What is judged.
package struct SyncAudit: Sendable {
    /// Every node that must be within limits. The nodes that the evidence and the proxies name are added.
    package var nodes: [String]
    package var evidence: [SyncEvidence]
    package var proxies: [SyncProxy]
    package var exception: SyncException?
    package var circumstances: SyncCircumstances

    package init(
        nodes: [String] = [], evidence: [SyncEvidence] = [], proxies: [SyncProxy] = [],
        exception: SyncException? = nil, circumstances: SyncCircumstances
    ) {
        self.nodes = nodes
        self.evidence = evidence
        self.proxies = proxies
        self.exception = exception
        self.circumstances = circumstances
    }

    /// The most nodes with direct evidence that are judged together.
    package static var measuredLimit: Int { ClockDifferences.limit }

    /// Every node that is judged, in order.
    package var allNodes: [String] {
        var names = Set(nodes)
        for piece in evidence {
            names.insert(piece.node)
            if case .node(let other) = piece.reference { names.insert(other) }
        }
        // A node whose heartbeat does not count is still a node; a lease that does not count is not.
        for proxy in proxies where proxy.kind == .nodeHeartbeat { names.formUnion(proxy.nodes) }
        for proxy in judgedProxies { names.formUnion(proxy.nodes) }
        return names.sorted()
    }

    /// The proxies with what counts at the time of the check.
    var judgedProxies: [SyncProxy] {
        let listed = proxies.filter { $0.kind == .nodeHeartbeat }.flatMap(\.nodes)
        return proxies.map { $0.judged(at: circumstances.now, among: listed.isEmpty ? nil : Set(listed)) }
    }

    /// The nodes with a measurement, in order.
    package var measuredNodes: [String] {
        var names: Set<String> = []
        for piece in evidence where piece.interval != nil {
            names.insert(piece.node)
            if case .node(let other) = piece.reference { names.insert(other) }
        }
        return names.sorted()
    }

    /// - Precondition: `measuredNodes` is at most `measuredLimit`.
    package func verdict() -> SyncVerdict {
        let names = allNodes
        let direct = DirectFindings(names, measured: measuredNodes, evidence, circumstances.limits)
        let refusals = exception?.refusals(under: circumstances) ?? []
        let applies = exception != nil && refusals.isEmpty
        let proxies = judgedProxies
        // The better proxy decides; the other is reported.
        let proxy = proxies.first { $0.kind == .nodeLease && $0.passes != nil } ?? proxies.first
        let coversAll = Set(direct.unmeasured).isSubset(of: proxy?.nodes ?? [])
        let status: SyncStatus =
            if !direct.over.isEmpty {
                .fail
            } else if direct.unmeasured.isEmpty, !names.isEmpty {
                .pass
            } else if applies {
                proxy?.passes == true && coversAll ? .passWithException : .failProxyPassSLA
            } else {
                .fail
            }
        return SyncVerdict(
            status: status, nodes: direct.nodes, worstPair: direct.worstPair, over: direct.over,
            unmeasured: direct.unmeasured, proxy: proxy, proxyCoversUnmeasured: coversAll,
            isExceptionUsed: applies && (status == .passWithException || status == .failProxyPassSLA),
            exceptionRefusals: refusals)
    }
}

/// The verdict and its evidence.
package struct SyncVerdict: Hashable, Sendable {
    package enum Standing: String, Hashable, Sendable, Codable {
        case within
        /// Shown to be over a limit, or not shown to be within it.
        case over
        /// No evidence relates it to UTC or to every other node.
        case unmeasured
    }

    package struct Node: Hashable, Sendable {
        package var name: String
        package var standing: Standing
        /// How far UTC is ahead of its clock, by all evidence together; `nil` where nothing bounds it.
        package var utc: OffsetInterval?
        /// The best method that measured it.
        package var method: SyncMethod?
    }

    package struct Pair: Hashable, Sendable {
        package var a: String
        package var b: String
        /// How far the second's clock is ahead of the first's.
        package var difference: OffsetInterval
    }

    package var status: SyncStatus
    package var nodes: [Node]
    /// The two nodes that may be the farthest apart, of those that evidence relates to each other.
    package var worstPair: Pair?
    /// What is over a limit, a sentence each.
    package var over: [String]
    /// Nodes without direct evidence of their own standing.
    package var unmeasured: [String]
    /// The proxy that counts; `nil` if none was given.
    package var proxy: SyncProxy?
    /// Whether it covers every node that has no direct evidence.
    package var proxyCoversUnmeasured: Bool
    /// Whether the status uses the exception.
    package var isExceptionUsed: Bool
    /// Why the exception does not apply.
    package var exceptionRefusals: [SyncException.Refusal]

    /// Whether the exception can be removed: everything was measured, and is within limits.
    package var canExceptionGo: Bool { status == .pass }
}

/// What direct evidence shows.
struct DirectFindings {
    private(set) var nodes: [SyncVerdict.Node] = []
    private(set) var worstPair: SyncVerdict.Pair?
    private(set) var over: [String] = []
    private(set) var unmeasured: [String] = []

    init(_ names: [String], measured: [String], _ evidence: [SyncEvidence], _ limits: SyncLimits) {
        let clocks = ClockDifferences(measured, evidence)
        let contradicted = Set(clocks.contradicted)
        if !contradicted.isEmpty {
            over.append(
                "the evidence on \(SyncText.names(contradicted.sorted())) contradicts itself: some of it is wrong"
            )
        }
        var overNodes = contradicted
        // An unmeasured node has no relation to the others.
        var loose = measured.count < names.count ? Set(names) : []
        for (place, a) in measured.enumerated() {
            for b in measured[(place + 1)...] {
                guard let difference = clocks.difference(from: a, to: b) else {
                    loose.formUnion([a, b])
                    continue
                }
                let pair = SyncVerdict.Pair(a: a, b: b, difference: difference)
                if difference.most > worstPair?.difference.most ?? Nanoseconds(-1) { worstPair = pair }
                guard difference.most > limits.pairwise else { continue }
                overNodes.formUnion([a, b])
                over.append(Self.sentence(pair, limits.pairwise))
            }
        }
        for name in names {
            let utc = clocks.utc(aheadOf: name)
            let isAlone = names.count == 1 || loose.contains(name) || limits.comparesEveryNodeWithUTC
            if let utc, isAlone ? utc.most > limits.alone : utc.least > limits.pairwise {
                overNodes.insert(name)
                over.append(Self.sentence(name, utc, isAlone ? limits.alone : limits.pairwise, of: limits))
            }
            let isUnmeasured = isAlone && utc == nil && !contradicted.contains(name)
            if isUnmeasured { unmeasured.append(name) }
            nodes.append(
                .init(
                    name: name,
                    standing: overNodes.contains(name) ? .over : isUnmeasured ? .unmeasured : .within, utc: utc,
                    method: Self.bestMethod(of: name, evidence)))
        }
        // A pair is judged after the node that it makes over the limit may have been listed.
        for place in nodes.indices where overNodes.contains(nodes[place].name) { nodes[place].standing = .over }
    }

    private static func bestMethod(of name: String, _ evidence: [SyncEvidence]) -> SyncMethod? {
        let methods = evidence.filter { piece in
            piece.interval != nil && (piece.node == name || piece.reference == .node(name))
        }.map(\.method)
        return SyncMethod.allCases.first { methods.contains($0) }
    }

    private static func sentence(_ pair: SyncVerdict.Pair, _ pairwise: Nanoseconds) -> String {
        let limit = SyncText.milliseconds(pairwise)
        let (least, most) = (pair.difference.least, pair.difference.most)
        if least > pairwise {
            return
                "\(pair.a) and \(pair.b) are at least \(SyncText.length(least, isLeast: true)) apart; the limit is \(limit)"
        }
        return
            "\(pair.a) and \(pair.b) may be \(SyncText.length(most)) apart, uncertainty included; the limit is \(limit)"
    }

    private static func sentence(
        _ name: String, _ utc: OffsetInterval, _ limit: Nanoseconds, of limits: SyncLimits
    ) -> String {
        let (text, least) = (SyncText.milliseconds(limit), utc.least)
        if least > limit {
            return
                "\(name) is at least \(SyncText.length(least, isLeast: true)) \(utc.lower > .zero ? "behind" : "ahead of") UTC; the limit is \(text)"
        }
        return
            "\(name) may be \(SyncText.length(utc.most)) off UTC, uncertainty included; the limit for \(limits.comparesEveryNodeWithUTC ? "every" : "a single") node is \(text)"
    }
}
