// The loop of a node's thread: take what was received, poll the peers that are due, let the clock advance, publish.

internal import ClusterClock
internal import Glibc
internal import Synchronization
internal import TickLinux
internal import TickTime
internal import TimeExchange

struct ClusterNodeLoop: ~Copyable {
    /// The longest wait of a turn. It limits the age of the published state.
    private static let turn = Nanoseconds.milliseconds(50)
    /// The most datagrams taken in one turn, so that a flood cannot delay the rest of the turn.
    private static let datagramLimit = 1_024
    private static let kernelInterval = Nanoseconds.seconds(1)
    /// How long before the end of an epoch's life the best time stops using it. Readers use the published state until
    /// this thread has its next turn.
    private static let foresight = Nanoseconds.milliseconds(200)

    private let options: ClusterNodeOptions
    private let socket: UDPSocket
    private let peers: [(id: NodeID, address: SocketAddress)]
    private let bootID = HostRandom.number()
    private var clock: ClusterClock
    private var admission: PeerAdmission
    private var best: BestAvailableTime
    private(set) var plan: BestTimePlan
    private var kernel: KernelClock?
    private var nextKernel: BootInstant
    private var nextPoll: BootInstant
    private var nextTicket: UInt64 = 0
    private var unsent: Int64 = 0
    private var round: ConsensusRound
    private var intervals: PeerIntervals
    /// The replies of NTP servers since our UTC was last set, and the instant when it was set.
    private var ntpReports: [NTPServerReport] = []
    private var stepped: BootInstant?
    private var statedError: StatedError?
    private var said: [NodeID: PeerSaying] = [:]
    private var refusedSamples: [String: Int64] = [:]
    private var stamps = KernelStamps()
    /// A reading of the clocks before the socket was last empty.
    private var empty: HostReading
    private var synchronizedWithin: StatedError?
    private var ptpReport: PTPReport?
    private var ptpError: StatedError?
    private var ptpChanges = PTPChanges()
    private var grandmasterChanges: Int64 = 0
    /// By how much the bounds of PTP and of the other sources exclude each other.
    private var contradiction: Nanoseconds?
    private let growth: DriftGrowth

    init(_ options: ClusterNodeOptions, _ socket: consuming UDPSocket) throws(ClusterClockError) {
        self.options = options
        self.socket = socket
        let kernel = try? KernelClock.read()
        let reading = HostClock.hostReading(taiOffset: Int32(clamping: kernel?.taiOffsetSeconds ?? 0))
        clock = try ClusterClock(options.configuration, at: reading)
        empty = reading
        self.kernel = kernel
        admission = PeerAdmission(
            cluster: options.cluster, node: options.configuration.node, peers: options.configuration.peers,
            keys: options.keys, limits: options.limits, at: reading.boot)
        peers = options.configuration.peers.compactMap { peer in options.addresses[peer].map { (peer, $0) } }
        best = BestAvailableTime(driftBound: options.configuration.driftBound)
        growth = DriftGrowth(clocks: 1, driftBound: options.configuration.driftBound)
        nextKernel = reading.boot
        nextPoll = reading.boot
        round = ConsensusRound(options.consensus, earlier: options.earlierConsensus, at: reading.boot)
        intervals = PeerIntervals(driftBound: options.configuration.driftBound)
        plan = best.choose(among: TimeSources(), at: reading.boot, realtime: reading.realtime)
    }

    var snapshot: ClusterSnapshot { clock.snapshot }

    mutating func takeLeadershipAuthority() -> LeadershipAuthority? { clock.takeLeadershipAuthority() }

    mutating func run(
        _ shared: ClusterNode.Shared, _ time: ClusterTime, _ ntp: NTPWatch?, _ ptp: PTPWatch?,
        _ notice: (ClusterNodeNotice) -> Void
    ) {
        while !shared.isStopRequested.load(ordering: .relaxed) {
            let wait = min(Self.turn, max(.zero, nextPoll -| HostClock.boot()))
            var found: [ClusterNotice] = []
            if socket.wait(milliseconds: Int32(wait.count / 1_000_000)).datagram { found = takeDatagrams() }
            if let leadership = time.leadership { clock.observe(view: leadership.view) }
            askOwnSources(ntp)
            for one in follow(ptp) { notice(one) }
            if shared.isConsensusWanted.exchange(false, ordering: .relaxed) { round.hurry(at: HostClock.boot()) }
            let reading = reading()
            found += advance(to: reading)
            for one in found { notice(.clock(one)) }
            if reading.boot >= nextPoll { poll(reading.boot) }
            round.advance(to: reading.boot, options.consensus)
            choose(reading)
            time.publish(plan, clock.snapshot)
            let report = report(reading)
            shared.report.withLock { $0 = report }
        }
    }

