internal import TickLinux

/// Why a comparison was not possible. A bad figure is a result, not an error.
enum BenchError: Error, CustomStringConvertible {
    /// The command line cannot be understood.
    case usage(String)
    /// A program to compare with, or to compile it with, is not installed.
    case missing(program: String, remedy: String)
    /// A program of the comparison failed; what it said last.
    case failed(program: String, status: String, said: String)
    /// A program of the comparison printed something else than its samples.
    case unreadable(program: String, String)
    /// The host refused something that the comparison needs.
    case refused(String, remedy: String)
    /// The machine did not come to rest.
    case notIdle(busyPercent: Double, seconds: Int)
    /// A call of the host failed.
    case system(SystemError)

    /// A program that a Debian package brings.
    static func missing(program: String, package: String) -> BenchError {
        .missing(program: program, remedy: "run: apt-get install \(package)")
    }

    /// By sysexits.h, except 2 for the command line, as everywhere in this project.
    var exitCode: Int32 {
        switch self {
        case .usage: 2
        case .missing: 69
        case .failed, .unreadable: 70
        case .system: 71
        case .notIdle: 75
        case .refused: 77
        }
    }

    var description: String {
        switch self {
        case .usage(let what): "\(what)\ntry: bench --help"
        case .missing(let program, let remedy): "\(program) is not installed; \(remedy)"
        case .failed(let program, let status, let said):
            "\(program) failed (\(status))" + (said.isEmpty ? "" : ": \(said)")
        case .unreadable(let program, let what): "\(program) printed something else than its samples: \(what)"
        case .refused(let what, let remedy): "the host refused \(what); \(remedy)"
        case .notIdle(let busy, let seconds):
            "the machine was still \(fixed(busy, 1)) % busy after \(seconds) s; "
                + "stop other programs, or leave out --wait-idle"
        case .system(let error): "\(error)"
        }
    }
}
