// SPDX-License-Identifier: GPL-2.0-only
/*
 * Settings of a tunnel by the far side. Each takes looptun_tunnel_lock, changes
 * the tunnel and carries the change to its files.
 */
#include <linux/errno.h>

#include "file.h"
#include "queue.h"
#include "setting.h"
#include "tunnel.h"

static void looptun_setting_wake_writers(struct looptun_file *file, void *data)
{
	/* One that is out is not told, as by tun_device_event(). */
	if (!file->disabled)
		looptun_file_wake_writers(file);
}

static void looptun_setting_unhold(struct looptun_file *file, void *data)
{
	looptun_file_unhold(file);
}

static void looptun_setting_resize(struct looptun_file *file, void *data)
{
	looptun_file_txq_resize(file, *(unsigned int *)data);
}

/**
 * looptun_setting_set_link - take the link up or down
 * @tunnel: the tunnel, referenced by the caller
 * @up: the new state
 *
 * Only going up wakes the program, and only if it had looked, as
 * tun_device_event() does it for the enabled queues.
 *
 * Context: process; takes looptun_tunnel_lock.
 * Return: 0, or -ENODEV if the tunnel is gone.
 */
int looptun_setting_set_link(struct looptun_tunnel *tunnel, bool up)
{
	bool dead, raised;

	mutex_lock(&looptun_tunnel_lock);
	dead = tunnel->dead;
	raised = up && !tunnel->up;
	WRITE_ONCE(tunnel->up, up);
	/* Whoever waits for room is told that it is down. */
	if (!up)
		looptun_tunnel_wake_far(tunnel, EPOLLOUT | EPOLLWRNORM);
	if (raised)
		looptun_queue_visit_locked(tunnel,
					   looptun_setting_wake_writers,
					   NULL);
	mutex_unlock(&looptun_tunnel_lock);
	return dead ? -ENODEV : 0;
}

/**
 * looptun_setting_set_hold - keep send buffers charged, or not
 * @tunnel: the tunnel, referenced by the caller
 * @hold: whether what is written stays charged until it is read
 *
 * Context: process; takes looptun_tunnel_lock.
 * Return: 0, or -ENODEV if the tunnel is gone.
 */
int looptun_setting_set_hold(struct looptun_tunnel *tunnel, bool hold)
{
	bool dead;

	mutex_lock(&looptun_tunnel_lock);
	dead = tunnel->dead;
	WRITE_ONCE(tunnel->hold, hold);
	if (!hold)
		looptun_queue_visit_locked(tunnel, looptun_setting_unhold,
					   NULL);
	mutex_unlock(&looptun_tunnel_lock);
	return dead ? -ENODEV : 0;
}

/**
 * looptun_setting_set_txqueuelen - limit the queues towards the program, or not
 * @tunnel: the tunnel, referenced by the caller
 * @txqueuelen: datagrams a queue takes before the rest is dropped, 0: no limit
 *
 * Context: process; takes looptun_tunnel_lock.
 * Return: 0, or -ENODEV if the tunnel is gone.
 */
int looptun_setting_set_txqueuelen(struct looptun_tunnel *tunnel,
				   unsigned int txqueuelen)
{
	bool dead;

	mutex_lock(&looptun_tunnel_lock);
	dead = tunnel->dead;
	WRITE_ONCE(tunnel->txqueuelen, txqueuelen);
	looptun_queue_visit_locked(tunnel, looptun_setting_resize,
				   &txqueuelen);
	mutex_unlock(&looptun_tunnel_lock);
	/* Whoever waited for room goes on: there is room, or it is dropped. */
	looptun_tunnel_wake_far(tunnel, EPOLLOUT | EPOLLWRNORM);
	return dead ? -ENODEV : 0;
}
