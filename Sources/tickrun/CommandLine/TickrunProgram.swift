import ChannelRun

extension RunProgram {
    /// This program's name and version in everything that it writes.
    static let tickrun = RunProgram(name: "tickrun", version: "0.1.0")
}
