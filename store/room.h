/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * room: whether what is to be copied fits into the target's file system, in bytes and in inodes,
 * before the first of it is written.
 */
#pragma once

#include "base/err.h"
#include "store/registration.h"
#include "store/source.h"

struct room {
	int store;	  /* the target's store directory */
	const char *name; /* of it, for people */
	const struct source *source;
	struct store_path *const *paths; /* to be copied */
	size_t count;
	unsigned threads;	       /* so many at once */
	const volatile int *cancelled; /* NULL: never */
};

/*
 * What lies there already under a path's name, and will be replaced, counts as room, but for what
 * is there twice while it is copied. ERR_TOO_SMALL, with both numbers.
 */
int room_check(const struct room *r, struct err *e) nodiscard;
