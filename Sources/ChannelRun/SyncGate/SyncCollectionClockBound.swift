import TickLinux
import TimeSyncAudit

extension SyncCollection {
    /// Where clockbound publishes its statement.
    package static let clockBoundFile = "/var/run/clockbound/shm0"
    /// The clock of a virtual machine, by which clockbound sees disruptions.
    package static let vmClockFile = "/dev/vmclock0"

    /// Reads the statement of a clockbound on this host. Ask chronyd before: clockbound proves no more than chronyd.
    ///
    /// - Parameter isWanted: whether a host without clockbound is reported.
    package mutating func addClockBound(
        file: String = clockBoundFile, vmClock: String = vmClockFile, isWanted: Bool
    ) {
        let memory: [UInt8]?
        do { memory = try Self.steadyBytes(of: file) } catch {
            if isWanted || !error.isMissing {
                add(.clockBound, file, fault: "\(error); is clockbound running?", hasAnswered: false)
            }
            return
        }
        add(
            SyncEvidence(
                node: host, clockBound: memory, vmClock: (try? Self.steadyBytes(of: vmClock)) ?? nil,
                at: HostClock.monotonic(), chrony: evidence.last { $0.method == .chronyTracking }?.finding,
                source: file, taken: HostClock.utc()))
    }

    /// The bytes of memory that another program may be writing: read until two readings are the same. Each writer
    /// changes a count before it changes anything else.
    ///
    /// - Returns: `nil` if it was being written at each look.
    private static func steadyBytes(of path: String) throws(SystemError) -> [UInt8]? {
        var last = try SystemFile.read(path, limit: 4_096)
        for _ in 0..<64 {
            let next = try SystemFile.read(path, limit: 4_096)
            if next == last { return next }
            last = next
        }
        return nil
    }
}
