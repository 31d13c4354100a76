import Foundation
import TestSupport
import Testing
import TickTime
import TimeSyncAudit

/// 'tickrun check --ptp' against linuxptp.
@Suite("tickrun check, of a host that follows PTP", .serialized, .timeLimit(.minutes(4)))
struct LivePTPTests {
    @Test(
        "a traceable grandmaster proves UTC, and what it is off by lies within the bound",
        .requires(.ptp4l, .pmc, .python3, .ip, .nsenter, .setpriv))
    func bound() async throws {
        try await PTPPlant.with { plant in
            // What the grandmaster is ahead of this host's UTC, and by how much it states a request's arrival late.
            for (offset, late) in [(Int64(0), Int64(0)), (40_000, 0), (-40_000, 200_000), (30_000_000, 0)] {
                try plant.startMaster(1, "--offset-ns", "\(offset)", "--late-ns", "\(late)")
                try await plant.follow(1)
                var (result, ptp) = try await plant.check()
                // A busy machine may hold up every exchange of a second; a wide bound is no false one.
                for _ in 0..<5 where (ptp.boundNs ?? .max) > 2_000_000 { (result, ptp) = try await plant.check() }
                let lower = try #require(ptp.lowerNs, "\(ptp)"), upper = try #require(ptp.upperNs)
                #expect(ptp.provenance == "referenced")
                #expect(lower <= offset && offset <= upper, "\(lower) to \(upper), \(offset)")
                // The late statement widens it on one side.
                #expect(upper - lower > late)
                #expect(result.status == (offset < 20_000_000 ? .pass : .fail), "\(ptp)")
            }
        }
    }

    @Test("what tickrun and pmc read of ptp4l is the same", .requires(.ptp4l, .pmc, .python3, .ip, .nsenter, .setpriv))
    func pmc() async throws {
        try await PTPPlant.with { plant in
            try plant.startMaster(1, "--accuracy", "0x25")
            try await plant.follow(1)
            let raw = try await plant.check().ptp.raw
            let port = try await plant.pmc("GET PORT_DATA_SET"), parent = try await plant.pmc("GET PARENT_DATA_SET")
            let current = try await plant.pmc("GET CURRENT_DATA_SET")
            let time = try await plant.pmc("GET TIME_PROPERTIES_DATA_SET")
            let properties = try await plant.pmc("GET PORT_PROPERTIES_NP")
            #expect(raw["port"] == port["portIdentity"] && raw["port_state"] == port["portState"])
            #expect(raw["parent"] == parent["parentPortIdentity"])
            #expect(raw["grandmaster"] == parent["grandmasterIdentity"])
            #expect(raw["grandmaster_class"] == parent["gm.ClockClass"])
            #expect(raw["grandmaster_accuracy"] == parent["gm.ClockAccuracy"])
            #expect(raw["steps_removed"] == current["stepsRemoved"])
            #expect(raw["utc_offset_s"] == time["currentUtcOffset"])
            #expect(raw["utc_offset_valid"] == (time["currentUtcOffsetValid"] == "1" ? "true" : "false"))
            #expect(raw["ptp_timescale"] == (time["ptpTimescale"] == "1" ? "true" : "false"))
            #expect(raw["time_traceable"] == (time["timeTraceable"] == "1" ? "true" : "false"))
            #expect(raw["timestamps"] == properties["timestamping"]?.lowercased())
            #expect(raw["interface"] == properties["interface"])
        }
    }

    @Test(
        "a grandmaster that proves nothing is named by what is missing, and the check fails",
        .requires(.ptp4l, .pmc, .python3, .ip, .nsenter, .setpriv))
    func doubts() async throws {
        try await PTPPlant.with { plant in
            let cases: [([String], String)] = [
                (["--clock-class", "248"], "the grandmaster's class is 248"),
                (["--flags", "0x34"], "time scale is arbitrary"),
                (["--flags", "0x38"], "offset from UTC is not valid"),
                (["--flags", "0x2C"], "is not traceable"),
                (["--announced-offset", "36"], "announces TAI - UTC = 36 s, and 37 s is known here"),
                (["--tai", "0"], "announces PTP's time scale and sends UTC"),
                (["--accuracy", "0xFE"], "the grandmaster's accuracy is 0xfe"),
            ]
            for (words, reason) in cases {
                try plant.startMaster(1, words)
                let (result, ptp) = try await plant.checkFollowing(1)
                #expect(ptp.state == .unfounded && ptp.reason?.contains(reason) == true, "\(words): \(ptp)")
                #expect(result.status == .fail)
            }
        }
    }

    @Test(
        "a second grandmaster takes over, and when both are gone nothing is proved",
        .requires(.ptp4l, .pmc, .python3, .ip, .nsenter, .setpriv))
    func masters() async throws {
        try await PTPPlant.with { plant in
            try plant.startMaster(1)
            try await plant.follow(1)
            #expect(try await plant.check().result.status == .pass)
            try plant.startMaster(2, "--priority", "4")
            try await plant.follow(2)
            let second = try await plant.check()
            #expect(second.result.status == .pass && second.ptp.raw["grandmaster"] == "020000.fffe.000002")
            plant.stopMaster(1)
            plant.stopMaster(2)
            var last = try await plant.check()
            for _ in 0..<20 where last.ptp.state == .measured { last = try await plant.check() }
            #expect(last.ptp.state == .unfounded && last.result.status == .fail, "\(last.ptp)")
            for _ in 0..<20 where last.ptp.raw["port_state"] != "LISTENING" { last = try await plant.check() }
            #expect(last.ptp.reason?.contains("the port is LISTENING, not SLAVE") == true, "\(last.ptp)")
        }
    }

    @Test(
        "a limit of a plant is judged, and the result says by which",
        .requires(.ptp4l, .pmc, .python3, .ip, .nsenter, .setpriv))
    func limits() async throws {
        try await PTPPlant.with { plant in
            try plant.startMaster(1, "--offset-ns", "3000000")
            try await plant.follow(1)
            let wide = try await plant.check("--limit-utc", "10ms").result
            #expect(wide.status == .pass && wide.thresholdAloneNs == 10_000_000)
            #expect(wide.thresholdAloneIsForEveryNode == true)
            let narrow = try await plant.check("--limit-utc", "1ms").result
            #expect(narrow.status == .fail && narrow.note.contains("the limit is 1 ms"), "\(narrow.note)")
        }
    }
}
