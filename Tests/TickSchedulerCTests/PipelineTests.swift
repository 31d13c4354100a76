import Foundation
import TestSupport
import Testing

/// Real pipelines, whose output is compared with the ticks.
@Suite("Pipelines", .serialized)
struct PipelineTests {
    private static func fields(_ text: String) -> [[String]] {
        text.split(separator: "\n").map { $0.split(separator: " ").map(String.init) }
    }

    /// The times of a file's pictures from ffprobe, in units of its time base.
    private static func times(_ file: String, in folder: String) async throws -> [[String]] {
        let probe = try await CPrograms.shell(
            "ffprobe -v error -select_streams v -show_entries frame=pts_time -of csv=p=0 \(file)", in: folder)
        try #require(probe.exitCode == 0, "\(probe.standardError)")
        return fields(probe.standardOutput.replacingOccurrences(of: ",", with: ""))
    }

    private static func encode(_ writer: String, in folder: String) async throws -> [[String]] {
        let run = try await CPrograms.shell(
            "\(writer) 2>ticks.txt | ffmpeg -v error -f rawvideo -pix_fmt gray -s 320x96 -r 30000/1001 -i - "
                + "-c:v libx264 -pix_fmt yuv420p -crf 18 out.mp4", in: folder)
        try #require(run.exitCode == 0, "\(run.standardError)")
        let ticks = fields(try String(contentsOfFile: "\(folder)/ticks.txt", encoding: .utf8))
        let times = try await times("out.mp4", in: folder)
        #expect(times.count == ticks.count)
        for (place, time) in times.enumerated() {
            // To the microsecond that ffprobe prints.
            let exact = Double(place) * 1001 / 30000
            #expect(abs((Double(time[0]) ?? -1) - exact) < 1e-6, "picture \(place) at \(time)")
        }
        return ticks
    }

    @Test(
        "C, pulled: ffmpeg encodes a picture a tick at 30000/1001, and each shows the timecode that its tick said",
        .requires(.gcc, .ffmpeg, .ffprobe))
    func pulled() async throws {
        try await CPrograms.withFolder { folder in
            let program = try await CPrograms.build("Fixtures/pipelines/pulled.c", in: folder, ["-std=c11"])
            let ticks = try await Self.encode("\(program) write 90", in: folder)
            #expect(ticks.map { $0[0] } == (0..<90).map(String.init) && ticks[89][1] == "00:00:02;29")
            let read = try await CPrograms.shell(
                "ffmpeg -v error -i out.mp4 -f rawvideo -pix_fmt gray - | \(program) read", in: folder)
            let pictures = Self.fields(read.standardOutput)
            #expect(pictures.map { $0[0] } == ticks.map { $0[0] } && pictures.map { $0[1] } == ticks.map { $0[1] })
            for (place, picture) in pictures.enumerated() {
                #expect(abs((Int(picture[2]) ?? -99) - place % 78 * 4) <= 1, "picture \(place): \(picture)")
            }
        }
    }

    @Test("Swift, pulled: the same program in under 60 lines", .requires(.ffmpeg, .ffprobe))
    func swift() async throws {
        let source = try String(contentsOfFile: "\(CPrograms.root)/Fixtures/pipelines/Pulled.swift", encoding: .utf8)
        #expect(source.split(separator: "\n", omittingEmptySubsequences: false).count < 60)
        let program = try "\(CPrograms.libraries())/pulledpipeline"
        try await CPrograms.withFolder { folder in
            let ticks = try await Self.encode("\(program) 90", in: folder)
            #expect(ticks.map { $0[0] } == (0..<90).map(String.init))
            let raw = try await CPrograms.shell(
                "ffmpeg -v error -i out.mp4 -f rawvideo -pix_fmt gray out.raw", in: folder)
            try #require(raw.exitCode == 0, "\(raw.standardError)")
            let luma = [UInt8](try Data(contentsOf: URL(filePath: "\(folder)/out.raw")))
            #expect(luma.count == 90 * 320 * 96)
            for (frame, tick) in ticks.enumerated() {
                let picture = luma[frame * 320 * 96..<(frame + 1) * 320 * 96]
                let digits = (0..<8).map { place in
                    (0..<60).count { picture[picture.startIndex + $0 * 320 + 24 + place * 32] > 128 } / 6
                }
                #expect(digits == tick[1].filter(\.isNumber).compactMap(\.wholeNumberValue), "picture \(frame)")
            }
        }
    }

    @Test(
        "C++, pushed: GStreamer's buffers bear their ticks' exact times, with a stall in the middle",
        .requires(.gxx, .pkgConfig, .gstreamer),
        arguments: ["every", "skip"])
    func pushed(policy: String) async throws {
        let options = try await CPrograms.packageOptions("gstreamer-1.0", "gstreamer-app-1.0")
        try await CPrograms.withFolder { folder in
            let program = try await CPrograms.build(
                "Fixtures/pipelines/pushed.cpp", in: folder, compiler: "g++", ["-std=c++17", "-Wno-pedantic"] + options)
            let run = try await CPrograms.shell("\(program) \(policy)", in: folder)
            try #require(run.exitCode == 0, "\(run.standardError)")
            let buffers = Self.fields(run.standardOutput).map { $0.compactMap { Int64($0) } }
            let numbers = buffers.map { $0[0] / 40_000_000 }
            for buffer in buffers { #expect(buffer[0] % 40_000_000 == 0 && buffer[1] == 40_000_000) }
            #expect(numbers.first == 0 && numbers.last == 49 && numbers == numbers.sorted())
            // A machine may be late at other ticks too. The stall of 120 ms causes at least two late ticks.
            if policy == "every" {
                #expect(numbers == Array(0..<50))
                #expect(buffers[21][2] == 20 && buffers[22][2] == 20, "the stall repeats the picture before it")
                for (place, buffer) in buffers.enumerated() {
                    #expect(buffer[2] == Int64(place) || (place > 0 && buffer[2] == buffers[place - 1][2]))
                }
            } else {
                #expect(!numbers.contains(21) && !numbers.contains(22))
                for (place, buffer) in buffers.enumerated().dropFirst() {
                    let isGap = numbers[place] != numbers[place - 1] + 1
                    let isRepeated = buffer[2] == buffers[place - 1][2]
                    #expect((buffer[3] == 1) == isGap, "\(buffer)")
                    #expect(buffer[2] == numbers[place] || isRepeated, "\(buffer)")
                }
            }
        }
    }

    @Test(
        "C: two channels in one loop, one taken out and another put in, and none misses a tick for it", .requires(.gcc))
    func twoSessions() async throws {
        try await CPrograms.withFolder { folder in
            let program = try await CPrograms.build("Fixtures/pipelines/two_sessions.c", in: folder, ["-std=gnu11"])
            let run = try await CPrograms.shell(program, in: folder)
            #expect(run.exitCode == 0, "\(run.standardError)")
            let sessions = Self.fields(run.standardOutput)
            #expect(sessions.map { $0[0] } == ["0", "1", "2"])
            // Number, rate, ticks, ticks counted by the library, gaps.
            for session in sessions { #expect(session[2] == session[3] && session[4] == "0", "\(session)") }
            let ticks = sessions.compactMap { Int($0[2]) }
            #expect(ticks[0] >= 45 && ticks[1] >= 230 && ticks[2] >= 90, "\(ticks)")
        }
    }
}
