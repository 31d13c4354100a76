/// A unit of systemd, as far as starting and restarting a service goes (systemd.service(5), systemd.unit(5)).
public struct UnitFile: Sendable {
    private var values: [String: [String]] = [:]

    public init(_ text: String) {
        let whole = text.replacing("\\\n", with: " ")
        for line in whole.split(separator: "\n") where !line.hasPrefix("#") && !line.hasPrefix("[") {
            guard let equals = line.firstIndex(of: "=") else { continue }
            values[String(line[..<equals]), default: []].append(String(line[line.index(after: equals)...]))
        }
    }

    /// The last value of a key.
    public func last(_ key: String) -> String? { values[key]?.last }

    /// Exit codes of a list, whose lines add up.
    public func codes(_ key: String) -> Set<Int32> {
        Set((values[key] ?? []).flatMap { $0.split(separator: " ") }.compactMap { Int32($0) })
    }

    /// A time in seconds: `2s`, `11min`, `500ms`, `90`, `infinity`; `fallback` where the key is not set.
    public func seconds(_ key: String, or fallback: Double) -> Double {
        guard let text = last(key) else { return fallback }
        if text == "infinity" { return .infinity }
        for (unit, factor) in [("ms", 0.001), ("min", 60.0), ("s", 1.0), ("h", 3_600.0), ("", 1.0)]
        where text.hasSuffix(unit) {
            if let number = Double(text.dropLast(unit.count)) { return number * factor }
        }
        return fallback
    }

    /// The value of an option on the command line that the unit starts.
    public func option(_ name: String) -> String? {
        let words = (last("ExecStart") ?? "").split(separator: " ")
        guard let place = words.firstIndex(of: Substring(name)), place + 1 < words.count else { return nil }
        return String(words[place + 1])
    }
}

/// What systemd makes of a service: when it starts it, and when it gives up. The clock is a number.
public struct ServiceModel {
    /// What one start of the program comes to; times in seconds from that start.
    public enum Start {
        /// It ends before it was ready.
        case fails(code: Int32, after: Double)
        /// It is ready, and ends later by an exit code or a signal (`nil`: it goes on).
        case ready(after: Double, end: End?)
    }

    public enum End {
        case code(Int32, after: Double)
        case signal(Int32, after: Double)
    }

    public enum State: Equatable {
        case onAir
        /// It ended as it should, or in failure, and systemd does not start it again.
        case stopped(failed: Bool)
    }

    public struct Outcome {
        public var state: State
        /// When each start began.
        public var starts: [Double] = []
        /// When the service was last ready.
        public var onAirSince: Double?
    }

    private let unit: UnitFile

    public init(_ unit: UnitFile) { self.unit = unit }

    /// Plays a service from its first start until it stays on air, or stays down.
    ///
    /// - Parameter start: what the start that begins at this time, the nth (from 1), comes to.
    public func play(_ start: (_ time: Double, _ number: Int) -> Start) -> Outcome {
        var outcome = Outcome(state: .onAir)
        var now = 0.0
        while outcome.starts.count < 10_000 {
            guard mayStart(at: now, after: outcome.starts) else {
                outcome.state = .stopped(failed: true)
                return outcome
            }
            outcome.starts.append(now)
            let limit = unit.seconds("TimeoutStartSec", or: 90)
            let code: Int32?
            let length: Double
            switch start(now, outcome.starts.count) {
            // A start that takes too long is ended by a signal, and is a failure.
            case .fails(_, let after) where after > limit: (code, length) = (nil, limit)
            case .ready(let after, _) where after > limit: (code, length) = (nil, limit)
            case .fails(let number, let after): (code, length) = (number, after)
            case .ready(let after, nil):
                outcome.onAirSince = now + after
                outcome.state = .onAir
                return outcome
            case .ready(let after, .code(let number, let later)?):
                outcome.onAirSince = now + after
                (code, length) = (number, later)
            case .ready(let after, .signal(_, let later)?):
                outcome.onAirSince = now + after
                (code, length) = (nil, later)
            }
            now += length
            let isClean = code.map { $0 == 0 || unit.codes("SuccessExitStatus").contains($0) } ?? false
            let isFinal = code.map { unit.codes("RestartPreventExitStatus").contains($0) } ?? false
            guard !isClean, !isFinal, unit.last("Restart") == "on-failure" else {
                outcome.state = .stopped(failed: !isClean)
                return outcome
            }
            now += delay(before: outcome.starts.count)
        }
        return outcome
    }

    /// systemd's own limit: five starts in ten seconds.
    private func mayStart(at now: Double, after starts: [Double]) -> Bool {
        let interval = unit.seconds("StartLimitIntervalSec", or: 10)
        guard interval > 0 else { return true }
        let burst = Int(unit.last("StartLimitBurst") ?? "5") ?? 5
        return starts.count { now - $0 < interval } < burst
    }

    /// From RestartSec= to RestartMaxDelaySec= in RestartSteps= steps, where the unit has them.
    private func delay(before restart: Int) -> Double {
        let first = unit.seconds("RestartSec", or: 0.1)
        guard let steps = unit.last("RestartSteps").flatMap({ Int($0) }), steps > 0 else { return first }
        let most = unit.seconds("RestartMaxDelaySec", or: .infinity)
        let share = Double(min(restart - 1, steps)) / Double(steps)
        return first * power(most / first, share)
    }

    /// base^exponent for 0 ≤ exponent ≤ 1 in steps fine enough for a model.
    private func power(_ base: Double, _ exponent: Double) -> Double {
        var (low, high, result, part) = (0.0, 1.0, 1.0, base)
        while high - low > 1e-6 {
            part = part.squareRoot()
            let middle = (low + high) / 2
            if exponent >= middle {
                result *= part
                low = middle
            } else {
                high = middle
            }
        }
        return result
    }
}
