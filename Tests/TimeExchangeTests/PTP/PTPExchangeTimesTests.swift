import Testing
import TimeExchange

@Suite("Times of exchanges with a PTP parent")
struct PTPExchangeTimesTests {
    @Test(
        "each datagram of the monitor is read as another program read it",
        arguments: ["slave-event-monitor.txt", "monitor-pygm-250us.txt", "monitor-asym-200us.txt"])
    func recorded(_ name: String) throws {
        let (datagrams, read) = try PTPRecordings.monitored(name)
        var own: [(String, Int, Int64)] = []
        for datagram in datagrams {
            for times in try PTPExchangeTimes.all(in: datagram.span) {
                own.append((times.kind == .sync ? "sync" : "delay", Int(times.sequence), times.bound))
            }
        }
        #expect(own.count == 4)
        for (own, read) in zip(own, read) { #expect(own == read) }
    }

    @Test("a correction moves a sync's bound up and a delay's down, rounded away from the other one")
    func correction() throws {
        let (datagrams, _) = try PTPRecordings.monitored("slave-event-monitor.txt")
        for datagram in datagrams {
            guard let plain = try PTPExchangeTimes.all(in: datagram.span).first else { throw Missing() }
            // The correction follows the port (10), the sequence (2) and a time (10).
            for (correction, sync, delay) in [
                (Int64(5 << 16), Int64(5), Int64(-5)), (1, 0, 0), (-1, -1, 1), (-(3 << 16), -3, 3),
            ] {
                var changed = datagram
                for byte in 0..<8 { changed[70 + byte] = UInt8(truncatingIfNeeded: correction >> (56 - 8 * byte)) }
                guard let times = try PTPExchangeTimes.all(in: changed.span).first else { throw Missing() }
                #expect(times.correction == correction)
                #expect(times.bound - plain.bound == (times.kind == .sync ? sync : delay))
            }
        }
    }

    @Test("the most extreme correction leaves no range")
    func extremes() throws {
        let (datagrams, _) = try PTPRecordings.monitored("slave-event-monitor.txt")
        for datagram in datagrams {
            for byte: UInt8 in [0x7F, 0x80, 0xFF] {
                var changed = datagram
                changed[70] = byte
                for place in 71..<78 { changed[place] = byte == 0x80 ? 0 : 0xFF }
                guard let times = try PTPExchangeTimes.all(in: changed.span).first else { throw Missing() }
                #expect(times.bound.magnitude < 1 << 62)
            }
        }
    }

    @Test("an element that is not known is skipped, and one that is cut is refused")
    func elements() throws {
        guard
            let sync = try PTPRecordings.monitored("slave-event-monitor.txt").datagrams.first(where: { $0.count == 92 })
        else { throw Missing() }
        let unknown: [UInt8] = [0x12, 0x34, 0, 2, 0xAA, 0xBB]
        var both = Array(sync[..<44]) + unknown + sync[44...]
        both[3] += 6
        #expect(try PTPExchangeTimes.all(in: both.span) == PTPExchangeTimes.all(in: sync.span))
        for count in 0..<sync.count {
            let cut = Array(sync[..<count])
            #expect(throws: PTPRefusal.self) { try PTPExchangeTimes.all(in: cut.span) }
        }
        // A length that holds one and a half records, and a time with a second of nanoseconds.
        for (place, value) in [(47, UInt8(43)), (66, UInt8(0x3C))] {
            var changed = sync
            changed[place] = value
            #expect(throws: PTPRefusal.self) { try PTPExchangeTimes.all(in: changed.span) }
        }
        for place in sync.indices {
            var changed = sync
            changed[place] ^= 0xFF
            _ = try? PTPExchangeTimes.all(in: changed.span)
        }
    }
}
