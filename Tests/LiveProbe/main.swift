// Adds and removes sessions at random from several threads while their loop ticks on the real clock, and checks the
// loop's promise: a handler is called for every tick in order, and never after the removal of its session has
// returned. Half of the sessions have an on-air gate, each with a fencing number of its own, so that a tick that is
// judged by another session's gate is noticed. Gates are freed with their sessions, so an address sanitizer finds a
// loop that still reads one. It is a separate program, so that a preloaded library can count what its tick thread allocates.
//
//     liveprobe SESSIONS SEED        prints what it counted; exit 1 if the loop broke its promise
//     liveprobe leftovers LOOPS      prints what many loops leave behind: see Leftovers.swift

import Foundation
import Synchronization
import TestSupport
import TickLinux
import TickScheduling
import TickTime

/// The ticks that one session's handler received, and its errors.
final class Witness: Sendable {
    private let expected = Atomic<Int64>(0)
    private let isRemoved = Atomic<Bool>(false)
    private let outOfOrder = Atomic<Int>(0)
    private let afterRemoval = Atomic<Int>(0)
    private let misjudged = Atomic<Int>(0)
    /// Of its session's right; 0 without a gate.
    private let fencingNumber: Int64

    init(fencingNumber: Int64) { self.fencingNumber = fencingNumber }

    func see(_ tick: borrowing Tick) {
        if isRemoved.load(ordering: .acquiring) { afterRemoval.wrappingAdd(1, ordering: .relaxed) }
        if tick.index != expected.load(ordering: .relaxed) { outOfOrder.wrappingAdd(1, ordering: .relaxed) }
        expected.store(tick.index + 1, ordering: .relaxed)
        let air: AirState? =
            fencingNumber == 0 ? nil : tick.index < 2 ? .offAir : .onAir(fencingNumber: fencingNumber)
        if tick.air != air { misjudged.wrappingAdd(1, ordering: .relaxed) }
    }

    func removed() { isRemoved.store(true, ordering: .releasing) }

    var ticks: Int64 { expected.load(ordering: .relaxed) }
    var brokenOrder: Int { outOfOrder.load(ordering: .relaxed) }
    var lateCalls: Int { afterRemoval.load(ordering: .relaxed) }
    var wrongAir: Int { misjudged.load(ordering: .relaxed) }
}

/// A session and its open requests.
struct Guest {
    let id: SessionID
    let witness: Witness
    let tickCount: Int64?
}

/// Receives every session before its first tick, and its ticks when they are delivered.
final class Watcher: LoopObserver {
    struct Account {
        var known: Set<Int32> = []
        var unknown = 0
        var lost = 0
        var ticks: Int64 = 0
    }

    let account = Guarded(Account())

    func changed(_ change: LoopChange) {
        if case .added(let addition) = change { account.withLock { _ = $0.known.insert(addition.id.index) } }
    }

    func delivered(_ record: TickRecord) {
        account.withLock { account in
            account.ticks += 1
            if !account.known.contains(record.tick.session.index) { account.unknown += 1 }
        }
    }

    func incident(_ incident: LoopIncident) {
        if case .recordsLost(let count) = incident { account.withLock { $0.lost += count } }
    }
}

/// A lock that the thread sanitizer understands.
final class Guarded<Value>: @unchecked Sendable {
    private let lock = NSLock()
    private var value: Value

    init(_ value: Value) { self.value = value }

    func withLock<Result>(_ body: (inout Value) -> Result) -> Result {
        lock.lock()
        defer { lock.unlock() }
        return body(&value)
    }
}

struct Totals {
    var sessions = 0
    var unfinished = 0
    var witnesses: [Witness] = []
    var errors: [String] = []
}

if CommandLine.arguments.dropFirst().first == "leftovers" {
    try Leftovers.run(CommandLine.arguments.dropFirst(2).first.flatMap { Int($0) } ?? 500)
    exit(0)
}

let sessions = CommandLine.arguments.dropFirst().first.flatMap { Int($0) } ?? 1_000
let seed = CommandLine.arguments.dropFirst(2).first.flatMap { UInt64($0) } ?? 1
let threads = 4

let watcher = Watcher()
let runner = try TickRunner.start(
    [],
    options: TickRunnerOptions(
        loop: TickLoopOptions(ringCapacity: 1 << 16, spareSessions: 512, spareBlocks: 512, endsWhenIdle: false),
        thread: ThreadRequest(holdWakeLatency: false)),
    observer: watcher)
