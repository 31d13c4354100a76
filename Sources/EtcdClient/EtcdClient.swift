// etcd's JSON gateway (/v3/…, etcd 3.4 and later). Each call blocks its thread until the answer is there or the time
// limit is over. It does not use etcd's leases, because etcd measures their time on its own leader.
//
// What can go wrong: a request that timed out may be applied later. The client repeats a request only where it was
// certainly not sent, or where it only reads; `EtcdError.mayHaveBeenApplied` tells a caller when to read back.

import Dispatch
package import Foundation
import Synchronization
package import TickTime

/// A client of one etcd cluster.
///
/// Safe to call from several threads. It keeps one member in use until that one fails.
package final class EtcdClient: Sendable {
    /// The longest answer: etcd refuses requests above 1.5 MiB, and a range of many keys may be longer.
    static let answerLimit = 64 << 20

    package let configuration: EtcdConfiguration
    private let transport = HTTPTransport()
    private let state = Mutex(State())

    private struct State {
        var endpoint = 0
        var token: String?
    }

    package init(_ configuration: EtcdConfiguration) { self.configuration = configuration }

    // MARK: - Requests

    /// Reads keys. The read is linearizable: the answer contains every write that etcd acknowledged to any client
    /// before the call.
    ///
    /// - Parameter timeLimit: 1 ms ... 1 min. Default: the configuration's.
    package func read(_ range: KeyRange, timeLimit: Nanoseconds? = nil) throws(EtcdError) -> RangeReply {
        try ask("kv/range", RangeRequest(range), timeLimit, isRead: true) { (message: RangeMessage) in
            try message.reply()
        }
    }

    /// The keys of a range that changed after a revision; at most one.
    func changed(_ range: KeyRange, after revision: Int64, _ timeLimit: Nanoseconds) throws(EtcdError) -> RangeReply {
        var request = RangeRequest(range)
        request.minModRevision = IntegerText(revision + 1)
        request.limit = IntegerText(1)
        return try ask("kv/range", request, timeLimit, isRead: true) { (message: RangeMessage) in
            try message.reply()
        }
    }

    /// Carries out a transaction.
    ///
    /// - Throws: an error whose `mayHaveBeenApplied` says whether to read back.
    package func transact(
        _ transaction: Transaction, timeLimit: Nanoseconds? = nil
    ) throws(EtcdError) -> TransactionReply {
        try ask("kv/txn", TransactionRequest(transaction), timeLimit, isRead: false) { (message: TransactionMessage) in
            try message.reply(to: transaction)
        }
    }

    /// Writes a key.
    ///
    /// - Returns: the revision of the change.
    @discardableResult
    package func put(_ key: String, _ value: Data, timeLimit: Nanoseconds? = nil) throws(EtcdError) -> Int64 {
        let request = PutRequest(key: Data(key.utf8), value: value)
        return try ask("kv/put", request, timeLimit, isRead: false) { (message: PutMessage) in
            try message.header.checkedRevision()
        }
    }

    /// Asks the member at an endpoint for its status. No other member answers for it.
    package func status(ofEndpoint index: Int, timeLimit: Nanoseconds? = nil) throws(EtcdError) -> MemberStatus {
        let limit = checked(timeLimit)
        let deadline = DispatchTime.now() + limit
        return try attempt(index, "maintenance/status", EmptyRequest(), deadline, limit) { (message: StatusMessage) in
            try message.status()
        }
    }

    // MARK: - One answer

    func checked(_ timeLimit: Nanoseconds?) -> Nanoseconds {
        let limit = timeLimit ?? configuration.timeLimit
        return min(max(limit, .milliseconds(1)), EtcdConfiguration.greatestTimeLimit)
    }

    /// Asks one member after another until one answers or the time is over.
    private func ask<Message: Decodable, Reply>(
        _ path: String, _ request: some Encodable, _ timeLimit: Nanoseconds?, isRead: Bool,
        _ reply: (Message) throws -> Reply
    ) throws(EtcdError) -> Reply {
        let limit = checked(timeLimit), deadline = DispatchTime.now() + limit
        var refusals: [EtcdError.Refusal] = [], failure: EtcdError?
        for asked in configuration.endpoints.indices {
            // If there is no time left to ask this member, it stays in use: the next request begins with it.
            if asked > 0, DispatchTime.now() >= deadline { break }
            let endpoint = current
            do {
                return try attempt(endpoint, path, request, deadline, limit, reply)
            } catch .unreachable(let refused) {
                refusals += refused
                leave(endpoint)
            } catch {
                // Another member may answer the next request sooner.
                if error.isOfTheMember { leave(endpoint) }
                guard isRead, error.isOfTheMember, deadline > DispatchTime.now() else { throw error }
                failure = error
            }
        }
        throw failure ?? .unreachable(refusals)
    }

    private func attempt<Message: Decodable, Reply>(
        _ index: Int, _ path: String, _ request: some Encodable, _ deadline: DispatchTime, _ limit: Nanoseconds,
        _ reply: (Message) throws -> Reply
    ) throws(EtcdError) -> Reply {
        for isRepeated in [false, true] {
            // Outside of the `do`, so that a wrong password is not tried twice.
            let token = try token(index, deadline, limit)
            do {
                let bytes = try post(index, path, request, token, deadline, limit)
                return try decode(bytes, index, reply)
            } catch .notAuthenticated where configuration.user != nil && !isRepeated {
                // The token's time is over, or the member has restarted and forgotten it.
                state.withLock { $0.token = nil }
            }
        }
        throw .notAuthenticated(endpoint: name(index), message: "its token is refused")
    }

    /// The token of the user, if there is one.
    func token(_ index: Int, _ deadline: DispatchTime, _ limit: Nanoseconds) throws(EtcdError) -> String? {
        guard let user = configuration.user else { return nil }
        if let token = state.withLock({ $0.token }) { return token }
        let request = AuthenticationRequest(name: user.name, password: user.password)
        let bytes = try post(index, "auth/authenticate", request, nil, deadline, limit)
        let token = try decode(bytes, index) { (message: AuthenticationMessage) in
            guard let token = message.token, !token.isEmpty else { throw ReplyFault(text: "there is no token") }
            return token
        }
        state.withLock { $0.token = token }
        return token
    }

    private func post(
        _ index: Int, _ path: String, _ request: some Encodable, _ token: String?, _ deadline: DispatchTime,
        _ limit: Nanoseconds
    ) throws(EtcdError) -> [UInt8] {
        let answer: (status: Int, body: [UInt8])
        do {
            answer = try transport.post(
                Self.body(request), to: url(index, path), token: token, limit: Self.answerLimit, by: deadline)
        } catch {
            throw self.error(error, index, limit)
        }
        if let error = Self.refusal(answer.status, answer.body, name(index)) { throw error }
        return answer.body
    }

    /// Begins a request whose answer is a stream of lines.
    func stream(
        _ index: Int, _ path: String, _ request: some Encodable, _ deadline: DispatchTime, _ limit: Nanoseconds
    ) throws(EtcdError) -> Exchange {
        let token = try token(index, deadline, limit)
        do {
            return try transport.stream(
                Self.body(request), to: url(index, path), token: token, limit: Self.answerLimit, by: deadline)
        } catch {
            throw self.error(error, index, limit)
        }
    }

    private func url(_ index: Int, _ path: String) -> URL {
        configuration.endpoints[index].appendingPathComponent("v3/" + path)
    }

    private static func body(_ request: some Encodable) -> Data {
        let encoder = JSONEncoder()
        encoder.keyEncodingStrategy = .convertToSnakeCase
        do { return try encoder.encode(request) } catch {
            preconditionFailure("a request of text, numbers and bytes is encoded: \(error)")
        }
    }

    func error(_ failure: Exchange.Failure, _ index: Int, _ limit: Nanoseconds) -> EtcdError {
        switch failure {
        case .deadline: .timedOut(endpoint: name(index), milliseconds: limit.count / 1_000_000)
        case .refused(let cause): .unreachable([.init(endpoint: name(index), cause: cause)])
        case .broken(let cause): .interrupted(endpoint: name(index), cause: cause)
        case .malformed(let fault): .malformed(endpoint: name(index), fault: fault)
        }
    }

    /// The error that a status other than 200 stands for.
    static func refusal(_ status: Int, _ bytes: [UInt8], _ endpoint: String) -> EtcdError? {
        if status == 200 { return nil }
        let message = try? JSONDecoder().decode(ErrorMessage.self, from: Data(bytes))
        guard let message, let code = message.code, let text = message.message ?? message.error else {
            return .malformed(endpoint: endpoint, fault: "HTTP status \(status)")
        }
        // 16: no valid token. 3 with these words: no user, or a wrong one.
        let isAboutTheUser = text.contains("user name") || text.contains("authentication failed")
        if code == 16 || code == 3 && isAboutTheUser { return .notAuthenticated(endpoint: endpoint, message: text) }
        return .refused(endpoint: endpoint, status: status, code: code, message: text)
    }

    func decode<Message: Decodable, Reply>(
        _ bytes: [UInt8], _ index: Int, _ reply: (Message) throws -> Reply
    ) throws(EtcdError) -> Reply {
        do {
            let decoder = JSONDecoder()
            decoder.keyDecodingStrategy = .convertFromSnakeCase
            return try reply(decoder.decode(Message.self, from: Data(bytes)))
        } catch let fault as ReplyFault {
            throw .malformed(endpoint: name(index), fault: fault.text)
        } catch {
            throw .malformed(endpoint: name(index), fault: "\(bytes.count) bytes that are not its JSON")
        }
    }

    // MARK: - The member in use

    var current: Int { state.withLock { $0.endpoint } }

    /// Goes to the next member, unless another thread already did.
    func leave(_ endpoint: Int) {
        state.withLock { state in
            if state.endpoint == endpoint { state.endpoint = (endpoint + 1) % configuration.endpoints.count }
        }
    }

    func name(_ index: Int) -> String { configuration.endpoints[index].absoluteString }
}

extension EtcdError {
    /// Whether another member may do better.
    fileprivate var isOfTheMember: Bool {
        switch self {
        case .unreachable, .timedOut, .interrupted, .malformed: true
        case .refused(_, let status, _, _): status >= 500
        case .notAuthenticated, .compacted: false
        }
    }
}

extension DispatchTime {
    static func + (time: DispatchTime, length: Nanoseconds) -> DispatchTime {
        time + .nanoseconds(Int(length.count))
    }
}
