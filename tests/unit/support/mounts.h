/* SPDX-License-Identifier: GPL-3.0-or-later */
/* mounts: a mount table of the test's own. Include after check.h. */
#pragma once

#include <sched.h>
#include <sys/mount.h>

/* What is mounted from here on is nobody else's matter. In a table that is shared, whoever makes a
 * name space meanwhile (other tests do) has a copy of each mount, and with it holds what is
 * unmounted here. Needs root. */
static inline bool mounts_own(void)
{
	return unshare(CLONE_NEWNS) == 0 && mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0;
}

/* Nothing at that place is seen by who started the test. */
static inline void check_mounted_for_us(const char *where)
{
	_cleanup_free_ char *path = xasprintf("/proc/%d/mountinfo", (int)getppid()),
			    *theirs = read_whole(path), *ours = read_whole("/proc/self/mountinfo");

	check_contains(ours, where);
	assert_non_null(theirs);
	check_lacks(theirs, where);
}
