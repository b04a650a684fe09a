/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * That no reader sleeps beside a datagram: looptun_ring_commit() and
 * looptun_file_wake_readers() against looptun_chardev_claim(), whose
 * wait_event_interruptible() says that it waits and then looks again. Readers
 * of sent and injectors that wait for room are the same two stores and two
 * loads. What a thread stores reaches memory at any later moment, until it
 * releases or has a full barrier; waking is atomic, under the wait queue's lock.
 *
 * SEED_... puts a mistake in, which is to be found.
 */
#define DATAGRAMS	3

byte published, claimed;	/* in memory */
bool waits, awake;
byte pending_published;		/* stored and not there yet, 0: nothing */
bool pending_waits;

proctype Drain()
{
end:	do
	:: atomic { pending_published -> published = pending_published;
		    pending_published = 0 }
	:: atomic { pending_waits -> waits = true; pending_waits = false }
	od
}

proctype Producer()
{
	byte i;

	for (i : 1 .. DATAGRAMS) {
		/* The release orders what was before it, not itself. */
		atomic { !pending_published -> pending_published = i };
#ifndef SEED_WAKER_HAS_NO_BARRIER
		/* wq_has_sleeper() */
		!pending_published;
#endif
		if
		:: atomic { waits -> waits = false; awake = true }
		:: !waits
		fi
	}
}

proctype Reader()
{
	do
	:: claimed == DATAGRAMS -> break
	:: claimed < published -> claimed++
	:: claimed >= published && claimed < DATAGRAMS ->
		/* prepare_to_wait_event() */
		atomic { awake = false; pending_waits = true };
#ifndef SEED_SLEEPER_HAS_NO_BARRIER
		!pending_waits;
#endif
		if
		:: claimed < published
		:: claimed >= published -> awake	/* schedule() */
		fi;
		/* finish_wait() */
		atomic { pending_waits = false; waits = false }
	od
}

/* A reader that sleeps for ever is an invalid end state. */
init {
	atomic {
		run Drain();
		run Producer();
		run Reader()
	}
}
