/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "partition/busy.h"

#include <ctype.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/str.h"
#include "base/sys.h"

/* Links in /proc/PID that lead into a mount, and directories full of them. */
static const char *const single_links[] = {"cwd", "root", "exe"};
static const char *const link_dirs[] = {"fd", "map_files"};

/* Does the link lead into this very mount? By its id, as bind mounts of one file system share the
 * device; by the device where the kernel has no ids to give (before 5.8). */
static bool leads_into(const char *link, const struct mount *m)
{
	struct statx st;

	if (statx(AT_FDCWD, link, AT_NO_AUTOMOUNT, STATX_TYPE | STATX_MNT_ID, &st) < 0)
		return false;
	if (st.stx_mask & STATX_MNT_ID)
		return st.stx_mnt_id == m->id;
	return st.stx_dev_major == m->major && st.stx_dev_minor == m->minor;
}

/* The first link of the process that leads there; NULL: none. */
static const char *process_link(const struct sys *s, struct arena *a, const char *pid,
				const struct mount *m)
{
	for (size_t i = 0; i < ARRAY_SIZE(single_links); i++) {
		const char *link = arena_printf(a, "/proc/%s/%s", pid, single_links[i]);

		if (leads_into(link, m))
			return link;
	}
	for (size_t i = 0; i < ARRAY_SIZE(link_dirs); i++) {
		struct strings names = sys_list(s, a, "proc/%s/%s", pid, link_dirs[i]);

		for (size_t j = 0; j < names.count; j++) {
			const char *link = arena_printf(a, "/proc/%s/%s/%s", pid, link_dirs[i],
							names.items[j]);

			if (leads_into(link, m))
				return link;
		}
	}
	return NULL;
}

static const char *process_text(const struct sys *s, struct arena *a, const char *pid,
				const char *link)
{
	const char *comm = sys_line(s, a, "proc/%s/comm", pid);
	char *target = sys_link(s, a, "%s", link + 1);

	if (target)
		str_sanitise(target);
	return arena_printf(a, "process %s (%s) uses %s", pid, comm ? comm : "?",
			    target ? target : "it");
}

static const char *swap_text(const struct sys *s, struct arena *a, const struct mount *m)
{
	struct strings swaps = swaps_read(s, a);

	for (size_t i = 0; i < swaps.count; i++)
		if (path_is_below(swaps.items[i], m->point))
			return arena_printf(a, "%s is swapped on", swaps.items[i]);
	return NULL;
}

static const char *loop_text(const struct sys *s, struct arena *a, const struct mount *m)
{
	struct strings names = sys_list(s, a, "sys/class/block");

	for (size_t i = 0; i < names.count; i++) {
		const char *file = sys_line(s, a, "sys/class/block/%s/loop/backing_file",
					    names.items[i]);

		if (file && path_is_below(file, m->point))
			return arena_printf(a, "/dev/%s holds %s", names.items[i], file);
	}
	return NULL;
}

static const char *any_user(const struct sys *s, struct arena *a, const struct mount *m)
{
	struct strings pids = sys_list(s, a, "proc");
	const char *text;

	for (size_t i = 0; i < pids.count; i++) {
		const char *link;

		if (!isdigit((unsigned char)pids.items[i][0]))
			continue;
		link = process_link(s, a, pids.items[i], m);
		if (link)
			return process_text(s, a, pids.items[i], link);
	}
	text = swap_text(s, a, m);
	if (!text)
		text = loop_text(s, a, m);
	return text ? text : "no process or swap file that can be seen uses it";
}

const char *mount_user(struct arena *a, const struct mount *m)
{
	_cleanup_(sys_close) struct sys s = {.rootfd = -1};
	struct err ignored;

	if (sys_open(&s, NULL, &ignored) < 0)
		return "it is in use";
	return any_user(&s, a, m);
}
