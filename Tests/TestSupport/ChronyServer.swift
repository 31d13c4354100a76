import Foundation
import Glibc

/// A real NTP server: chronyd, which changes no clock (-x), on a port of loopback.
public final class ChronyServer {
    public let port: UInt16
    public var address: String { "127.0.0.1:\(port)" }
    private let folder: String
    private let process: LiveProcess

    /// Where it takes chronyc's commands, if it does.
    public var commandSocket: String { "\(folder)/command.sock" }

    public static let path = Requirement.chronyd.path

    /// - Parameters:
    ///   - lines: of its configuration, such as `local stratum 5`.
    ///   - port: where it listens.
    ///   - takesCommands: whether chronyc can ask it.
    public init(
        _ lines: String, port: UInt16 = .random(in: 20_000...39_999), takesCommands: Bool = false
    ) throws {
        self.port = port
        folder = FileManager.default.temporaryDirectory.appending(path: "tick-chrony-\(UUID().uuidString)").path
        // chronyd wants the folder of its command socket to be its user's alone.
        try FileManager.default.createDirectory(
            atPath: folder, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        let configuration = """
            port \(port)
            bindaddress 127.0.0.1
            allow 127.0.0.1
            cmdport 0
            bindcmdaddress \(takesCommands ? "\(folder)/command.sock" : "/")
            pidfile \(folder)/pid
            \(lines)

            """
        try Data(configuration.utf8).write(to: URL(filePath: "\(folder)/chrony.conf"))
        process = try LiveProcess(
            RunProcess(
                Self.path, (getuid() == 0 ? ["-u", "root"] : []) + ["-x", "-d", "-U", "-f", "\(folder)/chrony.conf"]),
            named: "chronyd", in: folder)
    }

    /// What it says of itself.
    public var log: String { process.output + process.errors }

    public func end() {
        process.end()
        try? FileManager.default.removeItem(atPath: folder)
    }
}
