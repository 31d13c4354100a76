// The provenance of a bound on UTC, in the words of the contract. Each says whether the bound is evidence.

/// The provenance of a bound on UTC.
public enum BoundProvenance: Hashable, Sendable, BitwiseCopyable {
    /// There is a chain to UTC with a computed error. Only this is evidence about UTC.
    case referenced
    /// The far end follows no UTC: the bound shows agreement with that clock, and nothing about UTC.
    case unreferenced(NTPReference, NTPReference.FreeRunning)
    /// The far end takes its time from this host.
    case circular(NTPReference)
    /// No program computed an error. The offset can be shown.
    case unstated(Unstated)
    /// A PTP clock's statement is unreferenced, or without a stated error.
    case doubtful(PTPDoubt)

    /// Why there is no error.
    public enum Unstated: String, Hashable, Sendable, BitwiseCopyable {
        /// The kernel's `esterror` is 0: systemd-timesyncd writes 0; a daemon that computes an error writes more.
        case kernelWithoutEstimate = "kernel_without_estimate"
        /// The kernel's `esterror` is above its `maxerror`: phc2sys writes only `maxerror`.
        case kernelContradiction = "kernel_contradiction"
        /// The kernel's error is at its ceiling of 16 s: no daemon ever updated it, or the daemon stopped long ago.
        case kernelCeiling = "kernel_ceiling"
        /// An operator set chronyd by hand.
        case setByHand = "set_by_hand"
        /// The statement gives no provenance, because an earlier version wrote it.
        case noProvenance = "no_provenance"
    }

    /// The name in JSON.
    public var name: String {
        switch self {
        case .referenced: "referenced"
        case .unreferenced: "unreferenced"
        case .circular: "circular"
        case .unstated, .doubtful: isUnstated ? "unstated" : "unreferenced"
        }
    }

    /// Whether no error was computed.
    var isUnstated: Bool {
        switch self {
        case .unstated: true
        case .doubtful(let doubt): doubt.isUnstated
        case .referenced, .unreferenced, .circular: false
        }
    }

    /// The provenance with a given name.
    ///
    /// - Parameter reference: the reference of the server that stated the bound.
    package init(named name: String?, _ reference: NTPReference) {
        switch name {
        case "referenced": self = .referenced
        case "unreferenced": self = .unreferenced(reference, reference.freeRunning ?? .localClock)
        case "circular": self = .circular(reference)
        case "unstated": self = .unstated(reference.isSetByHand ? .setByHand : .noProvenance)
        default: self = .unstated(.noProvenance)
        }
    }

    /// Why this is not evidence about UTC, with the remedy; `nil` if it is evidence.
    public var fault: String? {
        switch self {
        case .referenced: nil
        case .unreferenced(let reference, let why): Self.text(reference, why)
        case .circular(let reference):
            "circular: its reference \(reference) is an address of this host, so it follows this clock; "
                + "name a server with another source"
        case .unstated(let why): Self.text(why)
        case .doubtful(let doubt): "\(doubt.isUnstated ? "no bound" : "unreferenced"): \(doubt.text)"
        }
    }

    private static func text(_ reference: NTPReference, _ why: NTPReference.FreeRunning) -> String {
        let what =
            switch why {
            case .localClock: "its reference \(reference) is its own local clock"
            case .ownHost: "its reference 127.0.0.1 is its own host (orphan mode, or another daemon there)"
            case .kiss: "its reference '\(reference)' says that it has no time"
            case .none: "it has no reference"
            case .stratum: "stratum \(reference.stratum) is not synchronized"
            case .unprovenMaster:
                "its reference \(reference) is set by a PTP master, and NTP does not say whether that follows UTC"
            }
        return "unreferenced: \(what), so it gives no information on UTC; name a server that follows UTC"
    }

    private static func text(_ why: Unstated) -> String {
        let what =
            switch why {
            case .kernelWithoutEstimate:
                "esterror is 0, so the time daemon (systemd-timesyncd writes 0) computed no error"
            case .kernelContradiction:
                "esterror is above maxerror, so the time daemon (phc2sys leaves esterror) computed no error"
            case .kernelCeiling: "maxerror is at the kernel's ceiling of 16 s, so no time daemon updates it"
            case .setByHand: "chronyd was set by hand, and computed no error"
            case .noProvenance:
                "the statement does not give the provenance of its bound; write it again with this version"
            }
        return "no bound: \(what)"
            + (why == .noProvenance ? "" : "; use chrony, or name NTP servers with --ntp")
    }
}
