// A connection to etcd's gateway that sends requests and counts what comes back, without a thread of its own and
// without decoding it. Hundreds of watches and readings fit into one thread that way.

import Glibc

/// A connection for one request at a time, or for one watch.
final class WireConnection {
    private let port: UInt16
    private var descriptor: Int32 = -1
    /// The first bytes of the answer: its head, and the revision.
    private var beginning: [UInt8] = []
    /// The last bytes of the answer: the end of a chunked one.
    private var tail: [UInt8] = []
    private var received = 0
    private var head: WireHead?
    /// All bytes that came, from the first connection on.
    private(set) var bytes: Int64 = 0

    private static let beginningLength = 1_024

    init(port: UInt16) { self.port = port }

    deinit { close() }

    func close() {
        if descriptor >= 0 { Glibc.close(descriptor) }
        descriptor = -1
    }

    /// Sends a request.
    ///
    /// - Returns: `false` if etcd does not accept the connection, or does not take the request at once.
    func send(_ path: String, _ body: String) -> Bool {
        (beginning, tail, received, head) = ([], [], 0, nil)
        let head =
            "POST \(path) HTTP/1.1\r\nHost: 127.0.0.1:\(port)\r\nContent-Type: application/json\r\n"
            + "Content-Length: \(body.utf8.count)\r\n\r\n"
        let request = Array((head + body).utf8)
        if descriptor < 0, !open() { return false }
        let sent = unsafe request.withUnsafeBytes { bytes in
            unsafe Glibc.send(descriptor, bytes.baseAddress, bytes.count, Int32(MSG_NOSIGNAL))
        }
        if sent == request.count { return true }
        close()
        return false
    }

    private func open() -> Bool {
        // Loopback answers at once, so the connection is made before it stops waiting.
        descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { return false }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        let result = unsafe withUnsafePointer(to: &address) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                unsafe connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        guard result == 0, fcntl(descriptor, F_SETFL, O_NONBLOCK) == 0 else {
            close()
            return false
        }
        return true
    }

    /// Takes what has come.
    ///
    /// - Parameter buffer: is written over.
    /// - Returns: `false` if the connection has ended.
    func take(_ buffer: inout [UInt8]) -> Bool {
        while descriptor >= 0 {
            let size = buffer.count
            let count = unsafe buffer.withUnsafeMutableBytes { unsafe recv(descriptor, $0.baseAddress, size, 0) }
            if count > 0 {
                note(buffer[..<count])
                if count < size { return true }
            } else if count < 0, errno == EAGAIN || errno == EINTR {
                return true
            } else {
                close()
            }
        }
        return false
    }

    private func note(_ new: ArraySlice<UInt8>) {
        bytes += Int64(new.count)
        received += new.count
        if beginning.count < Self.beginningLength {
            beginning += new.prefix(Self.beginningLength - beginning.count)
        }
        tail = Array((tail + new.suffix(WireHead.chunkedEnd.count)).suffix(WireHead.chunkedEnd.count))
    }

    /// Whether the answer to a request is whole.
    var isWhole: Bool {
        if head == nil { head = WireHead(beginning) }
        return head?.ends(received, tail) ?? false
    }

    /// The store's revision in the header of an answer of HTTP status 200.
    var revision: Int64? { head?.isGood == true ? WireHead.revision(beginning) : nil }
}

/// The head of an answer: where the answer ends.
struct WireHead: Hashable {
    /// Whether its status is 200.
    let isGood: Bool
    /// The answer's length with its head; `nil` if its body comes in chunks.
    let length: Int?

    static let chunkedEnd = Array("\r\n0\r\n\r\n".utf8)
    private static let headEnd = Array("\r\n\r\n".utf8)
    private static let revisionName = Array("\"revision\":\"".utf8)

    /// - Returns: `nil` while the head is not whole.
    init?(_ beginning: [UInt8]) {
        guard let end = beginning.firstRange(of: Self.headEnd) else { return nil }
        let lines = String(decoding: beginning[..<end.lowerBound], as: UTF8.self).split(separator: "\r\n")
        isGood = lines.first?.hasPrefix("HTTP/1.1 200 ") ?? false
        let field = lines.dropFirst().lazy.map { $0.lowercased() }.first { $0.hasPrefix("content-length:") }
        length = field.flatMap { Int($0.dropFirst("content-length:".count).drop { $0 == " " }) }
            .map { end.upperBound + $0 }
    }

    /// Whether the answer ends here.
    ///
    /// - Parameters:
    ///   - received: how many bytes came.
    ///   - tail: the last of them.
    func ends(_ received: Int, _ tail: [UInt8]) -> Bool { length.map { received >= $0 } ?? (tail == Self.chunkedEnd) }

    static func revision(_ beginning: [UInt8]) -> Int64? {
        guard let place = beginning.firstRange(of: revisionName) else { return nil }
        let digits = beginning[place.upperBound...].prefix { UInt8(ascii: "0")...UInt8(ascii: "9") ~= $0 }
        return Int64(String(decoding: digits, as: UTF8.self))
    }
}
