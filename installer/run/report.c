/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "run/report.h"

#include <errno.h>
#include <fcntl.h>
#include <json-c/json.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/deliver.h"
#include "base/sha256.h"
#include "base/str.h"
#include "base/sys.h"
#include "base/uuid.h"
#include "run/journal.h"

#define REPORT_TO ".to" /* whose the spool is */

/* For archibald-net beyond REPORT_WAIT, before it is ended. */
enum { SLACK_MS = 5000, SAID_MAX = 4096 };

static void add_text(struct json_object *o, const char *key, const char *text)
{
	if (text)
		json_object_object_add(o, key, json_object_new_string(text));
}

/* Appends one line; takes the object. `needed`: even where there is no more room. */
static void append(struct report *r, struct json_object *o, bool needed)
{
	const char *text = json_object_to_json_string_ext(
		o, JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE);
	_cleanup_free_ char *line = xasprintf("%s\n", text);
	size_t n = strlen(line);

	json_object_put(o);
	if (!needed && r->written + n > REPORT_SPOOL_MAX)
		r->dropped++;
	/* One write for each line: who reads sees whole lines, or what has no end yet. */
	else if (write(r->spool, line, n) == (ssize_t)n)
		r->written += n;
	else if (ftruncate(r->spool, (off_t)r->written) == 0)
		r->dropped++; /* there was room for half of it */
}

/* What is left was said to somebody, and nobody else is told of it: the address is known by its
 * hash, as it may hold a password. */
static int keep_to_address(struct report *r, const struct secret *url, struct err *e)
{
	_cleanup_free_ char *path = xasprintf("%s" REPORT_TO, r->path);
	_cleanup_free_ char *mark = xasprintf("%s" DELIVER_MARK, r->path);
	struct sys here = {.rootfd = AT_FDCWD, .live = true};
	struct sha256_text now = sha256(url->bytes, url->len);
	char kept[sizeof(now.s)] = "";

	if (sys_read(&here, path, kept, sizeof(kept)) > 0 && str_eq(kept, now.s))
		return 0;
	if ((unlink(r->path) < 0 && errno != ENOENT) || (unlink(mark) < 0 && errno != ENOENT))
		return err_errno(e, errno, NULL, "cannot begin %s anew", r->path);
	return write_file_atomic(path, now.s, strlen(now.s), 0600, e);
}

/* A line that an interrupted run has not finished is none; and where everything was sent, the
 * file begins anew. */
static int open_spool(struct report *r, struct err *e)
{
	_cleanup_free_ char *mark_path = xasprintf("%s" DELIVER_MARK, r->path);
	_cleanup_close_ int mark = open(mark_path, O_RDONLY | O_CLOEXEC);
	_cleanup_close_ int fd = open(r->path, O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW,
				      0600);
	char text[32] = "", last;
	struct stat st;
	off_t size;

	if (fd < 0 || fstat(fd, &st) < 0)
		return err_errno(e, errno, NULL, "cannot open %s", r->path);
	size = st.st_size;
	while (size && pread(fd, &last, 1, size - 1) == 1 && last != '\n')
		size--;
	if (mark >= 0 && read(mark, text, sizeof(text) - 1) > 0 &&
	    strtoll(text, NULL, 10) == (long long)size) {
		size = 0;
		unlink(mark_path);
	}
	if (ftruncate(fd, size) < 0)
		return err_errno(e, errno, NULL, "cannot write %s", r->path);
	r->written = (size_t)size;
	r->spool = fd;
	fd = -1;
	return 0;
}

static int start(struct report *r, const struct report_to *to, struct err *e)
{
	const char *const argv[] = {to->net, NULL};
	_cleanup_free_ char *input = xasprintf("report\n%s\n%s\n%s\n%d\n", to->url->bytes,
					       to->proxy ? to->proxy : "", r->path, REPORT_WAIT);
	size_t n = strlen(input);
	int failed = proc_begin(&(struct proc){.argv = argv}, &r->net, e);

	/* A pipe that is empty has room for it. */
	if (failed == 0 && (write(r->net.in, input, n) != (ssize_t)n ||
			    fcntl(r->net.out, F_SETFL, O_NONBLOCK) < 0)) {
		failed = err_errno(e, errno, NULL, "cannot talk to %s", to->net);
		proc_end(&r->net, 0);
	}
	secret_zero(input, n);
	return failed;
}

static char *new_run(void)
{
	unsigned char bytes[16] = {0};

	if (getrandom(bytes, sizeof(bytes), 0) != sizeof(bytes))
		return xstrdup("00000000-0000-0000-0000-000000000000");
	return xstrdup(uuid_of_bytes(bytes, sizeof(bytes)).s);
}

static void forget(struct report *r)
{
	mem_close_fd(&r->spool);
	mem_free_ptr(&r->path);
	mem_free_ptr(&r->run);
	mem_free_ptr(&r->said);
	*r = (struct report){.spool = -1};
}

int report_open(struct report *r, const struct report_to *to, struct err *e)
{
	int n;

	*r = (struct report){.spool = -1, .say = to->say, .ctx = to->ctx};
	r->path = xasprintf("%s/report.jsonl", to->directory);
	r->run = new_run();
	n = keep_to_address(r, to->url, e);
	if (n == 0)
		n = open_spool(r, e);
	if (n == 0)
		n = start(r, to, e);
	if (n < 0)
		forget(r);
	return n;
}

