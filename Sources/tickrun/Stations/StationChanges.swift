import EtcdClient
import Foundation

/// What a watch of etcd reported, one key at a time.
enum StationChanges {
    /// Each key with its value, oldest first; `nil`: it was deleted.
    static func values(_ event: EtcdWatch.Event?) -> [(key: String, value: Data?)] {
        switch event {
        case nil: []
        case .state(let values, _): values.map { ($0.key, $0.value) }
        case .changes(let changes, _):
            changes.map { change in
                switch change.kind {
                case .put(let value): (change.key, value)
                case .delete: (change.key, nil)
                }
            }
        }
    }
}
