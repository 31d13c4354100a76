/// The preemption model of a kernel, from the text of its build (`uname -v`).
package enum PreemptionModel: String, CaseIterable {
    // The other names begin with `PREEMPT`, so it is looked for last.
    case realtime = "PREEMPT_RT"
    case dynamic = "PREEMPT_DYNAMIC"
    case full = "PREEMPT"

    /// `nil` for a kernel that does not state a model, such as a server's.
    package init?(build: String) {
        guard let model = Self.allCases.first(where: { build.contains($0.rawValue) }) else { return nil }
        self = model
    }
}
