import Testing

@testable import StationAgent

@Suite("The names of an agent's sessions")
struct AgentObserverNamesTests {
    @Test("a session is named a million times, which is hours of ticks, on the small stack of a thread")
    func names() async {
        // In a process of its own, because what this once did ends it.
        await #expect(processExitsWith: .success) {
            let observer = AgentObserver(commands: [:], tell: { _ in })
            observer.names { $0 == 7 ? "one" : nil }
            for _ in 0..<1_000_000 { guard observer.channel(of: 7) == "one" else { fatalError("the name is lost") } }
            guard observer.channel(of: 8) == nil else { fatalError("a name for another session") }
        }
    }
}
