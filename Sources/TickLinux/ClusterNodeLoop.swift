// What a node's thread does, again and again: take what came, poll whom it is time to poll, let the clock
// advance, publish.

internal import ClusterClock
internal import Glibc
internal import Synchronization
internal import TickTime
internal import TimeExchange

struct ClusterNodeLoop: ~Copyable {
    /// A turn waits no longer, so that what is published is not much older.
    private static let turn = Nanoseconds.milliseconds(50)
    /// Datagrams taken in one turn, so that a flood cannot keep the rest of it waiting.
    private static let datagramLimit = 1_024
    private static let kernelInterval = Nanoseconds.seconds(1)

    private let options: ClusterNodeOptions
    private let socket: UDPSocket
    private let peers: [(id: NodeID, address: SocketAddress)]
    private let bootID = HostRandom.number()
    private var clock: ClusterClock
    private var admission: PeerAdmission
    private var best: BestAvailableTime
    private var plan: BestTimePlan
    private var kernel: KernelClock?
    private var nextKernel: BootInstant
    private var nextPoll: BootInstant
    private var nextTicket: UInt64 = 0
    private var unsent: Int64 = 0
    private var agreements: Int64 = 0
    private var round: ConsensusRound

    init(_ options: ClusterNodeOptions, _ socket: consuming UDPSocket) throws(ClusterClockError) {
        self.options = options
        self.socket = socket
        let kernel = try? KernelClock.read()
        let reading = HostClock.hostReading(taiOffset: Int32(clamping: kernel?.taiOffsetSeconds ?? 0))
        clock = try ClusterClock(options.configuration, at: reading)
        self.kernel = kernel
        admission = PeerAdmission(
            cluster: options.cluster, node: options.configuration.node, peers: options.configuration.peers,
            keys: options.keys, limits: options.limits, at: reading.boot)
        peers = options.configuration.peers.compactMap { peer in options.addresses[peer].map { (peer, $0) } }
        best = BestAvailableTime(driftBound: options.configuration.driftBound)
        nextKernel = reading.boot
        nextPoll = reading.boot
        round = ConsensusRound(options.consensus, at: reading.boot)
        plan = best.choose(among: TimeSources(), at: reading.boot, realtime: reading.realtime)
    }

    func publishedTime() -> PublishedTime { PublishedTime(snapshot: clock.snapshot, best: plan) }

    mutating func run(
        _ shared: ClusterNode.Shared, _ published: Published<PublishedTime>, _ notice: (ClusterNotice) -> Void
    ) {
        while !shared.isStopRequested.load(ordering: .relaxed) {
            let wait = min(Self.turn, max(.zero, nextPoll - HostClock.boot()))
            if socket.wait(milliseconds: Int32(wait.count / 1_000_000)).datagram { takeDatagrams(notice) }
            askKernel()
            let reading = reading()
            for found in clock.advance(to: reading) { note(found, notice) }
            if reading.boot >= nextPoll { poll(reading.boot) }
            round.advance(to: reading.boot, options.consensus)
            choose(reading)
            published.publish(publishedTime())
            let report = report(reading)
            shared.report.withLock { $0 = report }
        }
    }

    private func reading() -> HostReading {
        HostClock.hostReading(taiOffset: Int32(clamping: kernel?.taiOffsetSeconds ?? 0))
    }

    private mutating func note(_ found: ClusterNotice, _ notice: (ClusterNotice) -> Void) {
        if case .agreed = found { agreements += 1 }
        notice(found)
    }

    // MARK: - Exchange

