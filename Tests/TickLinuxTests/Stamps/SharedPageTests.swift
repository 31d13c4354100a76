import Foundation
import Glibc
import Synchronization
import TestSupport
import Testing
import TickScheduling
import TickTime

@testable import TickLinux

/// A right in memory that two processes share. Here one process has both ends.
@Suite("A right that two processes share")
struct SharedPageTests {
    private static func right(_ number: Int64, _ isolation: AirRight.Isolation = .stop) -> AirRight {
        AirRight(
            firstTick: 5, endTick: 9, endInstant: BootInstant(nanoseconds: .max - 7), tickCeiling: 7,
            validUntil: HostClock.boot() + .seconds(3_600), fencingNumber: number, isolation: isolation)
    }

    private static func states(_ gate: OnAirGate) -> [AirState] {
        let now = HostClock.boot()
        return (4..<10).map { gate.state(ofTick: $0, at: now) }
    }

    @Test("what one side publishes, the other side judges by at once, field by field")
    func publishes() throws {
        let page = try SharedPage(), writer = OnAirGate(page)
        let other = try SharedPage(reading: ()), reader = OnAirGate(other)
        #expect(reader.right == nil && Set(Self.states(reader)) == [.offAir])
        try other.attach(page.descriptor)
        #expect(reader.right == nil)
        for (number, isolation) in [(Int64(3), AirRight.Isolation.stop), (4, .continue)] {
            let right = Self.right(number, isolation)
            try writer.publish(right)
            #expect(reader.right == right && reader.right?.endInstant == right.endInstant)
            #expect(Self.states(reader) == Self.states(OnAirGate(right)))
        }
        #expect(throws: FencingNumberFell(from: 4, to: 3)) { try writer.publish(Self.right(3)) }
        writer.clear()
        #expect(reader.right == nil && Set(Self.states(reader)) == [.offAir])
    }

    @Test("a reader that leaves the memory is off air at once, and reads that of the next writer in the same place")
    func detaches() throws {
        let first = try SharedPage(), second = try SharedPage()
        let other = try SharedPage(reading: ()), reader = OnAirGate(other)
        try other.attach(first.descriptor)
        try OnAirGate(first).publish(Self.right(3))
        #expect(Self.states(reader)[2] == .onAir(fencingNumber: 3))
        other.detach()
        #expect(reader.right == nil && Set(Self.states(reader)) == [.offAir])
        try OnAirGate(first).publish(Self.right(4))
        #expect(reader.right == nil)
        try other.attach(second.descriptor)
        #expect(reader.right == nil)
        try OnAirGate(second).publish(Self.right(9))
        #expect(Self.states(reader)[2] == .onAir(fencingNumber: 9))
    }

    @Test("the right outlives its writer's mapping, and ends by itself")
    func writerIsGone() throws {
        let other = try SharedPage(reading: ()), reader = OnAirGate(other)
        do {
            let page = try SharedPage()
            try other.attach(page.descriptor)
            try OnAirGate(page).publish(Self.right(3))
        }
        let right = try #require(reader.right)
        #expect(reader.state(ofTick: 6, at: right.validUntil -| Nanoseconds(1)) == .onAir(fencingNumber: 3))
        #expect(reader.state(ofTick: 6, at: right.validUntil) == .offAir)
    }

    @Test("memory that could be taken away, is of another size or of another version is refused, and nothing changes")
    func refusals() throws {
        let other = try SharedPage(reading: ()), reader = OnAirGate(other), good = try SharedPage()
        try other.attach(good.descriptor)
        try OnAirGate(good).publish(Self.right(3))
        let folder = try TemporaryFolder(), path = "\(folder.path)/file"
        _ = FileManager.default.createFile(atPath: path, contents: Data(count: SharedPage.size))
        let file = try #require(FileHandle(forReadingAtPath: path))
        #expect(throws: SharedPage.Fault.unsafe) { try other.attach(file.fileDescriptor) }
        #expect(throws: SharedPage.Fault.unsafe) { try other.attach(-1) }
        let changes: [(word: Int, value: UInt64)] = [(0, 1), (1, 0x2_0007), (1, 0x1_0008)]
        for (word, value) in changes {
            let page = try SharedPage()
            page.setWord(word, value)
            #expect(throws: SharedPage.Fault.layout(found: value)) { try other.attach(page.descriptor) }
        }
        #expect(Self.states(reader)[2] == .onAir(fencingNumber: 3))
    }

