// Only the product libtickscheduler.so contains this target, for its linker settings (Package.swift): the library
// exports the C interface alone (exports.map) and contains the Swift runtime, so that a host of it needs no Swift.
