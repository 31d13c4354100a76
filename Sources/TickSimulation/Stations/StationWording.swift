// The words of a station's trace: what happens to it, and what its hosts write.

import Stations
import TickTime

extension StationPlan.Who {
    fileprivate var words: String {
        switch self {
        case .host(let host): "h\(host)"
        case .owner(let channel): "the owner of \(channel)"
        case .primary: "the primary"
        }
    }
}

extension StationPlan.Fault {
    /// The fault in one clause.
    var words: String {
        switch self {
        case .stop(let who, let length): "the process of \(who.words) is stopped for \(length) ns"
        case .suspend(let who, let length): "\(who.words) is suspended for \(length) ns"
        case .die(let who, let length):
            "the process of \(who.words) ends" + (length.map { ", and starts again after \($0) ns" } ?? "")
        case .cut(let who, let length, .both): "\(who.words) is cut off from the store for \(length) ns"
        case .cut(let who, let length, .to): "no request of \(who.words) reaches the store for \(length) ns"
        case .cut(let who, let length, .from): "no answer of the store reaches \(who.words) for \(length) ns"
        case .leaderless(let length): "the store has no leader for \(length) ns"
        case .save: "the store is saved"
        case .restore: "the store is restored"
        case .clock(let who, let error): "UTC of \(who.words) steps by \(error) ns"
        case .drift(let who, let rate): "the oscillator of \(who.words) drifts at \(rate) ppb"
        case .move(let place): "an operator asks for a move of each channel, \(place.words)"
        case .release(let host): "h\(host) gives its tenure up"
        case .removeAndPut: "an operator removes every channel and puts it again"
        }
    }
}

extension StationTransaction {
    /// What it writes.
    var words: String { puts.map { "\($0.key.words): \($0.value.words)" }.joined(separator: "; ") }
}

extension StationKey {
    /// The key, below the station's prefix.
    fileprivate var words: String {
        switch self {
        case .host(let name): "hosts/\(name)"
        case .tenure(let name): "tenures/\(name)"
        case .primary: "primary"
        case .ceiling: "ceiling"
        case .spec(let name): "channels/\(name)/spec"
        case .grid(let name): "channels/\(name)/grid"
        case .plan(let name): "channels/\(name)/plan"
        case .air(let name): "channels/\(name)/air"
        case .relay(let name): "channels/\(name)/relay"
        }
    }
}

extension StationValue {
    fileprivate var words: String {
        switch self {
        case .host(let record):
            // In the order of the names, because the order of a dictionary differs from process to process.
            (["\(record.state.rawValue) in generation \(record.generation)"]
                + record.payload.claims.sorted { $0.key < $1.key }.map { name, claim in
                    "claims \(name) up to tick \(claim.tickCeiling)"
                }).joined(separator: ", ")
        case .tenure(let record): "\(record.state.rawValue) in generation \(record.generation)"
        case .primary(let record): "\(record.host) in generation \(record.generation), view \(record.view)"
        case .ceiling(let record): "\(record.utcNanoseconds) ns of UTC in view \(record.view)"
        case .air(let record):
            record.isNobodys
                ? "given up, fencing number \(record.fencingNumber)"
                : "\(record.host) in generation \(record.generation) from tick \(record.firstTick), "
                    + "fencing number \(record.fencingNumber)"
        case .relay(let record): "move \(record.id) to \(record.target), \(record.state.words)"
        case .spec, .grid, .plan: "by an operator"
        }
    }
}

extension RelayRecord.Place {
    fileprivate var words: String {
        switch self {
        case .soonest: "as soon as possible"
        case .fence: "at a fence"
        case .tick(let tick): "at tick \(tick)"
        }
    }
}

extension RelayRecord.State {
    fileprivate var words: String {
        switch self {
        case .requested: "requested"
        case .seam(let tick, _): "seam at tick \(tick)"
        case .ready(let tick, _, let generation): "ready for tick \(tick) in generation \(generation)"
        case .done(let tick): "done at tick \(tick)"
        case .settled(let tick): "settled since tick \(tick)"
        case .cancelled(let reason): "cancelled: \(reason)"
        }
    }
}
