import ChannelRun
import Stations
import TickConfiguration
import TickLinux
import TickTime

extension ChannelCommand {
    /// How far ahead tick 0 of a new channel lies at least: its hosts read the records every half second.
    private static let originLead = Nanoseconds.seconds(5)

    static func put(_ name: String, _ arguments: Arguments) throws(RunFailure) -> ExitCode {
        let change = try change(arguments)
        let origin = try instants(of: soon(HostClock.utc()), "tick 0")
        let setup = try StationSetup(arguments)
        let (records, isWritten) = try StationOrders(setup).carryOut(for: name) { orders throws(OrderRefusal) in
            try orders.put(change, origin: origin)
        }
        let channel = records.channels[name]
        let text = [channel?.grid?.record.words, channel?.spec?.record.words].compactMap(\.self)
        try print(name, records, setup, (isWritten ? text : text + ["unchanged"]).joined(separator: "; "), arguments)
        return .good
    }

    /// The first whole second that lies at least 5 s ahead.
    static func soon(_ now: UTCInstant) -> UTCInstant {
        let second: Int64 = 1_000_000_000
        let earliest = (now +| originLead).nanoseconds
        return UTCInstant(nanoseconds: (earliest + second - 1) / second * second)
    }

    private static func change(_ arguments: Arguments) throws(RunFailure) -> ChannelOrders.Change {
        var change = ChannelOrders.Change()
        let rate = try arguments.text("--rate").map { (text) throws(RunFailure) in
            do { return try RateSpelling(parsing: text) } catch { throw arguments.failure("--rate: \(error)") }
        }
        change.rate = rate?.rate
        if let label = arguments.text("--timecode") {
            guard let rate else {
                throw arguments.failure("--timecode is written with the rate; give --rate too")
            }
            change.timecode = try Self.label(label, rate, arguments)
        }
        if let origin = try arguments.instant("--origin") { change.origin = try instants(of: origin, "--origin") }
        if let list = arguments.text("--hosts") {
            var hosts: [String] = []
            for text in list.split(separator: ",", omittingEmptySubsequences: false) {
                let host = try arguments.keyName(String(text), called: "--hosts")
                guard !hosts.contains(host) else { throw arguments.failure("--hosts: '\(host)' is given twice") }
                hosts.append(host)
            }
            change.hosts = hosts
        }
        change.standby = try arguments.choice("--standby", of: ChannelSpec.Standby.self)
        change.isolation = try arguments.choice("--isolation", of: ChannelSpec.Isolation.self)
        if let bound = try arguments.duration("--accept") {
            guard bound > .zero, bound <= .seconds(3600) else {
                throw arguments.failure("--accept: give more than 0 and at most 1h")
            }
            change.acceptedBoundNanoseconds = bound.count
        }
        return change
    }

    /// A label of tick 0, as the rate's labels are written.
    private static func label(
        _ text: String, _ rate: RateSpelling, _ arguments: Arguments
    ) throws(RunFailure) -> String {
        do throws(TimecodeError) {
            // A semicolon asks for drop-frame labels, as SMPTE writes them.
            let isDropFrame = rate.isDropFrame ?? text.contains(";")
            let format = try TimecodeFormat(rate: rate.rate, dropFrame: isDropFrame)
            return "\(try format.parse(text))"
        } catch {
            throw arguments.failure("--timecode: \(error)")
        }
    }

    private static func instants(
        of utc: UTCInstant, _ place: String
    ) throws(RunFailure) -> (tai: TAIInstant, utc: UTCInstant) {
        do { return (try HostTAIOffset.tai(from: utc), utc) } catch { throw .usage("\(place): \(error)") }
    }
}
