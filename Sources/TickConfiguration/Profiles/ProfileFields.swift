// Every key of the format, once: its name, meaning, type, range and default.
//
// The decoder takes its ranges, its defaults and its known keys from this table, and the JSON
// Schema is printed from it, so that the two cannot disagree.

import TickScheduling
import TickTime

/// One key of an object of the format.
struct FileField: Sendable {
    indirect enum Form: Sendable {
        /// A whole number, written in plain digits.
        case integer(ClosedRange<Int64>, default: Int64?, example: Int64? = nil)
        /// A string of the listed ones.
        case choice([String], default: String?)
        /// A string with its own syntax: an ECMA-262 pattern for editors, and an example.
        case text(pattern: String, example: String)
        /// `true` or `false`.
        case flag(default: Bool)
        /// The keys of an object, and which of them it must have.
        case object([FileField], required: [String] = [])
        /// An array of objects.
        case objects([FileField], List)
    }

    /// What an array of objects holds.
    struct List: Sendable {
        /// The keys that each must have.
        let required: [String]
        /// The most there may be; the least is 1.
        let limit: Int
        /// Rules of the schema, by their names, that each must keep.
        var rules: [String] = []
    }

    let key: String
    /// One sentence; units included.
    let meaning: String
    let form: Form

    init(_ key: String, _ meaning: String, _ form: Form) {
        self.key = key
        self.meaning = meaning
        self.form = form
    }
}

extension FileField {
    /// The field as a file may contain it, for remedies.
    var example: String {
        let value =
            switch form {
            case .integer(let range, let standard, let example): "\(example ?? standard ?? range.lowerBound)"
            case .choice(let words, let standard): "\"\(standard ?? words[0])\""
            case .text(_, let example): "\"\(example)\""
            case .flag(let standard): "\(standard)"
            case .object(let fields, _): "{ \(fields[0].example) }"
            case .objects(let fields, _): "[ { \(fields[0].example), ... } ]"
            }
        return "\"\(key)\": \(value)"
    }

    /// A name that a report can print: 1 ... 64 Unicode scalars, none of them a control character.
    static let namePattern = #"^[^\u0000-\u001f\u007f-\u009f]{1,64}$"#

    static let schema = FileField(
        "schema", "The format: always \(Profile.schemaName).", .choice([Profile.schemaName], default: nil))
    static let name = FileField(
        "name", "The run's name in reports, and the id of a single session.",
        .text(pattern: namePattern, example: "evening-channel"))
    static let description = FileField(
        "description", "A sentence about the profile's purpose; up to 500 characters.",
        .text(pattern: #"^[^\u0000-\u001f\u007f-\u009f]{1,500}$"#, example: "one channel at 59.94"))
    static let sessions = FileField(
        "sessions", "Several sessions in one loop, in the order that breaks ties between equal deadlines.",
        .objects(
            [id] + session,
            List(
                required: ["id", "rate"], limit: Profile.sessionLimit,
                rules: ["spacing", "notBothLengths", "planned"])))
    static let id = FileField(
        "id", "The session's name in reports, distinct within the profile.",
        .text(pattern: namePattern, example: "main"))
    static let rate = FileField(
        "rate",
        "Frames per second: a fraction, a whole number, or a 1001-based rate by its decimal name; then p, fps, df or ndf.",
        .text(
            pattern: #"^([0-9]+(/[0-9]+)?|(23\.976|23\.98|29\.97|47\.952|47\.95|59\.94|119\.88)0*)"#
                + #"([pP]|[fF][pP][sS]|[nN]?[dD][fF])?$"#,
            example: "60000/1001"))
    static let timecode = FileField(
        "timecode",
        "How ticks are labelled; by default drop if it exists, otherwise non_drop up to 120, otherwise none.",
        .choice(TimecodeMode.allCases.map(\.rawValue), default: nil))
    static let policy = FileField(
        "policy", "What happens to ticks that are already due when the handler returns.",
        .choice(["everyTick", "skip", "paced"], default: "everyTick"))
    static let pacedSpacing = FileField(
        "paced_spacing_ns", "The least time between two starts under paced, in ns; below the period.",
        .integer(1...Profile.longestRun.count, default: nil, example: 10_000_000))
    static let align = FileField(
        "align", "Where tick 0 may lie: on any UTC millisecond, a UTC second, or an ST 2059-1 alignment point.",
        .choice(["none", "second", "st2059"], default: "none"))
    static let onTimeWithin = FileField(
        "on_time_within_ns", "Up to this lateness, in ns, a tick that was not overdue is on time.",
        .integer(0...50_000_000, default: 1_000_000))
    static let backlogMax = FileField(
        "backlog_max_ns", "A backlog above this, in ns, is crossed by one recorded skip under every policy.",
        .integer(1...Profile.longestRun.count, default: 10_000_000_000))
    static let work = FileField(
        "work_ns", "How long the handler works in each tick, in ns, to test lateness.",
        .integer(0...3_600_000_000_000, default: 0))
    static let ticks = FileField(
        "ticks", "Run length as a number of ticks; this or duration.",
        .integer(1...Int64.max, default: nil, example: 600))
    static let duration = FileField(
        "duration", "Run length as a time with its unit (ns, us, ms, s, m, h); this or ticks.",
        .text(pattern: #"^[0-9]+(\.[0-9]+)?(ns|us|ms|s|m|h)$"#, example: "10s"))
    static let serviceLevels = FileField(
        "service_levels",
        "Upper limits, inclusive, that decide PASS or FAIL; a session's limits replace the profile's. Without this key, the"
            + " default levels apply; an empty object sets none.",
        .object(ServiceLevels.Measure.allCases.map(level)))

    static let wait = FileField(
        "wait", "How the loop waits for a deadline.",
        .choice(WaitStrategy.allCases.map(\.rawValue), default: WaitStrategy.hybrid.rawValue))
    static let spinBudget = FileField(
        "spin_budget_percent", "The share of elapsed time that hybrid may spend spinning, in percent.",
        .integer(1...100, default: 2))
    static let fifoPriority = FileField(
        "fifo_priority", "Run the tick thread under SCHED_FIFO at this priority.", .integer(1...99, default: nil))
    static let cpu = FileField("cpu", "Pin the tick thread to this CPU.", .integer(0...1023, default: nil))
    static let lockMemory = FileField("lock_memory", "Lock the process's memory.", .flag(default: false))
    static let realtime = FileField(
        "realtime", "Requests to the host. If it refuses one, the report says so, and the run continues without it.",
        .object([fifoPriority, cpu, lockMemory]))

    static func level(_ measure: ServiceLevels.Measure) -> FileField {
        FileField(measure.rawValue, measure.meaning, .integer(0...Int64.max, default: nil))
    }

    /// The keys that may also be at the top level beside `sessions`, for all of them.
    static let shared = [ticks, duration, serviceLevels]
    /// The keys that describe one session and nothing else.
    static let singular = [rate, timecode, policy, pacedSpacing, align, onTimeWithin, backlogMax, work] + channel
    /// The keys of one session, apart from its id.
    static let session = singular + shared
    /// The keys of the loop.
    static let loop = [wait, spinBudget, realtime]
    /// Every key at the top of a profile.
    static let top = [schema, name, description] + session + [sessions] + loop
}
