/* SPDX-License-Identifier: GPL-3.0-or-later */
/* reach: what answers may reach for (struct outside), for the commands: files of this machine, and
 * by archibald-net what is behind an https address. */
#pragma once

#include "answers/answers.h"

struct reach {
	struct outside outside;
	char *net;		       /* archibald-net's path */
	const struct answers *answers; /* for the proxy among them; borrowed */
	unsigned wait;		       /* seconds for which a network is waited for */
	/* Says what is waited for; NULL: nobody is told. */
	void (*busy)(void *ctx, const char *text);
	void *busy_ctx;
};

void reach_open(struct reach *r, const struct answers *answers);
/* The machine at hand is the one that is installed: its network may be looked at and used. */
void reach_network(struct reach *r);
void reach_close(struct reach *r);
