// A station, as the file of one of its hosts describes it.
//
//     {
//       "schema": "tickrun/station/1",
//       "station": "studio-a", "host": "a", "cluster": "a.json", "state": "a.station.json",
//       "etcd": [ { "endpoint": "http://127.0.0.1:2379" } ],
//       "loops": [ { "cpu": 2, "fifo_priority": 80 }, { "cpu": 3, "fifo_priority": 80 } ],
//       "channels": [ { "channel": "one", "exec": "/usr/local/bin/play-one", "loop": 1 } ]
//     }
//
// Hosts and channels are keys in etcd, so their names hold no slash.

public import TickTime

/// A host's configuration of its station.
public struct StationFile: Hashable, Sendable {
    /// What this host does with a channel.
    public struct Channel: Hashable, Sendable {
        /// Who takes the channel's ticks.
        public enum Consumer: String, Hashable, Sendable, CaseIterable {
            /// The agent's own loop, and the channel's command.
            case agent
            /// A program that joins the agent at its socket.
            case program
        }

        public let name: String
        public let consumer: Consumer
        /// A shell command that receives a line of JSON for each tick on its standard input; `nil`: none.
        public let exec: String?
        /// The loop that ticks it, counted from 0; `nil`: the agent chooses one.
        public let loop: Int?
    }

    public static let schemaName = "tickrun/station/1"
    /// The most loops that an agent has.
    public static let loopLimit = 64
    public let station: String
    public let host: String
    /// The cluster's file of this host, as it is written, from the folder of the file.
    public let cluster: String
    /// The file that keeps the highest numbers seen.
    public let state: String
    public let endpoints: [String]
    public let user: String?
    public let passwordFile: String?
    /// The socket at which programs join channels, from the folder of the file; `nil`: none.
    public let joinSocket: String?
    /// How long an accepted rewrite of the host's record gives the right to act.
    public let ttl: Nanoseconds
    /// What the thread of each loop asks of the host; at least one.
    public let loops: [RealtimeRequest]
    public let channels: [Channel]

    /// - Parameter file: what errors call the document.
    /// - Throws: `FileError`, which lists every fault found.
    public init(json: [UInt8], file: String) throws(FileError) {
        let log = ProblemLog(file: file, bytes: json)
        let top = try ObjectReader.document(json, fields: FileField.stationTop, file: file, log)
        for field in FileField.stationRequired { top.require(field) }
        _ = top.choice(.stationSchema)
        station = top.text(.station) ?? ""
        host = top.text(.stationHost) ?? ""
        cluster = top.text(.stationCluster) ?? ""
        state = top.text(.stationState) ?? ""
        endpoints = top.objects(.etcd).compactMap { reader in
            reader.require(.etcdEndpoint)
            return reader.text(.etcdEndpoint)
        }
        user = top.text(.etcdUser)
        passwordFile = top.text(.etcdPasswordFile)
        if (user == nil) != (passwordFile == nil) {
            top.note(
                user == nil ? .etcdPasswordFile : .etcdUser, "a user and a password file belong together",
                "give both, or neither")
        }
        joinSocket = top.text(.stationJoinSocket)
        ttl = Nanoseconds(top.integer(.stationTTL) ?? 0)
        let loops = top.objects(.stationLoops).map { RealtimeRequest($0) }
        self.loops = loops.isEmpty ? [RealtimeRequest()] : loops
        let loopCount = self.loops.count
        var channels: [Channel] = []
        for reader in top.objects(.stationChannels) {
            reader.require(.stationChannel)
            guard let name = reader.text(.stationChannel) else { continue }
            if channels.contains(where: { $0.name == name }) {
                reader.note(.stationChannel, "'\(name)' is listed twice", "remove one of the two")
            }
            let consumer = Channel.Consumer(rawValue: reader.choice(.stationConsumer) ?? "agent") ?? .agent
            let exec = reader.text(.stationExec), loop = reader.integer(.stationChannelLoop).map { Int($0) }
            if consumer == .program, joinSocket == nil {
                reader.note(.stationConsumer, "no program can join '\(name)'", "give join_socket as well")
            }
            if consumer == .program, exec != nil {
                reader.note(.stationExec, "a program ticks '\(name)', so a command gets no ticks", "give one of them")
            }
            if let loop, loop >= loopCount {
                reader.note(
                    .stationChannelLoop, "there is no loop \(loop)",
                    "give 0 to \(loopCount - 1), or add loops to \"\(FileField.stationLoops.key)\"")
            }
            channels.append(Channel(name: name, consumer: consumer, exec: exec, loop: loop))
        }
        self.channels = channels
        try log.throwIfAny()
    }

