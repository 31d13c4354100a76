// An exception: a person with authority accepts, for one version in one environment and for a limited time, an
// assurance of another party instead of a measurement of some node's clock.

package import TickTime

/// What may replace a measurement, and for how long.
package struct SyncException: Hashable, Sendable {
    package static let schemaName = "tickrun/sync-exception/1"

    /// A party outside the cluster that gives an assurance for its clocks.
    package struct Assurance: Hashable, Sendable {
        /// In results and in `method`: `azure_ntp_sla`.
        package var name: String
        /// In sentences: `Azure SLA`.
        package var title: String
        /// By how much a clock may be off UTC, as claimed.
        package var claimedBound: Nanoseconds
        /// Where the claim is published.
        package var document: String?

        package init(name: String, title: String, claimedBound: Nanoseconds, document: String? = nil) {
            self.name = name
            self.title = title
            self.claimedBound = claimedBound
            self.document = document
        }
    }

    package var id: String
    /// The only version to which it applies.
    package var version: String
    /// The only environment to which it applies.
    package var environment: String
    /// Who granted it.
    package var authority: String
    package var issued: UTCInstant
    /// It applies before this instant, but not at it.
    package var expires: UTCInstant
    package var accepts: Assurance
    /// Why it was needed.
    package var reason: String?

    package init(
        id: String, version: String, environment: String, authority: String, issued: UTCInstant,
        expires: UTCInstant, accepts: Assurance, reason: String? = nil
    ) {
        self.id = id
        self.version = version
        self.environment = environment
        self.authority = authority
        self.issued = issued
        self.expires = expires
        self.accepts = accepts
        self.reason = reason
    }

    /// Why an exception does not apply.
    package enum Refusal: Hashable, Sendable, CustomStringConvertible {
        case notYetIssued(UTCInstant)
        case expired(UTCInstant)
        case otherVersion(bound: String, checked: String)
        case otherEnvironment(bound: String, checked: String)
        /// The environment of this check is not given.
        case environmentUnknown(bound: String)
        /// The claimed bound would not pass if it were measured.
        case claimTooWide(Nanoseconds, limit: Nanoseconds)

        package var description: String {
            switch self {
            case .notYetIssued(let instant): "it is issued on \(instant.iso8601), which is in the future"
            case .expired(let instant): "it expired on \(instant.iso8601)"
            case .otherVersion(let bound, let checked): "it applies to version '\(bound)', but this is '\(checked)'"
            case .otherEnvironment(let bound, let checked):
                "it applies to environment '\(bound)', but this is '\(checked)'"
            case .environmentUnknown(let bound):
                "it applies to environment '\(bound)', but the environment of this check is not given"
            case .claimTooWide(let claimed, let limit):
                "it accepts a claim of \(SyncText.milliseconds(claimed)), beyond the \(SyncText.milliseconds(limit)) that a single node may be off"
            }
        }
    }

    /// Everything that keeps it from applying; nothing, if it applies.
    package func refusals(under circumstances: SyncCircumstances) -> [Refusal] {
        var refusals: [Refusal] = []
        if circumstances.now < issued { refusals.append(.notYetIssued(issued)) }
        if circumstances.now >= expires { refusals.append(.expired(expires)) }
        if circumstances.version != version {
            refusals.append(.otherVersion(bound: version, checked: circumstances.version))
        }
        if let environment = circumstances.environment {
            if environment != self.environment {
                refusals.append(.otherEnvironment(bound: self.environment, checked: environment))
            }
        } else {
            refusals.append(.environmentUnknown(bound: environment))
        }
        if accepts.claimedBound > circumstances.limits.alone {
            refusals.append(.claimTooWide(accepts.claimedBound, limit: circumstances.limits.alone))
        }
        return refusals
    }
}

/// What a check judges by, and what an exception is compared with.
package struct SyncCircumstances: Hashable, Sendable {
    package var now: UTCInstant
    /// The version that is to go on air.
    package var version: String
    /// The environment; `nil` if not given.
    package var environment: String?
    package var limits: SyncLimits

    package init(now: UTCInstant, version: String, environment: String?, limits: SyncLimits = .canon) {
        self.now = now
        self.version = version
        self.environment = environment
        self.limits = limits
    }
}

/// How far clocks may be apart.
package struct SyncLimits: Hashable, Sendable {
    /// The requirement's: 50 ms between any two nodes, and 25 ms, half of that, for a single node, so that any two such
    /// nodes are within 50 ms.
    package static let canon = SyncLimits(pairwise: .milliseconds(50), alone: .milliseconds(25))

    /// Between any two nodes, uncertainty included: from 1 ns to the requirement's.
    package var pairwise: Nanoseconds
    /// A single node against UTC, uncertainty included: from 1 ns to the requirement's.
    package var alone: Nanoseconds
    /// Whether every node is compared with UTC, and not only a single one.
    package var comparesEveryNodeWithUTC: Bool

    package init(pairwise: Nanoseconds, alone: Nanoseconds, comparesEveryNodeWithUTC: Bool = false) {
        self.pairwise = pairwise
        self.alone = alone
        self.comparesEveryNodeWithUTC = comparesEveryNodeWithUTC
    }

    /// A check by these limits shows what a check by `other` shows.
    package func isAtLeastAsStrict(as other: SyncLimits) -> Bool {
        pairwise <= other.pairwise && alone <= other.alone
            && (comparesEveryNodeWithUTC || !other.comparesEveryNodeWithUTC)
    }

    /// The spread of heartbeats, inclusive: 5 s.
    package static let heartbeat = Nanoseconds.seconds(5)
}
