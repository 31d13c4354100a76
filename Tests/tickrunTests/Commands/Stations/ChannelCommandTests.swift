import Foundation
import Glibc
import TestSupport
import Testing

@Suite("tickrun channel", .serialized)
struct ChannelCommandTests {
    @Test(
        "a channel is put, shown, planned, listed and removed, and etcd holds what was said",
        .requires(.etcd, .etcdctl))
    func wholeLife() async throws {
        let station = try await OperatorStation()
        let put = try await station.json(
            "channel", "put", "news.hd-1_B", "--rate", "29.97df", "--hosts", "a,b.example", "--standby", "cold",
            "--isolation", "continue", "--accept", "2ms", "--origin", "2026-12-01T20:00:00Z", "--timecode",
            "10:00:00;00")
        #expect(put.count == 1 && put[0]["schema"] as? String == "tickrun/channel/1")
        #expect(put[0]["rate"] as? String == "30000/1001" && put[0]["timecode"] as? String == "10:00:00;00")
        #expect(put[0]["origin_utc_ns"] as? Int64 == 1_796_155_200_000_000_000)
        #expect(put[0]["origin_tai_ns"] as? Int64 == 1_796_155_237_000_000_000)
        let spec = try await station.get("channels/news.hd-1_B/spec")
        #expect(spec.hasPrefix(#"{"accepted_bound_nanoseconds":2000000,"hosts":["a","b.example"],"#), "\(spec)")
        #expect(spec.hasSuffix(#""isolation":"continue","standby":"cold"}"#), "\(spec)")
        let grid = try await station.get("channels/news.hd-1_B/grid")
        #expect(grid.contains(#""origin_tai_nanoseconds":1796155237000000000"#), "\(grid)")

        let block = try await station.tickrun(
            "channel", "append", "news.hd-1_B", "--id", "7", "--length", "10s", "--start", "2026-12-01T20:00:00Z")
        #expect(block.exitCode == 0, "\(block.standardError)")
        let gap = try await station.tickrun(
            "channel", "append", "news.hd-1_B", "--id", "8", "--length", "1s", "--start", "2026-12-01T20:00:11Z")
        #expect(gap.exitCode == 1 && gap.standardError.contains("2026-12-01T20:00:10.000000000Z"), "\(gap)")
        let second = try await station.tickrun("channel", "append", "news.hd-1_B", "--id", "8", "--length", "20s")
        #expect(second.standardOutput.contains("2 blocks from 2026-12-01T20:00:00Z to 2026-12-01T20:00:30Z"))

        let shown = try await station.json("channel", "show", "news.hd-1_B")
        let blocks = try #require(shown[0]["blocks"] as? [[String: Any]])
        #expect(blocks.map { $0["fence_tick"] as? Int } == [300, 900] && blocks[1]["first_tick"] as? Int == 300)
        #expect(shown[0]["on_air"] as? Bool == false && shown[0]["owner"] is NSNull && shown[0]["move"] is NSNull)
        let text = try await station.tickrun("channel", "show", "news.hd-1_B")
        #expect(text.standardOutput.contains("b.example is not active") && text.standardOutput.contains("nobody"))
        #expect(try await station.json("channel", "list").map { $0["channel"] as? String } == ["news.hd-1_B"])

        #expect(try await station.tickrun("channel", "remove", "news.hd-1_B").exitCode == 0)
        let none = try await station.tickrun("channel", "list")
        #expect(none.exitCode == 0 && none.standardOutput.isEmpty && none.standardError.contains("no channels"))
        let gone = try await station.tickrun("channel", "show", "news.hd-1_B")
        #expect(gone.exitCode == 1 && gone.standardError.contains("it has none"))
    }

    @Test("the grid is written once, and the spec may change", .requires(.etcd, .etcdctl))
    func secondPut() async throws {
        let station = try await OperatorStation()
        let before = Int64(Date().timeIntervalSince1970)
        let first = try await station.json("channel", "put", "one", "--rate", "25", "--hosts", "a,b")
        let origin = try #require(first[0]["origin_utc_ns"] as? Int64)
        #expect(origin % 1_000_000_000 == 0 && origin / 1_000_000_000 - before >= 5)
        for (words, part) in [
            (["--rate", "50"], "its rate is 25"), (["--origin", "2030-01-01T00:00:00Z"], "not at 2030-01-01"),
            (["--rate", "25", "--timecode", "01:00:00:00"], "is none, not 01:00:00:00"),
        ] {
            let run = try await RunProcess.tickrun(
                ["channel", "put", "one", "--station", station.path] + words
            ).run()
            #expect(run.exitCode == 1 && run.standardError.contains(part), "\(words): \(run)")
        }
        let second = try await station.json("channel", "put", "one", "--rate", "25", "--isolation", "continue")
        #expect(second[0]["isolation"] as? String == "continue" && second[0]["hosts"] as? [String] == ["a", "b"])
        #expect(second[0]["origin_utc_ns"] as? Int64 == origin)
        let same = try await station.tickrun("channel", "put", "one", "--hosts", "a,b")
        #expect(same.exitCode == 0 && same.standardOutput.contains("unchanged"))
    }

