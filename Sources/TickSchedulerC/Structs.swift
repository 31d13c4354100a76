// swift-format-ignore-file: AlwaysUseLowerCamelCase
// The names are those of the header.

// Structs that may grow: each begins with struct_size. A program built against an older header passes a shorter
// struct; the missing fields get their defaults. A program built against a newer header passes a longer struct; the
// fields that this library does not know must be 0, because it would silently ignore them. A result is cut to the
// caller's size.

internal import CTickScheduler

/// A struct of the interface that begins with its size.
protocol SizedStruct {
    /// Its size in the first version of the interface, which no later version may shorten.
    static var firstSize: Int { get }
    /// With every field at its default.
    init()
    var struct_size: UInt32 { get set }
}

extension SizedStruct {
    private static var name: String { "\(Self.self)" }

    /// The caller's struct, completed by `defaults`.
    ///
    /// - Throws: TICK_ERROR_NULL, TICK_ERROR_STRUCT_SIZE.
    static func read(_ pointer: UnsafePointer<Self>?, over defaults: Self) throws(CallError) -> Self {
        guard let pointer = unsafe pointer else { throw .null(name) }
        let raw = unsafe UnsafeRawPointer(pointer), own = MemoryLayout<Self>.size
        let size = Int(unsafe raw.load(as: UInt32.self))
        try check(size)
        for place in own..<max(own, size) where unsafe raw.load(fromByteOffset: place, as: UInt8.self) != 0 {
            throw CallError(
                TICK_ERROR_STRUCT_SIZE,
                "\(name) has \(size) bytes, and a byte beyond the \(own) bytes that this library knows is not 0; "
                    + "leave new fields at 0, or link a later library")
        }
        var value = defaults
        unsafe withUnsafeMutableBytes(of: &value) { bytes in
            unsafe bytes.copyMemory(from: UnsafeRawBufferPointer(start: raw, count: min(size, own)))
        }
        value.struct_size = UInt32(own)
        return value
    }

    /// Fills in as many fields as the caller has room for.
    static func write(_ value: Self, to pointer: UnsafeMutablePointer<Self>?) throws(CallError) {
        guard let pointer = unsafe pointer else { throw .null(name) }
        let size = Int(unsafe UnsafeRawPointer(pointer).load(as: UInt32.self))
        try check(size)
        unsafe put(value, to: pointer, size)
    }

    /// Checks that a caller's struct can be filled in, before the call does anything.
    static func requireRoom(at pointer: UnsafeMutablePointer<Self>?) throws(CallError) {
        guard let pointer = unsafe pointer else { throw .null(name) }
        try check(Int(unsafe UnsafeRawPointer(pointer).load(as: UInt32.self)))
    }

    /// Sets a caller's struct to its defaults, and its size.
    static func initialize(_ pointer: UnsafeMutablePointer<Self>?, _ size: Int, to value: Self) throws(CallError) {
        guard let pointer = unsafe pointer else { throw .null(name) }
        try check(size)
        unsafe UnsafeMutableRawPointer(pointer).initializeMemory(as: UInt8.self, repeating: 0, count: size)
        unsafe put(value, to: pointer, size)
    }

    private static func put(_ value: Self, to pointer: UnsafeMutablePointer<Self>, _ size: Int) {
        var value = value
        value.struct_size = UInt32(size)
        unsafe withUnsafeBytes(of: &value) { bytes in
            unsafe UnsafeMutableRawPointer(pointer).copyMemory(
                from: bytes.baseAddress!, byteCount: min(size, bytes.count))
        }
    }

    private static func check(_ size: Int) throws(CallError) {
        // Longer than any struct of this library will be: the caller did not initialize it.
        guard size >= firstSize, size <= 1 << 16 else {
            throw CallError(
                TICK_ERROR_STRUCT_SIZE,
                "\(name).struct_size is \(size), but must be at least \(firstSize); set it to sizeof(\(name))")
        }
    }
}

extension tick_info: SizedStruct { static var firstSize: Int { 184 } }
extension tick_session_options: SizedStruct { static var firstSize: Int { 120 } }
extension tick_air_right: SizedStruct { static var firstSize: Int { 48 } }
extension tick_station_options: SizedStruct { static var firstSize: Int { 64 } }
extension tick_epoch: SizedStruct { static var firstSize: Int { 56 } }
extension tick_seam: SizedStruct { static var firstSize: Int { 48 } }
extension tick_placed_block: SizedStruct { static var firstSize: Int { 56 } }
extension tick_cluster_options: SizedStruct { static var firstSize: Int { 120 } }
extension tick_loop_options: SizedStruct { static var firstSize: Int { 96 } }
extension tick_statistics: SizedStruct { static var firstSize: Int { 144 } }
