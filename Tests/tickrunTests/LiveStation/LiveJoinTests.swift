import Foundation
import Glibc
import TestSupport
import Testing

/// Real agents, and real C programs that tick their channel.
@Suite("Programs that take a channel's rights from an agent", .serialized, .timeLimit(.minutes(6)))
struct LiveJoinTests {
    @Test(
        "a program that is killed loses the channel to the other host's program, back and forth, with no index twice",
        .requires(.etcd, .etcdctl, .cc, .gcc), arguments: ["hot", "cold"])
    func programKilled(standby: String) async throws {
        try await JoinedStation.with(standby: standby) { station in
            var (host, number) = try await station.owner()
            for _ in 0..<2 {
                try station.program(of: host).end()
                let next = try await station.owner(from: number + 1)
                #expect(next.host != host, "\(station.transcript)")
                try station.startProgram(host)
                // It is fit again before the other one is killed.
                let agent = try #require(station.cluster.processes[host])
                let process = try station.program(of: host).pid
                try await station.wait("joined") {
                    agent.lines.contains { $0.contains("program_joined") && $0.contains(":\(process),") }
                }
                (host, number) = next
            }
            station.expectOneOwner()
        }
    }

    @Test(
        "an agent that is killed leaves its program off air at the end of the right, and finds it again; no index twice",
        .requires(.etcd, .etcdctl, .cc, .gcc))
    func agentKilled() async throws {
        try await JoinedStation.with { station in
            let (host, number) = try await station.owner()
            try await station.expectShown(host)
            let program = try station.program(of: host)
            station.cluster.kill(host)
            try await station.wait("off air") { program.lines.last == "off" }
            #expect(!program.hasEnded)
            let next = try await station.owner(from: number + 1)
            #expect(next.host != host, "\(station.transcript)")
            // The same process joins the agent that comes back, with the session that it has.
            try await station.startAgent(host)
            let agent = try #require(station.cluster.processes[host])
            try await station.wait("joined") {
                agent.lines.contains { $0.contains("program_joined") && $0.contains(":\(program.pid),") }
            }
            try await station.wait("a tenure") { agent.lines.contains { $0.contains(#""tenure":"held""#) } }
            try station.program(of: next.host).end()
            let last = try await station.owner(from: next.number + 1)
            #expect(last.host == host && !program.hasEnded, "\(station.transcript)")
            station.expectOneOwner()
        }
    }
}
