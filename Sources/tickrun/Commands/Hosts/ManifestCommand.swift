import ChannelRun
import EtcdClient
import TickConfiguration
import TickLinux
import TickTime

/// Prints units and manifests that run tickrun under a service manager or in a cluster.
enum ManifestCommand: Command {
    static let name = "manifest"
    static let summary = "print manifests for Kubernetes, units for systemd, rules for Prometheus"
    static let operands = "kubernetes|kubernetes-realtime|kubernetes-station|systemd [UNIT]|prometheus-rules"
    static let discussion = """
          kubernetes           a DaemonSet that has each node check its own clock ('tickrun
                               check'); it passes the restricted Pod Security standard
          kubernetes-realtime  a playout pod with SCHED_FIFO and locked memory, and why it needs
                               each permission
          kubernetes-station   a DaemonSet of agents, one on each node of --hosts, with their
                               files; it uses an existing etcd (--etcd)
          systemd              the unit of a profile (tickrun@.service), with a watchdog that is
                               notified while ticks are delivered; or UNIT: tickrun-check.service
                               checks the clock, tickrun-node@.service is a member of a cluster,
                               tickrun-agent@.service a host of a station
          prometheus-rules     alerts on the metrics of runs (--metrics)

        Each line that grants something says why. Standard output gets one unit, because systemd
        loads one unit from a file. --output writes all of them into a folder, and replaces files
        of the same names. Units are for systemd 252; from 254 on (--systemd-version) the delay
        before a restart grows.
        """
    static let options: [CommandOption] = [
        CommandOption("--image", .required("IMAGE"), "the container image (default registry.example/tickrun:VERSION)"),
        CommandOption("--namespace", .required("NAME"), "the Kubernetes namespace (default tickrun)"),
        CommandOption("--environment", .required("NAME"), "the environment's name, for exceptions (default: none)"),
        CommandOption("--ntp", .required("SERVERS"), "NTP servers to ask: HOST[:PORT],… (default: none)"),
        CommandOption("--interval", .required("TIME"), "how often clocks are checked (default 300s)"),
        CommandOption(
            "--hosts", .required("NODE=ADDRESS,…"),
            "the nodes of a station, and their addresses\n(default: three examples)"),
        CommandOption(
            "--etcd", .required("URL,…"), "the client URLs of a station's etcd\n(default http://etcd.NAMESPACE:2379)"),
        CommandOption("--program", .required("PATH"), "where systemd finds tickrun (default /usr/local/bin/tickrun)"),
        CommandOption("--systemd-version", .required("N"), "which systemd the units are for (default 252)"),
        CommandOption("--output", .required("FOLDER"), "write files into this folder instead of printing them"),
    ]
    static let examples = [
        "tickrun manifest kubernetes --environment pilot-aks",
        "tickrun manifest systemd",
        "tickrun manifest systemd tickrun-node@.service",
        "tickrun manifest kubernetes-station --hosts a=10.0.0.1,b=10.0.0.2,c=10.0.0.3 --etcd http://10.0.0.9:2379",
    ]

    private enum Target: String, CaseIterable {
        case kubernetes
        case kubernetesRealtime = "kubernetes-realtime"
        case kubernetesStation = "kubernetes-station"
        case systemd
        case prometheusRules = "prometheus-rules"
    }

    static func run(_ arguments: Arguments) throws(RunFailure) -> ExitCode {
        let target: Target = try arguments.word(0)
        try arguments.refuseOperands(after: target == .systemd ? 2 : 1)
        let settings = try ManifestSettings(arguments)
        let files: [ManifestFile] =
            switch target {
            case .kubernetes: [KubernetesManifests.check(settings)]
            case .kubernetesRealtime: [KubernetesManifests.playout(settings)]
            case .kubernetesStation: [StationManifests.agents(settings)]
            case .systemd: try units(settings, arguments)
            case .prometheusRules: [PrometheusRules.file]
            }
        guard let folder = arguments.text("--output") else {
            try Output.writing { output throws(RunFailure) in
                for file in files { try output.line(file.text) }
            }
            return .good
        }
        for file in files {
            let path = "\(folder)/\(file.name)"
            do { try SystemFile.replace(path, Array(file.text.utf8) + [0x0A], isPrivate: false) } catch {
                let remedy = OutputFile.remedy(after: error, else: "name a folder that exists and can be written")
                throw RunFailure(error, "--output: \(error); \(remedy)")
            }
            Commentary.say("wrote \(path)")
        }
        return .good
    }

