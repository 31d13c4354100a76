import ClusterClock
import TestSupport
import Testing
import TickTime
import TimeSyncAudit

// Random evidence about clocks whose truth is known here, judged, and held against rules that are written
// without the audit's own arithmetic.

@Suite("The verdict on time, for random evidence")
struct SyncPropertyTests {
    private struct World {
        /// How far UTC is ahead of each node's clock, in truth.
        var behind: [String: Int64] = [:]
        var audit: SyncAudit
        /// Whether every measurement holds the truth.
        var isHonest = true

        init(_ generator: inout SeededGenerator) throws {
            audit = SyncAudit(circumstances: .matching)
            let names = (0..<Int.random(in: 1...4, using: &generator)).map { "n\($0)" }
            // Mostly close together, so that verdicts are near their limits.
            let spread = Int64([5, 20, 40, 200].randomElement(using: &generator)!) * 1_000_000
            for name in names { behind[name] = Int64.random(in: -spread...spread, using: &generator) }
            audit.nodes = names
            for _ in 0..<Int.random(in: 0...6, using: &generator) { addEvidence(names, &generator) }
            for kind in [SyncProxy.Kind.nodeHeartbeat, .nodeLease] where Bool.random(using: &generator) {
                addProxy(kind, names, &generator)
            }
            if Bool.random(using: &generator) { try addException(&generator) }
        }

        private mutating func addEvidence(_ names: [String], _ generator: inout SeededGenerator) {
            let node = names.randomElement(using: &generator)!
            let method = SyncMethod.allCases.randomElement(using: &generator)!
            guard Int.random(in: 0..<5, using: &generator) > 0 else {
                audit.evidence.append(.unknown(node, method))
                return
            }
            let other = names.randomElement(using: &generator)!
            let isPair = other != node && Bool.random(using: &generator)
            let truth = isPair ? behind[node]! - behind[other]! : behind[node]!
            let bound = Int64([1, 4, 15, 60].randomElement(using: &generator)!) * 1_000_000
            // One in ten lies.
            let isLie = Int.random(in: 0..<10, using: &generator) == 0
            let error = isLie ? bound + 30_000_000 : Int64.random(in: -bound...bound, using: &generator)
            if isLie { isHonest = false }
            audit.evidence.append(
                .measured(
                    node, Nanoseconds(truth + error), bound: Nanoseconds(bound), against: isPair ? .node(other) : .utc,
                    method))
        }

        private mutating func addProxy(_ kind: SyncProxy.Kind, _ names: [String], _ generator: inout SeededGenerator) {
            guard Int.random(in: 0..<6, using: &generator) > 0 else {
                audit.proxies.append(SyncProxy(kind: kind, source: "\(kind)", finding: .failed("unreadable")))
                return
            }
            var times: [String: UTCInstant] = [:]
            for name in names + ["far"] where Int.random(in: 0..<8, using: &generator) > 0 {
                times[name] = .noon - Nanoseconds(Int64.random(in: 0...8, using: &generator) * 1_000_000_000)
            }
            audit.proxies.append(SyncProxy(kind: kind, source: "\(kind)", finding: .times(times)))
        }

        private mutating func addException(_ generator: inout SeededGenerator) throws {
            var exception = try SyncException.valid()
            switch Int.random(in: 0..<8, using: &generator) {
            case 0: exception.expires = .noon
            case 1: exception.issued = .noon + Nanoseconds(1)
            case 2: exception.version = "2"
            case 3: exception.environment = "elsewhere"
            case 4: exception.accepts.claimedBound = .milliseconds(26)
            default: break
            }
            audit.exception = exception
        }

        // MARK: - Rules, counted on fingers

        var exceptionHolds: Bool {
            guard let exception = audit.exception else { return false }
            return exception.issued <= .noon && .noon < exception.expires && exception.version == "1.0.0"
                && exception.environment == "pilot-aks" && exception.accepts.claimedBound.count <= 25_000_000
        }

        static func seconds(_ proxy: SyncProxy) -> [Int64]? {
            guard case .times(let times) = proxy.finding, times.count >= 2 else { return nil }
            return times.values.map { $0.nanoseconds / 1_000_000_000 }
        }

        static func isGood(_ proxy: SyncProxy) -> Bool {
            seconds(proxy).map { times in times.allSatisfy { a in times.allSatisfy { b in abs(a - b) <= 5 } } } ?? false
        }

