/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * drivers/net/looptun/ring_loan.c: a ring with room for one record, which lends
 * its bytes to a ring with room for two, where datagrams come from elsewhere as
 * well. A writer fills, lends and commits, a reader of each ring claims and
 * consumes, and both rings are purged at any time. Nobody reads what has been
 * filled anew, and all room comes back.
 *
 * Memory is strong here: what is shared is written under a lock or exchanged, but
 * for one load, which acquires. ring.pml is about order.
 *
 * SEED_... puts a mistake in, which is to be found.
 */
#ifndef DATAGRAMS
#define DATAGRAMS	3
#endif

/* enum looptun_record_state */
#define BUSY		0
#define REVOKED		1
#define READY		2
#define LEFT		3
#define DISCARDED	4

/* Records: that of the ring that lends, and the others. */
#define LENDER		0
#define FIRST		1
#define SECOND		2

/* record->loan of the one that lends, if it is not FIRST or SECOND */
#define NONE		0
#define SELF		3

byte state[3] = DISCARDED;
bool claimed[3];
bool borrowed[3];
byte bytes[3];
byte loan;

/* Each ring's. */
#define LENDING		0
#define BORROWING	1
bool locked[2];

bool written;		/* there is no more to come */

/* The observer's: what each record stands for, how many purges are to come. */
byte ghost_number[3];
byte ghost_purges = 2;

inline lock(which)
{
	atomic { !locked[which] -> locked[which] = true }
}

inline unlock(which)
{
	locked[which] = false
}

/* looptun_ring_leave(): may_discard */
inline leave()
{
	old = loan;
	if
	:: old == NONE
	:: else ->
#ifndef SEED_COPIED_UNLOCKED
		lock(BORROWING);
#endif
		old = loan;
		if
		:: old == FIRST || old == SECOND ->
			bytes[old] = bytes[LENDER];
			borrowed[old] = false;
			loan = NONE
		:: else
		fi;
#ifndef SEED_COPIED_UNLOCKED
		unlock(BORROWING);
#endif
	fi;
	may_discard = true;
	if
#ifndef SEED_FREED_WHILE_READ
	:: old == SELF ->
#ifndef SEED_LEFT_TOO_LATE
		state[LENDER] = LEFT;
#endif
		atomic { may_discard = loan == NONE; loan = NONE };
#ifdef SEED_LEFT_TOO_LATE
		if
		:: !may_discard -> state[LENDER] = LEFT
		:: else
		fi
#endif
#endif
	:: else
	fi;
	old = NONE
}

/* looptun_ring_drop_locked() of one that borrows */
inline drop(which)
{
#ifndef SEED_DROPPED_WITH_ITS_LOAN
	if
	:: borrowed[which] -> loan = NONE
	:: else
	fi;
#endif
	state[which] = DISCARDED
}

/* looptun_ring_commit(), and what comes of it if it was purged */
inline commit(which)
{
	atomic {
		revoked = state[which] == REVOKED;
		if
		:: !revoked -> state[which] = READY
		:: else
		fi
	}
}

proctype Writer()
{
	byte number, borrower, old;
	bool revoked, may_discard;

	do
	:: number == DATAGRAMS -> break
	:: number < DATAGRAMS ->
		borrower = FIRST + number % 2;
		number++;
		/* looptun_ring_reserve() and _lend(): all is the writer's alone. */
		if
		:: atomic { state[LENDER] == DISCARDED &&
			    state[borrower] == DISCARDED ->
			ghost_number[LENDER] = number;
			ghost_number[borrower] = number;
			bytes[LENDER] = number;
			bytes[borrower] = 0;
			loan = borrower;
			borrowed[borrower] = true;
			state[LENDER] = BUSY;
			state[borrower] = BUSY };
			commit(LENDER);
			if
			:: revoked ->
				leave();
				assert(may_discard);
				state[LENDER] = DISCARDED
			:: else
			fi
		:: atomic { state[borrower] == DISCARDED ->
			/* What comes from elsewhere is not borrowed. */
			ghost_number[borrower] = number;
			bytes[borrower] = number;
			borrowed[borrower] = false;
			state[borrower] = BUSY }
		fi;
		commit(borrower);
		if
		:: revoked ->
			lock(BORROWING);
			drop(borrower);
			unlock(BORROWING)
		:: else
		fi
	od;
	written = true
}

#define CLAIMABLE(which)	(state[which] == READY && !claimed[which])

/* Who reads `sent`. */
proctype Far()
{
	byte old;
	bool may_discard;

	do
	:: CLAIMABLE(LENDER) ->
		lock(LENDING);
		if
		:: CLAIMABLE(LENDER) ->
			claimed[LENDER] = true;
			unlock(LENDING);
			assert(bytes[LENDER] == ghost_number[LENDER]);
			leave();
			if
			:: may_discard ->
				atomic {
					claimed[LENDER] = false;
					state[LENDER] = DISCARDED
				}
			:: else
			fi
		:: else -> unlock(LENDING)
		fi
	:: written && !CLAIMABLE(LENDER) -> break
	od
}

/* Who reads what is looped, one or the other. */
inline read_looped(which)
{
	lock(BORROWING);
	if
	:: CLAIMABLE(which) ->
		claimed[which] = true;
		number = ghost_number[which];
#ifndef SEED_CLAIM_NOT_MARKED
		if
		:: borrowed[which] -> loan = SELF
		:: else
		fi;
#endif
		unlock(BORROWING);
		if
		:: borrowed[which] ->
			assert(bytes[LENDER] == number);
			assert(borrowed[which] && bytes[LENDER] == number);
			/* looptun_ring_give_back() */
			atomic { old = loan; loan = NONE };
			if
			:: old == NONE ->
				atomic {
					claimed[LENDER] = false;
					state[LENDER] = DISCARDED
				}
			:: else
			fi
		:: else -> assert(bytes[which] == number)
		fi;
		atomic {
			claimed[which] = false;
			state[which] = DISCARDED
		}
	:: else -> unlock(BORROWING)
	fi
}

proctype Program()
{
	byte number, old;

	do
	:: CLAIMABLE(FIRST) -> read_looped(FIRST)
	:: CLAIMABLE(SECOND) -> read_looped(SECOND)
	:: written && !CLAIMABLE(FIRST) && !CLAIMABLE(SECOND) -> break
	od
}

/* looptun_ring_purge(): what was claimed is not looked at. */
inline revoke(which)
{
	atomic {
		was = (claimed[which] -> DISCARDED : state[which]);
		if
		:: was == BUSY -> state[which] = REVOKED
		:: else
		fi
	}
}

proctype LendingPurger()
{
	byte was, old;
	bool may_discard;

	lock(LENDING);
	revoke(LENDER);
	if
	:: was == READY ->
		leave();
		if
		:: may_discard -> state[LENDER] = DISCARDED
		:: else
		fi
	:: else
	fi;
	unlock(LENDING);
	ghost_purges--
}

proctype BorrowingPurger()
{
	byte was, which;

	lock(BORROWING);
	for (which : FIRST .. SECOND) {
		revoke(which);
		if
		:: was == READY -> drop(which)
		:: else
		fi
	}
	unlock(BORROWING);
	ghost_purges--
}

init {
	atomic {
		run Writer();
		run Far();
		run Program();
		run LendingPurger();
		run BorrowingPurger()
	};
	written && ghost_purges == 0 && _nr_pr == 1;
	assert(state[LENDER] == DISCARDED && state[FIRST] == DISCARDED &&
	       state[SECOND] == DISCARDED)
}
