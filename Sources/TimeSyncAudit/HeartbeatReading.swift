// Heartbeats out of what kubectl prints: 'get nodes -o json' and 'get leases -n kube-node-lease -o json', which
// are lists of the API's Node (v1) and Lease (coordination.k8s.io/v1) objects.

internal import Foundation
internal import TickTime

extension SyncProxy {
    /// Reads what kubectl printed. What cannot be read becomes the finding: a proxy never stops a check.
    ///
    /// - Parameters:
    ///   - json: of `kubectl get nodes -o json`, or of `kubectl get leases -n kube-node-lease -o json`.
    ///   - source: the file or the command.
    public init(kind: Kind, json: [UInt8], source: String) {
        self.init(kind: kind, source: source, finding: .failed("nothing was read"))
        do {
            let list = try JSONDecoder().decode(ObjectList.self, from: Data(json))
            finding = .times(try Self.times(kind, list))
        } catch let fault as Fault {
            finding = .failed(fault.text)
        } catch {
            finding = .failed("it is not the list that kubectl prints with -o json: \(DecodingWords.text(error))")
        }
    }

    private struct Fault: Error {
        let text: String
    }

    private static func times(_ kind: Kind, _ list: ObjectList) throws -> [String: UTCInstant] {
        guard let items = list.items else { throw Fault(text: "it holds no 'items': kubectl prints a list") }
        var times: [String: UTCInstant] = [:]
        for item in items {
            let name = item.metadata?.name ?? ""
            guard !name.isEmpty else { throw Fault(text: "an item has no metadata.name") }
            guard let text = try kind == .nodeLease ? item.renewTime(name) : item.heartbeat(name) else {
                throw Fault(
                    text: kind == .nodeLease
                        ? "lease '\(name)' has no spec.renewTime"
                        : "node '\(name)' has no Ready condition with a lastHeartbeatTime")
            }
            guard let time = try? UTCInstant(admitting: text) else {
                throw Fault(text: "'\(text.prefix(60))' of '\(name)' is no time such as 2026-11-21T06:00:00Z")
            }
            guard times.updateValue(time, forKey: name) == nil else {
                throw Fault(text: "'\(name)' stands there twice")
            }
        }
        return times
    }

    private struct ObjectList: Decodable {
        var items: [Item]?
    }

    private struct Item: Decodable {
        struct Metadata: Decodable { var name: String? }
        struct Condition: Decodable {
            var type: String?
            var lastHeartbeatTime: String?
        }
        struct Status: Decodable { var conditions: [Condition]? }
        struct Spec: Decodable { var renewTime: String? }

        var kind: String?
        var metadata: Metadata?
        var status: Status?
        var spec: Spec?

        func heartbeat(_ name: String) throws -> String? {
            guard kind ?? "Node" == "Node" else { throw Fault(text: "'\(name)' is a \(kind ?? ""), not a Node") }
            return status?.conditions?.first { $0.type == "Ready" }?.lastHeartbeatTime
        }

        func renewTime(_ name: String) throws -> String? {
            guard kind ?? "Lease" == "Lease" else { throw Fault(text: "'\(name)' is a \(kind ?? ""), not a Lease") }
            return spec?.renewTime
        }
    }
}