static struct json_object *machine_json(const struct facts *f)
{
	_cleanup_arena_ struct arena *a = arena_new();
	struct json_object *o = json_object_new_object(), *macs = json_object_new_array();

	for (size_t i = 0; i < f->networks.count; i++)
		if (f->networks.items[i].mac)
			json_object_array_add(macs,
					      json_object_new_string(f->networks.items[i].mac));
	json_object_object_add(o, "macs", macs);
	add_text(o, "serial", f->board.serial);
	add_text(o, "uuid", f->board.uuid);
	add_text(o, "board", facts_board(f, a));
	add_text(o, "model", f->board.model);
	return o;
}

void report_head(struct report *r, const struct facts *f, const struct plan *p, const char *program)
{
	struct json_object *o = json_object_new_object();

	if (r->spool < 0) {
		json_object_put(o);
		return;
	}
	/* These two make DELIVER_HEAD. */
	json_object_object_add(o, "v", json_object_new_int(1));
	add_text(o, "kind", "report");
	add_text(o, "run", r->run);
	add_text(o, "program", program);
	add_text(o, "hostName", p ? p->host_name : NULL);
	add_text(o, "variant", p ? p->variant : NULL);
	add_text(o, "plan", p ? p->hash : NULL);
	json_object_object_add(o, "machine", machine_json(f));
	append(r, o, true);
}

/* "failing: WHY", "working". */
static void take_line(struct report *r, const char *line)
{
	_cleanup_free_ char *text = NULL;

	if (str_starts(line, "failing: "))
		text = xasprintf(
			"reports cannot be delivered now (%s)%s", line + strlen("failing: "),
			r->closing ? "" : "; the installation goes on, and they are sent later");
	else if (str_eq(line, "working") && r->failing)
		text = xstrdup("reports are delivered again");
	r->failing = str_starts(line, "failing: ") || (r->failing && !str_eq(line, "working"));
	if (text)
		r->say(r->ctx, text);
}

/* What archibald-net has said meanwhile; never waits. */
static void listen(struct report *r)
{
	char buf[512];
	ssize_t n;

	while ((n = read(r->net.out, buf, sizeof(buf) - 1)) > 0) {
		char *whole, *end;

		buf[n] = '\0';
		whole = xasprintf("%s%s", r->said ? r->said : "", buf);
		free(r->said);
		r->said = whole;
		while ((end = strchr(r->said, '\n'))) {
			*end = '\0';
			str_sanitise(r->said);
			take_line(r, r->said);
			memmove(r->said, end + 1, strlen(end + 1) + 1);
		}
		if (strlen(r->said) > SAID_MAX)
			r->said[0] = '\0';
	}
}

void report_event(void *ctx, const struct event *e)
{
	struct report *r = ctx;

	if (r->spool < 0)
		return;
	r->events = e->seq;
	append(r, event_json(e), e->kind != EVENT_LOG && e->kind != EVENT_PROGRESS);
	listen(r);
}

/* The end of the log, by whole lines, made safe: it may be cut in the middle of a character. */
static void append_log(struct report *r, const char *path)
{
	_cleanup_close_ int fd = open(path, O_RDONLY | O_CLOEXEC);
	_cleanup_free_ char *text = xmalloc((size_t)REPORT_LOG_MAX + 1);
	struct json_object *o;
	struct stat st;
	off_t from;
	ssize_t n;
	char *begin;

	if (fd < 0 || fstat(fd, &st) < 0)
		return;
	from = st.st_size > REPORT_LOG_MAX ? st.st_size - REPORT_LOG_MAX : 0;
	n = pread(fd, text, REPORT_LOG_MAX, from);
	if (n < 0)
		return;
	text[n] = '\0';
	begin = from ? strchr(text, '\n') : NULL;
	begin = begin ? begin + 1 : text;
	o = json_object_new_object();
	json_object_object_add(o, "v", json_object_new_int(1));
	add_text(o, "kind", "installLog");
	json_object_object_add(o, "cut", json_object_new_int64(from + (begin - text)));
	add_text(o, "text", begin);
	append(r, o, true);
}

static void append_result(struct report *r, int status)
{
	struct json_object *o = json_object_new_object();

	json_object_object_add(o, "v", json_object_new_int(1));
	add_text(o, "kind", "result");
	json_object_object_add(o, "status", json_object_new_int(status));
	json_object_object_add(o, "events", json_object_new_uint64(r->events));
	json_object_object_add(o, "dropped", json_object_new_uint64(r->dropped));
	append(r, o, true);
}

void report_close(struct report *r, const char *log_path, int status)
{
	_cleanup_free_ char *text = NULL;
	int out;

	if (r->spool < 0)
		return;
	if (log_path)
		append_log(r, log_path);
	append_result(r, status);
	listen(r);
	r->closing = true;
	out = fcntl(r->net.out, F_DUPFD_CLOEXEC, 3);
	status = proc_end(&r->net, REPORT_WAIT * 1000U + SLACK_MS);
	r->net.out = out;
	listen(r);
	if (status != 0) {
		text = xasprintf("not everything could be reported; what is left is in %s",
				 r->path);
		r->say(r->ctx, text);
	}
	mem_close_fd(&out);
	forget(r);
}
