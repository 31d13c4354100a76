// Reads heartbeats from what kubectl prints: 'get nodes -o json' and 'get leases -n kube-node-lease -o json', which are
// lists of the API's Node (v1) and Lease (coordination.k8s.io/v1) objects.

internal import Foundation
internal import TickTime

extension SyncProxy {
    /// Reads what kubectl printed. A fault in it becomes the finding: a proxy never stops a check.
    ///
    /// - Parameters:
    ///   - json: of `kubectl get nodes -o json`, or of `kubectl get leases -n kube-node-lease -o json`.
    ///   - source: the file or the command.
    package init(kind: Kind, json: [UInt8], source: String) {
        self.init(kind: kind, source: source, finding: .failed("nothing was read"))
        let list: ObjectList
        do { list = try JSONDecoder().decode(ObjectList.self, from: Data(json)) } catch {
            finding = .failed("it is not the list that kubectl prints with -o json: \(DecodingWords.text(error))")
            return
        }
        do {
            let times = try Self.times(kind, list)
            self.init(
                kind: kind, source: source, finding: .times(times.found), periods: times.periods,
                discarded: times.discarded)
        } catch {
            finding = .failed(error.text)
        }
    }

    private struct Fault: Error {
        let text: String
    }

    private struct Times {
        var found: [String: UTCInstant] = [:]
        var periods: [String: Nanoseconds] = [:]
        var discarded: [String: String] = [:]
    }

    private static func times(_ kind: Kind, _ list: ObjectList) throws(Fault) -> Times {
        guard let items = list.items else { throw Fault(text: "it holds no 'items': kubectl prints a list") }
        var times = Times()
        for item in items {
            let name = item.metadata?.name ?? ""
            guard !name.isEmpty else { throw Fault(text: "an item has no metadata.name") }
            // 'kubectl get leases -A' lists the leases of controllers as well.
            if kind == .nodeLease, let space = item.metadata?.namespace, space != "kube-node-lease" {
                times.discarded["\(space)/\(name)"] = "it is not a node's lease; use namespace kube-node-lease"
                continue
            }
            guard let text = try kind == .nodeLease ? item.renewTime(name) : item.heartbeat(name) else {
                throw Fault(
                    text: kind == .nodeLease
                        ? "lease '\(name)' has no spec.renewTime"
                        : "node '\(name)' has no Ready condition with a lastHeartbeatTime")
            }
            guard let time = try? UTCInstant(admitting: text) else {
                throw Fault(text: "'\(text.prefix(60))' of '\(name)' is not a time such as 2026-11-21T06:00:00Z")
            }
            guard times.found.updateValue(time, forKey: name) == nil else {
                throw Fault(text: "'\(name)' is listed twice")
            }
            if kind == .nodeLease { times.periods[name] = item.renewPeriod }
        }
        return times
    }

    private struct ObjectList: Decodable {
        var items: [Item]?
    }

    private struct Item: Decodable {
        struct Metadata: Decodable {
            var name: String?
            var namespace: String?
        }
        struct Condition: Decodable {
            var type: String?
            var lastHeartbeatTime: String?
        }
        struct Status: Decodable { var conditions: [Condition]? }
        struct Spec: Decodable {
            var renewTime: String?
            var leaseDurationSeconds: Int64?
        }

        var kind: String?
        var metadata: Metadata?
        var status: Status?
        var spec: Spec?

        func heartbeat(_ name: String) throws(Fault) -> String? {
            guard kind ?? "Node" == "Node" else { throw Fault(text: "'\(name)' is a \(kind ?? ""), not a Node") }
            return status?.conditions?.first { $0.type == "Ready" }?.lastHeartbeatTime
        }

        func renewTime(_ name: String) throws(Fault) -> String? {
            guard kind ?? "Lease" == "Lease" else { throw Fault(text: "'\(name)' is a \(kind ?? ""), not a Lease") }
            return spec?.renewTime
        }

        /// A kubelet renews its lease when a quarter of the lease's duration is over.
        var renewPeriod: Nanoseconds? {
            guard let seconds = spec?.leaseDurationSeconds, (1...86_400).contains(seconds) else { return nil }
            return Nanoseconds(1_000_000_000).saturatingTimes(seconds).quarter
        }
    }
}

extension Nanoseconds {
    fileprivate var quarter: Nanoseconds { Nanoseconds(count / 4) }
}
