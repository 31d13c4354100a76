import Glibc

/// A port on loopback that neither accepts a connection nor refuses one, as a host whose packets are lost: its queue of
/// connections is full, so the kernel drops each further request.
public final class SilentListener: Sendable {
    public let url: String
    private let descriptors: [Int32]

    public init() throws {
        let listener = try SocketAddress.bound(SOCK_STREAM)
        guard listen(listener, 0) == 0 else { throw SeededRelay.Failure(call: "listen", errno: errno) }
        let port = SocketAddress.port(listener), address = try SocketAddress.parse("127.0.0.1:\(port)")
        // More than a queue of length 0 holds.
        let clients = (0..<8).map { _ in
            let client = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_NONBLOCK.rawValue), 0)
            _ = SocketAddress.connect(client, to: address)
            return client
        }
        url = "http://127.0.0.1:\(port)"
        descriptors = [listener] + clients
    }

    deinit { for descriptor in descriptors { close(descriptor) } }
}
