// The words of a trace: what happened to a host, and what its clock noticed. Hosts are counted from 0, as in the plan.

import ClusterClock
import TickTime

extension SimulationPlan.Fault {
    /// The fault in one clause.
    var words: String {
        switch self {
        case .step(let host, let length): "the UTC of host \(host) is set by \(length) ns"
        case .drift(let host, let rate): "the oscillator of host \(host) drifts at \(rate) ppb"
        case .slew(let host, let rate): "the clocks of host \(host) are slewed by \(rate) ppb"
        case .sleep(let host): "host \(host) is suspended"
        case .wake(let host): "host \(host) wakes"
        case .leapSecond: "a leap second"
        case .crash(let host): "host \(host) crashes"
        case .restart(let host, let offset): "host \(host) restarts with its UTC \(offset) ns off"
        case .lie(let host, let lie): "host \(host) lies: \(lie.words)"
        case .cut(let from, let to): "no message of host \(from) reaches host \(to)"
        case .heal: "every link works again"
        case .loss(let percent): "\(percent) % of the messages are lost"
        case .viewChange(let primary): "host \(primary) is to lead a new view"
        case .futureFloor(let ahead): "a new view has a floor \(ahead) ns ahead of true time"
        }
    }
}

extension SimulationPlan.Lie {
    /// What is false, and for whom.
    fileprivate var words: String {
        var parts: [String] = []
        if even != 0 || odd != 0 { parts.append("its UTC is \(even) ns off for even hosts and \(odd) ns for odd ones") }
        if let utc { parts.append("its UTC is \(utc) ns") }
        if let statedError { parts.append("its stated error is \(statedError) ns") }
        if hold != 0 { parts.append("it held a request for \(hold) % of the round trip") }
        if let holdLength { parts.append("it held a request for \(holdLength) ns") }
        return parts.isEmpty ? "about nothing" : parts.joined(separator: ", ")
    }
}

extension ClusterNotice {
    /// The notice as what a host does, without its name.
    var words: String {
        switch self {
        case .agreed(let agreement):
            "agrees with a majority, \(agreement.agreeing) clocks: allowance \(agreement.allowance.count) ns, "
                + "agreed interval \(agreement.agreedInterval.words), skew interval \(agreement.skewInterval.words)"
        case .windowClosed(let error): "closes its window without an agreement" + (error.map { ": \($0)" } ?? "")
        case .notAgreed(let error): "does not agree yet: \(error)"
        case .stepped(let size): "finds its UTC set by \(size.count) ns"
        case .suspended(let length): "finds that it slept for \(length.count) ns"
        case .leapSecond: "finds a leap second"
        case .slewed(let rate): "finds its clocks \(rate) ppb off the raw oscillator"
        case .inconsistent(let peer, let by):
            "finds that host \(peer.place) contradicts its earlier samples by \(by.count) ns"
        case .rebooted(let peer): "finds that host \(peer.place) restarted"
        case .peerDisrupted(let peer): "hears from host \(peer.place) that its clocks were disrupted"
        }
    }
}

extension OffsetInterval {
    fileprivate var words: String { "\(lower.count) ... \(upper.count) ns" }
}

extension NodeID {
    /// The host's number in the plan.
    fileprivate var place: Int64 { Int64(clamping: rawValue) - 1 }
}
