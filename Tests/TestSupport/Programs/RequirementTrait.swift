import Foundation
import Glibc
import Synchronization
public import Testing

/// Skips a test on a machine that lacks what it needs; where `CI` is set, fails it.
public struct RequirementTrait: TestTrait, SuiteTrait, TestScoping {
    let requirements: [Requirement]
    /// Whether the test does less without them, and runs all the same.
    let isPreference: Bool

    /// Each test of a suite is skipped by itself: so they are counted.
    public var isRecursive: Bool { true }

    public func prepare(for test: Test) async throws {
        guard !test.isSuite else { return }
        let missing = Requirement.missing(of: requirements)
        guard !missing.isEmpty else { return }
        let isFailure = MissingRequirements.isCI
        guard isFailure || !isPreference else { return }
        MissingRequirements.add(missing, of: test)
        let reason = MissingReason(missing)
        if isFailure { throw reason }
        try await ConditionTrait.disabled("\(reason)").prepare(for: test)
    }

    public func provideScope(
        for test: Test, testCase: Test.Case?, performing function: @Sendable () async throws -> Void
    ) async throws {
        let declared = Requirement.declared.union(requirements.flatMap(\.withItsOwn))
        try await Requirement.$declared.withValue(declared) { try await function() }
    }
}

extension Trait where Self == RequirementTrait {
    /// The test needs these.
    public static func requires(_ requirements: Requirement...) -> Self {
        RequirementTrait(requirements: requirements, isPreference: false)
    }

    /// The test looks at more where these are, and at what matters without them; in CI they are there.
    public static func prefers(_ requirements: Requirement...) -> Self {
        RequirementTrait(requirements: requirements, isPreference: true)
    }
}

extension Requirement {
    /// What the test that runs says that it needs.
    @TaskLocal static var declared: Set<Requirement> = []

    /// Of the programs that a test is about to run, those of ours that it does not say it needs.
    public static func undeclared(_ programs: [Substring]) -> [Requirement] {
        programs.compactMap { Requirement(rawValue: String($0)) }.filter { !declared.contains($0) }
    }

    /// The programs that a shell's command may run: each of its words.
    public static func words(ofShell command: String) -> [Substring] {
        command.split { " \n\t|&;()$\"'`=".contains($0) }
    }

    /// Records an issue where a test runs a program of ours and does not say so: on a machine that has the program
    /// nothing else would tell.
    public static func expectDeclared(_ programs: [Substring]) {
        guard Test.current != nil else { return }
        for requirement in undeclared(programs) {
            let name = String(describing: requirement)
            Issue.record("the test runs \(requirement.rawValue) and does not say so: .requires(.\(name))")
        }
    }
}

/// Why a test does not run.
struct MissingReason: Error, CustomStringConvertible {
    let description: String

    init(_ missing: [Requirement]) {
        let names = missing.map(\.rawValue).joined(separator: ", ")
        description = "\(names) \(missing.count == 1 ? "is" : "are") missing: \(Requirement.remedy(for: missing))"
    }
}

/// What was missing in this run of tests, told at its end.
private enum MissingRequirements {
    private struct State {
        var tests: Set<Test.ID> = []
        var missing: Set<Requirement> = []
    }

    private static let state = Mutex(State())

    /// As most CI services set it.
    static let isCI: Bool = {
        let value = ProcessInfo.processInfo.environment["CI"] ?? ""
        return !["", "0", "false"].contains(value.lowercased())
    }()

    static func add(_ missing: [Requirement], of test: Test) {
        let isFirst = state.withLock { state in
            defer {
                state.tests.insert(test.id)
                state.missing.formUnion(missing)
            }
            return state.missing.isEmpty
        }
        // Swift Testing tells nobody that a run has ended; the process that ran the tests ends with it.
        if isFirst { atexit { MissingRequirements.tell() } }
    }

    private static func tell() {
        let (tests, missing) = state.withLock { state in
            (state.tests.count, Requirement.allCases.filter { state.missing.contains($0) })
        }
        let text = """

            \(tests) \(tests == 1 ? "test" : "tests") \(isCI ? "failed" : "skipped") for what is missing here: \
            \(missing.map(\.rawValue).joined(separator: ", ")). All of it comes by
                \(Requirement.remedy(for: missing))

            """
        FileHandle.standardError.write(Data(text.utf8))
    }
}
