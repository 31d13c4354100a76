import Foundation
import TestSupport
import Testing
import TickTime
import TimeSyncAudit

/// A real ptp4l that follows grandmasters of the test, each in a network namespace of its own. It runs with
/// `free_running` and without the right to set a clock, so nothing here touches the host's clock.
final class PTPPlant {
    private let folder: URL
    private let network: LiveNetwork
    private var masters: [String: LiveProcess] = [:]
    private var daemon: LiveProcess?
    private static let names = ["gm1", "gm2", "host"]

    var socket: String { folder.path + "/ptp4l" }
    var monitor: String { folder.path + "/monitor" }

    /// - Returns: `nil` if the host allows no namespaces.
    init?(in folder: URL) async throws {
        self.folder = folder
        guard let network = try await LiveNetwork(Self.names) else { return nil }
        self.network = network
        let configuration = """
            [global]
            domainNumber 127
            slaveOnly 1
            logAnnounceInterval -2
            logSyncInterval -3
            logMinDelayReqInterval -3
            network_transport UDPv4
            time_stamping software
            free_running 1
            kernel_leap 0
            summary_interval 4
            uds_address \(socket)
            slave_event_monitor \(monitor)
            """
        let file = folder.path + "/ptp4l.conf"
        try configuration.write(toFile: file, atomically: true, encoding: .utf8)
        daemon = try LiveProcess(
            inside(
                "host",
                RunProcess(
                    Requirement.setpriv.path,
                    ["--bounding-set", "-sys_time", "--inh-caps", "-sys_time", Requirement.ptp4l.path]
                        + ["-f", file, "-i", "eth0", "-m", "-q"])), named: "ptp4l", in: folder.path)
    }

    /// Gives a plant to a test, and ends it after the test. Nothing happens where the host allows no namespaces.
    static func with(_ body: (PTPPlant) async throws -> Void) async throws {
        let folder = try TemporaryFolder()
        guard let plant = try await PTPPlant(in: folder.url) else { return }
        do { try await body(plant) } catch {
            await plant.end()
            throw error
        }
        await plant.end()
    }

    private func inside(_ name: String, _ process: RunProcess) -> RunProcess {
        RunProcess(
            Requirement.nsenter.path,
            ["--net=/var/run/netns/\(network.namespace(of: name))", process.executable] + process.arguments)
    }

    /// Starts a grandmaster, in place of one of the same number.
    func startMaster(_ number: Int, _ words: String...) throws { try startMaster(number, words) }

    func startMaster(_ number: Int, _ words: [String]) throws {
        let name = "gm\(number)", script = Vectors.packageRoot.appending(path: "Tests/PTP/grandmaster.py")
        stopMaster(number)
        masters[name] = try LiveProcess(
            inside(
                name,
                RunProcess(
                    Requirement.python3.path,
                    [script.path, "--ip", "10.77.0.\(number)", "--identity", "\(number)"] + words)),
            named: name, in: folder.path)
    }

    func stopMaster(_ number: Int) { masters.removeValue(forKey: "gm\(number)")?.end() }

    func end() async {
        daemon?.end()
        for master in masters.values { master.end() }
        await network.end()
    }

    /// What `pmc` prints of one data set: its fields and their values.
    func pmc(_ question: String) async throws -> [String: String] {
        let words = ["-u", "-b", "0", "-d", "127", "-i", folder.path + "/pmc", "-s", socket, question]
        let printed = try await RunProcess(Requirement.pmc.path, words).run().lines
        var fields: [String: String] = [:]
        for line in printed {
            let parts = line.split(whereSeparator: { $0 == " " || $0 == "\t" })
            if parts.count == 2 { fields[String(parts[0])] = String(parts[1]) }
        }
        return fields
    }

    /// Waits until the port follows a grandmaster. Under `free_running` it needs to be told that the time is certain.
    func follow(_ number: Int) async throws {
        let follows = try await waitUntil {
            _ = try await pmc("SET SYNCHRONIZATION_UNCERTAIN_NP 0")
            let (port, parent) = (try await pmc("GET PORT_DATA_SET"), try await pmc("GET PARENT_DATA_SET"))
            return port["portState"] == "SLAVE" && parent["grandmasterIdentity"] == "020000.fffe.00000\(number)"
        }
        #expect(
            follows, "ptp4l does not follow grandmaster \(number): \(daemon?.output ?? "") \(daemon?.errors ?? "")")
    }

    /// The result of a check of a grandmaster that has just restarted. The port is SLAVE until ptp4l notices that, and
    /// then once more; exchanges come some time after that.
    func checkFollowing(_ number: Int) async throws -> (result: SyncResult, ptp: SyncResult.Evidence) {
        for _ in 0..<5 {
            try await follow(number)
            let found = try await check()
            let isSettling = ["not SLAVE", "no times of exchanges"].contains { found.ptp.reason?.contains($0) == true }
            if !isSettling { return found }
        }
        return try await check()
    }

    /// A file of the plant's.
    func path(_ name: String) -> String { "\(folder.path)/\(name)" }

    /// 'tickrun house' on the host of ptp4l.
    func house(_ words: String...) -> RunProcess { house(words) }

    private func house(_ words: [String]) -> RunProcess { inside("host", RunProcess.tickrun(["house"] + words)) }

    /// The same, without a capability.
    func house(without capability: String) -> RunProcess {
        let house = RunProcess.tickrun("house")
        let words = ["--bounding-set", "-\(capability)", "--inh-caps", "-\(capability)", house.executable]
        return inside("host", RunProcess(Requirement.setpriv.path, words + house.arguments))
    }

    func startHouse(in name: String = "host", _ words: String...) throws -> LiveProcess {
        try LiveProcess(inside(name, RunProcess.tickrun(["house"] + words)), named: "house", in: folder.path)
    }

    /// Whether a socket is bound to the group on a program's host: 224.0.1.129 and port 320, as the kernel writes them.
    func listens(_ house: LiveProcess) throws -> Bool {
        try String(contentsOfFile: "/proc/\(house.pid)/net/udp", encoding: .utf8).contains("810100E0:0140")
    }

    /// A script of Python on a host of the plant.
    func python(_ script: String, in name: String, named process: String) throws -> LiveProcess {
        try LiveProcess(
            inside(name, RunProcess(Requirement.python3.path, ["-c", script])), named: process, in: folder.path)
    }

    /// What tshark reads in the fields of the last metadata in a capture, by the ends of their names.
    func tshark(_ capture: String, _ fields: [String]) async throws -> [String] {
        let names = fields.flatMap { ["-e", "ptp.v2.oe.smpte.\($0)"] }
        let words = ["-r", capture, "-T", "fields"] + names
        let read = try await RunProcess(Requirement.tshark.path, words).run()
        let line = try #require(read.lines.last, "\(read)")
        return line.split(separator: "\t", omittingEmptySubsequences: false).map(String.init)
    }

    /// The result of a check, and its evidence by PTP.
    func check(_ words: String...) async throws -> (result: SyncResult, ptp: SyncResult.Evidence) {
        let run = try await RunProcess.tickrun(
            ["check", "--json", "--host", "here", "--ptp=\(socket)", "--ptp-monitor", monitor] + words
        ).withoutNodes().run()
        let result = try SyncResult(json: Array(run.standardOutput.utf8), file: "-")
        let ptp = try #require(result.nodes.first?.evidence.first { $0.method == .ptpExchange }, "\(run)")
        return (result, ptp)
    }
}