    /// The named unit; all of them for a folder; or else the first.
    private static func units(_ settings: ManifestSettings, _ arguments: Arguments) throws(RunFailure) -> [ManifestFile]
    {
        let all = SystemdUnits.all(settings)
        let names = all.map(\.name)
        guard arguments.operands.count > 1 else {
            guard !arguments.has("--output") else { return all }
            Commentary.say("this is \(names[0]); name another: \(names.dropFirst().joined(separator: ", "))")
            return Array(all.prefix(1))
        }
        let name = try arguments.operand(1, called: "UNIT")
        guard let unit = all.first(where: { $0.name == name }) else {
            throw arguments.failure(
                "'\(name)' is not a unit\(NearestSpelling.suggestion(for: name, among: names)); write \(names.joined(separator: ", "))"
            )
        }
        return [unit]
    }
}

/// A manifest and the name of its file.
struct ManifestFile {
    let name: String
    let text: String
}

/// What manifests are filled in with: nothing that could be read as more than one word of YAML or of a unit.
struct ManifestSettings {
    let image: String
    let namespace: String
    let environment: String?
    let ntp: String?
    let interval: String
    let program: String
    let systemdVersion: Int64
    /// The hosts of a station: nodes, and the addresses at which their members find each other.
    let hosts: [(name: String, address: String)]
    /// The client URLs of the station's etcd.
    let etcd: [String]

    /// The first systemd whose delay before a restart can grow (RestartSteps=).
    static let growingDelays: Int64 = 254
    private static let oldestSystemd: Int64 = 252

    init(_ arguments: Arguments) throws(RunFailure) {
        func plain(_ name: String, _ allowed: String) throws(RunFailure) -> String? {
            guard let text = arguments.text(name) else { return nil }
            let isPlain = text.utf8.allSatisfy { byte in
                (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte & 0xDF) || allowed.utf8.contains(byte)
            }
            guard isPlain, text.utf8.count <= 253 else {
                throw arguments.failure("\(name): '\(text)' may hold letters, digits and \(allowed)")
            }
            return text
        }
        image = try plain("--image", "./:@_-") ?? "registry.example/tickrun:\(Help.version)"
        let space = try plain("--namespace", "-") ?? "tickrun"
        namespace = space
        environment = try plain("--environment", "._-")
        ntp = try plain("--ntp", ".,:[]-")
        let length = try arguments.duration("--interval") ?? .seconds(300)
        guard length >= .seconds(1), length.count % 1_000_000_000 == 0 else {
            throw arguments.failure("--interval: give whole seconds, 1s or more")
        }
        interval = "\(length.count / 1_000_000_000)s"
        program = try plain("--program", "/._-") ?? "/usr/local/bin/tickrun"
        systemdVersion =
            try arguments.integer("--systemd-version", in: Self.oldestSystemd...9_999) ?? Self.oldestSystemd
        hosts = try Self.hosts(plain("--hosts", "=.,:[]-") ?? "a=192.0.2.1,b=192.0.2.2,c=192.0.2.3", arguments)
        etcd = (try plain("--etcd", ",:/[].-") ?? "http://etcd.\(space):2379").split(separator: ",")
            .map(String.init)
        do { _ = try EtcdConfiguration(endpoints: etcd) } catch { throw arguments.failure("--etcd: \(error)") }
        guard program.hasPrefix("/") else { throw arguments.failure("--program: give the whole path") }
    }
    private static func hosts(
        _ text: String, _ arguments: Arguments
    ) throws(RunFailure) -> [(name: String, address: String)] {
        var hosts: [(name: String, address: String)] = []
        for part in text.split(separator: ",", omittingEmptySubsequences: false) {
            let words = part.split(separator: "=", omittingEmptySubsequences: false).map(String.init)
            // A node's name is a part of keys in etcd and of file names.
            let isName =
                words[0].utf8.count <= 63 && words[0].first.map { $0.isLetter || $0.isNumber } ?? false
                && words[0].allSatisfy { $0.isLetter || $0.isNumber || $0 == "." || $0 == "-" }
            guard words.count == 2, isName, !words[1].isEmpty else {
                throw arguments.failure("--hosts: '\(part)' is not a host; write NODE=ADDRESS, such as a=192.0.2.1")
            }
            guard !hosts.contains(where: { $0.name == words[0] || $0.address == words[1] }) else {
                throw arguments.failure("--hosts: '\(part)' repeats a node or an address; remove one of the two")
            }
            hosts.append((words[0], words[1]))
        }
        return hosts
    }
}
