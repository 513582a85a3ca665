/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/keep.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/str.h"

enum { WHERE_BYTES = 64 }; /* of a terminal's name */

static int open_file(const char *path, int access, int *ret, struct err *e)
{
	*ret = open(path, access | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
	return *ret < 0 ? err_errno(e, errno, NULL, "cannot open %s", path) : 0;
}

/* Two would each believe that the machine is theirs. */
static int take_lock(struct keep *k, const char *directory, const char *name, struct err *e)
{
	_cleanup_free_ char *path = xasprintf("%s/lock", directory);
	const char *where = ttyname(STDIN_FILENO);
	char other[WHERE_BYTES] = "";
	int n = open_file(path, O_RDWR, &k->lock_fd, e);

	if (n < 0)
		return n;
	if (flock(k->lock_fd, LOCK_EX | LOCK_NB) < 0) {
		(void)!pread(k->lock_fd, other, sizeof(other) - 1, 0);
		str_sanitise(other);
		return err_set(e, ERR_BUSY, "wait for it, or end it",
			       "another archibald %s is running on this machine%s%s", name,
			       other[0] ? ", on " : "", other);
	}
	/* For whoever comes second; that it cannot be written down stops nothing. */
	if (ftruncate(k->lock_fd, 0) == 0 && where)
		(void)!write(k->lock_fd, where, strlen(where));
	return 0;
}

int keep_open(struct keep *k, const char *directory, const char *name, const char *events,
	      struct err *e)
{
	int n = make_directories(directory, 0700, e);

	k->journal_path = xasprintf("%s/journal.json", directory);
	k->log_path = xasprintf("%s/%s.log", directory, name);
	if (n == 0)
		n = take_lock(k, directory, name, e);
	if (n == 0)
		n = journal_read(&k->journal, k->journal_path, e);
	if (n == 0)
		n = open_file(k->log_path, O_WRONLY, &k->log_fd, e);
	if (n == 0)
		events_add(&k->events, sink_log, &k->log_fd);
	if (n == 0 && events) {
		n = open_file(events, O_WRONLY, &k->events_fd, e);
		if (n == 0)
			events_add(&k->events, sink_json_lines, &k->events_fd);
	}
	return n;
}

void keep_clear(struct keep *k)
{
	journal_clear(&k->journal);
	mem_free_ptr(&k->journal_path);
	mem_free_ptr(&k->log_path);
	mem_close_fd(&k->log_fd);
	mem_close_fd(&k->events_fd);
	mem_close_fd(&k->lock_fd);
}
