// The profile format, tickrun/profile/1.
//
//     {
//       "schema": "tickrun/profile/1",
//       "name": "ntsc-59.94",
//       "rate": "60000/1001",
//       "duration": "10s",
//       "service_levels": { "start_lateness_p99_ns_max": 5000000, "skipped_ticks_max": 0 }
//     }
//
// JSON (RFC 8259) in UTF-8, read strictly: a key that is unknown or stands twice, a number with a
// point or an exponent, a null are refused. Times are whole nanoseconds under keys that end in the
// unit; only `duration` is a string, with its unit in it. `ProfileFields.swift` lists every key with
// its meaning, range and default, and `Profile.jsonSchema` states the same.
//
// A profile has either one session, whose keys stand at the top (its id is the profile's name), or
// `sessions`, a list of objects that each have an `id`. Beside `sessions`, the top may hold what
// applies to all of them: a run length, which a session's own replaces, and `service_levels`, which
// a session's own override key by key. Exactly one of `ticks` and `duration` is the run length; a session
// with `blocks` that ends with its plan needs none.
//
// Faults are found in two passes, each of which names all it finds: first those of single values
// and keys, then those of values against each other (`ProfileValidation.swift`).

import TickScheduling
import TickTime

extension Profile {
    /// The profile that `json` spells.
    ///
    /// - Parameter file: what errors call the document.
    /// - Throws: `FileError`: `.syntax` if it is not JSON, `.content` if it is no profile that can
    ///   be run. It lists every fault found, up to a limit.
    public init(json: [UInt8], file: String) throws(FileError) {
        let log = ProblemLog(file: file, bytes: json)
        let top = try ObjectReader.document(json, fields: FileField.top, file: file, log)
        let decoder = ProfileDecoder(top: top)
        let profile = decoder.profile()
        try log.throwIfAny()
        for fault in profile.faults() { decoder.note(fault) }
        try log.throwIfAny()
        self = profile
    }
}

/// A placeholder for a refused value, in a profile that will be refused.
private let refused = (name: "", rate: FrameRate.fps25, number: Int64(1))

/// Turns the document's objects into a profile, and faults of the profile into places in the document.
private struct ProfileDecoder {
    let top: ObjectReader
    /// The readers of `sessions`; the document itself for a single session.
    let sessions: [ObjectReader]

    init(top: ObjectReader) {
        self.top = top
        guard let node = top.node(.sessions), case .objects(let fields, _) = FileField.sessions.form else {
            sessions = [top]
            return
        }
        var sessions: [ObjectReader] = []
        switch node.value {
        case .array(let elements) where elements.isEmpty:
            top.note(.sessions, "the list is empty", "describe one session or more")
        case .array(let elements) where elements.count > Profile.sessionLimit:
            top.note(
                .sessions, "\(elements.count) sessions are more than a loop takes",
                "list at most \(Profile.sessionLimit), and run the others in another loop")
        case .array(let elements):
            for (index, element) in elements.enumerated() {
                let path = "\(FileField.sessions.key)[\(index)]"
                if let reader = ObjectReader(element, fields: fields, path: path, log: top.log) {
                    sessions.append(reader)
                }
            }
        default:
            top.note(.sessions, "expected an array, found \(node.kind)", "write it as \(FileField.sessions.example)")
        }
        self.sessions = sessions
    }

    private var isList: Bool { top.has(.sessions) }

    func profile() -> Profile {
        top.require(.schema)
        top.require(.name)
        _ = top.choice(.schema)
        let name = line(top, .name, limit: 64)
        let description = line(top, .description, limit: 500)
        if isList {
            for field in FileField.singular where top.has(field) {
                top.note(field, "the key describes one session", "move it into each of the sessions")
            }
        }
        let sharedLength = isList ? runLength(top) : nil
        let sharedLevels = isList ? serviceLevels(top) : ServiceLevels()
        let sessions = sessions.map { reader in
            session(reader, name: name, sharedLength: sharedLength, sharedLevels: sharedLevels)
        }
        let realtime = top.object(.realtime)
        return Profile(
            name: name ?? refused.name, description: description, sessions: sessions,
            wait: top.choice(.wait).flatMap(WaitStrategy.init) ?? .hybrid,
            spinBudgetPercent: Int(top.integer(.spinBudget) ?? refused.number),
            realtime: realtime.map { RealtimeRequest($0) } ?? RealtimeRequest())
    }

