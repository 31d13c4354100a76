/* Ticks a channel of the station for the agent of this host, and prints each tick that is on air:
 *
 *     joined SOCKET CHANNEL        "index fencing-number start-mono-ns", and "off" when a tick after it is off air
 *
 * Ends at SIGINT or SIGTERM. */
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <tick_scheduler.h>
#include <unistd.h>

static void fail(const char *what) {
    fprintf(stderr, "%s: %s\n", what, tick_last_message());
    exit(1);
}

/* Of one session at a time, on the loop's thread. A program that plays out keeps its pipeline warm off air. */
static void on_tick(void *user_data, const tick_info *tick) {
    int *was_on_air = user_data;
    char line[80];
    int length = 0;
    if (tick->on_air) {
        length = snprintf(line, sizeof line, "%" PRId64 " %" PRId64 " %" PRId64 "\n", tick->index,
                          tick->fencing_number, tick->start_mono_ns);
    } else if (*was_on_air) {
        length = snprintf(line, sizeof line, "off\n");
    }
    *was_on_air = tick->on_air;
    /* One write a line, so that what was said before the process is killed is whole. */
    if (length > 0 && write(1, line, (size_t)length) < 0) _exit(1);
}

int main(int argc, char **argv) {
    if (argc != 3) return 2;
    int was_on_air = 0, received;
    sigset_t ends;
    /* Before the library starts threads, so that none of them gets these signals. */
    sigemptyset(&ends);
    sigaddset(&ends, SIGINT);
    sigaddset(&ends, SIGTERM);
    sigprocmask(SIG_BLOCK, &ends, NULL);
    tick_loop *loop;
    tick_loop_options loop_options;
    tick_station *station;
    tick_station_options options;
    if (tick_loop_options_init(&loop_options, sizeof loop_options) != TICK_OK
        || tick_station_options_init(&options, sizeof options) != TICK_OK)
        fail("options");
    /* The agent orders the session, perhaps later. */
    loop_options.ends_when_idle = 0;
    if (tick_loop_create(&loop_options, &loop) != TICK_OK || tick_loop_start(loop) != TICK_OK) fail("loop");
    options.socket = argv[1];
    options.channel = argv[2];
    options.handler = on_tick;
    options.user_data = &was_on_air;
    while (tick_station_join(loop, &options, &station) != TICK_OK) {
        fprintf(stderr, "%s\n", tick_last_message());
        usleep(200000);
    }
    sigwait(&ends, &received);
    if (tick_station_leave(station) != TICK_OK || tick_loop_destroy(loop) != TICK_OK) fail("end");
    return 0;
}
