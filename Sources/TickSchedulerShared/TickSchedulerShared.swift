// Only the product libtickscheduler.so contains this target, for its linker settings (Package.swift): the library
// exports only the C interface (exports.map) and contains the Swift runtime, so that its host program needs no Swift.
