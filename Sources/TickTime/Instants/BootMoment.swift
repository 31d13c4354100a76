/// An instant that a program records, so that its next start can tell how long ago that was.
public struct BootMoment: Hashable, Sendable {
    /// The kernel's id of the boot.
    public let bootID: String
    public let boot: BootInstant
    public let utc: UTCInstant

    public init(bootID: String, boot: BootInstant, utc: UTCInstant) {
        self.bootID = bootID
        self.boot = boot
        self.utc = utc
    }
}
