import ChannelRun
import EtcdClient
import Foundation
import StationAgent
import Stations
import TickConfiguration
import TickReports
import TickTime

extension StationCommand {
    static func status(_ arguments: Arguments) throws(RunFailure) -> ExitCode {
        let setup = try StationSetup(arguments)
        let read = Result { () throws(RunFailure) in try StationOrders(setup).read() }
        let status = StationStatus(setup, try? read.get(), failure: read.failure)
        try Output.writing { output throws(RunFailure) in
            if arguments.wantsJSON {
                try output.line(status.json)
            } else {
                for line in status.lines { try output.row(line) }
            }
        }
        if let failure = read.failure { throw failure }
        for fault in status.faults { Commentary.say(fault, .warning) }
        return status.faults.isEmpty ? .good : .badVerdict
    }
}

/// A station as its records and its etcd show it.
private struct StationStatus {
    let station: String
    /// `nil`: etcd did not answer.
    let records: StationRecords?
    let failure: RunFailure?
    private let channels: [ChannelView]
    private let endpoints: [(name: String, answer: Result<MemberStatus, EtcdError>)]

    init(_ setup: StationSetup, _ records: StationRecords?, failure: RunFailure?) {
        station = setup.file.station
        self.records = records
        self.failure = failure
        channels = records.map { ChannelView.all($0, station: setup.file.station) } ?? []
        let client = setup.store.client
        endpoints = client.configuration.endpoints.indices.map { index in
            (
                client.configuration.endpoints[index].absoluteString,
                Result { () throws(EtcdError) in try client.status(ofEndpoint: index) }
            )
        }
    }

    private var primary: (record: PrimaryRecord, isActive: Bool)? {
        guard let records, let primary = records.primary?.record else { return nil }
        return (primary, !records.isOver(primary.host, primary.generation))
    }

    /// What is missing.
    var faults: [String] {
        guard records != nil else { return [] }
        let away = channels.filter { !$0.isOnAir }.map { "'\($0.name)' is not on air" }
        return (primary?.isActive == true ? [] : ["the station has no primary"]) + away
    }

    // MARK: - Text

    var lines: [String] {
        var lines = ["station \(station)"]
        if let records {
            lines.append("  primary  " + (primary.map(Self.words) ?? "none"))
            lines.append("  ceiling  " + (records.ceiling?.record.utc.iso8601 ?? "none"))
            lines += ["hosts"] + Self.table(hostRows, numbers: [2, 3])
            lines += ["channels"] + Self.table([ChannelView.header] + channels.map(\.row), numbers: ChannelView.numbers)
        }
        let rows = endpoints.map { endpoint in [endpoint.name, Self.words(endpoint.answer)] }
        return lines + ["etcd"] + Self.table(rows)
    }

    private static func words(_ primary: (record: PrimaryRecord, isActive: Bool)) -> String {
        "\(primary.record.host) (view \(primary.record.view))" + (primary.isActive ? "" : ", whose tenure is over")
    }

    private static func table(_ rows: [[String]], numbers: Set<Int> = []) -> [String] {
        StationTable.lines(rows, numbers: numbers).map { "  \($0)" }
    }

    /// A host is fit, except for channels whose program has not joined its agent.
    private static func fit(but refused: [String: String]?) -> String {
        let refused = (refused ?? [:]).sorted { $0.key < $1.key }.map { "\($0.key) (\($0.value))" }
        return refused.isEmpty ? "fit" : "fit, except for \(refused.joined(separator: ", "))"
    }

    private var hostRows: [[String]] {
        [["host", "state", "generation", "clock bound", "fitness"]]
            + (records?.hosts ?? [:]).sorted { $0.key < $1.key }.map { name, stored in
                let (record, fitness) = (stored.record, stored.record.payload.fitness)
                return [
                    name, record.state.rawValue, "\(record.generation)",
                    Quantity.length(fitness.clockBoundNanoseconds.map { Nanoseconds($0) }),
                    fitness.refusal(accepting: .max) ?? Self.fit(but: fitness.refusedChannels),
                ]
            }
    }

    private static func words(_ answer: Result<MemberStatus, EtcdError>) -> String {
        switch answer {
        case .success(let status):
            let part = status.leader == 0 ? "no leader" : status.leader == status.member ? "leader" : "follower"
            return "etcd \(status.version), \(part), revision \(status.revision)"
        case .failure(let error): return "\(error)"
        }
    }

    // MARK: - JSON

    var json: JSONText {
        var json = JSONText()
        json.object { json in
            json.member("schema", "tickrun/station-status/1")
            json.member("station", station)
            json.member("answered", records != nil)
            json.member("why", failure?.message)
            json.member("revision", records?.revision)
            writePrimary(&json)
            json.member("ceiling_utc_ns", records?.ceiling?.record.utcNanoseconds)
            json.array("hosts") { writeHosts(&$0) }
            json.array("channels") { json in
                for channel in channels {
                    json.object { json in
                        json.member("channel", channel.name)
                        channel.members(&json)
                    }
                }
            }
            json.array("etcd") { writeEndpoints(&$0) }
        }
        return json
    }

    private func writePrimary(_ json: inout JSONText) {
        guard let primary else { return json.member("primary", nil as String?) }
        json.object("primary") { json in
            json.member("host", primary.record.host)
            json.member("generation", primary.record.generation)
            json.member("view", primary.record.view)
            json.member("active", primary.isActive)
        }
    }

    private func writeHosts(_ json: inout JSONText) {
        for (name, stored) in (records?.hosts ?? [:]).sorted(by: { $0.key < $1.key }) {
            let fitness = stored.record.payload.fitness
            json.object { json in
                json.member("host", name)
                json.member("state", stored.record.state.rawValue)
                json.member("generation", stored.record.generation)
                json.member("clock_bound_ns", fitness.clockBoundNanoseconds)
                json.member("fit", fitness.refusal(accepting: .max) == nil)
                json.member("reason", fitness.refusal(accepting: .max))
                if let refused = fitness.refusedChannels {
                    json.object("refused_channels") { json in
                        for (channel, reason) in refused.sorted(by: { $0.key < $1.key }) {
                            json.member(channel, reason)
                        }
                    }
                }
            }
        }
    }

    private func writeEndpoints(_ json: inout JSONText) {
        for endpoint in endpoints {
            let status = try? endpoint.answer.get()
            json.object { json in
                json.member("endpoint", endpoint.name)
                json.member("version", status?.version)
                json.member("is_leader", status.map { $0.leader == $0.member })
                json.member("has_leader", status.map { $0.leader != 0 })
                json.member("revision", status?.revision)
                json.member("database_bytes", status?.databaseBytes)
                json.member("error", endpoint.answer.failure.map { "\($0)" })
            }
        }
    }
}
