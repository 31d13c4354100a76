import ClusterClock
import TickConfiguration
package import ClusterLinux
import LinuxService
import TickLinux
package import TickReports
import TickTime
import TimeExchange

/// A node of a cluster within a command: the node itself, the socket that answers 'tickrun time', and the state
/// that is kept for the next start.
package final class NodeService: Sendable {
    package let setup: ClusterSetup
    package let node: ClusterNode
    private let control: ControlServer?
    private let statePath: String?

    /// - Parameters:
    ///   - isAskable: whether 'tickrun time' can ask it.
    ///   - notice: takes each finding of the cluster clock with its text, on the node's thread.
    package init(
        _ setup: ClusterSetup, isAskable: Bool, notice: @escaping @Sendable (ClusterNodeNotice, String) -> Void
    ) throws(RunFailure) {
        self.setup = setup
        statePath = setup.file.state.map { setup.place($0) }
        var options = try setup.options()
        if let statePath { options.earlierConsensus = Self.restore(statePath, setup) }
        do {
            node = try ClusterNode.start(options) { found in
                if let text = Self.words(found, setup.file) { notice(found, text) }
            }
        } catch { throw RunFailure.unavailable("\(error)") }
        guard isAskable else {
            control = nil
            return
        }
        do { control = try Self.listen(node, setup) } catch {
            node.stop()
            throw error
        }
    }

    private static func listen(_ node: ClusterNode, _ setup: ClusterSetup) throws(RunFailure) -> ControlServer {
        let path = try setup.socketPath()
        do { return try ControlServer.start(path) { question in answer(question, node, setup) } } catch {
            throw RunFailure(
                error, "'tickrun time' cannot be answered: \(error); name another \"socket\" in \(setup.path)")
        }
    }

    /// Ends the node and its socket. The saved state stays.
    package func stop() {
        control?.stop()
        node.stop()
    }

    /// The node's state and time now; `nil` before its first report.
    package var moment: NodeMoment? { Self.moment(of: node) }

    private static func moment(of node: ClusterNode) -> NodeMoment? {
        guard let report = node.report else { return nil }
        let (best, reading) = node.time.nowWithReading()
        return NodeMoment(report: report, best: best, reading: reading)
    }

    /// The node's state for metrics; `nil` before its first report.
    var metrics: ClusterMetrics? { moment.map { metrics(at: $0) } }

    /// The same, at the caller's moment.
    package func metrics(at moment: NodeMoment) -> ClusterMetrics {
        let (report, file) = (moment.report, setup.file)
        return ClusterMetrics(
            cluster: file.cluster, node: file.node, hasQuorum: moment.status.hasQuorum,
            agreeing: Int64(report.snapshot.epoch?.agreement.agreeing ?? 0), members: Int64(file.members.count),
            timeOffset: moment.best.time -| moment.reading.realtime,
            refusedDatagrams: PeerRefusal.allCases.map { ($0.name, report.counts[$0]) },
            peers: report.peers.map { peer in
                let interval = moment.interval(of: peer, driftBound: file.configuration.driftBound)
                return ClusterMetrics.Peer(
                    name: file.name(of: peer.id), answeredPolls: Int64(peer.reach.answered),
                    offset: interval?.middle, error: interval?.bound)
            },
            ptp: report.ptp.map { ptp in
                let interval = ptp.measurement?.bound.interval
                return ClusterMetrics.PTP(
                    offset: interval?.middle, error: interval?.bound, grandmasterChanges: report.grandmasterChanges)
            })
    }

    // MARK: - State

    /// Saves the consensus on the peers' clocks, if it is newer than the saved one.
    ///
    /// - Parameter last: when the saved consensus was made.
    /// - Throws: `SystemError`.
    func keepState(newerThan last: inout BootInstant?) throws(SystemError) {
        guard let statePath, let report = node.report, let consensus = report.consensus, consensus.made != last
        else { return }
        // From the same reading as the consensus. A new reading could come after a step of the clock that the node has
        // not noticed yet; the next start would then correct that step twice, or not at all.
        let saved = BootMoment(bootID: try BootMoment.now().bootID, boot: report.boot, utc: report.hostUTC)
        let state = ConsensusState(node: setup.file.node, consensus, at: saved) { setup.file.name(of: $0) }
        try SystemFile.replace(statePath, state.json.utf8 + [0x0A])
        last = consensus.made
    }

    /// The state that an earlier run saved. A damaged file is reported and ignored.
    private static func restore(_ path: String, _ setup: ClusterSetup) -> CoarseConsensus? {
        let bytes: [UInt8]
        do { bytes = try SystemFile.read(path, limit: 1 << 20) } catch {
            // The first start has no state.
            if !error.isMissing { Commentary.say("\(path) cannot be read: \(error.reason); beginning without a state") }
            return nil
        }
        let state: ConsensusState
        do { state = try ConsensusState(json: bytes, file: path) } catch {
            Commentary.say("\(error); the state is damaged: beginning without it")
            return nil
        }
        let names = setup.file.members.map(\.name).filter { $0 != setup.file.node }
        do {
            let now = try BootMoment.now()
            return try state.consensus(for: setup.file.node, members: names, setup.consensus, at: now)
        } catch {
            Commentary.say("\(path): \(error); beginning without a state")
            return nil
        }
    }

    // MARK: - Questions

    private static func answer(_ question: String, _ node: ClusterNode, _ setup: ClusterSetup) -> [UInt8] {
        let known = TimeQuestion(rawValue: question)
        if known == .sync { ask(node, setup.consensus) }
        guard let known, let moment = moment(of: node) else {
            var json = JSONText()
            json.object { json in
                json.member("schema", TimeAnswer.schema)
                json.member("error", known == nil ? "unknown question" : "the node has just begun")
            }
            return Array(json.utf8)
        }
        return TimeAnswer(moment, known, setup).json.utf8
    }

    /// Makes the node ask its peers for their time, and waits for the new consensus.
    private static func ask(_ node: ClusterNode, _ consensus: ConsensusConfiguration) {
        let before = node.report?.consensus?.made
        node.askForConsensus()
        let end = HostClock.monotonic() +| consensus.peerTimeout +| .milliseconds(500)
        while HostClock.monotonic() < end, node.report?.consensus?.made == before {
            HostClock.sleep(until: HostClock.monotonic() +| .milliseconds(20))
        }
    }

    // MARK: - Words

    static func words(_ notice: ClusterNodeNotice, _ file: ClusterFile) -> String? {
        switch notice {
        case .clock(let notice): words(notice, file)
        case .ptp(let change): change.text
        case .sourcesContradict(let by): contradiction(by: by)
        }
    }

    static func contradiction(by size: Nanoseconds) -> String {
        "PTP and what the kernel or the NTP servers state about this host's UTC exclude each other by \(Quantity.length(size)): one of them is wrong, and neither counts"
    }

    private static func words(_ notice: ClusterNotice, _ file: ClusterFile) -> String? {
        switch notice {
        case .agreed, .notAgreed: nil
        case .windowClosed(let error): "no agreement within the window\(error.map { ": \($0)" } ?? "")"
        case .stepped(let size): "this host's UTC was set by \(Quantity.length(size))"
        case .suspended(let length): "this host slept for \(Quantity.length(length))"
        case .leapSecond: "a leap second; a fresh window must agree"
        case .slewed(let rate): "this host's clocks run \(Quantity.partsPerMillion(rate)) off the raw oscillator"
        case .inconsistent(let peer, let by):
            "\(file.name(of: peer)) contradicts its earlier samples by \(Quantity.length(by)): its clock or this one drifts, was set, or is wrong"
        case .rebooted(let peer): "\(file.name(of: peer)) restarted"
        case .peerDisrupted(let peer): "\(file.name(of: peer)) says that its clocks were disrupted"
        }
    }
}

extension ClusterStatus {
    /// Whether the clock uses an agreement of a majority.
    var hasQuorum: Bool {
        switch self {
        case .alone, .synchronized, .agreedUntraceable, .statedErrorsContradict, .holding: true
        case .gathering, .expired, .disrupted: false
        }
    }
}

extension ConsensusState {
    var json: JSONText {
        var json = JSONText()
        json.object { json in
            json.member("schema", Self.schemaName)
            json.member("node", node)
            json.member("boot_id", saved.bootID)
            json.member("saved_boot_ns", saved.boot.nanoseconds)
            json.member("saved_utc_ns", saved.utc.nanoseconds)
            json.member("made_boot_ns", (saved.boot -| age).nanoseconds)
            json.member("drift_ns", drift.count)
            json.member("confidence_ppm", confidence)
            json.array("peers") { json in
                for peer in offsets {
                    json.object { json in
                        json.member("name", peer.name)
                        json.member("offset_ns", peer.offset.count)
                    }
                }
            }
            json.member("sha256", digest)
        }
        return json
    }
}
