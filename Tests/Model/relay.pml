/* The records `air` and `relay` of one channel, and what the hosts that share it deliver, small enough to be searched
 * whole. It stands for Sources/Stations/Channels and Sources/Stations/Tenure.
 *
 * The store carries out one transaction at a time. A request is sent, carried out or refused, and answered, in steps
 * of their own. Its sender may give the answer up at any moment. Then the transaction may still be carried out, at any
 * later moment or never; each host has at most one such transaction. A reading of all records is one step: a host
 * throws a reading away that it asked for before the answer to its last request. A host may stop before any step and
 * go on later with what it believed. One that dies takes no step until it begins its next generation.
 *
 * Ticks become due one after another, without end. A tick is delivered after it became due, at most one tick late, or
 * not at all. A host's validUntil may pass at any moment, and another host can end the generation only after that.
 *
 * A record's revision is what tells its versions apart: for `air` the fencing number, and for `relay` the number of
 * the move with its state.
 *
 * Asserted, along the deliveries of all hosts: no index comes twice or after a later one, and fencing numbers never
 * fall. An owner that has seen its move cancelled does not end at the seam. And in a calm run each index is delivered
 * exactly once, across moves that are done and moves that are cancelled. In a calm run no tenure is lost, ticks are
 * delivered before the next one is due, and a seam does not become due before both hosts know the outcome of the move.
 * Answers are late or lost in calm runs too.
 *
 * Each of these makes it wrong, and must be found to be. With -DDISTURBED no run is calm, so that a lost tick does not
 * count as found:
 *   -DBROKEN_COMPARE  the swap does not compare the relay
 *   -DBROKEN_STOP     the owner ends at the seam only when the swap is accepted
 *   -DBROKEN_RESUME   the owner goes on after a swap without an answer, without cancelling the move
 *   -DBROKEN_CEILING  a host claims what it has delivered, and not how far it may deliver
 * Each of these forbids what the model must be able to do, so that it must be found as well:
 *   -DREACH_MOVES     a calm run in which two moves are done
 *   -DREACH_RESUME    a calm run in which the owner goes on after a swap without an answer
 *   -DREACH_TAKEOVER  a tick of a host that took the channel over, after one of a host that it was moved to
 */

#ifndef HOSTS
#define HOSTS 2
#endif
#ifndef MOVES
#define MOVES 2   /* how often the operator asks */
#endif
#ifndef LOSSES
#define LOSSES 1  /* how many tenures pass */
#endif
#ifndef FENCES
#define FENCES 4  /* fencing numbers: 1 .. FENCES - 1 */
#endif

/* Ticks are counted from the last one that is due. One tick may be late; those before it are not delivered any more,
 * so that they need not be told apart. */
#define LATE_TICK 0
#define DUE 1
#define AHEAD 1   /* how many ticks that are not due yet a claim covers */

/* The states of a move. A transaction that writes one has its number as its kind. */
#define REQUESTED 1
#define SEAM 2
#define READY 3
#define DONE 4
#define CANCELLED 5
#define TAKE 6    /* the kind of a take-over, which leaves the relay alone */

#define MOVE(relay) ((relay) >> 3)
#define STATE(relay) ((relay) & 7)
#define WITH(relay, state) (((relay) & 248) | (state))
#define IS_OVER(relay) (STATE(relay) == 0 || STATE(relay) >= DONE)

bool calm;

/* The store. Tenures: a claim is the first tick that the host may not deliver. */
byte generation[HOSTS];
byte tenure[HOSTS];
byte claim[HOSTS];
byte losses;
/* Air: its fencing number, and what each number's record says. */
byte fence;
byte air_host[FENCES];
byte air_generation[FENCES];
byte air_first[FENCES];
/* Relay: its revision, and what the record of each move says. */
byte relay;
byte target[MOVES + 1];
byte seam[MOVES + 1];
byte ready_generation[MOVES + 1];

/* What a host saw last. */
typedef Records {
    byte air;
    byte relay;
    bool free;             /* the generation that has the air is over */
    byte claim;            /* then: the claim of its host */
}
Records seen[HOSTS];

