/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/inputs.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/str.h"
#include "base/sys.h"
#include "cli/status.h"

void inputs_clear(struct inputs *in)
{
	in->answers = answers_free(in->answers);
	in->facts = facts_free(in->facts);
	variants_clear(&in->variants);
	in->problems.arena = arena_free(in->problems.arena);
}

struct interview inputs_interview(const struct inputs *in)
{
	return (struct interview){in->facts, &in->variants, in->answers};
}

static int load_facts(struct inputs *in, const char *machine, const char *root, struct err *e)
{
	struct sys sys;
	int n;

	if (machine)
		return facts_read_file(machine, &in->facts, e);
	n = sys_open(&sys, root, e);
	if (n < 0)
		return n;
	in->facts = facts_detect(&sys);
	sys_close(&sys);
	return 0;
}

/* The file may hold a clear-text password: it goes through a buffer that is wiped. */
static int load_answers(struct inputs *in, const char *path, struct err *e)
{
	_cleanup_secret_ struct secret text = {0};
	_cleanup_close_ int fd = open(path, O_RDONLY | O_CLOEXEC);
	_cleanup_free_ char *buf = NULL;
	size_t len = 0;

	if (fd < 0)
		return err_errno(e, errno, NULL, "cannot open the answers %s", path);
	buf = xmalloc(ANSWERS_FILE_MAX + 2);
	for (;;) {
		ssize_t n = read(fd, buf + len, (size_t)ANSWERS_FILE_MAX + 1 - len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return err_errno(e, errno, NULL, "cannot read the answers %s", path);
		if (n == 0)
			break;
		len += (size_t)n;
	}
	secret_set(&text, buf, len);
	secret_zero(buf, len);
	answers_parse(text.bytes, len, in->answers, &in->problems);
	return 0;
}

int inputs_load(struct inputs *ret, const char *answers, const char *machine, const char *root,
		struct err *e)
{
	int n = variants_load(&ret->variants, e);

	ret->answers = answers_new();
	ret->problems.arena = arena_new();
	ret->file = answers ? answers : "answers";
	if (n == 0)
		n = load_facts(ret, machine, root, e);
	if (n == 0 && answers)
		n = load_answers(ret, answers, e);
	return n;
}

void print_error(const struct err *e)
{
	_cleanup_free_ char *text = err_text(e);

	fprintf(stderr, "archibald: %s\n", text);
	if (e->hint[0])
		fprintf(stderr, "hint: %s\n", e->hint);
}

static int print_problems(struct inputs *in)
{
	_cleanup_str_ struct str out = {0};

	problems_text(&in->problems, in->file, &out);
	fputs(str_get(&out), stderr);
	fprintf(stderr, "archibald: %zu problem%s in the answers; nothing was touched\n",
		in->problems.list.count, in->problems.list.count == 1 ? "" : "s");
	return STATUS_ANSWERS;
}

/* The question that can mend what the plan refuses. */
static const char *key_of_refusal(const struct err *e)
{
	return e->code == ERR_UNSUPPORTED ? "variant" : "disk.path";
}

struct plan *inputs_try(struct inputs *in, struct arena *arena, const char **ret_problems,
			const char **ret_key)
{
	const struct interview v = inputs_interview(in);
	struct problems problems = {.arena = arena};
	struct plan *plan = NULL;
	const char *text = "";
	struct err e;

	answers_complete(&v, &problems);
	for (size_t i = 0; i < problems.list.count; i++) {
		const struct problem *p = &problems.list.items[i];
		const struct question *q = p->key ? question_find(p->key) : NULL;

		text = arena_printf(arena, "%s%s%s: %s", text, i ? "\n" : "",
				    q ? q->prompt : "answers", p->text);
	}
	if (problems.list.count) {
		*ret_problems = text;
		*ret_key = problems.list.items[0].key;
		return NULL;
	}
	if (plan_make(&v, "archibald " ARCHIBALD_VERSION, &plan, &e) == 0)
		return plan;
	_cleanup_free_ char *what = err_text(&e);
	*ret_problems = e.hint[0] ? arena_printf(arena, "%s (%s)", what, e.hint)
				  : arena_strdup(arena, what);
	*ret_key = key_of_refusal(&e);
	return NULL;
}

int inputs_plan(struct inputs *in, struct plan **ret)
{
	const struct interview v = inputs_interview(in);
	struct err e;

	answers_complete(&v, &in->problems);
	if (in->problems.list.count)
		return print_problems(in);
	if (plan_make(&v, "archibald " ARCHIBALD_VERSION, ret, &e) < 0) {
		print_error(&e);
		return (int)status_of_refusal(&e);
	}
	return -1;
}

int print_out(const char *text)
{
	if (fputs(text, stdout) == EOF || fflush(stdout) == EOF) {
		fprintf(stderr, "archibald: cannot write to standard output: %s\n",
			strerror(errno));
		return STATUS_FAILED;
	}
	return STATUS_DONE;
}
