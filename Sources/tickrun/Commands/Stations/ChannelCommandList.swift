import ChannelRun
import Stations
import TickConfiguration

extension ChannelCommand {
    static func list(_ arguments: Arguments) throws(RunFailure) -> ExitCode {
        let setup = try StationSetup(arguments)
        let views = ChannelView.all(try StationOrders(setup).read(), station: setup.file.station)
        try Output.writing { output throws(RunFailure) in
            if arguments.wantsJSON {
                for view in views { try output.line(view.json()) }
            } else if !views.isEmpty {
                let rows = [ChannelView.header] + views.map(\.row)
                for line in StationTable.lines(rows, numbers: ChannelView.numbers) { try output.row(line) }
            }
        }
        if views.isEmpty { Commentary.say("the station '\(setup.file.station)' has no channels") }
        return .good
    }

    static func show(_ name: String, _ arguments: Arguments) throws(RunFailure) -> ExitCode {
        let setup = try StationSetup(arguments)
        let records = try StationOrders(setup).read(for: name)
        guard records.channels[name]?.exists ?? false else { throw unknown(name, records, setup) }
        let view = ChannelView(name, records, station: setup.file.station)
        try Output.writing { output throws(RunFailure) in
            if arguments.wantsJSON {
                try output.line(view.json(withBlocks: true))
            } else {
                for line in view.lines { try output.row(line) }
            }
        }
        return .good
    }

    private static func unknown(_ name: String, _ records: StationRecords, _ setup: StationSetup) -> RunFailure {
        let names = records.channels.filter(\.value.exists).keys.sorted()
        let there = names.isEmpty ? "it has none" : "it has \(names.joined(separator: ", "))"
        return RunFailure(
            exitCode: .badVerdict, message: "the station '\(setup.file.station)' has no channel '\(name)'; \(there)")
    }
}