/* What a host believes of its own part. */
byte mine[HOSTS];          /* the fencing number under which it has the air; 0: it has not */
byte end[HOSTS];           /* the first tick that it does not deliver; 0: none, DUE: passed */
bool handed_over[HOSTS];
byte open_swap[HOSTS];     /* the relay's revision that a swap without an acceptance compares; 0: no such swap */

/* Transactions: the one that a host waits for, and one that it gave up and that may still be carried out. */
typedef Transaction {
    byte kind;
    byte generation;       /* the sender's */
    byte air;              /* the revisions that it compares */
    byte relay;
    byte tick;             /* the seam, or the first tick of a take-over */
    bool accepted;
}
Transaction out[HOSTS];
Transaction late[HOSTS];

/* What the sink saw: the index after the last one, and the fencing number of that. */
byte delivered;
byte last_fence;

#if defined(REACH_MOVES) || defined(REACH_TAKEOVER)
byte swaps;                /* how many were carried out */
byte swapped;              /* the fencing number that the last one gave */
#endif
hidden byte k, n;

#define VALID 0     /* its validUntil lies ahead */
#define PASSED 1
#define ENDED 2     /* another host ended it */
#define ACTS(host) (tenure[host] == VALID)
#define HOLDS_AIR(host, number) \
    (number != 0 && air_host[number] == host && air_generation[number] == generation[host])
#define IS_FREE \
    (generation[air_host[fence]] > air_generation[fence] || tenure[air_host[fence]] == ENDED)
#define IS_TARGET(host) (!IS_OVER(seen[host].relay) && target[MOVE(seen[host].relay)] == host)

#ifdef BROKEN_COMPARE
#define SAME_RELAY(t) true
#else
#define SAME_RELAY(t) (t.relay == relay)
#endif
#define TARGET_HOLDS(move) \
    (generation[target[move]] == ready_generation[move] && tenure[target[move]] != ENDED)
/* Whether the transaction's comparisons hold. Once they do not, they never will again. */
#define HOLDS(t, host) ( \
    t.generation == generation[host] && tenure[host] != ENDED && ( \
        (t.kind == TAKE && t.air == fence) || \
        (t.kind == DONE && t.air == fence && SAME_RELAY(t) && TARGET_HOLDS(MOVE(t.relay))) || \
        (t.kind != TAKE && t.kind != DONE && t.relay == relay)))

/* The first tick that is not claimed by a rewrite that is sent now. */
#ifdef BROKEN_CEILING
#define CLAIMED (last_fence == mine[me] -> delivered : claim[me])
#define NEEDS_CLAIM (claim[me] < CLAIMED)
#define WITHIN_CLAIM(host, tick) true
#else
#define CLAIMED (DUE + 1 + AHEAD)
#define NEEDS_CLAIM (claim[me] <= DUE)
#define WITHIN_CLAIM(host, tick) (tick < claim[host])
#endif

#define MAX(a, b) (a > b -> a : b)
/* The first tick that the host may deliver next. */
#define NEXT(host) MAX(air_first[mine[host]], (last_fence == mine[host] -> delivered : 0))
/* Whether the host may deliver now, but for its claim. Once the seam is due the other host may deliver. */
#define MAY_DELIVER(host) ( \
    ACTS(host) && HOLDS_AIR(host, mine[host]) && (end[host] == 0 || DUE < end[host]) && \
    NEXT(host) <= DUE)
/* Why the owner cancels a move: whoever it asks for may be unfit, not ready in time, or the outcome unknown. */
#define MAY_CANCEL ( \
    STATE(seen[me].relay) == REQUESTED || IS_TARGET(me) || open_swap[me] != 0 || seam[MOVE(seen[me].relay)] <= DUE)
#define MAY_SWAP ( \
    STATE(seen[me].relay) == READY && !IS_TARGET(me) && open_swap[me] == 0 && \
    seam[MOVE(seen[me].relay)] > DUE && mine[me] < FENCES - 1)
/* The first tick of a take-over. */
#define FREE_FROM(host) MAX(seen[host].claim, air_first[seen[host].air])

inline clear(t) { t.kind = 0; t.generation = 0; t.air = 0; t.relay = 0; t.tick = 0; t.accepted = 0 }

inline forget(r) { r.air = 0; r.relay = 0; r.free = 0; r.claim = 0 }

