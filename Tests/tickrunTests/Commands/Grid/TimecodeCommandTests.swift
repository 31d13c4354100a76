import TestSupport
import Testing

@Suite("tickrun timecode")
struct TimecodeCommandTests {
    struct Label: Decodable {
        let rate: String
        let frame: Int64
        let timecode: String
    }

    struct Printed: Decodable {
        let frame: Int64
        let timecode: String
        let dropFrame: Bool
    }

    private func cases() throws -> [String: [Label]] {
        Dictionary(grouping: try Vectors.printedCases("drop_frame", as: Label.self), by: \.rate)
    }

    @Test("every drop-frame label of the vectors comes out of its frame")
    func labels() async throws {
        for (rate, cases) in try cases() {
            let result = try await RunProcess.tickrun(
                ["timecode", rate, "--json"] + cases.map { "\($0.frame)" }
            ).run()
            let printed = try result.objects(schema: "tickrun/timecode/1", as: Printed.self)
            #expect(printed.map(\.timecode) == cases.map(\.timecode))
            #expect(printed.allSatisfy { $0.dropFrame })
        }
    }

    @Test("every frame of the vectors comes out of its drop-frame label")
    func frames() async throws {
        for (rate, cases) in try cases() {
            let result = try await RunProcess.tickrun(["timecode", rate, "--json"] + cases.map(\.timecode)).run()
            let printed = try result.objects(schema: "tickrun/timecode/1", as: Printed.self)
            #expect(printed.map(\.frame) == cases.map(\.frame))
        }
    }

    @Test("--non-drop counts every label at a rate that would drop some")
    func nonDrop() async throws {
        let result = try await RunProcess.tickrun("timecode", "29.97", "--non-drop", "1800", "01:00:00:00").run()
        #expect(result.exitCode == 0)
        #expect(
            result.lines.map { $0.split(separator: " ") } == [["1800", "00:01:00:00"], ["108000", "01:00:00:00"]])
    }

    @Test(
        "with --epoch, frames and labels are house time, alike for every epoch",
        arguments: [("00", "1122078"), ("06", "604196"), ("12", "86314")])
    func houseTime(hour: String, frame: String) async throws {
        let epoch = "2026-11-21T\(hour):00:00Z"
        let result = try await RunProcess.tickrun("timecode", "23.976", "--epoch", epoch, frame, "12:59:13:06").run()
        #expect(
            result.lines.map { $0.split(separator: " ") } == Array(repeating: [frame[...], "12:59:13:06"], count: 2))
    }

    @Test("a negative frame is an operand, not an option")
    func negativeFrame() async throws {
        let result = try await RunProcess.tickrun("timecode", "25", "-1").run()
        #expect(result.lines.map { $0.split(separator: " ") } == [["-1", "23:59:59:24"]])
    }

    @Test(
        "what cannot be labelled is refused with the remedy, and nothing is printed",
        arguments: [
            (["29.97", "5", "00:01:00;00"], "00:01:00;02"),
            (["25", "--drop", "5"], "non-drop"),
            (["29.97", "--drop", "--non-drop", "5"], "give one"),
            (["25", "12:00"], "HH:MM:SS:FF"),
            (["25", "12:00:00:25"], "24"),
            (["25", "noon"], "whole number"),
            (["1/10", "5"], "whole number of frames"),
            (["25/2", "--non-drop", "5"], "or no timecode"),
            (["25", "--daily-jam", "04:00:00", "5"], "--epoch"),
            (["25", "--epoch", "2026-11-21T00:00:00Z", "--utc-offset", "1", "5"], "--utc-offset"),
            (["23.976", "--epoch", "2026-11-21T00:00:00Z", "23:59:00:00"], "jam skips it"),
            (["25"], "FRAME|LABEL"),
        ])
    func refusals(arguments: [String], remedy: String) async throws {
        let result = try await RunProcess.tickrun(["timecode"] + arguments).run()
        #expect(result.exitCode == 2)
        #expect(result.standardError.contains(remedy))
        #expect(result.standardOutput.isEmpty)
    }
}