    @Test("a move is refused with its cause, and else requested", .requires(.etcd, .etcdctl))
    func move() async throws {
        let station = try await OperatorStation()
        _ = try await station.json("channel", "put", "one", "--rate", "25", "--hosts", "a,b,c")
        try await station.host("a")
        try await station.host("b")
        try await station.host("c", bound: nil, reason: "no chrony")
        try await station.air("one", "a")
        for (target, part) in [
            ("a", "a has it on air"), ("d", "names a, b, c, not d"), ("c", "c is not fit: no chrony"),
        ] {
            let run = try await station.tickrun("channel", "move", "one", "--to", target)
            #expect(run.exitCode == 1 && run.standardError.contains(part), "\(run)")
        }
        let moved = try await station.json("channel", "move", "one", "--to", "b", "--at", "5000")
        #expect(moved[0]["state"] as? String == "requested" && moved[0]["from"] as? String == "a")
        #expect(moved[0]["at"] as? String == "5000" && moved[0]["to"] as? String == "b")
        let relay = try await station.get("channels/one/relay")
        #expect(relay.contains(#""place":{"tick":{"_0":5000}},"state":{"requested":{}}"#), "\(relay)")
        let again = try await station.tickrun("channel", "move", "one", "--to", "b")
        #expect(again.exitCode == 1 && again.standardError.contains("a move to b is under way"))
        let early = try await station.tickrun("channel", "remove", "one", "--force")
        #expect(early.exitCode == 1 && early.standardError.contains("a move to b is under way"))
        // The host's part: it settles the move.
        try await station.put(
            "channels/one/relay", relay.replacing(#"{"requested":{}}"#, with: #"{"settled":{"tick":5000}}"#))
        let kept = try await station.tickrun("channel", "remove", "one")
        #expect(kept.exitCode == 1 && kept.standardError.contains("--force"))
        let forced = try await station.tickrun("channel", "remove", "one", "--force")
        #expect(forced.exitCode == 0 && forced.standardError.contains("'one' is on air on a, which now "), "\(forced)")
        let left = try await station.etcd.control("get", "--prefix", "--keys-only", "/tickrun/studio-a/channels/")
        #expect(left.lines.filter { !$0.isEmpty } == ["/tickrun/studio-a/channels/one/air"])
        #expect(try await station.tickrun("channel", "list").standardOutput.isEmpty)
        let held = try await station.tickrun("channel", "put", "one", "--rate", "50", "--hosts", "b")
        #expect(held.exitCode == 1 && held.standardError.contains("a has not given it up yet"), "\(held)")
        try await station.air("one", "", fencingNumber: 7)
        let put = try await station.json("channel", "put", "one", "--rate", "50", "--hosts", "b")
        #expect(put[0]["on_air"] as? Bool == false && put[0]["fencing_number"] is NSNull, "\(put)")
        let air = try await station.get("channels/one/air")
        #expect(air.contains(#""fencing_number":7"#) && air.contains(#""host":"""#), "\(air)")
    }

    @Test(
        "with --wait a move is followed to its end, which is the exit code", .requires(.etcd, .etcdctl),
        arguments: [(#"{"done":{"tick":5}}"#, Int32(0)), (#"{"cancelled":{"reason":"b was not ready in time"}}"#, 1)])
    func followed(end: String, exitCode: Int32) async throws {
        let station = try await OperatorStation()
        _ = try await station.json("channel", "put", "one", "--rate", "25", "--hosts", "a,b")
        try await station.host("a")
        try await station.host("b")
        try await station.air("one", "a")
        async let run = station.tickrun("channel", "move", "one", "--to", "b", "--wait", "20s", "--json")
        // The host's part: it goes on with the move that it finds.
        var relay = ""
        while relay.isEmpty { relay = try await station.get("channels/one/relay") }
        try await station.put(
            "channels/one/relay",
            relay.replacing(
                #"{"requested":{}}"#,
                with: #"{"seam":{"phase":{"bound_nanoseconds":1,"tai_nanoseconds":1,"tick":1},"tick":5}}"#))
        try await station.put("channels/one/relay", relay.replacing(#"{"requested":{}}"#, with: end))
        let result = try await run
        #expect(result.exitCode == exitCode, "\(result)")
        #expect(result.standardOutput.contains(exitCode == 0 ? #""state":"done","tick":5"# : "not ready in time"))
    }

    @Test("a move that is still under way at the end of --wait exits with 1", .requires(.etcd, .etcdctl))
    func notFollowed() async throws {
        let station = try await OperatorStation()
        _ = try await station.json("channel", "put", "one", "--rate", "25", "--hosts", "a,b")
        try await station.host("a")
        try await station.host("b")
        try await station.air("one", "a")
        let run = try await station.tickrun("channel", "move", "one", "--to", "b", "--wait", "300ms")
        #expect(run.exitCode == 1 && run.standardOutput.contains("requested"), "\(run)")
    }

    @Test("watch prints each change once, until a signal", .requires(.etcd, .etcdctl))
    func watch() async throws {
        let station = try await OperatorStation()
        _ = try await station.json("channel", "put", "one", "--rate", "25", "--hosts", "a")
        let watch = try LiveProcess(
            RunProcess.tickrun("channel", "watch", "--json", "--station", station.path), named: "watch",
            in: station.folder.path)
        try await wait { watch.errors.contains("watching") }
        // The watch begins a moment after it said so.
        var number = 0
        while watch.lines.isEmpty {
            number += 1
            try await station.air("one", "a", fencingNumber: number)
            try await Task.sleep(for: .milliseconds(50))
        }
        _ = try await station.tickrun("channel", "put", "two", "--rate", "50", "--hosts", "b")
        try await station.put("channels/one/plan", "{")
        _ = try await station.tickrun("channel", "remove", "two")
        try await wait { watch.lines.last?.contains(#""removed":true"#) ?? false }
        watch.send(SIGINT)
        #expect(try await watch.exitCode(within: 20) == 0)
        let changes = watch.lines.filter { $0.contains(#""channel":"two""#) }
        #expect(changes.filter { $0.contains(#""record":"grid","removed":false"#) }.count == 1)
        #expect(changes.filter { $0.contains(#""record":"spec","removed":false"#) }.count == 1)
        #expect(changes.filter { $0.contains(#""removed":true"#) }.count == 2)
        #expect(watch.lines.allSatisfy { $0.hasPrefix(#"{"schema":"tickrun/channel-change/1","station":"studio-a""#) })
        #expect(watch.errors.contains("channels/one/plan in etcd is damaged"))
    }

    private func wait(_ condition: () -> Bool) async throws {
        try #require(await waitUntil(within: .seconds(20)) { condition() })
    }

    @Test("watch ends after --duration, and shows one channel alone", .requires(.etcd, .etcdctl))
    func watchOne() async throws {
        let station = try await OperatorStation()
        async let run = station.tickrun("channel", "watch", "one", "--duration", "3s")
        for number in 1...10 {
            try await station.air("two", "b", fencingNumber: number)
            try await station.air("one", "a", fencingNumber: number)
            try await Task.sleep(for: .milliseconds(100))
        }
        let result = try await run
        #expect(result.exitCode == 0 && result.lines.allSatisfy { $0.contains("one: on air on a from tick 100") })
        #expect(!result.lines.isEmpty, "\(result)")
    }

    @Test("a damaged record of a channel stops its orders and no other's", .requires(.etcd, .etcdctl))
    func damaged() async throws {
        let station = try await OperatorStation()
        try await station.put("channels/one/spec", #"{"hosts":"a"}"#)
        let one = try await station.tickrun("channel", "put", "one", "--rate", "25", "--hosts", "a")
        #expect(one.exitCode == 65 && one.standardError.contains("etcdctl del /tickrun/studio-a/channels/one/spec"))
        #expect(try await station.get("channels/one/grid").isEmpty)
        let two = try await station.tickrun("channel", "put", "two", "--rate", "25", "--hosts", "a")
        #expect(two.exitCode == 0 && two.standardError.contains("damaged"), "\(two)")
    }

    @Test(
        "a command line that cannot be meant is refused before etcd is asked",
        arguments: [
            (["put", "a/b", "--rate", "25"], "is not a name"), (["put", "one", "--hosts", "a,a"], "given twice"),
            (["put", "one", "--hosts", "a,,b"], "is not a name"), (["put", "one", "--accept", "0s"], "more than 0"),
            (["put", "one", "--timecode", "10:00:00:00"], "give --rate too"),
            (["put", "one", "--rate", "25", "--timecode", "10:00:00;00"], "--timecode"),
            (["put", "one", "--to", "b"], "--to does not belong to 'channel put'"), (["put"], "NAME is missing"),
            (["list", "one"], "unexpected argument 'one'"), (["move", "one"], "--to HOST is missing"),
            (["move", "one", "--to", "b", "--at", "later"], "use soonest, fence or a tick"),
            (["append", "one", "--length", "1s"], "--id N is missing"),
            (["append", "one", "--id", "1", "--length", "0s"], "more than 0"), (["pu", "one"], "did you mean 'put'?"),
            (["list", "--timeout", "0s"], "--timeout: give 1ms to 60s"),
        ])
    func usage(words: [String], part: String) async throws {
        let run = try await RunProcess.tickrun(["channel"] + words + ["--station", "/nowhere"]).run()
        #expect(run.exitCode == 2 && run.standardError.contains(part), "\(run)")
    }
}