    private func reading() -> HostReading {
        HostClock.hostReading(taiOffset: Int32(clamping: kernel?.taiOffsetSeconds ?? 0))
    }

    private mutating func advance(to reading: HostReading) -> [ClusterNotice] { noted(clock.advance(to: reading)) }

    /// Forgets what a step of this host's UTC made wrong.
    ///
    /// - Returns: `found`.
    private mutating func noted(_ found: [ClusterNotice]) -> [ClusterNotice] {
        for case .stepped(let size) in found {
            stepped = HostClock.boot()
            stamps.distrust()
            (statedError, synchronizedWithin, ptpError) = (nil, nil, nil)
            round.step(by: size)
            intervals.forget()
        }
        return found
    }

    // MARK: - Exchange

    private mutating func poll(_ now: BootInstant) {
        nextPoll = max(nextPoll +| options.configuration.pollInterval, now)
        for (peer, address) in peers {
            nextTicket += 1
            let nonce = PeerNonce(high: HostRandom.number(), low: HostRandom.number())
            // The stamp comes first: a delay of the sending widens the sample, but does not falsify it.
            let sent = HostClock.boot()
            guard let bytes = admission.request(to: peer, nonce: nonce, ticket: nextTicket, at: sent),
                (try? clock.ping(peer, nonce: nextTicket, at: sent)) != nil
            else { continue }
            send(bytes, to: address)
        }
    }

    private mutating func send(_ bytes: [UInt8], to address: SocketAddress) {
        do { try socket.send(bytes, to: address) } catch { unsent += 1 }
    }

    /// When a datagram came.
    private struct Arrival {
        /// The clocks, read after it was taken.
        let reading: HostReading
        /// How long it had been here by then, as far as the kernel's stamp shows.
        let age: Nanoseconds
    }

    /// - Returns: what the cluster clock found out.
    private mutating func takeDatagrams() -> [ClusterNotice] {
        var (looked, found) = (reading(), [ClusterNotice]())
        for _ in 0..<Self.datagramLimit {
            guard let datagram = try? socket.receive() else {
                empty = looked
                return found
            }
            let received = reading()
            looked = received
            let age = stamps.areTrusted ? ReceiveStamp.age(of: datagram.stamp, at: received, sinceEmpty: empty) : .zero
            let arrival = Arrival(reading: received, age: age)
            let peer = peers.first { $0.address.isSame(as: datagram.from) }
            // A datagram longer than the buffer was cut, so its length is unknown.
            let bytes = datagram.length == datagram.bytes.count ? datagram.bytes : []
            do throws(PeerRefusal) {
                switch try admission.admit(bytes.span, from: peer?.id, at: received.boot) {
                case .request(let request):
                    if let address = peer?.address { found += reply(to: request, arrival, address) }
                case .reply(let reply, let answer, let ticket):
                    found += take(answer, from: reply.sender, ticket: ticket, arrival)
                }
            } catch {
                // Counted by the admission.
                continue
            }
        }
        return found
    }

    private mutating func reply(
        to request: PeerDatagram, _ arrival: Arrival, _ address: SocketAddress
    ) -> [ClusterNotice] {
        let (reading, received) = (reading(), arrival.reading)
        let found = advance(to: reading)
        let own = clock.answer(at: reading)
        let answer = PeerDatagram.Answer(
            bootID: bootID, view: clock.snapshot.view, utc: own.utc,
            // Do not round up by the readings' brackets: a hold that is too long can exclude the true offset.
            hold: max(
                .zero,
                reading.monotonic -| received.monotonic -| reading.halfBracket -| received.halfBracket +| arrival.age),
            statedError: own.statedError, isSynchronized: kernel?.bound.interval != nil,
            isDisrupted: own.isDisrupted)
        if let bytes = admission.reply(to: request, answer) { send(bytes, to: address) }
        return found
    }

    private mutating func take(
        _ answer: PeerDatagram.Answer, from sender: NodeID, ticket: UInt64, _ arrival: Arrival
    ) -> [ClusterNotice] {
        // A peer's view is for display only. If it could end a leadership, one lying peer could end them all.
        said[sender] = PeerSaying(view: answer.view, isSynchronized: answer.isSynchronized)
        let peerReply = PeerReply(
            peer: sender, nonce: ticket, bootID: answer.bootID, hold: answer.hold, utc: answer.utc,
            statedError: answer.statedError, isDisrupted: answer.isDisrupted)
        let found: [ClusterNotice]
        do throws(ClusterClockError) {
            found = noted(try clock.receive(peerReply, at: arrival.reading, age: arrival.age))
        } catch {
            refusedSamples[error.kind, default: 0] += 1
            return []
        }
        if let record = clock.peers.first(where: { $0.id == sender }), let roundTrip = record.lastRoundTrip {
            // The peer's clock showed this time half a round trip before the reply came.
            let half = Nanoseconds(max(0, (roundTrip -| answer.hold).count) / 2) +| arrival.age
            round.heard(sender, answer.utc, half, arrival.reading)
            intervals.heard(peerReply, roundTrip: roundTrip, arrival.reading, age: arrival.age)
        }
        return found
    }

