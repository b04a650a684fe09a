// SPDX-License-Identifier: GPL-2.0-only
/*
 * Settings of a tunnel by the test. Each takes looptun_tunnel_lock, changes the
 * tunnel and carries the change to its queues.
 */
#include <linux/errno.h>

#include "queue.h"
#include "setting.h"
#include "tunnel.h"

static void looptun_setting_wake_writers(struct looptun_queue *queue, void *data)
{
	/* One that is out is not told, as by tun_device_event(). */
	if (!queue->disabled)
		looptun_queue_wake_writers(queue);
}

static void looptun_setting_stop_charging(struct looptun_queue *queue, void *data)
{
	looptun_queue_stop_charging(queue);
}

static void looptun_setting_resize(struct looptun_queue *queue, void *data)
{
	looptun_queue_txq_resize(queue, *(unsigned int *)data);
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
		looptun_tunnel_wake_test(tunnel, EPOLLOUT | EPOLLWRNORM);
	if (raised)
		looptun_tunnel_visit_locked(tunnel,
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
		looptun_tunnel_visit_locked(tunnel, looptun_setting_stop_charging,
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
	looptun_tunnel_visit_locked(tunnel, looptun_setting_resize,
				    &txqueuelen);
	mutex_unlock(&looptun_tunnel_lock);
	/* Whoever waited for room goes on: there is room, or it is dropped. */
	looptun_tunnel_wake_test(tunnel, EPOLLOUT | EPOLLWRNORM);
	return dead ? -ENODEV : 0;
}
