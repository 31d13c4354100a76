import ChannelRun
import TickLinux
import TickTime

// A station from the command line.

enum StationOptions {
    static let all = [
        CommandOption(
            "--station", .required("FILE"),
            "this host's station file (default $\(StationSetup.variable),\nor \(StationSetup.defaultPath))"),
        CommandOption("--timeout", .required("TIME"), "how long etcd may take for each answer (default 5s)"),
    ]
}

extension StationSetup {
    init(_ arguments: Arguments) throws(RunFailure) {
        let limit = try arguments.duration("--timeout") ?? .seconds(5)
        guard limit >= .milliseconds(1), limit <= .seconds(60) else {
            throw arguments.failure("--timeout: give 1ms to 60s")
        }
        if let path = arguments.text("--station") {
            try self.init(path, namedBy: "--station", timeLimit: limit)
        } else if let path = HostUser.environment(Self.variable), !path.isEmpty {
            try self.init(path, namedBy: "$\(Self.variable)", timeLimit: limit)
        } else {
            try self.init(Self.defaultPath, namedBy: "no --station is given", timeLimit: limit)
        }
    }
}

extension Arguments {
    /// Refuses options that belong to other subcommands.
    ///
    /// - Parameters:
    ///   - names: those that this subcommand knows, besides the common ones.
    ///   - all: every option that belongs to some subcommand.
    func refuseOptions(except names: [String], of all: [CommandOption], for word: String) throws(RunFailure) {
        for name in all.map(\.name) where has(name) && !names.contains(name) {
            throw failure("\(name) does not belong to '\(command.name) \(word)'; leave it out")
        }
    }

    /// A name of a channel or a host, which is part of a key in etcd.
    func keyName(_ text: String, called place: String) throws(RunFailure) -> String {
        func isLetterOrDigit(_ byte: UInt8) -> Bool {
            (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte & 0xDF)
        }
        guard let first = text.utf8.first, isLetterOrDigit(first), text.utf8.count <= 63,
            text.utf8.allSatisfy({ isLetterOrDigit($0) || [0x2E, 0x5F, 0x2D].contains($0) })
        else {
            throw failure(
                "\(place): '\(text)' is not a name; give 1 to 63 letters, digits, '.', '_' and '-', first a letter or "
                    + "a digit")
        }
        return text
    }
}
