public import TickScheduling
public import TickTime

/// The state of a host of a station: of an agent.
public struct StationMetrics: Sendable {
    /// What the host does with a channel.
    public struct Channel: Sendable {
        public var name: String
        /// One of `roles`.
        public var role: String
        /// Whether this host's next tick of it would be on air.
        public var air: AirState
        /// What its sessions delivered since the agent began; `nil`: this host has not ticked it.
        public var statistics: SessionStatistics?
        /// Whether a session ticks it now.
        public var isTicking: Bool
        /// The last tick that was on air.
        public var lastTickOnAir: Int64?

        public init(
            name: String, role: String, air: AirState, statistics: SessionStatistics?, isTicking: Bool,
            lastTickOnAir: Int64?
        ) {
            self.name = name
            self.role = role
            self.air = air
            self.statistics = statistics
            self.isTicking = isTicking
            self.lastTickOnAir = lastTickOnAir
        }
    }

    /// What one loop of the agent measured, all its channels together.
    public struct Loop: Sendable {
        public var startLateness: LatencyMetrics
        public var wakeLatency: LatencyMetrics
        public var work: LatencyMetrics
        /// Tick records that found the ring full.
        public var lostRecords: Int64

        public init(_ latencies: LatencyStatistics, lostRecords: Int64) {
            startLateness = LatencyMetrics(latencies.startLateness)
            wakeLatency = LatencyMetrics(latencies.wakeLatency)
            work = LatencyMetrics(latencies.work)
            self.lostRecords = lostRecords
        }
    }

    /// The results of the requests to the store.
    public struct Store: Sendable {
        /// Requests since the agent began, by kind and by outcome. Every pair is listed, so that each series begins
        /// at 0.
        public var requests: [(kind: String, outcome: String, count: Int64)]
        /// How long ago the last answer came; `nil`: there was none.
        public var answerAge: Nanoseconds?
        /// Whether the last request of some kind failed.
        public var isFailing: Bool

        public init(
            requests: [(kind: String, outcome: String, count: Int64)], answerAge: Nanoseconds?, isFailing: Bool
        ) {
            self.requests = requests
            self.answerAge = answerAge
            self.isFailing = isFailing
        }
    }

    public var station: String
    public var host: String
    public var holdsTenure: Bool
    /// 0: the host never had a tenure.
    public var generation: Int64
    /// How long the host may still act; negative once that is over, `nil` without a tenure.
    public var validFor: Nanoseconds?
    /// Whether this host stamps as the primary.
    public var isPrimary: Bool
    /// The view of the primary, as the host read it last; `nil`: no primary is known.
    public var view: Int64?
    /// The names that a channel's role can have.
    public var roles: [String]
    public var channels: [Channel]
    public var loops: [Loop]
    public var store: Store

    public init(
        station: String, host: String, holdsTenure: Bool, generation: Int64, validFor: Nanoseconds?,
        isPrimary: Bool, view: Int64?, roles: [String], channels: [Channel], loops: [Loop], store: Store
    ) {
        self.station = station
        self.host = host
        self.holdsTenure = holdsTenure
        self.generation = generation
        self.validFor = validFor
        self.isPrimary = isPrimary
        self.view = view
        self.roles = roles
        self.channels = channels
        self.loops = loops
        self.store = store
    }

    /// The metrics of an agent. Every series carries the labels `run` (as its journals name it), `station`, `host` and
    /// `file`. The families of ticks are those of a run, with a channel as a session.
    ///
    /// - Parameters:
    ///   - file: the name of the file for the metrics.
    ///   - cluster: the state of its member of the cluster.
    ///   - best: the best time that the member knows.
    ///   - isOver: whether the agent has ended: alerts on old metrics then stop.
    ///   - written: when, by this host's UTC.
    public func text(
        file: String, version: String, cluster: ClusterMetrics?, best: StampedTime?, isOver: Bool, written: UTCInstant
    ) -> String {
        var metrics = MetricsText(
            common: [("run", "\(station) \(host)"), ("file", file), ("station", station), ("host", host)])
        metrics.family("tickrun_agent_info", .gauge, "The agent, and what wrote these metrics; always 1.")
        metrics.sample("tickrun_agent_info", [("version", version)], 1)
        metrics.family("tickrun_agent_ended", .gauge, "Whether the agent has ended.")
        metrics.sample("tickrun_agent_ended", [], isOver ? 1 : 0)
        writeHost(to: &metrics)
        writeStore(to: &metrics)
        writeChannels(to: &metrics)
        let ticked = channels.compactMap { channel in
            channel.statistics.map {
                SessionMetrics(name: channel.name, rate: $0.rate, statistics: $0, isTicking: channel.isTicking)
            }
        }
        metrics.rates(ticked)
        metrics.counts(ticked)
        metrics.air(ticked)
        metrics.latencies(
            loops.enumerated().map { ([("loop", "\($0)")], $1.startLateness, $1.wakeLatency, $1.work) })
        metrics.lostRecords(loops.reduce(0) { $0 + $1.lostRecords })
        metrics.time(best)
        cluster?.write(to: &metrics)
        metrics.family("tickrun_metrics_written_timestamp_seconds", .gauge, "When these metrics were written, UTC.")
        metrics.seconds("tickrun_metrics_written_timestamp_seconds", nanoseconds: Int128(written.nanoseconds))
        return metrics.text
    }

