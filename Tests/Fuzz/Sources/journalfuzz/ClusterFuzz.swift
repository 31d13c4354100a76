// The whole path of an authentic reply of a cluster's member: admission, cluster clock, snapshot, best time, stamp,
// journal record, replay. Nothing may trap, and neither the best time nor a stamp may fall.
//
// Each step of the input is one exchange with one of two peers, of 32 bytes:
//
//     0      bit 0: which peer; 1: past the admission; 2: it was disrupted; 3: it states an error; 4: our UTC is set
//            forward; 5: back; 6: we know no error of our own; 7: a suspend
//     1      what its UTC is: 0 as written, 1 ahead of ours by as many ns, 2 by as many ms, else ours
//     2 ..   UTC, hold and stated error, 8 bytes each
//     26 ..  the round trip in 10 µs, and the time until the next step in ms, 2 bytes each
//     30 ..  our own step or suspend in ms, 2 bytes
//
// A step past the admission gives the cluster clock values that no admission accepts: the arithmetic behind it must
// not trap on them either.

import ClockView
import ClusterClock
import MessageDigest
import TickJournal
import TickScheduling
import TickTime
import TimeExchange

/// A member's host, whose clocks the input moves.
private struct FuzzedHost {
    var boot: Int64 = 60_000_000_000
    var utc: Int64 = 1_795_000_000_000_000_000
    var slept: Int64 = 0

    var reading: HostReading {
        HostReading(
            boot: BootInstant(nanoseconds: boot), monotonic: MonotonicInstant(nanoseconds: boot - slept),
            raw: Nanoseconds(boot - slept), realtime: UTCInstant(nanoseconds: utc), halfBracket: Nanoseconds(50),
            taiOffset: 37)
    }

    mutating func pass(_ length: Int64) {
        boot += length
        utc += length
    }
}

/// One exchange, as the input spells it.
private struct FuzzedStep {
    static let size = 32
    let flags: UInt8
    let kind: UInt8
    let utc: Int64
    let hold: Int64
    let error: Int64
    let roundTrip: Int64
    let pause: Int64
    let step: Int64

    init(_ bytes: ArraySlice<UInt8>) {
        func number(_ place: Int, _ count: Int) -> UInt64 {
            bytes[(bytes.startIndex + place)..<(bytes.startIndex + place + count)].reduce(0) { $0 << 8 | UInt64($1) }
        }
        flags = bytes[bytes.startIndex]
        kind = bytes[bytes.startIndex + 1]
        utc = Int64(bitPattern: number(2, 8))
        hold = Int64(bitPattern: number(10, 8))
        error = Int64(bitPattern: number(18, 8))
        roundTrip = Int64(number(26, 2)) * 10_000
        pause = Int64(number(28, 2)) * 1_000_000
        step = Int64(number(30, 2)) * 1_000_000
    }

    func has(_ bit: UInt8) -> Bool { flags >> bit & 1 == 1 }
}

private struct FuzzedMember {
    static let (own, peers) = (NodeID(rawValue: 1), [NodeID(rawValue: 2), NodeID(rawValue: 3)])
    static let cluster = ClusterID(rawValue: 9)
    static let secret = [UInt8](repeating: 7, count: 32)
    static let key = HMACSHA256(key: secret.span)

    var host = FuzzedHost()
    var admission: PeerAdmission
    var clock: ClusterClock
    var round: ConsensusRound
    var intervals: PeerIntervals
    var best = BestAvailableTime()
    var order = TimestampOrder()
    var last: StampedTime?
    var writer = JournalWriter()
    let leadership: Leadership
    var ticket: UInt64 = 0

    init?() {
        let reading = host.reading
        let rows = Self.peers.flatMap { peer in
            [(Self.own, peer), (peer, Self.own)].map {
                PeerKeys.Row(from: $0, to: $1, id: 1, secret: Self.secret)
            }
        }
        guard let keys = try? PeerKeys(rows, of: Self.own, sending: 1),
            var clock = try? ClusterClock(ClusterConfiguration(node: Self.own, peers: Self.peers), at: reading),
            let authority = clock.takeLeadershipAuthority()
        else { return nil }
        leadership = authority.token(view: 1, floor: UTCInstant(nanoseconds: 0))
        self.clock = clock
        admission = PeerAdmission(
            cluster: Self.cluster, node: Self.own, peers: Self.peers, keys: keys, at: reading.boot)
        round = ConsensusRound(ConsensusConfiguration(), earlier: nil, at: reading.boot)
        intervals = PeerIntervals(driftBound: clock.configuration.driftBound)
    }

