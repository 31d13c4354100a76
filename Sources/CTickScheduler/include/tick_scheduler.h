/*
 * tick_scheduler.h - exact ticks for a playout pipeline, from C11 and C++17.
 *
 * A loop delivers the ticks of its sessions at exact deadlines: tick n of a session is due at
 * epoch + round(n * 10^9 * den / num) nanoseconds, computed in 128 bits, so that nothing drifts. It runs in one of
 * two ways:
 *
 *   pushed   tick_loop_start() runs it on a real-time thread of the library, which calls each session's handler;
 *            tick_loop_wait() waits for its end.
 *   pulled   tick_loop_begin() begins it on the calling thread, whose tick_loop_next() then waits for the next tick of
 *            any session and returns it. The time until the following call is that tick's work.
 *
 * UNITS       Names that end in _ns are nanoseconds. Instants on the monotonic clock (_mono_ns) are CLOCK_MONOTONIC;
 *             instants of UTC (_utc_ns) are counted from 1970-01-01 without leap seconds, as CLOCK_REALTIME.
 *             Arguments are bounded: instants of UTC from 1970-01-01 to 2200-01-01, lengths of time up to
 *             100 years. Beyond that, and the bounds that a field states, a call returns TICK_ERROR_ARGUMENT.
 * THREADS     Any thread may call a function, and no function waits for a tick, unless its text says otherwise.
 * OWNERSHIP   The caller owns the result of a _create() or _start(), and passes it to the _destroy() of its kind when
 *             no other call with it is under way. A call with a destroyed handle returns an error, at any later time.
 *             A call copies its arguments before it returns, except handlers and their user_data, which
 *             must live until the session has been removed or the loop has ended. Strings are UTF-8 and end in 0.
 * ERRORS      Every call that can fail returns a tick_status; it writes no result unless that
 *             is TICK_OK (or its text says so). tick_last_message() names the input, the place and the remedy.
 *             A null pointer, a handle that was destroyed, a struct of no known size, or a call from the wrong thread
 *             returns an error.
 * GROWTH      A struct that may grow begins with struct_size. For an argument, call its _init(), which sets that
 *             and every default, then change some fields. For a result, set struct_size to its sizeof;
 *             the call writes no more than that. So a program built against this header runs with later libraries of
 *             this major version: they know all earlier sizes. New fields are only added at the end.
 */

#ifndef TICK_SCHEDULER_H
#define TICK_SCHEDULER_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* For Swift's importer only: of these types, only the pointers are unsafe. */
#if defined(__swift__)
#define TICK_SAFE __attribute__((swift_attr("@safe")))
#else
#define TICK_SAFE
#endif

/* 65536 * major + minor. */
#define TICK_SCHEDULER_VERSION 0x00010000u

/* The version of the running library, which may be later than the header's. Never fails. */
uint32_t tick_version(void);

/* ------------------------------------------------------------------------------------------------ Errors */

typedef enum tick_status {
    TICK_OK = 0,
    /* No tick follows: every session has ended, or a stop was requested. Not an error. */
    TICK_ENDED = 1,
    /* A required pointer is null. */
    TICK_ERROR_NULL = 2,
    /* The handle is not of this kind, or was destroyed. */
    TICK_ERROR_HANDLE = 3,
    /* The library does not know this struct_size, or bytes that it does not know are not 0. */
    TICK_ERROR_STRUCT_SIZE = 4,
    /* An argument is out of its range. */
    TICK_ERROR_ARGUMENT = 5,
    /* The frame rate is invalid: a part of 0, or more than 1 000 000 frames a second. */
    TICK_ERROR_RATE = 6,
    /* The result does not fit its clock. */
    TICK_ERROR_RANGE = 7,
    /* The call is not allowed in this state of the loop: it has begun already, or has not. */
    TICK_ERROR_STATE = 8,
    /* The call is not allowed on this thread: call it on the thread that began the loop, or off the loop's thread. */
    TICK_ERROR_THREAD = 9,
    /* The loop has ended. */
    TICK_ERROR_LOOP_ENDED = 10,
    /* There is no such session. */
    TICK_ERROR_NO_SESSION = 11,
    /* No place is free: for sessions, blocks, waiting changes, or handles. */
    TICK_ERROR_FULL = 12,
    /* The block plan is invalid, or the session cannot be succeeded there. */
    TICK_ERROR_PLAN = 13,
    /* The wall clock was set during every attempt to read it. */
    TICK_ERROR_CLOCK = 14,
    /* The cluster is invalid, or its clock does not allow this. */
    TICK_ERROR_CLUSTER = 15,
    /* The host refused a call; tick_last_message() names it. */
    TICK_ERROR_SYSTEM = 16,
    /* No agent answers at the socket, or it refuses the program; tick_last_message() has its reason. */
    TICK_ERROR_STATION = 17
} tick_status;

