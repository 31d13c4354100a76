internal import Glibc

/// Who runs this process, and with what environment.
public enum HostUser {
    /// The effective user's id.
    public static var id: UInt32 { geteuid() }

    /// A variable of the environment; `nil` if it is not set.
    public static func environment(_ name: String) -> String? { unsafe getenv(name).map { unsafe String(cString: $0) } }
}
