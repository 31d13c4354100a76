import ClusterClock
import Testing
import TimeExchange

@Suite("Management messages of PTP")
struct PTPManagementTests {
    @Test("a request is what pmc sends, byte for byte")
    func requests() throws {
        let names: [String: PTPDataSetID] = [
            "DEFAULT_DATA_SET": .defaults, "CURRENT_DATA_SET": .current, "PARENT_DATA_SET": .parent,
            "TIME_PROPERTIES_DATA_SET": .timeProperties, "PORT_DATA_SET": .port, "TIME_STATUS_NP": .timeStatus,
            "PORT_STATS_NP": .portStatistics,
        ]
        var seen: Set<String> = []
        for (name, request, answer) in try PTPRecordings.exchanges() {
            guard let id = names[name] else { continue }
            seen.insert(name)
            let sequence = UInt16(request[30]) << 8 | UInt16(request[31])
            let own = PTPManagementRequest(id, domain: 127, number: 0x5e7f, sequence: sequence).encoded
            #expect(own == request, "\(name)")
            let read = try PTPManagementAnswer(answer.span)
            #expect(read.sequence == sequence && read.domain == 127)
            #expect(read.source.clock.description == "32440d.fffe.dd7ecb")
        }
        #expect(seen == Set(names.keys))
    }

    // The expected values are those that `pmc` printed of the same clock.

    @Test("the default data set is what pmc prints")
    func defaults() throws {
        guard case .defaults(let data) = try PTPRecordings.data("DEFAULT_DATA_SET") else { throw Missing() }
        #expect(data.isTwoStep && data.isSlaveOnly && data.ports == 1 && data.domain == 127)
        #expect(data.priority1 == 255 && data.priority2 == 128)
        #expect(data.quality.clockClass == 255 && data.quality.accuracy == 0xFE && data.quality.variance == 0xFFFF)
        #expect(data.clock.description == "32440d.fffe.dd7ecb")
    }

    @Test("the parent and the time properties are what pmc prints")
    func parent() throws {
        guard case .parent(let parent) = try PTPRecordings.data("PARENT_DATA_SET"),
            case .timeProperties(let time) = try PTPRecordings.data("TIME_PROPERTIES_DATA_SET")
        else { throw Missing() }
        #expect(parent.port.description == "fea1f8.fffe.482ffb-1")
        #expect(parent.grandmaster.description == "fea1f8.fffe.482ffb")
        #expect(parent.priority1 == 10 && parent.priority2 == 10)
        #expect(parent.quality.clockClass == 6 && parent.quality.accuracy == 0x21 && parent.quality.variance == 0x4E5D)
        #expect(time.utcOffset == 37 && time.timeSource == 0x20)
        #expect(!time.isLeap61 && !time.isLeap59 && time.isUTCOffsetValid)
        #expect(!time.isPTPTimescale && time.isTimeTraceable && time.isFrequencyTraceable)
    }

    @Test("the current data set, the port and linuxptp's status are what pmc prints")
    func current() throws {
        guard case .current(let current) = try PTPRecordings.data("CURRENT_DATA_SET"),
            case .port(let port) = try PTPRecordings.data("PORT_DATA_SET"),
            case .timeStatus(let status) = try PTPRecordings.data("TIME_STATUS_NP")
        else { throw Missing() }
        #expect(current.stepsRemoved == 1 && current.offset >> 16 == 2_480 && current.pathDelay >> 16 == 23_262)
        #expect(port.port.description == "32440d.fffe.dd7ecb-1" && port.state == .slave && port.state.name == "SLAVE")
        #expect(port.logDelayRequestInterval == -3 && port.logSyncInterval == -3 && port.logAnnounceInterval == -2)
        #expect(port.announceTimeout == 3 && port.delayMechanism == 1 && port.version == 2 && port.peerPathDelay == 0)
        #expect(status.offset == 2_480 && status.ingress == 1_795_852_695_981_128_671)
        #expect(status.hasGrandmaster && status.grandmaster.description == "fea1f8.fffe.482ffb")
    }

    @Test("the way of taking timestamps and the interface are what pmc prints")
    func properties() throws {
        guard case .portProperties(let port) = try PTPRecordings.data("PORT_PROPERTIES_NP") else { throw Missing() }
        #expect(port.port.description == "32440d.fffe.dd7ecb-1")
        #expect(port.stamping == .software && port.interface == "v0")
    }

    @Test("the counts of messages have the least significant byte first")
    func statistics() throws {
        guard case .portStatistics(let statistics) = try PTPRecordings.data("PORT_STATS_NP") else { throw Missing() }
        // Sync, and follow-up, which is type 8.
        #expect(statistics.received[0] == 1_484 && statistics.received[8] == 1_484)
        #expect(statistics.sent[1] > 0 && statistics.sent[0] == 0)
    }

    @Test("a refusal names its reason and what was asked for; other data is unknown")
    func others() throws {
        let refused = try PTPRecordings.answer("PORT_HWCLOCK_NP"),
            other = try PTPRecordings.answer("GRANDMASTER_SETTINGS_NP")
        let refusal = try PTPManagementAnswer(refused.span), unknown = try PTPManagementAnswer(other.span)
        #expect(refusal.content == .error(2, of: 0xC009) && unknown.content == .unknown(0xC001))
    }

    @Test("a message that is cut, of another type, another version or another action is refused")
    func refused() throws {
        for (name, _, answer) in try PTPRecordings.exchanges() {
            for count in 0..<answer.count {
                let cut = Array(answer[..<count])
                #expect(throws: PTPRefusal.self, "\(name), \(count) bytes") { try PTPManagementAnswer(cut.span) }
            }
        }
        let answer = try PTPRecordings.answer("PARENT_DATA_SET")
        for (place, value, refusal) in [
            (0, 0x0C, PTPRefusal.type(12)), (1, 3, .version(3)), (46, 0, .action(0)), (49, 9, .element(9)),
            (51, 200, .length(86, least: 252)), (51, 20, .length(18, least: 32)), (3, 90, .length(86, least: 90)),
        ] as [(Int, UInt8, PTPRefusal)] {
            var changed = answer
            changed[place] = value
            let error = #expect(throws: PTPRefusal.self) { try PTPManagementAnswer(changed.span) }
            #expect(error == refusal)
        }
    }

    @Test("no byte of an answer, however it is changed, ends the program")
    func changed() throws {
        for (_, _, answer) in try PTPRecordings.exchanges() {
            for place in answer.indices {
                for value: UInt8 in [0, 1, 0x7F, 0x80, 0xFF] {
                    var changed = answer
                    changed[place] = value
                    _ = try? PTPManagementAnswer(changed.span)
                }
            }
        }
    }
}

/// An answer without the data that the test is about.
struct Missing: Error {}
