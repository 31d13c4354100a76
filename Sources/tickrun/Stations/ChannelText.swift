// The records of a channel, for people and as JSON. A member has the same key in every object.

import StationAgent
import Stations
import TickReports
import TickTime

extension JSONText {
    mutating func members(of grid: GridRecord?) {
        member("rate", grid?.rate?.rational)
        member("origin_utc_ns", grid?.originUTCNanoseconds)
        member("origin_tai_ns", grid?.originTAINanoseconds)
        member("timecode", grid?.timecode)
    }

    mutating func members(of spec: ChannelSpec?) {
        strings("hosts", spec?.hosts ?? [])
        member("standby", spec?.standby.rawValue)
        member("isolation", spec?.isolation.rawValue)
        member("accepted_bound_ns", spec?.acceptedBoundNanoseconds)
    }

    mutating func members(of air: AirRecord?) {
        member("owner", air?.host)
        member("generation", air?.generation)
        member("first_tick", air?.firstTick)
        member("fencing_number", air?.fencingNumber)
    }

    mutating func members(of plan: PlanRecord?) {
        member("plan_start_utc_ns", plan?.startUTCNanoseconds)
        member("plan_end_utc_ns", plan?.end.nanoseconds)
        member("block_count", plan?.blocks.count ?? 0)
    }

    /// A move, as members of its own object.
    mutating func members(of relay: RelayRecord) {
        member("id", relay.id)
        member("to", relay.target)
        member("at", relay.place.name)
        member("state", relay.state.name)
        member("tick", relay.state.tick)
        member("reason", relay.state.reason)
    }

    mutating func strings(_ key: String, _ texts: [String]) {
        array(key) { json in
            for text in texts { json.element(text) }
        }
    }
}

extension RelayRecord.Place {
    /// As `--at` spells it.
    var name: String {
        switch self {
        case .soonest: "soonest"
        case .fence: "fence"
        case .tick(let tick): "\(tick)"
        }
    }
}

extension RelayRecord.State {
    /// The first tick of the other host, once it is chosen.
    var tick: Int64? {
        switch self {
        case .seam(let tick, _), .ready(let tick, _, _), .done(let tick), .settled(let tick): tick
        case .requested, .cancelled: nil
        }
    }

    var reason: String? { if case .cancelled(let reason) = self { reason } else { nil } }
}

extension GridRecord {
    var words: String {
        "\(rate?.nameWithRational ?? "a rate that does not exist"), "
            + "tick 0 at \(UTCInstant(nanoseconds: originUTCNanoseconds).plainText)"
            + (timecode.map { ", \($0)" } ?? "")
    }
}

extension ChannelSpec {
    var words: String {
        "hosts \(hosts.joined(separator: ", ")); \(standby.rawValue) standby; isolation \(isolation.rawValue); "
            + "accepts a clock bound of \(Quantity.length(Nanoseconds(acceptedBoundNanoseconds)))"
    }
}

extension AirRecord {
    var words: String {
        let number = "(fencing number \(fencingNumber))"
        return isNobodys ? "nobody \(number)" : "\(host) from tick \(firstTick) \(number)"
    }
}

extension PlanRecord {
    var words: String {
        "\(Quantity.counted(Int64(blocks.count), "block")) from "
            + "\(UTCInstant(nanoseconds: startUTCNanoseconds).plainText) to \(end.plainText)"
    }
}

extension RelayRecord {
    var words: String {
        let when =
            switch place {
            case .soonest: "as soon as possible"
            case .fence: "at a fence"
            case .tick(let tick): "at tick \(tick)"
            }
        return "to \(target) \(when): \(state.words)"
    }
}

extension UTCInstant {
    /// ISO 8601, without a fraction at a whole second.
    var plainText: String { iso8601.replacing(".000000000Z", with: "Z") }
}

/// Rows of a table, their columns as wide as the widest cell.
enum StationTable {
    /// - Parameter numbers: the columns that are set to the right.
    static func lines(_ rows: [[String]], numbers: Set<Int> = []) -> [String] {
        let widths = (rows.first ?? []).indices.map { column in rows.map { $0[column].count }.max() ?? 0 }
        return rows.map { row in
            row.indices.map { column in
                column == row.count - 1
                    ? row[column] : row[column].padded(to: widths[column], isNumber: numbers.contains(column))
            }.joined(separator: "  ")
        }
    }
}
