/* A pipeline that owns its loop: it pulls ticks at 30000/1001 and writes one raw picture for each to standard output,
 * for an encoder. Standard error gets one line per tick: number, timecode, lateness in ns.
 *
 *     pulled write 90 2>ticks.txt | ffmpeg -f rawvideo -pix_fmt gray -s 320x96 -r 30000/1001 -i - out.mkv
 *     ffmpeg -i out.mkv -f rawvideo -pix_fmt gray - | pulled read        number, timecode, bar of each picture
 */

#include "picture.h"

#include <stdio.h>
#include <stdlib.h>
#include <tick_scheduler.h>

static uint8_t luma[PICTURE_SIZE];

static int fail(const char *call) {
    fprintf(stderr, "%s: %s\n", call, tick_last_message());
    return 1;
}

static int write_pictures(int64_t count) {
    tick_loop *loop;
    tick_session_options session;
    const tick_rate rate = {30000, 1001};
    if (tick_session_options_init(&session, sizeof session, rate) != TICK_OK) return fail("tick_session_options_init");
    session.tick_count = count;
    if (tick_loop_create(NULL, &loop) != TICK_OK) return fail("tick_loop_create");
    if (tick_loop_add(loop, &session, NULL) != TICK_OK) return fail("tick_loop_add");
    if (tick_loop_begin(loop) != TICK_OK) return fail("tick_loop_begin");

    tick_info tick = {.struct_size = sizeof tick};
    tick_status status;
    while ((status = tick_loop_next(loop, &tick)) == TICK_OK) {
        char timecode[TICK_TIMECODE_SIZE];
        tick_rate_timecode(rate, tick.index, timecode);
        picture_draw(luma, tick.index, timecode);
        if (fwrite(luma, 1, sizeof luma, stdout) != sizeof luma || fflush(stdout) != 0) {
            perror("standard output");
            return 1;
        }
        fprintf(stderr, "%lld %s %lld\n", (long long)tick.index, timecode, (long long)tick.start_lateness_ns);
    }
    if (status != TICK_ENDED) return fail("tick_loop_next");
    return tick_loop_destroy(loop) == TICK_OK ? 0 : fail("tick_loop_destroy");
}

static int read_pictures(void) {
    char timecode[12];
    for (int64_t frame = 0; fread(luma, 1, sizeof luma, stdin) == sizeof luma; frame++) {
        int bar = picture_read(luma, timecode);
        printf("%lld %s %d\n", (long long)frame, timecode, bar);
    }
    return 0;
}

int main(int argc, char **argv) {
    if (argc == 3 && strcmp(argv[1], "write") == 0) return write_pictures(atoll(argv[2]));
    if (argc == 2 && strcmp(argv[1], "read") == 0) return read_pictures();
    fprintf(stderr, "usage: %s write COUNT | read\n", argv[0]);
    return 2;
}
