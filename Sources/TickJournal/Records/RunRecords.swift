public import ClockView
public import TickScheduling
public import TickTime

/// The beginning of a run.
public struct RunBeginning: Hashable, Sendable {
    public var name: String
    public var wait: WaitStrategy
    /// The program that wrote the journal.
    public var program: String
    /// The requests that the host refused, and why.
    public var refused: [String]
    /// How many sessions it begins with; `nil` in journals from before this was recorded.
    public var sessions: Int64?

    public init(name: String, wait: WaitStrategy, program: String, refused: [String], sessions: Int64? = nil) {
        self.sessions = sessions
        self.name = name
        self.wait = wait
        self.program = program
        self.refused = refused
    }
}

extension RunBeginning: JournalPayload {
    public static let tag = "OBS_RUN_BEGIN_V0"

    public func write(to map: inout CBORMapWriter) {
        map.key("name", name)
        map.key("wait", wait.rawValue)
        map.key("program", program)
        map.key("refused") { writer in
            writer.array(refused.count)
            for text in refused { writer.text(text) }
        }
        map.key("sessions", ifAny: sessions)
    }

    public init(from map: inout CBORMapReader) throws(CBORError) {
        name = try map.text("name")
        wait = try map.choice("wait") { WaitStrategy(rawValue: $0) }
        program = try map.text("program")
        refused = try map.value("refused") { (reader) throws(CBORError) in
            var texts: [String] = []
            for _ in 0..<(try reader.array()) { texts.append(try reader.text()) }
            return texts
        }
        sessions = try map.countIfAny("sessions")
    }
}

/// The end of a run: the last event of a complete journal.
public struct RunEnding: Hashable, Sendable {
    public var elapsed: Nanoseconds
    /// CPU time of the tick thread, and of the whole process.
    public var tickThreadCPU: Nanoseconds
    public var processCPU: Nanoseconds
    /// Tick records that found the ring full, and so are missing from the journal.
    public var lostRecords: Int64

    public init(elapsed: Nanoseconds, tickThreadCPU: Nanoseconds, processCPU: Nanoseconds, lostRecords: Int64) {
        self.elapsed = elapsed
        self.tickThreadCPU = tickThreadCPU
        self.processCPU = processCPU
        self.lostRecords = lostRecords
    }
}

extension RunEnding: JournalPayload {
    public static let tag = "OBS_RUN_END_V0"

    public func write(to map: inout CBORMapWriter) {
        map.key("elapsed_ns", elapsed)
        map.key("tick_cpu_ns", tickThreadCPU)
        map.key("lost_records", lostRecords)
        map.key("process_cpu_ns", processCPU)
    }

    public init(from map: inout CBORMapReader) throws(CBORError) {
        elapsed = try map.length("elapsed_ns")
        tickThreadCPU = try map.length("tick_cpu_ns")
        lostRecords = try map.count("lost_records")
        processCPU = try map.length("process_cpu_ns")
    }
}
