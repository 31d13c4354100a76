/// An instant by which a later start of a program can tell how long ago it was.
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
