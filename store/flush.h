/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * flush: writes out what was copied while the copying goes on, by a thread of its own. The kernel
 * alone would leave the disk idle until a tenth of the memory is dirty, and then keep everybody
 * waiting at the end, at 100 %. Only what the disk takes in some seconds is ever on its way: what
 * progress says is what a slow card has really taken, but for that.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

struct flush;

/* Begins for the file system of the open directory `fd`, which is borrowed. */
struct flush *flush_new(int fd);
/* Without another write, but for the one that is going on. Nobody adds any more. */
void flush_stop(struct flush *f);
/* The same; NULL is fine; returns NULL. */
struct flush *flush_free(struct flush *f);

/* So many bytes were written; waits while too much is on its way. By any thread. */
void flush_add(struct flush *f, uint64_t bytes);
/* Begins to write out a file that is complete, without a commit, and closes it: the caller would
 * wait for the file system's journal there. Takes `fd`; does not wait. By any thread. */
void flush_file(struct flush *f, int fd);
/* Nobody waits any more: the copy ends early. */
void flush_let_go(struct flush *f);
/* What may not be on the disk yet. */
uint64_t flush_left(struct flush *f);
/* A mark behind all that was done in the file system until now; does not wait. */
uint64_t flush_mark(struct flush *f);
/* What is before this mark is on the disk, and the file system has said so: after a failure it goes
 * on no more. */
uint64_t flush_reached(struct flush *f);

/* How much may be on its way to a disk that took so many bytes in so many milliseconds. */
uint64_t flush_most(uint64_t bytes, uint64_t ms);

/* Nothing comes any more: the last of it is written out. */
void flush_end(struct flush *f);
/* Waits for that, for so long at most; true: it is over, and *ret_errno says how it went. */
bool flush_ended(struct flush *f, unsigned timeout_ms, int *ret_errno);
/* What failed meanwhile; 0: nothing. */
int flush_error(struct flush *f);
