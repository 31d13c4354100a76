import Foundation
import Glibc
import Synchronization

/// An HTTP server on loopback that answers each POST with the steps that a script gives: chunks, pauses, a connection
/// that breaks.
public final class FakeGateway: Sendable {
    /// A request as it came.
    public struct Request: Sendable {
        public let path: String
        public let headers: [String: String]
        public let body: String
        /// The number of the request, from 0.
        public let index: Int
    }

    public enum Step: Sendable {
        /// The header of an answer whose body follows in chunks.
        case header(status: Int)
        /// A chunk of the body.
        case chunk(String)
        /// Bytes as they are.
        case raw(String)
        case pause(milliseconds: Int)
        /// The end of the body.
        case end
        /// Closes the connection.
        case hangUp

        /// A whole answer.
        public static func answer(_ body: String, status: Int = 200) -> [Step] {
            [.header(status: status), .chunk(body), .end]
        }
    }

    public let url: String
    private let listener: Int32
    private let script: @Sendable (Request) -> [Step]
    private let received = Mutex<[Request]>([])
    private let connections = Mutex<Set<Int32>>([])

    public init(_ script: @escaping @Sendable (Request) -> [Step]) throws {
        listener = try SocketAddress.bound(SOCK_STREAM)
        guard listen(listener, 16) == 0 else { throw SeededRelay.Failure(call: "listen", errno: errno) }
        url = "http://127.0.0.1:\(SocketAddress.port(listener))"
        self.script = script
        Thread.detachNewThread { [self] in accept() }
    }

    /// Every request so far.
    public var requests: [Request] { received.withLock { $0 } }

    /// Ends the server and its connections.
    public func stop() {
        shutdown(listener, Int32(SHUT_RDWR))
        close(listener)
        connections.withLock { for connection in $0 { shutdown(connection, Int32(SHUT_RDWR)) } }
    }

    private func accept() {
        while true {
            let connection = Glibc.accept(listener, nil, nil)
            guard connection >= 0 else { return }
            connections.withLock { _ = $0.insert(connection) }
            Thread.detachNewThread { [self] in
                serve(connection)
                connections.withLock { _ = $0.remove(connection) }
                close(connection)
            }
        }
    }

    private func serve(_ connection: Int32) {
        var pending: [UInt8] = []
        while let request = read(connection, &pending) {
            for step in script(request) {
                switch step {
                case .header(let status):
                    write(
                        connection,
                        "HTTP/1.1 \(status) X\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n")
                case .chunk(let text): write(connection, "\(String(text.utf8.count, radix: 16))\r\n\(text)\r\n")
                case .raw(let text): write(connection, text)
                case .pause(let milliseconds): usleep(UInt32(milliseconds) * 1_000)
                case .end: write(connection, "0\r\n\r\n")
                case .hangUp: return
                }
            }
        }
    }

    private func write(_ connection: Int32, _ text: String) {
        let bytes = Array(text.utf8)
        _ = unsafe bytes.withUnsafeBytes {
            unsafe send(connection, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
        }
    }

    /// The next request of a connection: header and body.
    private func read(_ connection: Int32, _ pending: inout [UInt8]) -> Request? {
        func more() -> Bool {
            var bytes = [UInt8](repeating: 0, count: 65_536)
            let count = unsafe bytes.withUnsafeMutableBytes { unsafe recv(connection, $0.baseAddress, $0.count, 0) }
            guard count > 0 else { return false }
            pending += bytes[..<count]
            return true
        }
        while !pending.contains([13, 10, 13, 10]) { if !more() { return nil } }
        let text = String(decoding: pending, as: UTF8.self)
        guard let end = text.range(of: "\r\n\r\n") else { return nil }
        let lines = text[..<end.lowerBound].components(separatedBy: "\r\n")
        var headers: [String: String] = [:]
        for line in lines.dropFirst() {
            let parts = line.split(separator: ":", maxSplits: 1)
            if parts.count == 2 { headers[parts[0].lowercased()] = parts[1].trimmingCharacters(in: .whitespaces) }
        }
        let length = Int(headers["content-length"] ?? "0") ?? 0
        let start = text[..<end.upperBound].utf8.count
        if headers["expect"] != nil { write(connection, "HTTP/1.1 100 Continue\r\n\r\n") }
        while pending.count < start + length { if !more() { return nil } }
        let body = String(decoding: pending[start..<(start + length)], as: UTF8.self)
        pending.removeFirst(start + length)
        return received.withLock { all in
            let path = lines[0].split(separator: " ").dropFirst().first.map(String.init) ?? ""
            let request = Request(path: path, headers: headers, body: body, index: all.count)
            all.append(request)
            return request
        }
    }
}
