/// Signals that end the process: a handler and its state, which no header can hold.

#ifndef C_FATAL_SIGNALS_H
#define C_FATAL_SIGNALS_H

/// Makes SIGABRT, SIGSEGV, SIGQUIT, SIGILL, SIGFPE, SIGBUS and SIGTRAP end the process again where the Swift
/// runtime's backtracer would print a trace and go on. Replaces the runtime's own handlers and no others, so it
/// may be called at any time and any number of times. See fatal_signals.c.
void fatal_signals_end_process(void);

/// Unblocks these seven signals in the calling thread. A parent process may have blocked them, and a child
/// inherits that.
void fatal_signals_unblock(void);

#endif
