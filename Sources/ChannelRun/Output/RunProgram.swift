/// The program that makes a run. Journals, reports, metrics and results of checks name it as their maker.
public struct RunProgram: Hashable, Sendable {
    /// What users call it: `playout`.
    public let name: String
    /// `1.2.0`; empty if it has none.
    public let version: String

    public init(name: String, version: String = "") {
        self.name = name
        self.version = version
    }

    /// The name under which this process was started, without a version.
    public static let ofThisProcess: RunProgram = {
        let path = CommandLine.arguments.first ?? ""
        return RunProgram(name: path.split(separator: "/").last.map(String.init) ?? "program")
    }()

    /// Both: `playout 1.2.0`.
    package var text: String { version.isEmpty ? name : "\(name) \(version)" }
}
