/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sys.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "str.h"

enum { PATH_SIZE = 512, LINE_SIZE = 1024 };

#define FORMAT_PATH(buf, fmt)                                             \
	do {                                                              \
		va_list ap_;                                              \
		va_start(ap_, fmt);                                       \
		if (vsnprintf((buf), PATH_SIZE, (fmt), ap_) >= PATH_SIZE) \
			(buf)[0] = '\0';                                  \
		va_end(ap_);                                              \
	} while (0)

int sys_open(struct sys *ret, const char *root, struct err *e)
{
	int fd = open(root ? root : "/", O_PATH | O_DIRECTORY | O_CLOEXEC);

	if (fd < 0)
		return err_errno(e, errno, "name a directory that holds a recorded machine",
				 "cannot open the root %s", root ? root : "/");
	*ret = (struct sys){.rootfd = fd, .live = root == NULL};
	return 0;
}

void sys_close(struct sys *s)
{
	if (s->rootfd >= 0)
		close(s->rootfd);
	s->rootfd = -1;
}

/*
 * In a recorded root, absolute links and ".." stay inside it. A rename or mount anywhere on the
 * system while a ".." is followed makes the kernel give up with EAGAIN, and ask for another try
 * (openat2(2)): taking that for a missing file would lose facts, the live medium among them.
 */
static int open_inside(int rootfd, const char *path, int flags)
{
	struct open_how how = {
		.flags = (unsigned)flags | O_CLOEXEC,
		.resolve = RESOLVE_IN_ROOT,
	};
	int fd;

	do
		fd = (int)syscall(SYS_openat2, rootfd, path, &how, sizeof(how));
	while (fd < 0 && (errno == EAGAIN || errno == EINTR));
	return fd;
}

static int open_in(const struct sys *s, const char *path, int flags)
{
	int fd;

	if (!path[0])
		return -ENOENT;
	if (s->live)
		fd = openat(s->rootfd, path, flags | O_CLOEXEC);
	else
		fd = open_inside(s->rootfd, path, flags);
	return fd < 0 ? -errno : fd;
}

ssize_t sys_read(const struct sys *s, const char *path, char *buf, size_t size)
{
	_cleanup_close_ int fd = open_in(s, path, O_RDONLY | O_NONBLOCK | O_NOCTTY);
	size_t len = 0;

	if (fd < 0)
		return fd;
	while (len + 1 < size) {
		ssize_t n = read(fd, buf + len, size - 1 - len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		if (n == 0)
			break;
		len += (size_t)n;
	}
	buf[len] = '\0';
	return (ssize_t)len;
}

char *sys_slurp(const struct sys *s, struct arena *a, const char *path, size_t max, size_t *ret_len)
{
	size_t size = 4096;

	for (;;) {
		_cleanup_free_ char *buf = xmalloc(size);
		ssize_t n = sys_read(s, path, buf, size);

		if (n < 0)
			return NULL;
		if ((size_t)n + 1 < size || size >= max) {
			if (ret_len)
				*ret_len = (size_t)n;
			return arena_strndup(a, buf, (size_t)n);
		}
		size *= 4;
	}
}

char *sys_line(const struct sys *s, struct arena *a, const char *fmt, ...)
{
	char path[PATH_SIZE], buf[LINE_SIZE];

	FORMAT_PATH(path, fmt);
	if (sys_read(s, path, buf, sizeof(buf)) <= 0)
		return NULL;
	buf[strcspn(buf, "\n")] = '\0';
	str_sanitise(buf);
	return buf[0] ? arena_strdup(a, buf) : NULL;
}

uint64_t sys_number(const struct sys *s, uint64_t fallback, const char *fmt, ...)
{
	char path[PATH_SIZE], buf[64], *end;
	uint64_t n;

	FORMAT_PATH(path, fmt);
	if (sys_read(s, path, buf, sizeof(buf)) <= 0)
		return fallback;
	errno = 0;
	n = strtoull(buf, &end, str_starts(buf, "0x") ? 16 : 10);
	return errno || end == buf || buf[0] == '-' ? fallback : n;
}

bool sys_exists(const struct sys *s, const char *fmt, ...)
{
	char path[PATH_SIZE];

	FORMAT_PATH(path, fmt);
	_cleanup_close_ int fd = open_in(s, path, O_PATH);
	return fd >= 0;
}

static bool read_link(const struct sys *s, const char *path, char *buf, size_t size)
{
	_cleanup_close_ int fd = open_in(s, path, O_PATH | O_NOFOLLOW);
	ssize_t n;

	if (fd < 0)
		return false;
	n = readlinkat(fd, "", buf, size - 1);
	if (n <= 0)
		return false;
	buf[n] = '\0';
	return true;
}

char *sys_link(const struct sys *s, struct arena *a, const char *fmt, ...)
{
	char path[PATH_SIZE], buf[LINE_SIZE];

	FORMAT_PATH(path, fmt);
	return read_link(s, path, buf, sizeof(buf)) ? arena_strdup(a, buf) : NULL;
}

char *sys_link_name(const struct sys *s, struct arena *a, const char *fmt, ...)
{
	char path[PATH_SIZE], buf[LINE_SIZE];
	const char *slash;

	FORMAT_PATH(path, fmt);
	if (!read_link(s, path, buf, sizeof(buf)))
		return NULL;
	slash = strrchr(buf, '/');
	return arena_strdup(a, slash ? slash + 1 : buf);
}

static int by_version(const void *a, const void *b)
{
	const char *const *x = a, *const *y = b;

	return strverscmp(*x, *y);
}

struct strings sys_list(const struct sys *s, struct arena *a, const char *fmt, ...)
{
	char path[PATH_SIZE];
	struct strings names = {0};
	struct dirent *entry;
	DIR *dir;
	int fd;

	FORMAT_PATH(path, fmt);
	fd = open_in(s, path, O_RDONLY | O_DIRECTORY);
	if (fd < 0)
		return names;
	dir = fdopendir(fd);
	if (!dir) {
		close(fd);
		return names;
	}
	while ((entry = readdir(dir)))
		if (!str_eq(entry->d_name, ".") && !str_eq(entry->d_name, ".."))
			strings_add(a, &names, entry->d_name);
	closedir(dir);
	if (names.count > 1)
		qsort(names.items, names.count, sizeof(*names.items), by_version);
	return names;
}
