/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * sys: the reading side of the world, relative to a root.
 *
 * Everything that detection knows comes through here: from "/" on a live machine, or from a
 * recorded root (--root DIR), where no path and no symlink can lead outside. Nothing here
 * writes, and nothing starts a process. Paths have no leading slash.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "err.h"
#include "mem.h"

struct sys {
	int rootfd;
	bool live; /* "/" of the running machine: block devices may be probed */
};

/* root NULL: the live machine. */
int sys_open(struct sys *ret, const char *root, struct err *e) nodiscard;
void sys_close(struct sys *s);

/* Reads at most size-1 bytes and NUL-terminates. Bytes read, or -errno. */
ssize_t sys_read(const struct sys *s, const char *path, char *buf, size_t size);
/* The whole file up to `max` bytes, from the arena, with its length; NULL when there is none. */
char *sys_slurp(const struct sys *s, struct arena *a, const char *path, size_t max,
		size_t *ret_len);
/* First line, made safe to show (str_sanitise); NULL when missing or empty. */
char *sys_line(const struct sys *s, struct arena *a, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
/* A number (decimal, or hexadecimal with 0x); `fallback` when there is none. */
uint64_t sys_number(const struct sys *s, uint64_t fallback, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
bool sys_exists(const struct sys *s, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* The symlink's target as it is written, or its last component; NULL when there is none. */
char *sys_link(const struct sys *s, struct arena *a, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
char *sys_link_name(const struct sys *s, struct arena *a, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
/* The names in a directory without . and .., sorted as strverscmp(3) does; none when missing. */
struct strings sys_list(const struct sys *s, struct arena *a, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