/* The meaning of a status, in words. Never null; do not free it. */
const char *tick_status_text(tick_status status);

/* The message of the last failed call on this thread: the input, the place, the remedy. Never null; empty if no call
 * has failed. The library owns it; it is valid until the next failing call on this thread. */
const char *tick_last_message(void);

/* -------------------------------------------------------------------------------------------- Arithmetic */

/* Frames a second: numerator / denominator, both above 0. The library always returns it reduced. */
typedef struct tick_rate {
    uint32_t numerator;
    uint32_t denominator;
} tick_rate;

/* "25", "60000/1001", or a name such as "59.94"; then "p", "fps", "df", "ndf" or nothing. A rate has no labels, so
 * "df" and "ndf" have no effect here; "df" is refused where drop-frame does not exist, and both where no timecode
 * exists. TICK_ERROR_RATE comes with the nearest rate in the message. */
tick_status tick_rate_parse(const char *text, tick_rate *rate);

/* The deadline of a tick, after tick 0. tick >= 0. */
tick_status tick_rate_offset(tick_rate rate, int64_t tick, int64_t *offset_ns);

/* The last tick that is due at elapsed_ns after tick 0; elapsed_ns >= 0. */
tick_status tick_rate_last_due(tick_rate rate, int64_t elapsed_ns, int64_t *tick);

/* The first tick that is due at elapsed_ns after tick 0 or later; 0 if elapsed_ns is not above 0. On a grid whose tick
 * n0 is due at an instant t0, the first tick due at t or later is that of t - t0 + tick_rate_offset(n0). */
tick_status tick_rate_first_due(tick_rate rate, int64_t elapsed_ns, int64_t *tick);

/* The fence of an instant of UTC: the first tick that is not before it. A block that ends there owns the ticks below.
 * 0 if the instant is not after the epoch. */
tick_status tick_rate_fence(tick_rate rate, int64_t end_utc_ns, int64_t epoch_utc_ns, int64_t *tick);

/* A tick's timestamp on a media clock of clock_rate Hz, computed exactly from its number (90000 for MPEG, 1000000000
 * for ns), rounded to nearest, halves up, as container formats rescale. */
tick_status tick_rate_media_timestamp(tick_rate rate, int64_t tick, uint32_t clock_rate_hz, int64_t *timestamp);

/* The same, rounded down: the value of the media clock's counter at that instant, as RTP is stamped. */
tick_status tick_rate_media_timestamp_sampled(tick_rate rate, int64_t tick, uint32_t clock_rate_hz, int64_t *timestamp);

#define TICK_TIMECODE_SIZE 16

/* The SMPTE timecode of frame `frame` of a day that began at 00:00:00:00; drop-frame if the rate has it, with ';'
 * before the frames. Wraps after 24 hours. `label` has room for TICK_TIMECODE_SIZE bytes. TICK_ERROR_RATE at a rate
 * such as 25/2 or 1/10, where a second of labels would not hold a whole number of frames. */
tick_status tick_rate_timecode(tick_rate rate, int64_t frame, char *label);

/* The house time of tick `tick` of a session whose tick 0 falls on epoch_utc_ns: labels count from the last jam, which
 * comes every day at daily_jam_s seconds after local midnight (0 ... 86399), on a clock utc_offset_min minutes ahead of
 * UTC (-840 ... 840). All sessions give an instant the same label. tick >= 0. `label` and TICK_ERROR_RATE as
 * for tick_rate_timecode(). */
tick_status tick_rate_house_timecode(
    tick_rate rate, int64_t epoch_utc_ns, int64_t tick, int32_t utc_offset_min, int32_t daily_jam_s, char *label);

/* CLOCK_MONOTONIC now, in ns: the clock of every deadline. Never fails. */
int64_t tick_now_mono_ns(void);

/* CLOCK_BOOTTIME now, in ns, which goes on while the host is suspended: the clock of tick_air_right. Never fails. */
int64_t tick_now_boot_ns(void);

/* ------------------------------------------------------------------------------------------------- Ticks */

/* How late a tick started: the first class that applies. */
typedef enum tick_lateness {
    TICK_ON_TIME = 0,
    TICK_LATE = 1,
    /* By a period or more. */
    TICK_OVER_PERIOD = 2,
    /* By 50 ms or more. */
    TICK_STALL = 3
} tick_lateness;

/* The cause of lateness. */
typedef enum tick_cause {
    /* The host woke the loop at that instant. */
    TICK_CAUSE_WAKE = 0,
    /* The work of another session's tick. */
    TICK_CAUSE_NEIGHBOUR = 1,
    /* The work of this session's previous tick. */
    TICK_CAUSE_WORK = 2,
    /* The loop began after the instant at which tick 0 was wanted. */
    TICK_CAUSE_BEGIN = 3
} tick_cause;