inline leave(host) { mine[host] = 0; end[host] = 0; handed_over[host] = 0; open_swap[host] = 0 }

/* After a move, its part is over when the seam has passed. */
inline end_part(host) {
    if
    :: handed_over[host] && end[host] == DUE -> leave(host)
    :: else -> skip
    fi
}

/* What cannot be carried out any longer makes no difference. */
inline prune() {
    k = 0;
    do
    :: k < HOSTS ->
        if
        :: late[k].kind != 0 && !HOLDS(late[k], k) -> clear(late[k])
        :: else -> skip
        fi;
        k++
    :: else -> break
    od;
    k = 0
}

inline carry_out(t, host) {
    if
    :: t.kind == TAKE ->
        fence++;
        air_host[fence] = host;
        air_generation[fence] = t.generation;
        air_first[fence] = t.tick
    :: t.kind == DONE ->
        fence++;
        air_host[fence] = target[MOVE(t.relay)];
        air_generation[fence] = ready_generation[MOVE(t.relay)];
        air_first[fence] = seam[MOVE(t.relay)];
#if defined(REACH_MOVES) || defined(REACH_TAKEOVER)
        swaps++;
        swapped = fence;
#endif
        if
        :: MOVE(relay) == MOVE(t.relay) -> relay = WITH(relay, DONE)
        :: else -> skip
        fi
    :: t.kind == SEAM ->
        relay = WITH(relay, SEAM);
        seam[MOVE(relay)] = t.tick
    :: t.kind == READY ->
        relay = WITH(relay, READY);
        ready_generation[MOVE(relay)] = t.generation
    :: t.kind == CANCELLED -> relay = WITH(relay, CANCELLED)
    fi
}

inline send(the_kind, the_tick) {
    out[me].kind = the_kind;
    out[me].generation = generation[me];
    /* Only what it compares. */
    if
    :: the_kind == TAKE -> out[me].air = seen[me].air
    :: the_kind == DONE -> out[me].air = mine[me]; out[me].relay = seen[me].relay
    :: else -> out[me].relay = seen[me].relay
    fi;
    out[me].tick = the_tick
}

/* Compares the host's belief with the air as it was read. */
inline settle() {
    if
    :: HOLDS_AIR(me, seen[me].air) ->
        if
        :: mine[me] != seen[me].air -> end[me] = 0; handed_over[me] = 0; open_swap[me] = 0
        :: else -> skip
        fi;
        /* The relay has changed since: the swap was not carried out, and cannot be. */
        if
        :: open_swap[me] != 0 && open_swap[me] != seen[me].relay -> end[me] = 0; open_swap[me] = 0
        :: else -> skip
        fi;
        mine[me] = seen[me].air
    :: else ->
        if
        :: mine[me] != 0 ->
            if
            :: handed_over[me] || (end[me] != 0 && air_first[seen[me].air] == end[me] && seen[me].air > mine[me]) ->
                handed_over[me] = 1;
                open_swap[me] = 0;
                end_part(me)
            :: else -> leave(me)
            fi
        :: else -> skip
        fi
    fi
}

/* A move that was cancelled leaves nothing behind. */
inline check_cancelled() {
    assert(!(mine[me] != 0 && !handed_over[me] && out[me].kind == 0 && STATE(seen[me].relay) == CANCELLED &&
        end[me] != 0))
}

/* Without an acceptance, the swap may have been carried out, or be carried out later. */
inline leave_open() {
    if
    :: mine[me] != 0 && !handed_over[me] ->
#ifdef BROKEN_RESUME
        end[me] = 0
#else
        open_swap[me] = seen[me].relay
#endif
    :: else -> skip
    fi
}

/* What was sent may be carried out later. */
inline give_up() {
    if
    :: out[me].kind != 0 && !out[me].accepted && HOLDS(out[me], me) ->
        late[me].kind = out[me].kind;
        late[me].generation = out[me].generation;
        late[me].air = out[me].air;
        late[me].relay = out[me].relay;
        late[me].tick = out[me].tick
    :: else -> skip
    fi;
    clear(out[me])
}

