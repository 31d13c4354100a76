import EtcdClient
import Foundation
import Glibc
import TestSupport
import TickTime
import Testing

/// A real etcd, and etcdctl as the independent reader and writer.
@Suite("A real etcd", .serialized)
struct LiveEtcdTests {
    private static func client(_ cluster: EtcdCluster, limit: Nanoseconds = .seconds(5)) throws -> EtcdClient {
        EtcdClient(try EtcdConfiguration(endpoints: cluster.endpoints, timeLimit: limit))
    }

    @Test("what is written is read by etcdctl and by us, and compared by revision", .requires(.etcd, .etcdctl))
    func readsAndWrites() async throws {
        let cluster = try await EtcdCluster()
        let client = try Self.client(cluster)
        let revision = try await onOwnThread { try client.put("/t/a", Data("one\u{0}ä".utf8)) }
        #expect(try await cluster.control("get", "/t/a", "--print-value-only").standardOutput == "one\u{0}ä\n")
        try await cluster.control("put", "/t/b", "")
        let read = try await onOwnThread { try client.read(.prefix("/t/")) }
        #expect(read.values.map(\.key) == ["/t/a", "/t/b"] && read.values[1].value.isEmpty)
        #expect(read.values[0].modRevision == revision && read.values[0].version == 1)

        let swap = Transaction(
            if: [.revision(of: "/t/a", is: revision), .revision(of: "/t/c", is: 0)],
            then: [.put(key: "/t/c", value: Data("c".utf8)), .get(.key("/t/b")), .delete(.key("/t/a"))],
            otherwise: [.get(.prefix("/t/"))])
        let first = try await onOwnThread { try client.transact(swap) }
        #expect(first.succeeded && first.reads.map { $0.map(\.key) } == [["/t/b"]])
        let second = try await onOwnThread { try client.transact(swap) }
        #expect(!second.succeeded && second.reads.map { $0.map(\.key) } == [["/t/b", "/t/c"]])
        let value = Transaction(if: [.value(of: "/t/c", is: Data("c".utf8))], then: [], otherwise: [])
        #expect(try await onOwnThread { try client.transact(value).succeeded })

        let status = try await onOwnThread { try client.status(ofEndpoint: 0) }
        #expect(status.version.hasPrefix("3.") && status.leader == status.member && status.revision >= revision)
    }

