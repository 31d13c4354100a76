import ChannelRun
import Stations

extension ChannelCommand {
    static func remove(_ name: String, _ arguments: Arguments) throws(RunFailure) -> ExitCode {
        let isForced = arguments.has("--force")
        let setup = try StationSetup(arguments)
        let (records, _) = try StationOrders(setup).carryOut(for: name) { orders throws(OrderRefusal) in
            try orders.remove(isForced: isForced)
        }
        let owner = ChannelOrders(name, records).owner
        // The last state of the records, for an operator who wants to put the channel again.
        try print(name, records, setup, "removed", arguments)
        if let owner {
            Commentary.say("'\(name)' is on air on \(owner.host), which now takes it off air", .warning)
        }
        return .good
    }
}
