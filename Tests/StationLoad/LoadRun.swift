// The steps of the load: each adds hosts, lets them settle, and measures.

import EtcdClient
import Foundation
import Glibc
import Stations
import TestSupport
import TickLinux
import TickReports
import TickTime

func say(_ text: String) { FileHandle.standardError.write(Data((text + "\n").utf8)) }

/// Prints a row at once, whatever standard output is.
func show(_ text: String) { FileHandle.standardOutput.write(Data((text + "\n").utf8)) }

func file(_ path: String) -> String { (try? String(contentsOfFile: path, encoding: .utf8)) ?? "" }

/// SIGINT or SIGTERM came. The members of etcd end with this program.
struct Interrupted: Error, CustomStringConvertible {
    let description = "interrupted"
}

enum Interruption {
    static let flag = Flag()
}

func pause(seconds: Int) async throws {
    if try await waitUntil(within: .seconds(seconds), { Interruption.flag.isRaised }) { throw Interrupted() }
}

/// The CPU times at one instant, and what etcd says of its database.
struct Reading {
    let time = HostClock.monotonic()
    let machine = ProcessorTicks(stat: file("/proc/stat"))
    let own = HostClock.processCPU()
    var etcd: [Int64] = []
    var revision: Int64 = 0
    var databaseBytes: Int64 = 0
    var bytes: Int64 = 0

    init(_ cluster: EtcdCluster, _ client: EtcdClient, _ driver: LoadDriver, members: Int) {
        etcd = (0..<members).map { member in
            cluster.pid(of: member).flatMap { ProcessorTicks.process(file("/proc/\($0)/stat")) } ?? 0
        }
        if let status = try? client.status(ofEndpoint: 0) {
            (revision, databaseBytes) = (status.revision, status.databaseBytes)
        }
        bytes = driver.hosts.reduce(0) { $0 + $1.standing.bytes }
    }
}

func measure(
    _ hosts: Int, _ options: LoadOptions, _ cluster: EtcdCluster, _ client: EtcdClient, _ driver: LoadDriver
) async throws -> LoadStep {
    try driver.add(upTo: hosts)
    try await pause(seconds: options.settle)
    let all = driver.hosts
    let losses = all.reduce(0) { $0 + $1.standing.losses }
    for host in all { _ = host.takeCounts() }
    _ = driver.take()
    let before = Reading(cluster, client, driver, members: options.members)
    try await pause(seconds: options.seconds)
    let after = Reading(cluster, client, driver, members: options.members)
    let seconds = Double((after.time - before.time).count) / 1e9
    var step = LoadStep(hosts: hosts, seconds: seconds, traffic: StationTraffic(hosts: hosts, ttl: options.ttl))
    for counts in all.map({ $0.takeCounts() }) {
        step.rewrites += counts.rewrites
        step.unanswered += counts.unanswered
        step.refused += counts.refused
        step.otherTransactions += counts.otherTransactions
        step.readings += counts.readings
        step.failedReadings += counts.failedReadings
        step.lapses += counts.lapses
    }
    step.losses = all.reduce(0) { $0 + $1.standing.losses } - losses
    step.withoutTenure = all.count { !$0.standing.isHeld }
    step.bytes = after.bytes - before.bytes
    step.revisions = after.revision - before.revision
    step.databaseBytes = after.databaseBytes - before.databaseBytes
    step.cpus = max(1, sysconf(Int32(_SC_NPROCESSORS_ONLN)))
    // A tick of the kernel's count is 10 ms.
    step.etcdCPU = zip(after.etcd, before.etcd).map { Double($0 - $1) / seconds }
    step.generatorCPU = 100 * Double((after.own - before.own).count) / 1e9 / seconds
    if let end = after.machine, let begin = before.machine, end.total > begin.total {
        step.machineBusy = 100 * Double(end.busy - begin.busy) / Double(end.total - begin.total)
        step.machineWaiting =
            100 * Double(end.waitingForDisk - begin.waitingForDisk) / Double(end.total - begin.total)
    }
    let (delay, agent) = driver.take()
    step.greatestDelay = delay.count
    step.agent = agent
    return step
}

func runLoad(_ options: LoadOptions) async throws {
    // What the article recommends; nothing is compacted within the first five minutes.
    let cluster = try await EtcdCluster(
        members: options.members,
        arguments: ["--auto-compaction-mode", "periodic", "--auto-compaction-retention", "5m"])
    let client = EtcdClient(try EtcdConfiguration(endpoints: cluster.endpoints))
    let driver = try LoadDriver(options, cluster.endpoints)
    defer { driver.stop() }
    if !options.asJSON {
        show("stationload: etcd of \(options.members) members and all hosts on this machine, on loopback;")
        show("each step measured for \(options.seconds) s; ttl \(options.ttl.count / 1_000_000_000) s")
        show(LoadStep.line(LoadStep.columns))
    }
    var isBeyond = false
    for hosts in options.hosts {
        let step = try await measure(hosts, options, cluster, client, driver)
        show(options.asJSON ? step.json.text : LoadStep.line(step.row))
        guard let excess = step.excess else { continue }
        if !isBeyond {
            say("too much: \(hosts) hosts: \(excess)")
            say("the first limit: \(step.bottleneck)")
        }
        isBeyond = true
        if !options.goesOn { break }
    }
    if !isBeyond { say("no step was too much; give more --hosts to find the first limit") }
    #if DEBUG
        say("a debug build: the CPU times of this program mean nothing; use swift run -c release")
    #endif
}
