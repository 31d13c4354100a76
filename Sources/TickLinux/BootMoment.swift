internal import TickScheduling
public import TickTime

/// An instant by which a later start of a program can tell how long ago it was.
public struct BootMoment: Hashable, Sendable {
    /// The kernel's id of this boot.
    public let bootID: String
    public let boot: BootInstant
    public let utc: UTCInstant

    /// Now.
    ///
    /// - Throws: `SystemError`, where the kernel does not tell its boot.
    public static func now() throws(SystemError) -> BootMoment {
        let id = try SystemFile.line("/proc/sys/kernel/random/boot_id")
        let reading = HostClock.reading()
        return BootMoment(bootID: id, boot: reading.boot, utc: reading.utc)
    }
}
