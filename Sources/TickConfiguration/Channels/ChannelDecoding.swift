// Reads the keys that make a session a channel. Spellings are checked here; `ChannelValidation.swift` checks the values
// against each other.

import TickScheduling
import TickTime

struct ChannelDecoder {
    let reader: ObjectReader

    func channel() -> ChannelProfile {
        if !reader.has(.blocks) {
            for field in FileField.planned where reader.has(field) {
                reader.note(field, "the key belongs to a block plan", "add blocks, or remove it")
            }
        }
        return ChannelProfile(
            lead: Nanoseconds(reader.integer(.lead) ?? 0), blocks: blocks(),
            planStart: reader.text(.planStart).flatMap { moment($0, .planStart, takesLengths: false) },
            atPlanEnd: reader.choice(.atPlanEnd).flatMap(PlanEnd.init) ?? .end,
            primingTicks: reader.integer(.primingTicks), startTimecode: startTimecode(), utcOffset: utcOffset(),
            dailyJam: dailyJam(),
            succeedAt: reader.text(.succeedAt).flatMap { moment($0, .succeedAt, takesLengths: true) })
    }

    private func blocks() -> [BlockProfile] {
        guard let node = reader.node(.blocks), case .objects(let fields, let list) = FileField.blocks.form else {
            return []
        }
        guard case .array(let elements) = node.value else {
            reader.note(.blocks, "expected an array, found \(node.kind)", "write it as \(FileField.blocks.example)")
            return []
        }
        guard !elements.isEmpty, elements.count <= list.limit else {
            reader.note(
                .blocks, elements.isEmpty ? "the list is empty" : "\(elements.count) blocks are more than a plan takes",
                elements.isEmpty ? "describe one block or more, or remove it" : "list at most \(list.limit)")
            return []
        }
        return elements.enumerated().compactMap { index, element in
            let path = "\(reader.place(of: FileField.blocks.key))[\(index)]"
            return ObjectReader(element, fields: fields, path: path, log: reader.log).map(block)
        }
    }

    private func block(_ reader: ObjectReader) -> BlockProfile {
        reader.require(.blockID)
        reader.require(.blockDuration)
        let id = reader.text(.blockID)
        if let id, let fault = lineFault(id, limit: 64) { reader.note(.blockID, fault.fault, fault.remedy) }
        var length = Nanoseconds(1)
        if let spelling = reader.text(.blockDuration) {
            do {
                length = try admittedDuration(spelling)
                if length <= .zero {
                    reader.note(.blockDuration, "the block has no length", "give a time such as \"30s\"")
                }
            } catch {
                reader.note(.blockDuration, error.fault, error.remedy)
            }
        }
        var start: UTCInstant?
        if let spelling = reader.text(.blockStart) {
            do { start = try UTCInstant(admitting: spelling) } catch { reader.note(.blockStart, "\(error)", "") }
        }
        return BlockProfile(id: id ?? "", start: start, length: length, times: reader.integer(.blockTimes) ?? 1)
    }

    /// An instant has a T, a time of day a colon, a length neither.
    private func moment(_ text: String, _ field: FileField, takesLengths: Bool) -> Moment? {
        do {
            if text.contains("T") { return .utc(try UTCInstant(admitting: text)) }
            if text.contains(":") || !takesLengths { return .timeOfDay(try TimeOfDay(parsing: text)) }
        } catch {
            reader.note(field, "\(error)", "")
            return nil
        }
        do {
            let length = try admittedDuration(text)
            if length <= .zero {
                reader.note(field, "the time to the succession must be above 0", "give a time such as \"10m\"")
            }
            return .afterEpoch(length)
        } catch {
            reader.note(field, error.fault, "write an instant, a time of day, or a time after the epoch such as 10m")
            return nil
        }
    }

    private func startTimecode() -> StartTimecode? {
        guard let text = reader.text(.startTimecode) else { return nil }
        return text == "time_of_day" ? .timeOfDay : .label(text)
    }

    private func utcOffset() -> UTCOffset {
        guard let text = reader.text(.utcOffset) else { return .utc }
        do { return try UTCOffset(parsing: text) } catch {
            reader.note(.utcOffset, "\(error)", "")
            return .utc
        }
    }

    private func dailyJam() -> TimeOfDay? {
        guard let text = reader.text(.dailyJam) else { return nil }
        if let start = reader.text(.startTimecode), start == "time_of_day" {
        } else {
            reader.note(
                .dailyJam, "only time_of_day labels have a daily jam",
                "write \"start_timecode\": \"time_of_day\", or remove it")
        }
        do { return try TimeOfDay(parsing: text) } catch {
            reader.note(.dailyJam, "\(error)", "")
            return nil
        }
    }
}