/* The source of a time of day. From the best to the worst: the cluster, PTP, NTP, the consensus, the system. */
typedef enum tick_quality {
    /* No time: the loop has no cluster. */
    TICK_TIME_NONE = 0,
    TICK_TIME_CLUSTER = 1,
    /* System time that the kernel or an NTP server reports as synchronized. */
    TICK_TIME_NTP = 2,
    /* The coarse consensus of the peers. */
    TICK_TIME_CONSENSUS = 3,
    /* System time with an unknown error. */
    TICK_TIME_SYSTEM = 4,
    /* System time, corrected by the exchanges with a PTP clock that follows UTC. */
    TICK_TIME_PTP = 5
} tick_quality;

/* A time of day with its quality. */
typedef struct tick_timestamp {
    int64_t utc_ns;
    /* The interval of true UTC (if untraceable: of the cluster's clocks); both 0 without has_bounds. */
    int64_t earliest_utc_ns;
    int64_t latest_utc_ns;
    /* How far utc_ns is held ahead of its source, so that it does not fall; usually 0. */
    int64_t held_ns;
    /* The number of the agreement behind it, from 1; 0: none. */
    int64_t agreement;
    tick_quality quality;
    uint8_t has_bounds;
    uint8_t is_traceable;
    /* A primary committed it: no later committed stamp of its view, on any host, is below it. */
    uint8_t is_committed;
    uint8_t reserved;
} tick_timestamp;

/* One delivered tick. */
typedef struct tick_info {
    uint32_t struct_size;
    /* The session's number in its loop, as tick_loop_add() gave it. */
    int32_t session;
    /* The tick's number on its session's grid, from 0. */
    int64_t index;
    int64_t deadline_mono_ns;
    /* The epoch's UTC plus the same offset: the schedule's time, which no step of the clock changes. */
    int64_t deadline_utc_ns;
    /* The clock read just before the handler, or before tick_loop_next() returned. */
    int64_t start_mono_ns;
    /* start - (deadline - lead): how late it started, counted from the wanted instant; never negative. */
    int64_t start_lateness_ns;
    /* How late the loop woke from its sleep before this tick; -1 if it did not sleep. */
    int64_t wake_latency_ns;
    /* From start to the instant at which the session next wants to be called; negative if that is past. */
    int64_t work_budget_ns;
    /* How long before the deadline the handler is called. */
    int64_t lead_ns;
    /* Ticks skipped between the last delivered tick and this one. */
    int64_t skipped_before;
    /* The index of the block that owns the tick, and the tick's position in the block; -1 and 0 without a block. */
    int64_t block_id;
    int64_t block_index;
    int64_t block_elapsed_ns;
    /* Fences between the last delivered tick and this one. */
    int64_t blocks_passed;
    /* Ticks to the next fence: 1 on the last tick of a block; -1 if no fence is ahead. */
    int64_t ticks_to_fence;
    /* The time of day at start; TICK_TIME_NONE without a cluster. */
    tick_timestamp timestamp;
    tick_lateness lateness;
    /* Of a tick that is not on time. */
    tick_cause cause;
    /* The work of the previous tick lasted to this tick's deadline or beyond: repeat the last frame. */
    uint8_t is_overdue;
    /* The skip crossed a backlog above backlog_max_ns. */
    uint8_t crossed_backlog;
    /* The block differs from the previous delivered tick's block. */
    uint8_t block_changed;
    /* The first tick with priming_ticks or fewer to the next fence: prepare the block after it. */
    uint8_t is_priming;
    uint32_t reserved;
    /* start - deadline; negative while the lead holds. */
    int64_t deadline_lateness_ns;
    /* The number of the right under which the tick is on air, from 1; 0 without a gate, and off air. A sink must refuse
     * a number below one that it has seen. */
    int64_t fencing_number;
    /* Whether the session has a gate. Without one, the following fields are 0 and say nothing. */
    uint8_t has_gate;
    /* This host delivers this tick. Otherwise keep the pipeline warm, and send nothing out. */
    uint8_t on_air;
    /* It is on air although this host may have lost its right: another host may deliver this tick too. */
    uint8_t unfenced;
    uint8_t reserved_air[5];
} tick_info;

/* Called at each tick on the loop's thread. It must neither block nor allocate, or later ticks are late. The library
 * owns `tick`; it is valid until the handler returns. */
typedef void (*tick_handler)(void *user_data, const tick_info *tick);

/* ----------------------------------------------------------------------------------------------- On air */

/* Says of each tick of a session whether this host delivers it. Several hosts may tick a channel; the one that has the
 * right to it publishes that right in the gate of its session, and renews it. The loop judges each tick by one reading
 * of CLOCK_BOOTTIME that it makes for it: after a process was stopped or a host was suspended for longer than the right
 * is valid, no tick is on air. Only the sink's fencing covers the time from that reading to the effect of the handler. */
typedef struct tick_gate tick_gate;

