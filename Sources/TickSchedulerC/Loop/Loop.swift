// A loop of a C program: made with its options, given sessions, then either pushed (by a runner) or pulled (by the
// caller's thread). The pulling thread finds the loop through `record`, in the loop's own memory, so that a tick
// costs no reference count. Every other call takes the lock.

internal import CLinuxShims
internal import CTickScheduler
internal import Synchronization
internal import TickLinux
internal import TickScheduling
internal import TickTime

@safe final class Loop: @unchecked Sendable {
    private enum Stage {
        case created
        case starting
        case pushed(TickRunner)
        /// A thread waits for the end of the loop.
        case waitedFor(TickRunner)
        case pulled(LoopControl)
        case ended(LoopControl?)
    }

    private struct State {
        var stage = Stage.created
        var requests: [SessionRequest] = []
    }

    private let options: LoopOptions
    private let observation: LoopObservation
    private var journal: JournalObserver?
    private let state = Mutex(State())
    /// The pulled loop. Once it has begun, only its owner thread may use it.
    let record: UnsafeMutablePointer<PulledLoop>

    init(_ options: LoopOptions) {
        self.options = options
        observation = LoopObservation(
            hasSessionHistograms: options.hasSessionHistograms, incidents: options.incidents)
        unsafe record = .allocate(capacity: 1)
        unsafe record.initialize(to: PulledLoop())
    }

    deinit {
        unsafe record.deinitialize(count: 1)
        unsafe record.deallocate()
    }

    // MARK: - Beginning

    private static let begun = CallError(TICK_ERROR_STATE, "the loop has begun already; make another loop")
    static let notBegun = CallError(
        TICK_ERROR_STATE, "the loop has not begun; call tick_loop_start or tick_loop_begin first")

    /// Takes the sessions with which the loop begins.
    private func takeRequests() throws(CallError) -> [SessionRequest] {
        try state.withLock { (state) throws(CallError) in
            guard case .created = state.stage else { throw Self.begun }
            state.stage = .starting
            return state.requests
        }
    }

    private func set(_ stage: Stage) { state.withLock { $0.stage = stage } }

    /// Begins with `body`, and records the beginning in the journal if there is one.
    private func begin<Begun: ~Copyable>(
        _ body: ([SessionRequest], any LoopObserver) throws(LoopError) -> Begun
    ) throws(CallError) -> Begun {
        let requests = try takeRequests()
        do throws(CallError) {
            let observer: any LoopObserver
            if let path = options.journalPath {
                let file: JournalFile
                do { file = try JournalFile(creating: path) } catch { throw CallError(error) }
                let recorder = JournalObserver(
                    file, sync: options.journalSync, name: options.journalName, wait: options.runner.loop.wait,
                    program: "tick_scheduler \(TICK_SCHEDULER_VERSION >> 16).\(TICK_SCHEDULER_VERSION & 0xFFFF)",
                    complain: { [observation] in observation.journalFailed($0) }, observer: observation)
                journal = recorder
                observer = recorder
            } else {
                observer = observation
            }
            do { return try body(requests, observer) } catch { throw CallError(error) }
        } catch {
            journal = nil
            set(.created)
            throw error
        }
    }

    func start() throws(CallError) {
        let runner = try begin { (requests, observer) throws(LoopError) in
            try Self.start(requests, options.runner, observer)
        }
        set(.pushed(runner))
    }

    private static func start(
        _ requests: [SessionRequest], _ options: TickRunnerOptions, _ observer: some LoopObserver
    ) throws(LoopError) -> TickRunner {
        try TickRunner.start(requests, options: options, observer: observer)
    }

    func beginHere() throws(CallError) {
        let loop = try begin { (requests, observer) throws(LoopError) in
            try Self.beginHere(requests, options.runner, observer)
        }
        let place = UnsafeMutablePointer<ObservedLoop>.allocate(capacity: 1)
        let control = loop.loop.control
        unsafe place.initialize(to: loop)
        unsafe record.pointee.thread = shim_thread_id()
        unsafe record.pointee.loop = place
        // Last: a thread that sees the loop as pulled also sees its owner.
        set(.pulled(control))
    }

    private static func beginHere(
        _ requests: [SessionRequest], _ options: TickRunnerOptions, _ observer: some LoopObserver
    ) throws(LoopError) -> ObservedLoop {
        try ObservedLoop.begin(requests, options: options, observer: observer)
    }

    // MARK: - Ending

    func wait() throws(CallError) {
        let runner: TickRunner? = try state.withLock { (state) throws(CallError) in
            switch state.stage {
            case .created, .starting: throw Self.notBegun
            case .pulled:
                throw CallError(TICK_ERROR_STATE, "the loop is pulled; call tick_loop_next until it returns TICK_ENDED")
            case .waitedFor(let runner):
                if runner.control.isOnLoopThread { throw CallError(LoopError.calledOnTickThread) }
                throw CallError(TICK_ERROR_STATE, "another thread waits for the loop already; only one may wait")
            case .ended: return nil
            case .pushed(let runner):
                if runner.control.isOnLoopThread { throw CallError(LoopError.calledOnTickThread) }
                state.stage = .waitedFor(runner)
                return runner
            }
        }
        guard let runner else { return }
        finish(runner.wait())
        set(.ended(runner.control))
    }

    private func finish(_ ending: TickRunner.Ending) {
        observation.finish(ending)
        journal?.finish(ending)
        journal = nil
    }

    /// Called on the pulling thread, after the last tick.
    func finishPulled() {
        guard let place = unsafe record.pointee.loop else { return }
        unsafe record.pointee.loop = nil
        unsafe record.pointee.hasEnded = true
        let control = unsafe place.pointee.loop.control
        finish(unsafe place.pointee.finish())
        set(.ended(control))
        unsafe place.deinitialize(count: 1)
        unsafe place.deallocate()
    }

