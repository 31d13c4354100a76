// GStreamer's system clock, used as its sinks use it: one single-shot entry per frame, and a wait in the streaming
// thread. The clock is CLOCK_MONOTONIC, so the entries have the grid's exact times.

#define _GNU_SOURCE
#include "peer.h"

#include <gst/gst.h>

int main(int argc, char **argv) {
    gst_init(NULL, NULL);
    GstClock *clock = gst_system_clock_obtain();
    struct peer peer = peer_prepare(argc, argv);
    for (int64_t tick = 0; tick < peer.ticks; tick++) {
        int64_t deadline = peer_deadline(&peer, tick);
        GstClockID entry = gst_clock_new_single_shot_id(clock, (GstClockTime)deadline);
        GstClockReturn result = gst_clock_id_wait(entry, NULL);
        int64_t now = peer_now();
        gst_clock_id_unref(entry);
        // EARLY means that the time had already passed.
        if (result != GST_CLOCK_OK && result != GST_CLOCK_EARLY) {
            fprintf(stderr, "gst_clock_id_wait: %d\n", result);
            return 1;
        }
        peer.lateness[tick] = now - deadline;
    }
    return peer_finish(&peer);
}
