// Checks the values of a profile against each other, and, for a profile made in code, each value
// by itself.

import TickScheduling
import TickTime

extension Profile {
    /// A fault of a profile, by its field.
    struct Fault {
        /// The session by its place in the list; `nil` for the profile as a whole.
        let session: Int?
        let field: FileField
        let fault: String
        let remedy: String
    }

    /// Checks a profile that was made, or changed, in code: every range of the format, and every
    /// relation between its values. A profile that was read from a file has passed already.
    ///
    /// - Parameter file: the name for it in the error, such as the file that options override.
    /// - Throws: `FileError` of kind `.content`, listing every fault up to its limit.
    public func validate(file: String) throws(FileError) {
        let log = ProblemLog(file: file, bytes: [])
        for fault in faults() {
            let session = fault.session.map { "\(FileField.sessions.key)[\($0)]." } ?? ""
            log.note(session + fault.field.key, at: nil, fault.fault, fault.remedy)
        }
        try log.throwIfAny()
    }

    func faults() -> [Fault] {
        var faults: [Fault] = []
        func check(_ session: Int?, _ field: FileField, _ value: Int64?) {
            guard case .integer(let range, _, _) = field.form, let value, !range.contains(value) else { return }
            faults.append(
                Fault(
                    session: session, field: field, fault: "\(value) is out of range",
                    remedy: "write \(range.lowerBound) to \(range.upperBound)"))
        }
        func check(_ session: Int?, _ field: FileField, line: String, limit: Int) {
            guard let fault = lineFault(line, limit: limit) else { return }
            faults.append(Fault(session: session, field: field, fault: fault.fault, remedy: fault.remedy))
        }

        check(nil, .name, line: name, limit: 64)
        if let description { check(nil, .description, line: description, limit: 500) }
        check(nil, .spinBudget, Int64(spinBudgetPercent))
        check(nil, .fifoPriority, realtime.fifoPriority.map { Int64($0) })
        check(nil, .cpu, realtime.cpu.map { Int64($0) })
        if sessions.isEmpty || sessions.count > Self.sessionLimit {
            faults.append(
                Fault(
                    session: nil, field: .sessions, fault: "a profile of \(sessions.count) sessions cannot be run",
                    remedy: "list 1 to \(Self.sessionLimit)"))
        }

        var firstWithID: [String: Int] = [:]
        for (index, session) in sessions.enumerated() {
            check(index, .id, line: session.id, limit: 64)
            check(index, .onTimeWithin, session.onTimeWithin.count)
            check(index, .backlogMax, session.backlogMax.count)
            check(index, .work, session.work.count)
            for (measure, limit) in session.serviceLevels.limits { check(index, .level(measure), limit) }
            if let first = firstWithID.updateValue(index, forKey: session.id) {
                faults.append(
                    Fault(
                        session: index, field: .id,
                        fault: "\(quoted(session.id)) is the id of sessions[\(first)] already",
                        remedy: "give each session a different id"))
            }
            let own = [session.timecodeFault, session.spacingFault, session.lengthFault].compactMap { $0 }
            faults += (own + session.channelFaults).map {
                Fault(session: index, field: $0.field, fault: $0.fault, remedy: $0.remedy)
            }
        }
        return faults
    }
}

extension SessionProfile {
    fileprivate typealias Fault = (field: FileField, fault: String, remedy: String)

    fileprivate var timecodeFault: Fault? {
        guard !timecode.isLegal(at: rate) else { return nil }
        let legal = TimecodeMode.allCases.filter { $0.isLegal(at: rate) }.map { quoted($0.rawValue) }
        let fault =
            timecode == .nonDrop || !TimecodeFormat.allowsLabels(rate)
            ? "there is no timecode at \(rate) fps: a second of labels must hold a whole number of frames"
            : "there is no drop-frame timecode at \(rate) fps (SMPTE ST 12-1: at 29.97, 59.94 and 119.88 only)"
        return (.timecode, fault, "write \(alternatives(legal))")
    }

    fileprivate var spacingFault: Fault? {
        guard case .paced(let spacing) = policy else { return nil }
        // spacing < 10⁹ · den / num, without dividing.
        let period = 1_000_000_000 * Int128(rate.denominator)
        guard spacing.count <= 0 || Int128(spacing.count) * Int128(rate.numerator) >= period else { return nil }
        let greatest = (period - 1) / Int128(rate.numerator)
        return (
            .pacedSpacing, "\(spacing.count) ns is not below the period of \(rate) fps", "write 1 to \(greatest)"
        )
    }

    fileprivate var lengthFault: Fault? {
        let years = "100 years"
        switch length {
        case nil:
            guard channel.blocks.isEmpty || channel.atPlanEnd == .continue else { return nil }
            return (
                .ticks, "no run length is given",
                "add \(FileField.duration.example) or \(FileField.ticks.example)"
            )
        case .ticks(let count):
            guard count >= 1 else { return (.ticks, "\(count) ticks are not a run", "write 1 or more") }
            let greatest = rate.lastTickDue(after: Profile.longestRun) ?? 0
            guard count > greatest else { return nil }
            return (.ticks, "\(count) ticks at \(rate) fps take longer than \(years)", "write at most \(greatest)")
        case .duration(let duration):
            guard duration > .zero else { return (.duration, "the run has no length", "give a time such as \"10s\"") }
            guard duration > Profile.longestRun else { return nil }
            return (.duration, "the run is longer than \(years)", "write at most \"876600h\"")
        }
    }
}

/// Why `text` does not fit one line of a report: it is empty, longer than `limit` Unicode scalars,
/// or holds a control character, which could move a terminal's cursor.
func lineFault(_ text: String, limit: Int) -> (fault: String, remedy: String)? {
    if text.unicodeScalars.isEmpty { return ("the text is empty", "write 1 to \(limit) characters") }
    if text.unicodeScalars.count > limit {
        return ("the text has \(text.unicodeScalars.count) characters", "write at most \(limit)")
    }
    if text.unicodeScalars.contains(where: { $0.properties.generalCategory == .control }) {
        return ("\(quoted(text)) holds a control character", "remove it")
    }
    return nil
}
