// A gate's right in memory, as words. No version of the library may change their order or meaning, because two
// processes that were built separately may share them (`SharedPage.swift`).
//
//     kind            0: no right; 1: a right that stops with its tenure; 2: one that continues unfenced
//     firstTick, lastTick, tickCeiling, validUntil, lastInstant, fencingNumber      as the fields of AirRight

internal import TickScheduling
internal import TickTime

/// A gate's right as words. All zeros are no right.
struct GateWords: BitwiseCopyable {
    var kind: UInt64 = 0
    var firstTick: Int64 = 0
    var lastTick: Int64 = 0
    var tickCeiling: Int64 = 0
    var validUntil: Int64 = 0
    var lastInstant: Int64 = 0
    var fencingNumber: Int64 = 0

    init(_ right: AirRight?) {
        guard let right else { return }
        kind = right.isolation == .stop ? 1 : 2
        firstTick = right.firstTick
        lastTick = right.endTick.map { $0 - 1 } ?? .max
        tickCeiling = right.tickCeiling
        validUntil = right.validUntil.nanoseconds
        lastInstant = right.endInstant.map { ($0 -| Nanoseconds(1)).nanoseconds } ?? .max
        fencingNumber = right.fencingNumber
    }

    /// The right; `nil` if there is none, or if the words are not a right.
    @inline(__always) var right: AirRight? {
        guard kind == 1 || kind == 2 else { return nil }
        return AirRight(
            firstTick: firstTick, lastTick: lastTick, tickCeiling: tickCeiling, validUntil: validUntil,
            lastInstant: lastInstant, fencingNumber: fencingNumber, isolation: kind == 1 ? .stop : .continue)
    }
}

/// The memory of a gate's right.
typealias GateStorage = PublishedStorage<GateWords>

extension GateStorage {
    /// How often a read is repeated. Within one process a repetition is rare. Another process that disturbs this many
    /// reads in a row does not follow the rules, and gets no tick on air.
    private static var attempts: Int { 64 }

    /// A question about a right, as an argument for its evaluation in place.
    private struct Question: BitwiseCopyable {
        let tick: Int64
        let boot: BootInstant
    }

    /// Whether a tick is on air.
    @inline(__always) func state(ofTick tick: Int64, at boot: BootInstant) -> AirState {
        read(attempts: Self.attempts, Question(tick: tick, boot: boot)) { words, question in
            words.right?.state(ofTick: question.tick, at: question.boot) ?? .offAir
        } ?? .offAir
    }

    /// The right that was published last.
    var right: AirRight? { read(attempts: Self.attempts, ()) { words, _ in words.right } ?? nil }
}
