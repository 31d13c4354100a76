// One host of the load: the rules of an agent, and its requests on their way.

import Dispatch
import EtcdClient
import Foundation
import StationAgent
import Stations
import Synchronization
import TickLinux
import TickTime

/// The station's records as this program knows them: it made every write itself. A reading's answer is taken from here
/// instead of from its bytes.
final class LoadMirror: Sendable {
    private let known: Mutex<StationRecords>

    init(_ records: StationRecords) { known = Mutex(records) }

    /// The records, as a reading at a revision brought them.
    func records(at revision: Int64) -> StationRecords {
        var records = known.withLock { $0 }
        records.revision = revision
        return records
    }

    /// Enters what an accepted transaction wrote.
    func enter(_ transaction: StationTransaction, _ revision: Int64) {
        known.withLock { records in
            for put in transaction.puts where records.revision(of: put.key) < revision {
                records.set(put.key, put.value, revision: revision)
            }
        }
    }

    /// Enters what a host read of itself: a write whose answer was lost.
    func enter(_ read: StationRecords) {
        known.withLock { records in
            for (name, stored) in read.hosts where records.revision(of: .host(name)) < stored.revision {
                records.set(.host(name), .host(stored.record), revision: stored.revision)
            }
        }
    }
}

/// A host of the load.
final class LoadHost: @unchecked Sendable {
    /// What its requests came to, since it was taken last.
    struct Counts: Sendable {
        /// The time until the answer of each rewrite, in ns.
        var rewrites: [Int64] = []
        /// Rewrites without an answer in time, or with an error.
        var unanswered = 0
        /// Rewrites that a comparison refused.
        var refused = 0
        var otherTransactions = 0
        /// The time until the whole answer of each reading, in ns.
        var readings: [Int64] = []
        var failedReadings = 0
        /// How often the host's right to act was over.
        var lapses = 0
    }

    /// Where it stands, for other threads.
    struct Standing: Sendable {
        var isHeld = false
        /// How often it lost its tenure.
        var losses = 0
        /// All bytes that it received for readings and watches.
        var bytes: Int64 = 0
    }

    private struct Answer: Sendable {
        let request: StationRequest
        let answer: StationAnswer
    }

    let name: String
    private let store: StationStore
    private let mirror: LoadMirror
    private let tenureLane: DispatchQueue
    private let otherLane: DispatchQueue
    private let answers = Mutex<[Answer]>([])
    private let counted = Mutex(Counts())
    private let stands = Mutex(Standing())

    // The driver's thread alone uses what follows.
    private var host: StationHost
    private var wasValid = false
    private let reading: WireConnection
    private let watch: WireConnection
    private var isWatching = false
    private var open: (request: StationRequest, sent: MonotonicInstant)?
    private let range: KeyRange

    init(_ name: String, _ store: StationStore, _ mirror: LoadMirror, port: UInt16, ttl: Nanoseconds) {
        self.name = name
        self.store = store
        self.mirror = mirror
        tenureLane = DispatchQueue(label: "tenure \(name)")
        otherLane = DispatchQueue(label: "others \(name)")
        host = StationHost(
            name: name, process: UInt64.random(in: 1...UInt64(Int64.max)), timing: TenureTiming(ttl: ttl))
        reading = WireConnection(port: port)
        watch = WireConnection(port: port)
        range = .prefix(store.prefix)
    }

    var standing: Standing { stands.withLock { $0 } }

    func takeCounts() -> Counts {
        counted.withLock { counts in
            defer { counts = Counts() }
            return counts
        }
    }

    private func takeAnswers() -> [Answer] {
        answers.withLock { answers in
            defer { answers = [] }
            return answers
        }
    }

    /// A watch saw a change that this host reads for.
    func hurry() { host.hurry() }

    /// One turn of the host's thread: takes the answers, and sends what is due.
    func turn(_ moment: HostMoment, _ sessions: [String: ChannelPart.SessionState], _ fitness: HostFitness) {
        for come in takeAnswers() {
            host.receive(come.answer, to: come.request.id, at: moment, fitness: fitness, sessions: sessions)
        }
        for request in host.requests(at: moment, fitness: fitness, sessions: sessions) { send(request) }
        let isValid = host.tenure.isValid(at: moment.boot)
        if wasValid, !isValid { counted.withLock { $0.lapses += 1 } }
        wasValid = isValid
        if !isWatching { beginWatch() }
        let standing = Standing(
            isHeld: host.tenure.state == .held, losses: host.tenure.losses, bytes: reading.bytes + watch.bytes)
        stands.withLock { $0 = standing }
    }

    private func send(_ request: StationRequest) {
        guard case .transact(let transaction) = request.kind else {
            open = (request, HostClock.monotonic())
            let body =
                #"{"key":"\#(range.key.base64EncodedString())","#
                + #""range_end":"\#((range.end ?? Data()).base64EncodedString())"}"#
            if !reading.send("/v3/kv/range", body) { endReading(.none) }
            return
        }
        let isRewrite = request.lane == .tenure && !transaction.puts.isEmpty
        (request.lane == .tenure ? tenureLane : otherLane).async { [self] in
            let begin = HostClock.monotonic()
            let answer = store.perform(request).answer
            let took = (HostClock.monotonic() - begin).count
            switch answer {
            case .accepted(let records):
                if !transaction.puts.isEmpty { mirror.enter(transaction, records.revision) }
                mirror.enter(records)
            case .refused(let records): mirror.enter(records)
            case .none: break
            }
            counted.withLock { counts in
                guard isRewrite else {
                    counts.otherTransactions += 1
                    return
                }
                switch answer {
                case .accepted: counts.rewrites.append(took)
                case .refused: counts.refused += 1
                case .none: counts.unanswered += 1
                }
            }
            answers.withLock { $0.append(Answer(request: request, answer: answer)) }
        }
    }

    // MARK: - What is not decoded

    var isReading: Bool { open != nil }

    /// Takes what came for the reading on its way.
    func takeReading(_ buffer: inout [UInt8]) {
        guard let open else { return }
        let isOpen = reading.take(&buffer)
        if reading.isWhole {
            let length = (HostClock.monotonic() - open.sent).count
            guard let revision = reading.revision else { return endReading(.none) }
            counted.withLock { $0.readings.append(length) }
            endReading(.accepted(mirror.records(at: revision)))
        } else if !isOpen || HostClock.monotonic() - open.sent > open.request.timeLimit {
            reading.close()
            endReading(.none)
        }
    }

    private func endReading(_ answer: StationAnswer) {
        guard let request = open?.request else { return }
        open = nil
        if answer == .none { counted.withLock { $0.failedReadings += 1 } }
        answers.withLock { $0.append(Answer(request: request, answer: answer)) }
    }

    private func beginWatch() {
        let body =
            #"{"create_request":{"key":"\#(range.key.base64EncodedString())","#
            + #""range_end":"\#((range.end ?? Data()).base64EncodedString())"}}"#
        isWatching = watch.send("/v3/watch", body)
    }

    /// Takes what the watch was told. A watch that ended begins again.
    func takeWatch(_ buffer: inout [UInt8]) {
        if isWatching { isWatching = watch.take(&buffer) }
    }
}
