// The memory of a right that one process publishes and another one reads: an agent, and the program that ticks a
// channel for it. The reader's loop reads the memory itself. So the order of events is the same as within one process:
// what the agent publishes before it sends a request takes effect before the request leaves.
//
//     word 0      "tickair1"
//     word 1      65536 * version of the layout + words of one copy
//     words 2-7   0
//     words 8-22  the count and the two copies of a published value (`Published.swift`, `GateWords.swift`)
//
// What can go wrong:
//
// - The writer dies. Nothing renews the right, so it ends at `validUntil`.
// - The writer is hostile. It cannot remove mapped memory, because the seals are checked. A reader repeats a disturbed
//   read a bounded number of times. Any words are safe to evaluate.
// - The connection to the writer is lost. The reader cannot write, so it replaces the mapping by one of zeros, in
//   place: the loop keeps its pointer. The same call maps the memory of the next writer. A read that such a replacement
//   disturbs sees another count: counts begin at a random number, and zeros have the count 0.

internal import CLinuxShims
internal import Glibc
internal import TickTime

/// A page with a right, in the process that writes it or in one that reads it.
@safe package final class SharedPage: @unchecked Sendable {
    /// Why the memory of another process is not used.
    package enum Fault: Error, Hashable, Sendable, CustomStringConvertible {
        case system(SystemError)
        /// Its size is wrong, or it could be removed.
        case unsafe
        /// It is of another version.
        case layout(found: UInt64)

        package var description: String {
            switch self {
            case .system(let error): "\(error)"
            case .unsafe: "the memory of the right is not sealed, or of another size"
            case .layout(let found):
                "the memory of the right has the layout \(found), and this library knows \(SharedPage.layout); "
                    + "use the library and the agent of one version"
            }
        }
    }

    static let size = 4_096
    static let magic: UInt64 = 0x3172_6961_6B63_6974
    /// Version 1.
    static let layout: UInt64 = 65_536 + UInt64(MemoryLayout<GateWords>.size / 8)
    static let firstWord = 8

    /// In the process that writes: the descriptor for another process. −1 in a process that reads.
    package let descriptor: Int32
    let memory: UnsafeMutableRawPointer

    /// Where the count and the copies are.
    var storage: GateStorage {
        unsafe GateStorage(at: memory.assumingMemoryBound(to: UInt64.self) + Self.firstWord)
    }

    var isWriter: Bool { descriptor >= 0 }

    /// A page for this process to write, without a right.
    package init() throws(SystemError) {
        var place: UnsafeMutableRawPointer?
        let made = unsafe shim_shared_create(Self.size, &place)
        guard made >= 0, let place = unsafe place else {
            throw SystemError(call: "memfd_create", subject: "tick-right", errno: -made)
        }
        descriptor = made
        unsafe memory = place
        let words = unsafe place.assumingMemoryBound(to: UInt64.self)
        unsafe words[0] = Self.magic
        unsafe words[1] = Self.layout
        // Even, and not 0.
        unsafe words[Self.firstWord] = UInt64.random(in: 1...(1 << 62)) << 1
        storage.publish(GateWords(nil))
    }

    /// A page to read, without a right until `attach`.
    package init(reading: ()) throws(SystemError) {
        guard let place = unsafe shim_zeros_map(Self.size, nil) else { throw SystemError(call: "mmap", errno: errno) }
        descriptor = -1
        unsafe memory = place
    }

    deinit {
        unsafe munmap(memory, Self.size)
        if descriptor >= 0 { close(descriptor) }
    }

    /// Reads the memory of another process from now on. The caller closes the descriptor.
    ///
    /// - Precondition: the page is one to read.
    package func attach(_ other: Int32) throws(Fault) {
        precondition(!isWriter, "a page is attached in the process that reads it")
        guard shim_shared_is_safe(other, Self.size) != 0 else { throw .unsafe }
        // Checked at another address first, so that an unknown layout is never used to judge a tick.
        guard let look = unsafe shim_shared_map(other, Self.size, nil) else { throw .mapping(errno) }
        let words = unsafe look.assumingMemoryBound(to: UInt64.self)
        let (magic, layout) = unsafe (words[0], words[1])
        unsafe munmap(look, Self.size)
        guard magic == Self.magic else { throw .layout(found: magic) }
        guard layout == Self.layout else { throw .layout(found: layout) }
        guard unsafe shim_shared_map(other, Self.size, memory) != nil else { throw .mapping(errno) }
    }

    /// No right from now on: the memory of the other process is no longer read.
    ///
    /// - Precondition: the page is one to read.
    package func detach() {
        precondition(!isWriter, "a page is detached in the process that reads it")
        let mapped = unsafe shim_zeros_map(Self.size, memory)
        // The kernel replaces a page of this process by another, and has no reason to refuse. To continue with the old
        // right would be worse than to end.
        precondition(unsafe mapped != nil, "mmap: the memory of the right cannot be left, error \(errno)")
    }
}

extension SharedPage.Fault {
    fileprivate static func mapping(_ error: Int32) -> SharedPage.Fault {
        .system(SystemError(call: "mmap", subject: "tick-right", errno: error))
    }
}
