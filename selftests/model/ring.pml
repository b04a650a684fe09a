/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * drivers/net/looptun/ring.c, function by function, on memory that is weaker
 * than any Linux runs on: what a thread stores without order reaches memory at
 * any later moment and in any order (Drain), until the thread releases; what it
 * loads may be as old as its last acquire (snapshot). A lock acquires and
 * releases, as spin locks do.
 *
 * It covers reserve, commit, discard, claim, consume, truncate, close and move,
 * that is: nothing is lost, taken twice, out of order or half written, positions
 * keep their order, and all room comes back. Not covered: readable and
 * peek_stamp, which are a claim that takes nothing, more threads or datagrams than
 * check.sh asks for, and loads that a processor makes up before their address is
 * known, which address dependencies forbid.
 *
 * Sizes are in units: a record takes one or two, its header is in the first.
 * Positions grow and are bytes here, which is enough. Arrays called ghost_ are
 * the observer's own.
 *
 * SEED_... puts a mistake in, which is to be found.
 */
#ifndef SIZE
#define SIZE		3
#endif
#ifndef PRODUCERS
#define PRODUCERS	2
#endif
#ifndef CONSUMERS
#define CONSUMERS	2
#endif
#ifndef DATAGRAMS
#define DATAGRAMS	2	/* of each producer */
#endif
#ifndef MOVERS
#define MOVERS		1
#endif

/* What is taken back at a time, if records of one unit ask; in ring.c, of the ring. */
#ifndef QUARTER
#define QUARTER		2
#endif

#define THREADS		(PRODUCERS + CONSUMERS + MOVERS)
#define POSITIONS	(2 * PRODUCERS * DATAGRAMS + 1)

/* What threads share without a lock of their own for it. */
#define STATE(position)	((position) % SIZE)
#define LEN(position)	(SIZE + (position) % SIZE)
#define DATA(position)	(2 * SIZE + (position) % SIZE)
#define PLACES		(3 * SIZE)

/* enum looptun_record_state; 0 is memory that was never written. */
#define BUSY		1
#define READY		2
#define DISCARDED	3

byte memory[PLACES];

typedef Buffer {
	byte value[PLACES];
	bool set[PLACES];
	byte pending;
	byte old[PLACES];
	bool has_old;
};
Buffer buffer[THREADS];

/* struct looptun_ring */
bool producer_lock, consumer_lock;
byte reserved, gap, claimed, released;
bool cutting;

/* The observer's. */
byte ghost_number, ghost_last, ghost_committed, ghost_taken, ghost_dropped;
byte ghost_number_at[POSITIONS];
byte ghost_running;	/* producers and movers */
byte ghost_reading;	/* consumers */
bool ghost_closed;

inline invariant()
{
	assert(released <= claimed && claimed <= reserved &&
	       reserved <= released + SIZE);
}

inline store(place, what)
{
	d_step {
		if
		:: !buffer[self].set[place] ->
			buffer[self].set[place] = true;
			buffer[self].pending++
		:: else
		fi;
		buffer[self].value[place] = what
	}
}

/* All that this thread stored is there before what comes next. */
#define drained		(buffer[self].pending == 0)

inline load(place, into)
{
	if
	:: atomic { buffer[self].set[place] ->
		into = buffer[self].value[place] }
	:: atomic { !buffer[self].set[place] -> into = memory[place] }
	:: atomic { !buffer[self].set[place] && buffer[self].has_old &&
		    buffer[self].old[place] != memory[place] ->
		into = buffer[self].old[place] }
	fi
}

#define OLD(place)	buffer[self].old[place]

/* From here on a load may give what memory holds now, until an acquire. */
inline snapshot()
{
	d_step {
		buffer[self].has_old = true;
		OLD(0) = memory[0]; OLD(1) = memory[1]; OLD(2) = memory[2];
		OLD(3) = memory[3]; OLD(4) = memory[4]; OLD(5) = memory[5];
		OLD(6) = memory[6]; OLD(7) = memory[7]; OLD(8) = memory[8]
	}
}

inline forget()
{
	d_step {
		buffer[self].has_old = false;
		OLD(0) = 0; OLD(1) = 0; OLD(2) = 0;
		OLD(3) = 0; OLD(4) = 0; OLD(5) = 0;
		OLD(6) = 0; OLD(7) = 0; OLD(8) = 0
	}
}

