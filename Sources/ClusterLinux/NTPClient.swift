// Asks an NTP server a few times, and keeps the reply with the smallest bound.

internal import ClusterClock
public import TickLinux
public import TickTime
public import TimeExchange

/// Why an NTP server gave no time.
public enum NTPFailure: Error, Sendable, CustomStringConvertible {
    case system(SystemError)
    case address(SocketAddress.Failure)
    /// It did not answer in time.
    case timeout(server: String, after: Nanoseconds)
    /// All replies were refused, the last one for this reason.
    case refused(server: String, NTPRefusal)

    public var description: String {
        switch self {
        case .system(let error): error.description
        case .address(let failure): failure.description
        case .timeout(let server, let length):
            "\(server) did not answer within \(length.count / 1_000_000) ms; check its name and the firewall (UDP)"
        case .refused(let server, let reason): "\(server): \(reason)"
        }
    }
}

/// A client of NTP servers.
public enum NTPClient {
    public static let port: UInt16 = 123

    /// Asks a server.
    ///
    /// - Parameters:
    ///   - server: `HOST` or `HOST:PORT`.
    ///   - count: the number of requests. The reply with the smallest bound counts.
    ///   - timeout: how long to wait for each reply.
    /// - Throws: `NTPFailure`, if no reply was usable.
    public static func measure(
        _ server: String, count: Int = 4, timeout: Nanoseconds = .seconds(2)
    ) throws(NTPFailure) -> NTPMeasurement {
        let address: SocketAddress
        do { address = try SocketAddress(server, standardPort: port) } catch { throw .address(error) }
        return try measure(address, count: count, timeout: timeout) { _ in }
    }

    /// What one of several servers states.
    public static func voter(
        _ server: String, count: Int = 4, timeout: Nanoseconds = .seconds(2)
    ) -> NTPVoter {
        let address: SocketAddress
        do { address = try SocketAddress(server, standardPort: port) } catch {
            return NTPVoter(server: server, address: server, measurement: nil, fault: "\(error)")
        }
        do throws(NTPFailure) {
            let measured = try measure(address, count: count, timeout: timeout) { _ in }
            return NTPVoter(
                server: server, address: address.numericText, measurement: measured,
                fault: measured.statement.provenance.fault)
        } catch {
            let wasRefused = if case .refused = error { true } else { false }
            return NTPVoter(
                server: server, address: address.numericText, measurement: nil, fault: "\(error)",
                hasAnswered: wasRefused)
        }
    }

    /// The same for an address.
    ///
    /// - Parameter refused: called with the reason of each reply that was refused.
    static func measure(
        _ address: SocketAddress, count: Int, timeout: Nanoseconds, refused: (NTPRefusal) -> Void
    ) throws(NTPFailure) -> NTPMeasurement {
        var best: NTPMeasurement?
        var failure = NTPFailure.timeout(server: address.description, after: timeout)
        asking: for _ in 0..<max(1, count) {
            do throws(NTPFailure) {
                let measured = try ask(address, timeout)
                if measured.bound <= best?.bound ?? measured.bound { best = measured }
            } catch {
                failure = error
                if case .refused(_, let reason) = error { refused(reason) }
                // A server that is silent once is not asked again, nor is one that refuses (RFC 5905, 7.4).
                switch error {
                case .timeout, .system, .refused(_, .kiss): break asking
                default: continue
                }
            }
        }
        guard let best else { throw failure }
        return best
    }

    private static func ask(_ server: SocketAddress, _ timeout: Nanoseconds) throws(NTPFailure) -> NTPMeasurement {
        let answer: Result<NTPMeasurement, NTPRefusal>?
        do { answer = try exchange(server, timeout) } catch { throw .system(error) }
        switch answer {
        case .success(let measurement): return measurement
        case .failure(let refusal): throw .refused(server: server.description, refusal)
        case nil: throw .timeout(server: server.description, after: timeout)
        }
    }

    /// - Returns: `nil` if nothing came.
    private static func exchange(
        _ server: SocketAddress, _ timeout: Nanoseconds
    ) throws(SystemError) -> Result<NTPMeasurement, NTPRefusal>? {
        let socket = try UDPSocket(toward: server)
        let nonce = HostRandom.number()
        let own = HostAddresses.references()
        let (sent, utc) = (HostClock.boot(), HostClock.utc())
        try socket.send(NTPPacket(request: nonce).encoded, to: server)
        var answer: Result<NTPMeasurement, NTPRefusal>?
        while true {
            let left = timeout -| (HostClock.boot() -| sent)
            guard left > .zero else { return answer }
            guard socket.wait(milliseconds: Int32(clamping: left.count / 1_000_000 + 1)).datagram else { continue }
            let received = HostClock.boot()
            guard let datagram = try socket.receive(), datagram.from.isSame(as: server) else { continue }
            do throws(NTPRefusal) {
                let packet = try NTPPacket(datagram.bytes.span)
                return .success(
                    try NTPMeasurement(packet, nonce: nonce, sent: sent, utc: utc, received: received, own: own))
            } catch {
                answer = .failure(error)
                // A datagram without our number is not the reply. The reply may still come.
                if error != .origin { return answer }
            }
        }
    }
}
