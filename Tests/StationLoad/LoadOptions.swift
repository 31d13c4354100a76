import TickTime

/// The command line of the load generator.
struct LoadOptions {
    /// A command line that cannot be understood.
    struct Fault: Error, CustomStringConvertible {
        let description: String
    }

    /// How many hosts each step has.
    var hosts = [10, 25, 50, 100, 200, 400]
    /// How long a step is measured, in seconds.
    var seconds = 10
    /// How long a step runs before that.
    var settle = 5
    var members = 3
    /// Each with three hosts, in turn.
    var channels = 4
    var ttl = Nanoseconds.seconds(3)
    /// Whether every host asks the first member, as if all files named the members in one order.
    var usesOneMember = false
    /// Whether the steps go on beyond the first one that is too much.
    var goesOn = false
    var asJSON = false
    var wantsHelp = false

    static let help = """
        stationload: as many hosts of a station as you name, on a real etcd on this machine

        usage: swift run -c release stationload [options]

        Starts an etcd on loopback. Each host has the rules of an agent (StationHost), real clocks, an etcd client and
        a watch. It sends the requests that an agent sends, but has no loop and no pipeline. Rewrites go the way of an
        agent's. Answers to readings and watches are received whole and counted, but not decoded, except those of one
        host: otherwise this program would need more CPU time than etcd. Each step adds hosts, and prints a row.

          --hosts LIST     the hosts of each step (default 10,25,50,100,200,400)
          --seconds N      how long a step is measured (default 10)
          --settle N       how long it runs before that (default 5)
          --members N      etcd's members, 1 to 5 (default 3)
          --channels N     channels on air, each named to three hosts (default 4)
          --ttl N          seconds that a tenure lasts, 1 to 60 (default 3)
          --one-member     every host asks the first member; otherwise each names another one first
          --go-on          go on after the first step that is too much
          --json           one object a step on standard output, and nothing else there

        A step is too much if more than 0.1 % of the rewrites had no answer within ttl/6, if readings had none, or if
        a host was without its tenure. Exit codes: 0 everything was measured, 2 wrong options, 69 etcd is missing or
        does not start, 130 interrupted.
        """

    init(_ arguments: [String]) throws(Fault) {
        var rest = arguments.makeIterator()
        func number(_ name: String, _ range: ClosedRange<Int>, _ text: String?) throws(Fault) -> Int {
            guard let text, let value = Int(text), range.contains(value) else {
                throw Fault(description: "\(name) \(text ?? ""): give \(range.lowerBound) ... \(range.upperBound)")
            }
            return value
        }
        while let argument = rest.next() {
            switch argument {
            case "--hosts":
                let text = rest.next() ?? ""
                hosts = []
                for part in text.split(separator: ",") {
                    hosts.append(try number("--hosts", 1...2_000, String(part)))
                }
                guard !hosts.isEmpty, hosts == Array(Set(hosts)).sorted() else {
                    throw Fault(description: "--hosts \(text): give rising numbers, such as 10,25,50")
                }
            case "--seconds": seconds = try number("--seconds", 1...3_600, rest.next())
            case "--settle": settle = try number("--settle", 1...600, rest.next())
            case "--members": members = try number("--members", 1...5, rest.next())
            case "--channels": channels = try number("--channels", 0...1_000, rest.next())
            case "--ttl": ttl = .seconds(Int64(try number("--ttl", 1...60, rest.next())))
            case "--one-member": usesOneMember = true
            case "--go-on": goesOn = true
            case "--json": asJSON = true
            case "--help", "-h": wantsHelp = true
            default: throw Fault(description: "\(argument) is not an option")
            }
        }
    }
}