inline lock(which)
{
	atomic { !which -> which = true }
}

inline unlock(which)
{
	atomic { drained -> which = false }
}

#define DRAIN(place)							\
	:: atomic { buffer[self].set[place] ->				\
		d_step {						\
			memory[place] = buffer[self].value[place];	\
			buffer[self].value[place] = 0;			\
			buffer[self].set[place] = false;		\
			buffer[self].pending--				\
		} }

proctype Drain(byte self)
{
end:	do
	DRAIN(0) DRAIN(1) DRAIN(2)
	DRAIN(3) DRAIN(4) DRAIN(5)
	DRAIN(6) DRAIN(7) DRAIN(8)
	od
}

/* looptun_ring_oldest_locked(): failed, or not; whom to wake is not modelled. */
inline oldest()
{
	snapshot();
	upto = reserved;
#ifndef SEED_RESERVED_NOT_ACQUIRED
	forget();	/* acquire */
#endif
	do
	:: claimed == upto -> failed = true; break
	:: claimed != upto ->
#ifndef SEED_RESERVED_NOT_ACQUIRED
		snapshot();
#endif
		load(STATE(claimed), state);
#ifndef SEED_STATE_NOT_ACQUIRED
		forget();	/* acquire */
#endif
		if
		:: state == READY -> failed = false; break
#ifdef SEED_CLAIM_PASSES_BUSY
		:: state == BUSY || state == DISCARDED
#else
		:: state == DISCARDED
#endif
		:: else -> failed = true; break
		fi;
		load(LEN(claimed), length);
		d_step {
			claimed = claimed + length;
			assert(length > 0 && claimed <= upto);
			invariant()
		}
	od;
	upto = 0; state = 0; length = 0
}

/* looptun_ring_gap_ends_locked(): failed, or not. */
inline gap_ends(where)
{
	failed = true;
	if
#ifdef SEED_GAP_CLAIMED
	:: true ->
#else
	:: gap >= claimed && gap != where ->
#endif
		load(STATE(gap), state);
		load(LEN(gap), length);
		failed = !(state == DISCARDED && gap + length == where)
	:: else
	fi;
	state = 0; length = 0
}

/* looptun_ring_give_back_locked() */
inline give_back()
{
	gap_ends(reserved);
	if
	:: !failed && !cutting -> reserved = gap
	:: else
	fi;
	d_step { invariant() }
}

/* looptun_ring_drop_locked() */
inline drop()
{
	load(LEN(position), length);
	end = position + length;
	length = 0;
	store(STATE(position), DISCARDED);
	gap_ends(position);
	if
	:: !failed ->
		load(LEN(gap), length);
		store(LEN(gap), length + end - position);
		length = 0
	:: failed && end == reserved && !cutting -> reserved = position
	:: failed && (end != reserved || cutting) -> gap = position
	fi;
	give_back();
	end = 0
}

/* looptun_ring_room_locked() */
#define HAS_ROOM	(reserved - released <= SIZE - space)

/* looptun_ring_make_room_locked(): failed, or not. */
inline make_room()
{
	lock(consumer_lock);
	oldest();
#ifdef SEED_ROOM_PAST_CLAIMED
	upto = reserved;
#else
	upto = claimed;
#endif
	gap = (gap > claimed -> gap : claimed);
	unlock(consumer_lock);
	d_step {
		position = reserved + (space > QUARTER -> space : QUARTER);
		upto = (position < upto + SIZE -> position - SIZE : upto);
		position = released
	};
	do
	:: position >= upto -> break
	:: position < upto ->
		load(STATE(position), state);
		forget();	/* acquire */
		if
		:: state != DISCARDED -> break
		:: else
		fi;
		load(LEN(position), length);
		position = position + length
	od;
	skip;
	d_step {
		released = position;
		invariant();
		failed = !HAS_ROOM;
		position = 0; upto = 0; state = 0; length = 0
	}
}

