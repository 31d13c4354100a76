#pragma once

// Calls that `tickrun host` needs and that Glibc's module map lacks. They only read.

#include <errno.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/timex.h>

/// What the kernel says of its own clock.
struct tick_clock_state {
    /// The return value of adjtimex: TIME_OK (0) ... TIME_ERROR (5); negative: -errno.
    int state;
    /// STA_ bits.
    int status;
    /// TAI - UTC in seconds; 0 if nobody has set it.
    int tai_offset_s;
    /// Microseconds, as the time daemon left them and the kernel has grown them since.
    long max_error_us;
    long estimated_error_us;
};

/// adjtimex(2) with modes 0, which reads and needs no privilege. Any other mode writes.
static inline struct tick_clock_state tick_read_clock_state(void) {
    struct timex reading;
    memset(&reading, 0, sizeof reading);
    int state = adjtimex(&reading);
    struct tick_clock_state result = {
        .state = state < 0 ? -errno : state,
        .status = reading.status,
        .tai_offset_s = reading.tai,
        .max_error_us = reading.maxerror,
        .estimated_error_us = reading.esterror,
    };
    return result;
}

/// prctl(PR_GET_TIMERSLACK): the calling thread's timer slack in nanoseconds; negative: -errno.
static inline long tick_read_timer_slack_ns(void) {
    int slack = prctl(PR_GET_TIMERSLACK, 0, 0, 0, 0);
    return slack < 0 ? -errno : slack;
}
