import ClusterClock
import Stations
import TestSupport
import TickTime

/// One record in a linearizable store, a host that keeps its tenure there, and another that ends it when it may. Requests
/// take random times, are lost, and are answered late; both hosts' clocks run off by as much as the drift bound allows;
/// the processes stop for random times.
struct TenureWorld {
    /// What is done wrongly, to show that the check sees it.
    enum Fault: CaseIterable {
        case countsFromTheReply, observesFromTheRequest, endsWithoutComparison, adoptsUnanswered
    }

    private struct Event {
        let time: Int64
        let order: Int
        let body: (inout TenureWorld) -> Void
    }

    static let drift: Int64 = 50_000
    let fault: Fault?
    private var random: SeededGenerator
    private var now: Int64 = 0
    private var events: [Event] = []
    private var order = 0

    private var stored: Stored<HostRecord>?
    private var revision: Int64 = 0

    private let timing: TenureTiming
    private var tenure: Tenure
    private let rates: (owner: Int64, observer: Int64)
    private var stoppedUntil: Int64 = 0
    /// The greatest `validUntil` of each generation, in true time.
    private var validity: [Int64: Int64] = [:]
    private var observation: HostObservation?
    private var requestTimes: [Int64: Int64] = [:]

    private(set) var endings = 0
    private(set) var violations: [String] = []
    private(set) var tenures = 0

    init(seed: UInt64, fault: Fault? = nil) {
        self.fault = fault
        random = SeededGenerator(seed: seed)
        timing = TenureTiming(driftBound: Self.drift)
        tenure = Tenure(timing: timing, process: 1)
        let ends = [-Self.drift, Self.drift]
        rates = (ends.randomElement(using: &random) ?? 0, ends.randomElement(using: &random) ?? 0)
    }

    /// A clock's reading: true time, off by a rate in parts per billion.
    private func boot(_ time: Int64, _ rate: Int64) -> BootInstant {
        BootInstant(nanoseconds: Int64(Int128(time) * Int128(1_000_000_000 + rate) / 1_000_000_000))
    }

    private func trueTime(_ instant: BootInstant, _ rate: Int64) -> Int64 {
        Int64(Int128(instant.nanoseconds) * 1_000_000_000 / Int128(1_000_000_000 + rate))
    }

    private mutating func after(_ delay: Int64, _ body: @escaping (inout TenureWorld) -> Void) {
        order += 1
        events.append(Event(time: now + delay, order: order, body: body))
    }

    private mutating func milliseconds(_ range: ClosedRange<Int64>) -> Int64 {
        Int64.random(in: range.lowerBound * 1_000_000...range.upperBound * 1_000_000, using: &random)
    }

    private mutating func chance(_ percent: Int) -> Bool { Int.random(in: 0..<100, using: &random) < percent }

    mutating func run(seconds: Int64) {
        after(0) { $0.ownerStep() }
        after(milliseconds(0...500)) { $0.observerStep() }
        while let next = events.indices.min(by: {
            (events[$0].time, events[$0].order) < (events[$1].time, events[$1].order)
        }),
            events[next].time < seconds * 1_000_000_000
        {
            let event = events.remove(at: next)
            now = event.time
            event.body(&self)
        }
    }

    // MARK: - The owner

    private mutating func ownerStep() {
        after(milliseconds(10...80)) { $0.ownerStep() }
        guard now >= stoppedUntil else { return }
        if chance(1) {
            stoppedUntil = now + milliseconds(500...8_000)
            return
        }
        guard let request = tenure.request(at: boot(now, rates.owner)) else { return }
        requestTimes[request.id] = now
        // A long spell without a store now and then.
        let there = chance(3) ? milliseconds(300...4_000) : milliseconds(0...60)
        let back = chance(5) ? milliseconds(300...4_000) : milliseconds(0...60)
        let isLost = chance(8), isAnswerLost = chance(15)
        if isLost {
            after(request.timeLimit.count) { $0.ownerReceives(.none, request) }
            return
        }
        after(there) { world in
            let answer = world.apply(request)
            if !isAnswerLost, there + back < request.timeLimit.count {
                world.after(back) { $0.ownerReceives(answer, request) }
            }
        }
        if isAnswerLost || there + back >= request.timeLimit.count {
            after(request.timeLimit.count) { $0.ownerReceives(.none, request) }
        }
    }

    private mutating func apply(_ request: Tenure.Request) -> Tenure.Answer {
        guard case .write(let record, let expected) = request.kind, (stored?.revision ?? 0) == expected else {
            return .record(stored)
        }
        if stored?.record.generation != record.generation { tenures += 1 }
        revision += 1
        stored = Stored(record, revision: revision)
        return .accepted(revision: revision)
    }

    private mutating func ownerReceives(_ answer: Tenure.Answer, _ request: Tenure.Request) {
        // A stopped process reads the answer when it goes on.
        guard now >= stoppedUntil else {
            after(stoppedUntil - now) { $0.ownerReceives(answer, request) }
            return
        }
        var answer = answer
        if fault == .adoptsUnanswered, case .write = request.kind, case .none = answer {
            answer = .accepted(revision: revision)
        }
        tenure.receive(answer, to: request.id, at: boot(now, rates.owner))
        guard tenure.state == .held, var until = tenure.validUntil else { return }
        if fault == .countsFromTheReply, case .accepted = answer {
            until = timing.validUntil(sent: boot(now, rates.owner))
        }
        let generation = tenure.generation
        validity[generation] = max(validity[generation] ?? 0, trueTime(until, rates.owner))
        check(generation)
    }

    // MARK: - The observer

    private var endingTimes: [Int64: Int64] = [:]

    private mutating func observerStep() {
        after(milliseconds(50...500)) { $0.observerStep() }
        let sent = boot(now, rates.observer)
        let there = milliseconds(0...60), back = chance(10) ? milliseconds(200...2_000) : milliseconds(0...60)
        after(there) { world in
            let seen = world.stored
            world.after(back) { $0.observerSees(seen, sent) }
        }
    }

    private mutating func observerSees(_ seen: Stored<HostRecord>?, _ sent: BootInstant) {
        let received = boot(now, rates.observer)
        guard let seen, seen.record.state == .active else {
            observation = nil
            return
        }
        if observation?.revision != seen.revision {
            let since = fault == .observesFromTheRequest ? sent -| .milliseconds(400) : received
            // An answer that was overtaken by a newer one says nothing new.
            if seen.revision < observation?.revision ?? 0 { return }
            observation = HostObservation(revision: seen.revision, since: since)
        }
        guard let observation, observation.mayEnd(at: received, timing) else { return }
        after(milliseconds(0...60)) { $0.end(observation.revision) }
    }

    private mutating func end(_ expected: Int64) {
        guard var record = stored?.record, record.state == .active,
            stored?.revision == expected || fault == .endsWithoutComparison
        else { return }
        endings += 1
        endingTimes[record.generation] = now
        check(record.generation)
        record.generation += 1
        record.state = .ended
        record.attempt = .init(process: 2, number: Int64(endings))
        revision += 1
        stored = Stored(record, revision: revision)
    }

    private mutating func check(_ generation: Int64) {
        guard let end = endingTimes[generation], let until = validity[generation], until > end else { return }
        violations.append("generation \(generation) was ended at \(end) and valid until \(until)")
    }
}