proctype host(byte me) {
end_host:
    do
    /* The host rewrites its record: it has the air, or is about to, and needs a further claim. */
    :: d_step {
        ACTS(me) && (mine[me] != 0 || seen[me].free || IS_TARGET(me)) && NEEDS_CLAIM -> claim[me] = CLAIMED
    }
    /* Its validUntil passes. That a rewrite gives it the right again is no other run: it only did nothing meanwhile.
     * What it believed makes no difference any more. A transaction may still be on its way. */
    :: d_step {
        !calm && ACTS(me) && losses < LOSSES ->
        losses++;
        tenure[me] = PASSED;
        leave(me);
        forget(seen[me]);
        give_up()
    }
    /* Another host ends the generation. */
    :: d_step { tenure[me] == PASSED -> tenure[me] = ENDED; prune() }
    /* It begins its next generation: the process is new, or has seen that it lost its tenure. */
    :: d_step {
        !ACTS(me) ->
        generation[me]++;
        tenure[me] = VALID;
        prune()
    }
    /* All records are read. */
    :: d_step {
        ACTS(me) && (seen[me].air != fence || seen[me].relay != relay || seen[me].free != IS_FREE) ->
        seen[me].air = fence;
        seen[me].relay = relay;
        seen[me].free = IS_FREE;
        seen[me].claim = (IS_FREE -> claim[air_host[fence]] : 0);
        settle();
        check_cancelled()
    }
    /* The owner's step in a move. */
    :: atomic {
        out[me].kind == 0 && ACTS(me) && HOLDS_AIR(me, mine[me]) && !handed_over[me] && !IS_OVER(seen[me].relay) &&
        (MAY_CANCEL || MAY_SWAP) ->
        if
        :: STATE(seen[me].relay) == REQUESTED && !IS_TARGET(me) -> send(SEAM, DUE + 1)
        :: STATE(seen[me].relay) == REQUESTED && !IS_TARGET(me) -> send(SEAM, DUE + 2)
        :: MAY_SWAP ->
#ifndef BROKEN_STOP
            end[me] = seam[MOVE(seen[me].relay)];
#endif
            send(DONE, 0)
        :: MAY_CANCEL -> send(CANCELLED, 0)
        fi
    }
    /* The target's. */
    :: atomic {
        out[me].kind == 0 && ACTS(me) && mine[me] == 0 && IS_TARGET(me) && STATE(seen[me].relay) == SEAM ->
        if
        :: send(READY, 0)
        :: send(CANCELLED, 0)
        fi
    }
    /* A standby takes a channel that nobody has, beyond what the owner before it claimed. */
    :: d_step {
        out[me].kind == 0 && ACTS(me) && mine[me] == 0 && seen[me].free && seen[me].air < FENCES - 1 &&
        WITHIN_CLAIM(me, FREE_FROM(me)) ->
        send(TAKE, 0);
        out[me].tick = FREE_FROM(me)
    }
    /* The store carries the transaction out. */
    :: d_step {
        out[me].kind != 0 && !out[me].accepted && HOLDS(out[me], me) ->
        carry_out(out[me], me);
        out[me].accepted = true;
        prune()
    }
    /* So it does with one that the host gave up. */
    :: d_step { late[me].kind != 0 -> carry_out(late[me], me); clear(late[me]); prune() }
    /* The answer arrives: it is accepted, or refused because a comparison does not hold. */
    :: d_step {
        out[me].kind != 0 && (out[me].accepted || !HOLDS(out[me], me)) ->
        if
        :: out[me].accepted && out[me].kind == TAKE ->
            seen[me].air = out[me].air + 1;
            seen[me].free = 0;
            seen[me].claim = 0;
            if
            :: HOLDS_AIR(me, seen[me].air) ->
                leave(me);
                mine[me] = seen[me].air
            :: else -> skip
            fi
        :: out[me].accepted && out[me].kind == DONE ->
            seen[me].air = out[me].air + 1;
            seen[me].free = 0;
            seen[me].claim = 0;
            if
            :: mine[me] != 0 ->
#ifdef BROKEN_STOP
                end[me] = seam[MOVE(out[me].relay)];
#endif
                handed_over[me] = 1;
                end_part(me)
            :: else -> skip
            fi
        :: out[me].accepted && out[me].kind != TAKE && out[me].kind != DONE ->
            seen[me].relay = WITH(out[me].relay, out[me].kind);
            if
            :: open_swap[me] != 0 ->
                end[me] = 0;
                open_swap[me] = 0;
#ifdef REACH_RESUME
                assert(!calm)
#endif
            :: else -> skip
            fi
        :: !out[me].accepted && out[me].kind == DONE -> leave_open()
        :: else -> skip
        fi;
        clear(out[me]);
        check_cancelled()
    }
    /* The host gives the answer up. */
    :: d_step {
        out[me].kind != 0 ->
        if
        :: out[me].kind == DONE -> leave_open()
        :: else -> skip
        fi;
        give_up();
        check_cancelled()
    }
    /* A tick is delivered, on time or late. Those that were passed over are not delivered any more. */
    :: atomic {
        MAY_DELIVER(me) && WITHIN_CLAIM(me, NEXT(me)) ->
        n = NEXT(me);
        do
        :: !calm && n < DUE && WITHIN_CLAIM(me, n + 1) -> n++
        :: break
        od;
        assert(n >= delivered);
        assert(mine[me] >= last_fence);
        assert(!calm || n == delivered);
#ifdef REACH_TAKEOVER
        assert(!(swapped != 0 && last_fence == swapped && mine[me] > swapped));
#endif
        delivered = n + 1;
        last_fence = mine[me];
        n = 0;
#ifdef REACH_MOVES
        assert(!(calm && swaps == 2 && mine[me] == swapped))
#endif
    }
    od
}

