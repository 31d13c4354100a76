/* Preloaded into a program, steps its CLOCK_REALTIME once, and no other clock.
 *
 * STEP_AFTER_MS  milliseconds of the process's life after which the step comes
 * STEP_BY_MS     how far, in milliseconds; negative is back
 *
 * The clock of the host is not touched, so what the kernel tells of steps (timerfd with
 * TFD_TIMER_CANCEL_ON_SET) does not come: only readings of the clock show this step.
 */
#define _GNU_SOURCE
#include <stdint.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

static int64_t step_at_ns = INT64_MAX;
static int64_t step_ns = 0;

static int64_t nanoseconds(const struct timespec *t) { return (int64_t)t->tv_sec * 1000000000 + t->tv_nsec; }

/* The raw call, so that no symbol lookup is needed before it. */
static int read_clock(clockid_t clock, struct timespec *t) { return (int)syscall(SYS_clock_gettime, clock, t); }

__attribute__((constructor)) static void begin(void) {
    const char *after = getenv("STEP_AFTER_MS"), *by = getenv("STEP_BY_MS");
    struct timespec now;
    if (!after || !by || read_clock(CLOCK_MONOTONIC, &now) != 0) return;
    step_ns = strtoll(by, NULL, 10) * 1000000;
    step_at_ns = nanoseconds(&now) + strtoll(after, NULL, 10) * 1000000;
}

int clock_gettime(clockid_t clock, struct timespec *t) {
    int result = read_clock(clock, t);
    if (result != 0 || clock != CLOCK_REALTIME) return result;
    struct timespec now;
    if (read_clock(CLOCK_MONOTONIC, &now) != 0 || nanoseconds(&now) < step_at_ns) return result;
    int64_t stepped = nanoseconds(t) + step_ns;
    t->tv_sec = stepped / 1000000000;
    t->tv_nsec = stepped % 1000000000;
    return result;
}
