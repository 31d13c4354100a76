import Stations
import TickReports
import TickTime

/// A channel as an operator sees it, from the records of one instant.
struct ChannelView {
    let station: String
    let name: String
    private let records: StationRecords.Channel
    private let orders: ChannelOrders

    init(_ name: String, _ all: StationRecords, station: String) {
        self.station = station
        self.name = name
        records = all.channels[name] ?? StationRecords.Channel()
        orders = ChannelOrders(name, all)
    }

    /// All channels of the station, by name.
    static func all(_ records: StationRecords, station: String) -> [ChannelView] {
        records.channels.filter(\.value.exists).keys.sorted().map { ChannelView($0, records, station: station) }
    }

    /// Whether a host whose tenure goes on has it on air.
    var isOnAir: Bool { orders.owner != nil }

    /// The owner, or the last one; `nil` if no host has had the channel since it was put.
    private var lastAir: AirRecord? { records.air?.record.isNobodys ?? true ? nil : records.air?.record }

    private var move: RelayRecord? { records.relay?.record }

    // MARK: - Text

    static let header = ["channel", "rate", "owner", "first tick", "fencing", "standbys", "move"]
    /// The columns of numbers.
    static let numbers: Set = [3, 4]

    var row: [String] {
        let air = lastAir
        let owner = orders.owner?.host ?? air.map { "nobody (last: \($0.host))" } ?? "nobody"
        return [
            name, records.grid?.record.rate?.description ?? "-", owner, air.map { "\($0.firstTick)" } ?? "-",
            air.map { "\($0.fencingNumber)" } ?? "-",
            orders.standbys.isEmpty ? "none" : orders.standbys.joined(separator: ", "), move?.words ?? "-",
        ]
    }

    /// The channel in full.
    var lines: [String] {
        var lines = [name]
        func add(_ label: String, _ text: String) { lines.append("  \(label.padded(to: 8))  \(text)") }
        add("grid", records.grid?.record.words ?? "missing; put the channel again")
        add("spec", records.spec?.record.words ?? "missing; put the channel again")
        if let owner = orders.owner {
            add("on air", owner.words)
        } else {
            let last = lastAir?.words
            add("on air", "nobody" + (last.map { "; last \($0), whose tenure is over" } ?? ""))
        }
        for host in records.spec?.record.hosts ?? [] where host != orders.owner?.host {
            add("standby", unfitness(of: host) ?? host)
        }
        add("move", move?.words ?? "none")
        add("plan", records.plan?.record.words ?? "none")
        guard !placed.isEmpty else { return lines }
        let rows =
            [["start (UTC)", "length", "first", "fence", "block"]]
            + placed.map { block in
                [
                    block.start.plainText, Quantity.length(block.end -| block.start),
                    block.firstTick.map { "\($0)" } ?? "-", block.fence.map { "\($0)" } ?? "-", "\(block.id)",
                ]
            }
        return lines + StationTable.lines(rows, numbers: [1, 2, 3]).map { "    \($0)" }
    }

    private func unfitness(of host: String) -> String? {
        records.spec.flatMap { orders.unfitness(of: host, $0.record) }
    }

    // MARK: - The blocks

    private struct Placed {
        let id: Int64
        let start: UTCInstant
        let end: UTCInstant
        let firstTick: Int64?
        let fence: Int64?
    }

    /// The blocks with their ticks on the planned grid, as every session of the channel counts them.
    private var placed: [Placed] {
        guard let plan = records.plan?.record else { return [] }
        let grid = records.grid?.record
        func fence(_ instant: UTCInstant) -> Int64? {
            grid.flatMap { grid in
                grid.rate?.fence(of: instant, epoch: UTCInstant(nanoseconds: grid.originUTCNanoseconds))
            }
        }
        var start = UTCInstant(nanoseconds: plan.startUTCNanoseconds)
        return plan.blocks.map { block in
            let end = start +| Nanoseconds(block.lengthNanoseconds)
            defer { start = end }
            return Placed(id: block.id, start: start, end: end, firstTick: fence(start), fence: fence(end))
        }
    }

    // MARK: - JSON

    /// - Parameter withBlocks: whether the plan's blocks are listed.
    func json(withBlocks: Bool = false) -> JSONText {
        var json = JSONText()
        json.object { json in
            json.member("schema", "tickrun/channel/1")
            json.member("station", station)
            json.member("channel", name)
            members(&json)
            guard withBlocks else { return }
            json.array("blocks") { json in
                for block in placed {
                    json.object { json in
                        json.member("id", block.id)
                        json.member("start_utc_ns", block.start.nanoseconds)
                        json.member("end_utc_ns", block.end.nanoseconds)
                        json.member("first_tick", block.firstTick)
                        json.member("fence_tick", block.fence)
                    }
                }
            }
        }
        return json
    }

    /// What is known of the channel, without the blocks.
    func members(_ json: inout JSONText) {
        json.members(of: records.grid?.record)
        json.members(of: records.spec?.record)
        json.member("on_air", isOnAir)
        json.members(of: lastAir)
        json.strings("standbys", orders.standbys)
        if let move { json.object("move") { $0.members(of: move) } } else { json.member("move", nil as String?) }
        json.members(of: records.plan?.record)
    }
}
