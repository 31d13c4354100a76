// Handles for C programs, which may pass a wrong one. A handle is a number that looks like a pointer and is never
// followed. It holds its kind and a generation, so a closed or invalid handle is recognized without access to freed
// memory. A lookup takes no lock.

internal import CFatalSignals
internal import CLinuxShims
internal import CTickScheduler
internal import Synchronization

/// The kind of object that a handle refers to.
enum HandleKind: UInt64 {
    case loop = 1
    case cluster = 2
    case gate = 3
    case station = 4
}

/// All open handles.
@safe struct HandleTable: Sendable {
    static let shared = HandleTable()
    static let capacity = 1_024

    /// A place: its handle, 0 while it is free, and the object that it holds.
    @safe private struct Entry {
        var handle: UInt64 = 0
        var object: UnsafeMutableRawPointer?
    }

    private nonisolated(unsafe) let entries: UnsafeMutablePointer<Entry>
    /// How many handles were ever opened. Only the thread that holds the lock may open and close.
    private static let opened = Mutex<UInt64>(0)

    private init() {
        unsafe entries = .allocate(capacity: Self.capacity)
        unsafe entries.initialize(repeating: Entry(), count: Self.capacity)
    }

    private func entry(of handle: UInt64) -> UnsafeMutablePointer<Entry> {
        unsafe entries + Int(handle >> 8) % Self.capacity
    }

    private static func isOpen(_ handle: UInt64, at entry: UnsafeMutablePointer<Entry>) -> Bool {
        unsafe handle != 0 && shim_load_acquire64(&entry.pointee.handle) == handle
    }

    /// The object of an open handle of this kind; `nil` for any other number.
    func object(_ handle: UInt64, _ kind: HandleKind) -> UnsafeMutableRawPointer? {
        let entry = unsafe entry(of: handle)
        guard handle & 0xFF == kind.rawValue, unsafe Self.isOpen(handle, at: entry) else { return nil }
        return unsafe entry.pointee.object
    }

    /// A new handle; `nil` if all are taken.
    func open(_ object: UnsafeMutableRawPointer, _ kind: HandleKind) -> UInt64? {
        Self.opened.withLock { opened in
            // Each search starts at another place, so that the place of a closed handle stays empty for long.
            for step in 0..<UInt64(Self.capacity) {
                let place = (opened &+ step) % UInt64(Self.capacity), entry = unsafe entries + Int(place)
                guard unsafe entry.pointee.object == nil else { continue }
                opened &+= 1
                let handle = opened << 18 | place << 8 | kind.rawValue
                unsafe entry.pointee.object = object
                unsafe shim_store_release64(&entry.pointee.handle, handle)
                return handle
            }
            return nil
        }
    }

    /// Closes a handle. If several threads try, one receives the object, and the others `nil`.
    func close(_ handle: UInt64, _ kind: HandleKind) -> UnsafeMutableRawPointer? {
        unsafe Self.opened.withLock { _ in
            guard let object = unsafe object(handle, kind) else { return nil }
            let entry = unsafe entry(of: handle)
            unsafe shim_store_release64(&entry.pointee.handle, 0)
            unsafe entry.pointee.object = nil
            return unsafe object
        }
    }
}

extension OpaquePointer {
    /// A C handle: a number, never followed.
    var handle: UInt64 { UInt64(UInt(bitPattern: self)) }
}

/// Opens a handle that holds `object` until it is closed.
///
/// - Throws: TICK_ERROR_FULL.
func open(_ object: AnyObject, _ kind: HandleKind) throws(CallError) -> OpaquePointer {
    // In a program that links the Swift runtime statically, this is the earliest moment for it.
    fatal_signals_end_process()
    let held = unsafe Unmanaged.passRetained(object)
    guard let handle = unsafe HandleTable.shared.open(held.toOpaque(), kind),
        let pointer = unsafe OpaquePointer(bitPattern: UInt(handle))
    else {
        unsafe held.release()
        throw CallError(
            TICK_ERROR_FULL,
            "\(HandleTable.capacity) loops, clusters, gates and stations are open, which is the most; destroy some")
    }
    return unsafe pointer
}

/// The object that a handle refers to.
///
/// - Throws: TICK_ERROR_NULL, TICK_ERROR_HANDLE.
func object<Object: AnyObject>(
    _ handle: OpaquePointer?, _ kind: HandleKind, as type: Object.Type
) throws(CallError) -> Object {
    guard let handle = unsafe handle else { throw .null("\(kind)") }
    guard let found = unsafe HandleTable.shared.object(handle.handle, kind) else { throw .handle(kind) }
    return unsafe Unmanaged<Object>.fromOpaque(found).takeUnretainedValue()
}

/// Closes a handle, and gives its object to the caller.
///
/// - Throws: TICK_ERROR_NULL, TICK_ERROR_HANDLE.
func close<Object: AnyObject>(
    _ handle: OpaquePointer?, _ kind: HandleKind, as type: Object.Type
) throws(CallError) -> Object {
    guard let handle = unsafe handle else { throw .null("\(kind)") }
    guard let found = unsafe HandleTable.shared.close(handle.handle, kind) else { throw .handle(kind) }
    return unsafe Unmanaged<Object>.fromOpaque(found).takeRetainedValue()
}

extension CallError {
    fileprivate static func handle(_ kind: HandleKind) -> CallError {
        CallError(TICK_ERROR_HANDLE, "the handle is not a \(kind), or was destroyed")
    }
}
