import Testing
import TickTime
import TimeExchange

@Suite("Synchronization metadata of SMPTE ST 2059-2")
struct SynchronizationMetadataTests {
    private static func read(_ bytes: [UInt8]) throws -> SynchronizationMetadata.Message? {
        try SynchronizationMetadata.message(in: bytes.span)
    }

    @Test("a recorded message says what tshark reads in it")
    func recorded() throws {
        guard let message = try Self.read(PTPRecordings.metadata) else { throw Missing() }
        #expect(message.domain == 127 && message.sequence == 6)
        #expect(message.source.description == "020000.fffe.000001-1")
        let metadata = message.metadata
        #expect(metadata.frameRate == .fps2997 && metadata.locking == .locked)
        #expect(metadata.isDropFrame && !metadata.isColorFrame)
        #expect(metadata.localOffset == -18_037 && metadata.previousJamOffset == -18_037)
        #expect(metadata.jump == 0 && metadata.nextJump == 0)
        #expect(metadata.nextJam == 1_795_856_444 && metadata.previousJam == 1_795_770_044)
        #expect(!metadata.isDaylightSaving && !metadata.isDaylightSavingNext && !metadata.wasDaylightSaving)
        #expect(!metadata.isLeapSecondJump)
        // The test grandmaster jams an hour after whatever second it is.
        #expect(
            metadata.faults == [
                "the next jam is not at a whole ten minutes of local time",
                "the previous jam is not at a whole ten minutes of local time",
            ])
    }

    @Test("other management messages are not metadata, and a cut message is refused")
    func others() throws {
        for (_, request, answer) in try PTPRecordings.exchanges() {
            #expect(try Self.read(request) == nil && Self.read(answer) == nil)
        }
        for count in 58..<PTPRecordings.metadata.count {
            #expect(throws: PTPRefusal.self) { try Self.read(Array(PTPRecordings.metadata[..<count])) }
        }
        for count in 0..<58 { #expect(try Self.read(Array(PTPRecordings.metadata[..<count])) == nil) }
    }

    @Test("a status, a rate or a time that does not exist is refused by name")
    func refused() throws {
        for (place, value, refusal) in [
            (66, 5, PTPRefusal.value("locking status 5")), (82, 0x7F, .time), (51, 40, .length(40, least: 48)),
        ] as [(Int, UInt8, PTPRefusal)] {
            var changed = PTPRecordings.metadata
            changed[place] = value
            let error = #expect(throws: PTPRefusal.self) { try Self.read(changed) }
            #expect(error == refusal)
        }
        var still = PTPRecordings.metadata
        for place in 62..<66 { still[place] = 0 }
        #expect(throws: PTPRefusal.value("frame rate 30000/0")) { try Self.read(still) }
    }

    @Test("what contradicts the standard or itself is named")
    func faults() throws {
        guard var metadata = try Self.read(PTPRecordings.metadata)?.metadata else { throw Missing() }
        (metadata.nextJam, metadata.previousJam) = (1_795_856_437, 1_795_770_037)
        #expect(metadata.faults.isEmpty)
        (metadata.frameRateNumerator, metadata.frameRateDenominator) = (50, 2)
        metadata.jump = 3_600
        #expect(
            metadata.faults == [
                "the frame rate 50/2 is not in lowest terms, or too fast",
                "drop-frame labels do not exist at 25 frames a second",
                "a jump of 3600 s is announced without its time",
            ])
    }

    @Test("an announced jump changes the local offset from its second on")
    func jump() throws {
        guard var metadata = try Self.read(PTPRecordings.metadata)?.metadata else { throw Missing() }
        (metadata.jump, metadata.nextJump) = (3_600, 1_795_900_000)
        #expect(metadata.localOffset(atPTPSecond: 1_795_899_999) == -18_037)
        #expect(metadata.localOffset(atPTPSecond: 1_795_900_000) == -14_437)
    }
}