    private func session(
        _ reader: ObjectReader, name: String?, sharedLength: RunLength?, sharedLevels: ServiceLevels
    ) -> SessionProfile {
        reader.require(.rate)
        if isList { reader.require(.id) }
        let length = runLength(reader) ?? sharedLength
        let endsWithPlan = reader.has(.blocks) && reader.choice(.atPlanEnd) != PlanEnd.continue.rawValue
        if length == nil, !hasRunLength(reader), !(isList && hasRunLength(top)), !endsWithPlan {
            reader.note(
                .ticks, "no run length is given",
                "add \(FileField.duration.example) or \(FileField.ticks.example)")
        }
        let spelling = rate(reader)
        return SessionProfile(
            id: (isList ? line(reader, .id, limit: 64) : name) ?? refused.name,
            rate: spelling?.rate ?? refused.rate,
            timecode: timecode(reader, spelling),
            policy: policy(reader),
            alignment: reader.choice(.align).flatMap(Alignment.init) ?? .none,
            onTimeWithin: Nanoseconds(reader.integer(.onTimeWithin) ?? refused.number),
            backlogMax: Nanoseconds(reader.integer(.backlogMax) ?? refused.number),
            work: Nanoseconds(reader.integer(.work) ?? refused.number),
            length: length, serviceLevels: sharedLevels.overridden(by: serviceLevels(reader)),
            statesLevels: reader.has(.serviceLevels) || (isList && top.has(.serviceLevels)),
            channel: ChannelDecoder(reader: reader).channel())
    }

    private func rate(_ reader: ObjectReader) -> RateSpelling? {
        guard let spelling = reader.text(.rate) else { return nil }
        do {
            return try RateSpelling(parsing: spelling)
        } catch {
            // A frame rate's error states its remedy itself.
            reader.note(.rate, "\(error)", "")
            return nil
        }
    }

    /// What is stated, or what the rate's suffix says; both may be, if they agree.
    private func timecode(_ reader: ObjectReader, _ rate: RateSpelling?) -> TimecodeMode? {
        let stated = reader.choice(.timecode).flatMap(TimecodeMode.init)
        guard let isDropFrame = rate?.isDropFrame else { return stated }
        let spelled = isDropFrame ? TimecodeMode.drop : .nonDrop
        if let stated, stated != spelled {
            reader.note(
                .timecode,
                "the rate asks for the timecode \(quoted(spelled.rawValue)), but this is \(quoted(stated.rawValue))",
                "remove one of them, or write \(quoted(spelled.rawValue))")
        }
        return spelled
    }

    private func policy(_ reader: ObjectReader) -> OverduePolicy {
        let name = reader.choice(.policy)
        let spacing = reader.integer(.pacedSpacing)
        if name == "paced" {
            reader.require(.pacedSpacing)
            return .paced(spacing: Nanoseconds(spacing ?? refused.number))
        }
        if spacing != nil, let name {
            reader.note(.pacedSpacing, "the policy \(name) has no spacing", "remove it, or write \"policy\": \"paced\"")
        }
        return name == "skip" ? .skip : .everyTick
    }

    private func hasRunLength(_ reader: ObjectReader) -> Bool { reader.has(.ticks) || reader.has(.duration) }

    private func runLength(_ reader: ObjectReader) -> RunLength? {
        let ticks = reader.integer(.ticks)
        let spelling = reader.text(.duration)
        if reader.has(.ticks), reader.has(.duration) {
            reader.note(.duration, "the run length is given twice, as ticks and as duration", "remove one of them")
            return nil
        }
        if let ticks { return .ticks(ticks) }
        guard let spelling else { return nil }
        do {
            // At most 100 years as well: `ProfileValidation` judges that, with the session's rate.
            return .duration(try parseDuration(spelling))
        } catch {
            reader.note(.duration, error.fault, error.remedy)
            return nil
        }
    }

    private func serviceLevels(_ reader: ObjectReader) -> ServiceLevels {
        var levels = ServiceLevels()
        guard let object = reader.object(.serviceLevels) else { return levels }
        for measure in ServiceLevels.Measure.allCases { levels[measure] = object.integer(.level(measure)) }
        return levels
    }

    /// A text that fits one line of a report.
    private func line(_ reader: ObjectReader, _ field: FileField, limit: Int) -> String? {
        guard let text = reader.text(field) else { return nil }
        if let fault = lineFault(text, limit: limit) { reader.note(field, fault.fault, fault.remedy) }
        return text
    }

    /// Notes a fault of the decoded profile where its value stands: in its session, or at the top if
    /// the session has it from there.
    func note(_ fault: Profile.Fault) {
        let reader = fault.session.map { sessions[$0] } ?? top
        let place = !reader.has(fault.field) && top.has(fault.field) ? top : reader
        place.note(fault.field, fault.fault, fault.remedy)
    }
}

extension RealtimeRequest {
    /// An object with the keys of `realtime`.
    init(_ reader: ObjectReader) {
        self.init(
            fifoPriority: reader.integer(.fifoPriority).map { Int($0) }, cpu: reader.integer(.cpu).map { Int($0) },
            lockMemory: reader.flag(.lockMemory) ?? false)
    }
}
