import ClusterClock
import Foundation
import Glibc
import Synchronization
import TestSupport
import Testing
import TickLinux
import TickTime
import TimeSyncAudit

@testable import ChannelRun

/// Memory of clockbound in a file. clockbound itself is in no package of Debian or PyPI.
private struct ClockBoundMemory {
    var generation: UInt16 = 2
    /// As of this long ago.
    var age = Nanoseconds.seconds(1)
    var validity = Nanoseconds.seconds(1_000)
    var bound: Int64 = 1_000_000
    var marker: UInt64 = 0
    var drift: UInt32 = 50_000
    var status: Int32 = 1
    var watches: UInt8 = 0

    init(
        generation: UInt16 = 2, age: Nanoseconds = .seconds(1), validity: Nanoseconds = .seconds(1_000),
        marker: UInt64 = 0, status: Int32 = 1, watches: UInt8 = 0
    ) {
        (self.generation, self.age, self.validity) = (generation, age, validity)
        (self.marker, self.status, self.watches) = (marker, status, watches)
    }

    var bytes: [UInt8] {
        var bytes: [UInt8] = []
        func add(_ number: some FixedWidthInteger) {
            unsafe withUnsafeBytes(of: number) { unsafe bytes.append(contentsOf: $0) }
        }
        func add(_ instant: MonotonicInstant) {
            add(instant.nanoseconds / 1_000_000_000)
            add(instant.nanoseconds % 1_000_000_000)
        }
        let asOf = HostClock.monotonic() - age
        add(UInt32(0x414D_5A4E))
        add(UInt32(0x4342_0200))
        add(UInt32(80))
        add(UInt16(2))
        add(generation)
        add(asOf)
        add(asOf + validity)
        add(bound)
        add(marker)
        add(drift)
        add(status)
        return bytes + [watches, 0, 0, 0, 0, 0, 0, 0]
    }

    /// Statements whose markers tell which bound belongs to them.
    init(number: UInt64) { (age, bound, marker) = (.zero, 1_000_000 * Int64(number), number) }

    func write(to path: String) throws { try Data(bytes).write(to: URL(filePath: path)) }
}

@Suite("ClockBound in the evidence of a check")
struct ClockBoundCollectionTests {
    private static func evidence(
        _ memory: ClockBoundMemory, vmClock: [UInt8]? = nil, chrony: String? = nil
    ) throws -> SyncEvidence {
        let folder = try TemporaryFolder()
        let file = "\(folder.path)/shm0", clock = "\(folder.path)/vmclock0"
        try memory.write(to: file)
        if let vmClock { try Data(vmClock).write(to: URL(filePath: clock)) }
        var collection = SyncCollection(host: "a")
        if let chrony {
            let path = Vectors.packageRoot.appending(path: "Fixtures/timesync/\(chrony)").path
            // 2026-11-17T12:00:00Z
            let now = UTCInstant(nanoseconds: 1_794_916_800_000_000_000)
            collection.addChrony(file: path, at: now, own: OwnReferences())
        }
        collection.addClockBound(file: file, vmClock: clock, isWanted: true)
        return try #require(collection.evidence.last)
    }

    @Test("a synchronized clockbound is evidence: zero, with its bound grown by the time since")
    func synchronized() throws {
        let found = try Self.evidence(ClockBoundMemory())
        let interval = try #require(found.interval)
        #expect(found.method == .clockBound && found.reference == .utc && found.raw["status"] == "synchronized")
        #expect(interval.lower == .zero - interval.upper)
        // A second at 50 ppm, and what this test took, a minute at most.
        #expect(interval.upper >= Nanoseconds(1_050_000) && interval.upper < Nanoseconds(1_000_000 + 61 * 50_010))
    }

    @Test("a clockbound beside a chronyd without a reference is shown and is no evidence")
    func unfounded() throws {
        let found = try Self.evidence(ClockBoundMemory(), chrony: "chronyc-local-reference.csv")
        #expect(found.interval == nil && found.fault?.contains("127.127.1.1") == true, "\(found)")
        #expect(try Self.evidence(ClockBoundMemory(), chrony: "chronyc-synchronized.csv").interval != nil)
    }

