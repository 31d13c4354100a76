import Stations
import TickScheduling
import TickTime

extension StationTransaction {
    /// The revision that it compares of a key; `nil`: it does not.
    func compared(_ key: StationKey) -> Int64? { comparisons.first { $0.key == key }?.revision }

    var air: AirRecord? {
        for put in puts { if case .air(let record) = put.value { return record } }
        return nil
    }

    var relay: RelayRecord? {
        for put in puts { if case .relay(let record) = put.value { return record } }
        return nil
    }

    /// Why it cancels a move.
    var cancellation: String? {
        guard case .cancelled(let reason)? = relay?.state else { return nil }
        return reason
    }
}

/// One host's part in the channel "one", and the records of its station. Tick n is due at n × 40 ms of the host's
/// BOOTTIME. It is 10 s.
struct ChannelBench {
    static let rate = FrameRate.fps25
    static let tai: Int64 = 1_800_000_037_000_000_000, utc: Int64 = 1_800_000_000_000_000_000
    static let fit = HostFitness(clockBoundNanoseconds: 1_000_000)
    static let phase = PhaseRecord(tick: 0, taiNanoseconds: tai, boundNanoseconds: 0)

    let host: String
    var part: ChannelPart
    var records: StationRecords
    var tenure: Tenure
    var session: ChannelPart.SessionState?
    var fitness = Self.fit
    var mayTake = true
    /// In ms.
    var now: Int64 = 10_000
    private(set) var answers = 0

    /// - Parameters:
    ///   - claim: the tick ceiling that this host's record claims; `nil`: none.
    init(
        _ host: String = "a", hosts: [String] = ["a", "b", "c"], standby: ChannelSpec.Standby = .hot,
        claim: Int64? = 322
    ) {
        self.host = host
        part = ChannelPart(host: host, channel: "one", timing: TenureTiming())
        records = StationRecords(revision: 100)
        tenure = Self.tenure(claim: claim)
        records.set(.spec("one"), .spec(ChannelSpec(hosts: hosts, standby: standby)), revision: 11)
        records.set(
            .grid("one"),
            .grid(
                GridRecord(
                    rate: Self.rate, originTAI: TAIInstant(nanoseconds: Self.tai),
                    originUTC: UTCInstant(nanoseconds: Self.utc))), revision: 12)
        for name in ["a", "b", "c"] { put(name) }
    }

    /// A tenure of generation 1 that was accepted at 10 s and lasts until 12.9 s.
    static func tenure(claim: Int64?) -> Tenure {
        var tenure = Tenure(timing: TenureTiming(), process: 7)
        let begin = BootInstant(nanoseconds: 10_000_000_000)
        for answer in [Tenure.Answer.record(nil), .accepted(revision: 21)] {
            let request = tenure.request(at: begin) { _ in
                HostPayload(
                    claims: claim.map { ["one": AirClaim(phase: phase, tickCeiling: $0)] } ?? [:], fitness: fit)
            }
            guard let request else { preconditionFailure("a request is due") }
            tenure.receive(answer, to: request.id, at: begin)
        }
        return tenure
    }

    /// Writes a host's records.
    mutating func put(
        _ name: String, generation: Int64 = 1, _ state: HostRecord.State = .active, fitness: HostFitness = Self.fit,
        ceiling: Int64? = nil
    ) {
        let record = HostRecord(
            generation: generation, state: state, attempt: .init(process: 1, number: 1),
            payload: HostPayload(
                claims: ceiling.map { ["one": AirClaim(phase: Self.phase, tickCeiling: $0)] } ?? [:], fitness: fitness))
        records.set(.host(name), .host(record), revision: 20)
        records.set(.tenure(name), .tenure(TenureRecord(record)), revision: name == host ? 21 : 22)
    }

    mutating func putAir(
        _ host: String, generation: Int64 = 1, first: Int64 = 200, fence: Int64 = 5, revision: Int64 = 30
    ) {
        records.set(
            .air("one"),
            .air(
                AirRecord(
                    host: host, generation: generation, firstTick: first, fencingNumber: fence, phase: Self.phase)),
            revision: revision)
    }

    mutating func putRelay(
        to target: String = "b", _ place: RelayRecord.Place = .soonest, _ state: RelayRecord.State = .requested,
        revision: Int64 = 40
    ) {
        records.set(
            .relay("one"), .relay(RelayRecord(id: 1, target: target, place: place, state: state)), revision: revision)
    }

    var context: ChannelPart.Context {
        let boot = BootInstant(nanoseconds: now * 1_000_000)
        return ChannelPart.Context(
            moment: HostMoment(
                boot: boot, tai: TAIInstant(nanoseconds: Self.tai + boot.nanoseconds),
                utc: UTCInstant(nanoseconds: Self.utc + boot.nanoseconds)),
            tenure: tenure, fitness: fitness, mayTake: mayTake, session: session)
    }

    /// A session of this host that delivers from a tick on.
    mutating func beginSession(from tick: Int64) {
        guard let grid = ChannelGrid(rate: Self.rate, tick: 0, due: BootInstant(nanoseconds: 0)) else { return }
        session = ChannelPart.SessionState(
            grid: grid, phase: PhaseRecord(tick: 0, taiNanoseconds: Self.tai, boundNanoseconds: 1_000_000),
            firstTick: tick)
    }

    /// Reads the records, as they stand.
    mutating func see() { part.see(records, order: answers, context) }

    mutating func request() -> StationTransaction? { part.request(context, records) }

    /// Reads the records, and asks for what is due.
    mutating func turn(at milliseconds: Int64? = nil) -> StationTransaction? {
        now = milliseconds ?? now
        see()
        return request()
    }

    mutating func answer(_ answer: StationAnswer) {
        part.receive(answer, order: answers, context)
        answers += 1
    }

    /// Carries out a transaction in the records, at the next revision, whatever it compares.
    mutating func apply(_ transaction: StationTransaction) {
        records.revision += 1
        for put in transaction.puts { records.set(put.key, put.value, revision: records.revision) }
        for key in transaction.deletes { records.remove(key) }
    }

    mutating func accept(_ transaction: StationTransaction) {
        apply(transaction)
        answer(.accepted(StationRecords(revision: records.revision)))
    }

    var right: AirRight? { part.right(tenure) }

    /// An owner since tick 200.
    static func owner(standby: ChannelSpec.Standby = .hot) -> ChannelBench {
        var bench = ChannelBench(standby: standby)
        bench.putAir("a")
        bench.beginSession(from: 200)
        bench.see()
        return bench
    }
}
