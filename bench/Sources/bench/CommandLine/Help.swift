enum Help {
    static let text = """
        bench: measures how late ticks start and what the arithmetic costs, compared with other programs

        usage: swift run -c release --package-path bench bench SUBCOMMAND [options]

        jitter     our loop under each wait strategy, and its alternatives: a spin and an absolute
                   clock_nanosleep loop in C, cyclictest, GStreamer's system clock, a strict Dispatch timer,
                   Task.sleep(until:), a relative nanosleep loop, an event loop's whole milliseconds; in
                   turns on one CPU: latency, missed periods, drift, CPU share and steal of each
          --rates LIST       frames a second (default 25,59.94,1000)
          --conditions LIST  idle, busy (default both): busy runs one process per CPU that never sleeps
          --seconds N        seconds per turn (default 10)
          --rounds N         rounds, at least 4 (default 6), each in a different order
          --fifo PRIORITY    priority of all programs that sleep (default 80); 0: SCHED_OTHER for all
          --wait-idle        before each idle turn, wait until the machine is at most 3 % busy

        scale      one loop with 1, 10, 100, 1000 and 10000 sessions, at 25 fps and at 25, 29.97, 50 and 59.94
                   mixed, idle and with work of 1 us: start lateness, missed periods, CPU, ns per tick,
                   compared with a loop in C with one timerfd per session; and how many sessions saturate it
          --seconds N      seconds per turn, at least 1 (default 3)
          --rounds N       rounds (default 3 here)
          --most N         the most sessions compared (default 10000; a lower number skips the saturation)
          --fifo PRIORITY  as above

        journal    the same turn with and without a journal, alternately: start lateness, CPU of the tick thread
          --rate RATE, --ticks N, --rounds N (default 12), --wait HOW (default hybrid), --fifo PRIORITY

        cluster    the same turn without a node, with a node that stamps each tick, and with a node that receives
                   50 000 datagrams a second from a member's address; options as journal

        reporting  tickrun with a screen, metrics, a journal and reports together, and without them,
                   alternately; options as journal
          --tickrun PATH   the program (default: the package's own release build)

        c          our loop through its C interface and from Swift, alternately: the extra cost of a tick, its
                   allocations, and how late ticks start; options as journal, except --wait

        station    planned moves of a channel between two hosts on this machine: the phase jump of each; and an owner
                   whose etcd members are killed and started again, in turn with a run that has no station: start
                   lateness
          --moves N        planned moves, four seconds each (default 20)
          --rounds N       rounds of two turns, at least 2 (default 6)
          --seconds N      seconds per turn, at least 2 (default 20); a member dies every 4 s
          --rate RATE, --tickrun PATH  as above

        day        40 channels for 24 hours in virtual time, with appended blocks, a step of UTC, successors
                   and daily jams, twice; exits with 1 unless every tick is accounted for, with the same result twice
          --seed N         seed of the day (default 1)
          --slow N         divide every rate by N, for a quick look (default 1)

        micro      throughput of deadline(of:), of its inverse, of a histogram record, of a schedule step
                   with 1 to 10000 sessions, of a cluster stamp, of a clock event folded into a belief,
                   each compared with another computation; allocations per tick of a running loop
          --repeats N      measurements, at least 5 (default 51); the result is their median
          --seed N         seed of the inputs (default 1)

        all        all except journal, cluster, reporting, c and station

        options of all subcommands:
          --cpu N          the CPU to run on (default: the last); day and station run on any
          --json FILE      write every figure to FILE as well
          --html FILE      jitter, scale, micro, all: write a page with plots to FILE as well

        Needs apt-get install rt-tests gcc pkg-config libgstreamer1.0-dev, and the right to SCHED_FIFO and to
        lock memory; station needs apt-get install etcd-server. Results go to stdout, progress to stderr.
        A missed target is printed and is not a failure. Exit codes: 0 everything was measured, 1 a day whose
        ticks are not all accounted for, 2 wrong options, 69 a missing program, 70 a program that failed, 75 no idle
        machine, 77 a refused permission.
        """
}
