/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/proc.h"
#include "base/str.h"
#include "base/sys.h"
#include "firstboot/live.h"
#include "partition/disk.h"
#include "partition/grow.h"
#include "run/journal.h"

enum { FILE_MAX = 1 << 20 };

static char *below(void *ctx, const char *path)
{
	return xasprintf("%s/%s", (const char *)ctx, path);
}

/* The machine's own root, and not a directory that stands for one. */
static bool is_live(void *ctx)
{
	return ((const char *)ctx)[0] == '\0';
}

static int live_make_directory(void *ctx, const char *path, unsigned mode, struct err *e)
{
	_cleanup_free_ char *full = below(ctx, path);

	return make_directories(full, mode, e);
}

static int live_write_file(void *ctx, const char *path, const void *bytes, size_t len,
			   unsigned mode, struct err *e)
{
	_cleanup_free_ char *full = below(ctx, path);
	_cleanup_free_ char *directory = xstrdup(full);
	int n;

	*strrchr(directory, '/') = '\0';
	n = directory[0] ? make_directories(directory, 0755, e) : 0;
	return n < 0 ? n : write_file_atomic(full, bytes, len, mode, e);
}

/* A full disk takes a part first, which is no error yet. */
static int write_whole(int fd, const char *text)
{
	for (size_t left = strlen(text); left;) {
		ssize_t n = write(fd, text, left);

		if (n < 0 && errno != EINTR)
			return -errno;
		text += n > 0 ? n : 0;
		left -= n > 0 ? (size_t)n : 0;
	}
	return fsync(fd) < 0 ? -errno : 0;
}

/* Everything by descriptors and without following links: the home is its owner's, not root's. */
static int write_in_home(int home, const struct image_account *o, const char *directory,
			 const char *name, const char *text)
{
	_cleanup_free_ char *temporary = xasprintf("%s.new", name);
	_cleanup_close_ int dir = -1, fd = -1;
	int n;

	if (mkdirat(home, directory, 0700) < 0 && errno != EEXIST)
		return -errno;
	dir = openat(home, directory, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (dir < 0 || fchown(dir, o->uid, o->gid) < 0 || fchmod(dir, 0700) < 0)
		return -errno;
	if (unlinkat(dir, temporary, 0) < 0 && errno != ENOENT)
		return -errno;
	fd = openat(dir, temporary, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (fd < 0 || fchown(fd, o->uid, o->gid) < 0)
		return -errno;
	n = write_whole(fd, text);
	if (n == 0 && renameat(dir, temporary, dir, name) < 0)
		n = -errno;
	if (n < 0)
		unlinkat(dir, temporary, 0);
	return n;
}

static int live_write_private(void *ctx, const struct image_account *owner, const char *directory,
			      const char *name, const char *text, struct err *e)
{
	_cleanup_free_ char *path = below(ctx, owner->home + 1);
	_cleanup_close_ int home = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	int n = home < 0 ? -errno : write_in_home(home, owner, directory, name, text);

	return n < 0 ? err_errno(e, -n, NULL, "cannot write %s/%s/%s", owner->home, directory, name)
		     : 0;
}

static int live_make_link(void *ctx, const char *target, const char *path, struct err *e)
{
	_cleanup_free_ char *full = below(ctx, path);
	_cleanup_free_ char *temporary = xasprintf("%s.new", full);

	if (unlink(temporary) < 0 && errno != ENOENT)
		return err_errno(e, errno, NULL, "cannot remove %s", temporary);
	if (symlink(target, temporary) < 0 || rename(temporary, full) < 0)
		return err_errno(e, errno, NULL, "cannot make the link %s", full);
	return 0;
}

static int live_remove_files(void *ctx, const char *directory, const char *prefix, struct err *e)
{
	_cleanup_free_ char *full = below(ctx, directory);
	DIR *dir = opendir(full);
	int failed = 0;

	if (!dir)
		return errno == ENOENT ? 0 : err_errno(e, errno, NULL, "cannot list %s", full);
	for (struct dirent *d = readdir(dir); d; d = readdir(dir))
		if (str_starts(d->d_name, prefix) && unlinkat(dirfd(dir), d->d_name, 0) < 0)
			failed = errno;
	if (fsync(dirfd(dir)) < 0)
		failed = errno;
	closedir(dir);
	return failed ? err_errno(e, failed, NULL, "cannot remove %s/%s*", full, prefix) : 0;
}

static char *live_read_file(void *ctx, const char *path)
{
	struct sys here = {.rootfd = AT_FDCWD, .live = true};
	_cleanup_arena_ struct arena *a = arena_new();
	_cleanup_free_ char *full = below(ctx, path);
	const char *text = sys_slurp(&here, a, full, FILE_MAX, NULL);

	return text ? xstrdup(text) : NULL;
}

static int live_random(void *ctx, void *bytes, size_t n, struct err *e)
{
	(void)ctx;
	/* Waits until the kernel has gathered enough, which is the point. */
	for (size_t have = 0; have < n;) {
		ssize_t got = getrandom((char *)bytes + have, n - have, 0);

		if (got < 0 && errno != EINTR)
			return err_errno(e, errno, NULL, "cannot get random bytes");
		have += got > 0 ? (size_t)got : 0;
	}
	return 0;
}

static bool live_has_program(void *ctx, const char *name)
{
	const char *path = getenv("PATH");
	_cleanup_free_ char *copy = xstrdup(path ? path : "");
	char *save = NULL;

	(void)ctx;
	for (char *dir = strtok_r(copy, ":", &save); dir; dir = strtok_r(NULL, ":", &save)) {
		_cleanup_free_ char *file = xasprintf("%s/%s", dir, name);

		if (access(file, X_OK) == 0)
			return true;
	}
	return false;
}

static int live_run(void *ctx, const char *const *argv, const struct secret *input,
		    struct events *ev, struct err *e)
{
	const struct proc p = {
		.argv = argv,
		.line = events_line,
		.ctx = ev,
		.input = input ? input->bytes : NULL,
		.input_len = input ? input->len : 0,
	};

	(void)ctx;
	return proc_run(&p, e);
}

static int live_set_host_name(void *ctx, const char *name, struct err *e)
{
	if (is_live(ctx) && sethostname(name, strlen(name)) < 0)
		return err_errno(e, errno, NULL, "cannot set the host name");
	return 0;
}

static int live_grow_partition(void *ctx, const struct image_root *r, struct err *e)
{
	if (!is_live(ctx))
		return err_set(e, ERR_UNSUPPORTED, NULL, "only the running system's root grows");
	return disk_grow_part(r->disk, r->number, r->start, r->end_bytes, e);
}

static int live_sync(void *ctx, struct err *e)
{
	const char *root = ctx;

	return tree_sync(root[0] ? root : "/", e);
}

const struct live_ops live_linux_ops = {
	.write_file = live_write_file,
	.write_private = live_write_private,
	.make_directory = live_make_directory,
	.make_link = live_make_link,
	.remove_files = live_remove_files,
	.read_file = live_read_file,
	.random = live_random,
	.has_program = live_has_program,
	.run = live_run,
	.set_host_name = live_set_host_name,
	.grow_partition = live_grow_partition,
	.sync = live_sync,
};
