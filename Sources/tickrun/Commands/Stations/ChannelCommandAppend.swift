import ChannelRun
import Stations
import TickTime

extension ChannelCommand {
    static func append(_ name: String, _ arguments: Arguments) throws(RunFailure) -> ExitCode {
        guard let id = try arguments.integer("--id", in: 0...Int64.max) else {
            throw arguments.failure("--id N is missing; give the block's number")
        }
        guard let length = try arguments.duration("--length") else {
            throw arguments.failure("--length TIME is missing; give the block's length, such as 30s")
        }
        guard length > .zero else { throw arguments.failure("--length: give more than 0") }
        let start = try arguments.instant("--start")
        let past = try arguments.instant("--drop-before")
        let setup = try StationSetup(arguments)
        let (records, _) = try StationOrders(setup).carryOut(for: name) { orders throws(OrderRefusal) in
            try orders.append(
                PlanRecord.Block(id: id, lengthNanoseconds: length.count), start: start, droppingBefore: past)
        }
        let plan = records.channels[name]?.plan?.record
        try print(name, records, setup, plan?.words ?? "no plan", arguments)
        return .good
    }
}
