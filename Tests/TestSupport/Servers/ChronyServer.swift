import Foundation
import Glibc

/// A real NTP server: chronyd, which changes no clock (-x), on a port of loopback.
public final class ChronyServer {
    public let port: UInt16
    public var address: String { "127.0.0.1:\(port)" }
    private let ownFolder: TemporaryFolder
    private let process: LiveProcess

    /// The socket for chronyc's commands; `nil` without one.
    public var commandSocket: String { "\(ownFolder.path)/command.sock" }

    public static let path = Requirement.chronyd.path

    /// - Parameters:
    ///   - lines: the lines of its configuration, such as `local stratum 5`.
    ///   - port: the port on which it listens.
    ///   - takesCommands: whether chronyc can ask it.
    public init(
        _ lines: String, port: UInt16 = LoopbackPorts.one(), takesCommands: Bool = false
    ) throws {
        self.port = port
        // chronyd wants the folder of its command socket to be its user's alone.
        ownFolder = try TemporaryFolder(permissions: 0o700)
        let folder = ownFolder.path
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

    /// Its statement about itself.
    public var log: String { process.output + process.errors }

    public func end() { process.end() }
}