/* What happens on air once this host can no longer renew its right. */
typedef enum tick_isolation {
    /* Its ticks are off air. */
    TICK_ISOLATION_STOP = 0,
    /* Its ticks stay on air, with tick_info.unfenced. */
    TICK_ISOLATION_CONTINUE = 1
} tick_isolation;

/* The right of this host to deliver a channel's ticks. */
typedef struct tick_air_right {
    uint32_t struct_size;
    tick_isolation isolation;
    /* The first tick that is this host's; 0 or more. */
    int64_t first_tick;
    /* The first tick that is no longer this host's: none from it on is on air, whatever `isolation` says. 0 or more;
     * -1: no end. Default -1. */
    int64_t end_tick;
    /* The last tick that this host may deliver under its present tenure. Another host takes over beyond it. */
    int64_t tick_ceiling;
    /* At and after this instant of CLOCK_BOOTTIME the right no longer holds. */
    int64_t valid_until_boot_ns;
    /* Above that of each earlier right to the channel, on any host; 1 to 2^53. */
    int64_t fencing_number;
    /* When the host after this one may begin with end_tick: from this instant of CLOCK_BOOTTIME on no tick is on air,
     * whatever `isolation` says. INT64_MAX (default): no such instant. */
    int64_t end_boot_ns;
} tick_air_right;

/* Sets everything to its default; you must set tick_ceiling, valid_until_boot_ns and fencing_number. `struct_size` is
 * the caller's sizeof(tick_air_right). */
tick_status tick_air_right_init(tick_air_right *right, size_t struct_size);

/* A gate without a right: every tick is off air. Name it in tick_session_options.gate. */
tick_status tick_gate_create(tick_gate **gate);

/* Publishes a right in place of the previous one: the next tick is judged by it. TICK_ERROR_ARGUMENT for a fencing
 * number below an earlier one of this gate; the previous right stays. Allowed in a handler. */
tick_status tick_gate_publish(tick_gate *gate, const tick_air_right *right);

/* Withdraws the right: from the next tick on the session is off air, whatever `isolation` said. Allowed in a handler. */
tick_status tick_gate_clear(tick_gate *gate);

/* Withdraws the right and gives the gate back. Sessions that have it stay off air, and need not be removed first. */
tick_status tick_gate_destroy(tick_gate *gate);

/* ---------------------------------------------------------------------------------------------- Sessions */

/* What happens to ticks that are already due when the previous work ends. No policy moves the grid. */
typedef enum tick_policy {
    /* Each once, in order, immediately, flagged is_overdue. */
    TICK_EVERY_TICK = 0,
    /* Only the last due tick, flagged, with the number skipped before it. */
    TICK_SKIP = 1,
    /* As TICK_EVERY_TICK, but at least spacing_ns apart. */
    TICK_PACED = 2
} tick_policy;

/* The instants of UTC on which tick 0 may lie. */
typedef enum tick_alignment {
    /* Whole milliseconds. */
    TICK_ALIGN_NONE = 0,
    TICK_ALIGN_SECOND = 1,
    /* Alignment points of SMPTE ST 2059-1. */
    TICK_ALIGN_ST2059 = 2
} tick_alignment;

/* What the session does after the last block of a plan. */
typedef enum tick_plan_end { TICK_PLAN_END_STOPS = 0, TICK_PLAN_END_CONTINUES = 1 } tick_plan_end;

/* One block of a plan: an item, a programme, a break. It ends where the next one begins. */
typedef struct tick_block {
    /* Chosen by the planner; the library does not read it. */
    int64_t id;
    /* Above 0. */
    int64_t length_ns;
} tick_block;

/* Where a plan's first block starts. */
typedef enum tick_plan_start {
    /* No plan. */
    TICK_PLAN_NONE = 0,
    /* At the session's epoch. */
    TICK_PLAN_AT_EPOCH = 1,
    /* At plan_start_utc_ns; if that is past, the session joins in progress. */
    TICK_PLAN_AT_UTC = 2
} tick_plan_start;

