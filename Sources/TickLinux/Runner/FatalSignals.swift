internal import CFatalSignals

/// Signals that end a process: SIGABRT, SIGSEGV, SIGQUIT, SIGILL, SIGFPE, SIGBUS and SIGTRAP.
package enum FatalSignals {
    /// Makes these signals end the process, as they do without the Swift runtime's backtracer.
    ///
    /// The runtime's handler prints a trace and returns, so the program would continue after a signal that a watchdog
    /// or an operator sent. A real crash still prints its trace first. Only the runtime's own handlers are replaced;
    /// the host program's handlers stay. The shared library does this when it is loaded. A program that links the
    /// runtime statically needs this call, which every loop and node makes when it begins.
    package static func endProcess() { fatal_signals_end_process() }

    /// Unblocks these signals in the calling thread and in the threads that it starts. If a parent process had
    /// blocked them, a watchdog could not end the program.
    package static func unblock() { fatal_signals_unblock() }
}