    @Test("an unknown or disrupted clock and a void statement fail, and the evidence says why")
    func failures() throws {
        for (memory, words) in [
            (ClockBoundMemory(status: 0), "does not know the state"), (ClockBoundMemory(status: 3), "was disrupted"),
            (ClockBoundMemory(age: .seconds(2), validity: .seconds(1)), "has been void for"),
            (ClockBoundMemory(age: .zero - .seconds(600)), "ahead of this host's monotonic clock"),
            (ClockBoundMemory(generation: 3), "does not finish one"),
            (ClockBoundMemory(watches: 1), "cannot be read to compare"),
        ] {
            let found = try Self.evidence(memory)
            guard case .failed(let why) = found.finding else {
                Issue.record("\(words): \(found.finding)")
                continue
            }
            #expect(why.contains(words), "\(why)")
        }
    }

    @Test("where disruptions are watched, the marker of the virtual machine's clock is compared")
    func disruption() throws {
        func clock(_ marker: UInt8) -> [UInt8] {
            [0x56, 0x43, 0x4C, 0x4B, 104, 0, 0, 0, 1, 0, 0, 0, 2, 0, 0, 0, marker, 0, 0, 0, 0, 0, 0, 0]
        }
        let memory = ClockBoundMemory(marker: 5, watches: 1)
        #expect(try Self.evidence(memory, vmClock: clock(5)).interval != nil)
        #expect(try Self.evidence(memory, vmClock: clock(6)).fault?.contains("was disrupted") == true)
    }

    @Test("a host without clockbound is reported only if it was asked for")
    func missing() throws {
        var collection = SyncCollection(host: "a")
        collection.addClockBound(file: "/nonexistent/shm0", isWanted: false)
        #expect(collection.evidence.isEmpty)
        collection.addClockBound(file: "/nonexistent/shm0", isWanted: true)
        let found = try #require(collection.evidence.first)
        guard case .unknown(let why) = found.finding else {
            Issue.record("\(found.finding)")
            return
        }
        #expect(why.contains("/nonexistent/shm0") && why.contains("is clockbound running?"), "\(why)")
    }

    @Test("a statement that is read while it is written is whole, or is refused")
    func concurrent() throws {
        let folder = try TemporaryFolder()
        let file = "\(folder.path)/shm0"
        try ClockBoundMemory(number: 1).write(to: file)
        let isOver = Atomic<Bool>(false)
        try withThread {
            let descriptor = unsafe open(file, O_RDWR)
            var number: UInt64 = 1
            func write(_ bytes: [UInt8], at place: Int) {
                _ = unsafe pwrite(descriptor, bytes, bytes.count, off_t(place))
            }
            while !isOver.load(ordering: .relaxed) {
                number = number % 9 + 1
                let bytes = ClockBoundMemory(number: number).bytes
                write([UInt8(number * 2 + 1), 0], at: 14)
                for place in stride(from: 16, to: 80, by: 8) { write(Array(bytes[place..<place + 8]), at: place) }
                write([UInt8(number * 2), 0], at: 14)
            }
            close(descriptor)
        } while: {
            defer { isOver.store(true, ordering: .relaxed) }
            var whole = 0
            for _ in 0..<2_000 {
                var collection = SyncCollection(host: "a")
                collection.addClockBound(file: file, isWanted: true)
                let found = try #require(collection.evidence.first)
                guard let bound = found.raw["bound_ns"].flatMap({ Int64($0) }) else { continue }
                whole += 1
                let marker = try #require(found.raw["disruption_marker"].flatMap { Int64($0) })
                #expect(bound == 1_000_000 * marker, "\(found)")
            }
            #expect(whole > 0)
        }
    }

    /// Runs the first closure on a thread of its own while the second one runs.
    private func withThread(_ body: @escaping @Sendable () -> Void, while other: () throws -> Void) throws {
        let thread = Thread(block: body)
        thread.start()
        let result = Result { try other() }
        while !thread.isFinished { sched_yield() }
        try result.get()
    }
}