    /// The content of the file, in one line.
    public var explanation: String {
        let commands = channels.count { $0.exec != nil }
        return "host '\(host)' of station '\(station)': etcd at \(endpoints.joined(separator: ", ")), "
            + "a tenure of \(ttl.count / 1_000_000) ms, \(commands) channels with a command, \(loops.count) loops"
    }
}

extension FileField {
    static let stationSchema = FileField(
        "schema", "The format: always \(StationFile.schemaName).", .choice([StationFile.schemaName], default: nil))
    static let station = FileField(
        "station", "The station's name: the same on every host.", .text(pattern: memberPattern, example: "studio-a"))
    static let stationHost = FileField(
        "host", "This host's name, different from the other hosts'.", .text(pattern: memberPattern, example: "a"))
    static let stationCluster = FileField(
        "cluster", "This host's cluster file, relative to the folder of this file.",
        .text(pattern: "^.{1,4096}$", example: "a.json"))
    static let stationState = FileField(
        "state", "The file that keeps the highest numbers seen, relative to the folder of this file.",
        .text(pattern: "^.{1,4096}$", example: "a.station.json"))
    static let etcd = FileField(
        "etcd", "The client URLs of etcd's members, in the order in which they are tried.",
        .objects([etcdEndpoint], List(required: ["endpoint"], limit: 32)))
    static let etcdEndpoint = FileField(
        "endpoint", "http://HOST:PORT; for TLS run stunnel on this host.",
        .text(pattern: "^.{1,255}$", example: "http://127.0.0.1:2379"))
    static let etcdUser = FileField(
        "etcd_user", "The user of etcd, if it authenticates.", .text(pattern: "^.{1,255}$", example: "tickrun"))
    static let etcdPasswordFile = FileField(
        "etcd_password_file", "The file with the user's password, relative to the folder of this file.",
        .text(pattern: "^.{1,4096}$", example: "etcd.password"))
    static let stationTTL = FileField(
        "ttl_ns", "How long a host may act after its last accepted rewrite, in ns; the same on every host.",
        .integer(1_000_000_000...60_000_000_000, default: 3_000_000_000))
    static let stationLoops = FileField(
        "loops", "The loops that tick this host's channels, each with a thread of its own; default one.",
        .objects([fifoPriority, cpu, lockMemory], List(required: [], limit: StationFile.loopLimit)))
    static let stationChannelLoop = FileField(
        "loop", "The loop that ticks it, counted from 0. Without it: the one with the fewest channels.",
        .integer(0...Int64(StationFile.loopLimit - 1), default: nil))
    static let stationChannels = FileField(
        "channels", "What this host does with channels, besides ticking them.",
        .objects(
            [stationChannel, stationConsumer, stationExec, stationChannelLoop],
            List(required: ["channel"], limit: 256)))
    static let stationChannel = FileField(
        "channel", "The channel's name.", .text(pattern: memberPattern, example: "one"))
    static let stationConsumer = FileField(
        "consumer", "Who takes the ticks: the agent's loop, or a program that joins at join_socket.",
        .choice(["agent", "program"], default: "agent"))
    static let stationJoinSocket = FileField(
        "join_socket",
        "The socket at which programs join channels, relative to the folder of this file; not in a folder that every "
            + "user may write.",
        .text(pattern: "^.{1,4096}$", example: "join.sock"))
    static let stationExec = FileField(
        "exec", "A shell command that receives a line of JSON for each tick on its standard input.",
        .text(pattern: "^.{1,4096}$", example: "play-one"))

    static let stationRequired = [stationSchema, station, stationHost, stationCluster, stationState, etcd]
    static let stationTop = [
        stationSchema, station, stationHost, stationCluster, stationState, etcd, etcdUser, etcdPasswordFile, stationTTL,
        stationJoinSocket, stationLoops, stationChannels,
    ]
}

extension StationFile {
    /// The JSON Schema of the format, ready to print.
    public static let jsonSchema = FieldSchema.document(
        schemaName, title: "Station", "A host's configuration of its station.", FileField.stationTop,
        required: FileField.stationRequired)
}
