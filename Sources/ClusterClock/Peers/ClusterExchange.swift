// Asking the peers, answering them, and agreeing on what they said.

public import TickTime

/// A node's statement of its own time, in reply to a request.
public struct OwnTime: Hashable, Sendable, BitwiseCopyable {
    public let utc: UTCInstant
    public let statedError: Nanoseconds?
    public let isDisrupted: Bool
}

extension ClusterClock {
    /// What we tell a peer that asks.
    ///
    /// That our clocks were disrupted is said for as long as a window lasts at least, so that every peer hears
    /// it and drops what it had of us. It is not said until we agree again: after a leap second every member is
    /// disrupted, and none would ever believe another.
    public func answer(at reading: HostReading) -> OwnTime {
        let isDisrupted = disruptedAt.map { reading.boot -| $0 < configuration.windowMin } ?? false
        let error = ownError.map { $0.error(at: reading.boot, growing: snapshot.growthAlone) +| reading.halfBracket }
        return OwnTime(utc: reading.realtime, statedError: error, isDisrupted: isDisrupted)
    }

    /// Notes a request as it is sent.
    ///
    /// - Parameter nonce: unlike any before it, and not to be guessed: a reply must repeat it.
    /// - Throws: `ClusterClockError.selfSample`; `stalePing` for a node that is not a peer.
    public mutating func ping(_ peer: NodeID, nonce: UInt64, at sent: BootInstant) throws(ClusterClockError) {
        peers[try index(of: peer)].sent(nonce, at: sent)
    }

    /// Takes a reply, known to be the peer's own, as it is received.
    ///
    /// - Parameter age: how long before the reading it came, at the least, where that is known.
    /// - Returns: what came of it, in order.
    /// - Throws: `ClusterClockError.selfSample`, `.stalePing`, `.nonMonotonicPing`: it made no sample. A reply to an
    ///   open request shows all the same that the peer answers.
    public mutating func receive(
        _ reply: PeerReply, at reading: HostReading, age: Nanoseconds = .zero
    ) throws(ClusterClockError) -> [ClusterNotice] {
        let index = try index(of: reply.peer)
        guard let sent = peers[index].take(reply.nonce, at: reading.boot) else { throw .stalePing }
        // It did not come before we asked, whatever is said of its age.
        let received = max(sent, reading.boot -| age)
        let sample = try ClockSample(
            ClockExchange(
                peer: reply.peer, sent: sent, received: received, hold: reply.hold, peerUTC: reply.utc,
                statedError: reply.statedError), in: window)
        var notices = advance(to: reading)
        // What was found about our own clocks may have begun another window.
        guard sent >= window.boot else { return notices }
        note(reply, of: index, roundTrip: received -| sent, &notices)
        guard !reply.isDisrupted else { return notices }
        keep(sample, of: index, at: reading.boot, &notices)
        if reading.boot -| window.boot >= configuration.windowMin, let notice = attempt(at: reading) {
            notices.append(notice)
        }
        return notices
    }

    private func index(of peer: NodeID) throws(ClusterClockError) -> Int {
        if peer == configuration.node { throw .selfSample }
        for index in peers.indices where peers[index].id == peer { return index }
        throw .stalePing
    }

    private mutating func note(
        _ reply: PeerReply, of index: Int, roundTrip: Nanoseconds, _ notices: inout [ClusterNotice]
    ) {
        peers[index].lastRoundTrip = roundTrip
        if peers[index].bootID != reply.bootID {
            if case .some = peers[index].bootID {
                notices.append(.rebooted(reply.peer))
                // What the last agreement judged was the clock of the boot before.
                peers[index].judge(.silent, falseBy: .zero)
            }
            peers[index].bootID = reply.bootID
            peers[index].sample = nil
        }
        if reply.isDisrupted {
            if !peers[index].isDisrupted { notices.append(.peerDisrupted(reply.peer)) }
            peers[index].sample = nil
            peers[index].verdict = .silent
        }
        peers[index].isDisrupted = reply.isDisrupted
    }

