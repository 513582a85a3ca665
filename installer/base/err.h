/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * err: why something failed, in words for the person in front of the machine.
 *
 * Every function that can fail returns 0 or a negative `enum err_code` and takes a
 * `struct err *` last. Its ret_ parameters are untouched on failure. An error has three parts:
 *   what  the thing that could not be done       "cannot format /dev/sda2"
 *   why   the reason, from the system or a tool   "mkfs.ext4: No space left on device"
 *   hint  what the person can do about it         "choose a larger disk"
 * A caller that knows more puts its own words in front with err_context().
 */
#pragma once

#include <stdarg.h>

enum err_code {
	ERR_NONE,
	ERR_INTERNAL,	 /* a broken promise inside the program */
	ERR_IO,		 /* the system said no */
	ERR_NOT_FOUND,	 /* something that should be there is not */
	ERR_INVALID,	 /* input that cannot be accepted */
	ERR_TOO_SMALL,	 /* not enough room or memory; the message has the numbers */
	ERR_BUSY,	 /* somebody else uses it */
	ERR_MISMATCH,	 /* not the thing that was agreed on (a swapped disk) */
	ERR_UNSUPPORTED, /* this machine or this build cannot */
	ERR_TOOL,	 /* an external program failed */
	ERR_NETWORK,
	ERR_CANCELLED, /* the person said no */
};

struct err {
	enum err_code code;
	char what[320];
	char why[4096]; /* a list of all disks has room; what is longer ends in "..." */
	char hint[320];
};

/* Fills e and returns -code. `hint` may be NULL. */
int err_set(struct err *e, enum err_code code, const char *hint, const char *fmt, ...)
	__attribute__((format(printf, 4, 5)));
/* The same with `why` taken from an errno value (positive). */
int err_errno(struct err *e, int errno_value, const char *hint, const char *fmt, ...)
	__attribute__((format(printf, 4, 5)));
/* Sets the reason of an error that was filled already; returns -e->code. */
int err_why(struct err *e, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* Puts "words: " in front of what; returns -e->code. */
int err_context(struct err *e, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* "what: why" in one line; the hint is left to the caller's layout. Owned by the caller. */
char *err_text(const struct err *e);
const char *err_code_name(enum err_code code);

#define nodiscard __attribute__((warn_unused_result))