/* looptun_ring_reserve(): failed, or position. */
inline reserve(space)
{
	lock(producer_lock);
	failed = !HAS_ROOM;
	if
	:: failed -> make_room()
	:: else
	fi;
	if
	:: failed
	:: else ->
		position = reserved;
		store(STATE(position), BUSY);
		store(LEN(position), space);
#ifndef SEED_RESERVED_NOT_RELEASED
		drained;	/* release */
#endif
		d_step {
			ghost_number++;
			number = ghost_number;
			ghost_number_at[position] = number;
			reserved = position + space;
			invariant()
		}
	fi;
	unlock(producer_lock)
}

/* looptun_ring_discard() */
inline discard()
{
	lock(producer_lock);
	lock(consumer_lock);
	oldest();
	if
#ifdef SEED_DISCARD_JOINS_WHAT_IS_CUT
	:: false
#else
	:: cutting -> store(STATE(position), DISCARDED)
#endif
	:: else ->
#ifdef SEED_GIVEN_BACK_BESIDE_CLAIM
	unlock(consumer_lock);
	drop();
	lock(consumer_lock);
#else
	drop();
#endif
	fi;
	oldest();
	unlock(consumer_lock);
	unlock(producer_lock)
}

/* looptun_ring_commit() */
inline commit()
{
	atomic {
#ifndef SEED_COMMIT_NOT_RELEASED
		/* Else the new state may be there before what was filled in. */
		drained;	/* release */
#endif
		memory[STATE(position)] = READY;
		ghost_committed++
	}
}

/* looptun_ring_claim(): failed, or position and space. */
inline claim()
{
	lock(consumer_lock);
	oldest();
	position = claimed;
	if
	:: failed -> forget()
	:: else ->
		load(LEN(position), space);
		d_step {
			claimed = position + space;
			number = ghost_number_at[position];
			assert(space > 0 && number > ghost_last);
			ghost_last = number;
			ghost_taken++;
			invariant()
		}
	fi;
	upto = 0; state = 0; length = 0;
	unlock(consumer_lock)
}

/* What was filled in is what comes out: the record is the claimer's alone. */
inline check()
{
	load(DATA(position), state);
	assert(state == number);
	if
	:: space == 2 ->
		load(DATA(position + 1), state);
		assert(state == number)
	:: else
	fi;
	state = 0;
	forget()
}

/* looptun_ring_consume() */
inline consume()
{
	drained;	/* release */
	store(STATE(position), DISCARDED)
}

/* looptun_ring_cut(), for looptun_ring_move(): cursor. */
inline close()
{
	lock(producer_lock);
	lock(consumer_lock);
	ghost_closed = true;
	cutting = true;
	oldest();
	failed = false;
	cursor = claimed;
	unlock(consumer_lock);
	unlock(producer_lock)
}

/* looptun_ring_move(): failed, or position and space; cursor. */
inline move()
{
	lock(consumer_lock);
	position = (claimed > cursor -> claimed : cursor);
	snapshot();
	upto = reserved;
	forget();	/* acquire */
	failed = true;
	do
	:: position >= upto -> break
	:: position < upto ->
		snapshot();
		load(STATE(position), state);
		forget();	/* acquire */
		load(LEN(position), length);
		assert(length > 0 && position + length <= upto);
		if
		:: state == READY -> failed = false; break
		:: else -> position = position + length
		fi
	od;
	cursor = (failed -> position : position + length);
	if
	:: failed
	:: else ->
#ifndef SEED_MOVE_LEAVES_READY
		store(STATE(position), BUSY);
#endif
		d_step {
			space = length;
			number = ghost_number_at[position];
			ghost_taken++
		}
	fi;
	upto = 0; state = 0; length = 0;
	unlock(consumer_lock)
}

/* looptun_ring_cut(), for looptun_ring_truncate() with a count of 0 or 1 */
inline cut()
{
	if
	:: count = 0
	:: count = 1
	fi;
	lock(producer_lock);
	lock(consumer_lock);
#ifndef SEED_CUT_GIVES_BACK
	cutting = true;
#endif
	oldest();
	failed = false;
	cursor = claimed;
	upto = reserved;
	taken = ghost_taken;
	unlock(consumer_lock);
	unlock(producer_lock)
}

