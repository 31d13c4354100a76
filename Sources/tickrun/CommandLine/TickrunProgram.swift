import ChannelRun

extension RunProgram {
    /// What this program calls itself in everything that it writes.
    static let tickrun = RunProgram(name: "tickrun", version: "0.1.0")
}