    private func writeHost(to metrics: inout MetricsText) {
        metrics.family("tickrun_station_tenure_held", .gauge, "Whether the host holds a tenure, valid or not.")
        metrics.sample("tickrun_station_tenure_held", [], holdsTenure ? 1 : 0)
        if let validFor {
            metrics.family(
                "tickrun_station_tenure_valid_seconds", .gauge,
                "For how long the host may still act; negative: since when it may not.")
            metrics.seconds("tickrun_station_tenure_valid_seconds", nanoseconds: Int128(validFor.count))
        }
        metrics.family("tickrun_station_tenure_generation", .gauge, "The number of the host's tenure; 0: none yet.")
        metrics.sample("tickrun_station_tenure_generation", [], generation)
        metrics.family("tickrun_station_primary", .gauge, "Whether the host stamps as the primary.")
        metrics.sample("tickrun_station_primary", [], isPrimary ? 1 : 0)
        if let view {
            metrics.family("tickrun_station_view", .gauge, "The view of the primary, as the host read it last.")
            metrics.sample("tickrun_station_view", [], view)
        }
    }

    private func writeStore(to metrics: inout MetricsText) {
        metrics.family(
            "tickrun_station_store_requests_total", .counter, "Requests to the store, by kind and by outcome.")
        for (kind, outcome, count) in store.requests {
            metrics.sample(
                "tickrun_station_store_requests_total", [("kind", kind), ("outcome", outcome)], count)
        }
        if let age = store.answerAge {
            metrics.family(
                "tickrun_station_store_answer_age_seconds", .gauge, "How long ago the store answered a request.")
            metrics.seconds("tickrun_station_store_answer_age_seconds", nanoseconds: Int128(age.count))
        }
        metrics.family("tickrun_station_store_failing", .gauge, "Whether the last request of some kind failed.")
        metrics.sample("tickrun_station_store_failing", [], store.isFailing ? 1 : 0)
    }

    private func writeChannels(to metrics: inout MetricsText) {
        guard !channels.isEmpty else { return }
        metrics.family("tickrun_channel_role", .gauge, "What the host is to the channel: 1 for its role now.")
        for channel in channels {
            for role in roles {
                metrics.sample(
                    "tickrun_channel_role", [("channel", channel.name), ("role", role)], role == channel.role ? 1 : 0)
            }
        }
        metrics.family("tickrun_channel_on_air", .gauge, "Whether the host has the channel on air, fenced or unfenced.")
        for channel in channels {
            metrics.sample("tickrun_channel_on_air", [("channel", channel.name)], channel.air.isOnAir ? 1 : 0)
        }
        metrics.family("tickrun_channel_unfenced", .gauge, "Whether it has the channel on air without a valid right.")
        for channel in channels {
            metrics.sample("tickrun_channel_unfenced", [("channel", channel.name)], channel.air.isUnfenced ? 1 : 0)
        }
        let last = channels.compactMap { channel in channel.statistics?.last.map { (channel.name, $0.index) } }
        if !last.isEmpty {
            metrics.family("tickrun_channel_last_tick", .gauge, "The number of the last tick, on air or not.")
            for (name, tick) in last { metrics.sample("tickrun_channel_last_tick", [("channel", name)], tick) }
        }
        let onAir = channels.compactMap { channel in channel.lastTickOnAir.map { (channel.name, $0) } }
        if !onAir.isEmpty {
            metrics.family("tickrun_channel_last_tick_on_air", .gauge, "The number of the last tick on air.")
            for (name, tick) in onAir {
                metrics.sample("tickrun_channel_last_tick_on_air", [("channel", name)], tick)
            }
        }
    }
}
