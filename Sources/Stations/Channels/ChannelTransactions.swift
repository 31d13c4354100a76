// The transactions of a channel: what each compares, and what it writes.

extension ChannelPart {
    func transaction(_ kind: Kind, _ context: Context, _ all: StationRecords) -> StationTransaction {
        var transaction = StationTransaction()
        transaction.compare(.tenure(host), context.tenure.tenureRevision)
        switch kind {
        case .take(let record):
            transaction.compare(.air(channel), records?.air?.revision ?? 0)
            transaction.compare(.spec(channel), records?.spec?.revision ?? 0)
            transaction.put(.air(channel), .air(record))
        case .swap(let record, let relay):
            transaction.compare(.air(channel), air?.revision ?? 0)
            transaction.compare(.relay(channel), relay)
            transaction.compare(.tenure(record.host), all.tenures[record.host]?.revision ?? 0)
            transaction.put(.air(channel), .air(record))
            if let relay = records?.relay?.record {
                transaction.put(.relay(channel), .relay(relay.with(.done(tick: record.firstTick))))
            }
        case .giveUp(let record):
            // A channel that was put again in the meantime, or whose spec is damaged, is not given up.
            transaction.compare(.air(channel), air?.revision ?? 0)
            transaction.compare(.spec(channel), 0)
            transaction.put(.air(channel), .air(record))
        case .relay(let record):
            transaction.compare(.relay(channel), records?.relay?.revision ?? 0)
            transaction.put(.relay(channel), .relay(record))
        }
        return transaction
    }
}
