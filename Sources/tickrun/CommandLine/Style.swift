import Glibc

/// Colour: as `--color` says; with `auto` on a terminal only, and not where `NO_COLOR` is set (no-color.org: to
/// anything but the empty string) or the terminal is `dumb`.
struct Style {
    enum Colour: String {
        case green = "32"
        case yellow = "33"
        case red = "31"
        case dim = "2"
    }

    /// The values of `--color`.
    enum Choice: String, CaseIterable {
        case auto
        case always
        case never
    }

    let isColoured: Bool

    init(isColoured: Bool) { self.isColoured = isColoured }

    /// What suits the descriptor.
    init(for descriptor: Int32, _ choice: Choice = .auto) {
        isColoured =
            choice == .always || choice == .auto && Self.suits(descriptor)
    }

    private static func suits(_ descriptor: Int32) -> Bool {
        isatty(descriptor) == 1
            && Self.environment("NO_COLOR", default: "").isEmpty
            && Self.environment("TERM", default: "dumb") != "dumb"
    }

    func paint(_ text: String, _ colour: Colour) -> String {
        isColoured ? "\u{1B}[\(colour.rawValue)m\(text)\u{1B}[0m" : text
    }

    private static func environment(_ name: String, default fallback: String) -> String {
        unsafe getenv(name).map { unsafe String(cString: $0) } ?? fallback
    }
}
