// Alerts on the metrics of runs and of a station's agents (--metrics): lateness first, then the clocks, the channels of
// a station, and whether metrics are still written.

enum PrometheusRules {
    static let file = ManifestFile(
        name: "tickrun-rules.yaml",
        text: """
            groups:
              - name: tickrun-lateness
                rules:
                  - alert: TickrunTicksLate
                    expr: |
                      sum without (cause) (rate(tickrun_ticks_late_total[5m]))
                        / rate(tickrun_ticks_delivered_total[5m]) > 0.001
                    for: 1m
                    labels:
                      severity: warning
                    annotations:
                      summary: "{{ $labels.run }} {{ $labels.session }} on {{ $labels.instance }}: more than one tick in 1000 is late"
                      description: "{{ $value | humanizePercentage }} of the ticks of the last 5 minutes were not on time; tickrun_ticks_late_total shows the causes."
                  - alert: TickrunTicksLateInARow
                    expr: tickrun_consecutive_late_ticks >= 25
                    labels:
                      severity: critical
                    annotations:
                      summary: "{{ $labels.run }} {{ $labels.session }} on {{ $labels.instance }}: {{ $value }} late ticks in a row"
                      description: "The session does not keep up: its work outlasts its period, or the host is overloaded."
                  - alert: TickrunTicksSkipped
                    expr: increase(tickrun_ticks_skipped_total[5m]) > 0
                    labels:
                      severity: critical
                    annotations:
                      summary: "{{ $labels.run }} {{ $labels.session }} on {{ $labels.instance }}: ticks were skipped"
                      description: "{{ $value | printf \\"%.0f\\" }} ticks of the last 5 minutes were passed over."
                  - alert: TickrunGridDrift
                    expr: tickrun_grid_drift_seconds != 0
                    labels:
                      severity: critical
                    annotations:
                      summary: "{{ $labels.run }} {{ $labels.session }} on {{ $labels.instance }}: the grid drifted by {{ $value }} s"
                      description: "A deadline is not where the recomputed grid has it. That is a fault of tickrun: report it."
                  - alert: TickrunStall
                    expr: increase(tickrun_incidents_total{kind="stall"}[5m]) > 0
                    labels:
                      severity: critical
                    annotations:
                      summary: "{{ $labels.run }} on {{ $labels.instance }}: the run stalled"
                      description: "{{ $value | printf \\"%.0f\\" }} stalls in the last 5 minutes: ticks that were late by 50 ms or more. The run's log names session, tick, size and cause."
                  - alert: TickrunHandlerHangs
                    expr: increase(tickrun_incidents_total{kind="handler_hangs"}[5m]) > 0
                    labels:
                      severity: critical
                    annotations:
                      summary: "{{ $labels.run }} on {{ $labels.instance }}: a handler did not return"
                      description: "The run's log names session and tick."
                  - alert: TickrunVerdictFail
                    expr: tickrun_run_verdict{verdict="FAIL"} == 1
                    labels:
                      severity: warning
                    annotations:
                      summary: "{{ $labels.run }} on {{ $labels.instance }}: the verdict is FAIL"
                      description: "The run misses a service level so far, or ended with FAIL. The report names the level, the measured value and the limit."
              - name: tickrun-clocks
                rules:
                  - alert: TickrunClockSkew
                    expr: abs(tickrun_utc_divergence_seconds) > 0.05
                    for: 10s
                    labels:
                      severity: warning
                    annotations:
                      summary: "{{ $labels.instance }}: UTC is {{ $value | humanizeDuration }} from where the sessions were anchored"
                      description: "The host's UTC was set or slewed since. The grid stays; a successor session would take the new UTC."
                  - alert: TickrunUTCStepped
                    expr: increase(tickrun_utc_steps_total[5m]) > 0
                    labels:
                      severity: warning
                    annotations:
                      summary: "{{ $labels.instance }}: UTC was stepped"
                      description: "{{ $value | printf \\"%.0f\\" }} steps in the last 5 minutes; 'tickrun check' shows the state of the clock."
                  - alert: TickrunTimeBoundWide
                    expr: tickrun_time_bound_seconds > 0.025
                    for: 30s
                    labels:
                      severity: warning
                    annotations:
                      summary: "{{ $labels.instance }}: the time of day is known to {{ $value | humanizeDuration }} only"
                      description: "Two such hosts may be more than 50 ms apart."
                  - alert: TickrunTimeUntraceable
                    expr: tickrun_time_traceable == 0
                    for: 1m
                    labels:
                      severity: warning
                    annotations:
                      summary: "{{ $labels.instance }}: nothing bounds the time of day against UTC"
                      description: "Too few members of the cluster state an error, or NTP and the peers are gone."
                  - alert: TickrunQuorumLost
                    expr: tickrun_cluster_quorum == 0
                    for: 30s
                    labels:
                      severity: critical
                    annotations:
                      summary: "{{ $labels.node }} of {{ $labels.cluster }} on {{ $labels.instance }}: no majority agrees on the time"
                      description: "Timestamps rest on NTP or on this host's own clock. 'tickrun time peers' shows which members answer."
              - name: tickrun-station
                rules:
                  - alert: TickrunChannelOffAir
                    # An agent that was killed leaves its last metrics behind: they do not count.
                    expr: |
                      sum by (station, channel) (tickrun_channel_on_air
                        * on (instance, file) group_left ()
                        (time() - tickrun_metrics_written_timestamp_seconds < bool 30)) == 0
                    for: 10s
                    labels:
                      severity: critical
                    annotations:
                      summary: "{{ $labels.station }}: no host has {{ $labels.channel }} on air"
                      description: "'tickrun channel show {{ $labels.channel }}' shows its hosts, and 'tickrun station status' shows which of them are fit."
                  - alert: TickrunChannelOnTwoHosts
                    expr: |
                      sum by (station, channel) (tickrun_channel_on_air
                        * on (instance, file) group_left ()
                        (time() - tickrun_metrics_written_timestamp_seconds < bool 30)) > 1
                    # Metrics of before and after a move are collected at different times.
                    for: 1m
                    labels:
                      severity: critical
                    annotations:
                      summary: "{{ $labels.station }}: {{ $value }} hosts say that they have {{ $labels.channel }} on air"
                      description: "One of them continues without etcd, or a clock is wrong. A sink must refuse the lower fencing number."
                  - alert: TickrunChannelUnfenced
                    expr: tickrun_channel_unfenced == 1
                    labels:
                      severity: critical
                    annotations:
                      summary: "{{ $labels.host }} of {{ $labels.station }}: {{ $labels.channel }} is on air without a valid right"
                      description: "The host does not reach etcd and continues, as the channel's spec asks. Another host may have the channel on air too."
                  - alert: TickrunTenureOver
                    expr: |
                      (tickrun_station_tenure_valid_seconds < 0 or tickrun_station_tenure_held == 0)
                      unless on (instance, file) tickrun_agent_ended == 1
                    for: 30s
                    labels:
                      severity: critical
                    annotations:
                      summary: "{{ $labels.host }} of {{ $labels.station }} may not act: it has no valid tenure"
                      description: "Its rewrites are not accepted in time. The agent's log shows what etcd answers."
                  - alert: TickrunStoreFails
                    expr: tickrun_station_store_failing == 1 unless on (instance, file) tickrun_agent_ended == 1
                    for: 30s
                    labels:
                      severity: warning
                    annotations:
                      summary: "{{ $labels.host }} of {{ $labels.station }}: requests to etcd fail"
                      description: "The agent's log shows the cause. Without etcd a host is off air at the end of its tenure."
              - name: tickrun-running
                rules:
                  - alert: TickrunNoTicks
                    # Ten seconds, or two periods of a rate that is slower than that.
                    expr: |
                      (- tickrun_last_tick_timestamp_seconds
                        + on (instance, run, file) group_left () tickrun_metrics_written_timestamp_seconds)
                      > on (instance, run, file, session) clamp_min(2 / tickrun_session_rate_frames_per_second, 10)
                      unless on (instance, run, file) tickrun_run_ended == 1
                    labels:
                      severity: critical
                    annotations:
                      summary: "{{ $labels.run }} {{ $labels.session }} on {{ $labels.instance }}: no tick for {{ $value | humanizeDuration }}"
                      description: "Metrics are written, and ticks are not delivered: a handler hangs, or the session has ended."
                  - alert: TickrunMetricsStale
                    # A run or an agent that has ended says so, and writes no more.
                    expr: |
                      time() - tickrun_metrics_written_timestamp_seconds > 60
                      unless on (instance, run, file) (tickrun_run_ended == 1 or tickrun_agent_ended == 1)
                    labels:
                      severity: warning
                    annotations:
                      summary: "{{ $labels.instance }}: no metrics for {{ $value | humanizeDuration }}"
                      description: "The process hangs, or ended without its report."
                  - alert: TickrunRecordsLost
                    expr: increase(tickrun_records_lost_total[5m]) > 0
                    labels:
                      severity: warning
                    annotations:
                      summary: "{{ $labels.instance }}: tick records were lost"
                      description: "The ring was full: the drain thread does not get to run. Counts are too low from here on."
            """)
}
