// The program of the README, as a user of libtickscheduler-dev compiles it.
#include <stdio.h>
#include <tick_scheduler.h>

int main(void) {
    tick_rate rate = {50, 1};
    tick_session_options session;
    tick_loop *loop;
    tick_info tick = {.struct_size = sizeof tick};
    if (tick_session_options_init(&session, sizeof session, rate) != TICK_OK || tick_loop_create(NULL, &loop) != TICK_OK)
        return 1;
    session.tick_count = 3;
    if (tick_loop_add(loop, &session, NULL) != TICK_OK || tick_loop_begin(loop) != TICK_OK) return 1;
    while (tick_loop_next(loop, &tick) == TICK_OK) printf("frame %lld\n", (long long)tick.index);
    return tick_loop_destroy(loop) == TICK_OK ? 0 : 1;
}
