import ChannelRun
import TickJournal
import TickReports
import TickScheduling
import TickTime

/// The journals of a channel's hosts, checked against each other.
enum ChannelReplayReport {
    static let schema = "tickrun/channel-replay/1"
    /// At most this many gaps are listed.
    private static let listed = 20

    /// Reads the journals, and prints the result.
    ///
    /// - Returns: 1 if they contradict each other, or if gaps are not allowed and there is one.
    static func run(
        _ channel: String, _ paths: [String], allowsGaps: Bool, asJSON: Bool
    ) throws(RunFailure) -> ExitCode {
        var replay = ChannelReplay(channel: channel)
        for (number, path) in paths.enumerated() {
            let input = JournalInput(path: path)
            _ = try input.read { (event) throws(RunFailure) in
                try input.understanding { () throws(JournalError) in
                    if let record = try event.record() { replay.add(record, of: number) }
                }
            }
        }
        replay.finish()
        guard replay.ticks > 0 || replay.unfencedTicks > 0 else {
            throw RunFailure.badData(
                "no journal has a tick of channel '\(channel)' on air; name the channel and the journals of its hosts")
        }
        let isGood = replay.faultCount == 0 && (allowsGaps || replay.gaps.isEmpty)
        try Output.writing { output throws(RunFailure) in
            if asJSON {
                try output.line(json(replay, paths, isGood))
            } else {
                for line in text(replay, paths, isGood) { try output.row(line) }
            }
        }
        return isGood ? .good : .badVerdict
    }

    private static func text(_ replay: ChannelReplay, _ paths: [String], _ isGood: Bool) -> [String] {
        var lines: [String] = []
        for owner in replay.owners {
            var line =
                "fencing number \(owner.fencingNumber)  ticks \(owner.firstTick) to \(owner.lastTick)  "
                + "(\(owner.ticks))  \(paths[owner.journal])"
            if let jump = owner.phaseJump {
                line += "  phase \(jump.count < 0 ? "-" : "+")\(Quantity.length(jump.magnitude))"
            }
            lines.append(line)
        }
        for gap in replay.gaps.prefix(listed) {
            lines.append(
                "gap: ticks \(gap.firstTick) to \(gap.lastTick) (\(gap.ticks)), \(Quantity.length(gap.length)) between "
                    + "the ticks around it")
        }
        if replay.gaps.count > listed { lines.append("… and \(replay.gaps.count - listed) more gaps") }
        for fault in replay.faults { lines.append("FAULT: \(fault)") }
        if replay.faultCount > replay.faults.count {
            lines.append("… and \(replay.faultCount - Int64(replay.faults.count)) more faults")
        }
        let missed = replay.gaps.reduce(0) { $0 + $1.ticks }
        lines.append(
            "\(isGood ? "GOOD" : "FAIL")  \(replay.channel): \(replay.ticks) ticks on air, \(replay.owners.count) owners, "
                + "\(missed) missed in \(replay.gaps.count) gaps, \(replay.unfencedTicks) unfenced, "
                + "\(replay.faultCount) faults")
        return lines
    }

    private static func json(_ replay: ChannelReplay, _ paths: [String], _ isGood: Bool) -> JSONText {
        var json = JSONText()
        json.object { json in
            json.member("schema", schema)
            json.member("channel", replay.channel)
            json.member("good", isGood)
            json.member("ticks_on_air", replay.ticks)
            json.member("ticks_unfenced", replay.unfencedTicks)
            json.member("ticks_missed", replay.gaps.reduce(0) { $0 + $1.ticks })
            json.member("faults", replay.faultCount)
            json.array("owners") { json in
                for owner in replay.owners {
                    json.object { json in
                        json.member("fencing_number", owner.fencingNumber)
                        json.member("journal", paths[owner.journal])
                        json.member("first_tick", owner.firstTick)
                        json.member("last_tick", owner.lastTick)
                        json.member("ticks", owner.ticks)
                        json.member("phase_jump_ns", owner.phaseJump?.count)
                    }
                }
            }
            json.array("gaps") { json in
                for gap in replay.gaps {
                    json.object { json in
                        json.member("first_tick", gap.firstTick)
                        json.member("last_tick", gap.lastTick)
                        json.member("length_ns", gap.length.count)
                    }
                }
            }
            json.array("first_faults") { json in
                for fault in replay.faults { json.object { $0.member("text", fault) } }
            }
        }
        return json
    }
}