    @Test("any words are judged without a trap, and only a known kind with a possible number is a right")
    func anyWords() throws {
        let page = try SharedPage(), other = try SharedPage(reading: ()), reader = OnAirGate(other)
        try other.attach(page.descriptor)
        let seed = UInt64.random(in: 0 ... .max)
        var random = SeededGenerator(seed: seed), rights = 0
        let edges: [UInt64] = [0, 1, 2, 3, .max, UInt64(Int64.max), UInt64(Int64.max) + 1, 1 << 53, (1 << 53) + 1]
        for _ in 0..<20_000 {
            // From word 9 on: both copies.
            for word in 9..<23 {
                page.setWord(word, Bool.random(using: &random) ? edges.randomElement(using: &random)! : random.next())
            }
            let state = reader.state(
                ofTick: Int64(bitPattern: edges.randomElement(using: &random)!), at: HostClock.boot())
            if let number = state.fencingNumber { #expect(AirRight.fencingNumbers.contains(number), "seed \(seed)") }
            if let right = reader.right {
                rights += 1
                #expect(AirRight.fencingNumbers.contains(right.fencingNumber), "seed \(seed)")
                _ = (right.endTick, right.endInstant)
            }
        }
        #expect(rights > 0, "seed \(seed)")
    }

    @Test(
        "a writer that never lets a read through gets nothing on air, and holds no reader up", .timeLimit(.minutes(2)))
    func neverWhole() throws {
        let page = try SharedPage(), other = try SharedPage(reading: ()), reader = OnAirGate(other)
        try other.attach(page.descriptor)
        try OnAirGate(page).publish(Self.right(3))
        let isOver = Atomic<Bool>(false)
        onThreads(2) { place in
            if place == 0 {
                var count: UInt64 = 1_000
                while !isOver.load(ordering: .relaxed) {
                    count &+= 1
                    page.setWord(SharedPage.firstWord, count)
                }
                return
            }
            for _ in 0..<100_000 {
                let state = reader.state(ofTick: 6, at: HostClock.boot())
                #expect(state == .onAir(fencingNumber: 3) || state == .offAir)
            }
            isOver.store(true, ordering: .relaxed)
        }
    }

    @Test("who has the descriptor can neither write nor change the size")
    func sealed() throws {
        let page = try SharedPage()
        #expect(ftruncate(page.descriptor, 0) != 0 && ftruncate(page.descriptor, 8_192) != 0)
        #expect(unsafe write(page.descriptor, "x", 1) < 0)
        let mapped = unsafe mmap(nil, SharedPage.size, PROT_READ | PROT_WRITE, MAP_SHARED, page.descriptor, 0)
        #expect(unsafe mapped == MAP_FAILED)
    }

    @Test("a loop judges each tick by the shared memory: on air, renewed, left")
    func inLoop() throws {
        let page = try SharedPage(), writer = OnAirGate(page)
        let other = try SharedPage(reading: ()), gate = OnAirGate(other)
        try other.attach(page.descriptor)
        var loop = TickLoop()
        try loop.add(SessionRequest(try SessionPlan(rate: FrameRate(200, over: 1), tickCount: 8), gate: gate))
        try loop.begin()
        var states: [AirState?] = []
        while let tick = loop.next() {
            states.append(tick.air)
            let right = { (number: Int64) in
                AirRight(
                    firstTick: 0, tickCeiling: .max, validUntil: HostClock.boot() + .seconds(3_600),
                    fencingNumber: number)
            }
            switch tick.index {
            case 1: try writer.publish(right(4))
            case 3: try writer.publish(right(5))
            case 5: other.detach()
            default: break
            }
        }
        let four = AirState.onAir(fencingNumber: 4), five = AirState.onAir(fencingNumber: 5)
        #expect(states == [.offAir, .offAir, four, four, five, five, .offAir, .offAir])
    }
}

extension SharedPage {
    /// Writes a word of the page as another process could.
    fileprivate func setWord(_ word: Int, _ value: UInt64) {
        unsafe memory.assumingMemoryBound(to: UInt64.self)[word] = value
    }
}
