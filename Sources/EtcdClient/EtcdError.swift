/// Why a request to etcd gave no answer that can be used.
package enum EtcdError: Error, Equatable, Sendable {
    /// None of the endpoints that were asked accepted a connection. The request was not sent.
    case unreachable([Refusal])
    /// No answer came within the request's time limit.
    case timedOut(endpoint: String, milliseconds: Int64)
    /// The connection broke before the whole answer was there.
    case interrupted(endpoint: String, cause: String)
    /// etcd answered with an error: the HTTP status, the gRPC code, and etcd's message.
    case refused(endpoint: String, status: Int, code: Int, message: String)
    /// The answer is not what etcd's gateway sends.
    case malformed(endpoint: String, fault: String)
    /// The user name or the password is wrong, or one is needed and not given.
    case notAuthenticated(endpoint: String, message: String)
    /// The revisions that a watch asked for are compacted up to this one.
    case compacted(Int64)

    /// An endpoint that accepted no connection, and why.
    package struct Refusal: Equatable, Sendable {
        package let endpoint: String
        package let cause: String

        package init(endpoint: String, cause: String) {
            self.endpoint = endpoint
            self.cause = cause
        }
    }

    /// Whether etcd may have carried out the request, now or later: a write must then be read back.
    package var mayHaveBeenApplied: Bool {
        switch self {
        case .unreachable, .notAuthenticated, .compacted: false
        case .timedOut, .interrupted, .malformed: true
        // With a wrong argument (3), key (5), precondition (9), range (11) or permission (7), etcd applied nothing.
        // Other codes, such as 14 with "request timed out", mean that a member stopped waiting.
        case .refused(_, _, let code, _): ![3, 5, 7, 9, 11].contains(code)
        }
    }
}

extension EtcdError: CustomStringConvertible {
    package var description: String {
        switch self {
        case .unreachable(let refusals):
            "no connection to etcd: "
                + refusals.map { "\($0.endpoint): \($0.cause)" }.joined(separator: "; ")
                + "; start etcd, or correct the endpoints"
        case .timedOut(let endpoint, let milliseconds):
            "\(endpoint): no answer from etcd within \(milliseconds) ms; it may have no leader or no quorum"
        case .interrupted(let endpoint, let cause): "\(endpoint): the connection to etcd broke: \(cause)"
        case .refused(let endpoint, let status, let code, let message):
            "\(endpoint): etcd refuses: \(message) (HTTP \(status), code \(code))"
        case .malformed(let endpoint, let fault):
            "\(endpoint): this is not an answer of etcd's JSON gateway: \(fault); "
                + "check that the endpoint is etcd's client URL"
        case .notAuthenticated(let endpoint, let message):
            "\(endpoint): etcd does not accept the user: \(message); check user and password"
        case .compacted(let revision):
            "etcd has compacted its history up to revision \(revision)"
        }
    }
}