    /// Of the samples of a peer, the one that is narrowest when used; of equally narrow ones the later. All samples
    /// widen at the same rate, so the one that is narrower now stays narrower.
    private mutating func keep(
        _ sample: ClockSample, of index: Int, at now: BootInstant, _ notices: inout [ClusterNotice]
    ) {
        guard let kept = peers[index].sample else {
            peers[index].sample = sample
            return
        }
        let growth = snapshot.growthOfTwo
        let new = sample.interval(at: now, growing: growth), old = kept.interval(at: now, growing: growth)
        let apart = new.distance(to: old)
        if apart > .zero {
            notices.append(.inconsistent(peers[index].id, by: apart))
            // What was asked later says more of what is, however late the reply.
            if sample.sent >= kept.sent { peers[index].sample = sample }
        } else if new.width <= old.width {
            peers[index].sample = sample
        }
    }

    /// Looks for a majority, and installs what it agrees on.
    mutating func attempt(at reading: HostReading) -> ClusterNotice? {
        let now = reading.boot, growth = snapshot.growthOfTwo
        let error = ownError.map {
            $0.error(at: now, growing: snapshot.growthAlone) +| windowHalfBracket
        }
        let heard = peers.count { if case .some = $0.sample { true } else { false } }
        let attempted = unsafe withUnsafeTemporaryAllocation(of: OffsetInterval.self, capacity: 2 * (heard + 1)) {
            buffer in
            var (count, stated) = (1, 0)
            unsafe buffer[0] = .ours
            if let error {
                unsafe buffer[heard + 1] = OffsetInterval.ours.widened(by: error)
                stated = 1
            }
            for peer in peers {
                guard let sample = peer.sample else { continue }
                let interval = sample.interval(at: now, growing: growth)
                unsafe buffer[count] = interval
                count += 1
                if let error = sample.statedError {
                    unsafe buffer[heard + 1 + stated] = interval.widened(by: error)
                    stated += 1
                }
            }
            let sources = unsafe UnsafeBufferPointer(rebasing: buffer[0..<count])
            let bounds = unsafe UnsafeBufferPointer(rebasing: buffer[heard + 1..<heard + 1 + stated])
            return unsafe agree(Span(_unsafeElements: sources), Span(_unsafeElements: bounds))
        }
        switch attempted {
        case .success(let (agreement, bound)):
            install(agreement, bound, at: reading)
            return .agreed(agreement)
        case .failure(let error):
            lastFailure = error
            if case .noQuorumAgreement(let agreeing, _) = error { snapshot.agreeing = UInt8(agreeing) }
            return .notAgreed(error)
        }
    }

    private func agree(
        _ sources: Span<OffsetInterval>, _ stated: Span<OffsetInterval>
    ) -> Result<(Agreement, UTCBound.Outcome), ClusterClockError> {
        do throws(ClusterClockError) {
            let agreement = try Agreement(
                among: sources, clusterSize: configuration.size, tolerance: configuration.tolerance)
            return .success((agreement, UTCBound.among(stated, majority: configuration.majority)))
        } catch { return .failure(error) }
    }

    /// From the sources that were heard to all members.
    private func members(_ sources: UInt64) -> UInt64 {
        var members = sources & 1
        var source: UInt64 = 1
        for index in peers.indices {
            guard case .some = peers[index].sample else { continue }
            if sources >> source & 1 == 1 { members |= 1 << UInt64(index + 1) }
            source += 1
        }
        return members
    }

    private mutating func install(_ agreement: Agreement, _ bound: UTCBound.Outcome, at reading: HostReading) {
        let widest = max(agreement.agreedInterval.width, agreement.skewInterval.width)
        precondition(widest <= configuration.tolerance +| Nanoseconds(1), "an agreement is within the tolerance")
        precondition(agreement.agreeing >= configuration.majority, "a majority agrees")
        for index in peers.indices {
            guard let sample = peers[index].sample else {
                peers[index].judge(.silent, falseBy: .zero)
                continue
            }
            let interval = sample.interval(at: reading.boot, growing: snapshot.growthOfTwo)
            peers[index].judge(
                PeerVerdict(of: interval, by: agreement, tolerance: configuration.tolerance),
                falseBy: interval.distance(to: agreement.estimate))
        }
        snapshot.epoch = ClusterEpoch(
            installed: reading.boot, time: window.ours(at: reading.boot), agreement: agreement, utcBound: bound,
            skewMembers: members(agreement.skewSources))
        snapshot.epochNumber += 1
        snapshot.disruption = nil
        snapshot.isHolding = false
        lastFailure = nil
        beginWindow(at: reading)
    }
}
