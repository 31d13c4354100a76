// Starts and destroys loops, pushed and pulled in turn, and prints what the process holds before and after: open
// descriptors, those of /dev/cpu_dma_latency, threads, mappings, KiB of locked memory, and this thread's scheduling.
// The first loops are not counted, because the libraries keep what they allocate once.
//
//     leftovers LOOPS

#define _GNU_SOURCE
#include <dirent.h>
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <tick_scheduler.h>
#include <unistd.h>

static int entries(const char *path) {
    int count = 0;
    DIR *folder = opendir(path);
    if (folder == NULL) return -1;
    while (readdir(folder) != NULL) count++;
    closedir(folder);
    return count;
}

static int descriptors_of(const char *file) {
    int count = 0;
    struct dirent *entry;
    DIR *folder = opendir("/proc/self/fd");
    if (folder == NULL) return -1;
    while ((entry = readdir(folder)) != NULL) {
        char path[300], target[300];
        snprintf(path, sizeof path, "/proc/self/fd/%s", entry->d_name);
        ssize_t length = readlink(path, target, sizeof target - 1);
        if (length < 0) continue;
        target[length] = 0;
        if (strcmp(target, file) == 0) count++;
    }
    closedir(folder);
    return count;
}

static int lines(const char *path) {
    int count = 0, byte;
    FILE *file = fopen(path, "r");
    if (file == NULL) return -1;
    while ((byte = getc(file)) != EOF) count += byte == '\n';
    fclose(file);
    return count;
}

static long locked(void) {
    char line[256];
    long kib = -1;
    FILE *file = fopen("/proc/self/status", "r");
    if (file == NULL) return -1;
    while (fgets(line, sizeof line, file) != NULL) {
        if (strncmp(line, "VmLck:", 6) == 0) kib = strtol(line + 6, NULL, 10);
    }
    fclose(file);
    return kib;
}

static void tell(const char *when) {
    struct sched_param parameters;
    cpu_set_t cpus;
    int policy = -1;
    pthread_getschedparam(pthread_self(), &policy, &parameters);
    CPU_ZERO(&cpus);
    sched_getaffinity(0, sizeof cpus, &cpus);
    printf("{\"when\":\"%s\",\"descriptors\":%d,\"latency_descriptors\":%d,\"threads\":%d,\"mappings\":%d,"
           "\"locked_kib\":%ld,\"policy\":%d,\"cpus\":%d,\"timer_slack\":%d}\n",
           when, entries("/proc/self/fd"), descriptors_of("/dev/cpu_dma_latency"), entries("/proc/self/task"),
           lines("/proc/self/maps"), locked(), policy, CPU_COUNT(&cpus), prctl(PR_GET_TIMERSLACK, 0, 0, 0, 0));
    fflush(stdout);
}

#define CALL(call)                                                                    \
    do {                                                                              \
        if ((call) != TICK_OK) {                                                      \
            fprintf(stderr, "line %d: %s: %s\n", __LINE__, #call, tick_last_message()); \
            exit(2);                                                                  \
        }                                                                             \
    } while (0)

/* One loop of two ticks, from creation to destruction. */
static void one(int number) {
    tick_loop *loop;
    tick_loop_options options;
    tick_session_options session;
    const tick_rate rate = {1000, 1};
    CALL(tick_loop_options_init(&options, sizeof options));
    options.cpu = 0;
    options.locks_memory = 1;
    options.fifo_priority = 1;
    options.ring_capacity = 1024;
    CALL(tick_loop_create(&options, &loop));
    CALL(tick_session_options_init(&session, sizeof session, rate));
    session.tick_count = 2;
    CALL(tick_loop_add(loop, &session, NULL));
    if (number % 2 == 0) {
        CALL(tick_loop_start(loop));
        if (number == 4) tell("running");
        CALL(tick_loop_wait(loop));
    } else {
        tick_info tick;
        tick_status status;
        tick.struct_size = sizeof tick;
        CALL(tick_loop_begin(loop));
        while ((status = tick_loop_next(loop, &tick)) == TICK_OK) {}
        if (status != TICK_ENDED) {
            fprintf(stderr, "%s\n", tick_last_message());
            exit(2);
        }
    }
    CALL(tick_loop_destroy(loop));
}

int main(int count, char **words) {
    int loops = count > 1 ? atoi(words[1]) : 500;
    for (int i = 0; i < 20; i++) one(i);
    tell("before");
    for (int i = 20; i < 20 + loops; i++) one(i);
    tell("after");
    return 0;
}