#define UNKNOWN(host) ( \
    out[host].kind != 0 || open_swap[host] != 0 || \
    seen[host].air != fence || seen[host].relay != relay)
#define MUST_DELIVER(host) (delivered <= DUE && MAY_DELIVER(host))
#if HOSTS == 2
#define ANY(is) (is(0) || is(1))
#else
#define ANY(is) (is(0) || is(1) || is(2))
#endif
#define ENDS_NEXT(host) (end[host] == DUE + 1)
#define SEAM_IS_NEXT \
    ((STATE(relay) >= SEAM && STATE(relay) <= DONE && seam[MOVE(relay)] == DUE + 1) || ANY(ENDS_NEXT))

inline step(value, least) {
    if
    :: value > least -> value--
    :: else -> skip
    fi
}

inline count_from_next() {
    step(delivered, LATE_TICK);
    k = 0;
    do
    :: k < HOSTS ->
        step(claim[k], LATE_TICK);
        step(seen[k].claim, LATE_TICK);
        step(out[k].tick, LATE_TICK);
        step(late[k].tick, LATE_TICK);
        step(end[k], (end[k] == 0 -> 0 : DUE));
        end_part(k);
        k++
    :: else -> break
    od;
    k = 1;
    do
    :: k < FENCES -> step(air_first[k], LATE_TICK); k++
    :: else -> break
    od;
    k = 1;
    do
    :: k <= MOVES -> step(seam[k], LATE_TICK); k++
    :: else -> break
    od;
    k = 0
}

proctype world() {
    do
    /* The next tick becomes due; in a calm run not before its time. */
    :: d_step {
        !calm || (!ANY(MUST_DELIVER) && !(SEAM_IS_NEXT && ANY(UNKNOWN))) ->
        assert(!calm || delivered == DUE + 1);
        count_from_next()
    }
    /* The operator asks for a move to another host than the one that has the air. */
    :: atomic {
        IS_OVER(relay) && MOVE(relay) < MOVES ->
        relay = ((MOVE(relay) + 1) << 3) | REQUESTED;
        if
        :: target[MOVE(relay)] = (air_host[fence] + 1) % HOSTS
#if HOSTS > 2
        :: target[MOVE(relay)] = (air_host[fence] + 2) % HOSTS
#endif
        fi;
        prune()
    }
    od
}

init {
    atomic {
        if
#ifndef DISTURBED
        :: calm = true
#endif
        :: calm = false
        fi;
        fence = 1;
        air_generation[1] = 1;
        mine[0] = 1;
        air_first[1] = DUE;
        claim[0] = DUE + 1 + AHEAD;
        delivered = DUE;
        k = 0;
        do
        :: k < HOSTS ->
            generation[k] = 1;
            seen[k].air = 1;
            run host(k);
            k++
        :: else -> break
        od;
        run world()
    }
}
