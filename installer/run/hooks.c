/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "run/hooks.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/record.h"
#include "base/str.h"

static const struct plan_hook *planned(const struct run *r, const struct step *s)
{
	return &r->plan->hooks.items[s->hook];
}

/* Its file's bytes, which are no part of the plan. */
static const struct secret *bytes_of(const struct run *r, const struct plan_hook *h)
{
	return &r->answers->hooks[h->when].list.items[h->index].bytes;
}

static int check_interpreter(struct run *r, const struct plan_hook *h, struct err *e)
{
	const struct machine *m = r->machine;
	const char *argument,
		*interpreter = hook_interpreter(bytes_of(r, h), r->journal->arena, &argument);
	int n = interpreter ? m->ops->program_exists(m->ctx, interpreter, e) : 0;

	/* "env bash": with options of env's own it is not guessed. */
	if (n == 0 && interpreter && str_ends(interpreter, "/env") && argument[0] &&
	    !strpbrk(argument, "- =\t"))
		n = m->ops->program_exists(m->ctx, argument, e);
	return n < 0 ? err_context(e, "the #! line of %s", h->file) : 0;
}

/* A program that is not there is known before the disk is gone. */
int hook_check(struct run *r, const struct step *s, struct err *e)
{
	const struct plan_hook *h = planned(r, s);
	const struct machine *m = r->machine;

	if (h->may_fail)
		return 0;
	return h->file ? check_interpreter(r, h, e)
		       : m->ops->program_exists(m->ctx, h->run.items[0], e);
}

bool hook_still_done(struct run *r, const struct step *s)
{
	return planned(r, s)->when == HOOK_BEFORE;
}

static int call(struct run *r, const struct plan_hook *h, struct err *e)
{
	_cleanup_json_ struct json_object *json = plan_to_json(r->plan);
	_cleanup_free_ char *input = json_text(json);
	_cleanup_free_ char *when = xasprintf("ARCHIBALD_HOOK=%s", hook_when_names[h->when]);
	_cleanup_free_ char *root = xasprintf("ARCHIBALD_ROOT=%s", r->root);
	_cleanup_free_ char *host = xasprintf("ARCHIBALD_HOST_NAME=%s", r->plan->host_name);
	const char *const env[] = {when, root, host, NULL};
	const struct hook_call c = {
		.file = h->file,
		.bytes = h->file ? bytes_of(r, h) : NULL,
		.words = &h->run,
		.env = env,
		.input = input,
		.seconds = h->seconds,
	};

	return r->machine->ops->run_hook(r->machine->ctx, &c, r->events, e);
}

int hook_run(struct run *r, const struct step *s, struct err *e)
{
	const struct plan_hook *h = planned(r, s);
	int n = call(r, h, e);

	if (n == 0 || n == -ERR_CANCELLED)
		return n;
	if (h->may_fail) {
		_cleanup_free_ char *text = err_text(e);
		_cleanup_free_ char *warning = xasprintf("a hook that may fail has failed: %s",
							 text);

		events_say(r->events, EVENT_WARNING, warning);
		return 0;
	}
	if (h->when == HOOK_BEFORE)
		e->code = ERR_UNSUPPORTED;
	return err_context(e, "a hook of the answers stops the installation");
}

static int write_whole(int fd, const struct secret *bytes)
{
	for (size_t at = 0; at < bytes->len;) {
		ssize_t n = write(fd, bytes->bytes + at, bytes->len - at);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -1;
		at += (size_t)n;
	}
	return 0;
}

/* The file as a program in memory that nobody can change any more. */
static int load(const struct hook_call *c, int *ret, struct err *e)
{
	_cleanup_close_ int fd = memfd_create(c->file, MFD_CLOEXEC | MFD_ALLOW_SEALING);

	if (fd < 0 || write_whole(fd, c->bytes) < 0 || fchmod(fd, 0500) < 0 ||
	    fcntl(fd, F_ADD_SEALS, F_SEAL_WRITE | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL) < 0)
		return err_errno(e, errno, NULL, "cannot make a program of %s", c->file);
	*ret = fd;
	fd = -1;
	return 0;
}

/* argv[0] is the file's own name, or the program as it was written. */
static const char **argument_vector(const struct hook_call *c)
{
	const char **argv = xcalloc(c->words->count + 2, sizeof(*argv));
	size_t n = 0;

	if (c->file)
		argv[n++] = c->file;
	for (size_t i = 0; i < c->words->count; i++)
		argv[n++] = c->words->items[i];
	return argv;
}

int hook_execute(const struct hook_call *c, struct events *ev, struct err *e)
{
	_cleanup_free_ const char **argv = argument_vector(c);
	_cleanup_free_ char *program = c->file ? NULL : proc_find(argv[0]);
	_cleanup_close_ int fd = -1;
	struct proc p = {
		.argv = argv,
		.program = program,
		.env = c->env,
		.input = c->input,
		.input_len = strlen(c->input),
		.seconds = c->seconds,
		.line = events_line,
		.ctx = ev,
	};

	if (c->file) {
		int n = load(c, &fd, e);

		if (n < 0)
			return n;
		program = xasprintf("/proc/self/fd/%d", fd);
		p.program = program;
		p.keep_fd = fd;
	}
	return proc_run(&p, e);
}

int hooks_keep(const struct answers *a, const char *directory, hook_writer write_file, void *ctx,
	       struct err *e)
{
	int n = 0;

	for (size_t when = 0; when < HOOK_WHENS; when++)
		for (size_t i = 0; i < a->hooks[when].list.count && n == 0; i++) {
			const struct hook *h = &a->hooks[when].list.items[i];
			_cleanup_free_ char *path = xasprintf("%s/%s", directory,
							      h->file ? h->file : "");

			if (h->file)
				n = write_file(ctx, path, h->bytes.bytes, h->bytes.len, 0600, e);
		}
	return n;
}
