enum Help {
    static let text = """
        bench: how late ticks start, and what the arithmetic costs, beside what others make of it

        usage: swift run -c release --package-path bench bench jitter|micro|all [options]

        jitter     our loop under each wait strategy, a loop in C on clock_nanosleep, a spin in C, and
                   cyclictest, in turn on one CPU; start lateness, CPU share and steal of each
          --rate RATE      frames a second: 59.94 (default), 25, 60000/1001
          --ticks N        ticks a turn, at least 600 (default 600)
          --rounds N       rounds, at least 4 (default 4); each in another order
          --fifo PRIORITY  of everything that sleeps (default 80); 0: SCHED_OTHER for all
          --wait-idle      wait before each turn until the machine is at most 3 % busy

        micro      throughput of deadline(of:), of its inverse and of a histogram record, each beside a
                   simpler computation; allocations a tick of a running loop
          --repeats N      measurements, of which the median is taken, at least 5 (default 51)
          --seed N         of the inputs (default 1)

        all        both

        for each:
          --cpu N          the CPU to run on (default: the last)
          --json FILE      write every figure to FILE as well

        Needs cyclictest (apt-get install rt-tests), a C compiler (apt-get install gcc), and the right to
        SCHED_FIFO and to lock memory. Results go to stdout, progress to stderr. A missed target is
        said and is no failure: the exit code is 0 whenever everything was measured. Else: 2 wrong
        options, 69 a missing program, 70 a program that failed, 75 no idle machine, 77 a right refused.
        """
}
