import Testing
import TickConfiguration

@Suite("A station's file")
struct StationFileTests {
    private static func file(_ more: String) throws -> StationFile {
        let json =
            #"{"schema":"tickrun/station/1","station":"s","host":"a","cluster":"c","state":"s","#
            + #""etcd":[{"endpoint":"http://127.0.0.1:1"}]\#(more)}"#
        return try StationFile(json: Array(json.utf8), file: "a.json")
    }

    private static func faults(_ more: String) -> String {
        do { return "accepted: \(try file(more).explanation)" } catch { return "\(error)" }
    }

    @Test("one loop without requests by default, or those of the file, with a profile's names")
    func loops() throws {
        #expect(try Self.file("").loops == [RealtimeRequest()])
        let file = try Self.file(
            #","loops":[{"cpu":2,"fifo_priority":80},{"lock_memory":true}],"#
                + #""channels":[{"channel":"one","loop":1},{"channel":"two"}]"#)
        #expect(
            file.loops == [RealtimeRequest(fifoPriority: 80, cpu: 2), RealtimeRequest(lockMemory: true)])
        #expect(file.channels.map(\.loop) == [1, nil])
        #expect(file.explanation.contains("2 loops"))
    }

    @Test("a loop that is not there, and a request out of range, are refused with the place and the remedy")
    func refused() {
        let missing = Self.faults(#","loops":[{},{}],"channels":[{"channel":"one","loop":2}]"#)
        #expect(missing.contains("channels[0].loop") && missing.contains("there is no loop 2"), "\(missing)")
        #expect(missing.contains("give 0 to 1"))
        #expect(Self.faults(#","channels":[{"channel":"one","loop":1}]"#).contains("there is no loop 1"))
        #expect(Self.faults(#","loops":[{"cpu":1024}]"#).contains("loops[0].cpu"))
        #expect(Self.faults(#","loops":[{"fifo_priority":0}]"#).contains("loops[0].fifo_priority"))
        #expect(Self.faults(#","loops":[]"#).contains("loops"))
    }
}
