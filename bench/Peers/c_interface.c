// Our loop through its C interface, with the same requests to the host and the same output as the Swift turns.
//
//     c_interface pulled|pushed NUMERATOR DENOMINATOR TICKS CPU PRIORITY STALL_MS
//
// With a stall, the first tick's work lasts that long, and the program prints the time of each overdue tick: `flood`,
// in ns per tick. Otherwise it prints the start lateness of each tick, the tick thread's CPU time (`thread`), and, if
// a counting library is preloaded, the thread's allocations from its tenth tick to its last (`allocations`).

#define _GNU_SOURCE
#include "peer.h"

#include <tick_scheduler.h>

extern uint64_t bench_thread_allocations(void) __attribute__((weak));

static struct {
    int64_t *lateness, ticks, stall, second, last;
    uint64_t early, late;
    int64_t thread_cpu;
} run;

static int64_t thread_cpu(void) {
    struct timespec t;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

static void on_tick(void *user_data, const tick_info *tick) {
    (void)user_data;
    int64_t index = tick->index;
    if (run.stall == 0) run.lateness[index] = tick->start_lateness_ns;
    if (index == 10 && bench_thread_allocations) run.early = bench_thread_allocations();
    if (index == 0 && run.stall > 0) {
        int64_t end = peer_now() + run.stall;
        while (peer_now() < end) {
        }
    }
    if (index == 1) run.second = tick->start_mono_ns;
    if (index == run.ticks - 1) {
        run.last = tick->start_mono_ns;
        if (bench_thread_allocations) run.late = bench_thread_allocations();
        run.thread_cpu = thread_cpu();
    }
}

static void require(tick_status status, const char *call) {
    if (status == TICK_OK) return;
    fprintf(stderr, "%s: %s\n", call, tick_last_message());
    exit(1);
}

static int refused;

static void on_incident(void *user_data, const tick_incident *incident) {
    (void)user_data;
    if (incident->kind == TICK_INCIDENT_REFUSED) fprintf(stderr, "%s\n", incident->text);
    if (incident->kind == TICK_INCIDENT_REFUSED && strstr(incident->text, "cpu_dma_latency") == NULL) refused = 1;
}

int main(int argc, char **argv) {
    if (argc != 8) {
        fprintf(stderr, "usage: %s pulled|pushed NUMERATOR DENOMINATOR TICKS CPU PRIORITY STALL_MS\n", argv[0]);
        return EXIT_USAGE;
    }
    int is_pulled = strcmp(argv[1], "pulled") == 0;
    tick_rate rate = {(uint32_t)atoll(argv[2]), (uint32_t)atoll(argv[3])};
    run.ticks = atoll(argv[4]);
    run.stall = atoll(argv[7]) * 1000000;
    run.lateness = calloc((size_t)run.ticks, sizeof *run.lateness);
    peer_require(run.lateness ? 0 : ENOMEM, "calloc");
    memset(run.lateness, 1, (size_t)run.ticks * sizeof *run.lateness);

    tick_loop_options options;
    require(tick_loop_options_init(&options, sizeof options), "tick_loop_options_init");
    options.cpu = atoi(argv[5]);
    options.fifo_priority = (uint32_t)atoi(argv[6]);
    options.locks_memory = 1;
    options.incident_handler = on_incident;
    tick_session_options session;
    require(tick_session_options_init(&session, sizeof session, rate), "tick_session_options_init");
    session.tick_count = run.ticks;
    session.handler = is_pulled ? NULL : on_tick;
    tick_loop *loop;
    require(tick_loop_create(&options, &loop), "tick_loop_create");
    require(tick_loop_add(loop, &session, NULL), "tick_loop_add");
    if (is_pulled) {
        require(tick_loop_begin(loop), "tick_loop_begin");
        tick_info tick = {.struct_size = sizeof tick};
        while (tick_loop_next(loop, &tick) == TICK_OK) on_tick(NULL, &tick);
    } else {
        require(tick_loop_start(loop), "tick_loop_start");
        require(tick_loop_wait(loop), "tick_loop_wait");
    }
    require(tick_loop_destroy(loop), "tick_loop_destroy");
    if (refused) return EXIT_REFUSED;
    if (run.stall > 0) {
        printf("flood %f\n", (double)(run.last - run.second) / (double)(run.ticks - 2));
    } else {
        for (int64_t tick = 0; tick < run.ticks; tick++) printf("%" PRId64 "\n", run.lateness[tick]);
    }
    printf("thread %" PRId64 "\n", run.thread_cpu);
    // The beginning of a loop allocates memory, so a count of 0 means that nothing was counted.
    if (run.early > 0) printf("allocations %" PRIu64 "\n", run.late - run.early);
    return fflush(stdout) == 0 ? 0 : 1;
}
