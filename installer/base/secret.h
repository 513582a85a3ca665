/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * secret: bytes that must not outlive their use.
 *
 * A secret lives in its own mlock'ed, not dumped pages, is wiped when freed, and is never part
 * of a value that can be printed: plans and events name a secret, they do not hold one.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

struct secret {
	char *bytes; /* NUL-terminated for the callers that need a string; NULL: no secret */
	size_t len;
	size_t mapped;
};

void secret_set(struct secret *s, const char *bytes, size_t len); /* copies; wipes the old one */
void secret_wipe(struct secret *s);
static inline bool secret_given(const struct secret *s)
{
	return s->bytes != NULL;
}
#define _cleanup_secret_ __attribute__((cleanup(secret_wipe)))

/* No core dump of this process, and not ptraceable by the same user (prctl(2),
 * PR_SET_DUMPABLE). Called first thing by every command that may hold a secret. */
void secret_protect_process(void);
/* explicit_bzero for buffers that are not a struct secret. */
void secret_zero(void *p, size_t n);
