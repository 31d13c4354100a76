import ChannelRun
import Glibc
import TickConfiguration
import TickTime

// Typed values of options and operands. Each error names the option, the value found and what is
// wanted in its place.

extension Arguments {
    /// A whole number in `range`; `nil` if the option was not given.
    func integer(_ name: String, in range: ClosedRange<Int64>) throws(RunFailure) -> Int64? {
        guard let text = text(name) else { return nil }
        return try integer(text, called: name, in: range)
    }

    /// `text` as a whole number in `range`; `called` says where it stood.
    func integer(_ text: String, called place: String, in range: ClosedRange<Int64>) throws(RunFailure) -> Int64 {
        // Int64(_:) also reads "+5", which no output of ours spells.
        guard let value = Int64(text), !text.hasPrefix("+") else {
            throw failure("\(place): '\(text)' is not a whole number from \(range.lowerBound) to \(range.upperBound)")
        }
        guard range.contains(value) else {
            throw failure("\(place): \(value) is not from \(range.lowerBound) to \(range.upperBound)")
        }
        return value
    }

    /// One of the values of a string enum; `nil` if the option was not given.
    func choice<Choice>(_ name: String, of type: Choice.Type = Choice.self) throws(RunFailure) -> Choice?
    where Choice: RawRepresentable & CaseIterable, Choice.RawValue == String {
        guard let text = text(name) else { return nil }
        return try choice(text, called: "\(name): ")
    }

    /// The operand at `index`, which is one of the values of a string enum.
    func word<Choice>(_ index: Int, of type: Choice.Type = Choice.self) throws(RunFailure) -> Choice
    where Choice: RawRepresentable & CaseIterable, Choice.RawValue == String {
        guard operands.indices.contains(index) else {
            throw failure("name one of: \(Choice.allCases.map(\.rawValue).joined(separator: ", "))")
        }
        return try choice(operands[index], called: "")
    }

    private func choice<Choice>(_ text: String, called place: String) throws(RunFailure) -> Choice
    where Choice: RawRepresentable & CaseIterable, Choice.RawValue == String {
        if let choice = Choice(rawValue: text) { return choice }
        let names = Choice.allCases.map(\.rawValue)
        let suggestion = NearestSpelling.suggestion(for: text, among: names)
        throw failure("\(place)'\(text)' is not allowed\(suggestion); use one of: \(names.joined(separator: ", "))")
    }

    /// `on` or `off`; `nil` if the option was not given.
    func onOff(_ name: String) throws(RunFailure) -> Bool? { try choice(name, of: Switch.self).map { $0 == .on } }

    private enum Switch: String, CaseIterable {
        case on
        case off
    }

    /// The colours of standard output, as `--color` says.
    func style() throws(RunFailure) -> Style { Style(for: STDOUT_FILENO, try choice("--color") ?? .auto) }

    /// A length of time with its unit: `250us`, `10s`, `1.5s`, `2h`, at most 100 years; `nil` if the option was
    /// not given.
    func duration(_ name: String) throws(RunFailure) -> Nanoseconds? {
        guard let text = text(name) else { return nil }
        do {
            return try admittedDuration(text)
        } catch {
            throw failure("\(name): \(error)")
        }
    }

    /// An instant of UTC from 1970-01-01 to 2200-01-01; `nil` if the option was not given.
    func instant(_ name: String) throws(RunFailure) -> UTCInstant? {
        guard let text = text(name) else { return nil }
        do { return try UTCInstant(admitting: text) } catch { throw failure("\(name): \(error)") }
    }

    /// The operand at `index`, which has `name` in help.
    func operand(_ index: Int, called name: String) throws(RunFailure) -> String {
        guard operands.indices.contains(index) else {
            throw failure("\(name) is missing; write: tickrun \(command.name) \(command.operands)")
        }
        return operands[index]
    }

    /// Refuses operands after the first `count`.
    ///
    /// - Parameter wanted: what to give instead, for a command whose operands are easily mistaken.
    func refuseOperands(after count: Int, giving wanted: String? = nil) throws(RunFailure) {
        guard operands.count > count else { return }
        throw failure("unexpected argument '\(operands[count])'\(wanted.map { "; give \($0)" } ?? "")")
    }

    /// Refuses an operand that spells a rate and names no file, where a profile's file is wanted.
    func refuseRate(_ operand: String) throws(RunFailure) {
        guard (try? RateSpelling(parsing: operand)) != nil, unsafe access(operand, F_OK) != 0 else { return }
        throw failure("\(operand) is a rate, and 'tickrun \(command.name)' takes a profile; name its file")
    }

    /// The operand RATE at `index`.
    func rate(at index: Int) throws(RunFailure) -> FrameRate {
        try rate(try operand(index, called: "RATE"))
    }

    /// `text` as a frame rate.
    func rate(_ text: String) throws(RunFailure) -> FrameRate { try rateSpelling(text).rate }

    /// `text` as a frame rate, and the labels that its suffix asks for.
    func rateSpelling(_ text: String) throws(RunFailure) -> RateSpelling {
        do {
            return try RateSpelling(parsing: text)
        } catch {
            throw failure("RATE: \(error)")
        }
    }
}
