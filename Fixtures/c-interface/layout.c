// The layout against which programs are compiled. These sizes are of version 1.0. A struct that begins with
// struct_size may grow at its end; no other struct may change.

#include <tick_scheduler.h>

#include <assert.h>

static_assert(sizeof(tick_rate) == 8, "tick_rate");
static_assert(sizeof(tick_timestamp) == 48, "tick_timestamp");
static_assert(sizeof(tick_block) == 16, "tick_block");
static_assert(sizeof(tick_peer) == 16, "tick_peer");
static_assert(sizeof(tick_key) == 56, "tick_key");
static_assert(sizeof(tick_info) >= 184 && offsetof(tick_info, reserved) == 180, "tick_info");
static_assert(sizeof(tick_info) >= 192 && offsetof(tick_info, deadline_lateness_ns) == 184, "tick_info, grown");
static_assert(offsetof(tick_info, fencing_number) == 192 && offsetof(tick_info, has_gate) == 200, "tick_info, air");
static_assert(offsetof(tick_info, on_air) == 201 && offsetof(tick_info, unfenced) == 202, "tick_info, air");
static_assert(sizeof(tick_info) >= 208, "tick_info, air");
static_assert(sizeof(tick_air_right) >= 48 && offsetof(tick_air_right, fencing_number) == 40, "tick_air_right");
static_assert(sizeof(tick_session_options) >= 120 && offsetof(tick_session_options, reserved) == 116, "sessions");
static_assert(sizeof(tick_session_options) >= 160 && offsetof(tick_session_options, has_grid) == 152, "grown");
static_assert(sizeof(tick_epoch) >= 56 && offsetof(tick_epoch, alignment_index) == 48, "tick_epoch");
static_assert(sizeof(tick_seam) >= 48 && offsetof(tick_seam, utc_jump_ns) == 40, "tick_seam");
static_assert(sizeof(tick_placed_block) >= 56 && offsetof(tick_placed_block, fence) == 48, "tick_placed_block");
static_assert(sizeof(tick_cluster_options) >= 120 && offsetof(tick_cluster_options, drift_bound_ppb) == 112, "cluster");
static_assert(sizeof(tick_loop_options) >= 96 && offsetof(tick_loop_options, reserved) == 92, "tick_loop_options");
static_assert(sizeof(tick_station_options) >= 64 && offsetof(tick_station_options, priming_ticks) == 56, "stations");
static_assert(sizeof(tick_statistics) >= 144 && offsetof(tick_statistics, drift_ns) == 136, "tick_statistics");
static_assert(sizeof(tick_incident) >= 56 && offsetof(tick_incident, text) == 48, "tick_incident");
