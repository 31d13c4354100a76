// The parts of a scenario: hosts, a network between them, and faults at their times.

import TickTime

/// A run's conditions, all drawn from the scenario and the seed. Times in nanoseconds of true time.
struct SimulationPlan: Sendable {
    struct Host: Sendable {
        /// How far its UTC is off at the beginning.
        var offset: Int64
        /// Of its oscillator, in parts per billion.
        var drift: Int64
        /// The error bound that it states for its UTC; `nil`: it knows no bound.
        var statedError: Int64?
        /// Whether it states its exact error, to the microsecond, instead.
        var statesExactly = false
    }

    struct Network: Sendable {
        var delay: ClosedRange<Int64> = 1_000_000...5_000_000
        /// Added on the way from a host of an even number to one of an odd number.
        var asymmetry: Int64 = 0
        /// Percent.
        var loss: Int64 = 0
        var duplication: Int64 = 0
        /// Percent of messages that are sent again, up to ten seconds later.
        var replay: Int64 = 0
        /// Percent of requests that are held for up to `heldFor`.
        var held: Int64 = 10
        var heldFor: Int64 = 2_000_000
        /// Percent of messages that meet a clog and wait for up to a second and a half.
        var clogging: Int64 = 0
    }

    enum Fault: Sendable {
        case step(host: Int, by: Int64)
        case drift(host: Int, partsPerBillion: Int64)
        case slew(host: Int, partsPerBillion: Int64)
        case sleep(host: Int)
        case wake(host: Int)
        case leapSecond
        case crash(host: Int)
        case restart(host: Int, offset: Int64)
        case lie(host: Int, Lie)
        /// Bit to × 16 + from: no message from there to there.
        case cut(from: Int, to: Int)
        case heal
        case loss(percent: Int64)
        /// A new view. Its primary learns of it at once; a host that is cut off from the primary does not.
        case viewChange(primary: Int)
        /// A token whose floor is this far ahead of true time.
        case futureFloor(Int64)
    }

    /// The false statements of a host.
    struct Lie: Sendable {
        /// Added to its UTC, for hosts of even numbers and of odd ones.
        var even: Int64 = 0
        var odd: Int64 = 0
        /// Stated instead of its error.
        var statedError: Int64?
        /// Percent of the round trip that it says it held the request for; 0: the truth.
        var hold: Int64 = 0
        /// Stated instead of its UTC and its hold, whatever they are.
        var utc: Int64?
        var holdLength: Int64?

        /// One field, or two, at an end of a range: of `Int64`, of what is admitted from a peer, or just inside.
        static func extreme(_ random: inout SimulationRandom) -> Lie {
            func pick(_ values: [Int64]) -> Int64 { values[random.index(below: values.count)] }
            let admitted = AdmittedRange.utcNanoseconds
            var lie = Lie()
            for _ in 0...random.index(below: 2) {
                switch random.index(below: 3) {
                case 0:
                    lie.utc = pick([
                        .min, .min + 1, -1, 0, 1, admitted.upperBound, admitted.upperBound + 1, 1 << 62,
                        .max - 200_000_000, .max,
                    ])
                case 1: lie.holdLength = pick([.min, -1, 1 << 62, .max - 1, .max])
                default: lie.statedError = pick([.min, -1, 0, 1 << 62, .max - 1, .max])
                }
            }
            return lie
        }
    }

    var hosts: [Host] = []
    var network = Network()
    var faults: [(time: Int64, fault: Fault)] = []
    var length: Int64 = 30_000_000_000
    var eventLimit = 50_000
    /// No loss, delays up to 100 ms, clocks within 100 ms, all up: every host agrees within 10 s.
    var isHealthy = false
    /// Reads a second and host, beside those of its polls.
    var reads: Int64 = 1

    mutating func plan(_ fault: Fault, at time: Int64) { faults.append((time, fault)) }
}
