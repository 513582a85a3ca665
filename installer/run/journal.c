/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "run/journal.h"

#include <errno.h>
#include <fcntl.h>
#include <json-c/json.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/record.h"
#include "base/str.h"
#include "base/sys.h"

enum { JOURNAL_VERSION = 1 };

static const struct field journal_fields[] = {
	FIELD_NEEDED(struct journal, "version", FIELD_U32, version),
	FIELD_NEEDED(struct journal, "plan", FIELD_STRING, plan),
	FIELD_NEEDED(struct journal, "root", FIELD_STRING, root),
	FIELD(struct journal, "swap", FIELD_STRING, swap),
	FIELD(struct journal, "mappers", FIELD_STRINGS, mappers),
	FIELD(struct journal, "done", FIELD_STRINGS, done),
	FIELD(struct journal, "parts", FIELD_STRINGS, parts),
	FIELD(struct journal, "finished", FIELD_BOOL, finished),
};
static const struct record_type journal_type = RECORD_TYPE(struct journal, journal_fields);

void journal_clear(struct journal *j)
{
	j->arena = arena_free(j->arena);
}

int journal_read(struct journal *ret, const char *path, struct err *e)
{
	struct sys here = {.rootfd = AT_FDCWD, .live = true};
	_cleanup_journal_ struct journal j = {.arena = arena_new()};
	_cleanup_json_ struct json_object *json = NULL;
	struct arena *arena = j.arena;
	size_t len;
	char *text = sys_slurp(&here, arena, path, 1 << 20, &len);
	int r = 0;

	if (!text && access(path, F_OK) == 0)
		return err_set(e, ERR_IO, "if no installation was interrupted, remove the file",
			       "the journal %s cannot be read", path);
	if (text) {
		r = json_parse(text, len, path, &json, e);
		if (r == 0)
			r = record_from_json(&journal_type, json, arena, &j, e);
		j.arena = arena;
		if (r == 0 && j.version != JOURNAL_VERSION)
			r = err_set(e, ERR_INVALID, NULL, "version %u is unknown", j.version);
		if (r < 0) {
			snprintf(e->hint, sizeof(e->hint),
				 "if no installation was interrupted, remove the file");
			return err_context(e, "the journal %s", path);
		}
	}
	j.version = JOURNAL_VERSION;
	j.path = path;
	*ret = j;
	j.arena = NULL;
	return 0;
}

int journal_write(const struct journal *j, struct err *e)
{
	_cleanup_json_ struct json_object *json = record_to_json(&journal_type, j);
	_cleanup_free_ char *text = json_text(json);

	return write_file_atomic(j->path, text, strlen(text), 0600, e);
}

bool journal_has(const struct journal *j, const char *step)
{
	return strings_have(&j->done, step);
}

static int write_fd(int fd, const char *bytes, size_t len)
{
	while (len) {
		ssize_t n = write(fd, bytes, len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -1;
		bytes += n;
		len -= (size_t)n;
	}
	return fsync(fd);
}

/* The directory that a file is in. */
static int sync_above(const char *path)
{
	_cleanup_free_ char *directory = xstrdup(path);
	_cleanup_close_ int dir = -1;

	*strrchr(directory, '/') = '\0';
	dir = open(directory[0] ? directory : "/", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return dir < 0 || fsync(dir) < 0 ? -1 : 0;
}

/* On FAT the entry in the directory says where a file begins, and the new name gets it with the
 * file. Until both are on the disk the name leads nowhere. */
static int sync_name(const char *path, int fd)
{
	return fsync(fd) < 0 || sync_above(path) < 0 ? -1 : 0;
}

int journal_sync(const char *path, struct err *e)
{
	return sync_above(path) < 0 ? err_errno(e, errno, NULL, "cannot bring %s to the disk", path)
				    : 0;
}

int journal_remove(const char *path, struct err *e)
{
	if (unlink(path) < 0)
		return errno == ENOENT ? 0 : err_errno(e, errno, NULL, "cannot remove %s", path);
	return sync_above(path) < 0
		       ? err_errno(e, errno, NULL, "cannot write that %s is gone", path)
		       : 0;
}

int write_file_atomic(const char *path, const void *bytes, size_t len, unsigned mode, struct err *e)
{
	_cleanup_free_ char *temporary = xasprintf("%s.new", path);
	_cleanup_close_ int fd = open(temporary,
				      O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW,
				      mode ? mode : 0600);

	if (fd < 0)
		return err_errno(e, errno, NULL, "cannot create %s", temporary);
	/* The umask, or an older file of that name, must not decide who may read it. */
	if ((mode && fchmod(fd, mode) < 0) || write_fd(fd, bytes, len) < 0 ||
	    rename(temporary, path) < 0) {
		int failed = errno;

		unlink(temporary);
		return err_errno(e, failed, NULL, "cannot write %s", path);
	}
	if (mode == 0 && sync_name(path, fd) < 0)
		return err_errno(e, errno, NULL, "cannot write %s", path);
	return 0;
}

static int make_directory(const char *path, unsigned mode, struct err *e)
{
	struct stat st;

	/* The umask must not decide who may enter it: users go through /mnt/etc one day. */
	if (mkdir(path, mode) == 0 ? chmod(path, mode) == 0
				   : errno == EEXIST && stat(path, &st) == 0 && S_ISDIR(st.st_mode))
		return 0;
	return err_errno(e, errno, NULL, "cannot make the directory %s", path);
}

int make_directories(const char *path, unsigned last_mode, struct err *e)
{
	_cleanup_free_ char *copy = xstrdup(path);

	if (!path[0])
		return err_set(e, ERR_INVALID, NULL, "the name of a directory is missing");
	for (char *slash = strchr(copy + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
		int n;

		*slash = '\0';
		n = make_directory(copy, 0755, e);
		if (n < 0)
			return n;
		*slash = '/';
	}
	return make_directory(copy, last_mode, e);
}
