// Many sessions in one loop, as most programs on Linux do it: a periodic timerfd for each, all in one epoll set, with
// one read(2) per expiration.
//
//     timerfd_loop SECONDS CPU PRIORITY WORK_NS NUM DEN COUNT [NUM DEN COUNT ...]
//
// The groups' sessions come in turn, as ours do. A timer's interval is in whole nanoseconds and is never set again.
// This is the cheapest way; at 59.94 it leaves the grid by a third of a nanosecond per tick, which is ignored. A
// timer that expired more than once before its read counts as a missed period. CPU time is measured from the second
// tick of the first session to its last, so it does not include the set-up.

#define _GNU_SOURCE
#include "peer.h"

#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/timerfd.h>

#define BATCH 1024

struct session {
    int64_t interval, first, expirations;
    int descriptor;
};

static int compare(const void *a, const void *b) {
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return (x > y) - (x < y);
}

static int64_t cpu_time(void) {
    struct timespec t;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

int main(int argc, char **argv) {
    if (argc < 8 || (argc - 5) % 3 != 0) {
        fprintf(stderr, "usage: %s SECONDS CPU PRIORITY WORK_NS NUM DEN COUNT ...\n", argv[0]);
        return EXIT_USAGE;
    }
    int64_t seconds = atoll(argv[1]), work = atoll(argv[4]);
    int groups = (argc - 5) / 3;
    int64_t left[groups], interval[groups];
    int64_t count = 0, capacity = 0;
    for (int group = 0; group < groups; group++) {
        int64_t numerator = atoll(argv[5 + 3 * group]), denominator = atoll(argv[6 + 3 * group]);
        left[group] = atoll(argv[7 + 3 * group]);
        interval[group] = (denominator * 1000000000 + numerator / 2) / numerator;
        count += left[group];
        capacity += left[group] * (seconds * 1000000000 / interval[group] + 8);
    }
    struct rlimit files = {.rlim_cur = (rlim_t)count + 64, .rlim_max = (rlim_t)count + 64};
    struct rlimit now;
    peer_require(getrlimit(RLIMIT_NOFILE, &now) ? errno : 0, "getrlimit");
    if (now.rlim_cur < files.rlim_cur) {
        if (now.rlim_max > files.rlim_max) files.rlim_max = now.rlim_max;
        peer_require(setrlimit(RLIMIT_NOFILE, &files) ? errno : 0, "setrlimit RLIMIT_NOFILE");
    }
    struct session *sessions = calloc((size_t)count, sizeof *sessions);
    int64_t *lateness = malloc((size_t)capacity * sizeof *lateness);
    peer_require(sessions && lateness ? 0 : ENOMEM, "malloc");
    memset(lateness, 1, (size_t)capacity * sizeof *lateness);

    int poll = epoll_create1(EPOLL_CLOEXEC);
    peer_require(poll < 0 ? errno : 0, "epoll_create1");
    peer_request(atoi(argv[2]), atoi(argv[3]));
    int64_t epoch = peer_now() + 20000000 + count * 5000;
    for (int64_t index = 0, group = 0; index < count; index++, group = (group + 1) % groups) {
        while (left[group] == 0) group = (group + 1) % groups;
        left[group]--;
        struct session *session = &sessions[index];
        session->interval = interval[group];
        session->first = epoch;
        session->descriptor = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC);
        peer_require(session->descriptor < 0 ? errno : 0, "timerfd_create");
        struct itimerspec timer = {
            .it_value = {epoch / 1000000000, epoch % 1000000000},
            .it_interval = {session->interval / 1000000000, session->interval % 1000000000},
        };
        peer_require(timerfd_settime(session->descriptor, TFD_TIMER_ABSTIME, &timer, NULL) ? errno : 0,
                     "timerfd_settime");
        struct epoll_event event = {.events = EPOLLIN, .data.u32 = (uint32_t)index};
        peer_require(epoll_ctl(poll, EPOLL_CTL_ADD, session->descriptor, &event) ? errno : 0, "epoll_ctl");
    }

    int64_t last = seconds * 1000000000 / sessions[0].interval - 1, ticks = 0, missed = 0;
    int64_t begin = 0, begin_cpu = 0, begin_ticks = 0, end = 0, end_cpu = 0, end_ticks = 0;
    struct epoll_event events[BATCH];
    while (end == 0) {
        int ready = epoll_wait(poll, events, BATCH, -1);
        if (ready < 0 && errno != EINTR) peer_require(errno, "epoll_wait");
        for (int place = 0; place < ready; place++) {
            struct session *session = &sessions[events[place].data.u32];
            uint64_t expirations;
            if (read(session->descriptor, &expirations, sizeof expirations) != sizeof expirations) continue;
            int64_t start = peer_now();
            int64_t tick = session->expirations;
            session->expirations += (int64_t)expirations;
            int64_t late = start - (session->first + tick * session->interval);
            missed += (int64_t)expirations - 1;
            if (ticks < capacity) lateness[ticks] = late;
            ticks++;
            while (work > 0 && peer_now() - start < work) {
            }
            if (session != sessions) continue;
            if (begin == 0 && tick >= 1) {
                begin = peer_now();
                begin_cpu = cpu_time();
                begin_ticks = ticks;
            } else if (tick >= last) {
                end = peer_now();
                end_cpu = cpu_time();
                end_ticks = ticks;
            }
        }
    }
    int64_t kept = ticks < capacity ? ticks : capacity;
    qsort(lateness, (size_t)kept, sizeof *lateness, compare);
    printf("ticks %" PRId64 "\nmissed %" PRId64 "\nlost 0\n", ticks, missed);
    printf("p50 %" PRId64 "\np99 %" PRId64 "\nmax %" PRId64 "\n", lateness[(kept * 500 + 999) / 1000 - 1],
           lateness[(kept * 990 + 999) / 1000 - 1], lateness[kept - 1]);
    printf("window_ticks %" PRId64 "\nwindow %" PRId64 "\n", end_ticks - begin_ticks, end - begin);
    printf("thread_cpu %" PRId64 "\nprocess_cpu %" PRId64 "\n", end_cpu - begin_cpu, end_cpu - begin_cpu);
    return fflush(stdout) == 0 ? 0 : 1;
}