    mutating func take(_ step: FuzzedStep) {
        if step.has(4) { host.utc += step.step }
        if step.has(5) { host.utc -= step.step }
        if step.has(7) {
            host.pass(step.step)
            host.slept += step.step
        }
        clock.stateOwnError(step.has(6) ? nil : StatedError(operatorError: .milliseconds(3), read: host.reading.boot))
        let peer = Self.peers[step.has(0) ? 1 : 0]
        ticket += 1
        let nonce = PeerNonce(high: 5, low: ticket)
        let sent = host.reading
        guard admission.request(to: peer, nonce: nonce, ticket: ticket, at: sent.boot) != nil,
            (try? clock.ping(peer, nonce: ticket, at: sent.boot)) != nil
        else { return }
        host.pass(step.roundTrip)
        let received = host.reading
        let utc: Int64 =
            switch step.kind {
            case 0: step.utc
            case 1: sent.realtime.nanoseconds &+ step.utc
            case 2: sent.realtime.nanoseconds &+ step.utc &* 1_000_000
            default: sent.realtime.nanoseconds
            }
        let answer = PeerDatagram.Answer(
            bootID: 1, view: 1, utc: UTCInstant(nanoseconds: utc), hold: Nanoseconds(step.hold),
            statedError: step.has(3) ? Nanoseconds(step.error) : nil, isSynchronized: true, isDisrupted: step.has(2))
        let reply = PeerDatagram(
            cluster: Self.cluster, sender: peer, receiver: Self.own, keyID: 1, nonce: nonce, answer: answer
        ).encoded(with: Self.key)
        let admitted = try? admission.admit(reply.span, from: peer, at: received.boot)
        if case .reply(_, let taken, let ticket)? = admitted {
            precondition(taken.utc.nanoseconds >= 0 && taken.hold >= .zero, "what is admitted is possible")
            receive(taken, peer, ticket, received)
        } else if step.has(1) {
            receive(answer, peer, ticket, received)
        }
        publish()
        host.pass(step.pause)
        publish()
    }

    private mutating func receive(
        _ answer: PeerDatagram.Answer, _ peer: NodeID, _ ticket: UInt64, _ received: HostReading
    ) {
        let reply = PeerReply(
            peer: peer, nonce: ticket, bootID: answer.bootID, hold: answer.hold, utc: answer.utc,
            statedError: answer.statedError, isDisrupted: answer.isDisrupted)
        guard (try? clock.receive(reply, at: received)) != nil,
            let roundTrip = clock.peers.first(where: { $0.id == peer })?.lastRoundTrip
        else { return }
        round.heard(peer, answer.utc, roundTrip, received)
        intervals.heard(reply, roundTrip: roundTrip, received, age: .zero)
    }

    private mutating func publish() {
        let reading = host.reading
        for notice in clock.advance(to: reading) {
            if case .stepped(let size) = notice {
                round.step(by: size)
                intervals.forget()
            }
        }
        round.advance(to: reading.boot, ConsensusConfiguration())
        var sources = TimeSources()
        sources.cluster = clock.snapshot
        sources.consensus = round.consensus.map { ($0.offset, $0.confidence(at: reading.boot)) }
        let time = best.choose(among: sources, at: reading.boot, realtime: reading.realtime).time(at: reading.boot)
        precondition(last.map { $0.time <= time.time } ?? true, "the best time never falls")
        last = time
        _ = intervals.intervals(at: reading.boot)
        _ = clock.answer(at: reading)
        _ = (clock.status, clock.snapshot.utcBounds(at: reading.boot))
        precondition(order.fall(to: time) == nil, "a tick's timestamp never falls")
        _ = try? clock.stamp(at: reading, leadership)
        writer.append(
            .cluster(
                ClusterRecord(
                    monotonic: reading.monotonic, status: clock.status.rawValue, best: time,
                    epoch: clock.snapshot.epochNumber,
                    agreeing: Int64(clock.snapshot.epoch?.agreement.agreeing ?? 0))))
    }
}

func cluster(_ bytes: [UInt8]) {
    guard var member = FuzzedMember() else { return }
    var position = 0
    while position + FuzzedStep.size <= bytes.count, position < 256 * FuzzedStep.size {
        member.take(FuzzedStep(bytes[position..<position + FuzzedStep.size]))
        position += FuzzedStep.size
    }
    var written: [UInt8] = []
    member.writer.takePending { written = $0 }
    journal(written)
}
