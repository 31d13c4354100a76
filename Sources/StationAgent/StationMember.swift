// A host's member of a station, live: a thread that drives the rules (`StationHost`), sends their requests to etcd, and
// gives the loops what follows.
//
//     station thread    reads the clocks, asks the rules, publishes gates and the leadership, and only then sends
//     a queue a lane    blocks on a request; a lane has at most one, so a slow one delays no other
//     watch thread      follows the station's keys: a change makes the station thread read at once
//
// The order matters. Before a request leaves that takes a right away, the end of the right is published. The memory is
// on disk before anything that rests on it is published.

import Dispatch
import EtcdClient
import Foundation
package import Stations
import Synchronization
package import TickLinux
package import TickScheduling
package import TickTime

/// The sessions of a host, as its loops have them.
package protocol StationSessions: AnyObject, Sendable {
    /// Where each running session ticks. Called on the station thread.
    func states(at moment: HostMoment) -> [String: ChannelPart.SessionState]
    /// What each channel's session must be, and what it may put on air from now on. Called on the station thread after
    /// each change, before the request that follows from it is sent.
    func follow(_ decisions: [StationMember.Decision])
}

/// The live member of a station.
package final class StationMember: Sendable {
    /// What this host does with a channel.
    package struct Decision: Hashable, Sendable {
        package let channel: String
        package let session: ChannelPart.Session?
        package let right: AirRight?
        package let role: ChannelPart.Role
        package let records: StationRecords.Channel?

        /// What this host's next tick of the channel would be at an instant. A right puts nothing on air after its
        /// tenure is over, or before its first tick.
        ///
        /// - Parameter last: the last tick that was on air.
        package func air(after last: Int64?, at boot: BootInstant) -> AirState {
            guard let right, let last, last >= right.firstTick else { return .offAir }
            return right.state(ofTick: min(last, right.tickCeiling), at: boot)
        }
    }

    /// This host's clocks, and whether it can carry channels.
    package struct Reading: Sendable {
        package var moment: HostMoment
        package var fitness: HostFitness

        package init(moment: HostMoment, fitness: HostFitness) {
            self.moment = moment
            self.fitness = fitness
        }
    }

    package struct Settings: Sendable {
        package var host: String
        package var timing = TenureTiming()
        /// The file that keeps what must outlive the process.
        package var memoryPath: String
        package var channelTiming = ChannelTiming()

        package init(host: String, memoryPath: String) {
            self.host = host
            self.memoryPath = memoryPath
        }
    }

    /// Something that an operator should know.
    package enum Event: Hashable, Sendable {
        case tenure(generation: Int64)
        case tenureLost
        case tenureReleased
        case tenureOver
        case primary(view: Int64, floor: UTCInstant)
        case notPrimary
        case role(channel: String, ChannelPart.Role, firstTick: Int64?, fencingNumber: Int64?)
        case relay(channel: String, RelayRecord)
        case store(String)
        case storeAnswersAgain
        case restored
    }

    /// The state for questions from other threads.
    package struct Report: Sendable {
        package var tenureState = Tenure.State.unknown
        package var generation: Int64 = 0
        package var validUntil: BootInstant?
        package var right: Primary.Right?
        package var decisions: [Decision] = []
        package var records: StationRecords?
        package var lastFailure: String?
        package var store = StoreTally()
        package var moment: HostMoment?
    }

    private struct Answer: Sendable {
        let request: StationRequest
        let answer: StationAnswer
        let failures: [StationStore.Failure]
    }

    private struct Shared: Sendable {
        var answers: [Answer] = []
        var isHinted = false
        var isStopped = false
        var mustRelease = false
        var report = Report()
    }

    private let store: StationStore
    private let shared = Mutex(Shared())
    private let wake = DispatchSemaphore(value: 0)
    private let threads = Mutex<[RealTimeThread.Handle]>([])
    private let settings: Settings
    private let sessions: any StationSessions
    private let read: @Sendable () -> Reading
    private let lead: @Sendable (Primary.Right?, Tenure) -> UTCInstant?
    private let tell: @Sendable (Event) -> Void

    /// - Parameters:
    ///   - read: reads the host's clocks.
    ///   - lead: publishes a right to stamp, or its end, and returns the greatest stamp given so far.
    ///   - tell: takes each event, on the station thread.
    /// - Throws: `SystemError` if a thread cannot be started.
    package static func start(
        _ settings: Settings, _ store: StationStore, memory: StationMemory, sessions: any StationSessions,
        read: @escaping @Sendable () -> Reading,
        lead: @escaping @Sendable (Primary.Right?, Tenure) -> UTCInstant? = { _, _ in nil },
        tell: @escaping @Sendable (Event) -> Void
    ) throws(SystemError) -> StationMember {
        let member = StationMember(settings, store, sessions, read, lead, tell)
        let host = StationHost(
            name: settings.host, process: UInt64.random(in: 1...UInt64(Int64.max)), timing: settings.timing,
            channelTiming: settings.channelTiming, memory: memory)
        let started = [
            try RealTimeThread.start(named: "station") { member.run(host) },
            try RealTimeThread.start(named: "station-watch") { member.watch() },
        ]
        member.threads.withLock { $0 = started }
        return member
    }

    private init(
        _ settings: Settings, _ store: StationStore, _ sessions: any StationSessions,
        _ read: @escaping @Sendable () -> Reading,
        _ lead: @escaping @Sendable (Primary.Right?, Tenure) -> UTCInstant?,
        _ tell: @escaping @Sendable (Event) -> Void
    ) {
        self.settings = settings
        self.store = store
        self.sessions = sessions
        self.read = read
        self.lead = lead
        self.tell = tell
    }

    package var report: Report { shared.withLock { $0.report } }

    /// Gives the tenure up and ends. The caller has stopped delivering.
    ///
    /// - Parameter limit: how long to wait for the store.
    package func stop(releasingWithin limit: Nanoseconds = .seconds(2)) {
        shared.withLock { $0.mustRelease = true }
        wake.signal()
        let end = HostClock.monotonic() +| limit
        while HostClock.monotonic() < end, report.tenureState == .held {
            HostClock.sleep(until: HostClock.monotonic() +| .milliseconds(20))
        }
        shared.withLock { $0.isStopped = true }
        wake.signal()
        threads.withLock { threads in
            for thread in threads { thread.join() }
            threads = []
        }
    }

    // MARK: - The station thread

    /// The longest time from the reading of the clocks to the sending of what follows from it. A swap is sent at least
    /// `ChannelTiming.decideBefore` (300 ms) before its seam.
    private static let greatestDelay = Nanoseconds.milliseconds(100)

    /// How long the thread waits if nothing wakes it.
    private static let turn = Nanoseconds.milliseconds(20)

    private func run(_ beginning: StationHost) {
        var host = beginning
        var lanes: [StationRequest.Lane: DispatchQueue] = [:]
        var kept = host.memory, reported = ReportedState()
        var isReleasing = false
        while true {
            let (answers, isHinted, isStopped, mustRelease) = shared.withLock { shared in
                defer { (shared.answers, shared.isHinted) = ([], false) }
                return (shared.answers, shared.isHinted, shared.isStopped, shared.mustRelease)
            }
            if isStopped { break }
            if mustRelease, !isReleasing {
                isReleasing = true
                // The caller has withdrawn the rights. Each tick whose handler was called is due by now, or within the
                // lead.
                host.release(stoppedAt: HostClock.boot())
            }
            if isHinted { host.hurry() }
            let reading = read(), states = sessions.states(at: reading.moment)
            for answer in answers {
                say(answer, &reported)
                host.receive(
                    answer.answer, to: answer.request.id, at: reading.moment, fitness: reading.fitness,
                    sessions: states)
            }
            keep(host.memory, &kept, &reported)
            let requests = host.requests(at: reading.moment, fitness: reading.fitness, sessions: states)
            publish(&host, reading, &reported)
            // A hand-over must be sent in good time before its seam. A thread that was delayed since then must not send
            // it: it may have published its end of the channel too late.
            if HostClock.boot() -| reading.moment.boot > Self.greatestDelay {
                let unsent = requests.map { Answer(request: $0, answer: .none, failures: []) }
                shared.withLock { $0.answers += unsent }
            } else {
                for request in requests { send(request, &lanes) }
            }
            _ = wake.wait(timeout: .now() + .nanoseconds(Int(Self.turn.count)))
        }
        _ = lead(nil, host.tenure)
    }

    /// Sends a request on its lane; the answer wakes the station thread.
    private func send(_ request: StationRequest, _ lanes: inout [StationRequest.Lane: DispatchQueue]) {
        let lane = lanes[request.lane] ?? DispatchQueue(label: "station \(request.lane)")
        lanes[request.lane] = lane
        lane.async { [self] in
            let (answer, failures) = store.perform(request)
            shared.withLock { $0.answers.append(Answer(request: request, answer: answer, failures: failures)) }
            wake.signal()
        }
    }

    private func publish(_ host: inout StationHost, _ reading: Reading, _ reported: inout ReportedState) {
        var decisions: [Decision] = []
        if let records = host.records {
            for part in host.parts {
                decisions.append(
                    Decision(
                        channel: part.channel, session: part.session(records), right: part.right(host.tenure),
                        role: part.role, records: part.records))
            }
        }
        sessions.follow(decisions)
        if let stamp = lead(host.primary.right, host.tenure) { host.primary.saw(stamp: stamp) }
        let (tenure, right, records) = (host.tenure, host.primary.right, host.records)
        shared.withLock { shared in
            shared.report.tenureState = tenure.state
            shared.report.generation = tenure.generation
            shared.report.validUntil = tenure.validUntil
            shared.report.right = right
            shared.report.decisions = decisions
            shared.report.records = records
            shared.report.moment = reading.moment
        }
        for event in reported.changes(host, decisions, at: reading.moment.boot) { tell(event) }
    }

    /// Saves what must outlive the process, before anything rests on it. A view or a fencing number is saved at once;
    /// the store's revision and the stamps are saved from time to time.
    private func keep(
        _ memory: StationMemory, _ kept: inout StationMemory, _ reported: inout ReportedState
    ) {
        let isUrgent = memory.primary.view != kept.primary.view || memory.fencingNumbers != kept.fencingNumbers
        let isOld = memory.storeRevision > kept.storeRevision + 200 || memory.storeRevision < kept.storeRevision
        guard isUrgent || isOld else { return }
        do {
            try SystemFile.replace(settings.memoryPath, Array(StationJSON.encode(memory)) + [0x0A])
            kept = memory
            _ = reported.memoryFailure(nil)
        } catch {
            let event = reported.memoryFailure("\(settings.memoryPath) cannot be written: \(error)")
            if let event { tell(event) }
        }
    }

    private func say(_ answer: Answer, _ reported: inout ReportedState) {
        let text = answer.failures.first.map { "\($0)" }
        if let event = reported.failure(text, lane: answer.request.lane) { tell(event) }
        let failure = reported.lastFailure
        let outcome = StoreTally.Outcome(answer.answer, hasFailures: !answer.failures.isEmpty)
        shared.withLock { shared in
            shared.report.lastFailure = failure
            shared.report.store.add(outcome, of: answer.request.lane, at: HostClock.boot())
        }
    }

    // MARK: - The watch

    private func watch() {
        let watch = EtcdWatch(store.client, .prefix(store.prefix))
        while !shared.withLock({ $0.isStopped }) {
            guard let event = watch.next(timeLimit: .milliseconds(500)) else { continue }
            // Records that are written all the time are read often enough without this.
            if case .changes(let changes, _) = event,
                !changes.contains(where: { store.key($0.key)?.isAwaited ?? false })
            {
                continue
            }
            shared.withLock { $0.isHinted = true }
            wake.signal()
        }
    }
}
