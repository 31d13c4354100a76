import Foundation
import TestSupport
import Testing

/// A station with a real etcd and no host: a test writes what hosts would, with etcdctl, and runs the operators'
/// commands.
final class OperatorStation: @unchecked Sendable {
    let etcd: EtcdCluster
    let folder: TemporaryFolder
    var path: String { folder.path + "/a.json" }

    /// - Parameters:
    ///   - endpoints: in the station's file; `nil`: the cluster's.
    ///   - more: further members of the station's file.
    init(endpoints: [String]? = nil, more: String = "") async throws {
        etcd = try await EtcdCluster()
        folder = try TemporaryFolder()
        try write(endpoints ?? etcd.endpoints, more)
    }

    func write(_ endpoints: [String], _ more: String = "") throws {
        let list = endpoints.map { #"{"endpoint":"\#($0)"}"# }.joined(separator: ",")
        let text = """
            {"schema":"tickrun/station/1","station":"studio-a","host":"a","cluster":"cluster.json",\
            "state":"state.json","etcd":[\(list)]\(more)}
            """
        try Data(text.utf8).write(to: URL(filePath: path))
    }

    func tickrun(_ words: String...) async throws -> RunProcess.Result {
        try await RunProcess.tickrun(words + ["--station", path]).run()
    }

    /// Runs a command that must succeed, and returns its objects.
    func json(_ words: String..., exitCode: Int32 = 0) async throws -> [[String: Any]] {
        let run = try await RunProcess.tickrun(words + ["--station", path, "--json"]).run()
        #expect(run.exitCode == exitCode, "\(words): \(run.standardError)")
        return try run.lines.map {
            try #require(try JSONSerialization.jsonObject(with: Data($0.utf8)) as? [String: Any])
        }
    }

    func put(_ key: String, _ text: String) async throws {
        let run = try await etcd.control("put", "/tickrun/studio-a/" + key, text)
        #expect(run.exitCode == 0, "\(run.standardError)")
    }

    func get(_ key: String) async throws -> String {
        try await etcd.control("get", "/tickrun/studio-a/" + key, "--print-value-only").standardOutput
            .trimmingCharacters(in: .newlines)
    }

    /// What a host writes of itself.
    func host(_ name: String, _ state: String = "active", bound: Int64? = 1_000_000, reason: String? = nil) async throws
    {
        let fitness = [
            bound.map { #""clock_bound_nanoseconds":\#($0)"# }, reason.map { #""reason":"\#($0)""# },
        ].compactMap(\.self).joined(separator: ",")
        try await put("tenures/\(name)", #"{"generation":1,"state":"\#(state)"}"#)
        try await put(
            "hosts/\(name)",
            """
            {"generation":1,"state":"\(state)","attempt":{"process":1,"number":1},\
            "payload":{"claims":{},"fitness":{\(fitness)}}}
            """)
    }

    /// What a host writes that takes a channel.
    func air(_ channel: String, _ host: String, fencingNumber: Int = 1) async throws {
        try await put(
            "channels/\(channel)/air",
            """
            {"host":"\(host)","generation":1,"first_tick":100,"fencing_number":\(fencingNumber),\
            "phase":{"tick":0,"tai_nanoseconds":0,"bound_nanoseconds":0}}
            """)
    }
}