typedef struct TICK_SAFE tick_session_options {
    uint32_t struct_size;
    tick_rate rate;
    tick_policy policy;
    /* 0: until stopped. */
    int64_t tick_count;
    /* Under TICK_PACED: above 0, below the period. */
    int64_t spacing_ns;
    /* A tick that is not overdue counts as on time up to this lateness. Default 1 ms. */
    int64_t on_time_within_ns;
    /* A larger backlog is crossed by one recorded skip. Default 10 s. */
    int64_t backlog_max_ns;
    /* How long before each deadline the handler is called: 0 to 10 s. */
    int64_t lead_ns;
    /* How many ticks before a fence tick_info.is_priming is set; 0: never. */
    int64_t priming_ticks;
    int64_t plan_start_utc_ns;
    const tick_block *blocks;
    size_t block_count;
    /* Called by a pushed loop; may be null. A pulled loop does not call it. */
    tick_handler handler;
    void *user_data;
    tick_alignment alignment;
    tick_plan_start plan_start;
    tick_plan_end plan_end;
    uint32_t reserved;
    /* The grid on which the session ticks, such as that of a channel which another host had on air: tick `grid_tick` of
     * it is due at grid_tai_ns, to within grid_bound_ns (0 if the instant defines the grid). The session gets a fresh
     * anchor, and its ticks, blocks, labels and timestamps continue by index; its epoch is tick 0 of the grid, perhaps
     * years ago. Read only if has_grid is 1; then alignment is TICK_ALIGN_NONE. grid_tick >= 0; grid_tai_ns is ns of
     * TAI since 1970-01-01T00:00:00 TAI (UTC + tick_epoch.tai_offset_s), up to 2200-01-01; grid_bound_ns is 0 to a
     * day. A successor takes no grid. */
    int64_t grid_tick;
    int64_t grid_tai_ns;
    int64_t grid_bound_ns;
    /* The tick of the grid that the session begins with; tick_count counts from it. If it is due already, it is
     * delivered at once, and the policy applies to it and to those after it. -1 (default): the first tick due at least
     * 20 ms and the lead later. Without a grid: -1 or 0. */
    int64_t first_tick;
    /* 0 (default): a grid of the session's own, whose tick 0 is its epoch. */
    uint32_t has_grid;
    uint32_t grid_reserved;
    /* Says of each tick whether it is on air; null: the ticks say nothing about it. A successor without options of its
     * own has the gate of its predecessor, whose rights then count the successor's ticks. */
    tick_gate *gate;
} tick_session_options;

/* Sets everything to its default at a rate. `struct_size` is the caller's sizeof(tick_session_options). */
tick_status tick_session_options_init(tick_session_options *options, size_t struct_size, tick_rate rate);

/* Tick 0 of a session: one instant on UTC and on the monotonic clock, fixed when the session was anchored. On a given
 * grid it may be long past, and mono_ns negative: before the host's boot. */
typedef struct tick_epoch {
    uint32_t struct_size;
    tick_quality utc_source;
    int64_t utc_ns;
    int64_t mono_ns;
    /* CLOCK_REALTIME at tick 0; the same as utc_ns unless utc_ns came from a better source. */
    int64_t host_utc_ns;
    /* How far the two clocks' readings may be from one instant. */
    int64_t uncertainty_ns;
    /* TAI - UTC, in seconds. */
    int64_t tai_offset_s;
    /* The ST 2059-1 index of tick 0, under that alignment; otherwise -1. */
    int64_t alignment_index;
} tick_epoch;

/* Why a session ended. */
typedef enum tick_end_reason {
    TICK_RUNS = 0,
    TICK_END_TICKS_DELIVERED = 1,
    TICK_END_PLAN_ENDED = 2,
    TICK_END_SUCCEEDED = 3,
    TICK_END_REMOVED = 4,
    TICK_END_STOPPED = 5,
    TICK_END_CLOCK_RANGE = 6
} tick_end_reason;

/* Where a successor takes over. */
typedef struct tick_seam {
    uint32_t struct_size;
    int32_t successor;
    int64_t utc_ns;
    int64_t mono_ns;
    /* The predecessor owns its ticks below this one. */
    int64_t predecessor_end_tick;
    /* The shift of the grid; below 0, the next picture comes sooner by this much. */
    int64_t phase_jump_ns;
    /* The successor's UTC at the seam - the predecessor's: the step that the new anchor includes. */
    int64_t utc_jump_ns;
} tick_seam;

/* A block on its session's grid. */
typedef struct tick_placed_block {
    uint32_t struct_size;
    uint32_t reserved;
    int64_t id;
    int64_t index;
    int64_t start_utc_ns;
    int64_t end_utc_ns;
    /* It owns the ticks from first_tick up to, not including, fence; none if fence <= first_tick. */
    int64_t first_tick;
    int64_t fence;
} tick_placed_block;

/* ----------------------------------------------------------------------------------------------- Cluster */

/* A member of a cluster of synchronized clocks, on this host. */
typedef struct tick_cluster tick_cluster;

typedef struct TICK_SAFE tick_peer {
    uint64_t node;
    /* "192.0.2.7:12300" or "[2001:db8::7]:12300". */
    const char *address;
} tick_peer;

/* The key for datagrams from one member to another. */
typedef struct tick_key {
    uint64_t from;
    uint64_t to;
    uint8_t id;
    uint8_t secret[32];
} tick_key;

