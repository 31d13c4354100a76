public import TickTime

/// Why a list of leap seconds on this host is not used.
public struct LeapSecondListFault: Error, Hashable, Sendable, CustomStringConvertible {
    public enum Reason: Hashable, Sendable {
        case unreadable(SystemError)
        case damaged(LeapSecondError)
    }

    public let path: String
    /// The environment variable that names the list; `nil` for a list of the system.
    public let variable: String?
    public let reason: Reason

    init(_ path: String, _ variable: String?, _ reason: Reason) {
        (self.path, self.variable, self.reason) = (path, variable, reason)
    }

    public var description: String {
        let place = variable.map { "\($0)=\(path)" } ?? path
        switch reason {
        case .unreadable(let error):
            let remedy = variable.map { "correct \($0), or unset it" } ?? "reinstall the list (tzdata)"
            return "\(place): the list of leap seconds cannot be read: \(error.reason); \(remedy)"
        case .damaged(let error):
            return "\(place): \(error)" + (variable.map { "; or name another list in \($0)" } ?? "")
        }
    }
}
