// A GStreamer pipeline that is pushed: our ticks, on the library's real-time thread, fill an appsrc. A buffer's time
// comes exactly from its tick's number, not from a clock. One handler stalls. Under everyTick the overdue ticks
// repeat the last picture, so that none is missing. Under skip they are left out, and the next buffer is marked as a
// discontinuity.
//
//     pushed every|skip
//
// Prints what comes out at the other end: pts, duration, number of the picture shown, DISCONT.

#include <gst/app/gstappsink.h>
#include <gst/app/gstappsrc.h>
#include <gst/gst.h>
#include <tick_scheduler.h>

#include <cinttypes>
#include <cstdio>
#include <cstring>
#include <string>
#include <thread>

namespace {

constexpr tick_rate rate = {25, 1};
constexpr int64_t ticks = 50, stalled = 20;
constexpr auto stall = std::chrono::milliseconds(120);

struct Pipeline {
    GstElement *element = nullptr;
    GstElement *source = nullptr;
    GstElement *sink = nullptr;
    int64_t shown = -1;
};

// The pipeline shows the number of the frame instead of a picture.
void push(Pipeline &pipeline, const tick_info &tick, bool isGap) {
    int64_t begin = 0, end = 0;
    tick_rate_media_timestamp(rate, tick.index, 1000000000, &begin);
    tick_rate_media_timestamp(rate, tick.index + 1, 1000000000, &end);
    GstBuffer *buffer = gst_buffer_new_allocate(nullptr, 16 * 16, nullptr);
    gst_buffer_memset(buffer, 0, 0, 16 * 16);
    gst_buffer_fill(buffer, 0, &pipeline.shown, sizeof pipeline.shown);
    GST_BUFFER_PTS(buffer) = static_cast<GstClockTime>(begin);
    GST_BUFFER_DURATION(buffer) = static_cast<GstClockTime>(end - begin);
    if (isGap) GST_BUFFER_FLAG_SET(buffer, GST_BUFFER_FLAG_DISCONT);
    gst_app_src_push_buffer(GST_APP_SRC(pipeline.source), buffer);
}

extern "C" void onTick(void *user_data, const tick_info *tick) {
    auto &pipeline = *static_cast<Pipeline *>(user_data);
    // Repeat the previous picture, because there is no time to make another.
    if (!tick->is_overdue || tick->skipped_before > 0) pipeline.shown = tick->index;
    push(pipeline, *tick, tick->skipped_before > 0);
    if (tick->index == stalled) std::this_thread::sleep_for(stall);
}

int failed(const char *call) {
    std::fprintf(stderr, "%s: %s\n", call, tick_last_message());
    return 1;
}

}  // namespace

int main(int argc, char **argv) {
    gst_init(nullptr, nullptr);
    const std::string policy = argc == 2 ? argv[1] : "";
    if (policy != "every" && policy != "skip") {
        std::fprintf(stderr, "usage: %s every|skip\n", argv[0]);
        return 2;
    }
    Pipeline pipeline;
    pipeline.element = gst_parse_launch(
        "appsrc name=source format=time caps=video/x-raw,format=GRAY8,width=16,height=16,framerate=25/1 ! queue ! "
        "identity ! appsink name=sink sync=false",
        nullptr);
    if (pipeline.element == nullptr) return 1;
    pipeline.source = gst_bin_get_by_name(GST_BIN(pipeline.element), "source");
    pipeline.sink = gst_bin_get_by_name(GST_BIN(pipeline.element), "sink");
    gst_element_set_state(pipeline.element, GST_STATE_PLAYING);

    tick_loop *loop = nullptr;
    tick_session_options session;
    if (tick_session_options_init(&session, sizeof session, rate) != TICK_OK) return failed("init");
    session.tick_count = ticks;
    session.policy = policy == "skip" ? TICK_SKIP : TICK_EVERY_TICK;
    session.handler = onTick;
    session.user_data = &pipeline;
    if (tick_loop_create(nullptr, &loop) != TICK_OK) return failed("tick_loop_create");
    if (tick_loop_add(loop, &session, nullptr) != TICK_OK) return failed("tick_loop_add");
    if (tick_loop_start(loop) != TICK_OK) return failed("tick_loop_start");
    if (tick_loop_wait(loop) != TICK_OK) return failed("tick_loop_wait");
    tick_loop_destroy(loop);
    gst_app_src_end_of_stream(GST_APP_SRC(pipeline.source));

    while (GstSample *sample = gst_app_sink_pull_sample(GST_APP_SINK(pipeline.sink))) {
        GstBuffer *buffer = gst_sample_get_buffer(sample);
        int64_t shown = -1;
        gst_buffer_extract(buffer, 0, &shown, sizeof shown);
        std::printf("%" PRIu64 " %" PRIu64 " %" PRId64 " %d\n", GST_BUFFER_PTS(buffer), GST_BUFFER_DURATION(buffer),
                    shown, GST_BUFFER_FLAG_IS_SET(buffer, GST_BUFFER_FLAG_DISCONT) ? 1 : 0);
        gst_sample_unref(sample);
    }
    gst_element_set_state(pipeline.element, GST_STATE_NULL);
    gst_object_unref(pipeline.source);
    gst_object_unref(pipeline.sink);
    gst_object_unref(pipeline.element);
    return 0;
}
