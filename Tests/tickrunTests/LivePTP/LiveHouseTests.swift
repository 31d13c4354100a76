import Foundation
import TestSupport
import Testing

/// 'tickrun house' beside a ptp4l, of a sender that another program reads too.
@Suite("tickrun house, of a grandmaster that sends synchronization metadata", .serialized, .timeLimit(.minutes(3)))
struct LiveHouseTests {
    private struct House: Decodable {
        var event: String
        var accepted: Bool
        var stale: Bool
        var ageNs: Int64
        var seenUtcNs: Int64
        var domain: Int
        var interface: String?
        var sender: String
        var previousSender: String?
        var changed: [String]
        var senders: [String]
        var faults: [String]
        var notes: [String]
        var frameRate: String
        var locking: String
        var dropFrame: Bool
        var colorFrame: Bool
        var localOffsetS: Int64
        var utcOffset: String
        var utcOffsetS: Int64
        var jumpS: Int64
        var leapSecondJump: Bool
        var nextJumpTaiS: Int64?
        var nextJamTaiS: Int64?
        var nextJamLocal: String?
        var previousJamTaiS: Int64?
        var previousJamLocal: String?
        var previousJamLocalOffsetS: Int64
        var daylightSaving: Bool
        var daylightSavingNext: Bool
        var daylightSavingPrevious: Bool
    }

    /// Waits until a running 'tickrun house' has printed an event so many times.
    private static func wait(for event: String, _ count: Int = 1, of house: LiveProcess) async throws -> House {
        let decoder = JSONDecoder()
        decoder.keyDecodingStrategy = .convertFromSnakeCase
        let found = try await waitFor(within: .seconds(20)) {
            let all = try house.lines.map { try decoder.decode(House.self, from: Data($0.utf8)) }
            let found = all.filter { $0.event == event }
            return found.count >= count ? found.last : nil
        }
        return try #require(found, "\(event): \(house.output) \(house.errors)")
    }

    private static let lockings = ["not_in_use", "free_run", "cold_locking", "warm_locking", "locked"]