    /// Whether the calling thread may end it.
    ///
    /// - Throws: TICK_ERROR_THREAD, TICK_ERROR_STATE.
    func requireEndable() throws(CallError) {
        try state.withLock { (state) throws(CallError) in
            switch state.stage {
            case .pushed(let runner):
                if runner.control.isOnLoopThread { throw CallError(LoopError.calledOnTickThread) }
            case .waitedFor(let runner) where runner.control.isOnLoopThread:
                throw CallError(LoopError.calledOnTickThread)
            case .waitedFor, .starting:
                throw CallError(
                    TICK_ERROR_STATE, "another thread starts the loop or waits for it; let that return first")
            case .pulled:
                guard unsafe record.pointee.thread == shim_thread_id() else { throw Self.otherThread }
            case .created, .ended: break
            }
        }
    }

    static let otherThread = CallError(
        TICK_ERROR_THREAD, "the loop was begun on another thread; only that thread may pull and destroy it")

    func end() {
        stop()
        try? wait()
        finishPulled()
    }

    func stop() { control?.requestStop() }

    // MARK: - Changes

    var control: LoopControl? {
        state.withLock { state in
            switch state.stage {
            case .created, .starting: nil
            case .pushed(let runner), .waitedFor(let runner): runner.control
            case .pulled(let control): control
            case .ended(let control): control
            }
        }
    }

    /// Changes the running loop: at once on the pulling thread, between two ticks from any other thread.
    private func change<Result>(
        pulled: (inout TickLoop) throws(LoopError) -> Result, other: (LoopControl) throws(LoopError) -> Result
    ) throws(CallError) -> Result {
        guard let control else { throw Self.notBegun }
        do throws(LoopError) {
            if unsafe record.pointee.thread == shim_thread_id(), let place = unsafe record.pointee.loop {
                return try unsafe pulled(&place.pointee.loop)
            }
            return try other(control)
        } catch {
            throw CallError(error)
        }
    }

    func add(_ request: SessionRequest) throws(CallError) -> Int32 {
        // Before the loop begins, sessions are numbered in the order in which they are added.
        let number: Int32? = try state.withLock { (state) throws(CallError) in
            switch state.stage {
            case .created:
                state.requests.append(request)
                return Int32(state.requests.count - 1)
            case .starting: throw CallError(TICK_ERROR_STATE, "another thread starts the loop; let that return first")
            default: return nil
            }
        }
        if let number { return number }
        return try change { (loop) throws(LoopError) in
            try loop.add(request).index
        } other: { control throws(LoopError) in
            try control.add(request).index
        }
    }

    private func id(of session: Int32) throws(CallError) -> SessionID {
        guard let control else { throw Self.notBegun }
        guard let id = control.session(numbered: session) else {
            throw CallError(
                TICK_ERROR_NO_SESSION, "the loop has no session \(session): it was removed, or never added")
        }
        return id
    }

    func remove(_ session: Int32) throws(CallError) -> TickSession.EndReason {
        let id = try id(of: session)
        return try change { (loop) throws(LoopError) in
            try loop.remove(id)
        } other: { control throws(LoopError) in
            try control.remove(id)
        }
    }

    func requestRemoval(of session: Int32) throws(CallError) {
        let id = try id(of: session)
        guard let control else { throw Self.notBegun }
        do { try control.requestRemoval(of: id) } catch { throw CallError(error) }
    }

    func succeed(_ session: Int32, atOrAfter utc: UTCInstant, by request: SessionRequest?) throws(CallError) -> Seam {
        let id = try id(of: session)
        return try change { (loop) throws(LoopError) in
            try loop.succeed(id, atOrAfter: utc, by: request)
        } other: { control throws(LoopError) in
            try control.succeed(id, atOrAfter: utc, by: request)
        }
    }

    func append(_ block: Block, to session: Int32) throws(CallError) -> PlacedBlock {
        let id = try id(of: session)
        return try change { (loop) throws(LoopError) in
            try loop.append(block, to: id)
        } other: {
            control throws(LoopError) in
            try control.append(block, to: id)
        }
    }

    // MARK: - Queries

    func epoch(of session: Int32) throws(CallError) -> SessionEpoch {
        // The loop knows a new session before the drain does.
        if let control, let id = control.session(numbered: session), let epoch = control.epoch(of: id) { return epoch }
        return try observation.epoch(of: session)
    }

    func endReason(of session: Int32) throws(CallError) -> TickSession.EndReason? {
        try observation.endReason(of: session)
    }

    func statistics(of session: Int32) throws(CallError) -> tick_statistics { try observation.statistics(of: session) }

    func percentile(
        _ percentile: Double, of histogram: tick_histogram, _ session: Int32
    ) throws(CallError) -> Nanoseconds {
        guard percentile >= 0, percentile <= 100 else {
            throw CallError(TICK_ERROR_ARGUMENT, "percentile is \(percentile); give 0 ... 100")
        }
        let value = try observation.withHistogram(histogram, of: session) { histogram in
            histogram.value(atPercentile: percentile)
        }
        guard let value else { throw CallError(TICK_ERROR_RANGE, "the histogram is empty; ask again after a tick") }
        return value
    }

    func forEachBucket(
        of histogram: tick_histogram, _ session: Int32, _ visit: (Nanoseconds, Nanoseconds, Int64) -> Void
    ) throws(CallError) {
        try observation.withHistogram(histogram, of: session) { $0.forEachBucket(visit) }
    }
}
