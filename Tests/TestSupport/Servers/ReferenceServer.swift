import Foundation

/// The test's NTP servers, which state any reference that the test chooses: `Fixtures/timesync/ntp-server.py`. Their
/// time is this host's.
public final class ReferenceServer {
    /// The statement of one server about itself.
    public struct Statement: Encodable, Sendable {
        public var address: String
        public var port: UInt16
        /// `GPS`, `127.127.1.1` or `0x7F7F0101`.
        public var reference: String
        public var stratum: Int
        public var dispersion: Double
        /// `nil` states no reference time.
        public var age: Double?
        public var offset: Double

        public init(
            reference: String = "GPS", stratum: Int = 1, dispersion: Double = 0.000_1, age: Double? = 4,
            offset: Double = 0, address: String = "127.0.0.1", port: UInt16 = LoopbackPorts.one()
        ) {
            self.address = address
            self.port = port
            self.reference = reference
            self.stratum = stratum
            self.dispersion = dispersion
            self.age = age
            self.offset = offset
        }

        public var text: String { address.contains(":") ? "[\(address)]:\(port)" : "\(address):\(port)" }

        enum CodingKeys: String, CodingKey {
            case address
            case port
            case reference
            case stratum
            case dispersion = "dispersion_s"
            case age = "reference_age_s"
            case offset = "offset_s"
        }

        public func encode(to encoder: any Encoder) throws {
            var container = encoder.container(keyedBy: CodingKeys.self)
            try container.encode(address, forKey: .address)
            try container.encode(port, forKey: .port)
            try container.encode(reference, forKey: .reference)
            try container.encode(stratum, forKey: .stratum)
            try container.encode(dispersion, forKey: .dispersion)
            // Written as null, because the script replaces an absent age.
            try container.encode(age, forKey: .age)
            try container.encode(offset, forKey: .offset)
        }
    }

    public let statements: [Statement]
    public var address: String { statements[0].text }
    public var port: UInt16 { statements[0].port }
    private let folder: TemporaryFolder
    private let process: LiveProcess

    /// - Parameter statements: the statements of one or several servers; by default one that follows GPS.
    public init(_ statements: Statement...) async throws {
        self.statements = statements.isEmpty ? [Statement()] : statements
        folder = try TemporaryFolder()
        try JSONEncoder().encode(self.statements).write(to: URL(filePath: "\(folder.path)/servers.json"))
        let script = Vectors.packageRoot.appending(path: "Fixtures/timesync/ntp-server.py").path
        process = try LiveProcess(
            RunProcess("/usr/bin/env", ["python3", script, "\(folder.path)/servers.json"]), named: "server",
            in: folder.path)
        for _ in 0..<500 where process.lines.isEmpty && !process.hasEnded {
            try await Task.sleep(for: .milliseconds(20))
        }
        guard !process.lines.isEmpty, !process.hasEnded else {
            throw RunProcess.Failure(call: "ntp-server.py did not begin: \(process.errors)", errno: 0)
        }
    }

    public func end() { process.end() }
}