let totals = Guarded(Totals())
let gates = Atomic<Int64>(0)

/// Removes a session, after which its handler is not called.
func dismiss(_ guest: Guest) {
    do {
        let reason = try runner.control.remove(guest.id)
        guest.witness.removed()
        // A session that ran to its end has delivered all its ticks.
        let isWhole = reason != .ticksDelivered || guest.witness.ticks == guest.tickCount
        totals.withLock { totals in
            if !isWhole { totals.unfinished += 1 }
            totals.witnesses.append(guest.witness)
        }
    } catch {
        totals.withLock { $0.errors.append("\(error)") }
    }
}

func invite(_ random: inout SeededGenerator) throws -> Guest {
    let hasGate = Bool.random(using: &random)
    let number = hasGate ? gates.add(1, ordering: .relaxed).newValue : 0
    let witness = Witness(fencingNumber: number)
    let right = AirRight(
        firstTick: 2, tickCeiling: .max, validUntil: HostClock.boot() + .seconds(3_600),
        fencingNumber: max(1, number))
    let gate = hasGate ? OnAirGate(right) : nil
    let tickCount = Bool.random(using: &random) ? Int64.random(in: 1...8, using: &random) : nil
    let rate = try FrameRate(UInt32.random(in: 20...200, using: &random))
    let request = SessionRequest(
        // A busy machine falls behind by any length; a skip over the backlog would look like a missed tick.
        try SessionPlan(rate: rate, tickCount: tickCount, backlogMax: .seconds(3_600), atPlanEnd: .continue),
        blocks: SessionBlocks(blocks: [Block(id: BlockID(rawValue: 1), length: .seconds(60))]),
        handler: TickHandler { tick in witness.see(tick) }, gate: gate)
    // A renewal while the loop takes the session.
    defer { try? gate?.publish(right) }
    return Guest(id: try runner.control.add(request), witness: witness, tickCount: tickCount)
}

func work(_ share: Int, seed: UInt64) {
    var random = SeededGenerator(seed: seed)
    var guests: [Guest] = []
    for _ in 0..<share {
        do {
            let guest = try invite(&random)
            guests.append(guest)
            totals.withLock { $0.sessions += 1 }
            if guest.tickCount == nil {
                try runner.control.append(Block(id: BlockID(rawValue: 2), length: .seconds(60)), to: guest.id)
            }
        } catch {
            totals.withLock { $0.errors.append("\(error)") }
        }
        while guests.count > 60 || (!guests.isEmpty && Int.random(in: 0..<3, using: &random) == 0) {
            dismiss(guests.remove(at: Int.random(in: 0..<guests.count, using: &random)))
        }
        Thread.sleep(forTimeInterval: Double.random(in: 0...0.004, using: &random))
    }
    for guest in guests { dismiss(guest) }
}

let done = DispatchGroup()
for thread in 0..<threads {
    done.enter()
    Thread {
        work(sessions / threads, seed: seed &+ UInt64(thread))
        done.leave()
    }.start()
}
done.wait()
runner.control.requestStop()
_ = runner.wait()

let result = totals.withLock { $0 }
let account = watcher.account.withLock { $0 }
let ticks = result.witnesses.reduce(0) { $0 + $1.ticks }
let late = result.witnesses.reduce(0) { $0 + $1.lateCalls }
let misjudged = result.witnesses.reduce(0) { $0 + $1.wrongAir }
let order = result.witnesses.reduce(0) { $0 + $1.brokenOrder }
for error in result.errors.prefix(5) { print("error: \(error)") }
print("sessions \(result.sessions)  ticks \(ticks)  recorded \(account.ticks)  lost \(account.lost)  seed \(seed)")
print(
    "called after removal \(late)  out of order \(order)  unfinished \(result.unfinished)  unknown \(account.unknown)  misjudged \(misjudged)"
)
let isKept =
    result.errors.isEmpty && late == 0 && order == 0 && misjudged == 0 && result.unfinished == 0 && account.unknown == 0
    && account.ticks + Int64(account.lost) == ticks && result.witnesses.count == result.sessions
exit(isKept && result.sessions == sessions / threads * threads ? 0 : 1)