        /// Whether a single measurement shows a clock beyond what any rule allows.
        var hasProofAgainst: Bool {
            audit.evidence.contains { piece in
                guard case .measured(let interval) = piece.finding else { return false }
                return interval.lower.count > 50_000_000 || interval.upper.count < -50_000_000
            }
        }
    }

    private static let runs = 20_000

    @Test("never a PASS from proxies or assurances alone, never a failed proxy hidden, never a false PASS")
    func rules() throws {
        var generator = SeededGenerator()
        print("seed \(generator.seed)")
        var seen: [SyncStatus: Int] = [:]
        for run in 0..<Self.runs {
            let world = try World(&generator)
            let audit = world.audit
            let verdict = audit.verdict()
            let result = TimeSyncResult(audit, verdict, host: nil, tool: "t", toolVersion: "1")
            seen[verdict.status, default: 0] += 1
            let place = "run \(run) of seed \(generator.seed): \(result)"

            var bare = audit
            (bare.nodes, bare.proxies, bare.exception) = (audit.allNodes, [], nil)
            switch verdict.status {
            case .pass:
                // Proxies may name nodes that nothing else does.
                let measured = Set(
                    audit.evidence.filter { $0.interval != nil }.flatMap { piece -> [String] in
                        if case .node(let other) = piece.reference { [piece.node, other] } else { [piece.node] }
                    })
                guard measured.isSuperset(of: audit.allNodes) else { Issue.record("unmeasured: \(place)"); return }
                guard bare.verdict().status == .pass else { Issue.record("not by itself: \(place)"); return }
                if world.isHonest { #expect(isTrulyGood(world), "falsely: \(place)") }
            case .passWithException, .failProxyPassSLA:
                guard world.exceptionHolds, bare.verdict().status == .fail else {
                    Issue.record("without an exception: \(place)")
                    return
                }
                let isBorneOut = audit.proxies.contains(where: World.isGood)
                if verdict.status == .passWithException { #expect(isBorneOut, "\(place)") }
            case .fail: break
            }
            if world.hasProofAgainst { #expect(verdict.status == .fail, "over the limit: \(place)") }
            for proxy in audit.proxies where !World.isGood(proxy) {
                #expect(result.notes.contains { $0.contains(proxy.kind.rawValue) }, "hidden: \(place)")
            }
            for piece in audit.evidence where piece.fault != nil {
                #expect(result.notes.contains { $0.contains(piece.method.title) && $0.contains("EPERM") }, "\(place)")
            }
        }
        // The generator reaches everything.
        for status in SyncStatus.allCases { #expect(seen[status, default: 0] > 100, "\(seen)") }
    }

    private func isTrulyGood(_ world: World) -> Bool {
        let clocks = Array(world.behind.values)
        if clocks.count == 1 { return abs(clocks[0]) <= 25_000_000 }
        return clocks.allSatisfy { a in clocks.allSatisfy { b in abs(a - b) <= 50_000_000 } }
    }

    @Test("the order of the evidence decides nothing, and what is written is read again")
    func order() throws {
        var generator = SeededGenerator()
        print("seed \(generator.seed)")
        for _ in 0..<2_000 {
            let audit = try World(&generator).audit
            var other = audit
            other.evidence.shuffle(using: &generator)
            #expect(other.verdict() == audit.verdict(), "seed \(generator.seed)")
            let result = TimeSyncResult(audit, audit.verdict(), host: "n0", tool: "t", toolVersion: "1")
            let again = try TimeSyncResult(json: result.json(isPretty: Bool.random(using: &generator)), file: "x")
            #expect(again == result, "seed \(generator.seed)")
            #expect(Set(again.allEvidence) == Set(audit.evidence), "seed \(generator.seed)")
        }
    }

    @Test("evidence grows old: its interval widens by what two clocks may drift apart")
    func age() {
        let piece = SyncEvidence.measured("a", milliseconds(3), bound: milliseconds(1))
        // 600 s at 2 · 50 ppm are 60 ms, and three millionths of that more for the second order.
        let aged = piece.aged(to: .noon + .seconds(600)).interval
        #expect(aged.map { $0.bound > milliseconds(61) && $0.bound < milliseconds(61) + .microseconds(10) } == true)
        #expect(aged?.middle == milliseconds(3))
    }
}
