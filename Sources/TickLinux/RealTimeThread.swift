// A thread made ready for ticks: asked of the kernel once, before the first tick.
//
// Each request stands alone, and a refusal of one does not stop the others. Memory is locked before
// the stack is touched, so that its pages stay.

internal import CLinuxShims
internal import Glibc

/// What a tick thread asks of its host.
public struct ThreadRequest: Hashable, Sendable {
    /// SCHED_FIFO at this priority, 1 ... 99; `nil` stays with SCHED_OTHER.
    public var fifoPriority: Int?
    /// The one CPU to run on; `nil` leaves the choice to the kernel.
    public var cpu: Int?
    /// Whether to lock the process's memory.
    public var lockMemory: Bool
    /// Whether to hold /dev/cpu_dma_latency at 0, for as long as the process lives.
    public var holdWakeLatency: Bool

    public init(fifoPriority: Int? = nil, cpu: Int? = nil, lockMemory: Bool = false, holdWakeLatency: Bool = true) {
        self.fifoPriority = fifoPriority
        self.cpu = cpu
        self.lockMemory = lockMemory
        self.holdWakeLatency = holdWakeLatency
    }
}

/// Threads for loops.
public enum RealTimeThread {
    /// How much of its stack a tick thread has touched beforehand.
    static let prefaultedStack = 256 << 10
    static let stackSize = 1 << 20

    /// Asks the host for everything in `request`, for the calling thread (memory and wake latency
    /// for the whole process).
    ///
    /// - Returns: what was granted and what was refused, in the order asked.
    public static func prepareCurrent(_ request: ThreadRequest) -> [HostGrant] {
        var grants: [HostGrant] = []
        if request.lockMemory {
            grants.append(grant(.lockedMemory, "mlockall", "", shim_lock_memory()))
        }
        shim_prefault_stack(prefaultedStack)
        if let cpu = request.cpu {
            grants.append(grant(.cpu(cpu), "sched_setaffinity", "\(cpu)", shim_bind_to_cpu(Int32(clamping: cpu))))
        }
        if let priority = request.fifoPriority {
            let error = shim_set_fifo(Int32(clamping: priority))
            grants.append(grant(.fifo(priority: priority), "pthread_setschedparam", "\(priority)", error))
        }
        grants.append(grant(.timerSlack, "prctl", "PR_SET_TIMERSLACK", shim_set_timer_slack(1)))
        if request.holdWakeLatency { grants.append(holdWakeLatency()) }
        return grants
    }

    private static func grant(
        _ request: HostGrant.Request, _ call: String, _ subject: String, _ error: Int32
    ) -> HostGrant {
        HostGrant(request: request, refusal: error == 0 ? nil : SystemError(call: call, subject: subject, errno: error))
    }

    /// The kernel honours the request for as long as the descriptor is open: until the process ends.
    private static func holdWakeLatency() -> HostGrant {
        let path = "/dev/cpu_dma_latency"
        let descriptor = unsafe open(path, O_WRONLY | O_CLOEXEC)
        guard descriptor >= 0 else {
            return HostGrant(
                request: .wakeLatency, refusal: SystemError(call: "open", subject: path, errno: errno))
        }
        var microseconds: Int32 = 0
        guard unsafe write(descriptor, &microseconds, 4) == 4 else {
            let refusal = SystemError(call: "write", subject: path, errno: errno)
            close(descriptor)
            return HostGrant(request: .wakeLatency, refusal: refusal)
        }
        return HostGrant(request: .wakeLatency, refusal: nil)
    }

    /// A started thread, to be joined once.
    struct Handle: Sendable {
        fileprivate let thread: pthread_t
        func join() { pthread_join(thread, nil) }
        /// Leaves the thread to end by itself.
        func detach() { pthread_detach(thread) }
    }

    /// Starts a thread that runs `body` and ends, under SCHED_OTHER, on the CPUs of the calling thread.
    ///
    /// - Parameter name: what `top -H`, `perf` and a debugger call it; at most 15 bytes.
    /// - Throws: `SystemError` naming pthread_create.
    static func start(
        named name: StaticString, _ body: @escaping @Sendable () -> Void
    ) throws(SystemError) -> Handle {
        var attributes = pthread_attr_t()
        unsafe pthread_attr_init(&attributes)
        defer { unsafe pthread_attr_destroy(&attributes) }
        unsafe pthread_attr_setstacksize(&attributes, stackSize)
        // Not what its starter runs under: a drain beside a real-time thread must not compete with it.
        var ordinary = sched_param()
        unsafe pthread_attr_setinheritsched(&attributes, Int32(PTHREAD_EXPLICIT_SCHED))
        unsafe pthread_attr_setschedpolicy(&attributes, SCHED_OTHER)
        unsafe pthread_attr_setschedparam(&attributes, &ordinary)
        let box = unsafe Unmanaged.passRetained(Body(name, body))
        var thread = pthread_t()
        let error = unsafe pthread_create(
            &thread, &attributes,
            { context in
                guard let context = unsafe context else { return nil }
                let thread = unsafe Unmanaged<Body>.fromOpaque(context).takeRetainedValue()
                unsafe shim_name_thread(UnsafeRawPointer(thread.name.utf8Start).assumingMemoryBound(to: CChar.self))
                thread.body()
                return nil
            }, box.toOpaque())
        guard error == 0 else {
            unsafe box.release()
            throw SystemError(call: "pthread_create", errno: error)
        }
        return Handle(thread: thread)
    }

    private final class Body: Sendable {
        let name: StaticString
        let body: @Sendable () -> Void

        init(_ name: StaticString, _ body: @escaping @Sendable () -> Void) {
            self.name = name
            self.body = body
        }
    }
}
