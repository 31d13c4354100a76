import ClockView
import Foundation
import JournalExtremes
import TestSupport
import Testing

@Suite("Commands on journals of crafted values")
struct HostileJournalCommandTests {
    /// Every view that the command line has of a journal.
    private static func views(of journal: String, in folder: String) -> [[String]] {
        [
            ["replay", journal], ["replay", journal, "--json", "--every", "7"],
            ["replay", journal, "--policy", "hybridMonotonicRTC", "--cut", "20"], ["replay", journal, "--digest"],
            ["journal", "stat", journal], ["journal", "stat", journal, "--json"], ["journal", "verify", journal],
            ["journal", "cat", journal, "--json"], ["journal", "cat", journal],
            [
                "report", journal, "-o",
                "\(folder)/a.html,\(folder)/a.hgrm,\(folder)/a.hlog,\(folder)/a.cyclictest.json",
            ],
        ]
    }

    private static func withFolder(_ body: (String) async throws -> Void) async throws {
        try await TemporaryFolder.with(body)
    }

    @Test(
        "a crafted journal ends every view with 65, the event and the field",
        arguments: [("huge-skips", "skipped"), ("huge-index", "tick")])
    func refused(_ name: String, field: String) async throws {
        let journal = "Fixtures/journals-hostile/\(name).journal"
        try await Self.withFolder { folder in
            for view in Self.views(of: journal, in: folder) where !view.contains("--cut") {
                let result = try await RunProcess.tickrun(view).run()
                #expect(result.exitCode == 65, "\(view): \(result.standardError)")
                #expect(
                    result.standardError.contains("event 7")
                        && result.standardError.contains("'\(field)' is out of range"))
            }
            // What comes before the damage holds.
            let before = try await RunProcess.tickrun("replay", journal, "--cut", "6").run()
            #expect(before.exitCode == 0)
        }
    }

    @Test(
        "the greatest value that each field of a tick, a session and a clock may have ends no view with a signal",
        arguments: ["utc-step", "stamped"])
    func greatest(_ name: String) async throws {
        let golden = Vectors.packageRoot.appending(path: "Fixtures/journals/\(name).journal")
        let journal = try JournalExtremes(Array(try Data(contentsOf: golden)), keeping: 40)
        let tags = ["OBS_TICK_V0", "OBS_SESSION_ANCHOR_V0", "OBS_CLOCK_SAMPLE_V0"]
        try await Self.withFolder { folder in
            for (place, field) in journal.fields.map(\.field).filter({ tags.contains($0.tag) }).enumerated() {
                for value: UInt64 in [1 << 53, 1 << 60, 7_258_118_400_000_000_000, .max] {
                    let path = "\(folder)/a.journal"
                    let bytes = journal.bytes(setting: field, to: .unsigned(value), in: .everyEvent)
                    // Most values are refused, by every command alike.
                    let isRead = (try? EveryView.read(bytes)) != nil
                    try Data(bytes).write(to: URL(filePath: path))
                    let views = Self.views(of: path, in: folder)
                    for view in isRead ? [views[9], views[1], views[place % 9]] : [views[place % 10]] {
                        let result = try await RunProcess.tickrun(view).run()
                        #expect(result.signal == nil, "\(field) \(value): \(view)")
                        #expect([0, 1, 2, 65].contains(result.exitCode), "\(field) \(value): \(view)")
                    }
                }
            }
        }
    }
}
