import Foundation
import TestSupport
import Testing

@Suite("tickrun station", .serialized)
struct StationCommandTests {
    @Test("status shows hosts, primary, channels and what each endpoint of etcd says", .requires(.etcd, .etcdctl))
    func status() async throws {
        let station = try await OperatorStation()
        try station.write(["http://127.0.0.1:1"] + station.etcd.endpoints)
        _ = try await station.json("channel", "put", "one", "--rate", "25", "--hosts", "a,b,c")
        try await station.host("a")
        try await station.host("b", "ended")
        try await station.host("c", bound: nil)
        let waiting = try await station.tickrun("station", "status")
        #expect(waiting.exitCode == 1 && waiting.standardError.contains("no primary"))
        #expect(waiting.standardError.contains("'one' is not on air"))
        try await station.air("one", "a", fencingNumber: 4)
        try await station.put("primary", #"{"host":"a","generation":1,"view":7}"#)
        try await station.put("ceiling", #"{"view":7,"utc_nanoseconds":1796155200000000000}"#)
        let good = try await station.tickrun("station", "status")
        #expect(good.exitCode == 0 && good.standardError.isEmpty, "\(good)")
        for part in [
            "primary  a (view 7)", "ceiling  2026-12-01T20:00:00.000000000Z", "the bound of its clock is unknown",
            "no connection to etcd: http", "etcd 3.", ", leader, revision",
        ] {
            #expect(good.standardOutput.contains(part), "\(good.standardOutput)")
        }
        let object = try #require(try await station.json("station", "status").first)
        #expect(object["schema"] as? String == "tickrun/station-status/1" && object["answered"] as? Bool == true)
        let hosts = try #require(object["hosts"] as? [[String: Any]])
        #expect(hosts.map { $0["state"] as? String } == ["active", "ended", "active"])
        #expect(hosts.map { $0["fit"] as? Bool } == [true, true, false])
        let channels = try #require(object["channels"] as? [[String: Any]])
        #expect(channels[0]["owner"] as? String == "a" && channels[0]["fencing_number"] as? Int == 4)
        #expect(channels[0]["standbys"] as? [String] == [])
        let etcd = try #require(object["etcd"] as? [[String: Any]])
        #expect(etcd.map { $0["is_leader"] as? Bool } == [nil, true] && etcd[0]["error"] is String)
        // The primary's tenure is over.
        try await station.host("a", "ended")
        let over = try await station.tickrun("station", "status")
        #expect(over.exitCode == 1 && over.standardOutput.contains("whose tenure is over"))
        #expect(over.standardOutput.contains("nobody (last: a)"))
    }

    @Test("without etcd, status still prints what its endpoints say, and exits with 69")
    func noEtcd() async throws {
        let folder = try TemporaryFolder()
        let text = """
            {"schema":"tickrun/station/1","station":"s","host":"a","cluster":"c.json","state":"s.json",\
            "etcd":[{"endpoint":"http://127.0.0.1:1"}]}
            """
        let path = try folder.write(text, to: "a.json")
        let run = try await RunProcess.tickrun("station", "status", "--station", path, "--json").run()
        #expect(run.exitCode == 69 && run.standardError.contains("no connection to etcd: http"))
        #expect(run.standardOutput.contains(#""answered":false"#) && run.standardOutput.contains(#""hosts":[]"#))
        // The environment names the file where the command line does not.
        var named = RunProcess.tickrun("channel", "list")
        named.environment = ["TICKRUN_STATION": path]
        let list = try await named.run()
        #expect(list.exitCode == 69 && list.standardError.contains("127.0.0.1:1"))
        named.environment = ["TICKRUN_STATION": nil]
        let none = try await named.run()
        #expect(none.exitCode == 69 && none.standardError.contains("/etc/tickrun/station.json"), "\(none)")
    }

    @Test("a file with a fault is 65, and a password that others may read is 77")
    func files() async throws {
        let folder = try TemporaryFolder()
        let head = #"{"schema":"tickrun/station/1","station":"s","host":"a","cluster":"c.json","state":"s.json""#
        for (etcd, part) in [
            (#""etcd":[{"endpoint":"https://x:1"}]"#, "stunnel"), (#""etcd":[{"endpoint":"x"}]"#, "is not an endpoint"),
            (#""etcd":[{"url":"x"}]"#, "endpoint"),
        ] {
            let path = try folder.write("\(head),\(etcd)}", to: "wrong.json")
            let run = try await RunProcess.tickrun("channel", "list", "--station", path).run()
            #expect(run.exitCode == 65 && run.standardError.contains(part), "\(run)")
        }
        let user = #","etcd_user":"t","etcd_password_file":"etcd.password""#
        let path = try folder.write("\(head),\"etcd\":[{\"endpoint\":\"http://127.0.0.1:1\"}]\(user)}", to: "a.json")
        let missing = try await RunProcess.tickrun("channel", "list", "--station", path).run()
        #expect(missing.exitCode == 69 && missing.standardError.contains("\(folder.path)/etcd.password"))
        let password = try folder.write("secret\n", to: "etcd.password")
        try FileManager.default.setAttributes([.posixPermissions: 0o644], ofItemAtPath: password)
        let open = try await RunProcess.tickrun("channel", "list", "--station", path).run()
        #expect(open.exitCode == 77 && open.standardError.contains("chmod 600"))
        try Data("a\nb\n".utf8).write(to: URL(filePath: password))
        try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: password)
        let two = try await RunProcess.tickrun("channel", "list", "--station", path).run()
        #expect(two.exitCode == 65 && two.standardError.contains("not a password"))
    }

    @Test("a user without a right, and a wrong password, are 77", .requires(.etcd, .etcdctl))
    func authentication() async throws {
        let station = try await OperatorStation()
        for command in [
            ["user", "add", "root:r"], ["user", "grant-role", "root", "root"], ["user", "add", "t:secret"],
            ["role", "add", "reader"], ["role", "grant-permission", "reader", "--prefix=true", "read", "/tickrun/"],
            ["user", "grant-role", "t", "reader"],
        ] {
            var process = RunProcess(Requirement.etcdctl.path, ["--endpoints", station.etcd.endpoints[0]] + command)
            process.environment = ["ETCDCTL_API": "3"]
            #expect(try await process.run().exitCode == 0)
        }
        try await station.etcd.control("auth", "enable")
        try station.write(station.etcd.endpoints, #","etcd_user":"t","etcd_password_file":"etcd.password""#)
        let password = try station.folder.write("secret\r\n", to: "etcd.password")
        try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: password)
        #expect(try await station.tickrun("channel", "list").exitCode == 0)
        let put = try await station.tickrun("channel", "put", "one", "--rate", "25", "--hosts", "a")
        #expect(put.exitCode == 77 && put.standardError.contains("grant-permission"), "\(put)")
        try Data("wrong\n".utf8).write(to: URL(filePath: password))
        let wrong = try await station.tickrun("channel", "list")
        #expect(wrong.exitCode == 77 && wrong.standardError.contains("does not accept the user"), "\(wrong)")
    }

    @Test(
        "drain asks for a move of each channel to the first fit host, and reports those that stay",
        .requires(.etcd, .etcdctl))
    func drain() async throws {
        let station = try await OperatorStation()
        for (channel, hosts) in [
            ("one", "a,b,c"), ("two", "a,c,b"), ("three", "a,b"), ("four", "a"), ("five", "b,a"), ("six", "a,c"),
        ] {
            _ = try await station.json("channel", "put", channel, "--rate", "25", "--hosts", hosts)
            try await station.air(channel, channel == "five" ? "b" : "a")
        }
        try await station.host("a")
        try await station.host("b", reason: "it drains")
        try await station.host("c")
        try await station.put(
            "channels/six/relay", #"{"id":1,"target":"c","place":{"soonest":{}},"state":{"requested":{}}}"#)
        let moves = try await station.json("station", "drain", "a", exitCode: 1)
        let states = Dictionary(uniqueKeysWithValues: moves.map { ($0["channel"] as! String, $0) })
        #expect(states.keys.sorted() == ["four", "one", "six", "three", "two"])
        for channel in ["one", "two"] {
            #expect(states[channel]?["state"] as? String == "requested" && states[channel]?["to"] as? String == "c")
            #expect(try await station.get("channels/\(channel)/relay").contains(#""target":"c""#))
        }
        for (channel, part) in [
            ("three", "b is not fit: it drains"), ("four", "names no other host"), ("six", "a move to c is under way"),
        ] {
            #expect(states[channel]?["state"] as? String == "refused")
            #expect((states[channel]?["reason"] as? String)?.contains(part) == true, "\(states[channel] ?? [:])")
        }
        let nothing = try await station.tickrun("station", "drain", "c")
        #expect(nothing.exitCode == 0 && nothing.standardError.contains("no channel on air"))
        let unknown = try await station.tickrun("station", "drain", "z")
        #expect(unknown.exitCode == 1 && unknown.standardError.contains("no host 'z'"))
    }
}