typedef struct TICK_SAFE tick_cluster_options {
    uint32_t struct_size;
    /* The id of the key with which this member sends. */
    uint32_t sending_key;
    uint64_t cluster;
    uint64_t node;
    /* The address on which this member listens, in the form of a tick_peer. */
    const char *listen;
    const tick_peer *peers;
    size_t peer_count;
    /* The keys of each ordered pair that contains this member. */
    const tick_key *keys;
    size_t key_count;
    /* NTP servers that check this host's UTC: "host" or "host:port". */
    const char *const *ntp_servers;
    size_t ntp_server_count;
    /* How far this host's UTC may be off, if its operator knows; 0 to 1 h; -1: use the kernel and NTP. */
    int64_t stated_error_ns;
    /* The widest accepted agreement. Default 500 ms. */
    int64_t tolerance_ns;
    /* How often each peer is polled. Default 500 ms. */
    int64_t poll_interval_ns;
    /* How long an agreement is used. Default 30 s. */
    int64_t agreement_length_ns;
    /* The bound on |rate - 1| of every clock, in parts per billion. Default 50 000. */
    int64_t drift_bound_ppb;
} tick_cluster_options;

/* Sets everything to its default; you must set cluster, node, listen, peers and keys. */
tick_status tick_cluster_options_init(tick_cluster_options *options, size_t struct_size);

/* Binds the member's socket and starts the member on a thread of the library. */
tick_status tick_cluster_start(const tick_cluster_options *options, tick_cluster **cluster);

/* The best available time now, never below the one before. Does not wait. */
tick_status tick_cluster_now(tick_cluster *cluster, tick_timestamp *timestamp);

/* This host is the primary of a view of its consensus: stamps are committed from now on, none below `floor_utc_ns`,
 * the highest committed stamp of earlier views. */
tick_status tick_cluster_lead(tick_cluster *cluster, uint64_t view, int64_t floor_utc_ns);

/* This host is no longer primary. */
tick_status tick_cluster_follow(tick_cluster *cluster);

/* Ends the member. Loops that use it keep its last time, which grows old: end them first. */
tick_status tick_cluster_destroy(tick_cluster *cluster);

/* -------------------------------------------------------------------------------------------------- Loop */

/* A loop and its sessions. */
typedef struct tick_loop tick_loop;

typedef enum tick_wait {
    /* Sleeps, then spins at the end of each wait, within a budget. */
    TICK_WAIT_HYBRID = 0,
    TICK_WAIT_SLEEP = 1,
    TICK_WAIT_SPIN = 2
} tick_wait;

/* When a journal is written to disk, to survive a failure of the host. */
typedef enum tick_journal_sync {
    TICK_JOURNAL_SYNC_SECOND = 0,
    TICK_JOURNAL_SYNC_NONE = 1,
    TICK_JOURNAL_SYNC_ALWAYS = 2
} tick_journal_sync;

/* Events that no tick shows. */
typedef enum tick_incident_kind {
    /* UTC stepped: size_ns. */
    TICK_INCIDENT_CLOCK_STEP = 1,
    /* The host was suspended: size_ns. */
    TICK_INCIDENT_SUSPEND = 2,
    /* CLOCK_REALTIME was set. */
    TICK_INCIDENT_CLOCK_SET = 3,
    /* CLOCK_MONOTONIC ran faster or slower than its limit, for a second. */
    TICK_INCIDENT_MONOTONIC_RATE = 4,
    /* A handler, or the work after tick_loop_next(), has run for size_ns and continues. */
    TICK_INCIDENT_HANDLER_HANGS = 5,
    /* It has ended after size_ns. */
    TICK_INCIDENT_HANDLER_RETURNED = 6,
    /* This many tick records were lost: count. */
    TICK_INCIDENT_RECORDS_LOST = 7,
    /* The journal cannot be written and ends here. */
    TICK_INCIDENT_JOURNAL_FAILED = 8,
    /* The host refused a request, and the loop runs without it. Reported when the loop begins. */
    TICK_INCIDENT_REFUSED = 9,
    /* Consecutive ticks were not on time, at least one by 50 ms or more: size_ns is the greatest lateness, count the
     * late ticks, tick the first of them. Reported at their end, and, while they continue, after 1 s, 10 s, and each
     * minute. */
    TICK_INCIDENT_STALL = 10,
    /* The same, but none by 50 ms. */
    TICK_INCIDENT_LATE_RUN = 11,
    /* The same, and ticks were skipped. */
    TICK_INCIDENT_SKIPPED = 12
} tick_incident_kind;

typedef struct TICK_SAFE tick_incident {
    uint32_t struct_size;
    tick_incident_kind kind;
    int64_t mono_ns;
    int64_t size_ns;
    int64_t count;
    /* The tick of a handler; -1 otherwise. */
    int32_t session;
    uint32_t reserved;
    int64_t tick;
    /* A description in words, with the remedy if there is one. The library owns it; valid until the call returns. */
    const char *text;
} tick_incident;

/* Called from the library's drain thread, one at a time; it may block. */
typedef void (*tick_incident_handler)(void *user_data, const tick_incident *incident);