    // MARK: - State

    /// The longest exchange with a server. A reply that comes sooner than this after a step may answer a request from
    /// before the step.
    private static let ntpPatience = Nanoseconds.seconds(2)

    /// What the kernel and the NTP servers state about our UTC.
    private mutating func askOwnSources(_ ntp: NTPWatch?) {
        let now = HostClock.boot()
        guard now >= nextKernel else { return }
        nextKernel = now +| Self.kernelInterval
        kernel = try? KernelClock.read()
        stamps.check()
        ntpReports = ntp?.reports ?? []
        // After four rounds without a reply, a server's last statement no longer counts.
        let oldest = now -| options.ntpInterval.saturatingTimes(4) -| Self.ntpPatience
        let voters = ntpReports.map { report in
            let measured = report.measurement.flatMap { measured in
                let isOfThisClock = stepped.map { measured.received -| $0 > Self.ntpPatience } ?? true
                return measured.received >= oldest && isOfThisClock ? measured : nil
            }
            return NTPVoter(server: report.server, address: report.address ?? report.server, measurement: measured)
        }
        let byServers = NTPSynchronization.error(of: voters, at: now, driftBound: options.configuration.driftBound)
        let byKernel = kernel.flatMap { StatedError($0.bound, read: now) }
        synchronizedWithin = [byServers, byKernel].compactMap(\.self).min { $0.error < $1.error }
    }

    /// Takes what PTP bounds, and states this host's error anew.
    private mutating func follow(_ ptp: PTPWatch?) -> [ClusterNodeNotice] {
        let now = HostClock.boot()
        var found: [ClusterNodeNotice] = []
        if let report = ptp?.report.counting(at: now, since: stepped) {
            ptpReport = report
            ptpError = report.statedError
            for change in ptpChanges.take(
                grandmaster: report.measurement?.status.parent.grandmaster, fault: report.fault, at: now)
            {
                if case .grandmaster = change { grandmasterChanges += 1 }
                found.append(.ptp(change))
            }
        }
        var sources = TimeSources()
        (sources.ptp, sources.synchronizedWithin) = (ptpError, synchronizedWithin)
        if case .contradiction(let by) = sources.hostBound(at: now, growing: growth) {
            if contradiction == nil { found.append(.sourcesContradict(by: by)) }
            contradiction = by
        } else {
            contradiction = nil
        }
        // The configured error describes the clock before the step.
        let configured = stepped == nil ? options.statedError.map { StatedError(operatorError: $0, read: now) } : nil
        statedError = configured ?? sources.statedError(at: now, growing: growth)
        clock.stateOwnError(statedError)
        return found
    }

    private mutating func choose(_ reading: HostReading) {
        var sources = TimeSources()
        if let end = clock.snapshot.epochEnd, end -| reading.boot > Self.foresight { sources.cluster = clock.snapshot }
        sources.synchronizedWithin = synchronizedWithin
        sources.ptp = ptpError
        sources.consensus = round.consensus.map { ($0.offset, $0.confidence(at: reading.boot)) }
        sources.minConfidence = options.consensus.minConfidence
        plan = best.choose(among: sources, at: reading.boot, realtime: reading.realtime)
    }

    private func report(_ reading: HostReading) -> ClusterNodeReport {
        ClusterNodeReport(
            node: options.configuration.node, status: clock.status, peers: clock.peers, counts: admission.counts,
            refusedSamples: refusedSamples, unsent: unsent, lastFailure: clock.lastFailure, consensus: round.consensus,
            snapshot: clock.snapshot,
            best: plan.time(at: reading.boot), kernel: kernel, ntp: ntpReports,
            ptp: ptpReport, grandmasterChanges: grandmasterChanges, sourcesContradictBy: contradiction,
            statedError: statedError?.error, peerOffsets: round.latest,
            peerIntervals: intervals.intervals(at: reading.boot),
            peersSay: said, synchronizedWithin: synchronizedWithin?.error,
            boot: reading.boot, hostUTC: reading.realtime)
    }
}
