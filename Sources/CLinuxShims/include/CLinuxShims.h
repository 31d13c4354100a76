/// Calls that Glibc's module map lacks, and those that the tick path makes.
///
/// Header-only. A function marked TICK_PATH neither allocates nor locks, and says so to the Swift
/// compiler, which refuses unmarked C calls in functions that promise the same.

#ifndef C_LINUX_SHIMS_H
#define C_LINUX_SHIMS_H

#include <errno.h>
#include <linux/futex.h>
#include <netdb.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/random.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
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

/// Sets bits of `*word`; what was written before is seen by who acquires them.
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

/// Calls a handler, on whose behaviour nothing is promised.
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

/// The address of a UDP socket, of either family.
struct shim_address {
    struct sockaddr_storage storage;
    socklen_t length;
};

/// Finds the first address of a host and a port, both as text. Returns 0 or the error of getaddrinfo.
static inline int shim_resolve(const char *host, const char *port, int numeric, struct shim_address *address) {
    struct addrinfo hints = {.ai_socktype = SOCK_DGRAM, .ai_flags = AI_NUMERICSERV | (numeric ? AI_NUMERICHOST : 0)};
    struct addrinfo *found = NULL;
    int error = getaddrinfo(host, port, &hints, &found);
    if (error != 0) return error;
    memset(address, 0, sizeof *address);
    memcpy(&address->storage, found->ai_addr, found->ai_addrlen);
    address->length = found->ai_addrlen;
    freeaddrinfo(found);
    return 0;
}

static inline const char *shim_resolve_error(int error) { return gai_strerror(error); }

/// Whether both are the same host and port. The scope and the flow of IPv6 do not count.
static inline int shim_same_address(const struct shim_address *a, const struct shim_address *b) {
    if (a->storage.ss_family != b->storage.ss_family) return 0;
    if (a->storage.ss_family == AF_INET) {
        const struct sockaddr_in *x = (const struct sockaddr_in *)&a->storage, *y = (const struct sockaddr_in *)&b->storage;
        return x->sin_port == y->sin_port && x->sin_addr.s_addr == y->sin_addr.s_addr;
    }
    const struct sockaddr_in6 *x = (const struct sockaddr_in6 *)&a->storage, *y = (const struct sockaddr_in6 *)&b->storage;
    return x->sin6_port == y->sin6_port && memcmp(&x->sin6_addr, &y->sin6_addr, sizeof x->sin6_addr) == 0;
}

/// A non-blocking UDP socket of the family of `address`, bound to it, or to nothing where `binds` is 0.
/// Returns the descriptor or the negative errno.
static inline int shim_udp_open(const struct shim_address *address, int binds) {
    int fd = socket(address->storage.ss_family, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0) return -errno;
    int one = 1;
    if (address->storage.ss_family == AF_INET6) setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &one, sizeof one);
    if (binds && bind(fd, (const struct sockaddr *)&address->storage, address->length) < 0) {
        int error = errno;
        close(fd);
        return -error;
    }
    return fd;
}

/// The port that the socket is bound to, or the negative errno.
static inline int shim_udp_port(int fd) {
    struct sockaddr_storage own;
    socklen_t length = sizeof own;
    if (getsockname(fd, (struct sockaddr *)&own, &length) < 0) return -errno;
    return ntohs(own.ss_family == AF_INET ? ((struct sockaddr_in *)&own)->sin_port : ((struct sockaddr_in6 *)&own)->sin6_port);
}

/// Sends one datagram. Returns 0 or the errno.
static inline int shim_udp_send(int fd, const void *bytes, size_t count, const struct shim_address *to) {
    return sendto(fd, bytes, count, MSG_NOSIGNAL, (const struct sockaddr *)&to->storage, to->length) < 0 ? errno : 0;
}

/// Takes one datagram: its true length, even where it was longer than `capacity`, or the negative errno.
static inline long shim_udp_receive(int fd, void *bytes, size_t capacity, struct shim_address *from) {
    memset(from, 0, sizeof *from);
    from->length = sizeof from->storage;
    long count = recvfrom(fd, bytes, capacity, MSG_TRUNC, (struct sockaddr *)&from->storage, &from->length);
    return count < 0 ? -errno : count;
}

/// Waits until one of two descriptors (the second may be −1) can be read, at most so many milliseconds.
/// Returns a bit for each, or the negative errno.
static inline int shim_wait_readable(int first, int second, int milliseconds) {
    struct pollfd fds[2] = {{.fd = first, .events = POLLIN}, {.fd = second, .events = POLLIN}};
    int count = poll(fds, 2, milliseconds);
    if (count < 0) return -errno;
    return (fds[0].revents != 0 ? 1 : 0) | (fds[1].revents != 0 ? 2 : 0);
}

/// Fills `bytes` from the kernel's generator. Returns 0 or the errno.
static inline int shim_random(void *bytes, size_t count) {
    return getrandom(bytes, count, 0) == (ssize_t)count ? 0 : (errno ? errno : EIO);
}

/// Blocks SIGINT and SIGTERM in the calling thread and those it starts, and returns a descriptor
/// that reads them instead, or the negative errno.
static inline int shim_interrupt_watch(void) {
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGINT);
    sigaddset(&set, SIGTERM);
    int error = pthread_sigmask(SIG_BLOCK, &set, NULL);
    if (error != 0) return -error;
    int fd = signalfd(-1, &set, SFD_CLOEXEC);
    return fd < 0 ? -errno : fd;
}

#endif
