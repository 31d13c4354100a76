/// What a check found of the clocks that it judges: whether they are synchronized.
public enum SyncStatus: String, Hashable, Sendable, CaseIterable, Codable {
    case pass = "PASS"
    /// Some node was not measured; an exception that applies stands in, and a proxy does not contradict it.
    case passWithException = "PASS_WITH_EXCEPTION"
    /// The same, but no proxy supports it.
    case failProxyPassSLA = "FAIL_PROXY_PASS_SLA"
    case fail = "FAIL"

    /// Whether the host may go on air. Everything that lets a run begin, or calls a check good, asks here.
    ///
    /// - Parameter isStrict: whether an exception does not count.
    public func mayGoOnAir(strictly isStrict: Bool = false) -> Bool {
        switch self {
        case .pass: true
        case .passWithException: !isStrict
        case .failProxyPassSLA, .fail: false
        }
    }
}
