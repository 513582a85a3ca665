/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * preparing: what takes long about encryption, in a thread while the person answers what else is
 * asked. First how much work one try of a passphrase may be on this machine, which needs no
 * passphrase and is found out once for all containers; then, with the passphrase, the header of
 * each container that there may be. One derivation at a time, each with the memory that was chosen.
 *
 * Where a container comes, under which UUID, is only said when it is written. What is not prepared
 * (other limits, another passphrase, other sectors, too few) is made in the step itself.
 *
 * One thread starts, takes and ends. libcryptsetup is not made for two: but for preparing_start,
 * all of these return with the thread at rest.
 */
#pragma once

#include <pthread.h>
#include <stdbool.h>

#include "partition/crypt.h"

enum { LUKS_TRY_MS = 2000 };
/* There is one container for each of them at most. */
enum { PREPARED_ROOT, PREPARED_SWAP, PREPARED_DATA, PREPARED_MAX };

struct preparing_wish {
	struct luks_cost limits;
	const struct secret *passphrase; /* borrowed for the call; NULL: not known yet */
	/* Of the place of each container; 0: none, or not known yet. */
	uint32_t sector_bytes[PREPARED_MAX];
};

struct preparing {
	pthread_mutex_t lock;
	pthread_t thread;
	bool running; /* it is to be joined */
	/* Under the lock while the thread is running. */
	bool working, stop, measured, failed;
	unsigned turn; /* counts the passphrases: what is made for an old one is nobody's */
	struct luks_cost limits, found;
	struct secret passphrase;
	uint32_t wanted[PREPARED_MAX]; /* sectors; 0: nothing, or it is made */
	struct luks_header headers[PREPARED_MAX];
	/* The caller's alone. */
	struct luks_header written; /* and not open yet: its key */
};
#define PREPARING_NONE                                                                         \
	((struct preparing){.lock = PTHREAD_MUTEX_INITIALIZER,                                 \
			    .headers = {LUKS_HEADER_NONE, LUKS_HEADER_NONE, LUKS_HEADER_NONE}, \
			    .written = LUKS_HEADER_NONE})

/* Begins, or goes on with what is new in the wish; does not wait. No error: what cannot be prepared
 * is made in the step, which says what is wrong. */
void preparing_start(struct preparing *p, const struct preparing_wish *w);
/* The cost for these limits, with iterations; without them where the measurement failed. */
struct luks_cost preparing_cost(struct preparing *p, const struct luks_cost *limits);
/* A header for this passphrase at this cost, once all that is wanted is made; it is the caller's.
 * False: there is none. */
bool preparing_take(struct preparing *p, const struct secret *passphrase,
		    const struct luks_cost *limits, uint32_t sector_bytes, struct luks_header *ret);
/* Begins nothing more, and waits for the derivation that is under way. What is ready stays. */
void preparing_rest(struct preparing *p);

/* The key of the container that was written last, until it is open. */
void preparing_written(struct preparing *p, struct luks_header *h); /* which is empty afterwards */
const struct secret *preparing_key(const struct preparing *p, const char *uuid); /* NULL: unknown */
void preparing_opened(struct preparing *p);

/* Nobody wants anything any more: all secrets are wiped. Again, or never started, is fine. */
void preparing_end(struct preparing *p);
