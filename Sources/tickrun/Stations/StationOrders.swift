// How a command reads the station's records, and carries out an order.
//
// A transaction compares the revisions of the records on which it rests. If those have changed in the meantime, etcd
// refuses it: the command reads the records and decides the order again. A transaction without an answer may have been
// carried out, or may still be. The command then reads the records back. If they do not show the outcome, it reports
// that the outcome is unknown.

import ChannelRun
import EtcdClient
import StationAgent
import Stations
import TickTime

struct StationOrders {
    let setup: StationSetup

    init(_ setup: StationSetup) { self.setup = setup }

    private var limit: Nanoseconds { setup.store.client.configuration.timeLimit }

    /// Reads all records. Damaged ones are reported, and left out.
    ///
    /// - Parameter channel: a damaged record of this channel is a failure, because it must not be taken for an absent
    ///   one.
    func read(for channel: String? = nil) throws(RunFailure) -> StationRecords {
        let (records, damaged): (StationRecords, [StationStore.Failure])
        do { (records, damaged) = try setup.store.readAll(timeLimit: limit) } catch { throw RunFailure(error) }
        for failure in damaged {
            if let channel, case .damaged(let key, _) = failure,
                key.hasPrefix("\(setup.store.prefix)channels/\(channel)/")
            {
                throw RunFailure(failure)
            }
            Commentary.say("\(failure)", .warning)
        }
        return records
    }

    /// Carries out an order.
    ///
    /// - Parameter decide: makes the transaction from the records; `nil`: nothing is to be done.
    /// - Returns: the records that the transaction rests on, with what it wrote, and whether it wrote anything.
    /// - Throws: `RunFailure`: 1 if the order does not fit the records, 69 if etcd does not answer.
    func carryOut(
        for channel: String, _ decide: (ChannelOrders) throws(OrderRefusal) -> StationTransaction?
    ) throws(RunFailure) -> (records: StationRecords, isWritten: Bool) {
        for _ in 0..<5 {
            var records = try read(for: channel)
            let transaction: StationTransaction?
            do { transaction = try decide(ChannelOrders(channel, records)) } catch {
                throw RunFailure(exitCode: .badVerdict, message: "\(error)")
            }
            guard let transaction else { return (records, false) }
            guard let revision = try send(transaction, for: channel) else { continue }
            for put in transaction.puts { records.set(put.key, put.value, revision: revision) }
            return (records, true)
        }
        throw RunFailure.unavailable(
            "the records of '\(channel)' keep changing, so nothing was written; try again")
    }

    /// - Returns: the revision of what was written; `nil`: the records have changed, and nothing was or will be written.
    private func send(_ transaction: StationTransaction, for channel: String) throws(RunFailure) -> Int64? {
        let answer: StationAnswer, failure: StationStore.Failure
        do {
            answer = try setup.store.transact(transaction, timeLimit: limit)
            switch answer {
            case .accepted(let records): return records.revision
            case .refused, .none: return nil
            }
        } catch {
            failure = error
        }
        guard case .etcd(let error) = failure, error.mayHaveBeenApplied else { throw RunFailure(failure) }
        let unknown = "unknown whether the order was carried out: \(failure)"
        let look = "look with 'tickrun channel show \(channel)' before you repeat it"
        let found: StationRecords
        do { found = try setup.store.readAll(timeLimit: limit).records } catch {
            throw RunFailure.unavailable("\(unknown); it could not be read back: \(error); \(look)")
        }
        if transaction.isDone(in: found) {
            Commentary.say("etcd's answer was lost; the records show that the order was carried out", .notice)
            return found.revision
        }
        if transaction.isVoid(in: found) { return nil }
        throw RunFailure.unavailable("\(unknown); so far it was not, but etcd may still do it; \(look)")
    }
}