typedef struct TICK_SAFE tick_loop_options {
    uint32_t struct_size;
    tick_wait wait;
    /* The share of elapsed time that TICK_WAIT_HYBRID may spin: 1 ... 100. Default 2. */
    uint32_t spin_budget_percent;
    /* SCHED_FIFO priority of the tick thread: 1 ... 99; 0: SCHED_OTHER. */
    uint32_t fifo_priority;
    /* The only CPU of the tick thread; -1: any. */
    int32_t cpu;
    /* Whether to lock the process's memory while the loop runs. Default 0. Keep 0 if the program locks it itself. */
    uint8_t locks_memory;
    /* Whether to keep the processors out of deep idle states while the loop runs. Default 1. */
    uint8_t holds_wake_latency;
    /* Whether the loop ends with its last session, instead of waiting for new ones. Default 1. */
    uint8_t ends_when_idle;
    /* Whether each session has its own histograms, besides the loop's. Default 0. 912 KiB per session. */
    uint8_t has_session_histograms;
    /* Room for sessions in addition to those at the beginning of the loop. Default 16. */
    uint32_t spare_sessions;
    /* Room for blocks in addition to those ahead at the beginning. Default 1024. */
    uint32_t spare_blocks;
    /* How many records may wait for the drain. Default 65536. */
    uint32_t ring_capacity;
    /* A handler that runs for longer than this is reported while it still runs. Default 1 s. */
    int64_t hangs_after_ns;
    /* The member whose time anchors sessions and stamps ticks; null: the host's UTC, and no stamps. */
    tick_cluster *cluster;
    /* The new file for the journal, which `tickrun replay` reads; null: no journal. */
    const char *journal_path;
    /* The name of the run in the journal. */
    const char *journal_name;
    tick_incident_handler incident_handler;
    void *incident_user_data;
    tick_journal_sync journal_sync;
    uint32_t reserved;
} tick_loop_options;

/* Sets everything to its default. `struct_size` is the caller's sizeof(tick_loop_options). */
tick_status tick_loop_options_init(tick_loop_options *options, size_t struct_size);

/* A loop that has not begun. `options` may be null for the defaults. */
tick_status tick_loop_create(const tick_loop_options *options, tick_loop **loop);

/* Stops the loop if it runs, waits for its threads, and frees everything. For a pulled loop that has begun: call it
 * on the loop's own thread. TICK_ERROR_THREAD from a handler. */
tick_status tick_loop_destroy(tick_loop *loop);

/* Adds a session. Before the loop begins: the session begins with it. Afterwards: it is anchored now, and its first
 * tick is at least 20 ms plus its lead away. A running loop takes it between two ticks, and the call waits for that;
 * from a handler this is TICK_ERROR_THREAD. `session` receives its number, and may be null. */
tick_status tick_loop_add(tick_loop *loop, const tick_session_options *options, int32_t *session);

/* Starts the loop on a thread of the library, which calls the sessions' handlers. Returns when the sessions are
 * anchored, before the first tick. */
tick_status tick_loop_start(tick_loop *loop);

/* Waits for the end of a started loop and its threads. Do not call it from a handler, or on two threads at once. */
tick_status tick_loop_wait(tick_loop *loop);

/* Begins the loop on the calling thread; only this thread may call tick_loop_next(). The options' requests to the
 * host apply to this thread; 256 KiB of its stack are touched first. */
tick_status tick_loop_begin(tick_loop *loop);

/* Waits for the next tick and returns it; TICK_ENDED if there is none. Does not allocate. */
tick_status tick_loop_next(tick_loop *loop, tick_info *tick);

/* Asks the loop to stop after the current tick. Returns at once; allowed in a handler. */
tick_status tick_loop_stop(tick_loop *loop);

/* Removes a session: its handler is not called after this returns. `reason` (may be null) receives why it had ended,
 * TICK_END_REMOVED if it had ticks left. Not from a handler. */
tick_status tick_loop_remove(tick_loop *loop, int32_t session, tick_end_reason *reason);

/* Requests the removal of a session without waiting: its handler may be called once more. Allowed in a handler. */
tick_status tick_loop_request_removal(tick_loop *loop, int32_t session);

/* Adds a session that takes over from another at the first fence of its plan not before `utc_ns` (without a plan, at
 * the first instant of its alignment), anchored now: the only remedy after a step of UTC. `options` may be null for a
 * session like its predecessor, which goes on with its plan. Not from a handler. */
tick_status tick_loop_succeed(tick_loop *loop, int32_t predecessor, int64_t utc_ns,
                              const tick_session_options *options, tick_seam *seam);

/* Adds a block to the end of a session's plan. `placed` may be null. Not from a handler. */
tick_status tick_loop_append(tick_loop *loop, int32_t session, const tick_block *block, tick_placed_block *placed);

/* The anchor of a session, available once the loop has begun, also after the session has ended. */
tick_status tick_loop_epoch(tick_loop *loop, int32_t session, tick_epoch *epoch);

