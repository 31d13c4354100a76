// What a loop asks of the host for the whole process: to keep the processors out of deep idle states, and to lock the
// process's memory. Several loops may ask for the same. The process asks the host when the first of these loops
// begins, and releases it when the last one has ended.

internal import CLinuxShims
internal import Glibc
internal import Synchronization

/// What the running loops of this process hold jointly.
enum HostHolds {
    private static let wakeLatency = Mutex(WakeLatency())
    private static let memory = Mutex(LockedMemory())

    /// Keeps the processors out of deep idle states until `releaseWakeLatency()` has been called as many times.
    ///
    /// - Returns: why the host refused; then there is nothing to release.
    static func holdWakeLatency() -> SystemError? { wakeLatency.withLock { $0.hold() } }
    static func releaseWakeLatency() { wakeLatency.withLock { $0.release() } }

    /// Locks the process's memory until `releaseMemory()` has been called as many times.
    ///
    /// - Returns: why the host refused; then there is nothing to release.
    static func lockMemory() -> SystemError? { memory.withLock { $0.lock() } }
    static func releaseMemory() { memory.withLock { $0.release() } }
}

/// The kernel honours a request in /dev/cpu_dma_latency for as long as its descriptor is open.
private struct WakeLatency: ~Copyable {
    private var count = 0
    private var descriptor: Int32 = -1

    mutating func hold() -> SystemError? {
        if count == 0 {
            do throws(SystemError) { descriptor = try Self.open() } catch { return error }
        }
        count += 1
        return nil
    }

    mutating func release() {
        count -= 1
        guard count == 0 else { return }
        close(descriptor)
        descriptor = -1
    }

    private static func open() throws(SystemError) -> Int32 {
        let path = "/dev/cpu_dma_latency"
        let descriptor = unsafe Glibc.open(path, O_WRONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw SystemError(call: "open", subject: path, errno: errno) }
        var microseconds: Int32 = 0
        guard unsafe write(descriptor, &microseconds, 4) == 4 else {
            let error = SystemError(call: "write", subject: path, errno: errno)
            close(descriptor)
            throw error
        }
        return descriptor
    }
}

/// The kernel does not count memory locks. So the last loop unlocks all memory, unless the process had locked memory
/// before the first loop.
private struct LockedMemory: ~Copyable {
    private var count = 0
    private var wasLocked = false

    mutating func lock() -> SystemError? {
        if count == 0 { wasLocked = (try? HostProbe.lockedMemoryKiB()) != 0 }
        let error = shim_lock_memory()
        guard error == 0 else { return SystemError(call: "mlockall", errno: error) }
        count += 1
        return nil
    }

    mutating func release() {
        count -= 1
        if count == 0, !wasLocked { _ = shim_unlock_memory() }
    }
}
