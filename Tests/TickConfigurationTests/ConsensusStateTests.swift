import ClusterClock
import Testing
import TickTime

@testable import TickConfiguration

@Suite("A node's state, kept for its next start")
struct ConsensusStateTests {
    private static let boot = BootInstant(nanoseconds: 5_000_000_000_000)
    private static let utc = UTCInstant(nanoseconds: 1_795_000_000_000_000_000)
    private static func moment(
        _ id: String = "one", after length: Nanoseconds = .zero, step: Nanoseconds = .zero
    )
        -> BootMoment
    {
        .init(bootID: id, boot: boot + length, utc: utc + length + step)
    }

    /// Two peers, +3 s and +5 s ahead, asked 10 s before.
    private static func state() throws -> ConsensusState {
        let consensus = try #require(
            CoarseConsensus(
                of: [(NodeID(named: "b"), .seconds(3)), (NodeID(named: "c"), .seconds(5))], ConsensusConfiguration(),
                at: boot - .seconds(10)))
        return ConsensusState(node: "a", consensus, at: moment()) { $0 == NodeID(named: "b") ? "b" : "c" }
    }

    private static func json(_ state: ConsensusState, _ change: (String) -> String = { $0 }) -> [UInt8] {
        let peers = state.offsets.map { #"{"name":"\#($0.name)","offset_ns":\#($0.offset.count)}"# }
        let text = """
            {"schema":"tickrun/cluster-state/1","node":"\(state.node)","boot_id":"\(state.saved.bootID)",\
            "saved_boot_ns":\(state.saved.boot.nanoseconds),"saved_utc_ns":\(state.saved.utc.nanoseconds),\
            "made_boot_ns":\((state.saved.boot - state.age).nanoseconds),"drift_ns":\(state.drift.count),\
            "confidence_ppm":\(state.confidence),"peers":[\(peers.joined(separator: ","))],"sha256":"\(state.digest)"}
            """
        return Array(change(text).utf8)
    }

    private static func restored(
        _ state: ConsensusState, _ now: BootMoment, node: String = "a", members: [String] = ["b", "c"]
    ) throws -> CoarseConsensus {
        try state.consensus(for: node, members: members, ConsensusConfiguration(), at: now)
    }

    @Test("a written state is read back, with its drift and its confidence")
    func roundTrip() throws {
        let state = try Self.state()
        #expect(state.drift == .seconds(-4) && state.age == .seconds(10))
        let read = try ConsensusState(json: Self.json(state), file: "a.state.json")
        #expect(read == state)
        let consensus = try Self.restored(read, Self.moment(after: .seconds(30)))
        #expect(consensus.drift == .seconds(-4) && consensus.made == Self.boot - .seconds(10))
    }

    @Test("on another boot it ages by UTC; a state that is a day old, or from the future, is refused")
    func ages() throws {
        let state = try Self.state()
        let other = BootMoment(
            bootID: "two", boot: BootInstant(nanoseconds: 60_000_000_000), utc: Self.utc + .seconds(1_200))
        let consensus = try Self.restored(state, other)
        // 20 minutes and 10 s: half of the confidence is gone, and a little more.
        #expect(consensus.made == other.boot - .seconds(1_210))
        #expect(consensus.confidence(at: other.boot) < state.confidenceValue / 2)
        let late = BootMoment(bootID: "two", boot: other.boot, utc: Self.utc + .seconds(90_000))
        #expect(throws: ConsensusState.Refusal.tooOld(.seconds(90_010))) { try Self.restored(state, late) }
        let before = BootMoment(bootID: "two", boot: other.boot, utc: Self.utc - .seconds(5))
        #expect(throws: ConsensusState.Refusal.ahead(by: .seconds(5))) { try Self.restored(state, before) }
    }

    @Test("a step of UTC on the same boot is taken out of the offsets")
    func stepped() throws {
        let consensus = try Self.restored(Self.state(), Self.moment(after: .seconds(60), step: .seconds(4)))
        // The peers were 4 s ahead on the average, and the host has been set forward by 4 s.
        #expect(consensus.drift == .zero)
    }

    @Test("another node's state, or one without any current member, is refused")
    func others() throws {
        let state = try Self.state()
        #expect(throws: ConsensusState.Refusal.otherNode("a")) { try Self.restored(state, Self.moment(), node: "b") }
        #expect(throws: ConsensusState.Refusal.noPeers) { try Self.restored(state, Self.moment(), members: ["d"]) }
    }

    @Test("a file with a valid digest but impossible values is damaged, and the error names the key")
    func beyond() throws {
        // The digest is computed from the values, so that the range alone refuses them.
        func file(boot: Int64, utc: Int64, made: Int64, offset: Int64) throws -> [UInt8] {
            let consensus = try #require(
                CoarseConsensus(
                    of: [(NodeID(named: "b"), Nanoseconds(offset))], ConsensusConfiguration(),
                    at: BootInstant(nanoseconds: made)))
            let saved = BootMoment(
                bootID: "one", boot: BootInstant(nanoseconds: boot), utc: UTCInstant(nanoseconds: utc))
            let state = ConsensusState(node: "a", consensus, at: saved) { _ in "b" }
            return Self.json(state) { text in
                text.replacing(
                    "\"made_boot_ns\":\((saved.boot -| state.age).nanoseconds)", with: "\"made_boot_ns\":\(made)")
            }
        }
        let (boot, utc) = (Self.boot.nanoseconds, Self.utc.nanoseconds)
        #expect(throws: Never.self) {
            try ConsensusState(json: file(boot: boot, utc: utc, made: boot, offset: 3), file: "s")
        }
        for (key, bytes) in [
            ("saved_boot_ns", try file(boot: .max, utc: utc, made: 0, offset: 3)),
            ("saved_utc_ns", try file(boot: boot, utc: .max, made: boot, offset: 3)),
            ("saved_utc_ns", try file(boot: boot, utc: -1, made: boot, offset: 3)),
            ("made_boot_ns", try file(boot: 1 << 61, utc: utc, made: .min, offset: 3)),
            ("offset_ns", try file(boot: boot, utc: utc, made: boot, offset: .max)),
            ("offset_ns", try file(boot: boot, utc: utc, made: boot, offset: .min)),
        ] {
            let error = #expect(throws: FileError.self) { try ConsensusState(json: bytes, file: "s") }
            #expect(error?.description.contains(key) == true, "\(key): \(error?.description ?? "")")
        }
    }

    @Test("a file with a changed digit, a cut file, and one of another form are damaged")
    func damaged() throws {
        let state = try Self.state()
        let whole = String(decoding: Self.json(state), as: UTF8.self)
        for (a, b) in [
            ("3000000000", "3000000001"), ("-4000000000", "-4000000001"), ("\"one\"", "\"two\""),
            ("\"a\"", "\"d\""), ("confidence_ppm\":7", "confidence_ppm\":8"), ("\"b\"", "\"e\""),
            ("cluster-state/1", "cluster-state/2"), ("\"peers\"", "\"pears\""),
        ] {
            try #require(whole.contains(a), "\(a)")
            #expect(throws: FileError.self, "\(a)") {
                try ConsensusState(json: Array(whole.replacing(a, with: b).utf8), file: "a.state.json")
            }
        }
        for count in stride(from: 0, to: whole.utf8.count, by: 17) {
            #expect(throws: FileError.self) {
                try ConsensusState(json: Array(whole.utf8.prefix(count)), file: "a.state.json")
            }
        }
    }
}

extension ConsensusState {
    fileprivate var confidenceValue: Double { Double(confidence) / 1e6 }
}
