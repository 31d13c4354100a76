// The load: all hosts on one thread, each of which has its turn every 20 ms, as in an agent. A second thread follows
// the keys as an agent's watch does, decoded, for all hosts. A third one reads all records, decoded, to time it.

import EtcdClient
import Foundation
import StationAgent
import Stations
import Synchronization
import TestSupport
import TickLinux
import TickScheduling
import TickTime

/// The hosts, and the threads that drive them.
final class LoadDriver: Sendable {
    static let station = "load"
    static let turn = Nanoseconds.milliseconds(20)
    private static let fitness = HostFitness(clockBoundNanoseconds: 1_000_000)

    /// What one whole agent needs for its readings and its watch.
    struct Agent: Sendable {
        /// The CPU time and the length of each reading that was decoded, in ns.
        var readings: [(cpu: Int64, length: Int64)] = []
        /// The events that the watch saw, and the CPU time of its thread in ns.
        var events = 0
        var watchCPU: Int64 = 0
        var recordBytes = 0
    }

    private struct State: Sendable {
        var hosts: [LoadHost] = []
        var isHinted = false
        var isStopped = false
        /// The greatest time by which a sweep was late, since it was taken last.
        var greatestDelay = Nanoseconds.zero
        var agent = Agent()
    }

    private let options: LoadOptions
    private let endpoints: [String]
    private let mirror: LoadMirror
    private let grids: [String: GridRecord]
    private let state = Mutex(State())

    /// Makes the station's channels.
    init(_ options: LoadOptions, _ endpoints: [String]) throws {
        self.options = options
        self.endpoints = endpoints
        let store = StationStore(EtcdClient(try EtcdConfiguration(endpoints: endpoints)), station: Self.station)
        let utc = HostClock.utc(), tai = TAIInstant(nanoseconds: utc.nanoseconds + 37_000_000_000)
        var grids: [String: GridRecord] = [:]
        for channel in 0..<options.channels {
            let name = "channel-\(channel)"
            var change = ChannelOrders.Change()
            change.rate = .fps5994
            // Only hosts of the first step, which are there in every step.
            change.hosts = Self.carriers(of: channel, among: options.hosts[0]).map(Self.name)
            let records = try store.readAll(timeLimit: .seconds(10)).records
            if let order = try ChannelOrders(name, records).put(change, origin: (tai, utc)) {
                _ = try store.transact(order, timeLimit: .seconds(10))
            }
        }
        let records = try store.readAll(timeLimit: .seconds(10)).records
        for (name, channel) in records.channels { grids[name] = channel.grid?.record }
        self.grids = grids
        mirror = LoadMirror(records)
        _ = try RealTimeThread.start(named: "load") { self.run() }
        _ = try RealTimeThread.start(named: "load-watch") { self.follow(store) }
        _ = try RealTimeThread.start(named: "load-read") { self.read(store) }
    }

    static func name(_ host: Int) -> String { "host-\(host)" }

    /// The hosts that a channel names: three, or as many as there are.
    static func carriers(of channel: Int, among hosts: Int) -> [Int] {
        (0..<min(3, hosts)).map { (channel + $0) % hosts }
    }

    /// Adds hosts until there are so many. Each names another member first, unless all are to ask the first.
    func add(upTo count: Int) throws {
        let begin = state.withLock { $0.hosts.count }
        for number in begin..<max(begin, count) {
            let first = options.usesOneMember ? 0 : number % endpoints.count
            let own = Array(endpoints[first...] + endpoints[..<first])
            let client = EtcdClient(try EtcdConfiguration(endpoints: own))
            let port = UInt16(own[0].split(separator: ":").last ?? "") ?? 0
            let host = LoadHost(
                Self.name(number), StationStore(client, station: Self.station), mirror, port: port, ttl: options.ttl)
            state.withLock { $0.hosts.append(host) }
            // A tenth of a second apart at the most: hosts do not begin at one instant.
            HostClock.sleep(until: HostClock.monotonic() + .milliseconds(Int64.random(in: 5...20)))
        }
    }

    var hosts: [LoadHost] { state.withLock { $0.hosts } }

    func stop() { state.withLock { $0.isStopped = true } }

    /// How late the driver's sweeps were at most, and what an agent needed, since this was taken last.
    func take() -> (delay: Nanoseconds, agent: Agent) {
        state.withLock { state in
            defer { (state.greatestDelay, state.agent) = (.zero, Agent()) }
            return (state.greatestDelay, state.agent)
        }
    }

    // MARK: - The threads

    private func run() {
        var buffer = [UInt8](repeating: 0, count: 256 << 10), place = 0
        var due = HostClock.monotonic()
        let slices = 20, slice = Nanoseconds(Self.turn.count / Int64(slices))
        while true {
            let (hosts, isHinted, isStopped) = state.withLock { state in
                defer { state.isHinted = false }
                return (state.hosts, state.isHinted, state.isStopped)
            }
            if isStopped { return }
            if isHinted { for host in hosts { host.hurry() } }
            let (moment, sessions) = reading()
            for host in hosts where host.isReading { host.takeReading(&buffer) }
            for number in stride(from: place, to: hosts.count, by: slices) {
                hosts[number].takeWatch(&buffer)
                hosts[number].turn(moment, sessions, Self.fitness)
            }
            place = (place + 1) % slices
            due = due + slice
            let now = HostClock.monotonic()
            if now > due + slice {
                state.withLock { $0.greatestDelay = max($0.greatestDelay, now - due) }
                due = now
            } else {
                HostClock.sleep(until: due)
            }
        }
    }

    private func reading() -> (HostMoment, [String: ChannelPart.SessionState]) {
        let utc = HostClock.utc()
        let moment = HostMoment(
            boot: HostClock.boot(), tai: TAIInstant(nanoseconds: utc.nanoseconds + 37_000_000_000),
            taiBound: .milliseconds(1), utc: utc)
        var sessions: [String: ChannelPart.SessionState] = [:]
        for (name, record) in grids {
            guard let rate = record.rate, let grid = ChannelGrid(rate: rate, phase: record.phase, at: moment)
            else { continue }
            sessions[name] = .init(grid: grid, phase: record.phase, firstTick: 0)
        }
        return (moment, sessions)
    }

    private func follow(_ store: StationStore) {
        let watch = EtcdWatch(store.client, .prefix(store.prefix))
        while !state.withLock({ $0.isStopped }) {
            let before = HostClock.threadCPU()
            let event = watch.next(timeLimit: .milliseconds(500))
            let cpu = (HostClock.threadCPU() - before).count
            state.withLock { state in
                state.agent.watchCPU += cpu
                guard case .changes(let changes, _)? = event else { return }
                state.agent.events += changes.count
                if changes.contains(where: { store.key($0.key)?.isAwaited ?? false }) { state.isHinted = true }
            }
        }
    }

    private func read(_ store: StationStore) {
        while !state.withLock({ $0.isStopped }) {
            let (cpu, begin) = (HostClock.threadCPU(), HostClock.monotonic())
            if (try? store.readAll(timeLimit: .seconds(5))) != nil {
                let used = (HostClock.threadCPU() - cpu).count, length = (HostClock.monotonic() - begin).count
                state.withLock { $0.agent.readings.append((used, length)) }
            }
            HostClock.sleep(until: HostClock.monotonic() + .seconds(1))
        }
    }
}
