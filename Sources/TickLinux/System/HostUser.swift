internal import Glibc

/// The user that runs this process, and its environment.
package enum HostUser {
    /// The effective user's id.
    package static var id: UInt32 { geteuid() }

    /// A variable of the environment; `nil` if it is not set.
    package static func environment(_ name: String) -> String? {
        unsafe getenv(name).map { unsafe String(cString: $0) }
    }

    /// The machine type of this build, as uname(2) spells it.
    package static var machine: String {
        #if arch(x86_64)
            "x86_64"
        #elseif arch(arm64)
            "aarch64"
        #else
            "unknown"
        #endif
    }

    /// The host's name. The corresponding C function is `gethostname`.
    package static var hostName: String {
        var name = [CChar](repeating: 0, count: 256)
        guard unsafe gethostname(&name, name.count - 1) == 0 else { return "localhost" }
        return String(decoding: name.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
    }
}