    private mutating func poll(_ now: BootInstant) {
        nextPoll = max(nextPoll + options.configuration.pollInterval, now)
        for (peer, address) in peers {
            nextTicket += 1
            let nonce = PeerNonce(high: HostRandom.number(), low: HostRandom.number())
            // The clock's stamp first: whatever delays the sending widens the sample, and falsifies nothing.
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

    private mutating func takeDatagrams(_ notice: (ClusterNotice) -> Void) {
        for _ in 0..<Self.datagramLimit {
            guard let datagram = try? socket.receive() else { return }
            let received = reading()
            let peer = peers.first { $0.address.isSame(as: datagram.from) }
            // What is longer than it was read is of no length that is known.
            let bytes = datagram.length == datagram.bytes.count ? datagram.bytes : []
            do throws(PeerRefusal) {
                switch try admission.admit(bytes.span, from: peer?.id, at: received.boot) {
                case .request(let request):
                    if let address = peer?.address { reply(to: request, received, address, notice) }
                case .reply(let reply, let answer, let ticket):
                    take(reply, answer, ticket, received, notice)
                }
            } catch {
                // Counted by the admission.
                continue
            }
        }
    }

    private mutating func reply(
        to request: PeerDatagram, _ received: HostReading, _ address: SocketAddress, _ notice: (ClusterNotice) -> Void
    ) {
        let reading = reading()
        for found in clock.advance(to: reading) { note(found, notice) }
        let own = clock.answer(at: reading)
        let answer = PeerDatagram.Answer(
            bootID: bootID, view: clock.snapshot.view, utc: own.utc,
            // Rounded up by the readings' brackets would be rounded wrongly: a hold too long cuts the truth off.
            hold: max(.zero, reading.monotonic - received.monotonic - reading.halfBracket - received.halfBracket),
            statedError: own.statedError, isSynchronized: kernel?.isSynchronized ?? false,
            isDisrupted: own.isDisrupted)
        if let bytes = admission.reply(to: request, answer) { send(bytes, to: address) }
    }

    private mutating func take(
        _ reply: PeerDatagram, _ answer: PeerDatagram.Answer, _ ticket: UInt64, _ received: HostReading,
        _ notice: (ClusterNotice) -> Void
    ) {
        clock.observe(view: answer.view)
        let peerReply = PeerReply(
            peer: reply.sender, nonce: ticket, bootID: answer.bootID, hold: answer.hold, utc: answer.utc,
            statedError: answer.statedError, isDisrupted: answer.isDisrupted)
        guard let found = try? clock.receive(peerReply, at: received) else { return }
        for one in found { note(one, notice) }
        if let record = clock.peers.first(where: { $0.id == reply.sender }), let roundTrip = record.lastRoundTrip {
            let half = Nanoseconds(max(0, (roundTrip - answer.hold).count) / 2)
            round.heard(reply.sender, answer.utc, half, received)
        }
    }

    // MARK: - What is known

    private mutating func askKernel() {
        let now = HostClock.boot()
        guard now >= nextKernel else { return }
        nextKernel = now + Self.kernelInterval
        kernel = try? KernelClock.read()
        let stated = options.statedError ?? (kernel?.isSynchronized == true ? kernel?.maximumError : nil)
        clock.stateOwnError(stated.map { StatedError($0, read: now) })
    }

    private mutating func choose(_ reading: HostReading) {
        var sources = TimeSources()
        sources.cluster = clock.snapshot
        if let kernel, kernel.isSynchronized {
            sources.synchronizedWithin = StatedError(kernel.maximumError, read: reading.boot)
        }
        sources.consensus = round.consensus.map { ($0.offset, $0.confidence(at: reading.boot)) }
        sources.minConfidence = options.consensus.minConfidence
        plan = best.choose(among: sources, at: reading.boot, realtime: reading.realtime)
    }

    private func report(_ reading: HostReading) -> ClusterNodeReport {
        ClusterNodeReport(
            node: options.configuration.node, status: clock.status, peers: clock.peers, counts: admission.counts,
            unsent: unsent, lastFailure: clock.lastFailure, consensus: round.consensus, snapshot: clock.snapshot,
            best: plan.time(at: reading.boot), kernel: kernel, agreements: agreements,
            boot: reading.boot, hostUTC: reading.realtime)
    }
}

/// One asking of all peers for their local time, at its interval: what the polls within its time bring.
struct ConsensusRound {
    private var schedule: ConsensusSchedule
    private var began: BootInstant?
    private var offsets: [NodeID: Nanoseconds] = [:]
    private(set) var consensus: CoarseConsensus?

    init(_ configuration: ConsensusConfiguration, at now: BootInstant) {
        schedule = ConsensusSchedule(configuration, at: now)
    }

    /// A peer's clock showed `utc` half a round trip before `received`.
    mutating func heard(_ peer: NodeID, _ utc: UTCInstant, _ half: Nanoseconds, _ received: HostReading) {
        guard case .some = began else { return }
        let (sum, overflow) = utc.nanoseconds.addingReportingOverflow(half.count)
        let (offset, beyond) = sum.subtractingReportingOverflow(received.realtime.nanoseconds)
        if !overflow, !beyond { offsets[peer] = Nanoseconds(offset) }
    }

    mutating func advance(to now: BootInstant, _ configuration: ConsensusConfiguration) {
        guard configuration.isEnabled else { return }
        if let began {
            guard now - began >= configuration.peerTimeout else { return }
            self.began = nil
            schedule.asked(answered: offsets.count, at: now)
            let heard = offsets.sorted { $0.key < $1.key }.prefix(configuration.maxPeers)
            // An older one goes on being aged where nobody answered.
            if let made = CoarseConsensus(of: heard.map { ($0.key, $0.value) }, configuration, at: now) {
                consensus = made
            }
        } else if now >= schedule.next {
            began = now
            offsets = [:]
        }
    }
}
