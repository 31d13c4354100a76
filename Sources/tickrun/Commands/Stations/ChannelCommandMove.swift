import ChannelRun
import LinuxService
import StationAgent
import Stations
import TickReports
import TickTime

extension ChannelCommand {
    static func move(_ name: String, _ arguments: Arguments) throws(RunFailure) -> ExitCode {
        guard let target = arguments.text("--to") else {
            throw arguments.failure("--to HOST is missing; name the host that takes the channel over")
        }
        _ = try arguments.keyName(target, called: "--to")
        let place = try place(arguments)
        let wait = try arguments.duration("--wait")
        let interrupts: InterruptWatch
        do { interrupts = try InterruptWatch() } catch { throw RunFailure.unavailable("\(error)") }
        let setup = try StationSetup(arguments)
        var move = ChannelMoveOrder(channel: name, target: target)
        try move.send(at: place, StationOrders(setup))
        var moves = [move]
        try ChannelMoveOrder.follow(&moves, setup, for: wait ?? .zero, interrupts)
        try Output.writing { output throws(RunFailure) in
            try moves[0].write(&output, setup, asJSON: arguments.wantsJSON)
        }
        if wait == nil { return .good }
        return moves[0].isDone ? .good : .badVerdict
    }

    private static func place(_ arguments: Arguments) throws(RunFailure) -> RelayRecord.Place {
        switch arguments.text("--at") {
        case nil, "soonest": return .soonest
        case "fence": return .fence
        case .some(let text):
            guard text.allSatisfy(\.isASCIIDigit) else {
                throw arguments.failure("--at: '\(text)' is not allowed; use soonest, fence or a tick's number")
            }
            return .tick(try arguments.integer(text, called: "--at", in: 0...Int64.max))
        }
    }
}

extension Character {
    fileprivate var isASCIIDigit: Bool { isASCII && isNumber }
}
