/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/reach.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/str.h"
#include "base/url.h"
#include "cli/inputs.h"
#include "sources/sources.h"

/* A regular file of at most SOURCE_LIMIT bytes: a pipe would be waited for, a device has no end. */
static int read_file(const char *path, struct secret *ret, struct err *e)
{
	_cleanup_close_ int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	_cleanup_free_ char *buf = NULL;
	struct stat st;
	ssize_t n = 0;
	size_t len = 0;

	if (fd < 0 || fstat(fd, &st) < 0)
		return err_errno(e, errno, NULL, "cannot open %s", path);
	if (!S_ISREG(st.st_mode) || st.st_size > SOURCE_LIMIT)
		return err_set(e, ERR_INVALID, NULL, "%s is %s", path,
			       S_ISREG(st.st_mode) ? "larger than the 1 MiB that are allowed"
						   : "not a file");
	buf = xmalloc((size_t)st.st_size + 1);
	while (len < (size_t)st.st_size && (n = read(fd, buf + len, (size_t)st.st_size - len)) > 0)
		len += (size_t)n;
	if (n >= 0)
		secret_set(ret, buf, len);
	secret_zero(buf, len);
	return n < 0 ? err_errno(e, errno, NULL, "cannot read %s", path) : 0;
}

static int reach_read(void *ctx, const char *place, struct secret *ret, struct err *e)
{
	struct reach *r = ctx;
	struct sys sys;
	int n;

	if (!url_is(place))
		return read_file(place, ret, e);
	if (r->busy) {
		_cleanup_free_ char *shown = url_shown(place);
		_cleanup_free_ char *text = xasprintf("Fetching %s ...", shown);

		r->busy(r->busy_ctx, text);
	}
	n = sys_open(&sys, NULL, e);
	if (n < 0)
		return n;
	n = fetch_url(
		&(struct sources){
			.sys = &sys, .net = r->net, .proxy = r->answers->proxy, .wait = r->wait},
		place, ret, e);
	sys_close(&sys);
	return n;
}

void reach_open(struct reach *r, const struct answers *answers)
{
	reach_close(r);
	*r = (struct reach){
		.outside = {.ctx = r, .read = reach_read},
		.net = sibling_program("archibald-net"),
		.answers = answers,
	};
}

void reach_close(struct reach *r)
{
	mem_free_ptr(&r->net);
	*r = (struct reach){0};
}
