import ClusterClock
import Stations
import TestSupport
import TickTime

/// Three hosts with their tenures and their part as primary, over one linearizable store. Requests take random times,
/// are lost, applied late and answered late; processes stop; clocks run off by the drift bound. Each host stamps when
/// it may.
struct PrimaryWorld {
    enum Fault: CaseIterable {
        /// A saving without an answer counts as accepted.
        case countsUnansweredSavings
        /// Stamps are given above the saved ceiling.
        case ignoresTheCeiling
        /// The floor is the taker's own clock.
        case floorIsTheClock
    }

    private struct Event {
        let time: Int64
        let order: Int
        let body: (inout PrimaryWorld) -> Void
    }

    private struct Host {
        let name: String
        let rate: Int64
        /// Its UTC's error.
        let shift: Int64
        var tenure: Tenure
        var primary: Primary
        var stoppedUntil: Int64 = 0
        var observations: [String: HostObservation] = [:]
        var last: UTCInstant?
    }

    let fault: Fault?
    /// Whether a host stamps although its tenure is over. The tenure hides faults of the ceiling, so those are looked
    /// for without it.
    let ignoresTheTenure: Bool
    private var random: SeededGenerator
    private var now: Int64 = 0
    private var events: [Event] = []
    private var order = 0
    private let timing = TenureTiming()
    private var hosts: [Host] = []

    // The store.
    private var revision: Int64 = 0
    private var hostRecords: [String: Stored<HostRecord>] = [:]
    private var tenureRevisions: [String: Int64] = [:]
    private var primaryRecord: Stored<PrimaryRecord>?
    private var ceiling: Stored<CeilingRecord>?

    private(set) var violations: [String] = []
    private(set) var views: Set<Int64> = []
    private(set) var stamps = 0
    private(set) var refusedAtCeiling = 0
    /// The greatest stamp of each view, and of all views.
    private var greatest: (view: Int64, stamp: UTCInstant)?
    private var greatestOfView: [Int64: UTCInstant] = [:]

    init(seed: UInt64, fault: Fault? = nil, ignoresTheTenure: Bool = false) {
        self.fault = fault
        self.ignoresTheTenure = ignoresTheTenure
        random = SeededGenerator(seed: seed)
        for index in 0..<3 {
            let rate: Int64 = [-50_000, 0, 50_000].randomElement(using: &random) ?? 0
            let name = "h\(index)"
            hosts.append(
                Host(
                    name: name, rate: rate, shift: Int64.random(in: -20_000_000...20_000_000, using: &random),
                    tenure: Tenure(timing: timing, process: UInt64(index)),
                    primary: Primary(host: name, timing: timing)))
        }
    }

    private func boot(_ host: Int) -> BootInstant {
        BootInstant(nanoseconds: now + Int64(Int128(now) * Int128(hosts[host].rate) / 1_000_000_000))
    }

    private func utc(_ host: Int) -> UTCInstant {
        UTCInstant(nanoseconds: 1_800_000_000_000_000_000 + now + hosts[host].shift)
    }

    private mutating func after(_ delay: Int64, _ body: @escaping (inout PrimaryWorld) -> Void) {
        order += 1
        events.append(Event(time: now + delay, order: order, body: body))
    }

    private mutating func milliseconds(_ range: ClosedRange<Int64>) -> Int64 {
        Int64.random(in: range.lowerBound * 1_000_000...range.upperBound * 1_000_000, using: &random)
    }

    private mutating func chance(_ permille: Int) -> Bool { Int.random(in: 0..<1_000, using: &random) < permille }