    @Test(
        "each field is what tshark reads in the datagrams of the same sender, and ptp4l goes on",
        .requires(.ptp4l, .pmc, .python3, .ip, .nsenter, .setpriv, .tshark))
    func fields() async throws {
        try await PTPPlant.with { plant in
            for (place, words) in [
                [],
                [
                    "--rate", "25/1", "--locking", "1", "--address-flags", "2", "--local-offset", "7163", "--jump",
                    "-3600",
                    "--next-jump", "86400", "--previous-offset", "3563", "--daylight", "5",
                ],
                [
                    "--rate", "60000/1001", "--locking", "3", "--address-flags", "3", "--local-offset", "19763",
                    "--previous-offset", "19763", "--jump", "-1", "--next-jump", "86400", "--daylight", "2",
                    "--leap-second",
                ],
            ].enumerated() {
                let capture = plant.path("capture\(place)")
                try plant.startMaster(1, ["--metadata", "--capture", capture] + words)
                try await plant.follow(1)
                let result = try await plant.house("--json").run()
                #expect(result.exitCode == 0, "\(result)")
                let house = try #require(try result.objects(schema: "tickrun/house/1", as: House.self).first)
                #expect(house.accepted && !house.stale && house.event == "heard" && house.ageNs < 1_000_000_000)
                #expect(house.domain == 127 && house.interface == "eth0" && house.sender == "020000.fffe.000001-1")

                let read = try await plant.tshark(
                    capture,
                    [
                        "defaultsystemframerate.numerator", "defaultsystemframerate.denominator", "masterlockingstatus",
                        "timeaddressflags.drop", "timeaddressflags.color", "currentlocaloffset", "jumpseconds",
                        "timeofnextjump", "timeofnextjam", "timeofpreviousjam", "previousjamlocaloffset",
                        "daylightsaving.current", "daylightsaving.next", "daylightsaving.previous",
                        "leapsecondjump.change",
                    ])
                func number(_ value: Int64?) -> String { "\(value ?? 0)" }
                func bit(_ value: Bool) -> String { value ? "1" : "0" }
                let rate = house.frameRate.split(separator: "/").map(String.init)
                let locking = try #require(Self.lockings.firstIndex(of: house.locking))
                #expect(
                    read
                        == rate + [
                            "\(locking)", bit(house.dropFrame), bit(house.colorFrame), number(house.localOffsetS),
                            number(house.jumpS), number(house.nextJumpTaiS), number(house.nextJamTaiS),
                            number(house.previousJamTaiS), number(house.previousJamLocalOffsetS),
                            bit(house.daylightSaving), bit(house.daylightSavingNext), bit(house.daylightSavingPrevious),
                            bit(house.leapSecondJump),
                        ])
                // 37 s are TAI − UTC since 2017.
                #expect(house.utcOffsetS == house.localOffsetS + 37)
                #expect(house.utcOffset == ["-05:00", "+02:00", "+05:30"][place])
                let ten = /\d{4}-\d\d-\d\dT\d\d:\d0:00/
                for (jam, offset) in [
                    (house.nextJamLocal, ["-05:00", "+02:00", "+05:30"][place]),
                    (house.previousJamLocal, ["-05:00", "+01:00", "+05:30"][place]),
                ] {
                    let text = try #require(jam)
                    #expect(text.hasSuffix(offset) && text.dropLast(6).wholeMatch(of: ten) != nil, "\(text)")
                }
                // ptp4l hears the same datagrams of the grandmaster, and keeps its port.
                #expect(try await plant.pmc("GET PORT_DATA_SET")["portState"] == "SLAVE")
            }
        }
    }

    @Test(
        "changes of content and of sender, lost metadata and its return are printed as they come",
        .requires(.ptp4l, .pmc, .python3, .ip, .nsenter, .setpriv))
    func follow() async throws {
        try await PTPPlant.with { plant in
            try plant.startMaster(1, "--metadata")
            let house = try plant.startHouse("--follow", "--json", "--timeout", "20s")
            func wait(for event: String, _ count: Int = 1) async throws -> House {
                try await Self.wait(for: event, count, of: house)
            }
            #expect(try await wait(for: "heard").sender == "020000.fffe.000001-1")
            try plant.startMaster(1, "--metadata", "--locking", "2")
            let content = try await wait(for: "content")
            #expect(content.changed.contains("locking") && content.notes == ["the sender is not locked: cold_locking"])
            plant.stopMaster(1)
            let stale = try await wait(for: "stale")
            #expect(stale.stale && stale.accepted && stale.ageNs > 3_000_000_000 && stale.localOffsetS == -18_037)
            try plant.startMaster(1, "--metadata", "--locking", "2")
            #expect(try await !wait(for: "resumed").stale)
            plant.stopMaster(1)
            try plant.startMaster(2, "--metadata", "--locking", "2")
            let sender = try await wait(for: "sender")
            #expect(sender.sender == "020000.fffe.000002-1" && sender.previousSender == "020000.fffe.000001-1")
            try plant.startMaster(2, "--metadata", "--jump", "3600")
            let refused = try await wait(for: "refused")
            #expect(!refused.accepted && refused.faults == ["a jump of 3600 s is announced without its time"])
            // What is refused does not make the last accepted metadata younger.
            #expect(try await wait(for: "stale", 2).sender == "020000.fffe.000002-1")
            house.send(SIGTERM)
            #expect(try await house.exitCode(within: 10) == 1)
        }
    }

    @Test(
        "metadata that waited while the program was stopped is as old as it is, and not as its reading",
        .requires(.ptp4l, .pmc, .python3, .ip, .nsenter, .setpriv))
    func stopped() async throws {
        try await PTPPlant.with { plant in
            let capture = plant.path("capture")
            func sent() throws -> Int { try Data(contentsOf: URL(filePath: capture)).count }
            try plant.startMaster(1, "--metadata", "--capture", capture)
            let house = try plant.startHouse("--follow", "--json", "--timeout", "20s")
            _ = try await Self.wait(for: "heard", of: house)
            house.send(SIGSTOP)
            #expect(try await waitUntil { house.isStopped })
            let before = try sent()
            // A message of 100 bytes has 44 bytes of headers in the capture.
            #expect(try await waitUntil { try sent() >= before + 5 * 144 })
            plant.stopMaster(1)
            let end = Int64(Date().timeIntervalSince1970 * 1e9)
            house.send(SIGCONT)
            let stale = try await Self.wait(for: "stale", of: house)
            // It was sent before the grandmaster ended. A double holds the time of day to a microsecond.
            #expect(stale.seenUtcNs - stale.ageNs <= end + 1_000, "\(house.output)")
            #expect(house.lines.count == 2, "\(house.output)")
        }
    }

    @Test(
        "an interrupted wait states how long it was",
        .requires(.ptp4l, .pmc, .python3, .ip, .nsenter, .setpriv))
    func interrupted() async throws {
        try await PTPPlant.with { plant in
            let house = try plant.startHouse("--timeout", "50s")
            #expect(try await waitUntil { try plant.listens(house) })
            house.send(SIGINT)
            #expect(try await house.exitCode(within: 20) == 69)
            #expect(house.errors.contains("came within") && !house.errors.contains("50.0 s"), "\(house.errors)")
        }
    }

    @Test(
        "where nothing is heard the message says what to check, and refused metadata is shown and fails",
        .requires(.ptp4l, .pmc, .python3, .ip, .nsenter, .setpriv))
    func failures() async throws {
        try await PTPPlant.with { plant in
            let silent = try await plant.house("--timeout", "1s").run()
            #expect(silent.exitCode == 69 && silent.standardError.contains("check --interface"), "\(silent)")
            try plant.startMaster(1)
            let without = try await plant.house("--timeout", "2s").run()
            #expect(without.exitCode == 69 && without.standardError.contains("does the grandmaster send ST 2059-2?"))
            try plant.startMaster(1, "--metadata", "--domain", "3")
            let domain = try await plant.house("--timeout", "2s").run()
            #expect(domain.exitCode == 69 && domain.standardError.contains("domain 3 has it: give --domain"))
            #expect(try await plant.house("--domain", "3", "--interface", "eth0").run().exitCode == 0)
            // Loopback hears nothing of eth0, although ptp4l has joined the group there.
            let loopback = try await plant.house("--domain", "3", "--interface", "lo", "--timeout", "1s").run()
            #expect(loopback.exitCode == 69 && loopback.standardError.contains("on lo"), "\(loopback)")
            let unprivileged = try await plant.house(without: "net_bind_service").run()
            #expect(unprivileged.exitCode == 77, "\(unprivileged)")
            #expect(unprivileged.standardError.contains("UDP port 320 of 224.0.1.129: Permission denied; run as root"))
            #expect(unprivileged.standardError.contains("CAP_NET_BIND_SERVICE"))
            #expect(unprivileged.standardError.contains("net.ipv4.ip_unprivileged_port_start"))
            let wrong = try await plant.house("--interface", "eth7").run()
            #expect(wrong.exitCode == 69 && wrong.standardError.contains("no interface 'eth7'; 'ip link' lists them"))
            try plant.startMaster(1, "--metadata", "--rate", "50/2", "--address-flags", "0")
            let refused = try await plant.house().run()
            #expect(refused.exitCode == 1 && refused.standardOutput.contains("Fault          the frame rate 50/2"))
        }
    }

    @Test(
        "what is for the host alone still reaches the program that had the port before",
        .requires(.python3, .ip, .nsenter, .setpriv, .ptp4l))
    func sharing() async throws {
        try await PTPPlant.with { plant in
            // As linuxptp opens it, in a namespace without a ptp4l.
            let listener = """
                import socket
                port = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
                port.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                port.bind(("", 320))
                print("ready", flush=True)
                while True: print(port.recv(1500).decode(), flush=True)
                """
            let sender = """
                import socket, time
                port = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
                for number in range(20): port.sendto(b"%d" % number, ("10.77.0.2", 320)); time.sleep(0.05)
                """
            let heard = try plant.python(listener, in: "gm2", named: "listener")
            #expect(try await waitUntil { heard.output.contains("ready") })
            let house = try plant.startHouse(in: "gm2", "--timeout", "3s")
            #expect(try await waitUntil { try plant.listens(house) })
            _ = try await plant.python(sender, in: "gm1", named: "sender").exitCode(within: 20)
            #expect(try await house.exitCode(within: 20) == 69)
            #expect(house.errors.contains("no message of PTP came"), "\(house.errors)")
            #expect(heard.lines.dropFirst().map(String.init) == (0..<20).map { "\($0)" })
            heard.end()
        }
    }
}
