package import Foundation
package import TickTime

/// How to reach etcd.
package struct EtcdConfiguration: Sendable {
    package struct User: Sendable {
        package let name: String
        package let password: String

        package init(name: String, password: String) {
            self.name = name
            self.password = password
        }
    }

    /// Why a configuration was refused.
    package struct Fault: Error, Equatable, Sendable, CustomStringConvertible {
        package let description: String
    }

    /// The members' client URLs, in the order in which they are tried.
    package let endpoints: [URL]
    package let user: User?
    /// The time limit of a request where the caller gives none.
    package let timeLimit: Nanoseconds

    /// The greatest time limit of a request: a minute.
    package static let greatestTimeLimit = Nanoseconds.seconds(60)

    /// - Parameters:
    ///   - endpoints: `http://HOST:PORT`, 1 to 32 of them.
    ///   - user: for an etcd with authentication.
    ///   - timeLimit: 1 ms ... 1 min. Default: 5 s.
    /// - Throws: `Fault`, which names the endpoint and the remedy.
    package init(
        endpoints: [String], user: User? = nil, timeLimit: Nanoseconds = .seconds(5)
    ) throws(Fault) {
        guard (1...32).contains(endpoints.count) else {
            throw Fault(description: "\(endpoints.count) endpoints of etcd; give 1 to 32")
        }
        guard timeLimit >= .milliseconds(1), timeLimit <= Self.greatestTimeLimit else {
            throw Fault(description: "a time limit of \(timeLimit); give 1ms to 1min")
        }
        var urls: [URL] = []
        for endpoint in endpoints {
            if endpoint.hasPrefix("https://") {
                throw Fault(
                    description: "'\(endpoint)' needs TLS, which this client does not speak; run stunnel on this host "
                        + "and give its address, such as http://127.0.0.1:2379")
            }
            guard let parts = URLComponents(string: endpoint), parts.scheme == "http",
                let host = parts.host, (1...65_535).contains(parts.port ?? 80), !host.isEmpty,
                ["", "/"].contains(parts.path), parts.query == nil,
                parts.user == nil, parts.fragment == nil, let url = parts.url
            else {
                throw Fault(
                    description: "'\(endpoint)' is not an endpoint of etcd; write its client URL, such as "
                        + "http://127.0.0.1:2379")
            }
            guard !urls.contains(url) else { throw Fault(description: "'\(endpoint)' is given twice; remove one") }
            urls.append(url)
        }
        self.endpoints = urls
        self.user = user
        self.timeLimit = timeLimit
    }
}
