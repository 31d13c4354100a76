import ChannelRun
import ClusterClock
import StationAgent
import TickConfiguration
import TickTime

// The member of a cluster, from the command line.

extension RunClusterPlan {
    static let options: [CommandOption] = [
        CommandOption(
            "--cluster", .required("CLUSTER"),
            "stamp ticks as the member of this cluster file\n(its keys: 'tickrun key new')"),
        CommandOption(
            "--cluster-wait", .required("TIME"), "how long to wait for agreement\n(default 10s; 0s: begin at once)"),
        CommandOption("--view", .required("N"), "stamp as the primary of this view\nof the host's consensus"),
        CommandOption("--floor", .required("UTC"), "with --view: the highest stamp committed before it"),
        CommandOption(
            "--station", .required("STATION"), "stamp as the primary while this station's records\nin etcd say so"),
    ]

    /// - Returns: `nil` without --cluster.
    init?(_ arguments: Arguments) throws(RunFailure) {
        guard let path = arguments.text("--cluster") else {
            try arguments.refuse(Self.options + ConsensusOptions.all, without: "--cluster CLUSTER")
            return nil
        }
        let view = try arguments.integer("--view", in: 0...Int64.max)
        let floor = try arguments.instant("--floor")
        let leadership: (view: UInt64, floor: UTCInstant)?
        switch (view, floor) {
        case (let view?, let floor?): leadership = (UInt64(view), floor)
        case (nil, nil): leadership = nil
        default: throw arguments.failure("--view and --floor come together, from the host's consensus; give both")
        }
        let station = arguments.text("--station")
        if station != nil, leadership != nil {
            throw arguments.failure("--station decides the view and the floor; leave out --view and --floor")
        }
        let wait = try arguments.duration("--cluster-wait") ?? .seconds(10)
        guard wait >= .zero else { throw arguments.failure("--cluster-wait: give 0s or more") }
        let setup = try ClusterSetup(path, arguments, namedBy: "--cluster")
        let leader = try station.map { (path) throws(RunFailure) in
            let station = try StationSetup(path, namedBy: "--station")
            return StationLeadership(
                station.file, cluster: setup, store: station.store, memoryPath: station.place(station.file.state)
            ) { Commentary.say($0.words) }
        }
        self.init(setup, wait: wait, leadership: leadership, leader: leader)
    }
}

extension ClusterSetup {
    /// The file, with the command line's overrides of its coarse consensus.
    ///
    /// - Parameters:
    ///   - place: the option or the operand that names the file.
    ///   - withoutOptions: whether the command has no options for the coarse consensus.
    init(
        _ path: String, _ arguments: Arguments, namedBy place: String? = nil, withoutOptions: Bool = false
    ) throws(RunFailure) {
        try self.init(path, namedBy: place) { (consensus) throws(RunFailure) in
            withoutOptions ? consensus : try ConsensusOptions.applied(to: consensus, arguments)
        }
    }
}

/// The coarse consensus on the command line.
enum ConsensusOptions {
    static let all = [
        CommandOption("--consensus", .required("on|off"), "whether there is a coarse consensus"),
        CommandOption("--consensus-interval", .required("TIME"), "how often to ask the peers for it (default 60s)"),
        CommandOption(
            "--outlier-threshold", .required("N"),
            "distance from the median, in thousandths\nof a deviation (default 2000)"),
        CommandOption("--min-peers", .required("N"), "minimum peers after the outliers are removed\n(default 1)"),
        CommandOption("--peer-timeout", .required("TIME"), "how long to wait for answers (default 2s)"),
        CommandOption("--max-peers", .required("N"), "maximum peers that count (default 10)"),
        CommandOption("--min-confidence", .required("PERCENT"), "below this, use system time (default 50)"),
        CommandOption("--max-drift", .required("TIME"), "warn of a drift beyond this (default 1h)"),
    ]

    static func applied(
        to file: ConsensusConfiguration, _ arguments: Arguments
    ) throws(RunFailure) -> ConsensusConfiguration {
        var made = file
        if let isOn = try arguments.onOff("--consensus") { made.isEnabled = isOn }
        if let interval = try arguments.duration("--consensus-interval") { made.interval = interval }
        if let threshold = try arguments.integer("--outlier-threshold", in: 100...10_000) {
            made.outlierThreshold = threshold
        }
        if let least = try arguments.integer("--min-peers", in: 1...10) { made.minPeers = Int(least) }
        if let timeout = try arguments.duration("--peer-timeout") { made.peerTimeout = timeout }
        if let most = try arguments.integer("--max-peers", in: 1...10) { made.maxPeers = Int(most) }
        if let percent = try arguments.integer("--min-confidence", in: 0...100) {
            made.minConfidence = Double(percent) / 100
        }
        if let drift = try arguments.duration("--max-drift") { made.maxDrift = drift }
        if let fault = made.fault { throw arguments.failure("the coarse consensus: \(fault)") }
        return made
    }
}
