package import TickLinux
package import TickTime

/// The names of a run's output files: `%{run}`, `%{date}` and `%{time}` are filled in, and a name that is
/// taken gets a number.
///
///     %{run}   the run's name, in which every other character than letters, digits, `.`, `-` and `_` becomes `_`
///     %{date}  the UTC day on which the run began: 2026-11-28
///     %{time}  the UTC time of day at which it began: 174205
package struct OutputNames {
    static let placeholders = ["%{run}", "%{date}", "%{time}"]
    /// The greatest number that is added to a taken name.
    static let mostNumbers = 9_999

    private let values: [(placeholder: String, value: String)]

    package init(run: String, begin: UTCInstant) {
        let plain = run.unicodeScalars.map { scalar in
            switch scalar {
            case "a"..."z", "A"..."Z", "0"..."9", ".", "-", "_": Character(scalar)
            default: Character("_")
            }
        }
        // 2026-11-28T17:42:05.…
        let text = begin.iso8601
        let time = text.dropFirst(11).prefix(8).filter { $0 != ":" }
        values = [("%{run}", String(plain)), ("%{date}", String(text.prefix(10))), ("%{time}", String(time))]
    }

    /// Whether a name holds a placeholder, known or not.
    static func isTemplate(_ name: String) -> Bool { name.contains("%{") }

    /// `name` with its placeholders filled in.
    ///
    /// - Throws: `RunFailure` (2) if it holds another one.
    package func fill(_ name: String, option: String) throws(RunFailure) -> String {
        let filled = values.reduce(name) { $0.replacing($1.placeholder, with: $1.value) }
        guard !filled.contains("%{") else {
            throw RunFailure.usage(
                "\(option) \(name): a name may hold \(Self.placeholders.joined(separator: ", ")) and no other %{…}")
        }
        return filled
    }

    /// `path`, then with -2, -3 and so on before its ending.
    ///
    /// - Parameter ending: `.journal`; `nil`: from the last point of the file's name on.
    static func numbered(_ path: String, _ number: Int, ending: String? = nil) -> String {
        number > 1 ? suffixed(path, "\(number)", ending: ending) : path
    }

    /// `path` with `-SUFFIX` before its ending.
    package static func suffixed(_ path: String, _ suffix: String, ending: String? = nil) -> String {
        let name = path.lastIndex(of: "/").map { path.index(after: $0) } ?? path.startIndex
        let end: String.Index
        if let ending, path.hasSuffix(ending) {
            end = path.index(path.endIndex, offsetBy: -ending.count)
        } else {
            // A leading point makes a file hidden; it does not begin an ending.
            let point = path[name...].lastIndex(of: ".")
            end = point.flatMap { $0 > name ? $0 : nil } ?? path.endIndex
        }
        return "\(path[..<end])-\(suffix)\(path[end...])"
    }

    /// Creates the first of the numbered files that is not there.
    ///
    /// - Parameter create: creates the file and refuses one that is there.
    /// - Returns: its path.
    /// - Throws: `SystemError`; EEXIST if all of them are taken.
    package static func firstFree<Made: ~Copyable>(
        _ path: String, ending: String? = nil, create: (String) throws(SystemError) -> Made
    ) throws(SystemError) -> Made {
        var number = 1
        while true {
            do throws(SystemError) { return try create(numbered(path, number, ending: ending)) } catch {
                guard error.isThere, number < mostNumbers else { throw error }
            }
            number += 1
        }
    }
}
