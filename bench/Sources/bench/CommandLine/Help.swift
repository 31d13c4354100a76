enum Help {
    static let text = """
        bench: how late ticks start, and what the arithmetic costs, beside what others make of it

        usage: swift run -c release --package-path bench bench jitter|scale|journal|cluster|reporting|c|day|micro|all [options]

        jitter     our loop under each wait strategy, and what one would have otherwise: a spin and an absolute
                   clock_nanosleep loop in C, cyclictest, GStreamer's system clock, a strict Dispatch timer,
                   Task.sleep(until:), a relative nanosleep loop, an event loop's whole milliseconds; in
                   turn on one CPU: latency, missed periods, drift, CPU share and steal of each
          --rates LIST       frames a second (default 25,59.94,1000)
          --conditions LIST  idle, busy (default both): busy has one process a CPU that never sleeps
          --seconds N        a turn (default 10)
          --rounds N         rounds, at least 4 (default 6); each in another order
          --fifo PRIORITY    of everything that sleeps (default 80); 0: SCHED_OTHER for all
          --wait-idle        when idle: wait before each turn until the machine is at most 3 % busy

        scale      one loop with 1, 10, 100, 1000 and 10000 sessions, at 25 and at 25, 29.97, 50 and 59.94
                   mixed, idle and with work of 1 us: start lateness, missed periods, CPU, ns a tick,
                   beside a loop in C on one timerfd a session; and with how many a period is missed
          --seconds N      a turn, at least 1 (default 3)
          --rounds N       rounds (default 3 here)
          --most N         the most sessions compared (default 10000; fewer look for no saturation)
          --fifo PRIORITY  as above

        journal    the same turn with a journal and without, in turn: start lateness, CPU of the tick thread
          --rate RATE, --ticks N, --rounds N (default 12), --wait HOW (default hybrid), --fifo PRIORITY

        cluster    the same turn without a node, with one that stamps each tick, and with one that is sent
                   50 000 datagrams a second from a member's address: as journal, with its options

        reporting  tickrun with a screen, metrics, a journal and reports together, and without any, in turn: as
                   journal, with its options
          --tickrun PATH   the program (default: the package's own release build)

        c          our loop through its C interface beside the same from Swift, in turn: what a tick costs more, and
                   allocates, and how late ticks start; options as journal, but --wait

        day        40 channels for 24 hours in virtual time, with appended blocks, a step of UTC, successors
                   and daily jams, twice; exits with 1 unless every tick is accounted for, both times alike
          --seed N         of the day (default 1)
          --slow N         divide every rate by N, for a quick look (default 1)

        micro      throughput of deadline(of:), of its inverse, of a histogram record, of a schedule step
                   with 1 to 10000 sessions, of a cluster stamp, of a clock event folded into a belief,
                   each beside another computation; allocations a tick of a running loop
          --repeats N      measurements, of which the median is taken, at least 5 (default 51)
          --seed N         of the inputs (default 1)

        all        each of them but journal, cluster, reporting and c

        for each:
          --cpu N          the CPU to run on (default: the last); day runs on any
          --json FILE      write every figure to FILE as well
          --html FILE      jitter, scale, micro, all: write a page with plots to FILE as well

        Needs apt-get install rt-tests gcc pkg-config libgstreamer1.0-dev, and the right to SCHED_FIFO and to
        lock memory. Results go to stdout, progress to stderr. A missed target is
        said and is no failure: the exit code is 0 whenever everything was measured. Else: 1 a day that
        is not whole, 2 wrong options, 69 a missing program, 70 a program that failed, 75 no idle
        machine, 77 a right refused.
        """
}
