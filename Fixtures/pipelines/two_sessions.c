/* Two channels in one loop, at 25 and at 59.94; after two seconds one is taken out and another put in, while the rest
 * goes on. Prints of each session its number, its rate, how many ticks it had, and whether each followed on the last. */

#include <pthread.h>
#include <stdio.h>
#include <tick_scheduler.h>
#include <unistd.h>

struct channel {
    const char *name;
    tick_rate rate;
    int64_t ticks, gaps;
};

static void on_tick(void *user_data, const tick_info *tick) {
    struct channel *channel = user_data;
    if (tick->index != channel->ticks) channel->gaps++;
    channel->ticks = tick->index + 1;
}

static int32_t add(tick_loop *loop, struct channel *channel) {
    int32_t number = -1;
    tick_session_options session;
    tick_session_options_init(&session, sizeof session, channel->rate);
    session.handler = on_tick;
    session.user_data = channel;
    if (tick_loop_add(loop, &session, &number) != TICK_OK) fprintf(stderr, "%s: %s\n", channel->name, tick_last_message());
    return number;
}

int main(void) {
    struct channel channels[] = {{"25", {25, 1}, 0, 0}, {"59.94", {60000, 1001}, 0, 0}, {"50", {50, 1}, 0, 0}};
    tick_loop *loop;
    if (tick_loop_create(NULL, &loop) != TICK_OK) return 1;
    int32_t first = add(loop, &channels[0]), second = add(loop, &channels[1]);
    if (tick_loop_start(loop) != TICK_OK) return 1;
    sleep(2);
    if (tick_loop_remove(loop, first, NULL) != TICK_OK) return 1;
    int64_t left = channels[0].ticks;
    int32_t third = add(loop, &channels[2]);
    sleep(2);
    tick_loop_stop(loop);
    if (tick_loop_wait(loop) != TICK_OK) return 1;
    int32_t numbers[] = {first, second, third};
    for (int i = 0; i < 3; i++) {
        tick_statistics statistics = {.struct_size = sizeof statistics};
        if (tick_loop_statistics(loop, numbers[i], &statistics) != TICK_OK) return 1;
        printf("%d %s %lld %lld %lld\n", (int)numbers[i], channels[i].name, (long long)channels[i].ticks,
               (long long)statistics.delivered, (long long)channels[i].gaps);
    }
    /* No tick comes after its removal. */
    if (channels[0].ticks != left) return 1;
    return tick_loop_destroy(loop) == TICK_OK ? 0 : 1;
}
