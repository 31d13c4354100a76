// The load of a loop, and the effect of CPU quotas on it, in words and in JSON.

package import TickScheduling
internal import TickTime

/// How much of its time a loop needed, per session.
package struct LoadSummary: Sendable {
    /// A session and its due work, in millionths of the available time.
    package struct Share: Hashable, Sendable {
        package let session: String
        package let partsPerMillion: Int64
    }

    /// Of the whole run; `nil` without a tick.
    package let partsPerMillion: Int64?
    /// Every session's, largest first.
    package let shares: [Share]
    package let overloads: [LoopLoad.Overload]
    package let furtherOverloads: Int
    private let names: [SessionID: String]

    /// - Parameters:
    ///   - load: after its `finish`.
    ///   - sessions: every session that was in the loop, with its name.
    package init(_ load: LoopLoad, sessions: [(id: SessionID, name: String)]) {
        partsPerMillion = load.partsPerMillion
        names = Dictionary(sessions.map { ($0.id, $0.name) }, uniquingKeysWith: { first, _ in first })
        let all = sessions.map { Share(session: $0.name, partsPerMillion: load.partsPerMillion(of: $0.id)) }
        // Equal shares stay in the order of the sessions.
        shares = all.enumerated()
            .sorted { ($1.element.partsPerMillion, $0.offset) < ($0.element.partsPerMillion, $1.offset) }
            .map(\.element)
        overloads = load.overloads
        furtherOverloads = load.furtherOverloads
    }

    /// For the verdict: the sessions that need more time than there is; `nil` if the time is enough.
    package var headline: String? {
        guard let worst = overloads.max(by: { $0.worstPartsPerMillion < $1.worstPartsPerMillion }) else { return nil }
        let longest = overloads.count + furtherOverloads
        return "overloaded\(longest > 1 ? " \(longest) times" : ""): \(worst.text { names[$0] })"
    }

    /// For the report, under the host or all sessions.
    package var lines: [String] {
        guard let text else { return [] }
        return ["  load            \(text)"] + (headline.map { ["                  \($0)"] } ?? [])
    }

    /// `60.00 % of the loop's time, most: a 40.00 %, b 20.00 %`; `nil` without a tick.
    package var text: String? {
        guard let partsPerMillion else { return nil }
        var text = "\(Self.percent(partsPerMillion)) of the loop's time"
        guard shares.count > 1 else { return text }
        let shown = shares.prefix(LoopLoad.namedSessions)
        text += ", most: " + shown.map { "\($0.session) \(Self.percent($0.partsPerMillion))" }.joined(separator: ", ")
        if shares.count > shown.count { text += " and \(shares.count - shown.count) more" }
        return text
    }

    static func percent(_ partsPerMillion: Int64) -> String {
        Quantity.percent(Nanoseconds(partsPerMillion), of: Nanoseconds(1_000_000))
    }
}

extension LoopLoad.Overload {
    /// `20 sessions need 150.00 % of the loop's time, most: a 7.50 %, b 7.50 %, c 7.50 % and 17 more`.
    ///
    /// - Parameter name: of a session; `nil` where it is not known.
    package func text(_ name: (SessionID) -> String?) -> String {
        let sessions = sessionCount == 1 ? "1 session needs" : "\(sessionCount) sessions need"
        var text = "\(sessions) \(LoadSummary.percent(worstPartsPerMillion)) of the loop's time, most: "
        text += largest.map { share in
            "\(name(share.session) ?? "session \(share.session.index)") \(LoadSummary.percent(share.partsPerMillion))"
        }.joined(separator: ", ")
        if sessionCount > largest.count { text += " and \(sessionCount - largest.count) more" }
        return text
    }
}

extension JSONText {
    /// The member `load` of a summary.
    package mutating func load(_ load: LoadSummary) {
        object("load") { json in
            json.member("load_ppm", load.partsPerMillion)
            json.array("sessions") { json in
                for share in load.shares {
                    json.object { json in
                        json.member("session", share.session)
                        json.member("load_ppm", share.partsPerMillion)
                    }
                }
            }
            json.array("overloads") { json in
                for overload in load.overloads {
                    json.object { json in
                        json.member("begin_mono_ns", overload.begin.nanoseconds)
                        json.member("end_mono_ns", overload.end.nanoseconds)
                        json.member("load_ppm", overload.partsPerMillion)
                        json.member("worst_load_ppm", overload.worstPartsPerMillion)
                        json.member("session_count", overload.sessionCount)
                        json.array("largest") { json in
                            for share in overload.largest {
                                json.object { json in
                                    json.member("session", load.name(of: share.session))
                                    json.member("load_ppm", share.partsPerMillion)
                                }
                            }
                        }
                    }
                }
            }
            json.member("further_overloads", load.furtherOverloads)
        }
    }
}

extension LoadSummary {
    fileprivate func name(of session: SessionID) -> String { names[session] ?? "session \(session.index)" }
}
