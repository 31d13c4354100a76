/// Calls that Glibc's module map lacks, and those that the tick path makes.
///
/// Header-only. A function marked TICK_PATH neither allocates nor locks, and declares this to the Swift
/// compiler, which refuses unmarked C calls in functions that promise the same.

#ifndef C_LINUX_SHIMS_H
#define C_LINUX_SHIMS_H

#include <errno.h>
#include <linux/futex.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/random.h>
#include <sys/syscall.h>
#include <sys/timerfd.h>
#include <sys/timex.h>
#include <time.h>
#include <unistd.h>

#if defined(__clang__)
#define TICK_PATH __attribute__((swift_attr("@_noAllocation"))) __attribute__((swift_attr("@_noLocks")))
#else
#define TICK_PATH
#endif

/// Nanoseconds of `clock`. The clocks used here cannot fail; INT64_MIN if one did.
TICK_PATH static inline int64_t shim_clock_ns(clockid_t clock) {
    struct timespec t;
    if (clock_gettime(clock, &t) != 0) return INT64_MIN;
    return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

TICK_PATH static inline int64_t shim_monotonic_ns(void) { return shim_clock_ns(CLOCK_MONOTONIC); }

/// Tells the processor that this is a spin.
TICK_PATH static inline void shim_pause(void) {
#if defined(__x86_64__)
    __builtin_ia32_pause();
#elif defined(__aarch64__)
    __asm__ volatile("isb");
#endif
}

TICK_PATH static inline uint32_t shim_load_relaxed(const uint32_t *word) {
    return __atomic_load_n(word, __ATOMIC_RELAXED);
}

TICK_PATH static inline void shim_store_release(uint32_t *word, uint32_t value) {
    __atomic_store_n(word, value, __ATOMIC_RELEASE);
}

/// Sets bits of `*word`; a thread that acquires these bits sees what was written before.
TICK_PATH static inline void shim_set_bits(uint32_t *word, uint32_t bits) {
    __atomic_fetch_or(word, bits, __ATOMIC_RELEASE);
}

/// Clears bits of `*word`, and sees what was written before they were set.
TICK_PATH static inline void shim_clear_bits(uint32_t *word, uint32_t bits) {
    __atomic_fetch_and(word, ~bits, __ATOMIC_ACQ_REL);
}

TICK_PATH static inline uint32_t shim_load_acquire(const uint32_t *word) {
    return __atomic_load_n(word, __ATOMIC_ACQUIRE);
}

TICK_PATH static inline uint64_t shim_load_relaxed64(const uint64_t *word) {
    return __atomic_load_n(word, __ATOMIC_RELAXED);
}

TICK_PATH static inline uint64_t shim_load_acquire64(const uint64_t *word) {
    return __atomic_load_n(word, __ATOMIC_ACQUIRE);
}

TICK_PATH static inline void shim_store_relaxed64(uint64_t *word, uint64_t value) {
    __atomic_store_n(word, value, __ATOMIC_RELAXED);
}

TICK_PATH static inline void shim_store_release64(uint64_t *word, uint64_t value) {
    __atomic_store_n(word, value, __ATOMIC_RELEASE);
}

/// Copies the given number of bytes out of words that another thread may be writing.
TICK_PATH static inline void shim_load_words_relaxed(void *to, const uint64_t *from, size_t bytes) {
    size_t whole = bytes / sizeof *from, rest = bytes % sizeof *from;
    uint64_t word;
    for (size_t i = 0; i < whole; i++) {
        word = __atomic_load_n(from + i, __ATOMIC_RELAXED);
        memcpy((char *)to + i * sizeof word, &word, sizeof word);
    }
    if (rest == 0) return;
    word = __atomic_load_n(from + whole, __ATOMIC_RELAXED);
    memcpy((char *)to + whole * sizeof word, &word, rest);
}

TICK_PATH static inline void shim_copy_bytes(void *to, const void *from, size_t bytes) { memcpy(to, from, bytes); }

TICK_PATH static inline void shim_fence_acquire(void) { __atomic_thread_fence(__ATOMIC_ACQUIRE); }
TICK_PATH static inline void shim_fence_release(void) { __atomic_thread_fence(__ATOMIC_RELEASE); }

/// Sleeps while `*word == expected`, at most until `monotonic_ns` on CLOCK_MONOTONIC.
/// Returns 0 when woken, else the errno: ETIMEDOUT at the instant, EAGAIN if the word differed,
/// EINTR on a signal. An absolute futex wait is an absolute sleep that another thread can end.
TICK_PATH static inline int shim_futex_wait_until(uint32_t *word, uint32_t expected, int64_t monotonic_ns) {
    struct timespec until = {monotonic_ns / 1000000000, monotonic_ns % 1000000000};
    long result = syscall(SYS_futex, word, FUTEX_WAIT_BITSET | FUTEX_PRIVATE_FLAG, expected, &until, NULL,
                          FUTEX_BITSET_MATCH_ANY);
    return result < 0 ? errno : 0;
}

TICK_PATH static inline int shim_futex_wake(uint32_t *word) {
    return syscall(SYS_futex, word, FUTEX_WAKE_BITSET | FUTEX_PRIVATE_FLAG, INT32_MAX, NULL, NULL,
                   FUTEX_BITSET_MATCH_ANY) < 0 ? errno : 0;
}

/// A number that tells the calling thread from every other of the process while it lives.
static inline uint64_t shim_thread_id(void) { return (uint64_t)pthread_self(); }

typedef void (*shim_tick_handler)(void *context, const void *tick);

/// Calls a handler. Nothing is known about what it does.
TICK_PATH static inline void shim_call_handler(shim_tick_handler handler, void *context, const void *tick) {
    handler(context, tick);
}

static inline int shim_set_timer_slack(unsigned long ns) { return prctl(PR_SET_TIMERSLACK, ns, 0, 0, 0) < 0 ? errno : 0; }
static inline long shim_timer_slack(void) { return prctl(PR_GET_TIMERSLACK, 0, 0, 0, 0); }

/// Gives the calling thread a name for top, perf and debuggers, cut at 15 bytes.
static inline void shim_name_thread(const char *name) { prctl(PR_SET_NAME, name, 0, 0, 0); }

/// Binds the calling thread to one CPU. Returns 0 or the errno.
static inline int shim_bind_to_cpu(int cpu) {
    unsigned long set[16] = {0};
    const int bits = 8 * sizeof set[0];
    if (cpu < 0 || cpu >= 16 * bits) return EINVAL;
    set[cpu / bits] |= 1UL << (cpu % bits);
    // The system call itself: glibc declares its wrapper under _GNU_SOURCE, which would make this
    // module's headers differ from those that Swift's Glibc module was built with.
    return syscall(SYS_sched_setaffinity, 0, sizeof set, set) < 0 ? errno : 0;
}

/// Gives the calling thread SCHED_FIFO at `priority`. Returns 0 or the errno.
static inline int shim_set_fifo(int priority) {
    struct sched_param parameters = {.sched_priority = priority};
    return pthread_setschedparam(pthread_self(), SCHED_FIFO, &parameters);
}

static inline int shim_lock_memory(void) { return mlockall(MCL_CURRENT | MCL_FUTURE) < 0 ? errno : 0; }
static inline int shim_unlock_memory(void) { return munlockall() < 0 ? errno : 0; }

/// How the calling thread is scheduled, to be put back later.
struct shim_thread_state {
    unsigned long cpus[16];
    long timer_slack;
    int policy, priority;
    bool has_cpus, has_policy;
};

static inline struct shim_thread_state shim_save_thread(void) {
    struct shim_thread_state state = {.timer_slack = shim_timer_slack()};
    struct sched_param parameters = {0};
    // glibc's wrapper is declared only under _GNU_SOURCE: see shim_bind_to_cpu.
    state.has_cpus = syscall(SYS_sched_getaffinity, 0, sizeof state.cpus, state.cpus) > 0;
    state.has_policy = pthread_getschedparam(pthread_self(), &state.policy, &parameters) == 0;
    state.priority = parameters.sched_priority;
    return state;
}

/// Gives the calling thread back what `shim_save_thread` found. What the host refuses stays as it is.
static inline void shim_restore_thread(const struct shim_thread_state *state) {
    struct sched_param parameters = {.sched_priority = state->priority};
    if (state->has_policy) pthread_setschedparam(pthread_self(), state->policy, &parameters);
    if (state->has_cpus) syscall(SYS_sched_setaffinity, 0, sizeof state->cpus, state->cpus);
    if (state->timer_slack >= 0) shim_set_timer_slack((unsigned long)state->timer_slack);
}

/// Touches `bytes` of the calling thread's stack, so that no page of it faults later.
__attribute__((noinline)) static void shim_prefault_stack(size_t bytes) {
    volatile unsigned char stack[bytes];
    for (size_t i = 0; i < bytes; i += 4096) stack[i] = 0;
}

/// Reads the kernel's clock state. Nothing is written: `modes` is 0.
static inline int shim_read_adjtimex(struct timex *state) {
    memset(state, 0, sizeof *state);
    int result = adjtimex(state);
    return result < 0 ? -errno : result;
}

/// A timer far in the future on CLOCK_REALTIME that is cancelled whenever that clock is set.
/// Returns the descriptor or the negative errno.
static inline int shim_clock_set_watch(void) {
    int fd = timerfd_create(CLOCK_REALTIME, TFD_NONBLOCK | TFD_CLOEXEC);
    if (fd < 0) return -errno;
    struct itimerspec far = {.it_value = {.tv_sec = 9000000000}};
    if (timerfd_settime(fd, TFD_TIMER_ABSTIME | TFD_TIMER_CANCEL_ON_SET, &far, NULL) < 0) {
        int error = errno;
        close(fd);
        return -error;
    }
    return fd;
}

/// Fills `bytes` from the kernel's generator. Returns 0 or the errno.
static inline int shim_random(void *bytes, size_t count) {
    return getrandom(bytes, count, 0) == (ssize_t)count ? 0 : (errno ? errno : EIO);
}

#include "Multicast.h"
#include "Services.h"
#include "SharedMemory.h"
#include "Signals.h"
#include "Sockets.h"

#endif
