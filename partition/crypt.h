/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * crypt: LUKS2 containers by libcryptsetup. The one file that talks to it is crypt.c. Passphrases
 * are borrowed for the time of a call and go nowhere but into the library.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "base/secret.h"
#include "partition/layout.h"

/* What it costs to try a passphrase (argon2id), chosen for the machine that will open it. */
struct luks_cost {
	uint32_t memory_kib; /* at most; the library takes no more than half of the memory */
	uint32_t threads;    /* 1 to 4 */
	uint32_t time_ms;    /* how long one try takes, by a measurement on this machine */
	/* Found by that measurement; 0: it is done when a container is made, each time anew. */
	uint32_t iterations;
};

/* Finds the iterations, and the memory they take, for these limits: seconds of work that need no
 * passphrase, so it can be done before there is one, in a thread of its own. `stop` is asked
 * between two tries whether to give up (ERR_CANCELLED). */
int luks_measure(struct luks_cost *cost, int (*stop)(void *ctx), void *ctx,
		 struct err *e) nodiscard;

/* Waits for the node, clears signatures and makes the container with one passphrase, under the
 * layout's UUID. ERR_MISMATCH when the node has not the partition's size, ERR_BUSY when it is in
 * use: nothing was written then. */
int luks_format(const struct part *p, const char *node, const struct secret *passphrase,
		const struct luks_cost *cost, struct err *e) nodiscard;
/*
 * A container's header without a place: made in memory from the passphrase and a volume key of its
 * own, which is what takes long. Each goes onto one partition and no other. In anonymous memory is
 * what the disk will have, which holds nothing in clear text; the key is a secret.
 */
struct luks_header {
	int fd;		       /* -1: written, or none */
	uint32_t sector_bytes; /* of the data: luks_sector_bytes */
	char uuid[37];	       /* once it is written; "" before */
	struct secret key;     /* opens the container without the passphrase */
};
#define LUKS_HEADER_NONE ((struct luks_header){.fd = -1})
void luks_header_clear(struct luks_header *h);

/* The sectors that suit a disk or a partition best: 4096 bytes where it writes those at once and
 * its size is a multiple of them, else 512; the choice that libcryptsetup makes, too. */
int luks_sector_bytes(const char *node, uint32_t *ret, struct err *e) nodiscard;
/* `cost` is measured already. Takes as long as one try of the passphrase, and its memory. */
int luks_header_make(const struct secret *passphrase, const struct luks_cost *cost,
		     uint32_t sector_bytes, struct luks_header *ret, struct err *e) nodiscard;
/* As luks_format, with the header that was made, whose sectors are those of the node; what is on
 * the disk then is compared with it. */
int luks_header_write(const struct part *p, const char *node, struct luks_header *h,
		      struct err *e) nodiscard;

/* Is the layout's container on the node, and does the passphrase open it? */
bool luks_opens(const struct part *p, const char *node, const struct secret *passphrase);
/* Opens it as /dev/mapper/MAPPER and waits for that. Open already from this node is fine. With its
 * volume key (NULL: unknown) there is no passphrase to be tried, which takes long.
 * ERR_INVALID: not with this passphrase. ERR_BUSY: another container is open under that name. */
int luks_open(const struct part *p, const char *node, const struct secret *passphrase,
	      const struct secret *key, bool discards, struct err *e) nodiscard;
/* Closes /dev/mapper/NAME. Not open is fine. ERR_BUSY says what is on it. */
int luks_close(const char *name, struct err *e) nodiscard;