/* looptun_ring_truncate(), one record: done, or not. */
inline truncate()
{
	lock(producer_lock);
	lock(consumer_lock);
	if
	:: claimed > cursor ->
		cursor = claimed;
		kept = ghost_taken - taken
	:: else
	fi;
	position = cursor;
	assert(upto <= reserved);
	done = position >= upto;
	if
	:: !done ->
		load(STATE(position), state);
		load(LEN(position), length);
		cursor = position + length;
		done = state < READY;
		if
		:: !done && kept < count ->
			kept = (state == READY -> kept + 1 : kept)
		:: !done && kept >= count ->
			ghost_dropped = (state == READY -> ghost_dropped + 1 : ghost_dropped);
			drop()
		:: else
		fi
	:: else
	fi;
	if
	:: done ->
		cutting = false;
		give_back()
	:: else
	fi;
	position = 0; state = 0; length = 0;
	unlock(consumer_lock);
	unlock(producer_lock)
}

proctype Producer(byte self)
{
	byte position, space, number, state, length, upto, end, sent;
	bool failed;

	do
	:: sent == DATAGRAMS -> break
	:: sent < DATAGRAMS ->
		if
		:: space = 1
		:: space = 2
		fi;
		do
		:: reserve(space);
			if
			:: failed && ghost_closed -> break
			:: failed && !ghost_closed ->
				/* What looptun_ring_has_room() waits for. */
				ghost_closed || HAS_ROOM ||
				(released != claimed &&
				 memory[STATE(released)] == DISCARDED) ||
				(claimed != reserved &&
				 memory[STATE(claimed)] == DISCARDED)
			:: else -> break
			fi
		od;
		if
		:: failed	/* nobody waits for room in a ring that is closed */
		:: else ->
			store(DATA(position), number);
			if
			:: space == 2 -> store(DATA(position + 1), number)
			:: else
			fi;
			if
			:: commit()
			:: discard()
			fi
		fi;
		sent++;
		position = 0; space = 0; number = 0; failed = false
	od;
	atomic { drained -> ghost_running-- }
}

proctype Mover(byte self)
{
	byte position, space, number, state, length, upto, end, count;
	byte cursor, kept, taken;
	bool failed, done;

#ifdef TRUNCATE
	cut();
	do
	:: truncate();
		if
		:: done -> break
		:: else
		fi
	od;
#else
	close();
	do
	:: move();
		if
		:: failed -> break
		:: else -> check(); consume()
		fi;
		position = 0; space = 0; number = 0
	od;
#endif
	atomic { drained -> ghost_running-- }
}

/* What looptun_ring_readable() waits for, or more of it: not for what is dropped. */
#define MAY_BE_READABLE							\
	(claimed != reserved &&						\
	 (memory[STATE(claimed)] != DISCARDED ||			\
	  claimed + memory[LEN(claimed)] != reserved))

proctype Consumer(byte self)
{
	byte position, space, number, state, length, upto;
	bool failed, last;

	do
	:: MAY_BE_READABLE || ghost_running == 0 ->
		last = ghost_running == 0;
		claim();
		if
		:: failed && last -> break
		:: failed && !last
		:: else ->
#ifdef SEED_RELEASED_TOO_EARLY
			consume();
			check()
#else
			check();
			consume()
#endif
		fi;
		position = 0; space = 0; number = 0; failed = false
	od;
	atomic { drained -> ghost_reading-- }
}

init {
	byte i;

	atomic {
		ghost_running = PRODUCERS + MOVERS;
		ghost_reading = CONSUMERS;
		for (i : 0 .. THREADS - 1) {
			run Drain(i);
			if
			:: i < PRODUCERS -> run Producer(i)
			:: i >= PRODUCERS && i < PRODUCERS + CONSUMERS ->
				run Consumer(i)
			:: else -> run Mover(i)
			fi
		}
	};
	ghost_reading == 0;
	assert(ghost_taken + ghost_dropped == ghost_committed);
	/* All room can be had back: what was dropped, what was moved or read. */
	do
	:: claimed == reserved -> break
	:: claimed != reserved ->
		assert(memory[STATE(claimed)] == DISCARDED);
		claimed = claimed + memory[LEN(claimed)]
	od;
	do
	:: released == claimed -> break
	:: released != claimed ->
		assert(memory[STATE(released)] == DISCARDED);
		released = released + memory[LEN(released)]
	od
}
