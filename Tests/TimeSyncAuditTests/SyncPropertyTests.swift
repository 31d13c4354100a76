import ClusterClock
import TestSupport
import Testing
import TickTime
import TimeSyncAudit

// Random evidence about clocks whose true offsets are known. The audit's verdicts are compared with rules that do not
// use the audit's arithmetic.

@Suite("The verdict on synchronization, for random evidence")
struct SyncPropertyTests {
    private struct World {
        /// How far UTC is truly ahead of each node's clock.
        var behind: [String: Int64] = [:]
        var audit: SyncAudit
        /// Whether every measurement of a source that follows UTC holds the truth.
        var isHonest = true
        /// How many pieces of evidence come from sources that do not follow UTC, by kind.
        var unfounded: [String: Int] = [:]
        /// The same claims for a check that ignores their provenance.
        var naive: [SyncEvidence] = []

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
            if Int.random(in: 0..<4, using: &generator) == 0 {
                addUndisciplined(node, method, &generator)
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

        /// The statement of a source that follows no UTC, follows this host, or has no computed error. It is near the
        /// node's own clock with a bound of microseconds, so it would pass if it counted.
        private mutating func addUndisciplined(
            _ node: String, _ method: SyncMethod, _ generator: inout SeededGenerator
        ) {
            let offset = Nanoseconds(Int64.random(in: -4_000...4_000, using: &generator))
            let bound = Nanoseconds(Int64.random(in: 0...4_000, using: &generator))
            let stratum = UInt8.random(in: 1...15, using: &generator)
            func server(_ id: UInt32, _ stratum: UInt8) -> SyncEvidence {
                .stated(node, offset, bound: bound, NTPReference(id: id, stratum: stratum), method)
            }
            func kernel(_ maximum: Int64, _ estimate: Int64) -> SyncEvidence {
                let state = KernelClock(
                    maximumError: .microseconds(maximum), estimatedError: .microseconds(estimate), offset: offset,
                    status: 0, state: 0)
                return SyncEvidence(node: node, method: .kernel, source: "test", utc: state.bound, taken: .noon)
            }
            let (kind, piece): (String, SyncEvidence) =
                switch Int.random(in: 0..<9, using: &generator) {
                case 0: ("driver", server(0x7F7F_0000 | UInt32.random(in: 0...0xFFFF, using: &generator), stratum))
                case 1: ("letters", server(0x4C4F_434C, stratum))
                case 2: ("orphan", server(0x7F00_0001, stratum))
                case 3: ("circular", server(0xC000_022C, stratum))
                case 4: ("kiss", server(0x5241_5445, stratum))
                case 5: ("stratum", server(0x4750_5300, [0, 16, 255].randomElement(using: &generator)!))
                case 6: ("by hand", server(0x4D41_4E55, stratum))
                case 7: ("timesyncd", kernel(Int64.random(in: 0...9_000, using: &generator), 0))
                default: ("phc2sys", kernel(Int64.random(in: 0...9_000, using: &generator), 16_000_000))
                }
            unfounded[kind, default: 0] += 1
            audit.evidence.append(piece)
            naive.append(.measured(node, offset, bound: bound, method))
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

        // MARK: - Simple rules

        var exceptionHolds: Bool {
            guard let exception = audit.exception else { return false }
            return exception.issued <= .noon && .noon < exception.expires && exception.version == "1.0.0"
                && exception.environment == "pilot-aks" && exception.accepts.claimedBound.count <= 25_000_000
        }

        func seconds(_ proxy: SyncProxy) -> [Int64]? {
            guard case .times(var times) = proxy.finding else { return nil }
            // If a list of this cluster's nodes was read, a lease counts only for a node in that list.
            if proxy.kind == .nodeLease {
                var listed: Set<String> = []
                for other in audit.proxies where other.kind == .nodeHeartbeat { listed.formUnion(other.nodes) }
                if times.keys.contains(where: listed.contains) { times = times.filter { listed.contains($0.key) } }
            }
            return times.count < 2 ? nil : times.values.map { $0.nanoseconds / 1_000_000_000 }
        }

        func isGood(_ proxy: SyncProxy) -> Bool {
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
    func rules() async throws {
        var generator = SeededGenerator()
        print("seed \(generator.seed)")
        var seen: [SyncStatus: Int] = [:]
        var unfounded: [String: Int] = [:]
        var (naivePasses, falsePasses) = (0, 0)
        for run in 0..<Self.runs {
            // Tests that wait for processes use these threads too.
            if run % 100 == 0 { await Task.yield() }
            let world = try World(&generator)
            let audit = world.audit
            let verdict = audit.verdict()
            let result = SyncResult(audit, verdict, host: nil, tool: "t", toolVersion: "1")
            seen[verdict.status, default: 0] += 1
            unfounded.merge(world.unfounded) { $0 + $1 }
            // The result is the same without the evidence that does not count.
            var founded = audit
            (founded.nodes, founded.evidence) = (audit.allNodes, audit.evidence.filter { $0.interval != nil })
            #expect(founded.verdict().status == verdict.status, "it counts: run \(run) of seed \(generator.seed)")
            var naive = founded
            naive.evidence += world.naive
            if naive.verdict().status == .pass {
                naivePasses += 1
                if !isTrulyGood(world) { falsePasses += 1 }
            }
            var place: String { "run \(run) of seed \(generator.seed): \(result)" }

            var bare = audit
            (bare.nodes, bare.proxies, bare.exception) = (audit.allNodes, [], nil)
            switch verdict.status {
            case .pass:
                // Proxies may name nodes without other evidence.
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
                let isBorneOut = audit.proxies.contains(where: world.isGood)
                if verdict.status == .passWithException { #expect(isBorneOut, "\(place)") }
            case .fail: break
            }
            if world.hasProofAgainst { #expect(verdict.status == .fail, "over the limit: \(place)") }
            for proxy in audit.proxies where !world.isGood(proxy) {
                #expect(result.notes.contains { $0.contains(proxy.kind.rawValue) }, "hidden: \(place)")
            }
            for piece in audit.evidence where piece.fault != nil {
                let fault = piece.fault ?? ""
                #expect(result.notes.contains { $0.contains(piece.method.title) && $0.contains(fault) }, "\(place)")
            }
        }
        // The generator reaches every case.
        for status in SyncStatus.allCases { #expect(seen[status, default: 0] > 100, "\(seen)") }
        // The claims would have let clocks on air that are off.
        #expect(falsePasses > 20, "\(falsePasses) of \(naivePasses)")
        print("if every claim counted: PASS \(naivePasses), \(falsePasses) of them false")
        #expect(unfounded.count == 9 && unfounded.values.allSatisfy { $0 > 500 }, "\(unfounded)")
        print(
            "verdicts of \(Self.runs) worlds: \(seen.sorted { $0.key.rawValue < $1.key.rawValue }.map { "\($0.key.rawValue) \($0.value)" })"
        )
    }

    private func isTrulyGood(_ world: World) -> Bool {
        let clocks = Array(world.behind.values)
        if clocks.count == 1 { return abs(clocks[0]) <= 25_000_000 }
        return clocks.allSatisfy { a in clocks.allSatisfy { b in abs(a - b) <= 50_000_000 } }
    }

    @Test("the order of the evidence does not matter, and a written result is read back")
    func order() throws {
        var generator = SeededGenerator()
        print("seed \(generator.seed)")
        for _ in 0..<2_000 {
            let audit = try World(&generator).audit
            var other = audit
            other.evidence.shuffle(using: &generator)
            #expect(other.verdict() == audit.verdict(), "seed \(generator.seed)")
            let result = SyncResult(audit, audit.verdict(), host: "n0", tool: "t", toolVersion: "1")
            let again = try SyncResult(json: result.json(isPretty: Bool.random(using: &generator)), file: "x")
            #expect(again == result, "seed \(generator.seed)")
            #expect(Set(again.allEvidence) == Set(audit.evidence), "seed \(generator.seed)")
        }
    }

    @Test("evidence from the future does not count: the check's clock, or the other, is beyond the limit")
    func future() {
        let piece = SyncEvidence.measured("a", milliseconds(3), bound: milliseconds(1))
        #expect(piece.aged(to: .noon - milliseconds(50), from: .noon).interval != nil)
        let refused = piece.aged(to: .noon - milliseconds(51), from: .noon)
        #expect(refused.interval == nil && refused.fault?.contains("after the time of the check") == true)
    }

    @Test("evidence grows old: its interval widens by what two clocks may drift apart")
    func age() {
        let piece = SyncEvidence.measured("a", milliseconds(3), bound: milliseconds(1))
        // 600 s at 50 ppm are 30 ms, and a little more for the second order; two clocks part twice as fast.
        let aged = piece.aged(to: .noon + .seconds(600), from: .noon).interval
        #expect(aged.map { $0.bound > milliseconds(31) && $0.bound < milliseconds(31) + .microseconds(10) } == true)
        #expect(aged?.middle == milliseconds(3))
        let pair = SyncEvidence.measured("a", milliseconds(3), bound: milliseconds(1), against: .node("b"))
        let two = pair.aged(to: .noon + .seconds(600), from: .noon).interval
        #expect(two.map { $0.bound > milliseconds(61) && $0.bound < milliseconds(61) + .microseconds(10) } == true)
    }
}
