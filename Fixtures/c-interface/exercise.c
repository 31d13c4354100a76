// Calls every function of tick_scheduler.h, correctly and with every misuse that its header answers. Prints nothing
// and exits with 0 if everything agrees with the header.
//
//     exercise FOLDER      a folder in which it may write

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <tick_scheduler.h>
#include <unistd.h>

static int failures;

#define CHECK(condition)                                                                            \
    do {                                                                                            \
        if (!(condition)) {                                                                         \
            failures++;                                                                             \
            fprintf(stderr, "line %d: not so: %s; last message: %s\n", __LINE__, #condition, tick_last_message()); \
        }                                                                                           \
    } while (0)

/* The call fails with this status and this message. */
#define REFUSED(call, status, words)                                                  \
    do {                                                                              \
        CHECK((call) == (status));                                                    \
        CHECK(strstr(tick_last_message(), (words)) != NULL);                          \
    } while (0)

static const tick_rate fps25 = {25, 1}, fps5994 = {60000, 1001}, fps200 = {200, 1}, none = {0, 0};

static void arithmetic(void) {
    tick_rate rate;
    int64_t value = -7;
    char label[TICK_TIMECODE_SIZE];

    CHECK(tick_version() >= TICK_SCHEDULER_VERSION);
    CHECK(strlen(tick_last_message()) == 0);
    for (int status = 0; status <= 17; status++) CHECK(strlen(tick_status_text((tick_status)status)) > 0);

    CHECK(tick_rate_parse("59.94", &rate) == TICK_OK && rate.numerator == 60000 && rate.denominator == 1001);
    CHECK(tick_rate_parse("23.980p", &rate) == TICK_OK && rate.numerator == 24000 && rate.denominator == 1001);
    CHECK(tick_rate_parse("29.97df", &rate) == TICK_OK && rate.numerator == 30000 && rate.denominator == 1001);
    REFUSED(tick_rate_parse("59.9", &rate), TICK_ERROR_RATE, "59.94");
    REFUSED(tick_rate_parse("25df", &rate), TICK_ERROR_RATE, "25ndf");
    REFUSED(tick_rate_parse("29,97", &rate), TICK_ERROR_RATE, "write 29.97");
    REFUSED(tick_rate_parse(NULL, &rate), TICK_ERROR_NULL, "text");
    REFUSED(tick_rate_parse("25", NULL), TICK_ERROR_NULL, "rate");

    CHECK(tick_rate_offset(fps5994, 60000, &value) == TICK_OK && value == 1001000000000);
    CHECK(tick_rate_offset(fps5994, 1, &value) == TICK_OK && value == 16683333);
    value = -7;
    REFUSED(tick_rate_offset(fps25, -1, &value), TICK_ERROR_ARGUMENT, "tick -1");
    REFUSED(tick_rate_offset(none, 1, &value), TICK_ERROR_RATE, "part of 0");
    REFUSED(tick_rate_offset(fps25, INT64_MAX, &value), TICK_ERROR_RANGE, "292 years");
    REFUSED(tick_rate_offset(fps25, 1, NULL), TICK_ERROR_NULL, "offset_ns");
    CHECK(value == -7);

    CHECK(tick_rate_last_due(fps25, 40000000, &value) == TICK_OK && value == 1);
    CHECK(tick_rate_last_due(fps25, 39999999, &value) == TICK_OK && value == 0);
    REFUSED(tick_rate_last_due(fps25, -1, &value), TICK_ERROR_ARGUMENT, "-1 ns");
    REFUSED(tick_rate_last_due(none, 1, &value), TICK_ERROR_RATE, "0");
    REFUSED(tick_rate_last_due(fps25, 1, NULL), TICK_ERROR_NULL, "tick");

    CHECK(tick_rate_fence(fps25, 1000000001, 0, &value) == TICK_OK && value == 26);
    CHECK(tick_rate_fence(fps25, -5, 0, &value) == TICK_OK && value == 0);
    REFUSED(tick_rate_fence(none, 1, 0, &value), TICK_ERROR_RATE, "0");
    REFUSED(tick_rate_fence(fps25, 1, 0, NULL), TICK_ERROR_NULL, "tick");

    CHECK(tick_rate_media_timestamp(fps5994, 60000, 90000, &value) == TICK_OK && value == 90090000);
    REFUSED(tick_rate_media_timestamp(fps25, 1, 0, &value), TICK_ERROR_ARGUMENT, "0 Hz");
    REFUSED(tick_rate_media_timestamp(fps25, 1, 1, NULL), TICK_ERROR_NULL, "timestamp");

#ifndef FIRST_HEADER /* Calls that the first header does not declare. */
    CHECK(tick_rate_media_timestamp(fps5994, 1, 90000, &value) == TICK_OK && value == 1502);
    CHECK(tick_rate_media_timestamp_sampled(fps5994, 1, 90000, &value) == TICK_OK && value == 1501);
    REFUSED(tick_rate_media_timestamp_sampled(fps25, 1, 0, &value), TICK_ERROR_ARGUMENT, "0 Hz");
    REFUSED(tick_rate_media_timestamp_sampled(fps25, 1, 1, NULL), TICK_ERROR_NULL, "timestamp");

    /* A session that begins at 00:00, 06:00 or 12:00 gives the frame at 13:00 the same label. */
    const tick_rate fps23976 = {24000, 1001}, slow = {1, 10};
    const int64_t midnight = 1795219200000000000, six = 21600000000000;
    CHECK(tick_rate_house_timecode(fps23976, midnight, 1122078, 0, 0, label) == TICK_OK);
    CHECK(strcmp(label, "12:59:13:06") == 0);
    CHECK(tick_rate_house_timecode(fps23976, midnight + 2 * six, 86314, 0, 0, label) == TICK_OK);
    CHECK(strcmp(label, "12:59:13:06") == 0);
    CHECK(tick_rate_house_timecode(fps25, midnight, 0, 60, 4 * 3600, label) == TICK_OK);
    CHECK(strcmp(label, "01:00:00:00") == 0);
    REFUSED(tick_rate_house_timecode(slow, midnight, 0, 0, 0, label), TICK_ERROR_RATE, "whole number of frames");
    REFUSED(tick_rate_house_timecode(fps25, midnight, -1, 0, 0, label), TICK_ERROR_ARGUMENT, "tick -1");
    REFUSED(tick_rate_house_timecode(fps25, -1, 0, 0, 0, label), TICK_ERROR_ARGUMENT, "epoch_utc_ns");
    REFUSED(tick_rate_house_timecode(fps25, midnight, 0, 841, 0, label), TICK_ERROR_ARGUMENT, "utc_offset_min");
    REFUSED(tick_rate_house_timecode(fps25, midnight, 0, 0, 86400, label), TICK_ERROR_ARGUMENT, "daily_jam_s");
    REFUSED(tick_rate_house_timecode(fps25, midnight, 0, 0, 0, NULL), TICK_ERROR_NULL, "label");

    REFUSED(tick_rate_timecode(slow, 1, label), TICK_ERROR_RATE, "whole number of frames");

    CHECK(tick_rate_first_due(fps25, 40000000, &value) == TICK_OK && value == 1);
    CHECK(tick_rate_first_due(fps25, 40000001, &value) == TICK_OK && value == 2);
    CHECK(tick_rate_first_due(fps25, -40000000, &value) == TICK_OK && value == 0);
    CHECK(tick_rate_first_due(fps5994, 1001000000000, &value) == TICK_OK && value == 60000);
    REFUSED(tick_rate_first_due(none, 1, &value), TICK_ERROR_RATE, "0");
    REFUSED(tick_rate_first_due(fps25, 1, NULL), TICK_ERROR_NULL, "tick");
#endif
    CHECK(tick_rate_timecode(fps5994, 3600, label) == TICK_OK && strcmp(label, "00:01:00;04") == 0);
    CHECK(tick_rate_timecode(fps25, 25, label) == TICK_OK && strcmp(label, "00:00:01:00") == 0);
    REFUSED(tick_rate_timecode(fps25, -1, label), TICK_ERROR_ARGUMENT, "frame -1");
    REFUSED(tick_rate_timecode(none, 1, label), TICK_ERROR_RATE, "0");
    REFUSED(tick_rate_timecode(fps25, 1, NULL), TICK_ERROR_NULL, "label");

    int64_t now = tick_now_mono_ns();
    CHECK(now > 0 && tick_now_mono_ns() >= now);
}

/* ---------------------------------------------------------------------------------------- Pushed */

struct heard {
    tick_loop *loop;
    volatile int64_t ticks;
    /* Set when the handler may misuse the loop, and after it has done so. */
    volatile int go, done;
    tick_status added, removed, appended, succeeded, waited, destroyed, asked;
};

static void on_tick(void *user_data, const tick_info *tick) {
    struct heard *heard = user_data;
    heard->ticks++;
    if (!heard->go || heard->done) return;
    /* In a handler, a call that would wait for itself is refused. */
    tick_session_options options;
    tick_session_options_init(&options, sizeof options, fps25);
    tick_block block = {1, 1000000000};
    tick_seam seam = {.struct_size = sizeof seam};
    heard->added = tick_loop_add(heard->loop, &options, NULL);
    heard->removed = tick_loop_remove(heard->loop, tick->session, NULL);
    heard->appended = tick_loop_append(heard->loop, tick->session, &block, NULL);
    heard->succeeded = tick_loop_succeed(heard->loop, tick->session, 0, NULL, &seam);
    heard->waited = tick_loop_wait(heard->loop);
    heard->destroyed = tick_loop_destroy(heard->loop);
    heard->asked = tick_loop_request_removal(heard->loop, tick->session);
    heard->done = 1;
}

static int refusals;

static void on_incident(void *user_data, const tick_incident *incident) {
    int *incidents = user_data;
    (*incidents)++;
    if (incident->kind == TICK_INCIDENT_REFUSED) refusals++;
    CHECK(incident->struct_size == sizeof *incident && strlen(incident->text) > 0);
}

static void add_up(void *user_data, int64_t lowest, int64_t highest, int64_t count) {
    int64_t *sum = user_data;
    CHECK(lowest <= highest && count > 0);
    *sum += count;
}

static void *wait_on_another_thread(void *loop) {
    return (void *)(intptr_t)tick_loop_wait(loop);
}

static void pushed(const char *folder) {
    char path[512];
    snprintf(path, sizeof path, "%s/pushed.journal", folder);
    int incidents = 0;
    tick_loop_options options;
    CHECK(tick_loop_options_init(&options, sizeof options) == TICK_OK);
    options.fifo_priority = 0;
    options.has_session_histograms = 1;
    options.journal_path = path;
    options.journal_name = "exercise";
    options.incident_handler = on_incident;
    options.incident_user_data = &incidents;
    tick_loop *loop = NULL;
    CHECK(tick_loop_create(&options, &loop) == TICK_OK && loop != NULL);

    struct heard first = {.loop = loop}, second = {0}, third = {0};
    int32_t one = -1, two = -1, three = -1;
    tick_session_options session;
    CHECK(tick_session_options_init(&session, sizeof session, fps200) == TICK_OK);
    session.tick_count = 100000;
    session.handler = on_tick;
    session.user_data = &first;
    CHECK(tick_loop_add(loop, &session, &one) == TICK_OK && one == 0);
    tick_block blocks[2] = {{11, 60000000000}, {12, 60000000000}};
    session.rate = fps25;
    session.user_data = &second;
    session.plan_start = TICK_PLAN_AT_EPOCH;
    session.blocks = blocks;
    session.block_count = 2;
    CHECK(tick_loop_add(loop, &session, &two) == TICK_OK && two == 1);

    /* Before it runs there is nothing to change, and nothing to report. */
    tick_end_reason reason = TICK_RUNS;
    tick_seam seam = {.struct_size = sizeof seam};
    tick_placed_block placed = {.struct_size = sizeof placed};
    tick_epoch epoch = {.struct_size = sizeof epoch};
    REFUSED(tick_loop_remove(loop, one, &reason), TICK_ERROR_STATE, "not begun");
    REFUSED(tick_loop_append(loop, two, blocks, &placed), TICK_ERROR_STATE, "not begun");
    REFUSED(tick_loop_succeed(loop, one, 0, NULL, &seam), TICK_ERROR_STATE, "not begun");
    REFUSED(tick_loop_wait(loop), TICK_ERROR_STATE, "not begun");
    REFUSED(tick_loop_epoch(loop, one, &epoch), TICK_ERROR_NO_SESSION, "not begun");

    CHECK(tick_loop_start(loop) == TICK_OK);
    REFUSED(tick_loop_start(loop), TICK_ERROR_STATE, "has begun");
    REFUSED(tick_loop_begin(loop), TICK_ERROR_STATE, "has begun");
    tick_info tick = {.struct_size = sizeof tick};
    REFUSED(tick_loop_next(loop, &tick), TICK_ERROR_STATE, "not pulled");

    CHECK(tick_loop_epoch(loop, two, &epoch) == TICK_OK && epoch.mono_ns > 0 && epoch.utc_ns % 1000000 == 0);
    CHECK(epoch.alignment_index == -1 && epoch.utc_source == TICK_TIME_SYSTEM);
    CHECK(tick_loop_append(loop, two, &(tick_block){13, 60000000000}, &placed) == TICK_OK);
    CHECK(placed.id == 13 && placed.index == 2 && placed.first_tick == 3000 && placed.fence == 4500);
    CHECK(placed.start_utc_ns == epoch.utc_ns + 120000000000);
    REFUSED(tick_loop_append(loop, two, &(tick_block){14, 0}, NULL), TICK_ERROR_PLAN, "14");
    REFUSED(tick_loop_append(loop, one, blocks, NULL), TICK_ERROR_PLAN, "");
    REFUSED(tick_loop_append(loop, 99, blocks, NULL), TICK_ERROR_NO_SESSION, "99");
    REFUSED(tick_loop_append(loop, two, NULL, NULL), TICK_ERROR_NULL, "block");

    session.rate = fps5994;
    session.user_data = &third;
    session.plan_start = TICK_PLAN_NONE;
    session.block_count = 0;
    session.policy = TICK_SKIP;
    CHECK(tick_loop_add(loop, &session, &three) == TICK_OK && three == 2);
    CHECK(tick_loop_epoch(loop, three, &epoch) == TICK_OK);
    CHECK(tick_loop_succeed(loop, three, epoch.utc_ns + 1000000000, NULL, &seam) == TICK_OK);
    CHECK(seam.successor == 3 && seam.utc_ns >= epoch.utc_ns + 1000000000 && seam.predecessor_end_tick > 0);
    REFUSED(tick_loop_succeed(loop, three, 0, NULL, &seam), TICK_ERROR_PLAN, "2");
    REFUSED(tick_loop_succeed(loop, 99, 0, NULL, &seam), TICK_ERROR_NO_SESSION, "99");
    REFUSED(tick_loop_succeed(loop, three, 0, NULL, NULL), TICK_ERROR_NULL, "tick_seam");

    pthread_t waiter;
    pthread_create(&waiter, NULL, wait_on_another_thread, loop);
    first.go = 1;
    while (!first.done || !second.ticks || !third.ticks || tick_now_mono_ns() < seam.mono_ns + 200000000) usleep(10000);
    REFUSED(tick_loop_wait(loop), TICK_ERROR_STATE, "another thread");
    REFUSED(tick_loop_destroy(loop), TICK_ERROR_STATE, "another thread");
    CHECK(tick_loop_remove(loop, seam.successor, &reason) == TICK_OK && reason == TICK_END_REMOVED);
    CHECK(tick_loop_remove(loop, three, &reason) == TICK_OK && reason != TICK_RUNS);
    int64_t ticks = third.ticks;
    usleep(60000);
    CHECK(third.ticks == ticks);
    REFUSED(tick_loop_remove(loop, seam.successor, &reason), TICK_ERROR_NO_SESSION, "3");
    CHECK(tick_loop_stop(loop) == TICK_OK);
    void *waited;
    pthread_join(waiter, &waited);
    CHECK((intptr_t)waited == TICK_OK && tick_loop_wait(loop) == TICK_OK);
    REFUSED(tick_loop_add(loop, &session, NULL), TICK_ERROR_LOOP_ENDED, "ended");

    CHECK(first.added == TICK_ERROR_THREAD && first.removed == TICK_ERROR_THREAD);
    CHECK(first.appended == TICK_ERROR_THREAD && first.succeeded == TICK_ERROR_THREAD);
    CHECK(first.destroyed == TICK_ERROR_THREAD && first.waited == TICK_ERROR_THREAD && first.asked == TICK_OK);
    CHECK(first.ticks > 0 && second.ticks > 0 && third.ticks > 0);

    /* The results after its end. */
    CHECK(tick_loop_end_reason(loop, one, &reason) == TICK_OK && reason == TICK_END_REMOVED);
    CHECK(tick_loop_end_reason(loop, two, &reason) == TICK_OK && reason == TICK_END_STOPPED);
    CHECK(tick_loop_end_reason(loop, three, &reason) == TICK_OK);
    CHECK(reason == TICK_END_SUCCEEDED || reason == TICK_END_REMOVED);
    REFUSED(tick_loop_end_reason(loop, 99, &reason), TICK_ERROR_NO_SESSION, "99");
    REFUSED(tick_loop_end_reason(loop, one, NULL), TICK_ERROR_NULL, "reason");
    CHECK(tick_loop_epoch(loop, one, &epoch) == TICK_OK);
    REFUSED(tick_loop_epoch(loop, one, NULL), TICK_ERROR_NULL, "tick_epoch");
    tick_statistics all = {.struct_size = sizeof all}, own = {.struct_size = sizeof own};
    CHECK(tick_loop_statistics(loop, TICK_ALL_SESSIONS, &all) == TICK_OK);
    CHECK(tick_loop_statistics(loop, two, &own) == TICK_OK && own.delivered == second.ticks && own.blocks_begun == 1);
    CHECK(all.delivered == first.ticks + second.ticks + third.ticks && all.drift_ns == 0 && all.lost_records == 0);
    CHECK(all.by_lateness[0] + all.by_lateness[1] + all.by_lateness[2] + all.by_lateness[3] == all.delivered);
    REFUSED(tick_loop_statistics(loop, 99, &own), TICK_ERROR_NO_SESSION, "99");
    REFUSED(tick_loop_statistics(loop, one, NULL), TICK_ERROR_NULL, "tick_statistics");
    int64_t p50 = -1, p100 = -1, sum = 0;
    CHECK(tick_loop_percentile(loop, TICK_ALL_SESSIONS, TICK_HISTOGRAM_START_LATENESS, 50, &p50) == TICK_OK);
    CHECK(tick_loop_percentile(loop, two, TICK_HISTOGRAM_WORK, 100, &p100) == TICK_OK && p50 >= 0 && p100 >= 0);
    REFUSED(tick_loop_percentile(loop, two, TICK_HISTOGRAM_WORK, 101, &p50), TICK_ERROR_ARGUMENT, "0 ... 100");
    REFUSED(tick_loop_percentile(loop, two, (tick_histogram)9, 50, &p50), TICK_ERROR_ARGUMENT, "9");
    REFUSED(tick_loop_percentile(loop, two, TICK_HISTOGRAM_WORK, 50, NULL), TICK_ERROR_NULL, "value_ns");
    REFUSED(tick_loop_percentile(loop, 99, TICK_HISTOGRAM_WORK, 50, &p50), TICK_ERROR_NO_SESSION, "99");
    CHECK(tick_loop_buckets(loop, two, TICK_HISTOGRAM_START_LATENESS, add_up, &sum) == TICK_OK && sum == second.ticks);
    REFUSED(tick_loop_buckets(loop, two, TICK_HISTOGRAM_WORK, NULL, NULL), TICK_ERROR_NULL, "visit");

    CHECK(tick_loop_destroy(loop) == TICK_OK);
    /* A journal is never overwritten. */
    CHECK(tick_loop_create(&options, &loop) == TICK_OK && tick_loop_add(loop, &session, NULL) == TICK_OK);
    REFUSED(tick_loop_start(loop), TICK_ERROR_SYSTEM, path);
    CHECK(tick_loop_destroy(loop) == TICK_OK);
}

/* ---------------------------------------------------------------------------------------- Pulled */

static void *next_on_another_thread(void *loop) {
    tick_info tick = {.struct_size = sizeof tick};
    tick_status status = tick_loop_next(loop, &tick), end = tick_loop_destroy(loop);
    return (void *)(intptr_t)(status == end ? status : TICK_OK);
}

static void *add_on_another_thread(void *loop) {
    tick_session_options session;
    tick_session_options_init(&session, sizeof session, fps5994);
    session.tick_count = 5;
    int32_t number = -1;
    return (void *)(intptr_t)(tick_loop_add(loop, &session, &number) == TICK_OK ? number : -1);
}

static void pulled(void) {
    tick_loop *loop = NULL;
    CHECK(tick_loop_create(NULL, &loop) == TICK_OK);
    tick_info tick = {.struct_size = sizeof tick};
    REFUSED(tick_loop_begin(loop), TICK_ERROR_STATE, "no session");
    tick_session_options session;
    CHECK(tick_session_options_init(&session, sizeof session, fps200) == TICK_OK);
    session.tick_count = 0;
    session.lead_ns = 100000;
    session.on_time_within_ns = 0;
    CHECK(tick_loop_add(loop, &session, NULL) == TICK_OK);
    REFUSED(tick_loop_next(loop, &tick), TICK_ERROR_STATE, "not pulled");
    CHECK(tick_loop_begin(loop) == TICK_OK);
    REFUSED(tick_loop_next(loop, NULL), TICK_ERROR_NULL, "tick_info");
    tick.struct_size = 8;
    REFUSED(tick_loop_next(loop, &tick), TICK_ERROR_STRUCT_SIZE, "sizeof(tick_info)");
    tick.struct_size = sizeof tick;

    pthread_t other, adder;
    void *result;
    pthread_create(&other, NULL, next_on_another_thread, loop);
    pthread_join(other, &result);
    CHECK((intptr_t)result == TICK_ERROR_THREAD);
    REFUSED(tick_loop_wait(loop), TICK_ERROR_STATE, "pulled");

    /* Add one session from another thread while this one pulls, and one from this thread. */
    int64_t counts[3] = {0}, offset;
    int32_t number = -1;
    tick_end_reason reason = TICK_RUNS;
    pthread_create(&adder, NULL, add_on_another_thread, loop);
    tick_status status;
    while ((status = tick_loop_next(loop, &tick)) == TICK_OK) {
        CHECK(tick.struct_size == sizeof tick && tick.session >= 0 && tick.session < 3);
        CHECK(tick.index == counts[tick.session]++);
        CHECK(tick.timestamp.quality == TICK_TIME_NONE && tick.block_index == -1 && tick.ticks_to_fence == -1);
        CHECK(tick.start_lateness_ns == tick.start_mono_ns - tick.deadline_mono_ns + tick.lead_ns);
        if (sizeof tick >= 192) {
            /* deadline_lateness_ns, for which the first header has no room. */
            int64_t late;
            memcpy(&late, (const char *)&tick + 184, sizeof late);
            CHECK(late == tick.start_mono_ns - tick.deadline_mono_ns);
        }
        if (tick.session == number && tick.index == 1) {
            CHECK(tick_loop_remove(loop, number, &reason) == TICK_OK && reason != TICK_RUNS);
        }
        if (counts[0] >= 60 && counts[1] + counts[2] == 7) CHECK(tick_loop_stop(loop) == TICK_OK);
        if (tick.session != 0) continue;
        CHECK(tick.lead_ns == 100000 && tick.start_lateness_ns >= 0);
        tick_epoch epoch = {.struct_size = sizeof epoch};
        CHECK(tick_loop_epoch(loop, 0, &epoch) == TICK_OK && tick_rate_offset(fps200, tick.index, &offset) == TICK_OK);
        CHECK(tick.deadline_mono_ns == epoch.mono_ns + offset && tick.deadline_utc_ns == epoch.utc_ns + offset);
        if (tick.index == 20) {
            session.rate = fps25;
            session.tick_count = 2;
            CHECK(tick_loop_add(loop, &session, &number) == TICK_OK && number > 0);
        }
    }
    CHECK(status == TICK_ENDED && tick_loop_next(loop, &tick) == TICK_ENDED);
    pthread_join(adder, &result);
    CHECK((intptr_t)result > 0 && counts[0] >= 60 && counts[(intptr_t)result] == 5 && counts[number] == 2);
    tick_statistics all = {.struct_size = sizeof all};
    CHECK(tick_loop_statistics(loop, TICK_ALL_SESSIONS, &all) == TICK_OK && all.delivered == counts[0] + 7);
    int64_t p50;
    REFUSED(tick_loop_percentile(loop, 0, TICK_HISTOGRAM_WORK, 50, &p50), TICK_ERROR_STATE, "has_session_histograms");
    CHECK(tick_loop_destroy(loop) == TICK_OK);

    /* Run a plan to its end, with a block appended on the way. */
    tick_block blocks[2] = {{21, 600000000}, {22, 600000000}};
    CHECK(tick_loop_create(NULL, &loop) == TICK_OK);
    tick_session_options_init(&session, sizeof session, fps25);
    session.plan_start = TICK_PLAN_AT_EPOCH;
    session.blocks = blocks;
    session.block_count = 2;
    session.priming_ticks = 3;
    CHECK(tick_loop_add(loop, &session, NULL) == TICK_OK && tick_loop_begin(loop) == TICK_OK);
    tick_placed_block placed = {.struct_size = sizeof placed};
    CHECK(tick_loop_append(loop, 0, &(tick_block){23, 600000000}, &placed) == TICK_OK && placed.fence == 45);
    int64_t shown = 0, changed = 0, primed = 0;
    while (tick_loop_next(loop, &tick) == TICK_OK) {
        CHECK(tick.block_index == tick.index / 15 && tick.block_id == 21 + tick.block_index);
        CHECK(tick.ticks_to_fence == 15 - tick.index % 15 && tick.block_elapsed_ns == tick.index % 15 * 40000000);
        shown++;
        changed += tick.block_changed;
        primed += tick.is_priming;
    }
    CHECK(shown == 45 && changed == 3 && primed == 3);
    CHECK(tick_loop_end_reason(loop, 0, &reason) == TICK_OK && reason == TICK_END_PLAN_ENDED);
    CHECK(tick_loop_destroy(loop) == TICK_OK);

    /* Destroy a running loop, and one that never began. */
    CHECK(tick_loop_create(NULL, &loop) == TICK_OK);
    session.tick_count = 0;
    session.lead_ns = 0;
    CHECK(tick_loop_add(loop, &session, NULL) == TICK_OK && tick_loop_begin(loop) == TICK_OK);
    CHECK(tick_loop_next(loop, &tick) == TICK_OK && tick_loop_destroy(loop) == TICK_OK);
    CHECK(tick_loop_create(NULL, &loop) == TICK_OK && tick_loop_destroy(loop) == TICK_OK);
}

#ifndef FIRST_HEADER
/* A session that goes on, on a grid whose tick 1000 was due 40 s ago, beside one that says its first tick. */
static void given_grid(void) {
    tick_loop *loop = NULL;
    tick_session_options session;
    tick_epoch epoch = {.struct_size = sizeof epoch};
    tick_info tick = {.struct_size = sizeof tick};
    /* This host's TAI, from the anchor of any session. */
    CHECK(tick_loop_create(NULL, &loop) == TICK_OK);
    tick_session_options_init(&session, sizeof session, fps25);
    CHECK(session.first_tick == -1 && session.has_grid == 0);
    CHECK(tick_loop_add(loop, &session, NULL) == TICK_OK && tick_loop_begin(loop) == TICK_OK);
    CHECK(tick_loop_epoch(loop, 0, &epoch) == TICK_OK);
    CHECK(tick_loop_destroy(loop) == TICK_OK);

    session.tick_count = 3;
    session.has_grid = 1;
    session.grid_tick = 1000;
    session.grid_tai_ns = epoch.utc_ns + epoch.tai_offset_s * 1000000000 - 40000000000;
    session.grid_bound_ns = 500;
    CHECK(tick_loop_create(NULL, &loop) == TICK_OK);
    CHECK(tick_loop_add(loop, &session, NULL) == TICK_OK);
    session.first_tick = 1990;
    CHECK(tick_loop_add(loop, &session, NULL) == TICK_OK && tick_loop_begin(loop) == TICK_OK);
    /* Tick 0 of both is the grid's, 80 s ago: before tick 1000 by 40 s. */
    CHECK(tick_loop_epoch(loop, 1, &epoch) == TICK_OK);
    CHECK(epoch.utc_ns + epoch.tai_offset_s * 1000000000 == session.grid_tai_ns - 40000000000);
    CHECK(epoch.alignment_index == -1);
    int64_t next[2] = {-1, 1990}, counts[2] = {0, 0};
    while (tick_loop_next(loop, &tick) == TICK_OK) {
        if (next[tick.session] < 0) {
            /* The first one due at least 20 ms after the loop began; tick 2000 was the first loop's tick 0. */
            CHECK(tick.index > 1999);
            next[tick.session] = tick.index;
        }
        CHECK(tick.index == next[tick.session]++ && tick.skipped_before == 0);
        CHECK(tick.deadline_mono_ns == epoch.mono_ns + tick.index * 40000000);
        CHECK(tick.deadline_utc_ns == epoch.utc_ns + tick.index * 40000000);
        counts[tick.session]++;
    }
    CHECK(counts[0] == 3 && counts[1] == 3);
    CHECK(tick_loop_destroy(loop) == TICK_OK);

    CHECK(tick_loop_create(NULL, &loop) == TICK_OK);
#define BAD_GRID(field, value, words)                                            \
    do {                                                                         \
        tick_session_options other = session;                                    \
        other.field = (value);                                                   \
        REFUSED(tick_loop_add(loop, &other, NULL), TICK_ERROR_ARGUMENT, words);  \
    } while (0)
    BAD_GRID(grid_tick, -1, "tick -1");
    BAD_GRID(grid_tick, INT64_MAX, "292 years");
    BAD_GRID(grid_tai_ns, -1, "grid_tai_ns");
    BAD_GRID(grid_tai_ns, INT64_MAX, "1970-01-01 to 2200-01-01");
    BAD_GRID(grid_bound_ns, -1, "grid_bound_ns");
    BAD_GRID(first_tick, -2, "first_tick -2");
    BAD_GRID(first_tick, INT64_MAX, "first tick is out of range");
    BAD_GRID(has_grid, 2, "has_grid is 2");
    BAD_GRID(has_grid, 0, "without a grid");
    BAD_GRID(alignment, TICK_ALIGN_SECOND, "alignment none");
    CHECK(tick_loop_destroy(loop) == TICK_OK);
}
#endif

/* ---------------------------------------------------------------------------------------- Misuse */

static void misuse(void) {
    tick_loop *loop = NULL;
    tick_info tick = {.struct_size = sizeof tick};
    CHECK(tick_loop_create(NULL, &loop) == TICK_OK);
    tick_loop *gone = loop;
    CHECK(tick_loop_destroy(loop) == TICK_OK);
    tick_loop *const wrong[] = {gone, (tick_loop *)(uintptr_t)1, (tick_loop *)(uintptr_t)0xdeadbeefdeadbeef,
                                (tick_loop *)&tick};
    tick_session_options session;
    tick_session_options_init(&session, sizeof session, fps25);
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        REFUSED(tick_loop_destroy(wrong[i]), TICK_ERROR_HANDLE, "destroyed");
        REFUSED(tick_loop_next(wrong[i], &tick), TICK_ERROR_HANDLE, "destroyed");
        REFUSED(tick_loop_add(wrong[i], &session, NULL), TICK_ERROR_HANDLE, "destroyed");
        REFUSED(tick_loop_start(wrong[i]), TICK_ERROR_HANDLE, "destroyed");
        REFUSED(tick_loop_begin(wrong[i]), TICK_ERROR_HANDLE, "destroyed");
        REFUSED(tick_loop_wait(wrong[i]), TICK_ERROR_HANDLE, "destroyed");
        REFUSED(tick_loop_stop(wrong[i]), TICK_ERROR_HANDLE, "destroyed");
        REFUSED(tick_cluster_destroy((tick_cluster *)wrong[i]), TICK_ERROR_HANDLE, "destroyed");
    }
    /* Also after another handle has its place: there are 1024, used in turn. */
    for (int i = 1; i < 1024; i++) CHECK(tick_loop_create(NULL, &loop) == TICK_OK && tick_loop_destroy(loop) == TICK_OK);
    CHECK(tick_loop_create(NULL, &loop) == TICK_OK && loop != gone);
    REFUSED(tick_loop_stop(gone), TICK_ERROR_HANDLE, "destroyed");
    REFUSED(tick_loop_destroy(gone), TICK_ERROR_HANDLE, "destroyed");
    CHECK(tick_loop_destroy(loop) == TICK_OK);
    REFUSED(tick_loop_stop(NULL), TICK_ERROR_NULL, "loop");
    REFUSED(tick_loop_next(NULL, &tick), TICK_ERROR_NULL, "loop");
    REFUSED(tick_loop_create(NULL, NULL), TICK_ERROR_NULL, "loop");
    REFUSED(tick_loop_request_removal(gone, 0), TICK_ERROR_HANDLE, "destroyed");

    /* Structs of unknown size, and structs with fields that this library does not know. */
    REFUSED(tick_session_options_init(&session, 4, fps25), TICK_ERROR_STRUCT_SIZE, "4");
    REFUSED(tick_session_options_init(NULL, sizeof session, fps25), TICK_ERROR_NULL, "tick_session_options");
    tick_loop_options options;
    REFUSED(tick_loop_options_init(&options, 0), TICK_ERROR_STRUCT_SIZE, "tick_loop_options");
    CHECK(tick_loop_options_init(&options, sizeof options) == TICK_OK);
    struct {
        tick_loop_options options;
        /* From a much later header. */
        int64_t later[16];
    } longer;
    memset(&longer, 0, sizeof longer);
    CHECK(tick_loop_options_init(&longer.options, sizeof longer) == TICK_OK);
    CHECK(longer.options.struct_size == sizeof longer && longer.later[15] == 0);
    CHECK(tick_loop_create(&longer.options, &loop) == TICK_OK && tick_loop_destroy(loop) == TICK_OK);
    longer.later[15] = 1;
    REFUSED(tick_loop_create(&longer.options, &loop), TICK_ERROR_STRUCT_SIZE, "later library");

#define BAD_OPTION(field, value)                                                 \
    do {                                                                         \
        tick_loop_options_init(&options, sizeof options);                        \
        options.field = (value);                                                 \
        REFUSED(tick_loop_create(&options, &loop), TICK_ERROR_ARGUMENT, #field); \
    } while (0)
    BAD_OPTION(spin_budget_percent, 0);
    BAD_OPTION(spin_budget_percent, 101);
    BAD_OPTION(fifo_priority, 100);
    BAD_OPTION(cpu, -2);
    BAD_OPTION(ring_capacity, 0);
    BAD_OPTION(hangs_after_ns, 0);
    BAD_OPTION(wait, (tick_wait)7);
    BAD_OPTION(journal_sync, (tick_journal_sync)7);

    CHECK(tick_loop_create(NULL, &loop) == TICK_OK);
#define BAD_SESSION(field, value, status, words)                           \
    do {                                                                   \
        tick_session_options_init(&session, sizeof session, fps25);        \
        session.field = (value);                                           \
        REFUSED(tick_loop_add(loop, &session, NULL), status, words);       \
    } while (0)
    BAD_SESSION(rate, none, TICK_ERROR_RATE, "part of 0");
    BAD_SESSION(tick_count, -1, TICK_ERROR_ARGUMENT, "tick_count");
    BAD_SESSION(lead_ns, -1, TICK_ERROR_ARGUMENT, "lead");
    BAD_SESSION(on_time_within_ns, -1, TICK_ERROR_ARGUMENT, "on_time_within");
    BAD_SESSION(policy, TICK_PACED, TICK_ERROR_ARGUMENT, "spacing");
    /* A value out of range is refused at the call, with the name of its field. */
    BAD_SESSION(on_time_within_ns, INT64_MAX, TICK_ERROR_ARGUMENT, "on_time_within_ns");
    BAD_SESSION(backlog_max_ns, INT64_MAX, TICK_ERROR_ARGUMENT, "backlog_max_ns");
    BAD_SESSION(backlog_max_ns, INT64_MIN, TICK_ERROR_ARGUMENT, "backlog_max_ns");
    BAD_SESSION(lead_ns, INT64_MAX, TICK_ERROR_ARGUMENT, "lead_ns");
    BAD_SESSION(policy, (tick_policy)9, TICK_ERROR_ARGUMENT, "policy");
    BAD_SESSION(alignment, (tick_alignment)9, TICK_ERROR_ARGUMENT, "alignment");
    BAD_SESSION(plan_start, (tick_plan_start)9, TICK_ERROR_ARGUMENT, "plan_start");
    BAD_SESSION(plan_end, (tick_plan_end)9, TICK_ERROR_ARGUMENT, "plan_end");
    BAD_SESSION(block_count, 1, TICK_ERROR_ARGUMENT, "plan_start");
    tick_session_options_init(&session, sizeof session, fps25);
    session.plan_start = TICK_PLAN_AT_UTC;
    session.block_count = 3;
    REFUSED(tick_loop_add(loop, &session, NULL), TICK_ERROR_NULL, "blocks");
    tick_block longest = {1, INT64_MAX};
    session.blocks = &longest;
    session.block_count = 1;
    REFUSED(tick_loop_add(loop, &session, NULL), TICK_ERROR_ARGUMENT, "length_ns");
    longest.length_ns = 1000000000;
    session.block_count = (size_t)-1;
    REFUSED(tick_loop_add(loop, &session, NULL), TICK_ERROR_ARGUMENT, "blocks");
    session.block_count = 1;
    session.plan_start_utc_ns = INT64_MAX;
    REFUSED(tick_loop_add(loop, &session, NULL), TICK_ERROR_ARGUMENT, "plan_start_utc_ns");
    session.plan_start_utc_ns = -1;
    REFUSED(tick_loop_add(loop, &session, NULL), TICK_ERROR_ARGUMENT, "1970-01-01 to 2200-01-01");
    CHECK(tick_loop_destroy(loop) == TICK_OK);
}

/* --------------------------------------------------------------------------------------- Cluster */

static void cluster(void) {
    tick_cluster_options options;
    CHECK(tick_cluster_options_init(&options, sizeof options) == TICK_OK && options.stated_error_ns == -1);
    REFUSED(tick_cluster_options_init(&options, 1), TICK_ERROR_STRUCT_SIZE, "tick_cluster_options");
    options.cluster = 7;
    options.node = 1;
    options.listen = "127.0.0.1:0";
    options.stated_error_ns = 5000000;
    tick_peer peer = {2, "127.0.0.1:9"};
    tick_key keys[2] = {{.from = 1, .to = 2, .id = 1, .secret = {1}}, {.from = 2, .to = 1, .id = 1, .secret = {2}}};
    options.sending_key = 1;
    tick_cluster *member = NULL;
    options.peers = &peer;
    options.peer_count = 1;
    REFUSED(tick_cluster_start(&options, &member), TICK_ERROR_CLUSTER, "");
    options.keys = keys;
    options.key_count = 2;
    options.listen = "nowhere";
    REFUSED(tick_cluster_start(&options, &member), TICK_ERROR_ARGUMENT, "listen");
    options.listen = NULL;
    REFUSED(tick_cluster_start(&options, &member), TICK_ERROR_NULL, "listen");
    options.listen = "127.0.0.1:0";
    REFUSED(tick_cluster_start(&options, NULL), TICK_ERROR_NULL, "cluster");
    options.tolerance_ns = 1;
    REFUSED(tick_cluster_start(&options, &member), TICK_ERROR_CLUSTER, "tolerance");
    options.tolerance_ns = 500000000;
#define BAD_CLUSTER(field, value)                                                                 \
    do {                                                                                          \
        tick_cluster_options bad = options;                                                       \
        bad.field = (value);                                                                      \
        REFUSED(tick_cluster_start(&bad, &member), TICK_ERROR_ARGUMENT, #field);                  \
    } while (0)
    BAD_CLUSTER(stated_error_ns, INT64_MAX);
    BAD_CLUSTER(stated_error_ns, INT64_MIN);
    BAD_CLUSTER(stated_error_ns, 3600000000001);
    BAD_CLUSTER(tolerance_ns, INT64_MAX);
    BAD_CLUSTER(poll_interval_ns, INT64_MIN);
    BAD_CLUSTER(agreement_length_ns, INT64_MAX);
    tick_cluster_options wide = options;
    wide.drift_bound_ppb = INT64_MAX;
    REFUSED(tick_cluster_start(&wide, &member), TICK_ERROR_CLUSTER, "drift");
    CHECK(tick_cluster_start(&options, &member) == TICK_OK);

    tick_timestamp now, later;
    CHECK(tick_cluster_now(member, &now) == TICK_OK && now.utc_ns > 0 && now.quality != TICK_TIME_NONE);
    CHECK(tick_cluster_now(member, &later) == TICK_OK && later.utc_ns >= now.utc_ns);
    REFUSED(tick_cluster_now(member, NULL), TICK_ERROR_NULL, "timestamp");
    CHECK(tick_cluster_lead(member, 3, now.utc_ns) == TICK_OK && tick_cluster_follow(member) == TICK_OK);
    REFUSED(tick_cluster_lead(member, 4, INT64_MAX), TICK_ERROR_ARGUMENT, "floor_utc_ns");
    REFUSED(tick_cluster_lead(member, 4, INT64_MIN), TICK_ERROR_ARGUMENT, "floor_utc_ns");
    REFUSED(tick_loop_stop((tick_loop *)member), TICK_ERROR_HANDLE, "loop");

    /* Ticks have its time. */
    tick_loop_options loop_options;
    tick_loop_options_init(&loop_options, sizeof loop_options);
    loop_options.cluster = member;
    tick_loop *loop = NULL;
    tick_session_options session;
    tick_session_options_init(&session, sizeof session, fps25);
    session.tick_count = 3;
    CHECK(tick_loop_create(&loop_options, &loop) == TICK_OK && tick_loop_add(loop, &session, NULL) == TICK_OK);
    CHECK(tick_loop_begin(loop) == TICK_OK);
    tick_info tick = {.struct_size = sizeof tick};
    while (tick_loop_next(loop, &tick) == TICK_OK) {
        CHECK(tick.timestamp.quality != TICK_TIME_NONE && tick.timestamp.utc_ns > later.utc_ns);
    }
    CHECK(tick_cluster_destroy(member) == TICK_OK);
    REFUSED(tick_cluster_now(member, &now), TICK_ERROR_HANDLE, "destroyed");
    REFUSED(tick_cluster_lead(member, 1, 0), TICK_ERROR_HANDLE, "destroyed");
    REFUSED(tick_cluster_follow(member), TICK_ERROR_HANDLE, "destroyed");
    REFUSED(tick_loop_create(&loop_options, &loop), TICK_ERROR_HANDLE, "cluster");
    CHECK(tick_loop_destroy(loop) == TICK_OK);
}

/* ---------------------------------------------------------------------------------------- On air */

#ifndef FIRST_HEADER
static tick_air_right right_of(int64_t fencing_number, int64_t valid_for_ns) {
    tick_air_right right;
    CHECK(tick_air_right_init(&right, sizeof right) == TICK_OK && right.end_tick == -1);
    right.tick_ceiling = INT64_MAX;
    right.valid_until_boot_ns = tick_now_boot_ns() + valid_for_ns;
    right.fencing_number = fencing_number;
    return right;
}

struct aired {
    tick_gate *gate;
    tick_status cleared;
    int64_t number;
    int on, off;
};

/* A handler may withdraw the right. */
static void on_air_tick(void *user_data, const tick_info *tick) {
    struct aired *aired = user_data;
    CHECK(tick->has_gate);
    if (tick->on_air) aired->number = tick->fencing_number;
    tick->on_air ? aired->on++ : aired->off++;
    if (tick->index == 2) aired->cleared = tick_gate_clear(aired->gate);
}

static void gate(void) {
    const int64_t hour = 3600000000000;
    tick_gate *gate = NULL, *other = NULL;
    tick_air_right right = right_of(5, hour);
    CHECK(tick_now_boot_ns() > 0);
    REFUSED(tick_air_right_init(&right, 1), TICK_ERROR_STRUCT_SIZE, "tick_air_right");
    REFUSED(tick_gate_create(NULL), TICK_ERROR_NULL, "gate");
    CHECK(tick_gate_create(&gate) == TICK_OK && tick_gate_create(&other) == TICK_OK);
    REFUSED(tick_gate_publish(gate, NULL), TICK_ERROR_NULL, "tick_air_right");
    REFUSED(tick_gate_publish(NULL, &right), TICK_ERROR_NULL, "gate");
    REFUSED(tick_gate_clear(NULL), TICK_ERROR_NULL, "gate");
#define BAD_RIGHT(field, value)                                                          \
    do {                                                                                 \
        tick_air_right bad = right;                                                      \
        bad.field = (value);                                                             \
        REFUSED(tick_gate_publish(gate, &bad), TICK_ERROR_ARGUMENT, #field);             \
    } while (0)
    BAD_RIGHT(first_tick, -1);
    BAD_RIGHT(end_tick, -2);
    BAD_RIGHT(fencing_number, 0);
    BAD_RIGHT(fencing_number, ((int64_t)1 << 53) + 1);
    BAD_RIGHT(isolation, (tick_isolation)7);

    tick_loop *loop = NULL;
    tick_session_options session;
    tick_session_options_init(&session, sizeof session, fps200);
    CHECK(session.gate == NULL && tick_loop_create(NULL, &loop) == TICK_OK);
    session.tick_count = 12;
    session.gate = (tick_gate *)loop;
    REFUSED(tick_loop_add(loop, &session, NULL), TICK_ERROR_HANDLE, "gate");
    session.gate = gate;
    CHECK(tick_loop_add(loop, &session, NULL) == TICK_OK);
    session.gate = NULL;
    CHECK(tick_loop_add(loop, &session, NULL) == TICK_OK);
    /* A program that was compiled before sessions had gates. */
    session.struct_size = offsetof(tick_session_options, gate);
    session.gate = (tick_gate *)(uintptr_t)1;
    CHECK(tick_loop_add(loop, &session, NULL) == TICK_OK);
    CHECK(tick_loop_begin(loop) == TICK_OK);

    struct {
        tick_info tick;
        int64_t guard;
    } place = {.guard = 77};
    tick_info *tick = &place.tick;
    while (1) {
        memset(tick, 0x55, sizeof *tick);
        /* Every size that a program may have been compiled with. */
        static const uint32_t sizes[] = {184, 192, 200, sizeof(tick_info)};
        static int turn;
        uint32_t size = sizes[turn++ % 4];
        tick->struct_size = size;
        if (tick_loop_next(loop, tick) != TICK_OK) break;
        CHECK(tick->struct_size == size && place.guard == 77);
        if (size < sizeof *tick) CHECK(tick->on_air == 0x55 && tick->has_gate == 0x55);
        if (size < 200) CHECK(tick->fencing_number == 0x5555555555555555);
        if (size == sizeof *tick && tick->session > 0) {
            CHECK(!tick->has_gate && !tick->on_air && !tick->unfenced && tick->fencing_number == 0);
        }
        if (tick->session > 0) continue;
        int on = 0, unfenced = 0;
        int64_t number = 0;
        if (tick->index == 1 || tick->index == 2 || tick->index == 9) on = 1, number = 5;
        if (tick->index == 7 || tick->index == 8) on = unfenced = 1, number = 5;
        if (tick->index == 9) number = 6;
        if (size >= 200) CHECK(tick->fencing_number == number);
        if (size == sizeof *tick) CHECK(tick->has_gate && tick->on_air == on && tick->unfenced == unfenced);
        if (tick->index == 0) CHECK(tick_gate_publish(gate, &right) == TICK_OK);
        if (tick->index == 2) {
            right = right_of(5, 0);
            CHECK(tick_gate_publish(gate, &right) == TICK_OK);
        }
        if (tick->index == 4) CHECK(tick_gate_clear(gate) == TICK_OK);
        if (tick->index == 6) {
            right.isolation = TICK_ISOLATION_CONTINUE;
            CHECK(tick_gate_publish(gate, &right) == TICK_OK);
        }
        if (tick->index == 8) {
            right = right_of(6, hour);
            right.end_tick = 10;
            CHECK(tick_gate_publish(gate, &right) == TICK_OK);
            right = right_of(5, hour);
            REFUSED(tick_gate_publish(gate, &right), TICK_ERROR_ARGUMENT, "from 6 to 5");
        }
        if (tick->index == 10) {
            right = right_of(7, hour);
            CHECK(tick_gate_publish(gate, &right) == TICK_OK);
            /* Its session stays, and is off air. */
            CHECK(tick_gate_destroy(gate) == TICK_OK);
            REFUSED(tick_gate_publish(gate, &right), TICK_ERROR_HANDLE, "destroyed");
            REFUSED(tick_gate_clear(gate), TICK_ERROR_HANDLE, "destroyed");
            REFUSED(tick_gate_destroy(gate), TICK_ERROR_HANDLE, "destroyed");
        }
    }
    CHECK(tick_loop_destroy(loop) == TICK_OK);

    struct aired aired = {.gate = other, .cleared = TICK_ERROR_STATE};
    tick_session_options_init(&session, sizeof session, fps200);
    session.tick_count = 6;
    session.gate = other;
    session.handler = on_air_tick;
    session.user_data = &aired;
    right = right_of((int64_t)1 << 53, hour);
    CHECK(tick_gate_publish(other, &right) == TICK_OK);
    CHECK(tick_loop_create(NULL, &loop) == TICK_OK && tick_loop_add(loop, &session, NULL) == TICK_OK);
    CHECK(tick_loop_start(loop) == TICK_OK && tick_loop_wait(loop) == TICK_OK);
    CHECK(aired.on == 3 && aired.off == 3 && aired.number == (int64_t)1 << 53 && aired.cleared == TICK_OK);
    CHECK(tick_loop_destroy(loop) == TICK_OK && tick_gate_destroy(other) == TICK_OK);
}

/* ---------------------------------------------------------------------------------------- Stations */

/* What fails without an agent; tests of whole stations have one. */
static void station(const char *folder) {
    char path[512];
    snprintf(path, sizeof path, "%s/none.sock", folder);
    tick_station *station = NULL;
    tick_station_options options;
    int32_t session = -7;
    REFUSED(tick_station_options_init(&options, 4), TICK_ERROR_STRUCT_SIZE, "tick_station_options");
    REFUSED(tick_station_options_init(NULL, sizeof options), TICK_ERROR_NULL, "tick_station_options");
    CHECK(tick_station_options_init(&options, sizeof options) == TICK_OK && options.struct_size == sizeof options);
    tick_loop_options loop_options;
    CHECK(tick_loop_options_init(&loop_options, sizeof loop_options) == TICK_OK);
    loop_options.ends_when_idle = 0;
    tick_loop *loop = NULL;
    CHECK(tick_loop_create(&loop_options, &loop) == TICK_OK);
    options.socket = path;
    options.channel = "one";
    REFUSED(tick_station_join(loop, &options, &station), TICK_ERROR_STATE, "not begun");
    CHECK(tick_loop_start(loop) == TICK_OK);
    REFUSED(tick_station_join(NULL, &options, &station), TICK_ERROR_NULL, "loop");
    REFUSED(tick_station_join((tick_loop *)&options, &options, &station), TICK_ERROR_HANDLE, "loop");
    REFUSED(tick_station_join(loop, NULL, &station), TICK_ERROR_NULL, "tick_station_options");
    REFUSED(tick_station_join(loop, &options, NULL), TICK_ERROR_NULL, "station");
    REFUSED(tick_station_join(loop, &options, &station), TICK_ERROR_STATION, "none.sock");
#define BAD_STATION(field, value, status, part)                                          \
    do {                                                                                 \
        tick_station_options bad = options;                                              \
        bad.field = (value);                                                             \
        REFUSED(tick_station_join(loop, &bad, &station), status, part);                  \
    } while (0)
    BAD_STATION(socket, NULL, TICK_ERROR_NULL, "socket");
    BAD_STATION(channel, NULL, TICK_ERROR_NULL, "channel");
    BAD_STATION(policy, (tick_policy)9, TICK_ERROR_ARGUMENT, "policy");
    BAD_STATION(lead_ns, INT64_MAX, TICK_ERROR_ARGUMENT, "lead_ns");
    BAD_STATION(lead_ns, 11000000000, TICK_ERROR_ARGUMENT, "lead");
    BAD_STATION(priming_ticks, -1, TICK_ERROR_ARGUMENT, "priming_ticks");
    BAD_STATION(struct_size, 8, TICK_ERROR_STRUCT_SIZE, "tick_station_options");
    CHECK(station == NULL);
    REFUSED(tick_station_session(NULL, &session), TICK_ERROR_NULL, "station");
    REFUSED(tick_station_session((tick_station *)loop, &session), TICK_ERROR_HANDLE, "station");
    REFUSED(tick_station_leave(NULL), TICK_ERROR_NULL, "station");
    REFUSED(tick_station_leave((tick_station *)loop), TICK_ERROR_HANDLE, "station");
    CHECK(session == -7);
    CHECK(tick_loop_stop(loop) == TICK_OK && tick_loop_wait(loop) == TICK_OK);
    REFUSED(tick_station_join(loop, &options, &station), TICK_ERROR_LOOP_ENDED, "ended");
    CHECK(tick_loop_destroy(loop) == TICK_OK);
}
#endif

int main(int argc, char **argv) {
    if (argc != 2) return 2;
    arithmetic();
    pushed(argv[1]);
    pulled();
#ifndef FIRST_HEADER
    given_grid();
#endif
    misuse();
    cluster();
#ifndef FIRST_HEADER
    gate();
    station(argv[1]);
#endif
    return failures == 0 ? 0 : 1;
}
