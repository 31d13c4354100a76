/* Window, epoch, leadership and stamps of a cluster of three, small enough to be searched whole.
 *
 * Time is a small number that each node's UTC shows and that may be set to any value at any moment; what the
 * search is after is the order of events. A node gathers samples from any of the others, or from none; it
 * installs an epoch if a majority answered, and loses it at any moment. A view begins when a majority has
 * heard of it, its floor being the highest stamp that any of those has accepted; who was not heard keeps the
 * token that it has. A stamp is committed when a majority accepts it that has seen no higher view.
 *
 * Asserted: an epoch always comes from a majority; stamps never fall within a view, and none lies below its
 * floor; committed stamps never fall, across views too.
 *
 * Each of these makes it wrong, and must be found to be:
 *   -DBROKEN_MAJORITY  one answer is enough      -DBROKEN_FLOOR   a view begins without a floor
 *   -DBROKEN_PRIMARY   any token stamps, and is accepted whatever view was seen
 *   -DBROKEN_LAST      the last stamp of the view is forgotten
 */

#define NODES 3
#define MAJORITY 2
#define TIMES 3 /* what a clock may show: 0 .. TIMES - 1 */
#define VIEWS 3 /* view numbers: 1 .. VIEWS */

#ifdef BROKEN_PRIMARY
#define MAY_STAMP (token[me] > 0 && epoch[me])
#define ACCEPTS(node) ((mask >> node) & 1)
#else
#define MAY_STAMP (token[me] > 0 && epoch[me] && token[me] >= seen[me])
#define ACCEPTS(node) (((mask >> node) & 1) && seen[node] <= token[me])
#endif

byte utc[NODES];
bool epoch[NODES];
byte seen[NODES];      /* the highest view that a node has heard of */
byte accepted[NODES];  /* the highest stamp that a node has accepted */
byte token[NODES];     /* the view of the node's token; 0: none */
byte floor_of[NODES];
byte last[NODES];      /* the last stamp of the token's view */
byte view = 0;
byte committed = 0;

/* A majority of nodes by its mask: any of those with at least two bits. */
inline choose_majority(mask) {
    if
    :: mask = 3
    :: mask = 5
    :: mask = 6
    :: mask = 7
    fi
}

inline bits(mask, count) { count = (mask & 1) + ((mask >> 1) & 1) + ((mask >> 2) & 1) }

proctype node(byte me) {
    byte mask, count, stamp, other;
    do
    /* The clock is set, or goes on. */
    :: atomic {
        if
        :: utc[me] = 0
        :: utc[me] = 1
        :: utc[me] = TIMES - 1
        fi
    }
    /* A window ends: whoever answered, and we ourselves. */
    :: d_step {
        mask = 1 << me;
        count = 0
    };
       atomic {
        if
        :: skip
        :: mask = mask | (1 << ((me + 1) % NODES))
        :: mask = mask | (1 << ((me + 2) % NODES))
        :: mask = 7
        fi;
        bits(mask, count);
        if
#ifdef BROKEN_MAJORITY
        :: count >= 1 -> epoch[me] = true; assert(count >= MAJORITY)
#else
        :: count >= MAJORITY -> epoch[me] = true; assert(count >= MAJORITY)
#endif
        :: else -> skip
        fi;
        mask = 0; count = 0
    }
    /* The epoch expires, or is withdrawn. */
    :: atomic { epoch[me] -> epoch[me] = false }
    /* We become primary of the next view: a majority, ourselves among it, hears of it. */
    :: atomic {
        view < VIEWS ->
        choose_majority(mask);
        if
        :: (mask >> me) & 1 ->
            view++;
            token[me] = view;
            floor_of[me] = 0;
            last[me] = 0;
            other = 0;
            do
            :: other < NODES ->
                if
                :: (mask >> other) & 1 ->
                    seen[other] = view;
#ifndef BROKEN_FLOOR
                    if
                    :: accepted[other] > floor_of[me] -> floor_of[me] = accepted[other]
                    :: else -> skip
                    fi
#endif
                :: else -> skip
                fi;
                other++
            :: else -> break
            od
        :: else -> skip
        fi;
        mask = 0; other = 0
    }
    /* We stamp, and the stamp is accepted by some majority, or by none. */
    :: atomic {
        MAY_STAMP ->
        stamp = utc[me];
        if
        :: floor_of[me] > stamp -> stamp = floor_of[me]
        :: else -> skip
        fi;
#ifndef BROKEN_LAST
        if
        :: last[me] > stamp -> stamp = last[me]
        :: else -> skip
        fi;
#endif
        assert(stamp >= last[me]);
#ifndef BROKEN_FLOOR
        assert(stamp >= floor_of[me]);
#endif
        last[me] = stamp;
        choose_majority(mask);
        count = 0;
        other = 0;
        do
        :: other < NODES ->
            if
            :: ACCEPTS(other) -> count++
            :: else -> skip
            fi;
            other++
        :: else -> break
        od;
        if
        :: count >= MAJORITY ->
            other = 0;
            do
            :: other < NODES ->
                if
                :: ACCEPTS(other) ->
                    if
                    :: token[me] > seen[other] -> seen[other] = token[me]
                    :: else -> skip
                    fi;
                    if
                    :: stamp > accepted[other] -> accepted[other] = stamp
                    :: else -> skip
                    fi
                :: else -> skip
                fi;
                other++
            :: else -> break
            od;
            assert(stamp >= committed);
            committed = stamp
        :: else -> skip
        fi;
        mask = 0; count = 0; stamp = 0; other = 0
    }
    od
}

init {
    atomic {
        run node(0);
        run node(1);
        run node(2)
    }
}