    mutating func run(seconds: Int64) {
        for host in hosts.indices { after(milliseconds(0...300)) { $0.step(host) } }
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

    // MARK: - A host

    private mutating func step(_ host: Int) {
        after(milliseconds(20...120)) { $0.step(host) }
        guard now >= hosts[host].stoppedUntil else { return }
        if chance(5) {
            hosts[host].stoppedUntil = now + milliseconds(500...9_000)
            return
        }
        stamp(host)
        let boot = boot(host)
        if let request = hosts[host].tenure.request(at: boot) {
            send(
                request.timeLimit, { $0.apply(request, host) }, { $0.receiveTenure($1, request, host) },
                lost: Tenure.Answer.none)
        }
        let tenure = hosts[host].tenure
        hosts[host].primary.holds(tenure.state == .held ? tenure.generation : nil)
        if let request = hosts[host].primary.request(at: boot, utc: utc(host)) {
            send(
                request.timeLimit, { $0.apply(request, host) }, { $0.receivePrimary($1, request, host) },
                lost: Primary.Answer.none)
        }
        if chance(100) { observe(host) }
    }

    /// Sends a request: applied after a time, if it is not lost, and answered within the time limit, or not.
    private mutating func send<Answer>(
        _ limit: Nanoseconds, _ apply: @escaping (inout PrimaryWorld) -> Answer,
        _ receive: @escaping (inout PrimaryWorld, Answer) -> Void, lost: Answer
    ) {
        let there = chance(60) ? milliseconds(200...5_000) : milliseconds(0...40), back = milliseconds(0...40)
        let arrives = !chance(50), answers = !chance(80) && there + back < limit.count
        if arrives {
            after(there) { world in
                let answer = apply(&world)
                if answers { world.after(back) { receive(&$0, answer) } }
            }
        }
        if !arrives || !answers { after(limit.count) { receive(&$0, lost) } }
    }

    private mutating func receiveTenure(_ answer: Tenure.Answer, _ request: Tenure.Request, _ host: Int) {
        guard now >= hosts[host].stoppedUntil else {
            return after(hosts[host].stoppedUntil - now) { $0.receiveTenure(answer, request, host) }
        }
        hosts[host].tenure.receive(answer, to: request.id, at: boot(host))
        let tenure = hosts[host].tenure
        hosts[host].primary.holds(tenure.state == .held ? tenure.generation : nil)
    }

    private mutating func receivePrimary(_ answer: Primary.Answer, _ request: Primary.Request, _ host: Int) {
        guard now >= hosts[host].stoppedUntil else {
            return after(hosts[host].stoppedUntil - now) { $0.receivePrimary(answer, request, host) }
        }
        var answer = answer
        switch (fault, request.kind, answer) {
        case (.countsUnansweredSavings, .save(_, _, let revision), .none):
            answer = .accepted(revision: revision, ceiling: nil)
        case (.floorIsTheClock, .take, .accepted(let revision, let stored)):
            let clock = CeilingRecord(view: 0, utc: utc(host))
            answer = .accepted(revision: revision, ceiling: Stored(clock, revision: stored?.revision ?? 0))
        default: break
        }
        hosts[host].primary.receive(answer, to: request.id, at: boot(host))
    }

    private mutating func stamp(_ host: Int) {
        guard let right = hosts[host].primary.right else { return }
        let time = max(utc(host), right.floor, hosts[host].last ?? right.floor)
        do throws(Primary.Refusal) {
            try hosts[host].primary.check(time, hosts[host].tenure, at: boot(host))
        } catch {
            switch error {
            case .ceilingReached:
                refusedAtCeiling += 1
                if fault != .ignoresTheCeiling { return }
            case .notPrimary:
                // Its ceiling holds, whatever the tenure says.
                guard ignoresTheTenure, time < right.ceiling || fault == .ignoresTheCeiling else { return }
            }
        }
        hosts[host].last = time
        hosts[host].primary.saw(stamp: time)
        stamps += 1
        views.insert(right.view)
        if let greatest, right.view > greatest.view, time < greatest.stamp {
            violations.append("view \(right.view) stamps \(time) below \(greatest.stamp) of view \(greatest.view)")
        }
        for (view, stamp) in greatestOfView where view > right.view && stamp < time {
            // A later view has stamped less already.
            violations.append("view \(right.view) stamps \(time) after view \(view) stamped \(stamp)")
        }
        greatestOfView[right.view] = max(greatestOfView[right.view] ?? time, time)
        if greatest.map({ time >= $0.stamp }) ?? true { greatest = (max(right.view, greatest?.view ?? 0), time) }
    }

    // MARK: - The store

    private mutating func apply(_ request: Tenure.Request, _ host: Int) -> Tenure.Answer {
        let name = hosts[host].name
        guard case .write(let record, let expected) = request.kind, (hostRecords[name]?.revision ?? 0) == expected
        else { return .record(hostRecords[name]) }
        revision += 1
        if hostRecords[name]?.record.generation != record.generation { tenureRevisions[name] = revision }
        hostRecords[name] = Stored(record, revision: revision)
        return .accepted(revision: revision)
    }

    private func records() -> Primary.Records {
        let holder = primaryRecord.flatMap { hostRecords[$0.record.host] }
        return Primary.Records(
            primary: primaryRecord, ceiling: ceiling, holderGeneration: holder?.record.generation,
            holderIsOver: holder.map { $0.record.state != .active } ?? true)
    }

    private mutating func apply(_ request: Primary.Request, _ host: Int) -> Primary.Answer {
        switch request.kind {
        case .read: break
        case .take(let record, let expected):
            guard (primaryRecord?.revision ?? 0) == expected, isCurrent(record.generation, host) else { break }
            revision += 1
            primaryRecord = Stored(record, revision: revision)
            return .accepted(revision: revision, ceiling: ceiling)
        case .save(let record, let expected, let own):
            guard primaryRecord?.revision == expected else { break }
            guard (ceiling?.revision ?? 0) == own else { break }
            revision += 1
            ceiling = Stored(record, revision: revision)
            return .accepted(revision: revision, ceiling: nil)
        }
        return .records(records())
    }

    private func isCurrent(_ generation: Int64, _ host: Int) -> Bool {
        let stored = hostRecords[hosts[host].name]?.record
        return stored?.generation == generation && stored?.state == .active
    }

    /// Looks at the other hosts' records, and ends a tenure where it may.
    private mutating func observe(_ host: Int) {
        let there = milliseconds(0...40), back = milliseconds(0...40)
        after(there) { world in
            let seen = world.hostRecords
            world.after(back) { $0.observed(host, seen) }
        }
    }

    private mutating func observed(_ host: Int, _ seen: [String: Stored<HostRecord>]) {
        guard now >= hosts[host].stoppedUntil else { return }
        for (name, stored) in seen where name != hosts[host].name && stored.record.state == .active {
            let known = hosts[host].observations[name]
            if let known, stored.revision < known.revision { continue }
            if known?.revision != stored.revision {
                hosts[host].observations[name] = HostObservation(revision: stored.revision, since: boot(host))
            }
            guard hosts[host].observations[name]?.mayEnd(at: boot(host), timing) == true else { continue }
            after(milliseconds(0...40)) { $0.end(name, stored.revision) }
        }
    }

    private mutating func end(_ name: String, _ expected: Int64) {
        guard var stored = hostRecords[name], stored.revision == expected, stored.record.state == .active else {
            return
        }
        revision += 1
        stored = Stored(
            HostRecord(
                generation: stored.record.generation + 1, state: .ended,
                attempt: .init(process: 99, number: revision)), revision: revision)
        hostRecords[name] = stored
        tenureRevisions[name] = revision
    }
}