    @Test("with authentication, a user reads what its role allows", .requires(.etcd, .etcdctl))
    func authentication() async throws {
        let cluster = try await EtcdCluster()
        for command in [
            ["user", "add", "root:r"], ["user", "grant-role", "root", "root"], ["user", "add", "station:secret"],
            ["role", "add", "station"], ["role", "grant-permission", "station", "--prefix=true", "readwrite", "/t/"],
            ["user", "grant-role", "station", "station"],
        ] {
            var process = RunProcess(Requirement.etcdctl.path, ["--endpoints", cluster.endpoints[0]] + command)
            process.environment = ["ETCDCTL_API": "3"]
            let run = try await process.run()
            #expect(run.exitCode == 0, "\(command): \(run.standardError)")
        }
        try await cluster.control("auth", "enable")
        func client(_ user: EtcdConfiguration.User?) throws -> EtcdClient {
            EtcdClient(try EtcdConfiguration(endpoints: cluster.endpoints, user: user))
        }
        let known = try client(.init(name: "station", password: "secret"))
        _ = try await onOwnThread { try known.put("/t/a", Data("1".utf8)) }
        let denied = await #expect(throws: EtcdError.self) { try await onOwnThread { try known.put("/x", Data()) } }
        #expect("\(denied!)".contains("permission denied") && denied?.mayHaveBeenApplied == false, "\(denied!)")
        for stranger in [nil, EtcdConfiguration.User(name: "station", password: "wrong")] {
            let unknown = try client(stranger)
            let error = await #expect(throws: EtcdError.self) {
                try await onOwnThread { try unknown.put("/t/a", Data()) }
            }
            guard case .notAuthenticated = error else {
                Issue.record("\(String(describing: error))")
                continue
            }
        }
    }

    @Test("a watch brings each change once and in order, also deletions", .requires(.etcd, .etcdctl))
    func watch() async throws {
        let cluster = try await EtcdCluster()
        let client = try Self.client(cluster)
        _ = try await onOwnThread { try client.put("/t/a", Data("0".utf8)) }
        let seen = try await onOwnThread {
            let watch = EtcdWatch(client, .prefix("/t/"))
            var events: [EtcdWatch.Event] = []
            if let event = watch.next(timeLimit: .seconds(5)) { events.append(event) }
            for number in 1...20 { try client.put("/t/a", Data("\(number)".utf8)) }
            _ = try client.transact(Transaction(if: [], then: [.delete(.key("/t/a"))]))
            while let event = watch.next(timeLimit: .milliseconds(500)) { events.append(event) }
            return events
        }
        guard case .state(let values, _) = try #require(seen.first) else {
            Issue.record("\(seen)")
            return
        }
        #expect(values.map(\.key) == ["/t/a"])
        let changes = seen.dropFirst().flatMap { event -> [KeyChange] in
            if case .changes(let changes, _) = event { changes } else { [] }
        }
        let texts = changes.map { change in
            if case .put(let value) = change.kind { String(decoding: value, as: UTF8.self) } else { "deleted" }
        }
        #expect(texts == (1...20).map { "\($0)" } + ["deleted"])
        #expect(changes.map(\.revision) == changes.map(\.revision).sorted())
    }

    @Test(
        "a watch whose revision was compacted reads the keys anew; one whose member died goes on and misses nothing",
        .requires(.etcd, .etcdctl))
    func watchFaults() async throws {
        let cluster = try await EtcdCluster(members: 3)
        let client = try Self.client(cluster)
        let watching = Log<EtcdWatch.Event>(), stop = Flag()
        let watcher = Task {
            try await onOwnThread {
                let watch = EtcdWatch(client, .prefix("/t/"), silence: .seconds(1))
                while !stop.isRaised {
                    if let event = watch.next(timeLimit: .milliseconds(200)) { watching.append(event) }
                }
            }
        }
        func texts() -> [String] {
            watching.entries.flatMap { event -> [String] in
                switch event {
                case .state(let values, _): values.map { String(decoding: $0.value, as: UTF8.self) }
                case .changes(let changes, _):
                    changes.map {
                        if case .put(let value) = $0.kind { String(decoding: value, as: UTF8.self) } else { "-" }
                    }
                }
            }
        }
        func wait(for text: String) async throws {
            _ = try await waitUntil(within: .seconds(30)) { texts().contains(text) }
        }
        let writer = try EtcdConfiguration(endpoints: Array(cluster.endpoints.reversed()), timeLimit: .seconds(10))
        let second = EtcdClient(writer)
        for number in 1...5 { _ = try await onOwnThread { try second.put("/t/a", Data("\(number)".utf8)) } }
        try await wait(for: "5")
        // The member that the watch is at stops, and dies. Its connection is silent first.
        cluster.send(SIGSTOP, to: 0)
        for number in 6...10 {
            while (try? await onOwnThread { try second.put("/t/a", Data("\(number)".utf8)) }) == nil {}
        }
        try await wait(for: "10")
        cluster.kill(0)
        for number in 11...15 {
            while (try? await onOwnThread { try second.put("/t/a", Data("\(number)".utf8)) }) == nil {}
        }
        try await wait(for: "15")
        stop.raise()
        _ = try await watcher.value
        // A write whose answer was lost may stand twice; none may be missing, and none out of order.
        let numbers = texts().compactMap { Int($0) }
        #expect(Set(numbers) == Set(1...15).subtracting(numbers.first.map { Set(1..<$0) } ?? []), "\(numbers)")
        #expect(numbers == numbers.sorted(), "\(numbers)")
    }

    @Test(
        "etcd's leader killed: writes are accepted again by themselves within five seconds", .requires(.etcd, .etcdctl))
    func leaderKilled() async throws {
        let cluster = try await EtcdCluster(members: 3)
        let client = try Self.client(cluster, limit: .milliseconds(500))
        _ = try await onOwnThread { try client.put("/t/a", Data("1".utf8)) }
        let leader = try #require(
            try await onOwnThread {
                try cluster.endpoints.indices.first { index in
                    let status = try client.status(ofEndpoint: index)
                    return status.leader == status.member
                }
            })
        cluster.kill(leader)
        let start = ContinuousClock.now
        var failures = 0
        while (try? await onOwnThread { try client.put("/t/a", Data("2".utf8)) }) == nil {
            failures += 1
            try #require(ContinuousClock.now - start < .seconds(30))
        }
        #expect(failures > 0 || leader != 0)
        #expect(try await onOwnThread { try client.read(.key("/t/a")).values.first?.value } == Data("2".utf8))
    }
}
