// Prepares a thread for ticks. The requests to the kernel are made once, before the first tick.
//
// Each request is independent: the refusal of one does not stop the others. Memory is locked before the stack is
// touched, so that the stack's pages stay in memory.

internal import CLinuxShims
internal import Glibc
internal import Synchronization

/// What a tick thread asks of its host.
public struct ThreadRequest: Hashable, Sendable {
    /// SCHED_FIFO at this priority, 1 ... 99; `nil` keeps SCHED_OTHER.
    public var fifoPriority: Int?
    /// The one CPU to run on; `nil` leaves the choice to the kernel.
    public var cpu: Int?
    /// Whether to lock the process's memory while the loop runs. Do not use it in a program that locks its memory
    /// itself: the kernel does not distinguish its later mlockall(2) from ours.
    public var lockMemory: Bool
    /// Whether to hold /dev/cpu_dma_latency at 0 while the loop runs: all loops of the process share one descriptor.
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
    /// How much of its stack a tick thread touches before it begins.
    static let prefaultedStack = 256 << 10
    static let stackSize = 1 << 20

    /// Asks the host for everything in `request`, for the calling thread (memory and wake latency
    /// for the whole process). A grant lasts until the thread, or the process, ends.
    ///
    /// - Returns: what was granted and what was refused, in the order of the requests.
    public static func prepareCurrent(_ request: ThreadRequest) -> [HostGrant] { ask(request) }

    /// As `prepareCurrent`, but `PreparedThread.giveBack()` gives back what was granted.
    static func prepare(_ request: ThreadRequest) -> PreparedThread {
        let before = shim_save_thread()
        return PreparedThread(ask(request), before)
    }

    private static func ask(_ request: ThreadRequest) -> [HostGrant] {
        var grants: [HostGrant] = []
        if request.lockMemory { grants.append(HostGrant(request: .lockedMemory, refusal: HostHolds.lockMemory())) }
        shim_prefault_stack(prefaultedStack)
        if let cpu = request.cpu {
            grants.append(grant(.cpu(cpu), "sched_setaffinity", "\(cpu)", shim_bind_to_cpu(Int32(clamping: cpu))))
        }
        if let priority = request.fifoPriority {
            let error = shim_set_fifo(Int32(clamping: priority))
            grants.append(grant(.fifo(priority: priority), "pthread_setschedparam", "\(priority)", error))
        }
        grants.append(grant(.timerSlack, "prctl", "PR_SET_TIMERSLACK", shim_set_timer_slack(1)))
        if request.holdWakeLatency {
            grants.append(HostGrant(request: .wakeLatency, refusal: HostHolds.holdWakeLatency()))
        }
        return grants
    }

    private static func grant(
        _ request: HostGrant.Request, _ call: String, _ subject: String, _ error: Int32
    ) -> HostGrant {
        HostGrant(request: request, refusal: error == 0 ? nil : SystemError(call: call, subject: subject, errno: error))
    }

    /// A started thread, to be joined once.
    package struct Handle: Sendable {
        fileprivate let thread: pthread_t
        package func join() { pthread_join(thread, nil) }
        /// Detaches the thread, which then ends by itself.
        package func detach() { pthread_detach(thread) }
    }

    /// Starts a thread that runs `body` and ends, under SCHED_OTHER, on the CPUs of the calling thread.
    ///
    /// - Parameter name: the thread's name in `top -H`, `perf` and a debugger; at most 15 bytes.
    /// - Throws: `SystemError` naming pthread_create.
    package static func start(
        named name: StaticString, _ body: @escaping @Sendable () -> Void
    ) throws(SystemError) -> Handle {
        FatalSignals.endProcess()
        var attributes = pthread_attr_t()
        unsafe pthread_attr_init(&attributes)
        defer { unsafe pthread_attr_destroy(&attributes) }
        unsafe pthread_attr_setstacksize(&attributes, stackSize)
        // Do not inherit the policy: a drain must not compete with its real-time thread.
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

/// A thread that was prepared for a loop, with what must be given back after the loop.
final class PreparedThread: Sendable {
    /// What the host granted and refused, in the order of the requests.
    let grants: [HostGrant]
    private let before: shim_thread_state
    private let thread = shim_thread_id()
    private let isGivenBack = Atomic<Bool>(false)

    fileprivate init(_ grants: [HostGrant], _ before: shim_thread_state) {
        self.grants = grants
        self.before = before
    }

    /// Gives back what the loop was granted. A second call does nothing.
    ///
    /// The thread's scheduling, CPUs and timer slack are restored only if the prepared thread itself calls this; no
    /// other thread can. What the whole process holds is released on any thread.
    func giveBack() {
        guard !isGivenBack.exchange(true, ordering: .acquiringAndReleasing) else { return }
        for grant in grants where grant.isGranted {
            switch grant.request {
            case .lockedMemory: HostHolds.releaseMemory()
            case .wakeLatency: HostHolds.releaseWakeLatency()
            case .fifo, .cpu, .timerSlack: break
            }
        }
        guard thread == shim_thread_id() else { return }
        var state = before
        unsafe shim_restore_thread(&state)
    }

    deinit { giveBack() }
}