/* How a session ended; TICK_RUNS until the drain has processed its end. */
tick_status tick_loop_end_reason(tick_loop *loop, int32_t session, tick_end_reason *reason);

/* --------------------------------------------------------------------------------------------- Stations */

/* A channel of a station that this program ticks. The agent of this host (`tickrun agent`) keeps the right to it. The
 * library adds a session to the loop when the agent orders one, with a gate on memory that the agent shares, replaces
 * the session when the agent orders another, and appends the blocks of the channel's plan. Each tick says whether it is
 * on air. If the agent ends, the session goes on, off air from the end of its right on, and the library joins again. */
typedef struct tick_station tick_station;

typedef struct TICK_SAFE tick_station_options {
    uint32_t struct_size;
    tick_policy policy;
    /* The agent's socket: `join_socket` in its file. At most 107 bytes. */
    const char *socket;
    /* The channel's name. The agent's file gives it to a program by "consumer": "program". */
    const char *channel;
    /* Called by a pushed loop; may be null. A pulled loop does not call it. */
    tick_handler handler;
    void *user_data;
    /* Under TICK_PACED: above 0, below the period. */
    int64_t spacing_ns;
    /* How long before each deadline the handler is called: 0 to 10 s. */
    int64_t lead_ns;
    /* How many ticks before a fence tick_info.is_priming is set; 0: never. */
    int64_t priming_ticks;
} tick_station_options;

/* Sets everything to its default; you must set socket and channel. `struct_size` is the caller's
 * sizeof(tick_station_options). */
tick_status tick_station_options_init(tick_station_options *options, size_t struct_size);

/* Ticks a channel from now on, in a loop that has begun, with room for two sessions and the blocks of the plan, and
 * that does not end when it is idle (ends_when_idle 0): the first session may come later. Waits until the agent has
 * accepted the program, 5 s at most. TICK_ERROR_STATION without an agent, or with its reason; TICK_ERROR_STATE before
 * the loop has begun; TICK_ERROR_LOOP_ENDED. */
tick_status tick_station_join(tick_loop *loop, const tick_station_options *options, tick_station **station);

/* The number of the channel's session in its loop, which each tick_info names. TICK_ERROR_NO_SESSION while the agent
 * orders none, such as for a cold standby. */
tick_status tick_station_session(tick_station *station, int32_t *session);

/* Ticks the channel no longer, and gives the handle back: off air at once, and the agent gives the channel to another
 * host. Waits until the session is removed, as tick_loop_remove() does: the handler is not called after this returns.
 * On the loop's own thread it does not wait, and the handler may be called once more. */
tick_status tick_station_leave(tick_station *station);

/* -------------------------------------------------------------------------------------------- Statistics */

#define TICK_ALL_SESSIONS (-1)

/* What was delivered up to 20 ms ago; after the loop has ended and tick_loop_wait() has returned, everything. */
typedef struct tick_statistics {
    uint32_t struct_size;
    uint32_t reserved;
    int64_t delivered;
    int64_t skipped;
    int64_t overdue;
    /* By tick_lateness. */
    int64_t by_lateness[4];
    /* Of those not on time, by tick_cause. */
    int64_t late_by_cause[4];
    int64_t consecutive_late;
    int64_t most_consecutive_late;
    int64_t backlogs_crossed;
    int64_t blocks_begun;
    /* Records lost before they were counted. If not 0, the counts are too low. */
    int64_t lost_records;
    /* The greatest distance of a deadline from the recomputed grid. Always 0 unless the loop has a bug. */
    int64_t drift_ns;
} tick_statistics;

/* Of one session, or of all that were ever in the loop. */
tick_status tick_loop_statistics(tick_loop *loop, int32_t session, tick_statistics *statistics);

typedef enum tick_histogram {
    /* start - (deadline - lead), of each tick. */
    TICK_HISTOGRAM_START_LATENESS = 0,
    /* woke - deadline, of each sleep. */
    TICK_HISTOGRAM_WAKE_LATENCY = 1,
    /* The duration of each tick's work. */
    TICK_HISTOGRAM_WORK = 2
} tick_histogram;

/* The value that `percentile` per cent of the ticks do not exceed, 0 ... 100, within three significant digits;
 * TICK_ERROR_RANGE without a tick. For a single session only with has_session_histograms. */
tick_status tick_loop_percentile(tick_loop *loop, int32_t session, tick_histogram histogram, double percentile,
                                 int64_t *value_ns);

/* Called for each bucket that holds values: its lowest and highest value, both inclusive, and their number. */
typedef void (*tick_bucket_visitor)(void *user_data, int64_t lowest_ns, int64_t highest_ns, int64_t count);

/* Visits every bucket in ascending order, on the calling thread. The visitor must not call a function of this loop. */
tick_status tick_loop_buckets(tick_loop *loop, int32_t session, tick_histogram histogram, tick_bucket_visitor visit,
                              void *user_data);

#ifdef __cplusplus
}
#endif

#endif
