// What a node knew of its peers' clocks, kept for its next start: tickrun/cluster-state/1.
//
//     {
//       "schema": "tickrun/cluster-state/1", "node": "a",
//       "boot_id": "…", "saved_boot_ns": …, "saved_utc_ns": …, "made_boot_ns": …,
//       "drift_ns": …, "confidence_ppm": …,
//       "peers": [ { "name": "b", "offset_ns": … } ],
//       "sha256": "…"                              of all values before it, in this order, one a line
//     }
//
// A node continues with the offsets; drift and confidence follow from them. The state ages by the host's clocks. On the
// same boot it ages by BOOTTIME, and a step of UTC in the meantime is removed from the offsets. On another boot it ages
// by UTC itself, which may have been set too; only the confidence that is left after the age counts. A file that is
// damaged, or of another node, is not a state.

public import ClusterClock
internal import MessageDigest
public import TickTime

/// What a node knew of its peers' clocks, for its next start.
public struct ConsensusState: Hashable, Sendable {
    public static let schemaName = "tickrun/cluster-state/1"

    public let node: String
    /// When it was saved, by the host's clocks.
    public let saved: BootMoment
    /// How old the consensus was then.
    public let age: Nanoseconds
    /// Ours − consensus, and how far it was trusted, in millionths.
    public let drift: Nanoseconds
    public let confidence: Int64
    /// By name.
    public let offsets: [(name: String, offset: Nanoseconds)]

    public static func == (a: ConsensusState, b: ConsensusState) -> Bool {
        a.digest == b.digest
    }

    public func hash(into hasher: inout Hasher) {
        hasher.combine(digest)
    }

    /// - Parameter name: of a peer.
    public init(node: String, _ consensus: CoarseConsensus, at saved: BootMoment, name: (NodeID) -> String) {
        self.node = node
        self.saved = saved
        age = max(.zero, saved.boot -| consensus.made)
        drift = consensus.drift
        confidence = Int64((consensus.confidence(at: saved.boot) * 1e6).rounded())
        offsets = consensus.members.map { (name($0.peer), $0.offset) }.sorted { $0.0 < $1.0 }
    }

    /// - Parameter file: what errors call the document.
    /// - Throws: `FileError`.
    public init(json: [UInt8], file: String) throws(FileError) {
        let log = ProblemLog(file: file, bytes: json)
        let top = try ObjectReader.document(json, fields: FileField.stateTop, file: file, log)
        for field in FileField.stateTop { top.require(field) }
        _ = top.choice(.stateSchema)
        var offsets: [(String, Nanoseconds)] = []
        for reader in top.objects(.statePeers) {
            for field in [FileField.memberName, .stateOffset] { reader.require(field) }
            guard let name = reader.text(.memberName), let offset = reader.integer(.stateOffset) else { continue }
            if offsets.contains(where: { $0.0 == name }) {
                reader.note(.memberName, "'\(name)' is listed twice", "remove the file")
            }
            offsets.append((name, Nanoseconds(offset)))
        }
        node = top.text(.node) ?? ""
        let boot = top.integer(.stateBoot) ?? 0, made = top.integer(.stateMade) ?? 0
        saved = BootMoment(
            bootID: top.text(.stateBootID) ?? "", boot: BootInstant(nanoseconds: boot),
            utc: UTCInstant(nanoseconds: top.integer(.stateUTC) ?? 0))
        if made > boot { top.note(.stateMade, "it was made after it was saved", "remove the file") }
        age = max(.zero, Nanoseconds(boot) -| Nanoseconds(made))
        self.offsets = offsets
        drift = Nanoseconds(top.integer(.stateDrift) ?? 0)
        confidence = top.integer(.stateConfidence) ?? 0
        let digest = top.text(.stateDigest)
        try log.throwIfAny()
        if digest != self.digest {
            top.note(.stateDigest, "the file was changed after it was written", "remove it")
            try log.throwIfAny()
        }
    }

    /// Of all values, in their order, one a line.
    public var digest: String {
        let peers = offsets.map { "\($0.name) \($0.offset.count)\n" }.joined()
        let text = """
            \(node)
            \(saved.bootID)
            \(saved.boot.nanoseconds)
            \(saved.utc.nanoseconds)
            \(age.count)
            \(drift.count)
            \(confidence)

            """
        return SHA256.digest(of: text + peers).hex
    }

    /// Why a state cannot be used now.
    public enum Refusal: Error, Hashable, Sendable, CustomStringConvertible {
        case otherNode(String)
        /// It was saved after now.
        case ahead(by: Nanoseconds)
        case tooOld(Nanoseconds)
        case noPeers

        public var description: String {
            switch self {
            case .otherNode(let name): "it belongs to node '\(name)'"
            case .ahead(let length):
                "it was saved \(length.count / 1_000_000_000) s in the future; the clock was set back"
            case .tooOld(let age): "it is \(age.count / 1_000_000_000) s old"
            case .noPeers: "none of its peers is still a member"
            }
        }
    }

    /// After this time of halving, nothing is left of a confidence: a day.
    public static let ageLimit = Nanoseconds.seconds(86_400)

    /// The consensus, as a later start of the node may use it.
    ///
    /// - Parameters:
    ///   - members: the names of the node's peers.
    ///   - now: by the host's clocks.
    /// - Throws: `Refusal`.
    public func consensus(
        for node: String, members: [String], _ configuration: ConsensusConfiguration, at now: BootMoment
    ) throws(Refusal) -> CoarseConsensus {
        guard self.node == node else { throw .otherNode(self.node) }
        let isSameBoot = saved.bootID == now.bootID
        let since = isSameBoot ? now.boot -| saved.boot : now.utc -| saved.utc
        guard since >= .zero else { throw .ahead(by: Nanoseconds.zero -| since) }
        let age = self.age +| since
        guard age <= Self.ageLimit else { throw .tooOld(age) }
        let known = offsets.filter { members.contains($0.name) }
        let made = now.boot -| age
        guard
            let consensus = CoarseConsensus(
                of: known.map { (NodeID(named: $0.name), $0.offset) }, configuration, at: made)
        else { throw .noPeers }
        guard isSameBoot else { return consensus }
        // Only steps make UTC and BOOTTIME differ: the kernel slews both together.
        let step = (now.utc -| saved.utc) -| since
        return step.magnitude > .milliseconds(1) ? consensus.after(step: step) : consensus
    }
}
