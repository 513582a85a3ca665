/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * deliver: sends the lines of a file that somebody else appends to (run/report.c) by POST, in
 * batches, for as long as it takes. Part of archibald-net, which alone loads libcurl.
 *
 * A line that begins with DELIVER_HEAD is the head of what follows it: each batch begins with the
 * head that it belongs to, so that a receiver that comes late knows whose events these are. How
 * many bytes were accepted is kept in a file beside the spool ("SPOOL.sent"), so that whoever goes
 * on after an interruption goes on there; a batch that was accepted without our hearing of it is
 * sent twice, and its events' numbers say so.
 */
#pragma once

#define DELIVER_HEAD "{\"v\":1,\"kind\":\"report\","
#define DELIVER_MARK ".sent"

struct delivery {
	const char *url;
	const char *proxy; /* NULL: what the environment says */
	const char *spool;
	unsigned wait; /* seconds for what is left, once no more comes */
	int end;       /* a descriptor that is at its end once nothing more is appended */
	/* What there is to say: "failing: WHY", "working"; in the end "left BYTES". */
	void (*say)(const char *line);
};

/* Returns once everything is sent, or the time is over. 0: everything. */
int deliver(const struct delivery *d);
