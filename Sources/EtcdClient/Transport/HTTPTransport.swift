// POST over HTTP/1.1, on the calling thread. It does not use FoundationNetworking: the URLSession of Swift 6.3 for
// Linux ends the process when an answer has trailers, and etcd's gateway sends trailers with each error.

import Dispatch
import Foundation
import Synchronization
import TickTime

/// One request that was sent, and its answer as it comes. For one thread.
final class Exchange {
    /// How a wait ended without an answer.
    enum Failure: Error {
        case deadline
        /// Nothing was sent.
        case refused(String)
        case broken(String)
        case malformed(String)
    }

    private let connection: Connection
    private var parser: AnswerParser

    fileprivate init(_ connection: Connection, limit: Int) {
        self.connection = connection
        parser = AnswerParser(limit: limit)
    }

    /// The HTTP status; 0 before it came.
    var status: Int { parser.status }

    /// Whether the connection may carry another request.
    fileprivate var isReusable: Bool { parser.isWhole && parser.keepsConnection }

    /// The whole body.
    fileprivate func whole(by deadline: DispatchTime) throws(Failure) -> [UInt8] {
        while !parser.isWhole { try receive(by: deadline) }
        return parser.body
    }

    /// The next line of the body, without its line feed. What follows the last line feed is a line too.
    ///
    /// - Returns: `nil` at the end of the answer.
    func line(by deadline: DispatchTime) throws(Failure) -> [UInt8]? {
        var searched = 0
        while true {
            if let place = parser.body[searched...].firstIndex(of: UInt8(ascii: "\n")) {
                let line = Array(parser.body[..<place])
                parser.body.removeSubrange(...place)
                return line
            }
            if parser.isWhole {
                defer { parser.body = [] }
                return parser.body.isEmpty ? nil : parser.body
            }
            searched = parser.body.count
            try receive(by: deadline)
        }
    }

    private func receive(by deadline: DispatchTime) throws(Failure) {
        let bytes: [UInt8]
        do { bytes = try connection.receive(by: deadline) } catch { throw Failure(error) }
        if bytes.isEmpty {
            guard parser.close() else { throw .broken("it was closed before the answer was whole") }
            return
        }
        do { try parser.receive(bytes) } catch { throw .malformed(error.text) }
    }
}

extension Exchange.Failure {
    fileprivate init(_ failure: Connection.Failure) {
        switch failure {
        case .deadline: self = .deadline
        case .refused(let cause): self = .refused(cause)
        case .broken(let cause): self = .broken(cause)
        }
    }
}

/// The connections of one client. Each carries one request at a time; idle ones are used again.
final class HTTPTransport: Sendable {
    private let idle = Mutex<[String: [Connection]]>([:])
    /// Further idle connections are closed, because a client has few threads.
    private static let idleLimit = 4
    /// Short enough that a member that drops packets leaves time for the others, and long enough for one lost packet,
    /// which TCP sends again after 1 s.
    private static let connectLimit = Nanoseconds.milliseconds(1_500)

    /// Posts a body of JSON and waits for the whole answer.
    func post(
        _ body: Data, to url: URL, token: String?, limit: Int, by deadline: DispatchTime
    ) throws(Exchange.Failure) -> (status: Int, body: [UInt8]) {
        let origin = Self.origin(url)
        let connection: Connection
        if let reused = reused(origin) { connection = reused } else { connection = try Self.open(url, by: deadline) }
        let exchange = try Self.send(body, url, token, limit, connection, by: deadline)
        let answer = try exchange.whole(by: deadline)
        if exchange.isReusable { keep(connection, origin) }
        return (exchange.status, answer)
    }

    /// Posts a body of JSON on a separate connection. The caller reads the answer line by line.
    func stream(
        _ body: Data, to url: URL, token: String?, limit: Int, by deadline: DispatchTime
    ) throws(Exchange.Failure) -> Exchange {
        try Self.send(body, url, token, limit, Self.open(url, by: deadline), by: deadline)
    }

    private static func send(
        _ body: Data, _ url: URL, _ token: String?, _ limit: Int, _ connection: Connection, by deadline: DispatchTime
    ) throws(Exchange.Failure) -> Exchange {
        var head = "POST \(url.path) HTTP/1.1\r\nHost: \(origin(url))\r\nContent-Type: application/json\r\n"
        head += "Content-Length: \(body.count)\r\n"
        if let token { head += "Authorization: \(token)\r\n" }
        do { try connection.send(Array((head + "\r\n").utf8) + body, by: deadline) } catch {
            throw Exchange.Failure(error)
        }
        return Exchange(connection, limit: limit)
    }

    private static func open(_ url: URL, by deadline: DispatchTime) throws(Exchange.Failure) -> Connection {
        let host = (url.host() ?? "").trimmingCharacters(in: ["[", "]"])
        let begun = DispatchTime.now(), end = min(deadline, begun + connectLimit)
        do { return try Connection.open(host, UInt16(url.port ?? 80), by: end) } catch {
            // Without a connection nothing was sent, whatever ended the attempt.
            if case .deadline = error {
                let limit = (end.uptimeNanoseconds - min(begun.uptimeNanoseconds, end.uptimeNanoseconds)) / 1_000_000
                throw .refused("no answer within \(limit) ms")
            }
            throw Exchange.Failure(error)
        }
    }

    private func reused(_ origin: String) -> Connection? {
        idle.withLock { all in
            while let connection = all[origin]?.popLast() {
                if connection.isIdle { return connection }
            }
            return nil
        }
    }

    private func keep(_ connection: Connection, _ origin: String) {
        idle.withLock { all in
            if all[origin, default: []].count < Self.idleLimit { all[origin, default: []].append(connection) }
        }
    }

    private static func origin(_ url: URL) -> String { "\(url.host() ?? ""):\(url.port ?? 80)" }
}
