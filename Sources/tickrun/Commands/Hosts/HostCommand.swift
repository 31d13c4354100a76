import ChannelRun
import Glibc
import TickReports

/// Is this machine fit for playout?
enum HostCommand: Command {
    static let name = "host"
    static let summary = "is this machine fit for playout? verdicts and remedies"
    static let operands = ""
    static let discussion = """
        Checks the kernel, its clock, and what this process may ask of them. Each check gets a
        verdict: good, warn (later ticks, or a fallback), bad (ticks will suffer), unknown (the
        host does not show it). Changes nothing. Takes half a second, to see whether CPU time is
        being stolen.

        Exits with 1 if any check is bad, else 0.

        With --json, one object a check: check, verdict, found, remedy, figures; then one with the
        worst verdict and the number of each.
        """
    static let options: [CommandOption] = [.json, .color]
    static let examples = ["tickrun host", "tickrun host --json"]

    static func run(_ arguments: Arguments) throws(RunFailure) -> ExitCode {
        try arguments.refuseOperands(after: 0)
        let verdicts = HostFacts.gathered().verdicts
        let worst = verdicts.map(\.fitness).max() ?? .unknown
        try Output.writing { output throws(RunFailure) in
            if arguments.wantsJSON {
                for verdict in verdicts { try output.line(json(of: verdict)) }
                try output.line(summary(of: verdicts, worst: worst))
            } else {
                try print(verdicts, worst: worst, to: &output, arguments.style())
            }
        }
        return worst == .bad ? .badVerdict : .good
    }

    private static func print(
        _ verdicts: [HostVerdict], worst: Fitness, to output: inout Output, _ style: Style
    ) throws(RunFailure) {
        let width = verdicts.map(\.check.count).max() ?? 0
        for verdict in verdicts {
            let word = style.paint(verdict.fitness.rawValue.padded(to: 7), verdict.fitness.colour)
            try output.row("\(word)  \(verdict.check.padded(to: width))  \(verdict.found)")
            if let remedy = verdict.remedy {
                let indent = String(repeating: " ", count: width + 11)
                try output.row(style.paint("\(indent)remedy: \(remedy)", .dim))
            }
        }
        var conclusion =
            switch worst {
            case .bad: "not fit for playout without changes"
            case .warn: "fit for playout, with the warnings above"
            case .good, .unknown: "fit for playout"
            }
        conclusion += clockNote(verdicts)
        try output.row(style.paint(conclusion, worst.colour))
    }

    /// The note that a run which requires a proved clock does not begin here, even if everything else is good.
    static func clockNote(_ verdicts: [HostVerdict]) -> String {
        let isProved = verdicts.contains { $0.check == "clock_synchronization" && $0.fitness == .good }
        return isProved ? "" : "; the clock is not proved: see 'tickrun check'"
    }

    private static func json(of verdict: HostVerdict) -> JSONText {
        var json = JSONText()
        json.object {
            $0.member("schema", "tickrun/host/1")
            $0.member("check", verdict.check)
            $0.member("verdict", verdict.fitness.rawValue)
            $0.member("found", verdict.found)
            $0.member("remedy", verdict.remedy)
            $0.object("figures") { figures in
                for (name, value) in verdict.figures { figures.member(name, value) }
            }
        }
        return json
    }

    private static func summary(of verdicts: [HostVerdict], worst: Fitness) -> JSONText {
        var json = JSONText()
        json.object { json in
            json.member("schema", "tickrun/host-summary/1")
            json.member("verdict", worst.rawValue)
            for fitness in Fitness.allCases {
                json.member("\(fitness.rawValue)_checks", verdicts.count { $0.fitness == fitness })
            }
        }
        return json
    }
}

extension Fitness {
    fileprivate var colour: Style.Colour {
        switch self {
        case .good: .green
        case .unknown: .dim
        case .warn: .yellow
        case .bad: .red
        }
    }
}
