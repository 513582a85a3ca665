/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * uuid: identifiers that follow from a seed, so that a plan is the same bytes each time.
 * Name-based UUIDs of version 5 (RFC 4122, section 4.3) by libuuid.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

struct uuid {
	char s[37]; /* lower case, with dashes */
};

/* The UUID of `name` in the name space `seed`. seed must be a UUID (uuid_valid). */
struct uuid uuid_derive(const char *seed, const char *name);
/* The UUID of any bytes, in a name space of this program's own. */
struct uuid uuid_of_bytes(const void *bytes, size_t len);
bool uuid_valid(const char *text);
