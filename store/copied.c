/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "store/copied.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/str.h"
#include "base/sys.h"

enum { JOURNAL_BYTES_MAX = 64 << 20 };

static int compare(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static char *head_line(const char *target)
{
	struct sys here = {.rootfd = AT_FDCWD, .live = true};
	_cleanup_arena_ struct arena *a = arena_new();
	const char *boot = sys_line(&here, a, "/proc/sys/kernel/random/boot_id");

	return xasprintf("%s %s", boot ? boot : "?", target ? target : "?");
}

/* Only whole lines count: the last one may have been cut off. */
static void read_names(struct copied *c, char *text, const char *head)
{
	char *line = text, *end = strchr(text, '\n');

	if (!end)
		return;
	*end = '\0';
	if (!str_eq(line, head))
		return;
	for (line = end + 1; (end = strchr(line, '\n')); line = end + 1) {
		*end = '\0';
		strings_add(c->arena, &c->names, line);
	}
	if (c->names.count)
		qsort(c->names.items, c->names.count, sizeof(*c->names.items), compare);
}

static int write_line(int fd, const char *text)
{
	_cleanup_free_ char *line = xasprintf("%s\n", text);
	size_t len = strlen(line);

	return write(fd, line, len) == (ssize_t)len ? 0 : -1;
}

/* Written anew, whole lines only, so that what is appended stands alone. */
static int begin(struct copied *c, const char *file, const char *head, struct err *e)
{
	int n;

	c->fd = open(file, O_WRONLY | O_CREAT | O_TRUNC | O_APPEND | O_CLOEXEC, 0600);
	if (c->fd < 0)
		return err_errno(e, errno, NULL, "cannot open %s", file);
	n = write_line(c->fd, head);
	for (size_t i = 0; i < c->names.count && n == 0; i++)
		n = write_line(c->fd, c->names.items[i]);
	return n < 0 ? err_errno(e, errno, NULL, "cannot write %s", file) : 0;
}

int copied_open(struct copied *ret, const char *file, const char *target, struct err *e)
{
	struct sys here = {.rootfd = AT_FDCWD, .live = true};
	_cleanup_copied_ struct copied c = {.fd = -1, .arena = arena_new()};
	_cleanup_free_ char *head = head_line(target);
	int n = 0;

	if (file) {
		char *text = sys_slurp(&here, c.arena, file, JOURNAL_BYTES_MAX, NULL);

		if (text)
			read_names(&c, text, head);
		n = begin(&c, file, head, e);
	}
	if (n < 0)
		return n;
	*ret = c;
	c = (struct copied){.fd = -1};
	return 0;
}

bool copied_has(const struct copied *c, const char *name)
{
	return c->names.count &&
	       bsearch(&name, c->names.items, c->names.count, sizeof(*c->names.items), compare);
}

int copied_add(const struct copied *c, const char *name, struct err *e)
{
	if (c->fd >= 0 && write_line(c->fd, name) < 0)
		return err_errno(e, errno, NULL, "cannot write the journal of the copy");
	return 0;
}

void copied_close(struct copied *c)
{
	mem_close_fd(&c->fd);
	c->arena = arena_free(c->arena);
	c->fd = -1;
}
